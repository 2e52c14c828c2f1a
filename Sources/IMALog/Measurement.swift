import ByteReading
import Digests

/// One record of a measurement list.
///
/// Source: Linux, security/integrity/ima/ima_template.c and ima_template_lib.c.
public struct Measurement: Equatable, Sendable {
  /// Place in the list, from 0.
  public var index: Int
  /// Bytes from the start of the archived file, for text lists to the start of the line.
  public var offset: Int
  /// Bytes of the record in the archived file, for text lists with the line's end.
  public var byteCount: Int
  /// The register that policy named: 0 to 63. A TPM has 0 to 23; others were never extended.
  public var registerIndex: Int
  /// What the list claims to be the hash of `templateData`; its length is that of the list's bank. Never extended.
  public var recordedTemplateDigest: [UInt8]
  /// A template's name, or its field list when it has none: `ima-ng`, `d-ng|n-ng|iuid`. Not trusted to be text.
  public var templateName: [UInt8]
  /// The template data as recorded, length words included. The template hash covers these bytes, except for the
  /// template `ima` (`hashedBytes`).
  public var templateData: [UInt8]
  /// The order of integers in the fields; that of the list.
  public var byteOrder: ByteOrder
  /// The fields in their order; those of an unknown template are named `0`, `1` and so on.
  public var fields: [Field]
  /// What is wrong with the template data, when the fields do not fill it or are fewer or more than the template has.
  public var fieldProblem: ParseError?

  /// One field of the template data, without its length word.
  public struct Field: Equatable, Sendable {
    /// The kernel's field identifier, such as `d-ng`, `n-ng`, `sig`.
    public var identifier: String
    public var bytes: [UInt8]
  }

  /// The hash of a file or buffer as recorded.
  public struct FileDigest: Equatable, Sendable {
    /// What was hashed: `ima` (the file) or `verity` (its fs-verity descriptor); nil in templates before `d-ngv2`.
    public var type: String?
    /// The kernel's name of the algorithm, made safe to print.
    public var algorithmName: String
    /// Nil when the algorithm is not one we know.
    public var algorithm: HashAlgorithm?
    public var bytes: [UInt8]
  }

  /// The recorded template digest is all zero: the file changed while it was measured or in use, and the kernel
  /// extended 0xff bytes. A zero file digest alone is no violation.
  public var isViolation: Bool { recordedTemplateDigest.allSatisfy { $0 == 0 } }

  /// The first field of that identifier; nil when the template has none.
  public func field(_ identifier: String) -> [UInt8]? { fields.first { $0.identifier == identifier }?.bytes }

  /// The hash of the file or buffer; nil when the template has no such field or it is empty or malformed.
  public var fileDigest: FileDigest? {
    if let named = field("d-ngv2") ?? field("d-ng") { return FileDigest(named: named) }
    return field("d").flatMap { $0.isEmpty ? nil : FileDigest(bare: $0) }
  }

  /// The hash of a module or kernel without its appended signature (`d-modsig`); nil when there is none.
  public var unsignedFileDigest: FileDigest? { field("d-modsig").flatMap { FileDigest(named: $0) } }

  /// The path as the kernel saw it, or the name of a buffer, without the NUL; nil when the template has no name.
  /// Not trusted to be text. Blanks were made `_` except by old kernels.
  public var path: [UInt8]? {
    guard let name = field("n-ng") ?? field("n") else { return nil }
    return name.last == 0 ? name.dropLast() : name
  }

  /// The signature from `security.ima`, or the EVM portable one in its place; nil when there is none.
  public var signature: [UInt8]? { nonEmpty("sig") }
  /// The EVM portable signature of the template `evm-sig`; nil when there is none.
  public var metadataSignature: [UInt8]? { nonEmpty("evmsig") }
  /// The signature appended to a module or kernel, PKCS #7 in DER; nil when there is none.
  public var appendedSignature: [UInt8]? { nonEmpty("modsig") }
  /// The measured buffer, such as a key or a kernel command line; nil when there is none.
  public var buffer: [UInt8]? { nonEmpty("buf") }

  /// What the template hash covers.
  public var hashedBytes: [UInt8] {
    guard templateName == Template.legacyName, templateData.count >= Template.legacyDigestByteCount + 4 else {
      return templateData
    }
    let name = templateData.dropFirst(Template.legacyDigestByteCount + 4)
    return templateData.prefix(Template.legacyDigestByteCount) + name
      + Array(repeating: 0, count: max(0, Template.legacyNameByteCount - name.count))
  }

  func nonEmpty(_ identifier: String) -> [UInt8]? {
    field(identifier).flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension Measurement.FileDigest {
  /// `sha256:` NUL digest, or `ima:sha256:` NUL digest.
  fileprivate init?(named field: [UInt8]) {
    guard let end = field.firstIndex(of: 0), end > 0, field[end - 1] == UInt8(ascii: ":") else { return nil }
    let name = field[..<(end - 1)]
    let colon = name.firstIndex(of: UInt8(ascii: ":"))
    type = colon.map { escapedText(name[..<$0]) }
    algorithmName = escapedText(name[(colon.map { $0 + 1 } ?? 0)...])
    algorithm = HashAlgorithm(name: algorithmName)
    bytes = Array(field[(end + 1)...])
  }

  /// The field `d`: SHA-1, or MD5 of 16 bytes.
  fileprivate init(bare field: [UInt8]) {
    let isMD5 = field.count == 16
    self.init(
      type: nil, algorithmName: isMD5 ? "md5" : "sha1", algorithm: isMD5 ? nil : .sha1, bytes: field)
  }
}

extension RecordLayout {
  /// The fields of template data, and what is wrong with it.
  func fields(
    of data: [UInt8], templateName: [UInt8], file: String, offset: Int
  ) -> (fields: [Measurement.Field], problem: ParseError?) {
    let identifiers = Template.fields(of: templateName)
    if templateName == Template.legacyName { return (legacyFields(data), nil) }
    var fields: [Measurement.Field] = []
    let problem = data.read(file: file, byteOrder: byteOrder, base: offset) {
      (reader: inout ByteReader) -> ParseError? in
      do throws(ParseError) {
        while !reader.isAtEnd {
          let identifier = identifiers.map { fields.count < $0.count ? $0[fields.count] : nil } ?? "\(fields.count)"
          guard let identifier else {
            return reader.failure("template data", expected: "the end", found: "more fields")
          }
          let count = Int(try reader.uint32(identifier + " length"))
          fields.append(Measurement.Field(identifier: identifier, bytes: try reader.bytes(count, identifier)))
        }
        guard let identifiers, fields.count < identifiers.count else { return nil }
        return reader.failure(identifiers[fields.count], expected: "a field", found: "the end of the template data")
      } catch {
        return error
      }
    }
    return (fields, problem)
  }

  private func legacyFields(_ data: [UInt8]) -> [Measurement.Field] {
    let digestEnd = min(Template.legacyDigestByteCount, data.count)
    return [
      Measurement.Field(identifier: "d", bytes: Array(data[..<digestEnd])),
      Measurement.Field(identifier: "n", bytes: Array(data.dropFirst(digestEnd + 4))),
    ]
  }
}
