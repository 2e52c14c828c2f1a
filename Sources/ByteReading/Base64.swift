/// Bytes of Base64 text; blanks and line breaks between the digits are skipped. Nil when anything else stands there, or
/// padding in the wrong place.
///
/// - parameter isURLSafe: `-` and `_` stand for `+` and `/`, and the padding may be missing.
///
/// Source: RFC 4648, sections 4 and 5; W3C XML Schema, part 2, `base64Binary`.
public func bytesOfBase64(_ text: some Collection<UInt8>, isURLSafe: Bool = false) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count / 4 * 3)
  var group: UInt32 = 0
  var digitCount = 0
  var paddingCount = 0
  for character in text {
    if [0x20, 0x09, 0x0a, 0x0d].contains(character) { continue }
    if character == UInt8(ascii: "=") {
      paddingCount += 1
      continue
    }
    guard paddingCount == 0, let value = base64Value(character, isURLSafe: isURLSafe) else { return nil }
    group = group << 6 | UInt32(value)
    digitCount += 1
    if digitCount == 4 {
      for shift in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: group >> shift)) }
      (group, digitCount) = (0, 0)
    }
  }
  if isURLSafe, paddingCount == 0, digitCount > 1 { paddingCount = 4 - digitCount }
  switch (digitCount, paddingCount) {
  case (0, 0): return bytes
  case (2, 2): return bytes + [UInt8(truncatingIfNeeded: group >> 4)]
  case (3, 1): return bytes + [UInt8(truncatingIfNeeded: group >> 10), UInt8(truncatingIfNeeded: group >> 2)]
  default: return nil
  }
}

/// The value of one digit of Base64; nil when the character is none.
public func base64Value(_ character: UInt8, isURLSafe: Bool = false) -> UInt8? {
  switch character {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
  case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
  case isURLSafe ? UInt8(ascii: "-") : UInt8(ascii: "+"): 62
  case isURLSafe ? UInt8(ascii: "_") : UInt8(ascii: "/"): 63
  default: nil
  }
}
