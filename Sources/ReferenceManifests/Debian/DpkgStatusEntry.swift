import ByteReading

/// One package of dpkg's `status`.
///
/// Source: dpkg(1), "PACKAGE STATES"; dpkg, lib/dpkg/fields.c, `f_conffiles`.
public struct DpkgStatusEntry: Equatable, Sendable {
  /// One conffile that dpkg keeps watch over.
  public struct Conffile: Equatable, Sendable {
    public var path: [UInt8]
    /// MD5 of the file as the package shipped it; nil for `newconffile`, which is not installed yet.
    public var md5: [UInt8]?
    /// The present version of the package does not ship it any more.
    public var isObsolete: Bool
  }

  public var control: DebianControl
  /// The last word of `Status`: `installed`, `config-files`, `half-configured` and so on.
  public var state: String
  public var conffiles: [Conffile]

  /// Nil for packages that dpkg only remembers (`not-installed`).
  public init?(
    _ paragraph: DebianParagraph, file: String, problems: inout [ParseError]
  ) throws(ParseError) {
    let status = words(paragraph.value("Status") ?? [])
    guard status.count == 3 else {
      throw ParseError(
        file: file, offset: paragraph.offset, field: "Status", expected: "three words",
        found: paragraph.value("Status").map(quoted) ?? "no such field")
    }
    state = escapedText(status[2])
    if state == "not-installed" { return nil }
    control = try DebianControl(paragraph, file: file)
    conffiles = []
    for line in paragraph.lines("Conffiles") {
      if let conffile = Self.conffile(line.bytes) {
        conffiles.append(conffile)
      } else if problems.count < DebianParagraphReader.problemCount {
        problems.append(
          ParseError(
            file: file, offset: line.offset, field: "Conffiles", expected: "an absolute path and an MD5 digest",
            found: quoted(line.bytes)))
      }
    }
  }

  /// `PATH MD5 [obsolete] [remove-on-upgrade]`; the path may have blanks.
  private static func conffile(_ line: ArraySlice<UInt8>) -> Conffile? {
    var parts = words(line)
    var isObsolete = false
    while let last = parts.last, last.elementsEqual("obsolete".utf8) || last.elementsEqual("remove-on-upgrade".utf8) {
      isObsolete = true
      parts.removeLast()
    }
    guard let digest = parts.popLast(), let end = parts.last?.endIndex, line.first == UInt8(ascii: "/") else {
      return nil
    }
    let md5 = bytesOfHex(digest).flatMap { $0.count == 16 ? $0 : nil }
    guard md5 != nil || digest.elementsEqual("newconffile".utf8), let path = absolutePath(line[..<end]) else {
      return nil
    }
    return Conffile(path: path, md5: md5, isObsolete: isObsolete)
  }
}
