import Digests
import Hashing
import IMALog
import QuoteVerification
import SampleEvidence
import Testing

@testable import Correlation

/// Generated lists with one known change each: the search must name exactly that change, or nothing.
@Suite struct TamperLocalisationTests {
  /// Printed by the name of each case, so that a failure can be run again.
  private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private let zeros = [UInt8](repeating: 0, count: 20)

  private func records(_ count: Int, _ random: inout Random) -> [MadeRecord] {
    (0..<count).map { index in
      if index == 0 { return MadeRecord("boot_aggregate") }
      let number = UInt64.random(in: 0..<UInt64.max, using: &random)
      let isViolation = Int.random(in: 0..<12, using: &random) == 0
      return MadeRecord("/usr/bin/\(index)-\(number)", recordedHash: isViolation ? zeros : nil)
    }
  }

  /// The values of register 10 after these records, in SHA-1 and SHA-256.
  private func values(_ records: [MadeRecord], banks: [HashAlgorithm] = [.sha1, .sha256]) -> RegisterValues {
    var values = RegisterValues()
    for bank in banks {
      let digests = records.map { record in
        record.recordedHash == zeros
          ? [UInt8](repeating: 0xff, count: bank.digestByteCount) : bank.digest(of: record.data) ?? []
      }
      values[bank, 10] = extended(bank, digests)
    }
    return values
  }

  private func tampering(
    of lists: [ArchivedLog<MeasurementList>], quotes: [(file: String, values: RegisterValues)],
    budget: TamperBudget = TamperBudget(), known: [TamperEvidence.KnownDigest] = []
  ) throws -> [ListTampering] {
    var evidence = BootEvidence()
    evidence.lists = lists
    evidence.quotes = try quotes.map { try MadeQuote($0.file, values: $0.values).verified() }
    let quotes = quotes.enumerated().map { index, quote in
      TamperEvidence.KnownQuote(
        file: quote.file, capture: "capture", values: quote.values, restartCount: 0, clock: UInt64(index))
    }
    let correlation = BootCorrelation(evidence, jobs: 1)
    return TamperLocalisation(
      correlation, evidence: TamperEvidence(quotes: quotes, knownDigests: { _, _ in known }), budget: budget
    ).lists
  }

  /// Register files are read to their banks' widths; the search relies on nobody for it.
  @Test(arguments: [0, 19, 21, 31, 33, 64, 1000]) func valuesOfAnotherWidthProveNothing(width: Int) throws {
    var random = Random(state: 5)
    let original = records(40, &random)
    var list = original
    list.remove(at: 30)
    let copy = madeList(original, file: "other/list", capture: "other")
    for (bank, other) in [(HashAlgorithm.sha1, HashAlgorithm.sha256), (.sha256, .sha1)] {
      var odd = values(original)
      odd[bank, 10] = [UInt8](repeating: 0, count: width)
      for own in [[bank], [bank, other]] {
        var quoted = odd
        if !own.contains(other) { quoted[other, 10] = nil }
        let found = try tampering(of: [madeList(list), copy], quotes: [("q", quoted)])
        #expect(found.allSatisfy { $0.conclusion == nil })
      }
    }
  }

  private enum Change: String, CaseIterable {
    case removed, removedViolation, added, doubled, neighboursSwapped, pairSwapped, digestEdited, digestLeft
    case violationDisguised, recordDisguised
  }

  @Test(arguments: Change.allCases, [1, 2, 3, 4] as [UInt64])
  private func oneChangeIsNamedExactly(change: Change, seed: UInt64) throws {
    var random = Random(state: seed)
    var original = records(200, &random)
    let place = Int.random(in: 60..<170, using: &random)
    let isViolation = [.removedViolation, .violationDisguised].contains(change)
    original[place] = MadeRecord("/bin/target", recordedHash: isViolation ? zeros : nil)
    original[20] = MadeRecord("/bin/target", digest: [UInt8](repeating: 7, count: 32))
    for neighbour in [place - 1, place + 1] { original[neighbour] = MadeRecord("/bin/near-\(neighbour)") }
    var list = original
    var others: [ArchivedLog<MeasurementList>] = []
    var interval = place..<place + 1
    var says: String
    switch change {
    case .removed:
      list.remove(at: place)
      // Another copy of the list, which itself was cut and altered: only a source of candidates.
      var copy = Array(original.prefix(place + 5))
      copy[30] = MadeRecord("/elsewhere")
      others = [madeList(copy, file: "other/list", capture: "other")]
      says =
        "One record was removed: the record of '/bin/target' (record \(place) of other/list) belongs before record \(place) "
    case .removedViolation:
      list.remove(at: place)
      says = "A violation was removed: it belongs before record \(place) "
    case .added:
      list.insert(MadeRecord("/bin/false"), at: place)
      says = "The register was never extended with record \(place) ('/bin/false'): "
    case .doubled:
      list.insert(original[place], at: place)
      interval = place..<place + 2
      says = "record \(place + 1) ('/bin/target') or an equal neighbour from record \(place) on"
    case .neighboursSwapped:
      list.swapAt(place, place + 1)
      interval = place..<place + 2
      says =
        "Record \(place) ('/bin/near-\(place + 1)') and record \(place + 1) ('/bin/target') are in each other's place."
    case .pairSwapped:
      list[place + 9] = MadeRecord("/bin/far")
      original[place + 9] = MadeRecord("/bin/far")
      list.swapAt(place, place + 9)
      interval = place..<place + 10
      says = "Record \(place) ('/bin/far') and record \(place + 9) ('/bin/target') are in each other's place."
    case .digestEdited:
      list[place].digest = [UInt8](repeating: 9, count: 32)
      original[place].digest = [UInt8](repeating: 7, count: 32)
      says = "The file digest in record \(place) ('/bin/target') was edited: it was 0707"
    case .digestLeft:
      list[place].recordedHash = HashAlgorithm.sha1.digest(of: original[place].data)
      list[place].digest = [UInt8](repeating: 9, count: 32)
      says = "The data of record \(place) ('/bin/target') was edited and its template digest left"
    case .violationDisguised:
      list[place].recordedHash = nil
      says = "Record \(place) ('/bin/target') was a violation"
    case .recordDisguised:
      list[place].recordedHash = zeros
      says = "Record \(place) ('/bin/target') was an ordinary record"
    }
    let found = try tampering(
      of: [madeList(list)] + others,
      quotes: [("q0", values(Array(original.prefix(50)))), ("q1", values(Array(original.prefix(190))))]
    ).filter { $0.file == "capture/list" }
    #expect(found.count == 1)
    let tampering = try #require(found.first)
    #expect(tampering.conclusion?.contains(says) == true, "\(tampering.conclusion ?? "nothing")")
    #expect(tampering.interval == interval)
    #expect(tampering.quotes == ["q1"])
    #expect(tampering.hypotheses.last?.outcome == .reproduces)
    #expect(tampering.hypotheses.dropLast().allSatisfy { $0.outcome != .reproduces })
  }

  @Test(arguments: [5, 6, 7, 8, 9, 10] as [UInt64])
  func severalChangesAreNotClaimedAndTheirIntervalIsRight(seed: UInt64) throws {
    var random = Random(state: seed)
    let original = records(120, &random)
    var list = original
    list.remove(at: 90)
    list[70].digest = [UInt8](repeating: 1, count: 32)
    list[70].recordedHash = nil
    if seed % 2 == 0 { list.swapAt(75, 80) }
    let found = try tampering(
      of: [madeList(list)],
      quotes: [("q0", values(Array(original.prefix(60)))), ("q1", values(original, banks: [.sha256]))])
    #expect(found.count == 1)
    #expect(found.first?.conclusion == nil)
    #expect(found.first?.interval == 60..<120)
    #expect(found.first?.hypotheses.contains { $0.outcome == .reproduces } == false)
  }

  @Test func changesWithAQuoteBetweenThemAreNamedOneByOne() throws {
    var random = Random(state: 11)
    let original = records(150, &random)
    var list = original
    list.insert(MadeRecord("/second"), at: 100)
    list.insert(MadeRecord("/first"), at: 40)
    let found = try tampering(
      of: [madeList(list)], quotes: [("q0", values(Array(original.prefix(80)))), ("q1", values(original))])
    #expect(found.map(\.quotes) == [["q0"], ["q1"]])
    #expect(found.map(\.interval) == [40..<41, 101..<102])
    #expect(found.allSatisfy { $0.conclusion?.contains("was never extended with") == true })
  }

  @Test func aListThatReplaysNeedsNoExplanation() throws {
    var random = Random(state: 12)
    let original = records(200, &random)
    let quotes = [("q0", values(Array(original.prefix(50)))), ("q1", values(original))]
    #expect(try tampering(of: [madeList(original)], quotes: quotes).isEmpty)
    let early = madeList(Array(original.prefix(60)), file: "capture/before")
    #expect(try tampering(of: [madeList(original), early], quotes: quotes).isEmpty)
    #expect(try tampering(of: [madeList(original)], quotes: []).isEmpty)
  }

  @Test func aProvenListOfTheBootTellsEveryChange() throws {
    var random = Random(state: 13)
    var original = records(150, &random)
    for place in [70, 90] { original[place] = MadeRecord("/bin/removed-\(place)") }
    var list = original
    list.remove(at: 90)
    list.remove(at: 70)
    let found = try tampering(
      of: [madeList(list), madeList(original + [MadeRecord("/more")], file: "later/list", capture: "later")],
      quotes: [("q0", values(Array(original.prefix(60)))), ("q1", values(original))])
    let tampering = try #require(found.first)
    #expect(found.count == 1 && tampering.file == "capture/list")
    #expect(tampering.interval == 70..<90)
    #expect(
      tampering.conclusion?.contains(
        "2 that the list lacks: the record of '/bin/removed-70' (record 70 of later/list), ") == true,
      "\(tampering.conclusion ?? "")")
  }

  /// Two changes that leave the same proven part can't be told apart.
  @Test func aChangeOfTheLastProvenRecordIsNotSaidToBeOneOfSeveral() throws {
    var random = Random(state: 14)
    var original = records(60, &random)
    original[39] = MadeRecord("/bin/a")
    original[40] = MadeRecord("/bin/b")
    var list = original
    list.swapAt(39, 40)
    let found = try tampering(of: [madeList(list)], quotes: [("q", values(Array(original.prefix(40))))])
    #expect(found.first?.conclusion?.contains("nothing tells whether") == true)
    #expect(found.first?.interval == 39..<40)
  }

  @Test func aTrimmedHeadReplaysFromAQuotesValueOrFromAnotherList() throws {
    var random = Random(state: 15)
    let original = records(100, &random)
    let tail = Array(original.dropFirst(40))
    let quotes = [("q0", values(Array(original.prefix(40)))), ("q1", values(original))]
    let byQuote = try tampering(of: [madeList(tail)], quotes: quotes).filter { $0.conclusion != nil }
    #expect(byQuote.first?.isHeadMissing == true)
    #expect(byQuote.first?.conclusion?.contains("from the value that q0 holds") == true)
    let earlier = madeList(Array(original.prefix(50)), file: "earlier/list", capture: "earlier")
    let byList = try tampering(of: [madeList(tail), earlier], quotes: [quotes[1]]).filter { $0.isHeadMissing }
    #expect(byList.map(\.file) == ["capture/list"])
    #expect(byList.first?.conclusion?.contains("the first 40 records of earlier/list give") == true)
  }

  @Test func aTrimmedTailIsExactWhereEveryRecordIsProvenAndNamedWhereAnotherListGoesOn() throws {
    var random = Random(state: 16)
    let original = records(100, &random)
    let quotes = [("q0", values(Array(original.prefix(60)))), ("q1", values(original))]
    let alone = try tampering(of: [madeList(Array(original.prefix(60)))], quotes: quotes)
    #expect(alone.first?.interval == 60..<61)
    #expect(alone.first?.conclusion == nil)
    #expect(alone.first?.intervalReason.contains("records are missing behind the last") == true)
    // The list that goes on lost its own head, so that it is no continuation by itself.
    let later = madeList([MadeRecord("/other")] + original.dropFirst(1), file: "later/list", capture: "later")
    let both = try tampering(of: [madeList(Array(original.prefix(60))), later], quotes: [quotes[1]])
    let short = try #require(both.first { $0.file == "capture/list" })
    #expect(short.interval == 60..<61)
    #expect(short.conclusion?.hasPrefix("The list ends behind record 59, too early: 40 more records") == true)
  }

  @Test func aDigestThatTheReferencesKnowIsTriedForItsPath() throws {
    var random = Random(state: 17)
    let original = records(80, &random)
    var list = original
    list[50].digest = [UInt8](repeating: 3, count: 32)
    list[50].recordedHash = nil
    let known = TamperEvidence.KnownDigest(bytes: original[50].digest, source: "package 1.0")
    if original[50].recordedHash == nil {
      let found = try tampering(of: [madeList(list)], quotes: [("q", values(original))], known: [known])
      #expect(found.first?.conclusion?.contains("(package 1.0)") == true)
    }
  }

  @Test func recordsLostByKexecAreFoundInAnotherList() throws {
    var random = Random(state: 18)
    let original = records(60, &random)
    let second =
      [MadeRecord("boot_aggregate", digest: [UInt8](repeating: 2, count: 32))] + records(20, &random).dropFirst()
    let list = Array(original.prefix(50)) + second
    let found = try tampering(
      of: [madeList(list), madeList(original, file: "old/list", capture: "old")],
      quotes: [("q", values(original + second))])
    let tampering = try #require(found.first { $0.file == "capture/list" })
    #expect(tampering.hypotheses.last?.name == KernelHole.name)
    #expect(tampering.conclusion?.contains("10 that the list lacks") == true)
    #expect(tampering.interval == 50..<51)
  }

  @Test func theBoundEndsTheSearchAndIsSaid() throws {
    var random = Random(state: 19)
    let original = records(200, &random)
    let found = try tampering(
      of: [madeList(Array(original.dropFirst()))], quotes: [("q", values(original))], budget: TamperBudget(5000))
    #expect(found.first?.conclusion == nil)
    #expect(found.first?.hypotheses.contains { $0.outcome == .notExhausted && $0.candidates > 0 } == true)
  }

  @Test func aLongListEndsWithinTheBound() throws {
    var random = Random(state: 20)
    let original = records(5000, &random)
    var list = original
    list.remove(at: 2500)
    let clock = ContinuousClock()
    let values = values(original)
    let time = try clock.measure {
      let found = try tampering(of: [madeList(list)], quotes: [("q", values)])
      #expect(found.count == 1)
      #expect(found.first?.interval == 0..<5000 || found.first?.conclusion != nil)
    }
    print("5,000 records, one removed that nobody has: \(time)")
  }
}
