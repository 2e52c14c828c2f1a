import ByteReading

/// One packet of an OpenPGP message, key or signature.
///
/// Source: RFC 9580, section 4.
struct Packet: Equatable {
  /// 2 signature, 6 public key, 13 user id, 14 public subkey.
  var tag: UInt8
  var body: [UInt8]
  /// Header and body as they stand.
  var bytes: [UInt8]
  /// False when the input ended before the packet did.
  var isWhole = true

  static let signature: UInt8 = 2
  static let publicKey: UInt8 = 6
  static let userID: UInt8 = 13
  static let publicSubkey: UInt8 = 14

  /// The packets of `bytes` in their order, and what stopped the reading early.
  static func split(_ bytes: [UInt8]) -> (packets: [Packet], problem: String?) {
    var packets: [Packet] = []
    var position = 0
    while position < bytes.count {
      guard let header = Header(bytes, at: position) else {
        return (packets, "no packet begins at byte \(position)")
      }
      let available = bytes.count - header.bodyStart
      let count = min(header.bodyByteCount ?? available, available)
      let end = header.bodyStart + count
      let isWhole = header.bodyByteCount.map { $0 <= available } ?? true
      packets.append(
        Packet(
          tag: header.tag, body: Array(bytes[header.bodyStart..<end]), bytes: Array(bytes[position..<end]),
          isWhole: isWhole))
      guard isWhole else { return (packets, "the packet at byte \(position) is cut off") }
      position = end
    }
    return (packets, nil)
  }
}

/// What stands before a packet's body.
private struct Header {
  var tag: UInt8
  var bodyStart: Int
  /// Nil: to the end of the input.
  var bodyByteCount: Int?

  /// Nil when no packet begins there. A body in parts is refused: keys and signatures may not have one.
  init?(_ bytes: [UInt8], at position: Int) {
    let first = bytes[position]
    guard first & 0x80 != 0 else { return nil }
    let isNew = first & 0x40 != 0
    tag = isNew ? first & 0x3f : first >> 2 & 0x0f
    guard tag != 0 else { return nil }
    let rest = bytes[(position + 1)...]
    if !isNew, first & 3 == 3 {
      bodyStart = position + 1
      return
    }
    guard let length = isNew ? lengthOfNewFormat(rest) : integer(rest.prefix(1 << Int(first & 3)), 1 << Int(first & 3))
    else { return nil }
    bodyStart = position + 1 + length.byteCount
    bodyByteCount = length.value
  }
}

private func integer(_ bytes: ArraySlice<UInt8>, _ byteCount: Int) -> (value: Int, byteCount: Int)? {
  guard bytes.count == byteCount, byteCount <= 4 else { return nil }
  return (bytes.reduce(0) { $0 << 8 | Int($1) }, byteCount)
}

/// A length of one, two or five bytes, as packets and subpackets have it.
func lengthOfNewFormat(_ bytes: ArraySlice<UInt8>, hasParts: Bool = true) -> (value: Int, byteCount: Int)? {
  guard let first = bytes.first else { return nil }
  switch first {
  case 0..<192: return (Int(first), 1)
  case 255: return integer(bytes.dropFirst().prefix(4), 4).map { ($0.value, 5) }
  case 224... where hasParts: return nil
  default:
    guard let second = bytes.dropFirst().first else { return nil }
    return ((Int(first) - 192) << 8 + Int(second) + 192, 2)
  }
}
