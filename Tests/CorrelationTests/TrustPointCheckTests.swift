import ByteReading
import Digests
import Foundation
import Hashing
import Replay
import TCGEventLog
import TestSupport
import Testing

@testable import Correlation

/// The quotes inside logs of Windows: real ones of two TPM families, and what an editor of such a log leaves.
@Suite(.enabled(if: Corpus.isPresent, "needs the corpus")) struct TrustPointCheckTests {
  private static let logs = [
    (
      "galmasi__python3-uefi-eventlog/testlogs/ideapad/ideapad1.bin", "sha256",
      [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15]
    ),
    ("galmasi__python3-uefi-eventlog/testlogs/thinkpad/p511.bin", "sha256", []),
    ("google__go-attestation/attest/testdata/option_rom_eventlog", "sha1", []),
    ("grawity__tpm_futurepcr/fixtures/ACTUAL_SYSTEMS/HP_Compaq_TPM1.2_UEFI_SB_Windows.log", "sha1", []),
    ("grawity__tpm_futurepcr/fixtures/ACTUAL_SYSTEMS/HP_Compaq_TPM1.2_UEFI_NonSB_Windows.log", "sha1", []),
  ]

  private func log(_ path: String) throws -> EventLog {
    try #require(EventLog.parse(try Corpus.bytes("eventlog/" + path), file: path)).value
  }

  @Test(arguments: logs) func theRecordsBeforeItGiveTheQuotedValues(path: String, bank: String, registers: [Int]) throws
  {
    let log = try log(path)
    let points = log.trustPoints
    #expect(points.count == 1 && points.first?.record == log.events.count - 1)
    let point = try #require(points.first)
    #expect(point.keyName == "Windows AIK" && point.keyDigest?.count == 20 && point.signature?.count == 256)
    let check = TrustPointCheck(point, in: EventLogReplay(log), file: path)
    // This firmware of HP logs an EV_POST_CODE that it does not extend.
    #expect(
      check.outcome == (path.hasPrefix("grawity") ? .reproducedWithout(record: 2) : .reproduced), "\(check.outcome)")
    #expect(check.selection.banks.map { $0.algorithm?.name } == [bank])
    if !registers.isEmpty { #expect(check.selection.banks.first?.registers == registers) }
  }

  @Test(arguments: logs) func oneChangedOrDroppedRecordIsFound(path: String, bank: String, registers: [Int]) throws {
    var log = try log(path)
    let quoted = Set(
      try #require(log.trustPoints.first.map { TrustPointCheck($0, in: EventLogReplay(log), file: path) })
        .selection.banks.flatMap(\.registers))
    let victims = log.events.indices.filter {
      log.events[$0].recordedType != .noAction && quoted.contains(Int(log.events[$0].registerIndex))
    }
    for index in [victims.first, victims.last].compactMap({ $0 }) {
      let before = log
      log.events[index].digests[0].bytes[0] ^= 1
      for other in log.events[index].digests.indices.dropFirst() { log.events[index].digests[other].bytes[0] ^= 1 }
      let point = try #require(log.trustPoints.first)
      let check = TrustPointCheck(point, in: EventLogReplay(log), file: path)
      guard case .differs = check.outcome else {
        Issue.record("record \(index) was changed and \(check.outcome)")
        continue
      }
      log = before
    }
  }

  @Test func cutTagsNeverStopTheProgram() throws {
    var log = try log(Self.logs[3].0)
    let last = log.events.count - 1
    let data = log.events[last].data
    for count in 0...data.count {
      log.events[last].data = Array(data.prefix(count))
      for point in log.trustPoints { _ = TrustPointCheck(point, in: EventLogReplay(log), file: "log") }
    }
    for index in data.indices {
      log.events[last].data = data
      log.events[last].data[index] ^= 0xff
      _ = log.trustPoints
    }
  }
}
