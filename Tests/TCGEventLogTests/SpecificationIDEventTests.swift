import ByteReading
import Digests
import TCGEventLog
import Testing

@Test func theHeaderTellsVersionAlgorithmsAndVendorInfo() throws {
  let body = LogBytes.specification(algorithms: [(0xb, 32), (0x7777, 9)], vendorInfo: [1, 2])
  let parsed = try parse(LogBytes.header(body))
  #expect(parsed.isWhole)
  let specification = try #require(parsed.value.specification)
  #expect(specification.signature == .cryptoAgile)
  #expect(specification.platformClass == 0)
  #expect(specification.versionMinor == 0)
  #expect(specification.versionMajor == 2)
  #expect(specification.errata == 105)
  #expect(specification.uintnSize == 2)
  #expect(specification.algorithms.map(\.rawAlgorithm) == [0xb, 0x7777])
  #expect(specification.algorithms.map(\.algorithm) == [.sha256, nil])
  #expect(specification.algorithms.map(\.digestByteCount) == [32, 9])
  #expect(specification.algorithms.map(\.offset) == [60, 64])
  #expect(specification.vendorInfo == [1, 2])
}

@Test func aWrongSizeOfAKnownAlgorithmIsReportedAndTheRecordsAreRead() throws {
  let body = LogBytes.specification(algorithms: [(4, 20), (0xb, 33)])
  let parsed = try parse(LogBytes.header(body) + LogBytes.separator)
  #expect(parsed.value.events.count == 1)
  #expect(
    parsed.problems.map(\.description) == [
      "log.bin at 0x42: TCG_EfiSpecIdEvent.digestSizes[1].digestSize: expected 32 for sha256, found 33"
    ])
}

@Test func anAlgorithmTwiceInTheTableIsReported() throws {
  let body = LogBytes.specification(algorithms: [(4, 20), (0xb, 32), (4, 20)])
  let parsed = try parse(LogBytes.header(body) + LogBytes.separator)
  #expect(parsed.value.banks == [.sha1, .sha256])
  #expect(parsed.problems.map(\.found) == ["0x4 again"])
}

@Test(arguments: [UInt32(3), 0x8000_0000, .max])
func aTableThatDoesNotFitIsReportedAndKnownAlgorithmsAreRead(count: UInt32) throws {
  let parsed = try parse(LogBytes.header(LogBytes.specification(count: count)) + LogBytes.separator)
  #expect(parsed.problems.count == 1)
  #expect(parsed.value.specification == nil)
  #expect(parsed.value.events.count == 1)
  #expect(parsed.value.banks == [.sha1, .sha256])
}

@Test(arguments: [UInt32(0), 1])
func aTableThatIsTooShortIsReported(count: UInt32) throws {
  let parsed = try parse(LogBytes.header(LogBytes.specification(count: count)) + LogBytes.separator)
  #expect(!parsed.problems.isEmpty)
  #expect(parsed.value.events.count == 1)
}

@Test func vendorInfoOutsideTheRecordIsReported() throws {
  let parsed = try parse(LogBytes.header(LogBytes.specification(vendorInfoSize: 4)))
  #expect(parsed.value.specification?.algorithms.count == 2)
  #expect(
    parsed.problems.map(\.description) == [
      "log.bin at 0x45: TCG_EfiSpecIdEvent.vendorInfo: expected 4 bytes, found 0 bytes"
    ])
}

@Test func bytesBehindTheVendorInfoAreReported() throws {
  let parsed = try parse(LogBytes.header(LogBytes.specification() + [7]))
  #expect(parsed.problems.map(\.field) == ["TCG_EfiSpecIdEvent"])
}

@Test func aHeaderWithADigestIsReported() throws {
  let header = LogBytes.sha1Record(type: 3, digest: LogBytes.sha1Digest, data: LogBytes.specification())
  let parsed = try parse(header + LogBytes.separator)
  #expect(parsed.value.events.count == 1)
  #expect(parsed.problems.map(\.offset) == [8])
}

@Test(.timeLimit(.minutes(10)))
func aTableOfEveryNumberIsReadInLinearTime() throws {
  let rows = (UInt16(0)...0xffff).map { ($0, HashAlgorithm(rawValue: $0).map { UInt16($0.digestByteCount) } ?? 0) }
  let parsed = try parse(LogBytes.header(LogBytes.specification(algorithms: rows)) + LogBytes.separator)
  #expect(parsed.isWhole)
  #expect(parsed.value.specification?.algorithms.count == 0x10000)
}
