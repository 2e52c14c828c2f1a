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

extension RPMPackage {
  /// MD5 of everything from the main header on, as the signature header has it; nil where it has none.
  public var recordedMD5: [UInt8]? {
    signatureValue { (header, part) throws(ParseError) in try header.bytes(.signatureMD5, in: part) }
  }

  /// Bytes from the main header to the end of the file, as the signature header has it; nil where it has none.
  public var recordedByteCount: UInt64? {
    signatureValue { (header, part) throws(ParseError) in
      if let count = try header.integer(.signatureSize, in: part) { return count }
      return try header.integer(.longSignatureSize, in: part)
    }
  }

  /// Faults of the values that are compared with the file.
  public var comparisonProblems: [ParseError] {
    var found: [ParseError] = []
    for part in [RPMHeader.Part.region, .added] {
      do throws(ParseError) {
        _ = try signatureHeader.bytes(.signatureMD5, in: part)
        _ = try signatureHeader.integer(.signatureSize, in: part)
        _ = try signatureHeader.integer(.longSignatureSize, in: part)
      } catch {
        found.append(error)
      }
    }
    return found
  }

  /// Nothing signs the signature header, so that it does not matter in which part of it a value stands.
  private func signatureValue<Value>(
    _ read: (RPMHeader, RPMHeader.Part) throws(ParseError) -> Value?
  ) -> Value? {
    for part in [RPMHeader.Part.region, .added] {
      do throws(ParseError) {
        if let value = try read(signatureHeader, part) { return value }
      } catch {
        // `comparisonProblems` names it.
        return nil
      }
    }
    return nil
  }
}
