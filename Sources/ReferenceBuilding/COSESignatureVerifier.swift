import ByteReading
import ConciseManifests
import Digests
import Hashing
import PublicKeys
import ReferenceManifests

/// Says what became of the signature of a message of COSE, by keys that were given and by no other.
///
/// Source: RFC 9052, section 4.4; RFC 9053, section 2; RFC 8812 (RSASSA-PKCS1-v1_5); RFC 8230 (RSASSA-PSS).
struct COSESignatureVerifier {
  let message: COSESignedMessage
  let signers: [ManifestSigner]

  private struct Algorithm {
    var name: String
    /// Nil for EdDSA.
    var scheme: SignatureScheme?
    var hash: HashAlgorithm?
  }

  /// Source: IANA, "COSE Algorithms".
  private static let algorithms: [Int64: Algorithm] = [
    -7: Algorithm(name: "ES256", scheme: .ecdsa, hash: .sha256),
    -35: Algorithm(name: "ES384", scheme: .ecdsa, hash: .sha384),
    -36: Algorithm(name: "ES512", scheme: .ecdsa, hash: .sha512),
    -37: Algorithm(name: "PS256", scheme: .rsapss, hash: .sha256),
    -38: Algorithm(name: "PS384", scheme: .rsapss, hash: .sha384),
    -39: Algorithm(name: "PS512", scheme: .rsapss, hash: .sha512),
    -257: Algorithm(name: "RS256", scheme: .rsassa, hash: .sha256),
    -258: Algorithm(name: "RS384", scheme: .rsassa, hash: .sha384),
    -259: Algorithm(name: "RS512", scheme: .rsassa, hash: .sha512),
    -8: Algorithm(name: "EdDSA"), -19: Algorithm(name: "Ed25519"), -53: Algorithm(name: "Ed448"),
  ]

  var verdict: SourceSignature {
    guard let number = message.algorithm else {
      return unsupported("The signed header names no algorithm, and what is not signed cannot name one.")
    }
    guard let algorithm = Self.algorithms[number] else {
      return unsupported("Algorithm \(number) of COSE is not verified here.")
    }
    guard message.criticalLabels.isEmpty else {
      return unsupported(
        "The header asks that \(message.criticalLabels.joined(separator: ", ")) be understood, which is not.")
    }
    guard let signed = message.signedBytes else { return unsupported("What is signed lies elsewhere.") }
    for signer in signers where verifies(signed, algorithm, signer.key) {
      let isWeak = signer.key.isRSA && signer.key.bitCount < 2048
      return SourceSignature(
        status: isWeak ? .weak : .good, scheme: "COSE \(algorithm.name), \(signer.key.algorithm)",
        key: signer.fingerprint, signer: signer.subject)
    }
    return failure(signed, algorithm)
  }

  /// Nothing given verifies it. Where the message names a given key, or shows its own, the message must have been changed.
  private func failure(_ signed: [UInt8], _ algorithm: Algorithm) -> SourceSignature {
    let scheme = "COSE \(algorithm.name)"
    let own = message.certificates.first.flatMap { Certificate(der: $0) }
    if let named = signers.first(where: isNamed) {
      return SourceSignature(
        status: .bad, scheme: scheme, key: named.fingerprint, signer: named.subject,
        detail: "The message names this key and was changed after it was signed.")
    }
    if let own, !verifies(signed, algorithm, own.key) {
      return SourceSignature(
        status: .bad, scheme: scheme, key: keyName,
        detail: "Not even the certificate in the message verifies it: it was changed after it was signed.")
    }
    let detail =
      if let own {
        "The certificate in the message, of \(own.subject), verifies it and vouches for nothing."
      } else if signers.isEmpty {
        ""
      } else {
        "Another key made it, or the message was changed."
      }
    return SourceSignature(status: .keyMissing, scheme: scheme, key: keyName, detail: detail)
  }

  private func unsupported(_ reason: String) -> SourceSignature {
    SourceSignature(status: .unsupported, scheme: "COSE", key: keyName, detail: reason)
  }

  /// How the message names its key: a text where the identifier is one.
  private var keyName: String {
    let identifier = message.keyIdentifier
    if identifier.isEmpty { return message.signerName }
    return identifier.allSatisfy { (0x20..<0x7f).contains($0) }
      ? escapedText(identifier) : hexText(identifier).uppercased()
  }

  private func isNamed(_ signer: ManifestSigner) -> Bool {
    if let digest = message.certificateDigest?.digest, let certificate = signer.certificate {
      return digest.algorithm.digest(of: certificate.der) == digest.bytes
    }
    if let own = message.certificates.first.flatMap({ Certificate(der: $0) }), own.key == signer.key { return true }
    let names = [
      signer.key.keyDigest, HashAlgorithm.sha256.digest(of: signer.key.subjectPublicKeyInfo),
      signer.certificate?.subjectKeyIdentifier, signer.certificate.flatMap { HashAlgorithm.sha256.digest(of: $0.der) },
    ]
    return !message.keyIdentifier.isEmpty && names.contains(message.keyIdentifier)
  }

  private func verifies(_ signed: [UInt8], _ algorithm: Algorithm, _ key: PublicKey) -> Bool {
    let signature = message.signature
    guard let scheme = algorithm.scheme, let hash = algorithm.hash else {
      return isSuccess(key.verifyEdDSA(signature, message: signed))
    }
    switch scheme {
    case .ecdsa:
      // Two numbers of the size of the curve, one after the other.
      let half = (key.bitCount + 7) / 8
      guard !key.isRSA, half > 0, signature.count == half * 2,
        let der = ecdsaSignature(r: Array(signature.prefix(half)), s: Array(signature.suffix(half)))
      else { return false }
      return isSuccess(key.verify(der, scheme: scheme, hash: hash, message: signed))
    case .rsapss:
      // RFC 8230, section 2: the salt is as long as the digest.
      return key.verify(signature, scheme: scheme, hash: hash, message: signed)
        == .verifies(saltLength: hash.digestByteCount)
    case .rsassa: return isSuccess(key.verify(signature, scheme: scheme, hash: hash, message: signed))
    }
  }

  private func isSuccess(_ outcome: PublicKey.Verification) -> Bool {
    if case .verifies = outcome { true } else { false }
  }
}
