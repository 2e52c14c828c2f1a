import ByteReading

/// A public key or subkey of version 4, ready to verify with.
///
/// Source: RFC 9580, sections 5.5.2, 5.5.4 (fingerprints) and 5.5.5 (algorithm-specific parts).
struct KeyPacket: Hashable {
  var version: UInt8
  /// Seconds since 1970-01-01.
  var created: UInt32
  var algorithm: UInt8
  /// 20 bytes; empty when the version is not 4.
  var fingerprint: [UInt8]
  /// DER; nil when the algorithm or the curve is not supported here.
  var subjectPublicKeyInfo: [UInt8]?
  /// For example `RSA 4096`, `ECDSA P-256`.
  var description: String
  /// Bits of an RSA modulus or DSA prime; nil for curves.
  var bitCount: Int?

  /// The last 8 bytes of the fingerprint.
  var keyID: [UInt8] { Array(fingerprint.suffix(8)) }
  /// Too short to show anything today.
  var isWeak: Bool { (bitCount ?? 2048) < 2048 }

  init(body: [UInt8], file: String) throws(ParseError) {
    self = try body.read(file: file, byteOrder: .bigEndian) { reader throws(ParseError) in
      try KeyPacket(from: &reader, body: body)
    }
  }

  private init(from reader: inout ByteReader, body: [UInt8]) throws(ParseError) {
    version = try reader.uint8("key.version")
    created = try reader.uint32("key.created")
    if version == 2 || version == 3 { _ = try reader.uint16("key.validDays") }
    algorithm = try reader.uint8("key.algorithm")
    description = Names.publicKey(algorithm)
    guard version == 4 else {
      fingerprint = []
      return
    }
    fingerprint =
      openPGPDigest(2, [0x99, UInt8(truncatingIfNeeded: body.count >> 8), UInt8(truncatingIfNeeded: body.count)], body)
      ?? []
    try readParts(&reader)
  }

  private mutating func readParts(_ reader: inout ByteReader) throws(ParseError) {
    switch algorithm {
    case 1, 3:
      let (modulus, exponent) = (try reader.number("RSA.n"), try reader.number("RSA.e"))
      setBits(of: modulus)
      subjectPublicKeyInfo = DER.rsaKey(modulus: modulus, exponent: exponent)
    case 17:
      let (p, q) = (try reader.number("DSA.p"), try reader.number("DSA.q"))
      let (g, y) = (try reader.number("DSA.g"), try reader.number("DSA.y"))
      setBits(of: p)
      subjectPublicKeyInfo = DER.dsaKey(p: p, q: q, g: g, y: y)
    case 19, 22: try readCurvePoint(&reader)
    case 27: subjectPublicKeyInfo = DER.ed25519Key(try reader.bytes(32, "Ed25519.key"))
    default: break
    }
  }

  private mutating func readCurvePoint(_ reader: inout ByteReader) throws(ParseError) {
    let curve = try reader.bytes(Int(try reader.uint8("curve.size")), "curve.oid")
    let point = try reader.number("curve.point")
    description = Names.publicKey(algorithm) + " " + (curveNames[curve] ?? "unknown curve")
    if algorithm == 19, curveNames[curve] != nil {
      subjectPublicKeyInfo = DER.ecKey(curve: curve, point: point)
    } else if algorithm == 22, curve == ed25519Legacy, point.count == 33, point[0] == 0x40 {
      subjectPublicKeyInfo = DER.ed25519Key(Array(point.dropFirst()))
    }
  }

  private mutating func setBits(of number: [UInt8]) {
    let count = bitCountOf(number)
    bitCount = count
    description += " \(count)"
  }
}

/// Bits of a big-endian number without leading zeros.
private func bitCountOf(_ number: [UInt8]) -> Int {
  let digits = number.drop { $0 == 0 }
  guard let first = digits.first else { return 0 }
  return digits.count * 8 - first.leadingZeroBitCount
}

private let ed25519Legacy: [UInt8] = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01]

/// Source: RFC 9580, section 9.2; RFC 5480; SEC 2.
private let curveNames: [[UInt8]: String] = [
  [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]: "P-256",
  [0x2b, 0x81, 0x04, 0x00, 0x22]: "P-384",
  [0x2b, 0x81, 0x04, 0x00, 0x23]: "P-521",
  [0x2b, 0x81, 0x04, 0x00, 0x0a]: "secp256k1",
  [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07]: "brainpoolP256r1",
  [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b]: "brainpoolP384r1",
  [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d]: "brainpoolP512r1",
  ed25519Legacy: "Ed25519",
]

extension ByteReader {
  /// A multiprecision integer: its length in bits, then its big-endian bytes.
  ///
  /// Source: RFC 9580, section 3.2.
  mutating func number(_ field: @autoclosure () -> String) throws(ParseError) -> [UInt8] {
    let bits = Int(try uint16(field() + ".bits"))
    return try bytes((bits + 7) / 8, field())
  }
}
