import ByteReading
import Digests
import TCGEventLog
import TestSupport
import Testing

/// The parsed log; the test fails when the bytes are taken for none.
func parse(_ bytes: [UInt8]) throws -> Parsed<EventLog> {
  try #require(EventLog.parse(bytes, file: "log.bin"))
}

@Test func aCryptoAgileLogGivesItsEventsWithoutTheHeader() throws {
  let bytes = LogBytes.header() + LogBytes.startupLocality + LogBytes.separator
  let parsed = try parse(bytes)
  #expect(parsed.isWhole)
  #expect(parsed.value.format == .cryptoAgile)
  #expect(parsed.value.banks == [.sha1, .sha256])
  #expect(parsed.value.header?.byteRange == 0..<69)
  #expect(parsed.value.events.count == 2)
  #expect(parsed.value.events.first?.payload == .startupLocality(3))
  let separator = try #require(parsed.value.events.last)
  #expect(separator.index == 1)
  #expect(separator.offset == 158)
  #expect(separator.registerIndex == 7)
  #expect(separator.recordedType == .separator)
  #expect(separator.recordedType.name == "EV_SEPARATOR")
  #expect(separator.digests.map(\.rawAlgorithm) == [4, 0xb])
  #expect(separator.digest(in: .sha256) == LogBytes.sha256Digest)
  #expect(separator.digest(in: .sha384) == nil)
  #expect(separator.digests.map(\.offset) == [separator.offset + 14, separator.offset + 36])
  #expect(separator.data == [0, 0, 0, 0])
  #expect(separator.dataOffset == bytes.count - 4)
  #expect(separator.byteRange == separator.offset..<bytes.count)
  #expect(separator.payload == .opaque)
}

@Test func aSHA1LogCountsEveryRecord() throws {
  let bios = Array("Spec ID Event00".utf8) + [0] + LogBytes.le32(0) + [21, 1, 0, 0, 0]
  let bytes =
    LogBytes.sha1Record(type: 3, data: bios)
    + LogBytes.sha1Record(register: 4, type: 5, digest: LogBytes.sha1Digest, data: Array("text".utf8))
  let parsed = try parse(bytes)
  #expect(parsed.isWhole)
  #expect(parsed.value.format == .sha1)
  #expect(parsed.value.header == nil)
  #expect(parsed.value.banks == [.sha1])
  #expect(parsed.value.specification?.signature == .bios)
  #expect(parsed.value.specification?.versionMajor == 1)
  #expect(parsed.value.specification?.versionMinor == 21)
  #expect(parsed.value.events.map(\.index) == [0, 1])
  let digest = try #require(parsed.value.events.last?.digests.first)
  #expect(digest.rawAlgorithm == 4)
  #expect(digest.algorithm == .sha1)
  #expect(digest.bytes == LogBytes.sha1Digest)
  #expect(digest.offset == 32 + bios.count + 8)
}

@Test func aFirstRecordWithoutSpecificationIDIsASHA1Log() throws {
  let parsed = try parse(LogBytes.sha1Record(type: 3, data: Array("StartupLocality\0".utf8) + [3]))
  #expect(parsed.isWhole)
  #expect(parsed.value.format == .sha1)
  #expect(parsed.value.specification == nil)
  #expect(parsed.value.events.map(\.payload) == [.startupLocality(3)])
}

@Test func aHeaderInRegister1IsALogOfACCEL() throws {
  let parsed = try parse(LogBytes.header(register: 1) + LogBytes.separator)
  #expect(parsed.isWhole)
  #expect(parsed.value.format == .cryptoAgile)
  #expect(parsed.value.header?.registerIndex == 1)
}

@Test func raggedAndReorderedDigestsAreLegal() throws {
  let ragged = LogBytes.record(type: 4, digests: [(0xb, LogBytes.sha256Digest)], data: [1])
  let reordered = LogBytes.record(
    type: 4, digests: [(0xb, LogBytes.sha256Digest), (4, LogBytes.sha1Digest)], data: [1])
  let none = LogBytes.record(type: 4, digests: [], data: [1])
  let parsed = try parse(LogBytes.header() + ragged + reordered + none)
  #expect(parsed.isWhole)
  #expect(parsed.value.events.map(\.digests.count) == [1, 2, 0])
}

@Test func anUnknownAlgorithmOfTheTableIsSteppedOver() throws {
  let body = LogBytes.specification(algorithms: [(0x7777, 5), (0xb, 32)])
  let event = LogBytes.record(
    type: 4, digests: [(0x7777, [1, 2, 3, 4, 5]), (0xb, LogBytes.sha256Digest)], data: [9])
  let parsed = try parse(LogBytes.header(body) + event)
  #expect(parsed.isWhole)
  #expect(parsed.value.banks == [.sha256])
  let digest = try #require(parsed.value.events.first?.digests.first)
  #expect(digest.algorithm == nil)
  #expect(digest.bytes == [1, 2, 3, 4, 5])
}

@Test func anAlgorithmThatNobodyKnowsEndsTheLog() throws {
  let event = LogBytes.record(type: 4, digests: [(0x7777, [1, 2, 3, 4, 5])], data: [9])
  let bytes = LogBytes.header() + LogBytes.separator + event
  let parsed = try parse(bytes)
  let start = bytes.count - event.count
  #expect(parsed.value.events.count == 1)
  #expect(parsed.unread == start..<bytes.count)
  #expect(
    parsed.problems.map(\.description) == [
      "log.bin at 0x\(String(start + 12, radix: 16)): TCG_PCR_EVENT2.digests[0].hashAlg: "
        + "expected an algorithm of the header's table, found 0x7777"
    ])
}

@Test func aKnownAlgorithmMissingInTheTableIsReadAndReported() throws {
  let event = LogBytes.record(type: 4, digests: [(0xc, Array(repeating: 7, count: 48))], data: [9])
  let parsed = try parse(LogBytes.header() + event + event)
  #expect(parsed.value.events.count == 2)
  #expect(parsed.value.banks == [.sha1, .sha256, .sha384])
  #expect(parsed.unread.isEmpty)
  #expect(parsed.problems.map(\.found) == ["sha384"])
}

@Test func oneAlgorithmTwiceInAnEventIsReported() throws {
  let event = LogBytes.record(
    type: 4, digests: [(4, LogBytes.sha1Digest), (4, Array(repeating: 9, count: 20))], data: [9])
  let parsed = try parse(LogBytes.header() + event)
  #expect(parsed.problems.map(\.found) == ["sha1 again"])
  #expect(parsed.value.events.first?.digest(in: .sha1) == LogBytes.sha1Digest)
}

@Test(arguments: [UInt32.max, 24, 0x8000_0000])
func aStrangeRegisterIndexIsKept(register: UInt32) throws {
  let event = LogBytes.record(
    register: register, type: 3, digests: [(4, LogBytes.sha1Digest)], data: [1])
  let parsed = try parse(LogBytes.header() + event)
  #expect(parsed.isWhole)
  #expect(parsed.value.events.map(\.registerIndex) == [register])
}

@Test(arguments: [UInt8(0), 0xff], [1, 15, 16, 17, 32, 1000])
func paddingIsUnreadAndNoProblem(byte: UInt8, count: Int) throws {
  let records = LogBytes.header() + LogBytes.separator.dropLast(4) + [1, 2, 3, 4]
  let parsed = try parse(records + Array(repeating: byte, count: count))
  #expect(parsed.problems.isEmpty)
  #expect(parsed.unread == records.count..<records.count + count)
  #expect(parsed.value.padding == parsed.unread)
  #expect(parsed.value.events.count == 1)
}

@Test(arguments: [UInt8(0), 0xff])
func otherBytesBehindPaddingAreAProblem(byte: UInt8) throws {
  let records = LogBytes.header() + LogBytes.separator
  let bytes = records + Array(repeating: byte, count: 64) + LogBytes.separator
  let parsed = try parse(bytes)
  #expect(parsed.value.events.count == 1)
  #expect(parsed.value.padding.isEmpty)
  #expect(parsed.problems.count == 1)
  #expect(parsed.unread == records.count..<bytes.count)
}

@Test func trailingBytesThatAreNoPaddingAreAProblem() throws {
  let records = LogBytes.header() + LogBytes.separator
  let parsed = try parse(records + [1, 2, 3])
  #expect(parsed.value.padding.isEmpty)
  #expect(parsed.unread == records.count..<records.count + 3)
  #expect(
    parsed.problems.map(\.description) == [
      "log.bin at 0x\(String(records.count, radix: 16)): TCG_PCR_EVENT2.pcrIndex: "
        + "expected 4 bytes, found 3 bytes"
    ])
}

@Test(arguments: [UInt32(0), 1, 0x8000_0000, .max])
func aWrongEventSizeNeverCrashes(size: UInt32) throws {
  let event = LogBytes.record(
    type: 5, digests: [(4, LogBytes.sha1Digest)], data: Array("text".utf8), size: size)
  let parsed = try parse(LogBytes.header() + LogBytes.separator + event)
  #expect(parsed.value.events.count >= 1)
  #expect(parsed.problems.count == 1)
  #expect(!parsed.unread.isEmpty)
}

@Test(arguments: [UInt32(0), 1, 0x8000_0000, .max])
func aWrongDigestCountNeverCrashes(count: UInt32) throws {
  let event = LogBytes.record(
    type: 5, digests: [(4, LogBytes.sha1Digest), (0xb, LogBytes.sha256Digest)], data: Array("text".utf8),
    count: count)
  let parsed = try parse(LogBytes.header() + event)
  #expect(parsed.problems.count >= 1)
  #expect(!parsed.unread.isEmpty)
}

@Test(arguments: [UInt32(0), 1, 0x8000_0000, .max])
func aWrongSizeOfASHA1RecordNeverCrashes(size: UInt32) throws {
  let good = LogBytes.sha1Record(register: 1, type: 5, digest: LogBytes.sha1Digest, data: [1, 2, 3])
  let bad = LogBytes.sha1Record(
    register: 4, type: 5, digest: LogBytes.sha1Digest, data: Array("text".utf8), size: size)
  let parsed = try parse(good + bad)
  #expect(parsed.value.events.count >= 1)
  #expect(parsed.problems.count == 1)
  #expect(parsed.unread.upperBound == good.count + bad.count)
}

@Test(arguments: [UInt32(1), 0x8000_0000, .max])
func aHeaderThatDoesNotFitIsStillALog(size: UInt32) throws {
  let body = LogBytes.specification()
  let bytes = LogBytes.sha1Record(type: 3, data: body, size: size) + LogBytes.separator
  let parsed = try parse(bytes)
  #expect(parsed.value.format == .cryptoAgile)
  #expect(!parsed.problems.isEmpty)
  #expect(parsed.unread.upperBound == bytes.count)
}

@Test func everyTruncationKeepsTheWholeRecordsBeforeIt() throws {
  let whole = LogBytes.header() + LogBytes.startupLocality + LogBytes.separator
  try checkTruncations(of: whole)
}

@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-sd-boot-fedora37.bin",
    "eventlog/google__go-eventlog/testdata/eventlogs/ccel/CCEL_unpadded.data.bin",
    "eventlog/grawity__tpm_futurepcr/fixtures/ACTUAL_SYSTEMS/HP_ProLiant_TPM1.2_BIOS_Linux.log",
  ])
func everyTruncationOfARealLogKeepsTheWholeRecordsBeforeIt(path: String) throws {
  try checkTruncations(of: try Corpus.bytes(path))
}

/// Every prefix gives the records that lie in it, and records, header and unread range cover the file.
private func checkTruncations(of whole: [UInt8]) throws {
  let complete = try parse(whole)
  #expect(complete.isWhole)
  let ends = complete.value.events.map(\.byteRange.upperBound)
  let headerEnd = complete.value.header?.byteRange.upperBound ?? 0
  for count in 0..<whole.count {
    guard let parsed = EventLog.parse(Array(whole.prefix(count)), file: "log.bin") else {
      #expect(count < 32)
      continue
    }
    #expect(count >= 32)
    let log = parsed.value
    #expect(log.events.count == ends.filter { $0 <= count }.count || !log.padding.isEmpty)
    let end = log.events.last?.byteRange.upperBound ?? log.header?.byteRange.upperBound ?? 0
    #expect(parsed.unread == end..<count)
    let isAtABoundary = count == headerEnd || ends.contains(count)
    #expect(parsed.problems.isEmpty == (isAtABoundary || !log.padding.isEmpty))
    #expect(parsed.problems.allSatisfy { $0.file == "log.bin" && $0.offset <= count })
  }
}

@Test func whatIsNoLogGivesNothing() {
  for bytes in [[], [0], Array(repeating: 0, count: 100), Array(repeating: 0xff, count: 100)] as [[UInt8]] {
    #expect(EventLog.parse(bytes, file: "log.bin") == nil)
    #expect(!EventLog.isLikely(bytes))
  }
  #expect(EventLog.parse(Array("plain text that is longer than one record".utf8), file: "log.bin") == nil)
}

@Test func aLogIsLikelyALog() {
  #expect(EventLog.isLikely(LogBytes.header()))
  #expect(EventLog.isLikely(LogBytes.header(register: 1) + LogBytes.separator))
  #expect(EventLog.isLikely(LogBytes.sha1Record(type: 3, data: Array("StartupLocality\0".utf8) + [3])))
}

@Test func anIMAListIsNoLog() {
  let entry: [UInt8] =
    LogBytes.le32(10) + LogBytes.sha1Digest + LogBytes.le32(6) + Array("ima-ng".utf8) + LogBytes.le32(4) + [1, 2, 3, 4]
  #expect(!EventLog.isLikely(entry + entry + entry))
  let violation: [UInt8] =
    LogBytes.le32(10) + Array(repeating: 0, count: 20) + LogBytes.le32(6) + Array("ima-ng".utf8) + LogBytes.le32(4)
    + [1, 2, 3, 4]
  #expect(!EventLog.isLikely(violation + entry))
}

@Test func randomBytesAreNoLogAndNeverCrash() {
  for seed in UInt64(1)...300 {
    var generator = SplitMix(state: seed)
    let bytes = (0..<400).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    #expect(!EventLog.isLikely(bytes), "seed \(seed)")
    _ = EventLog.parse(LogBytes.header() + bytes, file: "log.bin")
    _ = EventLog.parse(LogBytes.sha1Record(type: 4, data: [1]) + bytes, file: "log.bin")
  }
}

/// A small generator whose seed can be printed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}

/// Four bytes of each extreme at every place, so that every length, count and size of every structure has had each of them: the
/// log is read, every event taken apart, and what is not read is said.
@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-sd-boot-fedora37.bin",
    "eventlog/google__go-eventlog/testdata/eventlogs/ccel/CCEL_unpadded.data.bin",
    "eventlog/GoogleCloudPlatform__confidential-space/server/host/testdata/gmes_eventlog.bin",
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-uefivar.bin",
    "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-uefiservices.bin",
  ])
func extremesInEveryPlaceAreReadWithinTheFile(path: String) throws {
  let whole = try Corpus.bytes(path)
  for offset in 0..<max(0, whole.count - 4) {
    for extreme: UInt32 in [0, 1, 1 << 31, .max] {
      var bytes = whole
      for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: extreme >> (8 * UInt32(index))) }
      guard let parsed = EventLog.parse(bytes, file: "log.bin") else { continue }
      #expect(parsed.unread.upperBound == bytes.count)
      #expect(parsed.value.events.allSatisfy { $0.byteRange.upperBound <= bytes.count })
      // Only the event that was hit says other things than before.
      for event in parsed.value.events where event.byteRange.contains(offset) || event.byteRange.contains(offset + 3) {
        if case .undecodable(let error) = event.content(file: "log.bin") {
          #expect(error.offset <= bytes.count)
        }
      }
    }
  }
}
