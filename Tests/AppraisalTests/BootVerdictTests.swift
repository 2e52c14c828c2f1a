import Testing

@testable import Appraisal

@Suite struct BootVerdictTests {
  private let proofOnly = Policy(measurements: .outOfScope)

  private func quote(
    _ file: String = "q", kind: String = "quote", except name: AttestationResult.Check.Name? = nil,
    outcome: AttestationResult.Check.Outcome = .undetermined, nonce: AttestationResult.Check.Outcome = .undetermined,
    registers: [Int] = [0, 4, 7]
  ) -> AttestationResult.Quote {
    let checks = AttestationResult.Check.Name.allCases.map { check in
      AttestationResult.Check(check, check == .nonce ? nonce : check == name ? outcome : .passed, "")
    }
    var quote = AttestationResult.Quote(file: file, kind: kind, checks: checks)
    quote.selection = [.init(bank: "sha256", registers: registers)]
    return quote
  }

  private func verdict(
    _ findings: [Finding] = [], _ quotes: [AttestationResult.Quote], policy: Policy? = nil, event: Bool = true,
    list: Bool = true
  ) -> BootVerdict {
    BootVerdict(
      findings: findings, quotes: quotes, policy: policy ?? proofOnly, provenRegisters: event ? [0, 1, 2, 4, 7] : [],
      provesList: list)
  }

  @Test func aQuoteThatPassesEverythingAndNothingOpenIsTrusted() {
    let found = verdict([], [quote()])
    #expect(found.verdict == .trusted)
    #expect(
      found.reasons == [
        "Quotes of a trusted key prove the logs, and nothing contradicts.",
        "Boot content of PCR 0-2, 4, 7 is proven by the quote, not appraised.",
        "The content of the measurement list is out of the policy's scope: proven, not appraised.",
        "Freshness is not proven.",
      ])
    #expect(!verdict([], [quote(nonce: .passed)]).reasons.contains("Freshness is not proven."))
  }

  @Test func theStatementsWhoseKeyIsMissingAreNamed() {
    let missing = ["b/1/q.attest", "a/q.attest", "a/r.attest", "c/q.attest"].map {
      Finding(.keyMissing, file: $0, message: "The key that signed is not in the evidence.")
    }
    let found = verdict(missing, [quote()])
    #expect(
      found.reasons.contains(
        "The key that signed is not in the evidence: a/q.attest, a/r.attest, 1/q.attest and 1 more."))
  }

  @Test func registersOfTheStartThatNoQuoteCoversAreNamed() {
    let found = verdict([], [quote(registers: [0, 14])])
    #expect(found.reasons.contains { $0.hasPrefix("No quote covers PCR 4, 7:") })
    #expect(
      !verdict([], [quote(registers: [0, 14]), quote("b", registers: [4, 7])]).reasons.contains {
        $0.contains("covers PCR")
      })
    #expect(!verdict([], [quote(registers: [10])], event: false).reasons.contains { $0.contains("covers PCR") })
  }

  /// Who signs with a key of his own can answer any nonce.
  @Test func onlyAQuoteThatPassesShowsFreshness() {
    let found = verdict([], [quote("old"), quote("other", except: .key, nonce: .passed)])
    #expect(found.reasons.contains("Freshness is not proven."))
  }

  @Test(arguments: [AttestationResult.Check.Name.signature, .structure, .key, .pcrDigest])
  func noCheckThatCountsMayBeOpenFailedOrNotApplicable(name: AttestationResult.Check.Name) {
    for outcome in [AttestationResult.Check.Outcome.undetermined, .failed, .notApplicable] {
      let found = verdict([], [quote(except: name, outcome: outcome)])
      #expect(found.verdict == .inconclusive)
      #expect(found.reasons.first == "No quote passes all of signature, structure, key and PCR digest.")
    }
    var without = quote()
    without.checks.removeAll { $0.name == name }
    #expect(!without.passesEverythingThatCounts)
  }

  /// Two quotes that pass half each are not one that passes.
  @Test func theChecksMustPassInOneQuote() {
    #expect(verdict([], [quote("a", except: .key), quote("b", except: .pcrDigest)]).verdict == .inconclusive)
    #expect(verdict([], [quote("a", except: .key), quote("b")]).verdict == .trusted)
  }

  @Test func aPartOfACheckIsNotTheCheck() {
    var parts = quote(except: .key)
    parts.checks.append(.init(.key, part: "trust", .passed, ""))
    #expect(!parts.passesEverythingThatCounts)
  }

  @Test func logsAloneKeysAloneAndOtherStatementsAreNeverTrusted() {
    #expect(verdict([], []).verdict == .inconclusive)
    #expect(verdict([], [], event: false, list: false).reasons == ["There is no quote."])
    #expect(verdict([], [quote(kind: "certify")]).verdict == .inconclusive)
  }

  @Test func anyFindingOfThatEffectIsUntrustedWhateverElsePasses() {
    let bad = Finding(.logReplayMismatch, message: "bad")
    let open = Finding(.logMissing, message: "open")
    let found = verdict([open, bad, bad], [quote()])
    #expect(found.verdict == .untrusted)
    #expect(found.reasons == ["bad"])
  }

  @Test func aFindingThatIsOpenIsInconclusiveAndGivesTheReason() {
    let open = Finding(.logMissing, message: "open")
    let found = verdict([open], [quote()])
    #expect(found.verdict == .inconclusive)
    #expect(
      found.reasons.prefix(2) == ["Quotes of a trusted key hold, but something needed to decide is absent.", "open"])
  }

  @Test func findingsWithoutEffectChangeNothing() {
    let mild = Finding(.logUnquotedRecords, message: "mild")
    #expect(verdict([mild], [quote()]) == verdict([], [quote()]))
    let softened = Finding(.logReplayMismatch, severity: .notice, effect: Effect.none, message: "softened")
    #expect(verdict([softened], [quote()]).verdict == .trusted)
  }

  @Test func reasonsBeyondTheFifthAreCountedAndTheWorstComeFirst() {
    var findings = (1...6).map { Finding(.quoteNotAQuote, severity: .warning, message: "reason \($0)") }
    findings.append(Finding(.quoteMalformed, message: "worst"))
    let found = verdict(findings, [])
    #expect(found.reasons.count == 6)
    #expect(found.reasons.first == "worst")
    #expect(found.reasons.last == "2 more findings of this weight follow.")
  }

  @Test func theSentencesSayWhatWasNotAppraised() {
    let none = verdict([], [quote()], event: false, list: false)
    #expect(none.reasons.first?.contains("no log was archived") == true)
    #expect(none.verdict == .inconclusive)
    #expect(none.reasons.contains { $0.contains("boot content is neither proven nor appraised") })
    #expect(!none.reasons.contains { $0.contains("out of the policy's scope") })
    #expect(!verdict([], [quote()], policy: Policy()).reasons.contains { $0.contains("out of the policy's scope") })
  }

  // MARK: Other keys

  @Test(arguments: [FindingCode.keyUnanchored, .keyValidityUndetermined, .keyExpiredAtCapture])
  func aQuoteThatPassesSettlesTheKeysOfTheOthers(code: FindingCode) {
    let others = [Finding(code, file: "other", message: "")]
    var findings = others
    BootVerdict.settleOtherKeys(&findings, quotes: [quote("q"), quote("other", except: .key)])
    #expect(findings.map(\.effect) == [Effect.none])
    findings = others
    BootVerdict.settleOtherKeys(&findings, quotes: [quote("q", except: .pcrDigest), quote("other", except: .key)])
    #expect(findings == others)
  }

  @Test func nothingElseIsSettledByAnotherQuote() {
    let quotes = [quote("q"), quote("other", except: .key)]
    let kept = [
      Finding(.keyUnanchored, file: "q", message: ""), Finding(.keyUnanchored, message: ""),
      Finding(.keyNameMismatch, file: "other", message: ""), Finding(.keyMissing, file: "other", message: ""),
      Finding(.quotePCRValuesMissing, file: "other", message: ""), Finding(.logMissing, file: "other", message: ""),
    ]
    var findings = kept
    BootVerdict.settleOtherKeys(&findings, quotes: quotes)
    #expect(findings == kept)
  }
}
