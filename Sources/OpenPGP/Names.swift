/// Names of OpenPGP's algorithms.
///
/// Source: RFC 9580, sections 9.1, 9.2 and 9.5; draft-ietf-openpgp-pqc for 30 to 34.
enum Names {
  static func publicKey(_ algorithm: UInt8) -> String {
    switch algorithm {
    case 1, 3: "RSA"
    case 17: "DSA"
    case 19: "ECDSA"
    case 22: "EdDSA"
    case 27: "Ed25519"
    case 28: "Ed448"
    case 30: "ML-DSA-65+Ed25519"
    case 31: "ML-DSA-87+Ed448"
    case 32: "SLH-DSA-SHAKE-128s"
    case 33: "SLH-DSA-SHAKE-128f"
    case 34: "SLH-DSA-SHAKE-256s"
    default: "algorithm \(algorithm)"
    }
  }

  static func hash(_ algorithm: UInt8) -> String {
    switch algorithm {
    case 1: "MD5"
    case 2: "SHA1"
    case 3: "RIPEMD160"
    case 8: "SHA256"
    case 9: "SHA384"
    case 10: "SHA512"
    case 11: "SHA224"
    case 12: "SHA3-256"
    case 14: "SHA3-512"
    default: "hash \(algorithm)"
    }
  }

  /// Hash algorithms whose collisions can be made.
  static func isWeak(hash: UInt8) -> Bool { (1...3).contains(hash) }
}
