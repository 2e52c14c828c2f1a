import Testing

@testable import TCGEventLog

@Suite struct TrustPointTests {
  @Test func quotesInsideQuotesAreFoundToABoundedDepth() {
    func tag(_ number: UInt32, _ data: [UInt8]) -> [UInt8] {
      func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
      return little(number) + little(UInt32(data.count)) + data
    }
    var data = tag(0x8008_0001, [1])
    for _ in 0..<3 { data = tag(0xc001_0004, data + tag(0x8008_0001, [2])) }
    #expect(TrustPoint.all(in: data, record: 7, offset: 100).map(\.statement) == [[2], [2], [2]])
    for _ in 0..<40 { data = tag(0xc001_0004, data) }
    #expect(TrustPoint.all(in: data, record: 7, offset: 100).isEmpty)
  }
}
