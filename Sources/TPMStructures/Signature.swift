import ByteReading
import Digests

/// A signature as a TPM writes it.
///
/// Source: TPM 2.0 Library, Part 2, section 11.3.4, `TPMT_SIGNATURE`.
public enum Signature: Equatable, Sendable {
  case rsassa(hash: UInt16, [UInt8])
  case rsapss(hash: UInt16, [UInt8])
  /// Big-endian numbers, possibly without leading zeros.
  case ecdsa(hash: UInt16, r: [UInt8], s: [UInt8])
  /// A scheme that nobody but the signer, or nobody here, can verify (HMAC, ECDAA, SM2, EC-Schnorr).
  case unsupported(scheme: UInt16)
  /// The bytes of the signature alone, with neither scheme nor hash (`tpm2_quote --format=plain`).
  case bare([UInt8])

  /// Sizes of RSA signatures alone, in bytes. A file of such a size may begin like anything of which two bytes decide.
  public static let bareByteCounts = [128, 256, 384, 512]

  public init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let scheme = try reader.uint16("TPMT_SIGNATURE.sigAlg")
    switch scheme {
    case 0x0014, 0x0016:
      let hash = try reader.uint16("TPMS_SIGNATURE_RSA.hash")
      let bytes = try reader.sizedBytes("TPMS_SIGNATURE_RSA.sig")
      self = scheme == 0x0014 ? .rsassa(hash: hash, bytes) : .rsapss(hash: hash, bytes)
    case 0x0018:
      self = .ecdsa(
        hash: try reader.uint16("TPMS_SIGNATURE_ECC.hash"), r: try reader.sizedBytes("TPMS_SIGNATURE_ECC.signatureR"),
        s: try reader.sizedBytes("TPMS_SIGNATURE_ECC.signatureS"))
    case 0x0005, 0x001a, 0x001b, 0x001c:
      _ = reader.rest()
      self = .unsupported(scheme: scheme)
    default:
      throw reader.failure(
        "TPMT_SIGNATURE.sigAlg", expected: "a signature scheme", found: "0x" + String(scheme, radix: 16), at: start)
    }
    try reader.expectEnd(of: "TPMT_SIGNATURE")
  }
}
