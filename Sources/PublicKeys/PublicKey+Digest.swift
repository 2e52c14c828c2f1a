import COpenSSL
import Digests

extension PublicKey {
  /// Verifies a signature over a digest: RSA with PKCS #1 v1.5, or ECDSA in DER.
  ///
  /// Source: RFC 8017, section 8.2; FIPS 186-5, section 6.4.
  public func verify(_ signature: [UInt8], hash: HashAlgorithm, digest: [UInt8]) -> Verification {
    // Safe: every array is passed with its count and lives through the call.
    let outcome = unsafe cossl_digest_verify(
      subjectPublicKeyInfo, subjectPublicKeyInfo.count, hash.rawValue, digest, digest.count, signature,
      signature.count)
    switch outcome {
    case 1: return .verifies(saltLength: nil)
    case 0: return .doesNotVerify
    default: return .doesNotFit
    }
  }

  /// SHA-1 of the PKCS #1 key or of the curve's point, 20 bytes; nil for a key that OpenSSL does not read.
  ///
  /// Source: RFC 5280, section 4.2.1.2, method 1.
  public var keyDigest: [UInt8]? {
    var identifier = [UInt8](repeating: 0, count: 20)
    // Safe: the key is passed with its count, and the identifier has the 20 bytes the function asks for.
    let isKey = unsafe cossl_key_digest(subjectPublicKeyInfo, subjectPublicKeyInfo.count, &identifier)
    return isKey == 1 ? identifier : nil
  }
}

extension Certificate {
  /// The extension that names the key; nil when the certificate has none.
  ///
  /// Source: RFC 5280, section 4.2.1.2.
  public var subjectKeyIdentifier: [UInt8]? {
    var identifier = [UInt8](repeating: 0, count: 256)
    // Safe: both arrays are passed with their counts.
    let count = unsafe cossl_certificate_key_identifier(der, der.count, &identifier, identifier.count)
    return count > 0 ? Array(identifier.prefix(count)) : nil
  }
}
