/// The few structures of ASN.1 that keys and signatures are handed to OpenSSL in.
///
/// Source: X.690; RFC 5280, section 4.1 (SubjectPublicKeyInfo); RFC 3279 (RSA, DSA); RFC 5480 (EC); RFC 8410 (Ed25519).
enum DER {
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = content.count
    while rest > 0 {
      length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
      rest >>= 8
    }
    let isShort = content.count < 0x80
    return [tag] + (isShort ? [UInt8(content.count)] : [0x80 | UInt8(length.count)] + length) + content
  }

  static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }
  static func objectIdentifier(_ body: [UInt8]) -> [UInt8] { element(0x06, body) }
  static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

  /// A number that is not negative, from its big-endian bytes.
  static func integer(_ bytes: [UInt8]) -> [UInt8] {
    let number = Array(bytes.drop { $0 == 0 })
    return element(0x02, (number.first ?? 0) & 0x80 != 0 || number.isEmpty ? [0] + number : number)
  }

  private static let rsaEncryption: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
  private static let dsa: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01]
  private static let ecPublicKey: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]
  private static let ed25519: [UInt8] = [0x2b, 0x65, 0x70]

  static func rsaKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
    sequence(
      sequence(objectIdentifier(rsaEncryption), element(0x05, [])),
      bitString(sequence(integer(modulus), integer(exponent))))
  }

  static func dsaKey(p: [UInt8], q: [UInt8], g: [UInt8], y: [UInt8]) -> [UInt8] {
    sequence(
      sequence(objectIdentifier(dsa), sequence(integer(p), integer(q), integer(g))), bitString(integer(y)))
  }

  /// `curve` is the body of the curve's object identifier, which OpenPGP writes the same way.
  static func ecKey(curve: [UInt8], point: [UInt8]) -> [UInt8] {
    sequence(sequence(objectIdentifier(ecPublicKey), objectIdentifier(curve)), bitString(point))
  }

  static func ed25519Key(_ point: [UInt8]) -> [UInt8] {
    sequence(sequence(objectIdentifier(ed25519)), bitString(point))
  }
}
