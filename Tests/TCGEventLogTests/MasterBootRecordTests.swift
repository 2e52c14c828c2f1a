import Testing

@testable import TCGEventLog

private func content(_ data: [UInt8]) throws -> EventContent {
  let record = LogBytes.record(register: 5, type: 0xe, digests: [(4, LogBytes.sha1Digest)], data: data)
  return try #require(try parse(LogBytes.header() + record).value.events.first).content(file: "log.bin")
}

@Suite struct MasterBootRecordTests {
  private static let used: [UInt8] = [0x80, 1, 2, 3, 7, 4, 5, 6] + LogBytes.le32(2048) + LogBytes.le32(4096)
  private static let whole: [UInt8] =
    LogBytes.le32(0xfffe_fdfc) + [0, 0] + used + [UInt8](repeating: 0, count: 48) + [0x55, 0xaa]

  @Test func theFourPartitionsAreRead() throws {
    guard case .bootRecord(let record) = try content(Self.whole) else { return #expect(Bool(false), "not told") }
    #expect(record.diskSignature == 0xfffe_fdfc && record.unknown == 0 && record.partitions.count == 4)
    let first = record.partitions[0]
    #expect(first.bootIndicator == 0x80 && first.type == 7 && first.start == [1, 2, 3] && first.end == [4, 5, 6])
    #expect(first.startingLBA == 2048 && first.blockCount == 4096 && record.partitions[3].type == 0)
  }

  @Test func otherDataStayBytes() throws {
    for count in 1..<Self.whole.count { #expect(try content(Array(Self.whole.prefix(count))) == .opaque) }
    #expect(try content(Self.whole + [0]) == .opaque && content(Array(Self.whole.dropLast()) + [0xab]) == .opaque)
  }
}
