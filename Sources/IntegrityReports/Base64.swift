/// Bytes of base64 text; blanks and line breaks between the digits are skipped. Nil when anything else stands there.
///
/// Source: RFC 4648, section 4; W3C XML Schema, part 2, `base64Binary`.
func bytesOfBase64(_ text: some StringProtocol) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count / 4 * 3)
  var group: UInt32 = 0
  var digitCount = 0
  var paddingCount = 0
  for character in text.utf8 {
    if [0x20, 0x09, 0x0a, 0x0d].contains(character) { continue }
    if character == UInt8(ascii: "=") {
      paddingCount += 1
      continue
    }
    guard paddingCount == 0, let value = base64Value(character) else { return nil }
    group = group << 6 | value
    digitCount += 1
    if digitCount == 4 {
      bytes += [UInt8(group >> 16 & 0xff), UInt8(group >> 8 & 0xff), UInt8(group & 0xff)]
      (group, digitCount) = (0, 0)
    }
  }
  switch (digitCount, paddingCount) {
  case (0, 0): return bytes
  case (2, 2): return bytes + [UInt8(group >> 4 & 0xff)]
  case (3, 1): return bytes + [UInt8(group >> 10 & 0xff), UInt8(group >> 2 & 0xff)]
  default: return nil
  }
}

private func base64Value(_ character: UInt8) -> UInt32? {
  switch character {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
  case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
