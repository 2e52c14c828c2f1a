import ByteReading

/// The headers of an `.rpm` file: lead, signature header, main header. The payload begins where they end.
///
/// Source: rpm, docs/manual/format_v3.md, format_v4.md and format_v6.md; lib/rpmlead.c, lib/package.c.
public struct RPMPackage: Equatable, Sendable {
  static let leadByteCount = 96

  /// Version of the file format that the lead names: 3 for all packages of rpm 4, 4 for those of rpm 6.
  public var leadVersion: UInt8
  public var signatureHeader: RPMHeader
  public var header: RPMHeader

  /// Bytes from the start of the file to the payload.
  public var payloadOffset: Int { header.range.upperBound }
  /// Faults of single values in both headers.
  public var problems: [ParseError] { signatureHeader.problems + header.problems }

  public init(from reader: inout ByteReader) throws(ParseError) {
    reader.byteOrder = .bigEndian
    try reader.expect(0xedab_eedb, "lead.magic")
    leadVersion = try reader.uint8("lead.major")
    // The rest of the lead repeats what the headers say, and rpm ignores it.
    try reader.skip(Self.leadByteCount - 5, "lead")
    signatureHeader = try RPMHeader(from: &reader, kind: .signature)
    try reader.skip((8 - signatureHeader.range.count % 8) % 8, "signature.padding")
    header = try RPMHeader(from: &reader, kind: .main)
  }

  /// Reads the beginning of a file. An error with `missingByteCount` means that so many bytes more may be enough.
  public init(_ bytes: [UInt8], file: String) throws(ParseError) {
    self = try bytes.read(file: file, byteOrder: .bigEndian) { (reader) throws(ParseError) in
      try RPMPackage(from: &reader)
    }
  }
}
