import ByteReading

/// Text in event data, in whichever of the two encodings of firmware and loaders.
public struct EventText: Equatable, Sendable {
  public enum Encoding: String, Sendable {
    case ascii = "ASCII"
    case utf8 = "UTF-8"
    case utf16 = "UTF-16LE"
  }

  public var encoding: Encoding
  /// The text without the NULs at its end, safe to print: control characters and what is not text are escaped.
  public var text: String
  /// How many NUL characters end it; old systemd-boot logs half a one, which `hasOddByte` tells.
  public var closingNULCount: Int
  /// A UTF-16 text of an odd number of bytes.
  public var hasOddByte: Bool

  /// nil when the bytes are no text.
  public init?(_ data: some Sequence<UInt8>) {
    let data = Array(data)
    if Self.looksLikeUTF16(data) {
      self.init(utf16: data)
      return
    }
    let closing = data.reversed().prefix { $0 == 0 }.count
    let body = data.dropLast(closing)
    guard !body.isEmpty, String(validating: body, as: UTF8.self) != nil else { return nil }
    guard body.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || [9, 10, 13].contains($0) }) else { return nil }
    self.init(
      encoding: body.allSatisfy { $0 < 0x80 } ? .ascii : .utf8, text: escapedText(body), closingNULCount: closing,
      hasOddByte: false)
  }

  /// Takes the bytes for text, whatever they are: what is none is escaped. For data that a label says to be text.
  init(escaping data: [UInt8]) {
    let closing = data.reversed().prefix { $0 == 0 }.count
    let body = data.dropLast(closing)
    self.init(
      encoding: body.allSatisfy { $0 < 0x80 } ? .ascii : .utf8, text: escapedText(body), closingNULCount: closing,
      hasOddByte: false)
  }

  private init(encoding: Encoding, text: String, closingNULCount: Int, hasOddByte: Bool) {
    self.encoding = encoding
    self.text = text
    self.closingNULCount = closingNULCount
    self.hasOddByte = hasOddByte
  }

  /// Takes the bytes for UTF-16, whatever they are.
  init(utf16 data: [UInt8]) {
    var units = stride(from: 0, to: data.count - 1, by: 2).map { UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8 }
    let closing = units.reversed().prefix { $0 == 0 }.count
    units.removeLast(closing)
    self.init(
      encoding: .utf16, text: escapedUTF16(units), closingNULCount: closing,
      hasOddByte: !data.count.isMultiple(of: 2))
  }

  /// Text of mostly ASCII characters in UTF-16, little-endian: nearly every second byte is zero.
  public static func looksLikeUTF16(_ data: [UInt8]) -> Bool {
    guard data.count >= 4, data[0] != 0, data[0] >= 0x20 || [9, 10, 13].contains(data[0]) else { return false }
    var units = 0
    var plain = 0
    for index in stride(from: 0, to: data.count - 1, by: 2) {
      if data[index] == 0, data[index + 1] == 0 { break }
      units += 1
      if data[index + 1] == 0, data[index] >= 0x20 || [9, 10, 13].contains(data[index]) { plain += 1 }
    }
    return units > 0 && plain * 4 >= units * 3
  }
}

/// UTF-16 code units as text that is safe to print; a half of a pair becomes `\uNNNN`.
public func escapedUTF16(_ units: some Sequence<UInt16>) -> String {
  var text = ""
  var run: [UInt8] = []
  var high: UInt16?
  func escape(_ unit: UInt16) -> String {
    "\\u" + hexText([UInt8(unit >> 8), UInt8(unit & 0xff)])
  }
  func flush() {
    text += escapedText(run)
    run.removeAll(keepingCapacity: true)
  }
  for unit in units {
    if let first = high {
      high = nil
      if (0xdc00...0xdfff).contains(unit) {
        let value = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(unit) - 0xdc00)
        if let scalar = Unicode.Scalar(value) { run += Array(String(Character(scalar)).utf8) }
        continue
      }
      flush()
      text += escape(first)
    }
    if (0xd800...0xdbff).contains(unit) {
      high = unit
    } else if let scalar = Unicode.Scalar(unit) {
      run += Array(String(Character(scalar)).utf8)
    } else {
      flush()
      text += escape(unit)
    }
  }
  flush()
  if let high { text += escape(high) }
  return text
}
