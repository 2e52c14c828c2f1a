import Correlation
import QuoteVerification
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

@Suite struct TimelineRuleTests {
  private let rule = TimelineRule()

  // MARK: Divergences

  private func correlation() -> BootCorrelation {
    var evidence = BootEvidence()
    evidence.lists = [
      madeList(["/a", "/b", "/c"].map { MadeRecord($0) }, file: "list"),
      madeList(["/a", "/x"].map { MadeRecord($0) }, file: "other"),
    ]
    return BootCorrelation(evidence, jobs: 1)
  }

  @Test func listsOfOneBootThatContradictEachOtherAreUntrusted() {
    let findings = rule.divergences(correlation(), isOneBoot: true)
    #expect(findings.map(\.code) == [.timelineDiverged])
    #expect(findings.map(\.effect) == [.untrusted])
    #expect(findings.map(\.file) == ["other"])
    #expect(findings.map(\.record) == [1])
    #expect(findings.first?.message.contains("('/b' in list)") == true)
  }

  @Test func withoutAQuoteTheyMayBeOfTwoBoots() {
    let findings = rule.divergences(correlation(), isOneBoot: false)
    #expect(findings.map(\.severity) == [.notice])
    #expect(findings.map(\.effect) == [Effect.none])
  }

  @Test func eventLogsThatDifferAreSaidOnlyOfOneBoot() throws {
    var evidence = BootEvidence()
    evidence.eventLogs = [
      try #require(madeEventLog([MadeEvent(4, .ipl, [1], measured: [9])], file: "a")),
      try #require(madeEventLog([MadeEvent(4, .ipl, [2], measured: [9])], file: "b")),
    ]
    let correlation = BootCorrelation(evidence, jobs: 1)
    #expect(rule.divergences(correlation, isOneBoot: true).map(\.file) == ["b"])
    #expect(rule.divergences(correlation, isOneBoot: false).isEmpty)
  }

  // MARK: Clocks

  private func quote(_ file: String, clock: UInt64 = 0, resets: UInt32 = 1, nonce: [UInt8] = [], isSafe: Bool = true)
    throws -> VerifiedQuote
  {
    var quote = MadeQuote(file)
    quote.clock = clock
    quote.resetCount = resets
    quote.nonce = nonce
    quote.isSafe = isSafe
    return try quote.verified()
  }

  @Test func aQuoteOfMoreRecordsHasTheLaterClock() throws {
    let early = try quote("early", clock: 100)
    let late = try quote("late", clock: 200)
    #expect(rule.clocks([(late, 20), (early, 10)]).isEmpty)
    let findings = rule.clocks([(late, 10), (early, 20)])
    #expect(findings.map(\.code) == [.timelineClockWentBack])
    #expect(findings.map(\.file) == ["early"])
    #expect(findings.map(\.effect) == [.untrusted])
    #expect(findings.map(\.expected) == ["a clock after 200 ms"])
    #expect(findings.map(\.actual) == ["100 ms"])
    // Of one and the same part of the list, either may come first.
    #expect(rule.clocks([(late, 10), (early, 10)]).isEmpty)
  }

  @Test func aClockThatMayHaveBeenSetBackOrIsOfAnotherBootProvesNothing() throws {
    let late = try quote("late", clock: 200)
    #expect(rule.clocks([(late, 10), (try quote("unsafe", clock: 100, isSafe: false), 20)]).isEmpty)
    #expect(
      rule.clocks([(try quote("unsafe", clock: 200, isSafe: false), 10), (try quote("q", clock: 100), 20)]).isEmpty)
    #expect(rule.clocks([(late, 10), (try quote("reboot", clock: 100, resets: 2), 20)]).isEmpty)
  }

  @Test func aQuoteBetweenTheTwoDoesNotHideThatTheClockWentBack() throws {
    let first = try quote("a", clock: 200)
    let last = try quote("c", clock: 100)
    for between in [try quote("b", clock: 50), try quote("b", clock: 300, isSafe: false), try quote("b", resets: 2)] {
      let files = rule.clocks([(first, 10), (between, 10), (last, 20)]).map(\.file)
      #expect(files == ["c"])
    }
  }

  // MARK: Reset counts

  private func webQuotes(_ folder: String) throws -> [VerifiedQuote] {
    try ["quote-ecc-both", "quote-rsa-sha256"].map { try SampleCase.web().verified(folder + "/" + $0) }
  }

  @Test func aResetCountThatFallsByTheCollectorsWordLeavesTheVerdictOpen() throws {
    let first = try webQuotes("boot1/q0")[1]
    let second = try webQuotes("boot2/q0")[1]
    #expect(rule.resets([(second, 200), (first, 100)]).isEmpty)
    #expect(rule.resets([(first, 100), (second, 100)]).isEmpty)
    #expect(rule.resets([(first, nil), (second, 100)]).isEmpty)
    let findings = rule.resets([(first, 200), (second, 100)])
    #expect(findings.map(\.code) == [.timelineResetCountWentBack])
    #expect(findings.map(\.severity) == [.warning])
    #expect(findings.map(\.effect) == [.inconclusive])
    #expect(findings.map(\.file) == ["boot1/q0/quote-rsa-sha256.attest"])
    #expect(findings.map(\.expected) == ["at least 4"])
    #expect(findings.map(\.actual) == ["3"])
  }

  /// Each capture of the sample has a quote of either key.
  @Test func quotesOfAnotherKeyBetweenThemDoNotHideThatAResetCountFell() throws {
    let first = try webQuotes("boot1/q0").map { (quote: $0, time: Int64?(200)) }
    let second = try webQuotes("boot2/q0").map { (quote: $0, time: Int64?(100)) }
    #expect(
      rule.resets(first + second).map(\.file)
        == ["boot1/q0/quote-ecc-both.attest", "boot1/q0/quote-rsa-sha256.attest"])
  }

  @Test func resetCountsOfTwoKeysAreNotCompared() throws {
    let first = try webQuotes("boot1/q0")[0]
    let second = try webQuotes("boot2/q0")[1]
    #expect(rule.resets([(first, 200), (second, 100)]).isEmpty)
  }

  // MARK: Nonces

  private typealias Entry = (quote: VerifiedQuote, captures: [String], host: String)

  private func reused(_ entries: [Entry]) -> [Finding] { rule.nonces(entries).map(\.finding) }

  @Test func oneKeyAndNonceInTwoCapturesIsAnOldAnswer() throws {
    let first = try quote("a", clock: 0, nonce: [1])
    let second = try quote("b", clock: 100_000, nonce: [1])
    let findings = reused([(first, ["q0"], "host"), (second, ["q1"], "host")])
    #expect(findings.map(\.code) == [.quoteNonceReused])
    #expect(findings.map(\.effect) == [.untrusted])
    #expect(findings.map(\.file) == ["b"])
    #expect(findings.map(\.capture) == ["q1"])
    #expect(findings.map(\.actual) == ["01"])
  }

  @Test(arguments: [(60_000, true), (60_001, false)] as [(UInt64, Bool)])
  func quotesWithinAMinuteOfTheTPMsClockAnswerOneChallenge(clock: UInt64, isOne: Bool) throws {
    let first = try quote("a", clock: 0, nonce: [1])
    let second = try quote("b", clock: clock, nonce: [1])
    #expect(reused([(first, ["q0"], "host"), (second, ["q1"], "host")]).isEmpty == isOne)
    let reboot = try quote("c", clock: 0, resets: 2, nonce: [1])
    #expect(!reused([(first, ["q0"], "host"), (reboot, ["q1"], "host")]).isEmpty)
  }

  @Test func quotesOfOneCaptureShareAChallenge() throws {
    let first = try quote("a", clock: 0, nonce: [1])
    let second = try quote("b", clock: 100_000, nonce: [1])
    #expect(reused([(first, ["q0"], "host"), (second, ["q0"], "host")]).isEmpty)
    #expect(reused([(first, ["q0", "q1"], "host"), (second, ["q1"], "host")]).isEmpty)
  }

  @Test func aCopyOfAStatementOrAnEmptyNonceIsNoSecondAnswer() throws {
    let one = try quote("a", nonce: [1])
    #expect(reused([(one, ["q0"], "host"), (one, ["q1"], "host")]).isEmpty)
    let empty = [try quote("a", clock: 1), try quote("b", clock: 2)]
    #expect(reused([(empty[0], ["q0"], "host"), (empty[1], ["q1"], "host")]).isEmpty)
  }

  /// `boot1/q0` has quotes of two keys with nonces of their own, so the made statement stands for a third key.
  @Test func theSameNonceOfAnotherKeyIsANoticeAtAnotherHostAndNothingAtTheSame() throws {
    let real = try webQuotes("boot1/q0")[0]
    let same = try quote("made", nonce: try #require(real.attestation?.nonce))
    #expect(reused([(real, ["q0"], "host"), (same, ["q1"], "host")]).isEmpty)
    let findings = rule.nonces([(real, ["q0"], "host"), (same, ["q1"], "other")])
    #expect(findings.map(\.host) == ["other"])
    #expect(findings.map(\.finding.severity) == [.notice])
    #expect(findings.map(\.finding.effect) == [Effect.none])
  }

  @Test func aQuoteOfAnotherKeyWithTheSameNonceDoesNotHideAnOldAnswer() throws {
    let real = try webQuotes("boot1/q0")[0]
    let nonce = try #require(real.attestation?.nonce)
    let entries: [Entry] = [
      (real, ["q0"], "host"), (try quote("a", clock: 0, nonce: nonce), ["q0"], "host"),
      (try quote("b", clock: 100_000, nonce: nonce), ["q1"], "host"),
    ]
    #expect(reused(entries).map(\.file) == ["b"])
    #expect(reused(entries).map(\.effect) == [.untrusted])
  }
}
