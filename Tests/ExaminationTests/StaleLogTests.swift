import Appraisal
import Digests
import Examination
import Foundation
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// Two boots of one made host, whose key `openssl` makes and signs with: what lies beside the second boot's quote is the log of
/// the first, as after hibernation.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "openssl is absent")) struct StaleLogTests {
  private let first = [4, 7, 9].map { MadeEvent($0, .efiAction, Array("first \($0)".utf8)) }
  private let second = [4, 7, 9].map { MadeEvent($0, .efiAction, Array("second \($0)".utf8)) }

  private func values(_ events: [MadeEvent]) -> RegisterValues {
    var values = RegisterValues()
    for register in Set(events.map(\.register)) {
      values[.sha256, Int(register)] = extended(
        .sha256, events.filter { $0.register == register }.map(\.digest), register: Int(register))
    }
    return values
  }

  private func quote(_ scratch: ScratchCase, _ stem: String, _ events: [MadeEvent], reset: UInt32) throws {
    var quote = MadeQuote(stem, values: values(events))
    quote.resetCount = reset
    quote.clock = UInt64(reset) * 100_000
    try scratch.write(quote.bytes, to: stem + ".attest")
    try scratch.write(
      values(events).registers(of: .sha256).flatMap { values(events)[.sha256, $0] ?? [] }, to: stem + ".pcrs")
    let signed = try Tool.run(
      "openssl",
      [
        "dgst", "-sha256", "-sign", "key.pem", "-out", stem + ".sig", stem + ".attest",
      ], in: scratch.folder)
    try #require(signed.status == 0)
  }

  private func examined(besideTheSecondQuote log: [MadeEvent], isTrusted: Bool = true) throws -> AttestationResult {
    let scratch = try ScratchCase()
    let keys = try ScratchCase()
    try #require(
      Tool.run("openssl", ["genrsa", "-out", "key.pem", "2048"], in: scratch.folder).status == 0)
    try #require(
      Tool.run("openssl", ["rsa", "-in", "key.pem", "-pubout", "-out", keys.path + "/ak.pem"], in: scratch.folder)
        .status
        == 0)
    try scratch.write(madeEventLogBytes(first), to: "one/log")
    try quote(scratch, "one/q", first, reset: 1)
    try scratch.write(madeEventLogBytes(log), to: "two/log")
    try quote(scratch, "two/q", second, reset: 2)
    try scratch.remove("key.pem")
    let key = keys.folder.appendingPathComponent("ak.pem")
    if !isTrusted { try scratch.copy(key, to: "ak.pem") }
    return try examine(request(scratch.folder, keys: isTrusted ? [key] : []))
  }

  @Test func aLogOfAnotherBootIsMissingEvidenceAndNoTampering() throws {
    let result = try examined(besideTheSecondQuote: first)
    #expect(result.hosts.flatMap(\.boots).map(\.label) == ["reset 1", "reset 2"])
    let mismatches = result.findings.filter { $0.code == .logReplayMismatch }
    #expect(mismatches.map(\.effect) == [.inconclusive] && mismatches.map(\.boot) == ["reset 2"])
    #expect(mismatches.first?.message.contains("that of another boot, reset 1") == true)
    #expect(result.hosts.flatMap(\.boots).map(\.verdict).last == .inconclusive)
  }

  @Test func aLogThatNoBootExplainsIsStillTampering() throws {
    var other = first
    other[1].data += [1]
    let result = try examined(besideTheSecondQuote: other)
    let mismatches = result.findings.filter { $0.code == .logReplayMismatch }
    #expect(mismatches.map(\.effect) == [.untrusted])
    #expect(result.hosts.flatMap(\.boots).map(\.verdict).last == .untrusted)
  }

  /// Whoever holds a key can quote another boot: that excuses no log.
  @Test func aQuoteOfAKeyThatNobodyTrustsExcusesNoLog() throws {
    let result = try examined(besideTheSecondQuote: first, isTrusted: false)
    #expect(result.findings.filter { $0.code == .logReplayMismatch }.map(\.effect) == [.untrusted])
  }

  @Test func theRightLogIsProven() throws {
    let result = try examined(besideTheSecondQuote: second)
    #expect(result.findings.filter { $0.code == .logReplayMismatch }.isEmpty)
    #expect(result.allLogs.map(\.provenRecords) == [3, 3])
  }
}
