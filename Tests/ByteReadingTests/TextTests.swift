import ByteReading
import Testing

@Suite struct TextTests {
  @Test func hexadecimalDigitsOfEveryByteReadBack() {
    let all = Array(UInt8.min...UInt8.max)
    #expect(hexText(all).count == 512)
    #expect(bytesOfHex(hexText(all)) == all)
    #expect(bytesOfHex(hexText(all).uppercased()) == all)
    #expect(hexText([]) == "")
    #expect(bytesOfHex("") == [])
  }

  @Test(arguments: ["a", "abc", "0x", "0g", " 00", "00\n", "é0", "-1", "+1", "０１"])
  func anythingElseThanPairsOfHexadecimalDigitsIsNil(text: String) {
    #expect(bytesOfHex(text) == nil)
  }

  @Test func printableTextStaysAsItIs() {
    #expect(escapedText("/usr/bin/größe Ω 日本 🙂".utf8) == "/usr/bin/größe Ω 日本 🙂")
  }

  @Test func everyControlCharacterIsEscaped() {
    for byte in (UInt8(0)..<0x20).map({ $0 }) + [0x7f] {
      let text = escapedText([byte])
      #expect(text == (byte == 10 ? "\\n" : byte == 9 ? "\\t" : "\\x" + hexText([byte])))
    }
    // The second control block, as UTF-8: NEXT LINE and the eight-bit escape sequence introducer.
    #expect(escapedText([0xc2, 0x85]) == "\\xc2\\x85")
    #expect(escapedText([0xc2, 0x9b]) == "\\xc2\\x9b")
  }

  @Test func aBackslashIsDoubledSoThatAnEscapeCannotBeFeigned() {
    #expect(escapedText("\\x0a".utf8) == "\\\\x0a")
    #expect(escapedText("\\n".utf8) != escapedText("\n".utf8))
  }

  @Test(
    arguments: [
      0x202e, 0x202a, 0x2066, 0x2069, 0x200e, 0x200f, 0x061c, 0x200b, 0x200d, 0x2060, 0x2028, 0x2029, 0xfeff, 0xad,
      0x115f, 0x3164, 0xffa0, 0xfe0f, 0xfff9, 0xfffc, 0xfffd, 0xffff, 0xe0041, 0xe0100, 0x180e, 0x17b4,
      0x034f, 0x180b, 0x180c, 0x180d, 0x180f, 0x1bca0, 0x1d173, 0x1d17a,
    ] as [UInt32])
  func aCharacterThatHidesOrTurnsTextIsEscaped(value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    let bytes = Array(String(scalar).utf8)
    #expect(escapedText(bytes) == bytes.map { "\\x" + hexText([$0]) }.joined())
  }

  @Test func everyCharacterThatUnicodeCallsIgnorableIsEscaped() {
    for value in UInt32(0)...0x10ffff {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isDefaultIgnorableCodePoint else { continue }
      #expect(escapedText(String(scalar).utf8).hasPrefix("\\x"), "U+\(String(value, radix: 16))")
    }
  }

  @Test(
    arguments: [
      [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80], [0xf0, 0x9f, 0x99],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func bytesThatAreNotUTF8AreEscapedOneByOneAndTheTextAroundThemStays(bytes: [UInt8]) {
    let escaped = bytes.map { "\\x" + hexText([$0]) }.joined()
    #expect(escapedText([0x61] + bytes + [0x62]) == "a" + escaped + "b")
  }

  @Test func noTwoStringsOfTwoBytesHaveTheSameText() {
    var seen: Set<[UInt8]> = []
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max { seen.insert(Array(escapedText([first, second]).utf8)) }
    }
    #expect(seen.count == 65536)
  }
}
