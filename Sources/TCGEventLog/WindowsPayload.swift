import ByteReading

/// What a tag of Windows holds whose data are a structure.
///
/// Source: Windows SDK, `wbcl.h`. All are packed to one byte and little-endian, but for the numbers of a key.
public enum WindowsPayload: Equatable, Sendable {
  case policy(Policy)
  case policySigner(PolicySigner)
  case revocationList(RevocationList)
  case identityKey(IdentityKey)
  case signature(Signature)
  case secureBootPolicy(SecureBootPolicy)

  /// A policy of code integrity that Windows put in force.
  ///
  /// Source: `SIPAEVENT_SI_POLICY_PAYLOAD`.
  public struct Policy: Equatable, Sendable {
    /// Four numbers of 16 bits, that of the highest bits first.
    public var version: UInt64
    public var name: EventText
    /// `TPM_ALG_ID`.
    public var rawHashAlgorithm: UInt16
    public var digest: [UInt8]
  }

  /// Who signed such a policy.
  ///
  /// Source: `SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD`.
  public struct PolicySigner: Equatable, Sendable {
    /// One of `MINCRYPT_KNOWN_ROOT_ID`.
    public var rootID: UInt32
    public var policyName: EventText
    /// Extended key usages as they are encoded, each without its length.
    public var keyUsages: [[UInt8]]
    public var certificates: [PolicyCertificate]
  }

  /// Source: `SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD`.
  public struct PolicyCertificate: Equatable, Sendable {
    public var publisher: EventText
    public var issuer: EventText
    /// `ALG_ID` of CAPI, not of the TPM.
    public var rawHashAlgorithm: UInt32
    /// Of the part that was signed.
    public var digest: [UInt8]
  }

  /// A list of revoked images or certificates, of the boot or of the system.
  ///
  /// Source: `SIPAEVENT_REVOCATION_LIST_PAYLOAD`.
  public struct RevocationList: Equatable, Sendable {
    /// 100 nanoseconds since 1601-01-01 UTC: `FILETIME`, as logs of several machines have it; the header does not name the unit.
    public var creationTime: Int64
    /// `TPM_ALG_ID`.
    public var rawHashAlgorithm: UInt16
    public var digest: [UInt8]
  }

  /// The public key by which virtual secure mode proves itself.
  ///
  /// Source: `SIPAEVENT_VSM_IDK_INFO_PAYLOAD` with `SIPAEVENT_VSM_IDK_RSA_INFO`. Both numbers are big-endian.
  public struct IdentityKey: Equatable, Sendable {
    /// `VSM_IDK_ALG_ID`, which the header does not list; 1 stands before keys of RSA.
    public var rawAlgorithm: UInt32
    public var bitCount: UInt32
    public var exponent: [UInt8]
    public var modulus: [UInt8]
  }

  /// A signature over what was measured of the kernel and its modules.
  ///
  /// Source: `SIPAEVENT_KSR_SIGNATURE_PAYLOAD`.
  public struct Signature: Equatable, Sendable {
    public var rawAlgorithm: UInt32
    public var signature: [UInt8]
  }

  /// A policy of Secure Boot that Windows keeps to.
  ///
  /// Source: `SIPAEVENT_SBCP_INFO_PAYLOAD_V1`.
  public struct SecureBootPolicy: Equatable, Sendable {
    public var version: UInt32
    public var options: UInt32
    public var signerCount: UInt32
    /// `TPM_ALG_ID`.
    public var rawHashAlgorithm: UInt16
    public var digest: [UInt8]
    /// Bytes between the fields and the digest, which the structure says to pass over; empty as a rule.
    public var gap: [UInt8]
  }

  /// nil for a tag whose data are no structure, or one that is not published. The reader holds the tag's data and nothing else.
  init?(_ identifier: UInt32, from reader: inout ByteReader) throws(ParseError) {
    switch identifier {
    case 0x0005_000f: self = .policy(try Policy(from: &reader))
    case 0x0005_0031: self = .policySigner(try PolicySigner(from: &reader))
    case 0x0004_0002, 0x0005_0013: self = .revocationList(try RevocationList(from: &reader))
    case 0x0005_0020, 0x0005_0023:
      guard let key = try IdentityKey(from: &reader) else { return nil }
      self = .identityKey(key)
    case 0x000b_0001: self = .signature(try Signature(from: &reader))
    case 0x0005_0029:
      guard let policy = try SecureBootPolicy(from: &reader) else { return nil }
      self = .secureBootPolicy(policy)
    default: return nil
    }
    try reader.expectEnd(of: "the data of the tag")
  }
}

extension WindowsPayload.Policy {
  init(from reader: inout ByteReader) throws(ParseError) {
    version = try reader.uint64("SIPAEVENT_SI_POLICY_PAYLOAD.PolicyVersion")
    let nameSize = try reader.uint16("SIPAEVENT_SI_POLICY_PAYLOAD.PolicyNameLength")
    rawHashAlgorithm = try reader.uint16("SIPAEVENT_SI_POLICY_PAYLOAD.HashAlgID")
    let digestSize = try reader.uint32("SIPAEVENT_SI_POLICY_PAYLOAD.DigestLength")
    name = EventText(utf16: try reader.bytes(Int(nameSize), "SIPAEVENT_SI_POLICY_PAYLOAD.PolicyName"))
    digest = try reader.bytes(Int(digestSize), "SIPAEVENT_SI_POLICY_PAYLOAD.Digest")
  }

  /// `10.0.26100.0`.
  public var versionText: String {
    [48, 32, 16, 0].map { String(version >> $0 & 0xffff) }.joined(separator: ".")
  }
}

extension WindowsPayload.PolicySigner {
  init(from reader: inout ByteReader) throws(ParseError) {
    rootID = try reader.uint32("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.RootID")
    let certificatesSize = try reader.uint32("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.CertificatesLength")
    let certificateCount = try reader.uint16("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.CertificatesCount")
    let nameSize = try reader.uint16("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.PolicyNameLength")
    let usagesSize = try reader.uint16("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.EKUsLength")
    let usageCount = try reader.uint16("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.EKUsCount")
    policyName = EventText(utf16: try reader.bytes(Int(nameSize), "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.PolicyName"))
    var usages = try reader.slice(Int(usagesSize), "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.EKUs")
    keyUsages = []
    // Every turn reads a byte of the slice, which ends.
    while !usages.isAtEnd {
      let size = try usages.uint8("SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.EKUs.length")
      keyUsages.append(try usages.bytes(Int(size), "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.EKUs.EKU"))
    }
    var list = try reader.slice(Int(certificatesSize), "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD.Certificates")
    certificates = []
    while !list.isAtEnd { certificates.append(try WindowsPayload.PolicyCertificate(from: &list)) }
    guard keyUsages.count == usageCount, certificates.count == certificateCount else {
      throw reader.failure(
        "SIPAEVENT_SI_POLICY_SIGNER_PAYLOAD", expected: "\(usageCount) usages and \(certificateCount) certificates",
        found: "\(keyUsages.count) and \(certificates.count)")
    }
  }
}

extension WindowsPayload.PolicyCertificate {
  init(from reader: inout ByteReader) throws(ParseError) {
    let publisherSize = try reader.uint16("SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.PublisherCommonNameLength")
    let issuerSize = try reader.uint16("SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.IssuerCommonNameLength")
    rawHashAlgorithm = try reader.uint32("SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.HashAlgID")
    let digestSize = try reader.uint16("SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.DigestLength")
    publisher = EventText(
      utf16: try reader.bytes(Int(publisherSize), "SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.PublisherCommonName"))
    issuer = EventText(
      utf16: try reader.bytes(Int(issuerSize), "SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.IssuerCommonName"))
    digest = try reader.bytes(Int(digestSize), "SIPAEVENT_SI_POLICY_CERTIFICATE_PAYLOAD.Digest")
  }
}

extension WindowsPayload.RevocationList {
  init(from reader: inout ByteReader) throws(ParseError) {
    creationTime = Int64(bitPattern: try reader.uint64("SIPAEVENT_REVOCATION_LIST_PAYLOAD.CreationTime"))
    let digestSize = try reader.uint32("SIPAEVENT_REVOCATION_LIST_PAYLOAD.DigestLength")
    rawHashAlgorithm = try reader.uint16("SIPAEVENT_REVOCATION_LIST_PAYLOAD.HashAlgID")
    digest = try reader.bytes(Int(digestSize), "SIPAEVENT_REVOCATION_LIST_PAYLOAD.Digest")
  }

  /// Seconds since 1970-01-01 UTC.
  public var creationSeconds: Int64 { creationTime / 10_000_000 - 11_644_473_600 }
}

extension WindowsPayload.IdentityKey {
  /// nil for a key of another algorithm than RSA, whose layout is not published.
  init?(from reader: inout ByteReader) throws(ParseError) {
    rawAlgorithm = try reader.uint32("SIPAEVENT_VSM_IDK_INFO_PAYLOAD.KeyAlgID")
    guard rawAlgorithm == 1 else { return nil }
    bitCount = try reader.uint32("SIPAEVENT_VSM_IDK_RSA_INFO.KeyBitLength")
    let exponentSize = try reader.uint32("SIPAEVENT_VSM_IDK_RSA_INFO.PublicExpLengthBytes")
    let modulusSize = try reader.uint32("SIPAEVENT_VSM_IDK_RSA_INFO.ModulusSizeBytes")
    exponent = try reader.bytes(Int(exponentSize), "SIPAEVENT_VSM_IDK_RSA_INFO.PublicExponent")
    modulus = try reader.bytes(Int(modulusSize), "SIPAEVENT_VSM_IDK_RSA_INFO.Modulus")
  }
}

extension WindowsPayload.Signature {
  init(from reader: inout ByteReader) throws(ParseError) {
    rawAlgorithm = try reader.uint32("SIPAEVENT_KSR_SIGNATURE_PAYLOAD.SignAlgID")
    let size = try reader.uint32("SIPAEVENT_KSR_SIGNATURE_PAYLOAD.SignatureLength")
    signature = try reader.bytes(Int(size), "SIPAEVENT_KSR_SIGNATURE_PAYLOAD.Signature")
  }
}

extension WindowsPayload.SecureBootPolicy {
  private static let fixedByteCount = 20

  /// nil for a version that is not published.
  init?(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    version = try reader.uint32("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.PayloadVersion")
    guard version == 1 else { return nil }
    let digestOffset = Int(try reader.uint32("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.VarDataOffset"))
    guard digestOffset >= Self.fixedByteCount else {
      throw reader.failure(
        "SIPAEVENT_SBCP_INFO_PAYLOAD_V1.VarDataOffset", expected: "at least \(Self.fixedByteCount)",
        found: "\(digestOffset)", at: start + 4)
    }
    rawHashAlgorithm = try reader.uint16("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.HashAlgID")
    let digestSize = try reader.uint16("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.DigestLength")
    options = try reader.uint32("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.Options")
    signerCount = try reader.uint32("SIPAEVENT_SBCP_INFO_PAYLOAD_V1.SignersCount")
    gap = try reader.bytes(digestOffset - Self.fixedByteCount, "SIPAEVENT_SBCP_INFO_PAYLOAD_V1.VarDataOffset")
    digest = try reader.bytes(Int(digestSize), "SIPAEVENT_SBCP_INFO_PAYLOAD_V1.Digest")
  }
}

/// A state that Windows measures into register 11, with its number.
///
/// Source: ibmtss, `utils/efilib.c`.
public func windowsStateText(_ state: UInt32) -> String {
  let meaning =
    switch state {
    case 0: "started, before Windows 10"
    case 1: "a debugger is attached"
    case 2: "an error happened"
    case 0x10: "started, Windows 10 or later"
    case 0xffff: "not safe, with which every known start ends"
    default: "not defined"
    }
  return "0x" + String(state, radix: 16) + ": " + meaning
}
