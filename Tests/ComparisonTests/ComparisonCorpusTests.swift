import ByteReading
import EvidenceIntake
import Foundation
import TCGEventLog
import TestSupport
import Testing

@testable import Comparison

private let machine = "lab/vmA-secureboot-ima-ng"
private let tampered = "lab/vmA-tampered-logs"
private let firstLog = machine + "/boot1/q2/binary_bios_measurements"
private let firstList = machine + "/boot1/q2/ima-after.bin"

private func set(_ path: String) throws -> EvidenceSet { try EvidenceSet.read([FilePath(Corpus.url(path).path)]) }

private func logs(_ old: String, _ new: String, showsAll: Bool = false) throws -> EventLogComparison {
  let capture = CaptureComparison(try set(old), try set(new), showsAll: showsAll, stages: stages)
  guard case .eventLogs(let comparison)? = capture.pairs.first?.result else { throw NoComparison() }
  return comparison
}

private func lists(_ old: String, _ new: String) throws -> MeasurementListComparison {
  let capture = CaptureComparison(try set(old), try set(new), stages: stages)
  let found = capture.pairs.compactMap { pair in
    if case .measurementLists(let comparison) = pair.result { comparison } else { nil }
  }
  #expect(found.count == 1)
  guard let comparison = found.first else { throw NoComparison() }
  return comparison
}

private struct NoComparison: Error {}

/// Two boots of one machine, and its logs as somebody altered them, held against what is known of them by other means.
@Suite(.enabled(if: Corpus.isPresent, "needs the corpus beside the project"))
struct ComparisonCorpusTests {
  /// `tpm2_eventlog` printed both logs when they were collected: its lines that differ are all there is.
  @Test func twoBootsOfOneMachineDifferInLoadAddressesOnlyAsTpm2EventlogShows() throws {
    let texts = try ["boot1", "boot2"].map {
      String(decoding: try Corpus.bytes("\(machine)/\($0)/independent/tpm2_eventlog.yaml"), as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(texts[0].count == texts[1].count)
    let lines = zip(texts[0], texts[1]).filter { $0 != $1 }
    #expect(lines.count == 2 && lines.allSatisfy { $0.0.hasPrefix("ImageLocationInMemory: ") })

    let other = machine + "/boot2/q0/binary_bios_measurements"
    let usual = try logs(firstLog, other)
    #expect(usual.isEmpty && usual.registers.isEmpty && usual.counts.old == 52)
    #expect(usual.leftOut.map(\.content) == [.loadAddress] && usual.leftOut.map(\.count) == [lines.count])
    let all = try logs(firstLog, other, showsAll: true)
    #expect(
      all.differences.map(\.fieldTexts)
        == lines.map { old, new in
          ["load address: \(old.split(separator: " ")[1]) -> \(new.split(separator: " ")[1])"]
        })
  }

  @Test func theEditedCommandLineIsNamed() throws {
    let comparison = try logs(firstLog, tampered + "/evlog-data-edited.evlog.bin")
    let difference = try #require(comparison.differences.first)
    #expect(comparison.differences.count == 1 && difference.old?.record == 47 && difference.register == 8)
    #expect(difference.fieldTexts == ["kernel command line: ima_policy=tcb -> ima_policy=xxx"])
    #expect(difference.digests.isEmpty && comparison.registers.isEmpty)
    #expect(
      difference.meaning
        == "only the data differ, the digests are the same: in the second log a digest is not that of the data")
  }

  @Test func theDeletedEventIsNamed() throws {
    let comparison = try logs(firstLog, tampered + "/evlog-event-deleted.evlog.bin")
    #expect(comparison.differences.map(\.kind) == [.gone] && comparison.differences[0].old?.record == 23)
    #expect(comparison.differences[0].title.hasPrefix("EV_EFI_BOOT_SERVICES_APPLICATION PciRoot(0x0)"))
    #expect(comparison.differences[0].title.hasSuffix(#"File(\EFI\BOOT\BOOTX64.EFI)"#))
    #expect(comparison.registers.map(\.register) == [4, 4] && comparison.leftOut.isEmpty)
  }

  @Test func theEditedDigestIsNamedWithItsBank() throws {
    let comparison = try logs(firstLog, tampered + "/evlog-sha1-edited.evlog.bin")
    let difference = try #require(comparison.differences.first)
    #expect(comparison.differences.count == 1 && difference.old?.record == 47 && difference.fields.isEmpty)
    #expect(difference.digests.map(\.bank) == ["sha1"])
    #expect(difference.meaning.hasPrefix("only the digest in sha1 differs, the data are the same"))
    #expect(comparison.registers.map { "\($0.bank) \($0.register)" } == ["sha1 8"])
  }

  /// Rows of `ima-entries.tsv`, which the lab wrote with a reader of its own.
  private func rows(_ boot: String, _ count: Int) throws -> [String] {
    let text = String(decoding: try Corpus.bytes("\(machine)/\(boot)/ima-entries.tsv"), as: UTF8.self)
    return text.split(separator: "\n").dropFirst().prefix(count).map { line in
      let columns = line.components(separatedBy: "\t")
      return "\(columns[3]):\(columns[4]) \(columns[8])"
    }
  }

  @Test func listsOfTwoBootsDifferAsTheLabsOwnReadingSays() throws {
    let comparison = try lists(machine + "/boot1/q0", machine + "/boot2/q0")
    let (left, right) = (
      try rows("boot1", comparison.counts.old), try rows("boot2", comparison.counts.new)
    )
    #expect(comparison.counts.old == 486 && comparison.counts.new == 489)
    var rest = Dictionary(right.map { ($0, 1) }, uniquingKeysWith: +)
    var gone: [Int] = []
    for (index, row) in left.enumerated() {
      if let count = rest[row], count > 0 { rest[row] = count - 1 } else { gone.append(index) }
    }
    #expect(comparison.common == left.count - gone.count)
    #expect(comparison.differences.compactMap { $0.old?.record }.sorted() == gone)
    #expect(comparison.differences.count { $0.new != nil } == rest.values.reduce(0, +))
    let changed = comparison.differences.filter { $0.kind == .changed }
    #expect(
      changed.map(\.path) == [
        "/var/lib/systemd/random-seed", "/var/log/journal/0123456789abcdef0123456789abcdef/system.journal",
        "/etc/nginx/nginx.conf", "/var/lib/dpkg/status",
      ])
    // The file that was tampered with in the first boot and never restored.
    let configuration = try #require(changed.first { $0.path == "/etc/nginx/nginx.conf" })
    let (was, is_) = (try #require(configuration.old?.record), try #require(configuration.new?.record))
    #expect(configuration.fields.map(\.old) == [String(left[was].prefix { $0 != " " })])
    #expect(configuration.fields.map(\.new) == [String(right[is_].prefix { $0 != " " })])
  }

  @Test func aSingleFileIsHeldAgainstItsCounterpartInACaptureAlone() throws {
    let log = machine + "/boot1/q0/binary_bios_measurements"
    for (old, new) in [(log, machine + "/boot2/q0"), (machine + "/boot2/q0", log)] {
      let capture = CaptureComparison(try set(old), try set(new), stages: stages)
      #expect(capture.pairs.map(\.kind) == [.eventLog] && capture.isEmpty)
      #expect(capture.notes.contains { $0.contains("single file") && $0.contains("quote-rsa-sha256.attest") })
    }
  }

  @Test func copiesOfOneLogInSeveralCapturesAreOne() throws {
    let capture = CaptureComparison(
      try set(machine + "/boot1/q0/binary_bios_measurements"), try set(machine + "/boot2"), stages: stages)
    #expect(capture.pairs.map(\.kind) == [.eventLog] && capture.isEmpty)
    #expect(
      capture.notes.contains("q1/binary_bios_measurements: the same bytes as q0/binary_bios_measurements"))
  }

  @Test func capturesOfTwoBootsDifferInRegister10AndCounts() throws {
    let capture = CaptureComparison(try set(machine + "/boot1/q0"), try set(machine + "/boot2/q0"), stages: stages)
    #expect(capture.pairs.map(\.kind.rawValue).filter { $0 == "quote" }.count == 4)
    #expect(capture.onlyOld.isEmpty && capture.onlyNew.isEmpty && capture.notes.count == 4 && !capture.isEmpty)
    for case .quotes(let quotes) in capture.pairs.map(\.result) {
      #expect(quotes.fields.isEmpty && !quotes.registers.isEmpty && quotes.registers.allSatisfy { $0.register == 10 })
      #expect(quotes.ofEveryQuote.contains(FieldDifference(name: "reset count", old: "3", new: "4")))
      #expect(!quotes.ofEveryQuote.contains { $0.name == "restart count" })
    }
    // As `tpm2_pcrread` printed them.
    for case .registers(let registers) in capture.pairs.map(\.result) {
      #expect(registers.map { "\($0.bank) \($0.register)" } == ["sha1 10", "sha256 10"])
    }
  }

  @Test(
    arguments: [
      ("ima-digest-edited", [520], "file digest", "in the second list the template digest is not that of the data"),
      ("ima-entry-deleted", [578], nil, nil),
      ("ima-violation-hidden", [617], "template digest", "only the template digest differs, the data are the same"),
    ] as [(String, [Int], String?, String?)])
  func eachAlteredListIsNamed(name: String, records: [Int], field: String?, meaning: String?) throws {
    let comparison = try lists(firstList, "\(tampered)/\(name).ima.bin")
    #expect(comparison.differences.compactMap { $0.old?.record } == records && comparison.reordered.isEmpty)
    #expect(comparison.differences[0].kind == (field == nil ? .gone : .changed))
    if let field { #expect(comparison.differences[0].fields.contains { $0.name == field }) }
    if let meaning { #expect(comparison.differences[0].meaning.contains(meaning)) }
  }

  @Test(arguments: [("ima-truncated-600", 600), ("ima-truncated-mid-entry", 600), ("ima-bad-length", 700)])
  func aCutListIsTheBeginningOfTheOther(name: String, count: Int) throws {
    let comparison = try lists(firstList, "\(tampered)/\(name).ima.bin")
    #expect(comparison.prefix == .newIsShorter && comparison.counts.new == count)
    #expect(comparison.differences.compactMap { $0.old?.record } == Array(count..<901))
  }
}
