import Digests
import Hashing
import PublicKeys
import TCGEventLog

/// Certificates that a list revokes by the digest of their signed part, each from a time on.
///
/// Source: UEFI Specification 2.10, section 32.4.1, `EFI_CERT_X509_SHA256` and its like.
struct CertificateRevocations: Equatable, Sendable {
  /// Of two entries for one certificate the one that revokes it always counts.
  private var byHash: [[UInt8]: EFIRevocation] = [:]

  init(_ revocations: [EFIRevocation] = []) {
    for revocation in revocations { add(revocation) }
  }

  mutating func add(_ revocation: EFIRevocation) {
    if byHash[revocation.hash]?.isAlways != true { byHash[revocation.hash] = revocation }
  }

  var isEmpty: Bool { byHash.isEmpty }

  /// What revokes a certificate in DER; nil when nothing does, or the bytes are no certificate.
  func revocation(of entry: [UInt8]) -> EFIRevocation? {
    guard !isEmpty, let part = Certificate(der: entry)?.signedPart, !part.isEmpty else { return nil }
    let found = [HashAlgorithm.sha256, .sha384, .sha512].compactMap { $0.digest(of: part).flatMap { byHash[$0] } }
    return found.first(where: \.isAlways) ?? found.first
  }
}
