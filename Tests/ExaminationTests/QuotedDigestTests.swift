import Appraisal
import Digests
import EvidenceIntake
import Examination
import Foundation
import Replay
import Reports
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// A made host whose quote was archived without its PCR file, so that only a digest over several registers is known; `openssl`
/// makes the key and signs.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "openssl is absent")) struct QuotedDigestTests {
  private static func events(_ texts: [String]) -> [MadeEvent] {
    texts.map { MadeEvent(4, .efiAction, Array($0.utf8)) } + [MadeEvent(7, .efiAction, Array("seven".utf8))]
  }

  private static let truth = events(["a", "b", "c", "d"])

  /// A case with a quote over what `truth` gives in PCR 0, 4 and 7, and the folder of the key `ak.pem`.
  private func scratch(logs: [String: [MadeEvent]], list: [MadeRecord] = []) throws -> (ScratchCase, keys: ScratchCase)
  {
    let scratch = try ScratchCase()
    let keys = try ScratchCase()
    try #require(Tool.run("openssl", ["genrsa", "-out", "key.pem", "2048"], in: scratch.folder).status == 0)
    let key = keys.folder.appendingPathComponent("ak.pem")
    try #require(
      Tool.run("openssl", ["rsa", "-in", "key.pem", "-pubout", "-out", key.path], in: scratch.folder).status == 0)
    var values = RegisterValues()
    for register in [0, 4, 7] {
      values[.sha256, register] = extended(
        .sha256, Self.truth.filter { Int($0.register) == register }.map(\.digest), register: register)
    }
    if !list.isEmpty { values[.sha256, 10] = [UInt8](repeating: 7, count: 32) }
    try scratch.write(MadeQuote("one/q", values: values).bytes, to: "one/q.attest")
    let signed = try Tool.run(
      "openssl", ["dgst", "-sha256", "-sign", "key.pem", "-out", "one/q.sig", "one/q.attest"], in: scratch.folder)
    try #require(signed.status == 0)
    try scratch.remove("key.pem")
    for (name, events) in logs { try scratch.write(madeEventLogBytes(events), to: "one/" + name) }
    if !list.isEmpty { try scratch.write(list.flatMap(\.bytes), to: "one/list") }
    return (scratch, keys)
  }

  private func explanations(
    logs: [String: [MadeEvent]], list: [MadeRecord] = [], jobs: Int = 1
  ) throws -> (told: [AttestationResult.ListExplanation], result: AttestationResult) {
    let (scratch, keys) = try scratch(logs: logs, list: list)
    let key = keys.folder.appendingPathComponent("ak.pem")
    let result = try withExtendedLifetime((scratch, keys)) {
      try examine(request(scratch.folder, keys: [key], jobs: jobs))
    }
    return (result.hosts.flatMap(\.boots).flatMap(\.explanations), result)
  }

  private func replayed(_ log: String, beside: [String] = [], logs: [String: [MadeEvent]], list: [MadeRecord] = [])
    throws -> ReplayedLog
  {
    let (scratch, _) = try scratch(logs: logs, list: list)
    return try withExtendedLifetime(scratch) {
      try replay(
        LogReplayRequest(
          log: FilePath(scratch.path + "/one/" + log), against: FilePath(scratch.path + "/one/q.attest"),
          beside: beside.map { FilePath(scratch.path + "/one/" + $0) }))
    }
  }

  @Test func aLogThatGivesTheDigestIsNotExplained() throws {
    #expect(try explanations(logs: ["log": Self.truth]).told == [])
    let replayed = try replayed("log", logs: ["log": Self.truth])
    #expect(replayed.agrees && replayed.unexplainedDigest == nil && replayed.digestMismatch == nil)
  }

  @Test(arguments: [
    (["a", "x", "b", "c", "d"], "PCR 4: the TPM never saw event 1"),
    (["a", "x", "y", "b", "c", "d"], "PCR 4: the TPM never saw events 1 and 2"),
    (["b", "a", "c", "d"], "PCR 4: event 1 was extended before event 0"),
  ])
  func whatWasDoneToOneRegisterIsNamedByTheDigest(texts: [String], sentence: String) throws {
    let logs = ["log": Self.events(texts)]
    let (told, result) = try explanations(logs: logs)
    #expect(told.map(\.conclusion) == [sentence])
    #expect(told.first?.quotes.count == 1)
    #expect(told.first?.intervalReason.contains("a digest over PCR 0,4,7 (sha256) and no values") == true)
    #expect(told.first?.intervalReason.contains("PCR 0, which no log extends, were taken as after a reset") == true)
    #expect(result.verdict != .trusted)
    #expect(try explanations(logs: logs, jobs: 4).told == told)
    let replayed = try replayed("log", logs: logs)
    #expect(!replayed.agrees)
    #expect(replayed.unexplainedDigest?.withoutLog == [0])
    #expect(replayed.digestMismatch?.registers == [4, 7])
    #expect(replayed.digestMismatch?.reproducing.count == 1)
  }

  @Test func whatNoChangeOfOneRegisterGivesStaysOpen() throws {
    let (told, _) = try explanations(logs: ["log": Self.events(["unknown", "b", "c", "d"])])
    #expect(told.count == 1 && told.first?.conclusion == nil)
    #expect(told.first?.hypotheses.contains { $0.outcome == .refuted } == true)
  }

  /// What was deleted from one log is named by another one, which gives the digest, and so the values, in whatever order they lie.
  @Test(arguments: ["a-whole", "whole"])
  func theRunThatWasDeletedFromOneCopyIsNamedByTheOther(whole: String) throws {
    let logs = ["altered": Self.events(["a", "d"]), whole: Self.truth]
    let (told, _) = try explanations(logs: logs)
    let file = try #require(told.first?.file)
    #expect(file.hasSuffix("one/altered"))
    let other = file.dropLast("altered".count) + whole
    #expect(told.map(\.conclusion) == ["PCR 4: events 1 and 2 in \(other) were extended before event 1"])
    let replayed = try replayed("altered", beside: [whole], logs: logs)
    #expect(!replayed.agrees)
    #expect(replayed.mismatches.map(\.registers) == [[4]])
    #expect(replayed.mismatches.first?.reproducing.map(\.hypothesis) == [.eventsRemoved])
    #expect(replayed.matches.map(\.outcome) == [.mismatch(registers: [4])])
  }

  /// A list may have ended anywhere when the quote was made, so a register of it has as many values as the list has records.
  @Test func nothingIsTestableBesideARegisterOfAList() throws {
    let logs = ["log": Self.events(["a", "x", "b", "c", "d"])]
    let list = [MadeRecord("boot_aggregate"), MadeRecord("/bin/a")]
    let (told, result) = try explanations(logs: logs, list: list)
    let reason =
      "Not testable, for the quote gives a digest over several registers and no values, and PCR 10 is of a measurement "
      + "list, any number of whose records it may hold."
    let explanation = try #require(told.first { $0.file.hasSuffix("one/log") })
    #expect(explanation.conclusion == nil)
    #expect(explanation.hypotheses.count == MismatchHypothesis.allCases.count)
    #expect(explanation.hypotheses.allSatisfy { $0.outcome == .notTestable && $0.message == reason })
    #expect(explanation.intervalReason.contains("No hypothesis is testable, for PCR 10"))
    #expect(
      String(decoding: HTMLReport.render(result), as: UTF8.self).contains("Not testable, for the quote gives a digest"))
    #expect(
      String(decoding: JSONReport.render(result), as: UTF8.self).contains("Not testable, for the quote gives a digest"))
    let replayed = try replayed("log", beside: ["list"], logs: logs, list: list)
    #expect(replayed.digestMismatch == nil)
    #expect(
      replayed.unexplainedDigest?.search
        == .notTestable("PCR 10 is of a measurement list, any number of whose records it may hold"))
  }
}
