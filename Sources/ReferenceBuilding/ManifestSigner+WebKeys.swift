import ByteReading
import JSONReading
import PublicKeys

extension ManifestSigner {
  /// The public keys of a JSON Web Key or a set of them; keys of other kinds are left out, and a private part is not looked at.
  ///
  /// Source: RFC 7517; RFC 7518, section 6; RFC 8037 (Ed25519).
  static func webKeys(in bytes: [UInt8]) -> [ManifestSigner] {
    guard bytes.count <= 1 << 20, JSONDocument.isLikely(bytes) else { return [] }
    let document = JSONDocument(bytes, file: "")
    guard document.fault == nil, let root = document.root else { return [] }
    return (root["keys"]?.elements ?? [root]).compactMap { publicKey($0).map { ManifestSigner(key: $0) } }
  }

  private static func publicKey(_ node: JSONNode) -> PublicKey? {
    func number(_ name: String) -> [UInt8]? {
      node.string(of: name).flatMap { bytesOfBase64(Array($0.utf8), isURLSafe: true) }
    }
    switch (node.string(of: "kty"), node.string(of: "crv")) {
    case ("RSA", _):
      guard let modulus = number("n"), let bytes = number("e"), (1...4).contains(bytes.count) else { return nil }
      return PublicKey(modulus: modulus, exponent: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case ("EC", let curve?):
      // Numbers of TPM_ECC_CURVE.
      let curves: [String: UInt16] = ["P-256": 3, "P-384": 4, "P-521": 5]
      guard let curve = curves[curve], let x = number("x"), let y = number("y") else { return nil }
      return PublicKey(curve: curve, x: x, y: y)
    case ("OKP", "Ed25519"):
      // RFC 8410, section 4: SubjectPublicKeyInfo of id-Ed25519.
      let head: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
      guard let point = number("x"), point.count == 32 else { return nil }
      return PublicKey(subjectPublicKeyInfo: head + point)
    default: return nil
    }
  }
}
