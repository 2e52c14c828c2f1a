import ByteReading
import Digests

/// The public part of a TPM key.
///
/// Source: TPM 2.0 Library, Part 2, section 12.2.4, `TPMT_PUBLIC`.
public struct PublicArea: Equatable, Sendable {
  public enum Unique: Equatable, Sendable {
    /// Big-endian modulus.
    case rsa(modulus: [UInt8], exponent: UInt32)
    /// `curve` is a `TPM_ECC_CURVE`; coordinates are big-endian.
    case point(curve: UInt16, x: [UInt8], y: [UInt8])
  }

  /// Hash of the key's name; its raw number may be one we do not know.
  public var rawNameAlgorithm: UInt16
  public var nameAlgorithm: HashAlgorithm? { HashAlgorithm(rawValue: rawNameAlgorithm) }
  public var attributes: ObjectAttributes
  public var unique: Unique
  /// The signing scheme the key is bound to, a `TPM_ALG_ID`; 0x0010 when it is bound to none.
  public var scheme: UInt16
  public var schemeHash: UInt16?
  /// The whole `TPMT_PUBLIC`: the name is made over it.
  public var bytes: [UInt8]

  /// Reads a `TPM2B_PUBLIC` (with its size) or a bare `TPMT_PUBLIC`, which must fill the reader.
  public init(from reader: inout ByteReader) throws(ParseError) {
    if let size = reader.peek(2), Int(size[0]) << 8 | Int(size[1]) == reader.remaining - 2 {
      try reader.skip(2, "TPM2B_PUBLIC.size")
    }
    bytes = reader.peek(reader.remaining) ?? []
    let start = reader.position
    let type = try reader.uint16("TPMT_PUBLIC.type")
    rawNameAlgorithm = try reader.uint16("TPMT_PUBLIC.nameAlg")
    attributes = ObjectAttributes(rawValue: try reader.uint32("TPMT_PUBLIC.objectAttributes"))
    _ = try reader.sizedBytes("TPMT_PUBLIC.authPolicy")
    switch type {
    case 0x0001:
      try Self.skipSymmetric(&reader)
      (scheme, schemeHash) = try Self.scheme(&reader)
      try reader.skip(2, "TPMS_RSA_PARMS.keyBits")
      let exponent = try reader.uint32("TPMS_RSA_PARMS.exponent")
      // Zero stands for the default exponent.
      unique = .rsa(
        modulus: try reader.sizedBytes("TPMU_PUBLIC_ID.rsa"), exponent: exponent == 0 ? 65537 : exponent)
    case 0x0023:
      try Self.skipSymmetric(&reader)
      (scheme, schemeHash) = try Self.scheme(&reader)
      let curve = try reader.uint16("TPMS_ECC_PARMS.curveID")
      if try reader.uint16("TPMS_ECC_PARMS.kdf.scheme") != 0x0010 { try reader.skip(2, "TPMS_ECC_PARMS.kdf.hash") }
      unique = .point(
        curve: curve, x: try reader.sizedBytes("TPMS_ECC_POINT.x"), y: try reader.sizedBytes("TPMS_ECC_POINT.y"))
    default:
      throw reader.failure(
        "TPMT_PUBLIC.type", expected: "0x1 (RSA) or 0x23 (ECC)", found: "0x" + String(type, radix: 16), at: start)
    }
    try reader.expectEnd(of: "TPMT_PUBLIC")
  }

  /// `TPMT_SYM_DEF_OBJECT`: restricted decryption keys name a cipher, signing keys do not.
  private static func skipSymmetric(_ reader: inout ByteReader) throws(ParseError) {
    if try reader.uint16("TPMT_SYM_DEF_OBJECT.algorithm") != 0x0010 {
      try reader.skip(4, "TPMT_SYM_DEF_OBJECT.keyBits and mode")
    }
  }

  private static func scheme(_ reader: inout ByteReader) throws(ParseError) -> (UInt16, UInt16?) {
    let scheme = try reader.uint16("TPMT_PUBLIC.scheme")
    switch scheme {
    case 0x0010, 0x0015: return (scheme, nil)
    case 0x001a:
      let hash = try reader.uint16("TPMS_SCHEME_ECDAA.hashAlg")
      try reader.skip(2, "TPMS_SCHEME_ECDAA.count")
      return (scheme, hash)
    default: return (scheme, try reader.uint16("TPMT_PUBLIC.scheme.hashAlg"))
    }
  }
}

/// Attributes of a TPM object.
///
/// Source: TPM 2.0 Library, Part 2, section 8.3, `TPMA_OBJECT`.
public struct ObjectAttributes: OptionSet, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let fixedTPM = ObjectAttributes(rawValue: 1 << 1)
  public static let fixedParent = ObjectAttributes(rawValue: 1 << 4)
  public static let sensitiveDataOrigin = ObjectAttributes(rawValue: 1 << 5)
  public static let restricted = ObjectAttributes(rawValue: 1 << 16)
  public static let decrypt = ObjectAttributes(rawValue: 1 << 17)
  public static let sign = ObjectAttributes(rawValue: 1 << 18)

  /// What an attestation key must have: made by and bound to its TPM, and unable to sign outside data that poses as a
  /// statement of the TPM.
  public static let attestationKey: ObjectAttributes = [
    .fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .sign,
  ]

  /// Names of the attributes that matter here, in the order of their bits.
  public var names: [String] {
    let known: [(ObjectAttributes, String)] = [
      (.fixedTPM, "fixedTPM"), (.fixedParent, "fixedParent"), (.sensitiveDataOrigin, "sensitiveDataOrigin"),
      (.restricted, "restricted"), (.decrypt, "decrypt"), (.sign, "sign"),
    ]
    return known.filter { contains($0.0) }.map(\.1)
  }
}
