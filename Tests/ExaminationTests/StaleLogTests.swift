import Appraisal
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// Two boots of one made host, whose key `openssl` makes and signs with: what lies beside the second boot's quote is the log of
/// the first, as after hibernation.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "openssl is absent")) struct StaleLogTests {
  private let first = [4, 7, 9].map { MadeEvent($0, .efiAction, Array("first \($0)".utf8)) }
  private let second = [4, 7, 9].map { MadeEvent($0, .efiAction, Array("second \($0)".utf8)) }

  private func examined(besideTheSecondQuote log: [MadeEvent], isTrusted: Bool = true) throws -> AttestationResult {
    let host = try SignedHost()
    try host.addLog(first, "one/log")
    try host.addQuote("one/q", SignedHost.values(first), reset: 1)
    try host.addLog(log, "two/log")
    try host.addQuote("two/q", SignedHost.values(second), reset: 2)
    return try host.examined(isKeyTrusted: isTrusted)
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
