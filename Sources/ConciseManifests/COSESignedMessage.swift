import ByteReading
import CBORReading

/// A message with one signature. What the signature is worth is asked elsewhere.
///
/// Source: RFC 9052, section 4.2, `COSE_Sign1`; CoRIM, section "Signed CoRIM".
public struct COSESignedMessage: Equatable, Sendable {
  /// The protected header as it is signed; empty for an empty map.
  public var protectedBytes: [UInt8]
  /// The algorithm by its number in the registry of COSE; nil where the protected header names none.
  public var algorithm: Int64?
  /// The media type or the number of a content format, escaped; empty when none is given.
  public var contentType: String
  /// How the message names its key. It is a hint and proves nothing.
  public var keyIdentifier: [UInt8]
  /// Certificates in DER that the message carries. They make no trust.
  public var certificates: [[UInt8]]
  /// Digest of the signer's certificate (`x5t`); nil when the message has none or one of an algorithm that is not known.
  public var certificateDigest: ConciseDigest?
  /// Who the message says has signed it, escaped; empty when it does not say.
  public var signerName: String
  /// Labels that a reader must understand and that this one does not.
  public var criticalLabels: [String]
  /// Nil when the content lies elsewhere.
  public var payload: [UInt8]?
  /// Where the payload begins in the file.
  public var payloadOffset: Int
  public var signature: [UInt8]

  /// The bytes that are signed, without external data; nil when the content lies elsewhere.
  ///
  /// Source: RFC 9052, section 4.4, `Sig_structure`.
  public var signedBytes: [UInt8]? {
    guard let payload else { return nil }
    return [0x84] + head(3, UInt64("Signature1".utf8.count)) + Array("Signature1".utf8)
      + head(2, UInt64(protectedBytes.count)) + protectedBytes + head(2, 0) + head(2, UInt64(payload.count)) + payload
  }

  static let tag: UInt64 = 18

  /// Labels of header parameters that are read here.
  ///
  /// Source: RFC 9052, section 3.1; RFC 9360; CoRIM, `corim-meta`.
  private static let known: [Int64: String] = [
    1: "alg", 2: "crit", 3: "content type", 4: "kid", 8: "corim-meta", 33: "x5chain", 34: "x5t",
  ]

  /// Nil when the item is no array of four with a header, a map, bytes or null, and bytes.
  init?(_ value: CBORValue, file: String) throws(ParseError) {
    guard let parts = value.elements, parts.count == 4, let protected = parts[0].bytes, parts[1].pairs != nil,
      let signature = parts[3].bytes
    else { return nil }
    switch parts[2].content {
    case .bytes(let bytes): payload = bytes
    case .null: payload = nil
    default: return nil
    }
    payloadOffset = parts[2].stringRange?.lowerBound ?? parts[2].range.lowerBound
    self.signature = signature
    let start = parts[0].stringRange?.lowerBound ?? parts[0].range.lowerBound
    let header: CBORValue? = protected.isEmpty ? nil : try .parse(protected, file: file, base: start)
    if let header, header.pairs == nil {
      throw ParseError(
        file: file, offset: start, field: "COSE_Sign1.protected", expected: "a map", found: header.kind)
    }
    protectedBytes = header?.pairs?.isEmpty ?? true ? [] : protected
    // Only what is signed names the algorithm; the rest may stand in either header.
    algorithm = header?[1]?.integer
    func field(_ label: Int64) -> CBORValue? { header?[label] ?? parts[1][label] }
    contentType = field(3).map { $0.text.map { escapedText($0.utf8) } ?? $0.integer.map { "\($0)" } ?? "" } ?? ""
    keyIdentifier = field(4)?.bytes ?? []
    certificates = field(33).map { $0.bytes.map { [$0] } ?? ($0.elements ?? []).compactMap(\.bytes) } ?? []
    certificateDigest = field(34).flatMap { ConciseDigest(coseDigest: $0) }
    criticalLabels = (header?[2]?.elements ?? []).compactMap { label in
      if let number = label.integer, Self.known[number] != nil { return nil }
      return label.integer.map { "\($0)" } ?? escapedText((label.text ?? label.kind).utf8)
    }
    signerName = ""
    if let meta = header?[8], let bytes = meta.bytes {
      let offset = meta.stringRange?.lowerBound ?? meta.range.lowerBound
      let map = try CBORValue.parse(bytes, file: file, base: offset)
      signerName = map[0]?[0]?.text.map { escapedText($0.utf8) } ?? ""
    }
  }

  private func head(_ majorType: UInt8, _ count: UInt64) -> [UInt8] {
    let type = majorType << 5
    switch count {
    case ..<24: return [type | UInt8(truncatingIfNeeded: count)]
    case ..<0x100: return [type | 24, UInt8(truncatingIfNeeded: count)]
    case ..<0x1_0000: return [type | 25] + bigEndian(count, 2)
    case ..<0x1_0000_0000: return [type | 26] + bigEndian(count, 4)
    default: return [type | 27] + bigEndian(count, 8)
    }
  }

  private func bigEndian(_ number: UInt64, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
  }
}

extension COSESignedMessage {
  /// Reads a message by itself, with its tag or without; nil when the bytes are none.
  ///
  /// - throws: when they are no CBOR, or the header is none.
  public static func parse(_ bytes: [UInt8], file: String) throws(ParseError) -> COSESignedMessage? {
    let root = try CBORValue.parse(bytes, file: file)
    return try COSESignedMessage(root.tagged?.number == tag ? root.tagged?.value ?? root : root, file: file)
  }
}
