import COpenSSL
import Digests

/// A PKCS #7 signature as it is appended to kernel modules and kernels: signed data without its content.
///
/// Source: RFC 5652, section 5; Linux, scripts/sign-file.c.
public struct AppendedSignature: Hashable, Sendable {
  public let der: [UInt8]
  /// Key identifier or serial number of the first signer; empty when none is named.
  public let signer: [UInt8]

  /// Nil when the bytes are no signed data in DER, or something follows it.
  public init?(der bytes: [UInt8]) {
    var name = [UInt8](repeating: 0, count: 256)
    // Safe: both arrays are passed with their counts.
    let count = Int(unsafe cossl_appended_signer(bytes, bytes.count, &name, name.count))
    guard count >= 0 else { return nil }
    der = bytes
    signer = Array(name.prefix(count))
  }

  public enum Verification: Equatable, Sendable {
    case verifies
    case doesNotVerify
    /// The certificate is that of no signer.
    case otherSigner
    /// The signer used another digest algorithm than the given one.
    case otherDigest
    case unsupported
  }

  /// Verifies against one certificate. Where attributes are signed, one of them must hold the digest.
  public func verify(with certificate: Certificate, hash: HashAlgorithm, digest: [UInt8]) -> Verification {
    // Safe: every array is passed with its count and lives through the call.
    let outcome = unsafe cossl_appended_verify(
      der, der.count, hash.rawValue, digest, digest.count, certificate.der, certificate.der.count)
    switch Int(outcome) {
    case COSSL_APPENDED_VERIFIES: return .verifies
    case COSSL_APPENDED_INVALID: return .doesNotVerify
    case COSSL_APPENDED_OTHER_SIGNER: return .otherSigner
    case COSSL_APPENDED_OTHER_DIGEST: return .otherDigest
    default: return .unsupported
    }
  }
}
