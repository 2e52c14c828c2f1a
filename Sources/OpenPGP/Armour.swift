import ByteReading

/// OpenPGP packets in their text form.
///
/// Source: RFC 9580, section 6. The checksum is not looked at, as the RFC asks; signatures protect the content.
enum Armour {
  /// The bytes of every armoured block of a text, one after another, with what was wrong.
  struct Content: Equatable {
    var bytes: [UInt8] = []
    var problems: [String] = []
  }

  static func isArmoured(_ text: [UInt8]) -> Bool {
    lines(of: text[...]).contains { $0.starts(with: Array("-----BEGIN PGP ".utf8)) }
  }

  /// Packets of binary or armoured input.
  static func packets(of input: [UInt8]) -> Content {
    // A packet's first byte has its highest bit set; text never has.
    if let first = input.first, first & 0x80 != 0 { return Content(bytes: input) }
    return isArmoured(input)
      ? decode(input[...]) : Content(problems: input.isEmpty ? [] : ["neither packets nor armour"])
  }

  static func decode(_ text: ArraySlice<UInt8>) -> Content {
    var content = Content()
    var block: Block?
    for (index, line) in lines(of: text).enumerated() {
      if line.starts(with: Array("-----BEGIN PGP ".utf8)) {
        if block != nil { content.problems.append("line \(index + 1): an armoured block begins inside another") }
        block = Block()
      } else if line.starts(with: Array("-----END PGP ".utf8)) {
        finish(&block, into: &content, line: index + 1)
      } else {
        block?.add(line)
      }
    }
    if block != nil {
      content.problems.append("an armoured block has no end")
      finish(&block, into: &content, line: 0)
    }
    return content
  }

  private static func finish(_ block: inout Block?, into content: inout Content, line: Int) {
    guard let ended = block else {
      return content.problems.append("line \(line): an armoured block ends without beginning")
    }
    block = nil
    content.bytes += ended.bytes
    if ended.isDamaged { content.problems.append("an armoured block that ends at line \(line) is not base64") }
  }

  /// Lines without their ends and without blanks after them.
  static func lines(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    text.split(separator: 0x0a, omittingEmptySubsequences: false).map(withoutTrailingBlanks)
  }

  static func withoutTrailingBlanks(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = line.endIndex
    while end > line.startIndex, [0x20, 0x09, 0x0d].contains(line[end - 1]) { end -= 1 }
    return line[line.startIndex..<end]
  }
}

/// One armoured block while it is read: headers, an empty line, base64, a checksum.
private struct Block {
  var bytes: [UInt8] = []
  var isDamaged = false
  private var isInHeaders = true
  private var hasEnded = false
  private var bits: UInt32 = 0
  private var bitCount: UInt32 = 0

  mutating func add(_ line: ArraySlice<UInt8>) {
    if isInHeaders {
      // Some writers leave the empty line out when there are no headers.
      if line.isEmpty || !line.contains(0x3a) { isInHeaders = false }
      if line.isEmpty || isInHeaders { return }
    }
    // The checksum, if any, is the line that starts with `=`.
    if line.first == 0x3d { hasEnded = true }
    guard !hasEnded else { return }
    for character in line where character != 0x3d { add(character) }
    if line.contains(0x3d) { hasEnded = true }
  }

  private mutating func add(_ character: UInt8) {
    guard let value = base64Value(character) else {
      isDamaged = true
      return
    }
    bits = (bits << 6 | UInt32(value)) & 0xffff
    bitCount += 6
    if bitCount >= 8 {
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
    }
  }
}
