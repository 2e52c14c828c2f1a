import ByteReading

/// What a package says of itself, in its own `control` file, in a `Packages` index or in dpkg's `status`.
///
/// Source: deb-control(5).
public struct DebianControl: Equatable, Sendable {
  public var name: String
  public var version: String
  public var architecture: String
  /// Nil when it is the package's own name.
  public var sourceName: String?
  /// Nil when it is the package's own version.
  public var sourceVersion: String?
  /// `Multi-Arch: same`: packages of several architectures lie beside each other, and dpkg's own files of them carry the
  /// architecture in their name.
  public var isCoinstallable: Bool

  /// Reads the fields of a paragraph. A package that dpkg itself would refuse because of its name, version or
  /// architecture is refused here too, so that none of them can lead out of a path made of it.
  public init(_ paragraph: DebianParagraph, file: String) throws(ParseError) {
    let required = { (field: String, isLegal: (ArraySlice<UInt8>) -> Bool) throws(ParseError) -> String in
      let value = paragraph.value(field) ?? []
      guard isLegal(value) else {
        throw ParseError(
          file: file, offset: paragraph.offset, field: field, expected: "a legal value",
          found: paragraph.value(field) == nil ? "no such field" : quoted(value))
      }
      return String(decoding: value, as: UTF8.self)
    }
    name = try required("Package", isLegalName)
    version = try required("Version", isLegalVersion)
    architecture = try required("Architecture", isLegalName)
    isCoinstallable = paragraph.text("Multi-Arch") == "same"
    (sourceName, sourceVersion) = Self.source(paragraph.value("Source") ?? [])
  }

  /// `NAME_VERSION_ARCHITECTURE.deb` as apt keeps a package, with the colon of an epoch as `%3a`.
  public var fileName: String { Self.fileName(name, version, architecture) }

  public static func fileName(_ name: String, _ version: String, _ architecture: String) -> String {
    let plain = version.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "%3a")
    return "\(name)_\(plain)_\(architecture).deb"
  }

  /// `Source: name (version)`, either part only when it differs from the package's own.
  private static func source(_ value: ArraySlice<UInt8>) -> (name: String?, version: String?) {
    let parts = words(value)
    let version = parts.dropFirst().first.map { $0.filter { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") } }
    return (parts.first.map { escapedText($0) }, version.map { escapedText($0) })
  }
}

/// Source: dpkg, lib/dpkg/parsehelp.c, `pkg_name_is_illegal`; architectures are made of the same characters.
private func isLegalName(_ name: ArraySlice<UInt8>) -> Bool {
  guard let first = name.first, isAlphanumeric(first), name.count <= 200 else { return false }
  return name.allSatisfy { isAlphanumeric($0) || "-+._".utf8.contains($0) }
}

/// Source: dpkg, lib/dpkg/parsehelp.c, `parseversion`, without its demand for a digit at the start.
private func isLegalVersion(_ version: ArraySlice<UInt8>) -> Bool {
  !version.isEmpty && version.count <= 200 && version.allSatisfy { isAlphanumeric($0) || "-+._~:".utf8.contains($0) }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "a")...UInt8(ascii: "z"):
    true
  default: false
  }
}
