import ByteReading
import Foundation
import TestSupport
import Testing

@testable import TCGEventLog

/// `INQUEST_EVERY_BYTE=1` cuts each log at every byte and puts every extreme into every place: minutes, with an
/// optimised build.
private let isExhaustive = ProcessInfo.processInfo.environment["INQUEST_EVERY_BYTE"] != nil

/// A log of the corpus, read once, and the start that any of its records can follow.
private struct WholeLog {
  let bytes: [UInt8]
  let records: [Event]
  let header: Event?
  /// The header, or the first record of a SHA-1 log.
  let lead: [UInt8]
  let leadProblemCount: Int

  init(_ path: String) throws {
    bytes = try Corpus.bytes(path)
    let parsed = try parse(bytes)
    header = parsed.value.header
    records = parsed.value.events
    let first = try #require(header ?? records.first)
    lead = Array(bytes[first.byteRange])
    leadProblemCount = try parse(lead).problems.count
  }

  /// Records in the lead that count as events.
  var leadEventCount: Int { header == nil ? 1 : 0 }

  /// Places of the fields of a record's frame, from its start, the end of the record last.
  func frame(of record: Event) -> [Int] {
    let digests = record.digests.flatMap { [$0.offset - 2, $0.offset, $0.offset + $0.bytes.count] }
    return
      ([record.offset + 4, record.offset + 8, record.offset + 12] + digests
      + [record.dataOffset - 4, record.dataOffset, record.byteRange.upperBound]).map { $0 - record.offset }
  }
}

/// Takes every event apart. What cannot be is said, at a place in the file.
private func takeApart(_ parsed: Parsed<EventLog>, fileByteCount: Int) {
  #expect(parsed.unread.upperBound == fileByteCount)
  for event in parsed.value.events {
    #expect(event.byteRange.upperBound <= fileByteCount)
    if case .undecodable(let error) = event.content(file: "log.bin") {
      #expect(event.byteRange.lowerBound <= error.offset && error.offset <= event.byteRange.upperBound)
    }
  }
  for problem in parsed.problems { #expect(problem.offset <= fileByteCount) }
}

@Suite struct EventLogLimitsTests {
  /// Every prefix gives the records that lie in it; records and unread range cover it.
  @Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
  func aCutLogKeepsTheRecordsBeforeTheCut(path: String) throws {
    let whole = try WholeLog(path)
    let ends = ([whole.header].compactMap { $0 } + whole.records).map(\.byteRange.upperBound)
    let step = isExhaustive || whole.bytes.count <= 1024 ? 1 : whole.bytes.count / 48
    var expected = 0
    for count in stride(from: 32, to: whole.bytes.count, by: step) {
      while expected < ends.count, ends[expected] <= count { expected += 1 }
      let parsed = try #require(EventLog.parse(Array(whole.bytes.prefix(count)), file: "log.bin"), "\(count)")
      let log = parsed.value
      let found = log.events.count + (log.header == nil ? 0 : 1)
      // Zeros at a cut may pass for padding, and then a record that they end is not read.
      guard found == expected || !log.padding.isEmpty && found <= expected,
        parsed.unread == (found == 0 ? 0 : ends[found - 1])..<count,
        !parsed.problems.isEmpty || parsed.unread == log.padding
      else {
        Issue.record("\(count) bytes: \(found) records of \(expected), unread \(parsed.unread)")
        return
      }
    }
  }

  /// Each record behind its log's header, cut at each field of its frame, before it and behind it.
  @Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
  func aRecordCutAtAnyFieldIsSaidToBeIncomplete(path: String) throws {
    let whole = try WholeLog(path)
    for record in whole.records {
      let bytes = whole.bytes[record.byteRange]
      let fields = whole.frame(of: record)
      let cuts = isExhaustive ? Set(1..<bytes.count) : Set(fields.flatMap { [$0 - 1, $0, $0 + 1] })
      for cut in cuts where cut > 0 && cut < bytes.count {
        let parsed = try #require(EventLog.parse(whole.lead + bytes.prefix(cut), file: "log.bin"))
        let isPadding = !parsed.value.padding.isEmpty
        guard parsed.value.events.count == whole.leadEventCount || isPadding,
          parsed.problems.count > whole.leadProblemCount || isPadding,
          parsed.unread == whole.lead.count..<whole.lead.count + cut || isPadding
        else {
          Issue.record("record \(record.index) cut to \(cut) bytes: \(parsed.unread), \(parsed.problems)")
          return
        }
      }
    }
  }

  /// Event size and number of digests of each record, with records behind it that must not be taken for other things
  /// than they are without a word.
  @Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
  func anExtremeSizeInAFrameIsReadWithinTheFile(path: String) throws {
    let whole = try WholeLog(path)
    for record in whole.records where isExhaustive || record.index % 3 == 0 || record.data.count > 1024 {
      let next = whole.records.dropFirst(record.index + 1).prefix(2).last?.byteRange.upperBound
      let bytes = Array(whole.bytes[record.byteRange.lowerBound..<(next ?? record.byteRange.upperBound)])
      var places = [record.dataOffset - 4 - record.offset]
      if whole.header != nil { places.append(8) }
      for place in places {
        for extreme in extremes(ofByteCount: 4) {
          let changed = whole.lead + bytes.replacing(at: place, extreme)
          let parsed = try #require(EventLog.parse(changed, file: "log.bin"))
          takeApart(parsed, fileByteCount: changed.count)
          let said = parsed.problems.count > whole.leadProblemCount || !parsed.value.padding.isEmpty
          let isTheSame = changed == whole.lead + bytes
          // A record may well end where the changed size says, when the bytes there make records again.
          #expect(said || isTheSame || parsed.value.events.count != 1, "\(record.index) at \(place): \(extreme)")
        }
      }
    }
  }

  /// The table of algorithms and the vendor's information in the header.
  @Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
  func anExtremeSizeInTheHeaderIsReadWithinTheFile(path: String) throws {
    let whole = try WholeLog(path)
    guard let header = whole.header else { return }
    let data = header.dataOffset
    let count = try parse(whole.bytes).value.specification?.algorithms.count ?? 0
    let table = data + 28
    let tableEnd = table + 4 * count
    var places: [(Int, Int)] = [(data - 4, 4), (data + 24, 4), (tableEnd, 1)]
    for place in stride(from: table, to: tableEnd, by: 2) { places.append((place, 2)) }
    for (place, width) in places {
      for extreme in extremes(ofByteCount: width) {
        let changed = whole.bytes.replacing(at: place, extreme)
        guard let parsed = EventLog.parse(changed, file: "log.bin") else {
          Issue.record("no log any more at \(place)")
          continue
        }
        takeApart(parsed, fileByteCount: changed.count)
        // Another number in place of an algorithm that no record has is as good.
        let isAlgorithm = place >= table && place < tableEnd && (place - table).isMultiple(of: 4)
        if changed != whole.bytes, !isAlgorithm { #expect(!parsed.problems.isEmpty, "\(place): \(extreme)") }
      }
    }
  }
}

/// 0, 1, 2^31, 2^32-1 and the largest number, as far as they fit.
func extremes(ofByteCount count: Int) -> [[UInt8]] {
  var found: [[UInt8]] = []
  for value: UInt64 in [0, 1, 1 << 31, 1 << 32 - 1, 1 << 63, .max] {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    if !found.contains(bytes) { found.append(bytes) }
  }
  return found
}

extension [UInt8] {
  /// The same number of bytes, some of them others; what does not fit is left out.
  func replacing(at place: Int, _ bytes: [UInt8]) -> [UInt8] {
    var copy = self
    for (index, byte) in bytes.enumerated() where copy.indices.contains(place + index) { copy[place + index] = byte }
    return copy
  }
}
