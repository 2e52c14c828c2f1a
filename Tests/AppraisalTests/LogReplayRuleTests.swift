import ByteReading
import Correlation
import Digests
import Hashing
import IMALog
import QuoteVerification
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

@Suite struct LogReplayRuleTests {
  private let records = ["boot_aggregate", "/a", "/b", "/c"].map { MadeRecord($0) }
  private let event = MadeEvent(4, .efiAction, [1])
  private let strange = [UInt8](repeating: 9, count: 32)

  private func register10(_ count: Int, of bank: HashAlgorithm = .sha256) -> [UInt8] {
    extended(bank, records.prefix(count).map { bank.digest(of: $0.data) ?? [] })
  }

  private func quote(_ file: String, _ values: [Int: [UInt8]], alone: Bool = false) throws -> VerifiedQuote {
    var all = RegisterValues()
    for (register, value) in values { all[.sha256, register] = value }
    var quote = MadeQuote(file, values: all)
    quote.hasRegisterFile = !alone
    return try quote.verified()
  }

  private func appraise(
    _ evidence: (inout BootEvidence) throws -> Void, authentic: Set<String> = ["q", "r"],
    proving: Set<String>? = nil, emptyLogs: [String] = []
  ) throws -> [Finding] {
    var material = BootEvidence()
    try evidence(&material)
    return LogReplayRule().appraise(
      BootCorrelation(material, jobs: 1), authentic: authentic, proving: proving ?? authentic, emptyLogs: emptyLogs)
  }

  @Test func logsThatAreProvenToTheirEndHaveNoFinding() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.eventLogs = [try #require(madeEventLog([event]))]
      evidence.quotes = [try quote("q", [4: extended(.sha256, [event.digest]), 10: register10(4)])]
    }
    #expect(findings.isEmpty)
  }

  @Test func aMismatchSaysWhatWasDoneWhereThatIsKnownAndWhatWasTestedElse() throws {
    var evidence = BootEvidence()
    evidence.lists = [madeList(records)]
    evidence.quotes = [try quote("q", [10: strange])]
    func findings(_ tampering: ListTampering) -> [Finding] {
      LogReplayRule().appraise(
        BootCorrelation(evidence, jobs: 1), authentic: ["q"], proving: ["q"], emptyLogs: [], tampering: [tampering])
    }
    var told = ListTampering(
      file: "capture/list", register: 10, quotes: ["q"], interval: 2..<3, intervalReason: "So it is proven.",
      conclusion: "Record 2 was added.", hypotheses: [])
    var mismatch = try #require(findings(told).first { $0.code == .logReplayMismatch })
    #expect(mismatch.record == 2 && mismatch.range == 2...2)
    #expect(mismatch.message.hasSuffix("Record 2 was added. So it is proven."))
    told.isHeadMissing = true
    #expect(findings(told).contains { $0.code == .imaHeadMissing && $0.effect == .inconclusive })
    told = ListTampering(
      file: "capture/list", register: 10, quotes: ["q"], interval: 0..<5, intervalReason: "No quote proves a part.",
      hypotheses: [
        TestedHypothesis(name: "one-record-added", outcome: .refuted, candidates: 4, message: ""),
        TestedHypothesis(name: "head-trimmed", outcome: .notTestable, candidates: 0, message: ""),
        TestedHypothesis(name: "distant-pair-swapped", outcome: .notExhausted, candidates: 9, message: ""),
      ])
    mismatch = try #require(findings(told).first { $0.code == .logReplayMismatch })
    #expect(mismatch.record == nil && mismatch.range == 0...4)
    #expect(
      mismatch.message.hasSuffix(
        "What was done is not known. Single changes that do not give it: one-record-added. Not all tried: distant-pair-swapped. No quote proves a part."
      ))
  }

  @Test func recordsBehindTheLastQuoteArePresentAndNotProven() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: register10(1)]), try quote("r", [10: register10(3)])]
    }
    #expect(findings.map(\.code) == [.logUnquotedRecords])
    #expect(findings.first?.range == 3...3)
    #expect(findings.first?.record == 3)
    #expect(findings.first?.message.hasPrefix("1 records from index 3 on") == true)
    #expect(findings.first?.effect == Effect.none)
  }

  @Test func aQuoteThatIsNotAuthenticProvesNothing() throws {
    let findings = try appraise(
      { evidence in
        evidence.lists = [madeList(records)]
        evidence.quotes = [try quote("q", [10: register10(4)])]
      }, authentic: [])
    #expect(findings.map(\.code) == [.logNotQuoted])
    #expect(findings.first?.range == 0...3)
    #expect(findings.first?.effect == .inconclusive)
  }

  /// As of a kernel that found no TPM when it began to measure.
  @Test func aQuoteFromBeforeTheFirstRecordProvesNoneOfThem() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: [UInt8](repeating: 0, count: 32)])]
    }
    #expect(findings.map(\.code) == [.logNotQuoted])
    #expect(findings.first?.range == 0...3)
    #expect(findings.first?.effect == .inconclusive)
  }

  @Test func registersOfALogThatNoQuoteCoversAreNamed() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records + [MadeRecord("/x", register: 11)])]
      evidence.quotes = [try quote("q", [10: register10(4)])]
    }
    #expect(findings.map(\.code) == [.logNotQuoted])
    #expect(findings.map(\.effect) == [.inconclusive])
    #expect(findings.first?.message.contains("PCR 11") == true)
  }

  /// Whoever chooses the registers of a quote could put one of a stronger bank beside the others.
  @Test(arguments: [false, true]) func aRegisterQuotedInSHA1AloneIsWeakWhateverOthersAre(isOtherStrong: Bool) throws {
    let events = [event, MadeEvent(7, .efiAction, [2])]
    var archived = try #require(madeEventLog(events))
    archived.log.banks = [.sha1, .sha256]
    var values = RegisterValues()
    for place in archived.log.events.indices {
      var digest = try #require(archived.log.events[place].digests.first)
      digest.rawAlgorithm = 4
      digest.algorithm = .sha1
      digest.bytes = try #require(HashAlgorithm.sha1.digest(of: events[place].data))
      archived.log.events[place].digests.append(digest)
      values[.sha1, Int(events[place].register)] = extended(.sha1, [digest.bytes])
    }
    if isOtherStrong { values[.sha256, 7] = extended(.sha256, [events[1].digest]) }
    let findings = try appraise { evidence in
      evidence.eventLogs = [archived]
      evidence.quotes = [try MadeQuote("q", values: values).verified()]
    }
    #expect(findings.map(\.code) == [.logNotQuoted])
    #expect(findings.map(\.effect) == [.inconclusive])
    #expect(findings.first?.message.contains(isOtherStrong ? "bank of PCR 4 is" : "bank is") == true)
  }

  /// An authentic quote may be of another TPM than the boot's.
  @Test func aQuoteThatMayNotProveALogStillAsksForItsRegistersToBeExplained() throws {
    let findings = try appraise(
      { evidence in
        evidence.lists = [madeList(records)]
        evidence.quotes = [try quote("q", [4: strange, 10: register10(4)])]
      }, proving: [])
    #expect(findings.map(\.code) == [.logNotQuoted, .logMissing])
  }

  @Test func eventsAndRecordsThatChangeNoRegisterAreNotProven() throws {
    let beyond = try appraise { evidence in
      evidence.eventLogs = [try #require(madeEventLog([event, MadeEvent(30, .efiAction, [1])]))]
      evidence.lists = [madeList(records + [MadeRecord("/x", register: 99)])]
      evidence.quotes = [try quote("q", [4: extended(.sha256, [event.digest]), 10: register10(4)])]
    }
    #expect(beyond.map(\.code) == [.logUnprovenRecords, .logUnprovenRecords])
    #expect(beyond.map(\.effect) == [.inconclusive, .inconclusive])
    #expect(beyond.map(\.record) == [1, nil])
  }

  @Test func aMismatchNamesBankRegisterQuoteAndBothValues() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: strange])]
    }
    #expect(findings.map(\.code) == [.logReplayMismatch])
    let finding = try #require(findings.first)
    #expect(finding.effect == .untrusted)
    #expect(finding.range == 0...4)
    #expect(finding.record == nil)
    #expect(finding.message.hasPrefix("No first part of the list gives PCR 10 in the sha256 bank as q holds it."))
    #expect(finding.message.contains("with the SHA-1 one padded with zeros"))
    #expect(finding.message.contains("No quote proves a part of the list"))
    #expect(finding.expected == "PCR 10 \(hexText(strange)) (q)")
    #expect(finding.actual == "PCR 10 \(hexText(register10(4))) (the whole log)")
  }

  @Test func anotherQuoteNarrowsTheMismatchAndAWrongTemplateHashNamesTheRecord() throws {
    let narrowed = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: register10(2)]), try quote("r", [10: strange])]
    }
    let mismatch = try #require(narrowed.first { $0.code == .logReplayMismatch })
    #expect(mismatch.range == 2...4)
    #expect(mismatch.message.contains("Another quote proves the first 2 records"))
    var altered = records
    altered[3].recordedHash = [UInt8](repeating: 7, count: 20)
    let named = try appraise { evidence in
      evidence.lists = [madeList(altered)]
      evidence.quotes = [try quote("q", [10: register10(2)]), try quote("r", [10: strange])]
    }
    let found = try #require(named.first { $0.code == .logReplayMismatch })
    #expect(found.record == 3)
    #expect(found.range == 3...3)
    #expect(found.message.contains("The first altered record is 3."))
  }

  /// An unsigned file is anybody's word.
  @Test func aSnapshotThatDisagreesIsANoticeOnly() throws {
    var values = RegisterValues()
    values[.sha256, 10] = strange
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: register10(4)])]
      evidence.snapshots = [.init(file: "before.txt", values: values)]
    }
    #expect(findings.map(\.code) == [.logReplayMismatch])
    #expect(findings.map(\.severity) == [.notice])
    #expect(findings.map(\.effect) == [Effect.none])
  }

  @Test func aListThatContradictsAProvenOneIsNamedAtTheFirstDifference() throws {
    var other = records
    other[2] = MadeRecord("/x")
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records, file: "good"), madeList(other, file: "bad")]
      evidence.quotes = [try quote("q", [10: register10(4)])]
    }
    let finding = try #require(findings.first { $0.code == .logReplayMismatch })
    #expect(finding.file == "bad")
    #expect(finding.record == 2)
    #expect(findings.allSatisfy { $0.file == "bad" })
  }

  @Test func anEditedEventLogIsAMismatchAndACopyOfItNamesTheEvent() throws {
    let events = [event, MadeEvent(4, .efiAction, [2])]
    var edited = events
    edited[1].data = [3]
    let value = extended(.sha256, events.map(\.digest))
    let alone = try appraise { evidence in
      evidence.eventLogs = [try #require(madeEventLog(edited))]
      evidence.quotes = [try quote("q", [4: value])]
    }
    #expect(alone.map(\.code) == [.logReplayMismatch])
    #expect(alone.first?.range == 0...1)
    #expect(alone.first?.record == nil)
    let both = try appraise { evidence in
      evidence.eventLogs = [
        try #require(madeEventLog(edited, file: "bad")), try #require(madeEventLog(events, file: "good")),
      ]
      evidence.quotes = [try quote("q", [4: value])]
    }
    #expect(both.map(\.file) == ["bad"])
    #expect(both.first?.record == 1)
    #expect(both.first?.range == 1...1)
  }

  /// One or two registers are an altered copy; more are another boot's log, which is no word against this one.
  @Test(arguments: [(2, Severity.critical), (3, .warning)])
  func aLogOfAnotherBootBesideTheOneThatMatchesAccusesNobody(changed: Int, severity: Severity) throws {
    let events = [0, 4, 7, 9].map { MadeEvent($0, .efiAction, [UInt8($0)]) }
    var others = events
    for index in others.indices.suffix(changed) { others[index].data += [1] }
    let values = Dictionary(
      uniqueKeysWithValues: events.map {
        (Int($0.register), extended(.sha256, [$0.digest], register: Int($0.register)))
      })
    func findings(beside: Bool) throws -> [Finding] {
      try appraise { evidence in
        evidence.eventLogs = [try #require(madeEventLog(others, file: "other"))]
        if beside { evidence.eventLogs.append(try #require(madeEventLog(events, file: "good"))) }
        evidence.quotes = [try quote("q", values)]
      }.filter { $0.code == .logReplayMismatch }
    }
    #expect(try findings(beside: true).map(\.severity) == [severity])
    #expect(try findings(beside: true).map(\.effect) == [severity == .warning ? .inconclusive : .untrusted])
    #expect(try findings(beside: true).first?.message.contains("another boot") == true)
    // Alone it is the only log of the boot, and does not explain it.
    #expect(try findings(beside: false).map(\.effect) == [.untrusted])
  }

  /// A log of a part of the registers explains nothing of the others, so it lowers no accusation.
  @Test func aStubOfALogExcusesNoAlteredOne() throws {
    let events = [0, 4, 7, 9].map { MadeEvent($0, .efiAction, [UInt8($0)]) }
    let values = Dictionary(
      uniqueKeysWithValues: events.map {
        (Int($0.register), extended(.sha256, [$0.digest], register: Int($0.register)))
      })
    var altered = events
    altered[1].data += [1]
    let findings = try appraise { evidence in
      evidence.eventLogs = [
        try #require(madeEventLog(altered, file: "altered")), try #require(madeEventLog([events[2]], file: "stub")),
      ]
      evidence.quotes = [try quote("q", values)]
    }
    let mismatches = findings.filter { $0.code == .logReplayMismatch && $0.file == "altered" }
    #expect(mismatches.map(\.effect) == [.untrusted])
  }

  @Test func banksOfOneQuoteMustFitTheSameRecords() throws {
    var values = RegisterValues()
    values[.sha1, 10] = register10(2, of: .sha1)
    values[.sha256, 10] = register10(3)
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try MadeQuote("q", values: values).verified()]
    }
    let finding = try #require(findings.first { $0.code == .logReplayMismatch })
    #expect(finding.range == 2...3)
    #expect(finding.actual == "sha1: 2, sha256: 3")
    #expect(finding.effect == .untrusted)
  }

  @Test func aDigestThatNothingReproducesBlamesTheQuotesFileBecauseItTellsNoLog() throws {
    let findings = try appraise { evidence in
      evidence.lists = [madeList(records)]
      evidence.quotes = [try quote("q", [10: strange], alone: true)]
    }
    #expect(findings.map(\.code) == [.logReplayMismatch])
    #expect(findings.first?.file == "q")
    #expect(findings.first?.message.contains("A digest alone does not tell which log.") == true)
  }

  /// Every program may reset 16 and 23, so nothing hangs on what extended them.
  @Test func registersThatEveryProgramMayResetAreNamedWithoutEffect() throws {
    let findings = try appraise { evidence in
      evidence.quotes = [try quote("q", [16: strange, 23: strange, 13: strange])]
    }
    let missing = findings.filter { $0.code == .logMissing }
    #expect(missing.map(\.effect) == [.inconclusive, Effect.none])
    #expect(missing.map(\.expected) == ["a log that extends PCR 13", "a log that extends PCR 16, 23"])
  }

  /// Whoever can write the archive can extend such a register to the list that he likes.
  @Test(arguments: [16, 23])
  func aListOfARegisterThatEveryProgramMayResetIsProvenByNoQuote(register: Int) throws {
    let made = (0..<3).map { MadeRecord("/bin/\($0)", register: UInt32(register)) }
    let findings = try appraise { evidence in evidence.lists = [madeList(made)] }
    #expect(findings.filter { $0.code == .logUnprovenRecords }.map(\.effect) == [.inconclusive])
    #expect(try appraise { $0.lists = [madeList(records)] }.filter { $0.code == .logUnprovenRecords } == [])
  }

  @Test func aRegisterThatNoLogExplainsIsNamedWithTheEmptyLogs() throws {
    let values = [0: strange, 1: strange, 2: strange, 7: strange, 10: register10(4)]
    func missing(_ empty: [String], authentic: Set<String> = ["q"]) throws -> [Finding] {
      try appraise(
        { evidence in
          evidence.lists = [madeList(records)]
          evidence.quotes = [try quote("q", values)]
        }, authentic: authentic, emptyLogs: empty
      ).filter { $0.code == .logMissing }
    }
    let findings = try missing(["b", "a"])
    #expect(
      findings.map(\.message) == [
        "PCR 0-2, 7 of the sha256 bank are away from the reset value, and no log explains them. "
          + "a, b are empty: absent evidence, not a mismatch."
      ])
    #expect(findings.map(\.effect) == [.inconclusive])
    #expect(try missing([]).first?.message.hasSuffix("no log explains them.") == true)
    #expect(try missing([], authentic: []).isEmpty)
  }

  @Test(
    arguments: [
      ([], ""), ([4], "4"), ([4, 5], "4, 5"), ([9, 0, 1, 2, 14], "0-2, 9, 14"), ([3, 3, 4, 5], "3-5"),
    ] as [([Int], String)])
  func runsOfRegistersAreJoined(registers: [Int], text: String) {
    #expect(registerText(registers) == text)
  }
}
