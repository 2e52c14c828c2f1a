import COpenSSL
import Digests

/// A public key, kept as the DER of its SubjectPublicKeyInfo, written the same way for equal keys.
///
/// Source: RFC 5280, section 4.1; RFC 8017 (RSA); SEC 1 (elliptic curves).
public struct PublicKey: Hashable, Sendable {
  public let subjectPublicKeyInfo: [UInt8]
  /// For example `RSA 2048` or `ECDSA P-256`.
  public let algorithm: String
  /// Size of the modulus or of the curve's field.
  public let bitCount: Int

  /// Reads a DER SubjectPublicKeyInfo; nil when the bytes are none.
  public init?(subjectPublicKeyInfo der: [UInt8]) {
    unsafe self.init { spki, room in unsafe cossl_key_from_spki(der, der.count, spki, room) }
  }

  /// Reads a DER PKCS#1 RSAPublicKey (PEM label `RSA PUBLIC KEY`).
  public init?(pkcs1 der: [UInt8]) {
    unsafe self.init { spki, room in unsafe cossl_key_from_pkcs1(der, der.count, spki, room) }
  }

  /// An RSA key of a big-endian modulus.
  public init?(modulus: [UInt8], exponent: UInt32) {
    unsafe self.init { spki, room in unsafe cossl_key_from_rsa(modulus, modulus.count, exponent, spki, room) }
  }

  /// A point of a curve by its `TPM_ECC_CURVE` number; coordinates are big-endian and may lack leading zeros.
  public init?(curve: UInt16, x: [UInt8], y: [UInt8]) {
    unsafe self.init { spki, room in unsafe cossl_key_from_point(curve, x, x.count, y, y.count, spki, room) }
  }

  /// The key of a DER certificate.
  init?(certificate der: [UInt8]) {
    unsafe self.init { spki, room in unsafe cossl_certificate_key(der, der.count, spki, room) }
  }

  private init?(_ write: (UnsafeMutablePointer<UInt8>, Int) -> Int) {
    var spki = [UInt8](repeating: 0, count: 4096)
    // Safe: the callee gets the buffer with its size and returns how much of it it filled.
    let count = unsafe spki.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return unsafe write(start, buffer.count)
    }
    guard count > 0, count <= spki.count else { return nil }
    let info = Array(spki.prefix(count))
    var text = [CChar](repeating: 0, count: 64)
    // Safe: the text has the 64 bytes the function asks for.
    bitCount = Int(unsafe cossl_key_describe(info, info.count, &text))
    algorithm = string(text)
    subjectPublicKeyInfo = info
  }

  public var isRSA: Bool { algorithm.hasPrefix("RSA") }

  /// What became of one verification.
  public enum Verification: Equatable, Sendable {
    /// `saltLength` is that of an RSAPSS signature, bytes.
    case verifies(saltLength: Int?)
    case doesNotVerify
    /// The key is of another kind than the signature, or an algorithm is not supported.
    case doesNotFit
  }

  /// Verifies a signature over a message. An ECDSA signature is given in DER.
  public func verify(
    _ signature: [UInt8], scheme: SignatureScheme, hash: HashAlgorithm, message: [UInt8]
  ) -> Verification {
    var salt: Int32 = -1
    // Safe: every array is passed with its count and lives through the call.
    let outcome = unsafe cossl_verify(
      subjectPublicKeyInfo, subjectPublicKeyInfo.count, scheme.rawValue, hash.rawValue, signature, signature.count,
      message, message.count, &salt)
    switch outcome {
    case 1: return .verifies(saltLength: salt >= 0 ? Int(salt) : nil)
    case 0: return .doesNotVerify
    default: return .doesNotFit
    }
  }

  /// Verifies an Ed25519 or Ed448 signature over a message, by the kind of the key.
  ///
  /// Source: RFC 8032, sections 5.1 and 5.2.
  public func verifyEdDSA(_ signature: [UInt8], message: [UInt8]) -> Verification {
    // Safe: every array is passed with its count and lives through the call.
    let outcome = unsafe cossl_eddsa_verify(
      subjectPublicKeyInfo, subjectPublicKeyInfo.count, signature, signature.count, message, message.count)
    switch outcome {
    case 1: return .verifies(saltLength: nil)
    case 0: return .doesNotVerify
    default: return .doesNotFit
    }
  }
}

/// A signature scheme by its TPM number.
///
/// Source: TCG Algorithm Registry, `TPM_ALG_ID`.
public enum SignatureScheme: UInt16, Sendable {
  case rsassa = 0x0014
  case rsapss = 0x0016
  case ecdsa = 0x0018

  public var name: String { String(describing: self) }
}

/// The DER of an ECDSA signature from its two big-endian numbers; nil when one is longer than any curve's.
public func ecdsaSignature(r: [UInt8], s: [UInt8]) -> [UInt8]? {
  var der = [UInt8](repeating: 0, count: 320)
  // Safe: every array is passed with its count and lives through the call.
  let count = unsafe cossl_ecdsa_der(r, r.count, s, s.count, &der, der.count)
  return count > 0 ? Array(der.prefix(count)) : nil
}

/// Text of a C string that a function of ours wrote and ended with NUL.
func string(_ characters: [CChar]) -> String {
  String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
