import ByteReading

/// One signature packet, versions 3, 4 and (as far as its head) 6.
///
/// Source: RFC 9580, section 5.2; version 3: RFC 4880, section 5.2.2.
struct SignaturePacket: Equatable {
  var version: UInt8
  /// 0 binary document, 1 text document; others sign keys.
  var type: UInt8 = 0
  var algorithm: UInt8 = 0
  var hash: UInt8 = 0
  /// Seconds since 1970-01-01; nil when the signature does not say.
  var created: UInt32?
  /// Seconds after `created`, from the signature's own statement.
  var lifetime: UInt32?
  /// It states when the key that it is on expires; only signatures over keys do.
  var saysKeyExpiry = false
  /// 20 bytes (version 4) or 32 (version 6).
  var issuerFingerprint: [UInt8]?
  /// 8 bytes.
  var issuerKeyID: [UInt8]?
  /// What is hashed behind the document.
  var trailer: [UInt8] = []
  /// The digest's first two bytes.
  var digestStart: [UInt8] = []
  /// The algorithm's numbers, big-endian; for Ed25519 of RFC 9580 its 64 bytes.
  var numbers: [[UInt8]] = []
  /// Why nothing here can verify it; nil when it can be tried.
  var unsupported: String?

  init(body: [UInt8], file: String) throws(ParseError) {
    self = try body.read(file: file, byteOrder: .bigEndian) { reader throws(ParseError) in
      try SignaturePacket(from: &reader, body: body)
    }
  }

  private init(from reader: inout ByteReader, body: [UInt8]) throws(ParseError) {
    version = try reader.uint8("signature.version")
    switch version {
    case 2, 3: try readVersion3(&reader)
    case 4: try readVersion4(&reader, body: body)
    case 6:
      unsupported = "signatures of version 6 are not supported"
      try readVersion6(&reader)
    default: unsupported = "signatures of version \(version) are not supported"
    }
  }

  private mutating func readVersion3(_ reader: inout ByteReader) throws(ParseError) {
    let count = try reader.uint8("signature.hashedSize")
    guard count == 5 else {
      throw reader.failure("signature.hashedSize", expected: "5", found: String(count), at: reader.position - 1)
    }
    trailer = reader.peek(5) ?? []
    type = try reader.uint8("signature.type")
    created = try reader.uint32("signature.created")
    issuerKeyID = try reader.bytes(8, "signature.keyID")
    algorithm = try reader.uint8("signature.algorithm")
    hash = try reader.uint8("signature.hash")
    digestStart = try reader.bytes(2, "signature.digestStart")
    try readNumbers(&reader)
  }

  private mutating func readVersion4(_ reader: inout ByteReader, body: [UInt8]) throws(ParseError) {
    try readHead(&reader)
    let hashed = try reader.bytes(Int(try reader.uint16("signature.hashedSize")), "signature.hashed")
    let count = UInt32(reader.position)
    trailer =
      Array(body.prefix(reader.position)) + [4, 0xff]
      + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    let plain = try reader.bytes(Int(try reader.uint16("signature.unhashedSize")), "signature.unhashed")
    try readSubpackets(hashed, isHashed: true, at: 6, file: reader.file)
    try readSubpackets(plain, isHashed: false, at: reader.position - plain.count, file: reader.file)
    digestStart = try reader.bytes(2, "signature.digestStart")
    try readNumbers(&reader)
  }

  /// Only what says whose it is and when it was made.
  private mutating func readVersion6(_ reader: inout ByteReader) throws(ParseError) {
    try readHead(&reader)
    for isHashed in [true, false] {
      let area = try reader.bytes(Int(try reader.uint32("signature.areaSize")), "signature.area")
      try readSubpackets(area, isHashed: isHashed, at: reader.position - area.count, file: reader.file)
    }
  }

  private mutating func readHead(_ reader: inout ByteReader) throws(ParseError) {
    type = try reader.uint8("signature.type")
    algorithm = try reader.uint8("signature.algorithm")
    hash = try reader.uint8("signature.hash")
  }

  private mutating func readNumbers(_ reader: inout ByteReader) throws(ParseError) {
    switch algorithm {
    case 1, 3: numbers = [try reader.number("RSA.signature")]
    case 17, 19, 22: numbers = [try reader.number("signature.r"), try reader.number("signature.s")]
    case 27: numbers = [try reader.bytes(64, "Ed25519.signature")]
    default:
      unsupported = "the signature algorithm \(Names.publicKey(algorithm)) is not supported"
      return
    }
    try reader.expectEnd(of: "signature")
  }

  /// Source: RFC 9580, section 5.2.3.7.
  private mutating func readSubpackets(
    _ area: [UInt8], isHashed: Bool, at base: Int, file: String
  ) throws(ParseError) {
    var rest = area[...]
    while !rest.isEmpty {
      let place = base + rest.startIndex
      guard let length = lengthOfNewFormat(rest, hasParts: false), length.value >= 1,
        length.value <= rest.count - length.byteCount
      else {
        throw ParseError(
          file: file, offset: place, field: "signature.subpacket", expected: "a length that fits its area",
          found: "\(rest.count) bytes left")
      }
      let whole = rest.dropFirst(length.byteCount).prefix(length.value)
      take(whole.first ?? 0, Array(whole.dropFirst()), isHashed: isHashed)
      rest = rest.dropFirst(length.byteCount + length.value)
    }
  }

  /// Times count only where they are hashed. Who signed may stand outside: the key itself proves it.
  private mutating func take(_ kind: UInt8, _ content: [UInt8], isHashed: Bool) {
    switch kind & 0x7f {
    case 2 where isHashed && content.count == 4: created = bigEndian(content)
    case 3 where isHashed && content.count == 4: lifetime = bigEndian(content)
    case 9 where isHashed: saysKeyExpiry = true
    case 16 where content.count == 8: if issuerKeyID == nil || isHashed { issuerKeyID = content }
    case 33 where content.count >= 21:
      if issuerFingerprint == nil || isHashed { issuerFingerprint = Array(content.dropFirst()) }
    default: checkCritical(kind, isHashed: isHashed)
    }
  }

  /// Source: RFC 9580, section 5.2.3.7: a critical subpacket that is not understood makes the signature invalid.
  private mutating func checkCritical(_ kind: UInt8, isHashed: Bool) {
    guard kind & 0x80 != 0, isHashed, !understood.contains(kind & 0x7f), unsupported == nil else { return }
    unsupported = "it has a critical subpacket of type \(kind & 0x7f), which is not understood"
  }
}

/// Subpackets that change nothing about a signature over a document, or that are read above.
private let understood: Set<UInt8> = [
  2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39,
]

private func bigEndian(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
