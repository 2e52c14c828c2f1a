import ByteReading
import PublicKeys

/// Somebody whose signature of a manifest of firmware counts, a Base RIM or CoRIM: a public key, with the certificate that it came in.
public struct ManifestSigner: Hashable, Sendable {
  public var key: PublicKey
  /// The certificate's subject; empty for a bare key.
  public var subject: String
  /// Nil for a bare key.
  public var certificate: Certificate?

  /// Upper-case hexadecimal SHA-256 of the key's SubjectPublicKeyInfo.
  public var fingerprint: String { key.keyDigest.map { hexText($0).uppercased() } ?? "" }

  public init(key: PublicKey, subject: String = "", certificate: Certificate? = nil) {
    self.key = key
    self.subject = subject
    self.certificate = certificate
  }

  /// The certificates and public keys of a file, PEM, DER or JSON Web Keys; empty when it holds none.
  public static func all(in bytes: [UInt8]) -> [ManifestSigner] {
    let keys = webKeys(in: bytes)
    if !keys.isEmpty { return keys }
    if bytes.first == 0x30 {
      if let certificate = Certificate(der: bytes) { return [ManifestSigner(certificate)] }
      return PublicKey(subjectPublicKeyInfo: bytes).map { [ManifestSigner(key: $0)] } ?? []
    }
    return pemBlocks(bytes).compactMap { block in
      switch block.label {
      case "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE":
        Certificate(der: block.der).map { ManifestSigner($0) }
      case "PUBLIC KEY": PublicKey(subjectPublicKeyInfo: block.der).map { ManifestSigner(key: $0) }
      default: nil
      }
    }
  }

  private init(_ certificate: Certificate) {
    self.init(key: certificate.key, subject: certificate.subject, certificate: certificate)
  }
}
