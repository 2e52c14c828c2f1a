import Testing

@testable import TCGEventLog

private func content(_ data: [UInt8], type: UInt32) throws -> EventContent {
  let record = LogBytes.record(register: 0, type: type, digests: [(4, LogBytes.sha1Digest)], data: data)
  return try #require(try parse(LogBytes.header() + record).value.events.first).content(file: "log.bin")
}

@Suite struct EventContentTests {
  @Test func aWakeEventHasItsNumber() throws {
    for type in [5, 0x8000_0007] as [UInt32] {
      guard case .text(let text) = try content(Array("Wake Event \u{6}".utf8), type: type) else {
        return #expect(Bool(false), "not told")
      }
      #expect(text.text == "Wake Event \\x06")
      #expect(try content(Array("Wake Event \u{6}\u{7}".utf8), type: type) == .opaque)
    }
  }

  /// The version of OVMF.
  @Test func aVersionThatIsANULOfUTF16IsAnEmptyText() throws {
    guard case .text(let text) = try content([0, 0], type: 8) else { return #expect(Bool(false), "not told") }
    #expect(text.text.isEmpty && text.encoding == .utf16 && text.closingNULCount == 1)
    #expect(try content([0], type: 8) == .opaque && content([0, 0, 0, 0], type: 8) == .opaque)
  }
}
