/// Lower-case hexadecimal digits of bytes, two each, no separator.
public func hexText(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(bytes.underestimatedCount * 2)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// Bytes of an even number of hexadecimal digits in either case; nil when anything else stands there.
public func bytesOfHex(_ text: some Sequence<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  var high: UInt8?
  for character in text {
    guard let value = hexValue(character) else { return nil }
    if let first = high {
      bytes.append(first << 4 | value)
      high = nil
    } else {
      high = value
    }
  }
  return high == nil ? bytes : nil
}

public func bytesOfHex(_ text: String) -> [UInt8]? { bytesOfHex(text.utf8) }

/// The value of one hexadecimal digit; nil when the character is none.
@inlinable
public func hexValue(_ character: UInt8) -> UInt8? {
  switch character {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// Text of hostile bytes that is safe to print and tells every byte apart.
///
/// Valid UTF-8 stays, except control characters, the backslash, and characters that change the direction or the
/// visibility of text; those and every byte that is not UTF-8 become `\xNN` (`\n` and `\t` by their usual names).
///
/// Two texts of different bytes can still be equal as Swift strings, which compare by canonical equivalence (é may be
/// one character or two). With `isASCII` every other character is escaped, too, and equal texts are equal bytes.
public func escapedText(_ bytes: some Sequence<UInt8>, isASCII: Bool = false) -> String {
  let bytes = Array(bytes)
  // Nearly all texts of evidence: nothing in them needs escaping.
  if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) {
    return String(decoding: bytes, as: UTF8.self)
  }
  var text = ""
  var rest = bytes[...]
  while let first = rest.first {
    if let (scalar, count) = nextScalar(rest), isHarmless(scalar), !isASCII || scalar.isASCII {
      text.unicodeScalars.append(scalar)
      rest = rest.dropFirst(count)
    } else {
      switch first {
      case 0x0a: text += "\\n"
      case 0x09: text += "\\t"
      case UInt8(ascii: "\\"): text += "\\\\"
      default: text += "\\x" + hexText([first])
      }
      rest = rest.dropFirst()
    }
  }
  return text
}

/// The first character of UTF-8 text and its length in bytes; nil when the bytes there are not UTF-8.
private func nextScalar(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
  var decoder = Unicode.UTF8.ForwardParser()
  var iterator = bytes.makeIterator()
  switch decoder.parseScalar(from: &iterator) {
  case .valid(let encoded):
    return (Unicode.UTF8.decode(encoded), encoded.count)
  case .error, .emptyInput:
    return nil
  }
}

private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7f..<0xa0: false
  case 0x5c: false
  case 0xad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b...0x180f, 0x3164, 0xfeff, 0xffa0: false
  case 0x200b...0x200f, 0x2028...0x202f, 0x2060...0x206f: false
  case 0xfe00...0xfe0f, 0xfff0...0xffff: false
  case 0x1bca0...0x1bca3, 0x1d173...0x1d17a, 0xe0000...0xe0fff: false
  default: true
  }
}

/// Hexadecimal digits with zeros before them, at least `width` characters.
public func padded(_ value: UInt32, _ width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
