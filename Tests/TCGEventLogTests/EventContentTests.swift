import Testing

@testable import TCGEventLog

private func content(_ data: [UInt8], type: UInt32) throws -> EventContent {
  let record = LogBytes.record(register: 0, type: type, digests: [(4, LogBytes.sha1Digest)], data: data)
  return try #require(try parse(LogBytes.header() + record).value.events.first).content(file: "log.bin")
}

@Suite struct EventContentTests {
  /// The version of OVMF.
  @Test func aVersionThatIsANULOfUTF16IsAnEmptyText() throws {
    guard case .text(let text) = try content([0, 0], type: 8) else { return #expect(Bool(false), "not told") }
    #expect(text.text.isEmpty && text.encoding == .utf16 && text.closingNULCount == 1)
    #expect(try content([0], type: 8) == .opaque && content([0, 0, 0, 0], type: 8) == .opaque)
  }
}
