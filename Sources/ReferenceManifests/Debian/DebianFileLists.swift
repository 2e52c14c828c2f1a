import ByteReading
import Digests

/// The lists of files that a package carries or that dpkg keeps of it. Paths come out absolute.
public enum DebianFileLists {
  /// One line of `md5sums`.
  public struct DigestLine: Equatable, Sendable {
    public var path: [UInt8]
    public var algorithm: FileDigestAlgorithm
    public var digest: [UInt8]
  }

  /// One line of `conffiles`.
  public struct ConffileLine: Equatable, Sendable {
    public var path: [UInt8]
    /// dpkg removes the file when this version is installed; the package does not ship it.
    public var isRemovedOnUpgrade: Bool
  }

  /// One diversion: the file that packages other than `package` ship at `from` lies at `to`.
  public struct Diversion: Equatable, Sendable {
    public var from: [UInt8]
    public var to: [UInt8]
    /// Nil for a diversion of the local administrator.
    public var package: String?
  }

  /// `md5sums`: digest, blanks, path relative to the root. Packages not made by debhelper hold digests of other
  /// algorithms, too; the length tells which. Paths may begin with `./` or `/`.
  ///
  /// Source: deb-md5sums(5).
  public static func digests(_ bytes: [UInt8], file: String) -> Parsed<[DigestLine]> {
    parse(bytes, file: file, field: "md5sums line", expected: "a digest in hexadecimal, blanks, a path") { line in
      guard let end = line.firstIndex(where: isBlank), let digest = bytesOfHex(line[..<end]),
        let algorithm = algorithm(digestByteCount: digest.count)
      else { return nil }
      // Two blanks, or a blank and the star of binary mode.
      var path = line[end...].drop(while: isBlank)
      if path.first == UInt8(ascii: "*") { path = path.dropFirst() }
      guard let absolute = absolutePath(path) else { return nil }
      return DigestLine(path: absolute, algorithm: algorithm, digest: digest)
    }
  }

  /// Source: deb-conffiles(5).
  public static func conffiles(_ bytes: [UInt8], file: String) -> Parsed<[ConffileLine]> {
    parse(bytes, file: file, field: "conffiles line", expected: "an absolute path") { line in
      let flag = Array("remove-on-upgrade".utf8)
      let text = trimmed(line)
      let isRemoved = text.starts(with: flag) && text.dropFirst(flag.count).first.map(isBlank) == true
      let path = isRemoved ? text.dropFirst(flag.count).drop(while: isBlank) : text
      guard path.first == UInt8(ascii: "/"), let absolute = absolutePath(path) else { return nil }
      return ConffileLine(path: absolute, isRemovedOnUpgrade: isRemoved)
    }
  }

  /// dpkg's `info/NAME.list`: every path of a package, folders included, one a line.
  public static func paths(_ bytes: [UInt8], file: String) -> Parsed<[[UInt8]]> {
    parse(bytes, file: file, field: "list line", expected: "an absolute path") { line in
      line.first == UInt8(ascii: "/") ? absolutePath(line) : nil
    }
  }

  /// dpkg's `diversions`: three lines each, the path, where it is moved to, and the package that moves it (`:` for the
  /// administrator).
  ///
  /// Source: dpkg, lib/dpkg/db-fsys-divert.c.
  public static func diversions(_ bytes: [UInt8], file: String) -> Parsed<[Diversion]> {
    let lines = numberedLines(bytes)
    var parsed = Parsed<[Diversion]>(value: [], unread: bytes.count..<bytes.count)
    for start in stride(from: 0, to: lines.count, by: 3) {
      guard start + 2 < lines.count, let from = absolutePath(lines[start]), let to = absolutePath(lines[start + 1])
      else {
        parsed.problems.append(
          ParseError(
            file: file, offset: lines[start].startIndex, field: "diversion",
            expected: "two absolute paths and a package, each on a line", found: quoted(lines[start])))
        parsed.unread = lines[start].startIndex..<bytes.count
        break
      }
      let package = lines[start + 2]
      parsed.value.append(
        Diversion(from: from, to: to, package: package == [UInt8(ascii: ":")] ? nil : escapedText(package)))
    }
    return parsed
  }

  /// The algorithm of a digest in `md5sums`; nil for lengths of none.
  private static func algorithm(digestByteCount: Int) -> FileDigestAlgorithm? {
    switch digestByteCount {
    case 16: .md5
    case 20: .sha1
    case 28: .sha224
    case 32: .sha256
    case 48: .sha384
    case 64: .sha512
    default: nil
    }
  }

  private static func parse<Line: Sendable>(
    _ bytes: [UInt8], file: String, field: String, expected: String, _ read: (ArraySlice<UInt8>) -> Line?
  ) -> Parsed<[Line]> {
    var parsed = Parsed<[Line]>(value: [], unread: bytes.count..<bytes.count)
    for line in numberedLines(bytes) where !trimmed(line).isEmpty {
      if let value = read(line) {
        parsed.value.append(value)
      } else if parsed.problems.count < DebianParagraphReader.problemCount {
        parsed.problems.append(
          ParseError(file: file, offset: line.startIndex, field: field, expected: expected, found: quoted(line)))
      }
    }
    return parsed
  }

  /// Lines without their ends; the index of the first byte is the line's offset in the file.
  private static func numberedLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return (lines.last?.isEmpty == true ? lines.dropLast() : lines[...]).map { line in
      line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
  }
}

/// The absolute form of a member's path: `./usr/bin/x`, `usr/bin/x` and `/usr/bin/x` are `/usr/bin/x`; `.` is `/`. Empty
/// and `.` components go, `..` stays for the caller to see. Nil for an empty path.
public func absolutePath(_ path: some Collection<UInt8>) -> [UInt8]? {
  guard !path.isEmpty else { return nil }
  let dot = [UInt8(ascii: ".")]
  let components = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(dot) }
  return components.isEmpty ? [UInt8(ascii: "/")] : components.reduce(into: []) { $0 += [UInt8(ascii: "/")] + $1 }
}
