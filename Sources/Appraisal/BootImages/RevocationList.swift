import ByteReading
import Digests
import Hashing
import ReferenceManifests
import TCGEventLog

/// What a `dbx` forbids: digests of images, and certificates that vouch for nothing any more.
///
/// Source: UEFI Specification 2.10, section 32.4.1.
public struct RevocationList: Equatable, Sendable {
  /// Where it was read: a file, or an event of a log.
  public var source: String
  /// Given from outside, or in an event that a quote proves.
  public var isProven: Bool
  /// Authenticode digests, by algorithm.
  public private(set) var digests: Set<Entry> = []
  /// SHA-256 of the DER of certificates.
  public private(set) var certificates: Set<[UInt8]> = []
  /// Certificates by the digest of their signed part, which references do not have of the signers of images.
  private var revocations = CertificateRevocations()
  /// Entries of kinds that no image is held against, such as digests of a certificate's signed part.
  public private(set) var otherCount = 0

  public struct Entry: Hashable, Sendable {
    public var algorithm: FileDigestAlgorithm
    public var bytes: [UInt8]

    public init(_ algorithm: FileDigestAlgorithm, _ bytes: [UInt8]) {
      self.algorithm = algorithm
      self.bytes = bytes
    }
  }

  public init(_ lists: [EFISignatureList], source: String, isProven: Bool = true) {
    self.source = source
    self.isProven = isProven
    for list in lists {
      switch list.type.name {
      case "EFI_CERT_SHA1": add(.sha1, list)
      case "EFI_CERT_SHA256": add(.sha256, list)
      case "EFI_CERT_SHA384": add(.sha384, list)
      case "EFI_CERT_SHA512": add(.sha512, list)
      case "EFI_CERT_X509":
        for signature in list.signatures {
          if let digest = HashAlgorithm.sha256.digest(of: signature.data) { certificates.insert(digest) }
        }
      default:
        otherCount += list.signatures.count
        for revocation in list.signatures.compactMap(list.revocation) { revocations.add(revocation) }
      }
    }
  }

  private mutating func add(_ algorithm: FileDigestAlgorithm, _ list: EFISignatureList) {
    for signature in list.signatures {
      if signature.data.count == algorithm.digestByteCount {
        digests.insert(Entry(algorithm, signature.data))
      } else {
        otherCount += 1
      }
    }
  }

  public var isEmpty: Bool { digests.isEmpty && certificates.isEmpty && revocations.isEmpty }

  /// Why the list forbids an image; nil when it does not.
  ///
  /// - parameter digests: all that are known of the image.
  /// - parameter certificates: those of its signatures; empty where no reference knows the image. One of several signatures
  ///   that is still good lets an image start, so each signer must be forbidden.
  public func reason(against digests: [Entry], certificates: [BootImage.Certificate]) -> String? {
    if let found = digests.first(where: { self.digests.contains($0) }) {
      return "\(source) lists its \(found.algorithm.name) digest"
    }
    let signers = certificates.filter(\.isSigner)
    let forbidden = signers.filter { isForbidden($0, among: certificates) }
    guard let first = forbidden.first, forbidden.count == signers.count else { return nil }
    return "\(source) lists the certificate of its signer, \(first.subject), or of who issued it"
  }

  /// Whether the list forbids an entry of a db: a certificate in DER, or the digest of an image.
  func forbids(_ entry: [UInt8]) -> Bool {
    if let digest = HashAlgorithm.sha256.digest(of: entry), certificates.contains(digest) { return true }
    if revocations.revocation(of: entry) != nil { return true }
    return [FileDigestAlgorithm.sha1, .sha256, .sha384, .sha512].contains { digests.contains(Entry($0, entry)) }
  }

  /// The certificate itself or one that issued it, as far as the signature carries them.
  private func isForbidden(_ certificate: BootImage.Certificate, among all: [BootImage.Certificate]) -> Bool {
    var current = certificate
    for _ in 0..<8 {
      if certificates.contains(current.sha256) { return true }
      guard current.issuer != current.subject, let issuer = all.first(where: { $0.subject == current.issuer }) else {
        return false
      }
      current = issuer
    }
    return false
  }
}
