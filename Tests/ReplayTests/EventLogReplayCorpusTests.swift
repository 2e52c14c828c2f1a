import ByteReading
import Digests
import Foundation
import Replay
import TCGEventLog
import TestSupport
import Testing

private func replay(_ path: String) throws -> EventLogReplay {
  EventLogReplay(try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value)
}

/// The registers of `expected` that the replay gives, and those it does not; other banks are left out.
private func compare(_ replay: EventLogReplay, _ bank: String, _ expected: [Int: String]) throws
  -> (match: [Int], mismatch: [Int])
{
  let algorithm = try #require(HashAlgorithm(name: bank))
  let compared = replay.registers(extendedIn: algorithm).filter { expected[$0] != nil }
  let match = compared.filter { replay.values[algorithm, $0].map { hexText($0) } == expected[$0]?.lowercased() }
  return (match, compared.filter { !match.contains($0) })
}

private let rowsWithReplay = (try? EventLogCorpus.rows().filter { !$0.replay.isEmpty }) ?? []

@Test(.enabled(if: Corpus.isPresent), arguments: rowsWithReplay)
func aLogReplaysToTheRegistersReadWithIt(row: EventLogCorpus.Row) throws {
  let replay = try replay(row.path)
  var values = try EventLogCorpus.registers(besides: row)
  if row.facts.contains("expected SHA-1 PCR0=") {
    values = ["sha1": [0: "15f4e6ca457d1af6bc49511a93ba3500ad69acc5"]]
  }
  if row.kind == "eventlog-ccel" { values = ["sha384": try runtimeRegisters()] }
  for (bank, told) in row.replay {
    let (match, mismatch) = try compare(replay, bank, try #require(values[bank]))
    #expect(match == told.match)
    #expect(mismatch == told.mismatch)
    let observed = try #require(values[bank]).compactMapValues { bytesOfHex($0) }
    let count = replay.log.events.count
    guard case .found(let range) = replay.match(observed, bank: try #require(HashAlgorithm(name: bank))) else {
      Issue.record("no prefix of \(row.path) gives the \(bank) registers")
      continue
    }
    #expect(range.upperBound == count)
  }
}

/// RTMR 0 to 3 of the quote beside the log, numbered from 1 as a CCEL does: 48 bytes each from offset 376.
private func runtimeRegisters() throws -> [Int: String] {
  let quote = try Corpus.bytes("eventlog/google__go-tdx-guest/testing/testdata/ccel/cos-113-tdx-quote.dat")
  return Dictionary(
    uniqueKeysWithValues: (0..<4).map { index in
      (index + 1, hexText(quote[376 + 48 * index..<376 + 48 * (index + 1)]))
    })
}

@Test func allRowsWithRegistersAreCompared() {
  #expect(!Corpus.isPresent || rowsWithReplay.count == 23)
}

@Test(.enabled(if: Corpus.isPresent), arguments: EventLogCorpus.lab())
func aLogOfTheLabReplaysToTheRegistersReadThere(folder: String) throws {
  let replay = try replay(folder + "binary_bios_measurements")
  let text = String(decoding: try Corpus.bytes(folder + "pcrread-before.txt"), as: UTF8.self)
  let values = EventLogCorpus.registers(ofText: text)
  #expect(values.count == 2)
  for (bank, expected) in values {
    let (match, mismatch) = try compare(replay, bank, expected)
    #expect(match.count >= 8)
    #expect(mismatch.isEmpty)
  }
  #expect(replay.notes.isEmpty)
}

private let labYAML = [
  "vmA-secureboot-ima-ng/boot1", "vmA-secureboot-ima-ng/boot2", "vmE-containers/boot1", "vmG-legacy-ima-sha1/boot1",
]

@Test(.enabled(if: Corpus.isPresent), arguments: labYAML)
func aLogOfTheLabReplaysAsTheOtherToolSaid(boot: String) throws {
  let replay = try replay("lab/\(boot)/q0/binary_bios_measurements")
  let text = String(decoding: try Corpus.bytes("lab/\(boot)/independent/tpm2_eventlog.yaml"), as: UTF8.self)
  try expectSameRegisters(replay, text)
}

@Test(.enabled(if: Corpus.isPresent))
func aDeletedEventAndAnEditedDigestMissTheirRegister() throws {
  let text = String(
    decoding: try Corpus.bytes("lab/vmA-secureboot-ima-ng/boot1/q2/pcrread-before.txt"), as: UTF8.self)
  let values = EventLogCorpus.registers(ofText: text)
  let cases: [(String, sha1: [Int], sha256: [Int])] = [
    ("evlog-event-deleted", [4], [4]), ("evlog-sha1-edited", [8], []), ("evlog-data-edited", [], []),
  ]
  for (name, sha1, sha256) in cases {
    let replay = try replay("lab/vmA-tampered-logs/\(name).evlog.bin")
    #expect(try compare(replay, "sha1", try #require(values["sha1"])).mismatch == sha1)
    #expect(try compare(replay, "sha256", try #require(values["sha256"])).mismatch == sha256)
    let observed = try #require(values["sha1"]).compactMapValues { bytesOfHex($0) }
    let match = replay.match(observed, bank: .sha1)
    if sha1.isEmpty {
      let count = replay.log.events.count
      #expect(match == .found(count...count))
    } else {
      #expect(match == .none(mismatching: sha1))
    }
  }
}

/// Every register in the section `pcrs:` of text of tpm2_eventlog has our value, and we have no others.
///
/// With `exceptRegister0` the values of register 0 must differ: a tool that got better is worth knowing.
private func expectSameRegisters(
  _ replay: EventLogReplay, _ yaml: String, exceptRegister0: Bool = false, of path: String = ""
) throws {
  let section = try #require(yaml.components(separatedBy: "\npcrs:\n").last)
  let values = EventLogCorpus.registers(ofText: section)
  for bank in Set(values.keys).union(replay.values.banks.map(\.name)) {
    let algorithm = try #require(HashAlgorithm(name: bank))
    var ours = Dictionary(
      uniqueKeysWithValues: replay.registers(extendedIn: algorithm).map { register in
        (register, replay.values[algorithm, register].map { hexText($0) } ?? "")
      })
    var theirs = values[bank] ?? [:]
    if exceptRegister0 { #expect(ours.removeValue(forKey: 0) != theirs.removeValue(forKey: 0), "\(path)") }
    #expect(ours == theirs, "\(path) bank \(bank)")
  }
}

private let golden: [(yaml: String, log: String)] = {
  guard let rows = try? Corpus.index("eventlog") else { return [] }
  let fixtures = "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/"
  return rows.filter { $0["kind"] == "golden-yaml" }.compactMap { $0["file"] }
    .filter { $0.hasSuffix(".bin.yaml") }
    .map {
      ("eventlog/" + $0, fixtures + ($0 as NSString).lastPathComponent.replacingOccurrences(of: ".yaml", with: ""))
    }
}()

@Test(.enabled(if: Corpus.isPresent), arguments: golden)
func aFixtureReplaysAsItsGoldenTextSays(yaml: String, log: String) throws {
  let text = String(decoding: try Corpus.bytes(yaml), as: UTF8.self)
  if text.contains("\npcrs:\n") {
    try expectSameRegisters(try replay(log), text)
  } else {
    // A golden without the section is of a header alone.
    #expect(try replay(log).values.isEmpty)
  }
}

/// Logs that tpm2_eventlog 5.4 refuses or crashes on: CCEL areas, records of register 0xFFFFFFFF, and SHA-1 logs that
/// begin with `EV_NO_ACTION`.
private let refusedByTPM2Tools = 15

/// Logs in which tpm2_eventlog 5.4 gets register 0 wrong: it extends `EV_NO_ACTION` records (tpm2-tools issue 3224) and
/// starts at zero whatever the locality or an H-CRTM event say.
private let register0WrongInTPM2Tools: Set<String> = [
  "tpm2-software__tpm2-tss/test/data/fapi/eventlog/binary_measurements_hcrtm.bin",
  "google__go-eventlog/testdata/eventlogs/tpm/glinux-alex.bin",
  "google__go-tpm-tools/internal/test/eventlogs/gdc-host.bin",
  "google__go-tpm-tools/internal/test/eventlogs/eventlogwithsp800155.bin",
  "google__go-tpm-tools/internal/test/eventlogs/confidential-gke-debug-251000_eventlog.bin",
  "kgoldman__ibmtss/utils/dell1.log",
  "intel__trustauthority-client-for-go/go-tpm/test_data/binary_bios_measurements20",
  "Dstack-TEE__dstack/dstack/cc-eventlog/samples/tpm_eventlog.bin",
  "GoogleCloudPlatform__confidential-space/server/host/testdata/gmes_eventlog.bin",
  "salrashid123__tpm2/event_log/binary_bios_measurements",
]

@Test(.enabled(if: Corpus.isPresent && Tool.isInstalled("tpm2_eventlog")))
func everyLogThatTPM2ToolsReadsReplaysToTheSameRegisters() throws {
  let paths = try EventLogCorpus.paths()
  var refused: [String] = []
  for path in paths {
    let (status, output) = try Tool.run("tpm2_eventlog", [Corpus.url(path).path])
    guard status == 0 else {
      refused.append(path)
      continue
    }
    let isWrong = register0WrongInTPM2Tools.contains(String(path.dropFirst("eventlog/".count)))
    if output.contains("\npcrs:\n") {
      try expectSameRegisters(try replay(path), output, exceptRegister0: isWrong, of: path)
    } else {
      #expect(try replay(path).values.isEmpty)
    }
  }
  #expect(refused.count == refusedByTPM2Tools, "\(refused)")
}

/// Logs with ragged lists of digests are all that a replay notes about real logs.
@Test(.enabled(if: Corpus.isPresent))
func theNotesOnRealLogsAreFew() throws {
  var noted: [String] = []
  for path in try EventLogCorpus.paths() {
    let notes = try replay(path).notes
    guard !notes.isEmpty else { continue }
    noted.append((path as NSString).lastPathComponent)
    for note in notes {
      guard case .digestMissing = note else {
        Issue.record("\(path): \(note)")
        continue
      }
    }
  }
  #expect(
    noted == [
      "event-uefiaction.bin", "event-uefivar.bin", "binary_bios_measurements_addEvt11asSPDMFirmwareBlob_origVersion0",
      "binary_bios_measurements_addEvt11asSPDMFirmwareBlob_version1", "p511.bin", "dell1.log",
    ])
}
