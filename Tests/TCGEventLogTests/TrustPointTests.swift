import TestSupport
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

  /// As logs of TPM 1.2 have it: the outer tag and that of the key's name say 557 bytes more than there are, and four zeros
  /// stand before the first inner tag.
  @Test func theTagsOfAQuoteWhoseSizesLieAreShownAsWhatTheyAre() throws {
    let name = "AIK\0".utf16.flatMap { LogBytes.le16($0) }
    let inner =
      [0, 0, 0, 0] + LogBytes.le32(0x8008_0003) + LogBytes.le32(UInt32(name.count + 557)) + name
      + LogBytes.le32(0x8008_0001) + LogBytes.le32(2) + [0xaa, 0xbb]
    let data = LogBytes.le32(0xc001_0004) + LogBytes.le32(UInt32(inner.count + 553)) + inner
    let record = LogBytes.record(register: .max, type: 3, digests: [(4, LogBytes.sha1Digest)], data: data)
    let event = try #require(try parse(LogBytes.header() + record).value.events.first)
    guard case .tags(let tags) = event.content(file: "log"), let outer = tags.first,
      case .nested(let found) = outer.value
    else {
      Issue.record("not decoded")
      return
    }
    #expect(tags.count == 1 && outer.name == "TrustPointAggregation" && outer.data == inner)
    #expect(outer.statedByteCount == inner.count + 553 && outer.offset == event.dataOffset)
    #expect(found.map(\.name) == ["AIKID", "Quote"] && found.map(\.statedByteCount) == [name.count + 557, nil])
    #expect(found.map(\.offset) == [12, 20 + name.count].map { event.dataOffset + $0 })
    guard case .text(let text) = try #require(found.first).value else {
      Issue.record("no text")
      return
    }
    #expect(text.text == "AIK" && found.last?.data == [0xaa, 0xbb])
    // In another register it is no quote of Windows, and data that break the format.
    let elsewhere = try event.with(data: data)
    #expect(elsewhere.content(file: "log") != .opaque)
    var other = elsewhere
    other.registerIndex = 12
    guard case .undecodable = other.content(file: "log") else {
      Issue.record("decoded in another register")
      return
    }
  }

  @Test(.enabled(if: Corpus.isPresent)) func noQuoteOfWindowsInTheCorpusIsUndecodable() throws {
    var count = 0
    for path in try EventLogCorpus.paths() {
      let log = try parse(try Corpus.bytes(path)).value
      for record in Set(log.trustPoints.map(\.record)) {
        count += 1
        guard case .tags(let tags) = log.events[record].content(file: path), case .nested(let inner) = tags.first?.value
        else {
          Issue.record("\(path): not decoded")
          continue
        }
        #expect(inner.contains { $0.name == "Quote" }, "\(path)")
      }
    }
    #expect(count >= 5)
  }
}
