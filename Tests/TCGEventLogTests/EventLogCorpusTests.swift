import ByteReading
import Foundation
import TCGEventLog
import TestSupport
import Testing

/// Logs with a frame or header fault, and the faults.
///
/// `specid-vendordata` declares vendor information outside its record. The two logs of HIRS are real ones into which
/// an event was spliced by hand: it has a SHA-384 digest that the header's table lacks.
private let knownProblems: [String: [String]] = [
  "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/specid-vendordata.bin": [
    "TCG_EfiSpecIdEvent.vendorInfo", "TCG_PCR_EVENT2.eventType",
  ],
  "eventlog/nsacyber__HIRS/history/binary_bios_measurements_addEvt11asSPDMFirmwareBlob_origVersion0": [
    "TCG_PCR_EVENT2.digests"
  ],
  "eventlog/nsacyber__HIRS/history/binary_bios_measurements_addEvt11asSPDMFirmwareBlob_version1": [
    "TCG_PCR_EVENT2.digests"
  ],
]

@Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.rows())
func aLogOfTheCorpusHasWhatTheIndexSays(row: EventLogCorpus.Row) throws {
  let bytes = try Corpus.bytes(row.path)
  #expect(EventLog.isLikely(bytes))
  let parsed = try #require(EventLog.parse(bytes, file: row.path))
  let log = parsed.value
  #expect(log.format == (row.kind == "eventlog-sha1" ? .sha1 : .cryptoAgile))
  #expect(log.events.count + (log.header == nil ? 0 : 1) == row.recordCount)
  // The index counts the header's table only.
  let tableBanks = log.specification?.algorithms.compactMap(\.algorithm?.name)
  #expect(log.format == .sha1 ? row.banks == ["sha1"] : Set(tableBanks ?? []) == Set(row.banks))
  #expect(Array(log.banks.map(\.name).prefix(row.banks.count)) == tableBanks ?? ["sha1"])
  let localities = log.events.compactMap { event -> UInt8? in
    guard case .startupLocality(let locality) = event.payload else { return nil }
    return locality
  }
  #expect(localities.first == row.startupLocality)
  #expect(log.padding.count == row.trailingByteCount)
  #expect(parsed.problems.map(\.field) == knownProblems[row.path] ?? [])
  if parsed.problems.isEmpty { #expect(parsed.unread.count == log.padding.count) }
}

@Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
func recordsAndUnreadRangeCoverTheFile(path: String) throws {
  let bytes = try Corpus.bytes(path)
  let parsed = try #require(EventLog.parse(bytes, file: path))
  var end = 0
  for record in (parsed.value.header.map { [$0] } ?? []) + parsed.value.events {
    #expect(record.offset == end)
    end = record.byteRange.upperBound
    #expect(Array(bytes[record.dataOffset..<end]) == record.data)
    for digest in record.digests {
      #expect(Array(bytes[digest.offset..<digest.offset + digest.bytes.count]) == digest.bytes)
    }
  }
  #expect(parsed.unread == end..<bytes.count)
}

@Test(.enabled(if: Corpus.isPresent))
func noOtherFileOfTheCorpusIsLikelyALog() throws {
  let logs = Set(try EventLogCorpus.rows().map(\.path))
  let enumerator = FileManager.default.enumerator(at: Corpus.root, includingPropertiesForKeys: [.isRegularFileKey])
  var count = 0
  while let url = enumerator?.nextObject() as? URL {
    guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
    let path = String(url.path.dropFirst(Corpus.root.path.count + 1))
    // Other collections hold logs under the name that the kernel gives them.
    if logs.contains(path) || url.lastPathComponent == "binary_bios_measurements" { continue }
    guard let file = try? FileHandle(forReadingFrom: url) else { continue }
    let head = [UInt8](try file.read(upToCount: 65536) ?? Data())
    try file.close()
    // Copies and alterations of crypto-agile logs lie in other folders too.
    if head.dropFirst(32).starts(with: "Spec ID Event03".utf8) { continue }
    count += 1
    #expect(!EventLog.isLikely(head), "\(path)")
  }
  #expect(count > 500)
}
