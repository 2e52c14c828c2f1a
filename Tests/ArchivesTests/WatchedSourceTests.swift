import Archives
import Testing

@Suite struct WatchedSourceTests {
  @Test func everyByteIsSeenOnceAndGivenOnce() throws {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    for head in [0, 1, 999, 1000, 5000] {
      var seen = 0
      let source = try WatchedSource(MemorySource(bytes), headByteCount: head) { seen += $0.byteCount }
      #expect(source.head.starts(with: bytes.prefix(head)))
      #expect(seen == 0)
      #expect(try source.remainingBytes(limit: 2000) == bytes)
      #expect(seen == 1000 && source.byteCount == 1000 && source.paddingByteCount == 0)
    }
  }

  @Test(arguments: [0, 1, 511, 512, 513])
  func theLastBlockIsFilledWithZerosThatNobodySees(count: Int) throws {
    var seen = 0
    let source = try WatchedSource(
      MemorySource([UInt8](repeating: 7, count: count)), blockByteCount: 512
    ) { seen += $0.byteCount }
    let given = try source.remainingBytes(limit: 2000)
    #expect(given.count % 512 == 0 && given.count < count + 512)
    #expect(given.dropFirst(count).allSatisfy { $0 == 0 })
    #expect(seen == count && source.byteCount == UInt64(count) && source.paddingByteCount == given.count - count)
    #expect(try source.remainingBytes(limit: 1).isEmpty)
  }
}
