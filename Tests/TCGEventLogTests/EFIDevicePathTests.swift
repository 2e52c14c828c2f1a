import ByteReading
import Testing

@testable import TCGEventLog

private func text(_ type: UInt8, _ subtype: UInt8, _ data: [UInt8]) -> String {
  EFIDevicePath.Node(type: type, subtype: subtype, data: data).text
}

private func file(_ name: String) -> String { text(4, 4, name.utf16.flatMap { LogBytes.le16($0) } + [0, 0]) }

@Suite struct EFIDevicePathTests {
  /// The number of Samsung, 00-25-38, comes first, as in libefivar and in NVMe.
  @Test func anEUI64IsWrittenInTheOrderOfItsBytes() {
    #expect(
      text(3, 23, LogBytes.le32(1) + [0, 0x25, 0x38, 0x57, 1, 0x41, 0xe6, 0x2c]) == "NVMe(0x1,00-25-38-57-01-41-E6-2C)")
  }

  @Test func aNameThatLooksLikeAnEscapeIsNone() {
    #expect(file("\\EFI\\test\\x1b") == "File(\\EFI\\test\\x1b)")
    #expect(file("\\EFI\\test\\\u{1b}") == "File(\"\\\\EFI\\\\test\\\\\\x1b\")")
    #expect(file("a\nb") == "File(\"a\\nb\")" && file("a\\nb") == "File(a\\nb)")
    #expect(file("\"a\"") == "File(\"\"a\"\")" && file("\u{e9}") == "File(\u{e9})")
    #expect(file("a\0b") == "File(\"a\\x00b\")" && file("a\0\0") == "File(a)" && text(4, 4, []) == "File()")
    #expect(text(4, 4, [0, 0xd8, 0, 0]) == "File(\"\\ud800\")")
  }
}
