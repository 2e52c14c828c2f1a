import Appraisal
import Examination
import Foundation
import TestSupport
import Testing

private let lab = Corpus.url("lab")
private let machine = lab.appendingPathComponent("vmA-secureboot-ima-ng")

/// The lab machine's forged lists, beside nothing but their own quotes and beside other captures of the boot.
@Suite(.enabled(if: Corpus.isPresent)) struct TamperingLabTests {
  private static let list = "q2/ima-after.bin"

  /// - parameter others: captures of the boot, of which each keeps one list and its quotes.
  private func explanations(
    of forged: String?, others: [String] = []
  ) throws -> (lists: [AttestationResult.ListExplanation], result: AttestationResult) {
    let scratch = try ScratchCase()
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    for capture in ["q2"] + others {
      try scratch.copy(machine.appendingPathComponent("boot1/\(capture)"), to: capture)
      for other in ["ima-before.bin", "ima-after.ascii", "pcrread-before.txt", "pcrread-after.txt"] {
        try scratch.remove("\(capture)/\(other)")
      }
    }
    if let forged {
      try scratch.copy(lab.appendingPathComponent("vmA-tampered-logs/" + forged), to: Self.list)
    }
    let result = try examine(request(scratch.folder, anchors: [labRoot], collectedAt: "2026-11-23T06:00:00Z"))
    return (result.hosts.flatMap(\.boots).flatMap(\.explanations), result)
  }

  @Test(arguments: [[], ["q0"], ["q0", "q1", "q3"]]) func aListThatReplaysIsNotExplained(others: [String]) throws {
    let (lists, result) = try explanations(of: nil, others: others)
    #expect(lists.isEmpty, "\(lists)")
    #expect(!result.findings.contains { $0.code == .logReplayMismatch })
  }

  @Test(arguments: [[], ["q0", "q1"], ["q3"]]) func theHiddenViolationIsNamed(others: [String]) throws {
    let (lists, result) = try explanations(of: "ima-violation-hidden.ima.bin", others: others)
    #expect(lists.count == 1)
    #expect(lists.first?.file == Self.list)
    #expect(lists.first?.interval == 617..<618)
    #expect(lists.first?.quotes.count == (others == ["q3"] ? 8 : 4))
    #expect(lists.first?.conclusion?.hasPrefix("Record 617 (") == true)
    #expect(lists.first?.conclusion?.contains("was a violation") == true)
    #expect(result.findings.contains { $0.code == .logReplayMismatch && $0.range == 617...617 })
    #expect(result.verdict == .untrusted)
  }

  @Test(arguments: [[], ["q0", "q1"]]) func theEditedDigestIsNamedByTheTemplateDigestThatWasLeft(others: [String])
    throws
  {
    let (lists, _) = try explanations(of: "ima-digest-edited.ima.bin", others: others)
    #expect(lists.first?.interval == 520..<521)
    #expect(
      lists.first?.conclusion?.hasPrefix("The data of record 520 ('/usr/bin/whoami') was edited") == true,
      "\(lists.map(\.conclusion))")
    #expect(lists.first?.hypotheses.last?.name == "data-edited-digest-left")
    // What the data was can't be known, so the SHA-256 quote behind the last SHA-1 one stays unexplained.
    #expect(lists.dropFirst().allSatisfy { $0.conclusion == nil })
    #expect(lists.flatMap(\.quotes).count == 4)
  }

  @Test func anotherCaptureTellsWhatTheEditedDigestWas() throws {
    let (lists, _) = try explanations(of: "ima-digest-edited.ima.bin", others: ["q3"])
    #expect(lists.count == 1)
    #expect(lists.first?.quotes.count == 8)
    let conclusion = try #require(lists.first?.conclusion)
    #expect(conclusion.hasPrefix("The file digest in record 520 ('/usr/bin/whoami') was edited: it was "))
    #expect(conclusion.contains("(record 520 of q3/ima-after.bin)"))
  }

  @Test(arguments: [([], 0), (["q0", "q1"], 517)] as [([String], Int)])
  func theDeletedRecordIsOnlyBracketedWhereNobodyHasIt(others: [String], first: Int) throws {
    let (lists, _) = try explanations(of: "ima-entry-deleted.ima.bin", others: others)
    #expect(lists.count == 1)
    #expect(lists.first?.conclusion == nil, "\(lists.first?.conclusion ?? "")")
    #expect(lists.first?.interval == first..<901)
    #expect(lists.first?.hypotheses.contains { $0.outcome == .reproduces } == false)
  }

  @Test func theDeletedRecordIsNamedWhereAnotherCaptureHasIt() throws {
    let (lists, result) = try explanations(of: "ima-entry-deleted.ima.bin", others: ["q3"])
    #expect(lists.count == 1)
    #expect(lists.first?.interval == 578..<579)
    #expect(
      lists.first?.conclusion?.hasPrefix(
        "One record was removed: the record of '/opt/evil/implant' (record 578 of q3/ima-after.bin) belongs before record 578 "
      ) == true, "\(lists.map(\.conclusion))")
    #expect(result.findings.contains { $0.code == .logReplayMismatch && $0.record == 578 })
  }

  /// The list that was read before the quotes holds the record, though its own end is before most of them.
  @Test func theDeletedRecordIsNamedWhereTheListReadBeforeTheQuotesHasIt() throws {
    let scratch = try ScratchCase()
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    try scratch.copy(machine.appendingPathComponent("boot1/q2"), to: "q2")
    try scratch.remove("q2/ima-after.ascii")
    try scratch.copy(lab.appendingPathComponent("vmA-tampered-logs/ima-entry-deleted.ima.bin"), to: Self.list)
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    let lists = result.hosts.flatMap(\.boots).flatMap(\.explanations).filter { $0.file == Self.list }
    #expect(lists.first?.interval == 578..<579)
    #expect(lists.first?.conclusion?.contains("'/opt/evil/implant'") == true, "\(lists)")
    #expect(lists.first?.quotes.count == 4)
  }

  @Test(
    arguments: [
      ("ima-truncated-600.ima.bin", [], 0..<601), ("ima-truncated-600.ima.bin", ["q0", "q1"], 517..<601),
      ("ima-truncated-mid-entry.ima.bin", [], 600..<601), ("ima-truncated-mid-entry.ima.bin", ["q0", "q1"], 600..<601),
      ("ima-bad-length.ima.bin", [], 700..<701), ("ima-bad-length.ima.bin", ["q0", "q1"], 700..<701),
    ] as [(String, [String], Range<Int>)])
  func aShortenedListIsBracketed(forged: String, others: [String], interval: Range<Int>) throws {
    let (lists, result) = try explanations(of: forged, others: others)
    #expect(lists.count == 1)
    #expect(lists.first?.conclusion == nil)
    #expect(lists.first?.interval == interval)
    #expect(result.verdict == .untrusted)
  }

  @Test(arguments: [
    ("ima-truncated-600.ima.bin", 600), ("ima-truncated-mid-entry.ima.bin", 600), ("ima-bad-length.ima.bin", 700),
  ])
  func aShortenedListIsNamedWhereALaterCaptureGoesOn(forged: String, count: Int) throws {
    let (lists, _) = try explanations(of: forged, others: ["q3"])
    #expect(lists.map(\.file) == [Self.list])
    #expect(lists.first?.interval == count..<count + 1)
    #expect(lists.first?.conclusion?.contains("q3/ima-after.bin holds the records that follow") == true)
    #expect(lists.first?.hypotheses.map(\.name) == ["tail-trimmed"])
  }

  @Test func aQuoteOfAnotherBootIsSaidToBeOne() throws {
    let scratch = try ScratchCase()
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    try scratch.copy(machine.appendingPathComponent("boot1/q2"), to: "q2")
    for ending in ["attest", "sig", "pcrs"] {
      try scratch.copy(
        lab.appendingPathComponent("vmA-tampered-logs/quote-other-boot.\(ending)"), to: "q2/quote-other-boot.\(ending)")
    }
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    let boots = try #require(result.hosts.first?.boots)
    #expect(boots.map(\.label) == ["reset 3", "reset 4"])
    #expect(boots[0].explanations.isEmpty)
    let told = try #require(boots[1].explanations.first)
    #expect(told.quotes == ["q2/quote-other-boot.attest"])
    #expect(told.conclusion?.hasPrefix("The list is not of the boot with reset 4 but of that with reset 3") == true)
    #expect(result.timeline.contains { $0.kind == "reset" && $0.boot == "reset 4" })
  }

  @Test func theResultDoesNotDependOnTheNumberOfJobs() throws {
    let scratch = try ScratchCase()
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    try scratch.copy(machine.appendingPathComponent("boot1/q2"), to: "q2")
    try scratch.copy(lab.appendingPathComponent("vmA-tampered-logs/ima-entry-deleted.ima.bin"), to: Self.list)
    let results = try [1, 2, 3].map { try examine(request(scratch.folder, anchors: [labRoot], jobs: $0)) }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
