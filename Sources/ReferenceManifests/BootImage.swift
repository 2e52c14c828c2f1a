import Digests

/// What a PE image for firmware is known by beside its content: its Authenticode digests, its SBAT entries and who signed it.
public struct BootImage: Hashable, Sendable {
  /// A digest over the image as firmware measures it, which is not the digest of the file.
  public struct ImageDigest: Hashable, Sendable {
    public var algorithm: FileDigestAlgorithm
    public var bytes: [UInt8]

    public init(_ algorithm: FileDigestAlgorithm, _ bytes: [UInt8]) {
      self.algorithm = algorithm
      self.bytes = bytes
    }
  }

  /// A certificate that one of the image's signatures carries.
  public struct Certificate: Hashable, Sendable {
    /// SHA-256 of the DER.
    public var sha256: [UInt8]
    /// RFC 2253 text, escaped.
    public var subject: String
    public var issuer: String
    /// A signature names it as its signer's.
    public var isSigner: Bool

    public init(sha256: [UInt8], subject: String, issuer: String, isSigner: Bool) {
      self.sha256 = sha256
      self.subject = subject
      self.issuer = issuer
      self.isSigner = isSigner
    }
  }

  /// The algorithms of event logs, whatever a store is built with.
  public static let digestAlgorithms: [FileDigestAlgorithm] = [.sha1, .sha256, .sha384, .sha512]

  /// Two of an algorithm where the image is unsigned and its size no multiple of eight: as it is, and as signing fills it up.
  public var digests: [ImageDigest]
  /// The text of the section `.sbat`, up to its first NUL; nil when there is no such section.
  public var sbat: [UInt8]?
  /// In the order of the signatures.
  public var certificates: [Certificate]

  public init(digests: [ImageDigest], sbat: [UInt8]? = nil, certificates: [Certificate] = []) {
    self.digests = digests
    self.sbat = sbat
    self.certificates = certificates
  }
}
