import ByteReading
import Digests

/// What an Intel TDX module said of a guest and a quoting enclave signed, in version 4 or 5.
///
/// The registers are what the quote says. Nothing here verifies its signature or the chain of Intel's certificates.
///
/// Source: Intel TDX DCAP Quoting Library API, appendix "Quote Format". Little-endian: a header of 48 bytes, in version 5
/// six bytes of type and size, then the report of the guest.
public struct TDXQuote: Equatable, Sendable {
  public var version: UInt16
  /// 2 is ECDSA with P-256, 3 with P-384.
  public var attestationKeyType: UInt16
  /// Measurement of the guest's first memory; 48 bytes.
  public var mrtd: [UInt8]
  /// Runtime measurement registers 0 to 3, of 48 bytes each (SHA-384).
  public var runtimeRegisters: [[UInt8]]
  /// What the guest asked to have signed, for example a nonce; 64 bytes.
  public var reportData: [UInt8]

  /// The registers by the numbers under which a CCEL logs them: 0 is MRTD, 1 to 4 are RTMR 0 to 3.
  ///
  /// Source: UEFI 2.10, section 38.4.1, `EFI_CC_MR_INDEX`.
  public var registerValues: RegisterValues {
    var values = RegisterValues()
    values[.sha384, 0] = mrtd
    for (index, value) in runtimeRegisters.enumerated() { values[.sha384, index + 1] = value }
    return values
  }

  /// Nil when the bytes do not begin like such a quote: version, key type and the TEE's number.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<TDXQuote>? {
    guard bytes.count >= 8, bytes.count <= 1 << 20, [4, 5].contains(bytes[0]), bytes[1] == 0,
      [2, 3].contains(bytes[2]), bytes[3] == 0, Array(bytes[4..<8]) == [0x81, 0, 0, 0]
    else { return nil }
    return bytes.read(file: file, byteOrder: .littleEndian) { reader in
      do throws(ParseError) {
        let quote = try TDXQuote(from: &reader)
        return Parsed(value: quote, unread: bytes.count..<bytes.count)
      } catch {
        return Parsed(
          value: TDXQuote(version: UInt16(bytes[0]), attestationKeyType: UInt16(bytes[2])), problems: [error],
          unread: 0..<bytes.count)
      }
    }
  }

  private init(version: UInt16, attestationKeyType: UInt16) {
    self.version = version
    self.attestationKeyType = attestationKeyType
    mrtd = []
    runtimeRegisters = []
    reportData = []
  }

  private init(from reader: inout ByteReader) throws(ParseError) {
    let version = try reader.uint16("TDX quote.Version")
    self.version = version
    attestationKeyType = try reader.uint16("TDX quote.AttestationKeyType")
    try reader.skip(44, "TDX quote.header")
    var bodyByteCount = 584
    if version == 5 {
      let typeOffset = reader.position
      let type = try reader.uint16("TDX quote.TDQuoteBodyDescriptor.type")
      bodyByteCount = Int(try reader.uint32("TDX quote.TDQuoteBodyDescriptor.size"))
      guard [2, 3].contains(type) else {
        throw reader.failure(
          "TDX quote.TDQuoteBodyDescriptor.type", expected: "2 (TDX 1.0) or 3 (TDX 1.5)", found: "\(type)",
          at: typeOffset)
      }
    }
    var body = try reader.slice(bodyByteCount, "TDX quote.TDReport")
    try body.skip(136, "TDX quote.TEE_TCB_SVN to XFAM")
    mrtd = try body.bytes(48, "TDX quote.MRTD")
    try body.skip(144, "TDX quote.MRCONFIGID to MROWNERCONFIG")
    runtimeRegisters = []
    for index in 0..<4 { runtimeRegisters.append(try body.bytes(48, "TDX quote.RTMR\(index)")) }
    reportData = try body.bytes(64, "TDX quote.REPORTDATA")
    let signatureByteCount = try reader.uint32("TDX quote.SignatureDataLength")
    // Writers leave the rest of a fixed area behind the signature.
    try reader.skip(Int(signatureByteCount), "TDX quote.SignatureData")
  }
}
