import ByteReading
import Digests
import Hashing
import TCGEventLog
import TestSupport
import Testing

@testable import Replay

private let banks: [HashAlgorithm] = [.sha1, .sha256]

private func text(_ register: UInt32, _ text: String, type: EventType = .action) throws -> [UInt8] {
  try RecordBytes.event(register: register, type: type, data: Array(text.utf8))
}

private func separator(_ register: UInt32, _ data: [UInt8] = [0, 0, 0, 0]) throws -> [UInt8] {
  try RecordBytes.event(register: register, type: .separator, data: data)
}

/// What a TPM holds that extended just these, from a start value.
private func registers(_ measured: [[UInt8]], locality: UInt8 = 0) throws -> [HashAlgorithm: [UInt8]] {
  var values: [HashAlgorithm: [UInt8]] = [:]
  for bank in banks {
    var value = [UInt8](repeating: 0, count: bank.digestByteCount - 1) + [locality]
    for bytes in measured {
      let digest = try #require(bank.digest(of: bytes))
      value = try #require(bank.extend(value, with: digest))
    }
    values[bank] = value
  }
  return values
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private let zeros: [UInt8] = [0, 0, 0, 0]

private func mismatch(
  _ records: [UInt8]..., register: Int, observed: [HashAlgorithm: [UInt8]], constants: [String] = [],
  budget: Int = MismatchSearches.defaultBudget
) throws -> RegisterMismatch? {
  let log = try #require(EventLog.parse(RecordBytes.header() + records.flatMap { $0 }, file: "log.bin")).value
  return RegisterMismatch(
    EventLogReplay(log), register: register, observed: observed, constants: constants.map { MismatchConstant($0) },
    budget: budget)
}

private func changes(_ mismatch: RegisterMismatch?, _ hypothesis: MismatchHypothesis) -> [MismatchChange] {
  guard case .reproduces(let changes)? = mismatch?.tests.first(where: { $0.hypothesis == hypothesis })?.outcome else {
    return []
  }
  return changes
}

@Test func aRegisterThatAgreesNeedsNoExplanation() throws {
  #expect(try mismatch(try separator(6), register: 6, observed: try registers([zeros])) == nil)
}

/// Nothing but what is missing was extended.
@Test func aRegisterWithoutAnyEventIsExplainedLikeOthers() throws {
  let own = try separator(6)
  let lone = try mismatch(own, register: 3, observed: try registers([zeros]))
  #expect(
    changes(lone, .separatorMissing).map(\.sentence) == [
      "a separator 00000000 was extended into the register, of which the log has no event"
    ])
  let phases = try mismatch(own, register: 11, observed: try registers(["enter-initrd", "sysinit"].map(bytes)))
  #expect(changes(phases, .constantsTrailing).count == 1)
  let strange = try mismatch(own, register: 3, observed: try registers([bytes("strange")]))
  #expect(strange?.reproducing == [] && strange?.tests.contains { $0.outcome == .refuted(tried: 1) } == true)
  #expect(try mismatch(own, register: 3, observed: try registers([])) == nil)
}

@Test func aValueFromBeforeTheLastEventIsNoMismatch() throws {
  let records = try ["a", "b", "c"].flatMap { try text(4, $0) }
  for measured in [[], ["a"], ["a", "b"]] {
    #expect(try mismatch(records, register: 4, observed: try registers(measured.map(bytes))) == nil)
  }
}

@Test(arguments: [UInt8(3), 4])
func anUntoldStartupLocalityIsFound(locality: UInt8) throws {
  let found = try mismatch(try separator(0), register: 0, observed: try registers([zeros], locality: locality))
  #expect(found?.banks == banks)
  #expect(found?.reproducing.map(\.hypothesis) == [.startupLocality])
}

@Test func aMissingExitBootServicesPairIsFound() throws {
  let found = try mismatch(
    try text(5, "a"), try separator(5), register: 5,
    observed: try registers([
      bytes("a"), zeros, bytes("Exit Boot Services Invocation"), bytes("Exit Boot Services Returned with Success"),
    ]))
  #expect(found?.reproducing.map(\.hypothesis) == [.exitBootServicesMissing])
}

@Test func aSeparatorThatWasAnErrorIsFound() throws {
  let found = try mismatch(
    try text(4, "a"), try separator(4), register: 4, observed: try registers([bytes("a"), [1, 0, 0, 0]]))
  #expect(changes(found, .separatorValue).map(\.events) == [[1]])
}

@Test func aMissingSeparatorIsFound() throws {
  let found = try mismatch(
    try text(4, "a"), try text(4, "b"), register: 4, observed: try registers([bytes("a"), zeros, bytes("b")]))
  #expect(found?.reproducing.map(\.hypothesis) == [.separatorMissing])
}

@Test func aPhaseOfUserSpaceAndAConstantOfTheCallerAreFound() throws {
  let phase = try mismatch(
    try text(11, "a"), register: 11, observed: try registers([bytes("a"), bytes("enter-initrd")]))
  #expect(phase?.reproducing.map(\.hypothesis) == [.constantMissing])
  let observed = try registers([bytes("a"), bytes("mine")])
  #expect(try mismatch(try text(11, "a"), register: 11, observed: observed)?.reproducing == [])
  let own = try mismatch(try text(11, "a"), register: 11, observed: observed, constants: ["mine"])
  #expect(own?.reproducing.map(\.hypothesis) == [.constantMissing])
}

@Test func anAddedADoubledAndASwappedEventAreNamed() throws {
  let records = try ["a", "b", "c"].flatMap { try text(4, $0) }
  let added = try mismatch(records, register: 4, observed: try registers([bytes("a"), bytes("c")]))
  #expect(changes(added, .eventAdded).map(\.events) == [[1]])
  #expect(added?.reproducing.count == 1)
  let twice = try mismatch(
    records, register: 4, observed: try registers([bytes("a"), bytes("b"), bytes("b"), bytes("c")]))
  #expect(changes(twice, .eventTwice).map(\.events) == [[1]])
  let swapped = try mismatch(records, register: 4, observed: try registers([bytes("a"), bytes("c"), bytes("b")]))
  #expect(changes(swapped, .eventsSwapped).map(\.events) == [[1, 2]])
}

@Test func runsAndEventsFurtherApartAreNamed() throws {
  let names = ["a", "b", "c", "d", "e"]
  let records = try names.flatMap { try text(4, $0) }
  func found(_ measured: String) throws -> RegisterMismatch? {
    try mismatch(records, register: 4, observed: try registers(measured.map { bytes(String($0)) }))
  }
  let added = try found("ade")
  #expect(added?.reproducing.map(\.hypothesis) == [.eventsAdded])
  #expect(changes(added, .eventsAdded).map(\.events) == [[1, 2]])
  let twice = try found("abcbcde")
  #expect(twice?.reproducing.map(\.hypothesis) == [.eventsTwice])
  #expect(changes(twice, .eventsTwice).map(\.events) == [[1, 2]])
  let exchanged = try found("aecdb")
  #expect(exchanged?.reproducing.map(\.hypothesis) == [.eventsExchanged])
  #expect(changes(exchanged, .eventsExchanged).map(\.events) == [[1, 4]])
}

@Test func aDoubledPairOfExitBootServicesIsNamedAsSuch() throws {
  let pair = ["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"]
  let records = try text(5, "a") + pair.flatMap { try text(5, $0, type: .efiAction) }
  let found = try mismatch(records, register: 5, observed: try registers((["a"] + pair + pair).map(bytes)))
  #expect(
    changes(found, .eventsTwice).map(\.sentence) == ["the ExitBootServices pair of events 1 and 2 was extended twice"])
  // The other way round: the log has it twice, and the TPM saw it once.
  let twice = try text(5, "a") + (pair + pair).flatMap { try text(5, $0, type: .efiAction) } + text(5, "z")
  let once = try mismatch(twice, register: 5, observed: try registers((["a"] + pair + ["z"]).map(bytes)))
  #expect(changes(once, .eventsAdded).contains { $0.sentence.contains("the ExitBootServices pair") })
}

@Test func severalConstantsBehindTheLogAreFoundInTheOrderOfAStartOrAsGiven() throws {
  let records = try text(11, "a")
  func found(_ more: [String], given: [String] = []) throws -> [MismatchHypothesis]? {
    try mismatch(
      records, register: 11, observed: try registers((["a"] + more).map(bytes)), constants: given)?.reproducing
      .map(\.hypothesis)
  }
  #expect(try found(["enter-initrd", "leave-initrd", "sysinit", "ready"]) == [.constantsTrailing])
  #expect(try found(["leave-initrd", "enter-initrd"]) == [])
  #expect(try found(["mine", "yours", "mine"], given: ["yours", "mine"]) == [.constantsTrailing])
  #expect(try found(["mine", "yours", "mine"]) == [])
}

/// Behind the end nothing is replayed again, so any number of events will do.
@Test func constantsBehindALongLogAreFoundWithinTheBudget() throws {
  let names = (0..<900).map { "event \($0)" }
  let found = try mismatch(
    try names.flatMap { try text(11, $0) }, register: 11,
    observed: try registers((names + ["enter-initrd", "leave-initrd"]).map(bytes)), budget: 1000)
  #expect(found?.reproducing.map(\.hypothesis) == [.constantsTrailing])
}

@Test func aLogOfUserSpaceThatWasNotMergedIsNamed() throws {
  let log = try #require(EventLog.parse(RecordBytes.header() + text(11, "a"), file: "log.bin")).value
  let further = try #require(
    EventLog.parse(RecordBytes.header() + text(11, "b") + text(11, "c"), file: "further")
  ).value
  func found(_ measured: [String], followers: [EventLog]) throws -> MismatchTest.Outcome? {
    RegisterMismatch(
      EventLogReplay(log), register: 11, observed: try registers(measured.map(bytes)), followers: followers
    )?.tests.first { $0.hypothesis == .userSpaceLog }?.outcome
  }
  let merged = try found(["a", "b"], followers: [further])
  #expect(merged.map { if case .reproduces = $0 { true } else { false } } == true)
  #expect(try found(["a", "x"], followers: [further]) == .refuted(tried: 1))
  let alone = try found(["a", "b"], followers: [])
  #expect(alone.map { if case .notTested = $0 { true } else { false } } == true)
}

/// Logs of random length, each changed in one way: that way is among those named, and with the right events; a register
/// that got something else as well is explained by nothing.
@Test(arguments: 1...8) func whatWasDoneToARandomLogIsNamed(seed: UInt64) throws {
  var random = SeededGenerator(state: seed)
  for _ in 0..<12 {
    let count = Int.random(in: 5...12, using: &random)
    let names = (0..<count).map { "\(seed) event \($0)" }
    let records = try names.flatMap { try text(4, $0) }
    let place = Int.random(in: 0..<count - 3, using: &random)
    let length = Int.random(in: 2...count - place - 1, using: &random)
    var ways: [(MismatchHypothesis, [Int], [String])] = []
    var changed = names
    changed.removeSubrange(place..<place + length)
    ways.append((.eventsAdded, Array(place..<place + length), changed))
    changed = names
    changed.insert(contentsOf: names[place..<place + length], at: place)
    ways.append((.eventsTwice, Array(place..<place + length), changed))
    changed = names
    changed.swapAt(place, place + length)
    ways.append((.eventsExchanged, [place, place + length], changed))
    changed = names
    changed.remove(at: place)
    ways.append((.eventAdded, [place], changed))
    for (hypothesis, events, measured) in ways {
      let found = try mismatch(records, register: 4, observed: try registers(measured.map(bytes)))
      #expect(changes(found, hypothesis).map(\.events) == [events], "seed \(seed): \(hypothesis) \(events) of \(count)")
      #expect(found?.reproducing.count == 1, "seed \(seed): \(hypothesis)")
      let strange = try mismatch(records, register: 4, observed: try registers((measured + ["strange"]).map(bytes)))
      #expect(strange?.reproducing == [], "seed \(seed)")
    }
  }
}

@Test func zerosInABankThatIsCappedAreFoundInThatBankAlone() throws {
  var observed = try registers([bytes("a")])
  let value = try #require(observed[.sha1])
  observed[.sha1] = HashAlgorithm.sha1.extend(value, with: [UInt8](repeating: 0, count: 20))
  let found = try mismatch(try text(4, "a"), register: 4, observed: observed)
  #expect(found?.banks == [.sha1])
  #expect(found?.reproducing.map(\.hypothesis) == [.filledDigest])
}

@Test func aBankOfPaddedSHA1DigestsIsFound() throws {
  var observed = try registers([bytes("a")])
  let digest = try #require(HashAlgorithm.sha1.digest(of: bytes("a"))) + [UInt8](repeating: 0, count: 12)
  observed[.sha256] = HashAlgorithm.sha256.extend([UInt8](repeating: 0, count: 32), with: digest)
  let found = try mismatch(try text(4, "a"), register: 4, observed: observed)
  #expect(found?.reproducing.map(\.hypothesis) == [.paddedSHA1])
}

@Test func anExtendedNoActionIsNamed() throws {
  let found = try mismatch(
    RecordBytes.noAction(bytes("note"), register: 4), try text(4, "a"), register: 4,
    observed: try registers([bytes("note"), bytes("a")]))
  #expect(changes(found, .noActionExtended).map(\.events) == [[0]])
  #expect(found?.reproducing.count == 1)
}

@Test func noHypothesisExplainsAnUnknownExtend() throws {
  for place in 0...3 {
    var measured = ["a", "b", "c"].map(bytes)
    measured.insert(bytes("nobody knows this \(place)"), at: place)
    let records = try ["a", "b", "c"].flatMap { try text(4, $0) }
    #expect(try mismatch(records, register: 4, observed: try registers(measured))?.reproducing == [])
  }
}

@Test func aChangeThatFitsOnlyOneBankReproducesNothing() throws {
  var observed = try registers([bytes("a"), bytes("c")])
  observed[.sha256] = try registers([bytes("a"), bytes("b"), bytes("x")])[.sha256]
  let records = try ["a", "b", "c"].flatMap { try text(4, $0) }
  #expect(try mismatch(records, register: 4, observed: observed)?.reproducing == [])
}

// MARK: Every kind of change

/// Made logs of random length, each changed in the way of one hypothesis: that way is among those named, by the values and by a
/// digest over several registers alone; and a register that got something else as well is explained by nothing.
@Test(arguments: MismatchHypothesis.allCases, 1...4) func aChangeOfEachKindIsNamed(
  hypothesis: MismatchHypothesis, seed: UInt64
) throws {
  var random = SeededGenerator(state: seed)
  for _ in 0..<4 {
    let made = try MadeMismatch(hypothesis, &random)
    let found = try made.search()
    #expect(!changes(found, hypothesis).isEmpty, "seed \(seed): \(hypothesis)")
    #expect(found?.tests.allSatisfy(\.isFinished) == true)
    let byDigest = made.searchByDigest()
    #expect(byDigest?.registers == [made.register])
    #expect(byDigest?.reproducing.contains { $0.hypothesis == hypothesis } == true, "seed \(seed): \(hypothesis)")
    let strange = try made.withSomethingStrange()
    #expect(try strange.search()?.reproducing == [], "seed \(seed): \(hypothesis)")
    #expect(strange.searchByDigest()?.reproducing == [], "seed \(seed): \(hypothesis)")
  }
}

// MARK: Runs of another log

private func log(_ names: [String], register: UInt32 = 4) throws -> EventLog {
  try RecordBytes.log(names.flatMap { try text(register, $0) })
}

private func runsRemoved(_ own: [String], others: [[String]], measured: [String]) throws -> [String] {
  let found = RegisterMismatch(
    EventLogReplay(try log(own)), register: 4, observed: try registers(measured.map(bytes)),
    others: try others.enumerated().map { NamedEventLog("other-\($0)", try log($1)) })
  return changes(found, .eventsRemoved).map(\.sentence)
}

/// Letters are events.
private func letters(_ text: String) -> [String] { text.map { String($0) } }

@Test(arguments: [
  ("abgh", "abcdefgh", "events 2 to 5 in other-0 were extended before event 2"),
  ("ch", "abch", "events 0 and 1 in other-0 were extended before event 0"),
  ("ab", "abcd", "events 2 and 3 in other-0 were extended behind the last event"),
])
func aRunThatAnotherLogHasIsNamedWithItsRange(own: String, other: String, sentence: String) throws {
  #expect(try runsRemoved(letters(own), others: [letters(other)], measured: letters(other)) == [sentence])
}

/// The other log is of another boot: what follows the run there is not what follows it here.
@Test func aRunIsFoundBesideOneNeighbourThatIsTheSame() throws {
  let truth = letters("abxyzcd")
  #expect(
    try runsRemoved(letters("abcd"), others: [letters("abxyzef")], measured: truth)
      == ["events 2 to 4 in other-0 were extended before event 2"])
  #expect(
    try runsRemoved(letters("abcd"), others: [letters("efxyzcd")], measured: truth)
      == ["events 2 to 4 in other-0 were extended before event 2"])
  #expect(try runsRemoved(letters("abcd"), others: [letters("efxyzgh")], measured: truth) == [])
}

@Test func aRunOfEventsThatThisLogHasElsewhereIsFoundBetweenItsNeighbours() throws {
  let truth = letters("abacbcabd")
  #expect(
    try runsRemoved(letters("abcabd"), others: [truth], measured: truth)
      .contains("events 2 to 4 in other-0 were extended before event 2"))
}

@Test func aQuoteFromBeforeTheEndOfTheOtherLogIsExplainedByTheFirstPartOfWhatItHas() throws {
  #expect(
    try runsRemoved(letters("ab"), others: [letters("abcdef")], measured: letters("abcde"))
      == ["events 2 to 4 in other-0 were extended behind the last event"])
}

@Test func eventsOfOtherRegistersBetweenThoseOfARunAreNotCounted() throws {
  let whole = try text(4, "a") + text(5, "other") + text(4, "b") + text(4, "c") + text(4, "d")
  let other = try RecordBytes.log(whole)
  let found = RegisterMismatch(
    EventLogReplay(try log(["d"])), register: 4, observed: try registers(["a", "b", "c", "d"].map(bytes)),
    others: [NamedEventLog("other-0", other)])
  #expect(
    changes(found, .eventsRemoved).map(\.sentence)
      == ["events 0 to 3 of PCR 4 in other-0 were extended before event 0"])
}

/// Many equal events in both logs make many pairs of places, and nothing to try.
@Test func equalEventsInLongLogsAreNotSearchedWithoutBound() throws {
  let own = try log((0..<1500).map { $0 % 2 == 0 ? "same" : "own \($0)" })
  let other = try log((0..<1500).map { $0 % 2 == 0 ? "same" : "other \($0)" })
  let found = RegisterMismatch(
    EventLogReplay(own), register: 4, observed: try registers([bytes("x")]), others: [NamedEventLog("other-0", other)],
    budget: 200_000)
  guard case .notTested? = found?.tests.first(where: { $0.hypothesis == .eventsRemoved })?.outcome else {
    Issue.record("\(String(describing: found?.tests))")
    return
  }
}

// MARK: Constants that are digests

@Test(arguments: [UInt8(0), 0xff]) func aBankIsCappedWithZerosOrWithOnes(byte: UInt8) throws {
  for place in 0...2 {
    var observed = try registers(["a", "b"].map(bytes))
    var value = [UInt8](repeating: 0, count: 32)
    var digests = try ["a", "b"].map { try #require(HashAlgorithm.sha256.digest(of: bytes($0))) }
    digests.insert([UInt8](repeating: byte, count: 32), at: place)
    for digest in digests { value = try #require(HashAlgorithm.sha256.extend(value, with: digest)) }
    observed[.sha256] = value
    let found = try mismatch(try text(4, "a"), try text(4, "b"), register: 4, observed: observed)
    #expect(found?.banks == [.sha256])
    #expect(found?.reproducing.map(\.hypothesis) == [.filledDigest])
    let name = byte == 0 ? "a digest of zeros" : "a digest of ones"
    #expect(changes(found, .filledDigest).allSatisfy { $0.sentence.hasPrefix(name) })
  }
}

/// A digest that the caller gives as bytes was extended as it is, not hashed once more.
@Test func aGivenDigestIsTriedAsTheDigestItself() throws {
  let digest = try #require(HashAlgorithm.sha256.digest(of: bytes("image")))
  let given = MismatchConstant(name: "the constant 0x…", bytes: digest)
  let log = try RecordBytes.log(try text(11, "a"))
  func found(_ digests: [[UInt8]], _ constants: [MismatchConstant]) throws -> RegisterMismatch? {
    let start = try #require(try registers([bytes("a")])[.sha256])
    let value = digests.reduce(start) { HashAlgorithm.sha256.extend($0, with: $1) ?? [] }
    return RegisterMismatch(EventLogReplay(log), register: 11, observed: [.sha256: value], constants: constants)
  }
  let once = try found([digest], [given])
  #expect(
    changes(once, .constantMissing).map(\.sentence)
      == ["the constant 0x… as the digest itself was extended behind the last event"])
  let enter = try #require(HashAlgorithm.sha256.digest(of: bytes("mine")))
  let twice = try found([enter, digest], [given, MismatchConstant("mine")])
  #expect(
    changes(twice, .constantsTrailing).map(\.sentence)
      == ["\"mine\" and the constant 0x… as the digest itself were extended behind the last event"])
  #expect(try found([enter, digest], [MismatchConstant("mine")])?.reproducing == [])
}

// MARK: Digests of quotes without values

@Test func aDigestIsExplainedByAChangeOfOneRegisterAndNamesIt() throws {
  let log = try RecordBytes.log(
    ["a", "b", "c"].flatMap { try text(4, $0) }, ["d", "e"].flatMap { try text(7, $0) })
  let replay = EventLogReplay(log)
  func quoted(_ fourth: [String], _ seventh: [String]) throws -> QuotedDigest {
    let truth = [4: try registers(fourth.map(bytes)), 7: try registers(seventh.map(bytes))]
    let text = banks.flatMap { bank in [4, 7].flatMap { truth[$0]?[bank] ?? [] } }
    return QuotedDigest(
      algorithm: .sha256, digest: try #require(HashAlgorithm.sha256.digest(of: text)),
      entries: banks.flatMap { bank in
        [4, 7].map { .init(bank: bank, register: $0, calculated: replay.values[bank, $0] ?? []) }
      })
  }
  func found(_ fourth: [String], _ seventh: [String]) throws -> DigestMismatch? {
    MismatchSearches(digests: [.init(replay, try quoted(fourth, seventh))]).digests[0]
  }
  let added = try found(["a", "c"], ["d", "e"])
  #expect(added?.registers == [4, 7])
  #expect(added?.reproducing.map(\.hypothesis) == [.eventAdded])
  #expect(
    added?.reproducing.map(\.outcome) == [
      .reproduces([MismatchChange(events: [1], sentence: "PCR 4: the TPM never saw event 1")])
    ])
  // Events at the end are no first part here: where the quote stands in the log is not known.
  #expect(try found(["a"], ["d", "e"])?.reproducing.map(\.hypothesis) == [.eventsAdded])
  #expect(try found(["a", "c"], ["d"])?.reproducing == [])
  #expect(try found(["a", "b", "c"], ["d", "e"]) == nil)
}

/// Of which bank the change is, the digest does not tell.
@Test(arguments: banks) func aDigestIsExplainedByACapOfOneBankOfTwo(capped: HashAlgorithm) throws {
  let replay = EventLogReplay(try RecordBytes.log(text(4, "a")))
  let entries = banks.map { QuotedDigest.Entry(bank: $0, register: 4, calculated: replay.values[$0, 4] ?? []) }
  let truth = entries.flatMap { entry in
    let zeros = [UInt8](repeating: 0, count: entry.bank.digestByteCount)
    return entry.bank == capped ? entry.bank.extend(entry.calculated, with: zeros) ?? [] : entry.calculated
  }
  let digest = try #require(HashAlgorithm.sha256.digest(of: truth))
  let quoted = QuotedDigest(algorithm: .sha256, digest: digest, entries: entries)
  let found = MismatchSearches(digests: [.init(replay, quoted)]).digests[0]
  #expect(found?.reproducing.map(\.hypothesis) == [.filledDigest])
}

// MARK: The budget

private func outcome(_ mismatch: RegisterMismatch?, _ hypothesis: MismatchHypothesis) -> MismatchTest.Outcome? {
  mismatch?.tests.first { $0.hypothesis == hypothesis }?.outcome
}

@Test func aSearchBeyondItsBudgetSaysSo() throws {
  let records = try (0..<20).flatMap { try text(4, "\($0)") }
  func found(_ budget: Int) throws -> RegisterMismatch? {
    try mismatch(records, register: 4, observed: try registers([bytes("x")]), budget: budget)
  }
  guard case .notTested(let reason)? = outcome(try found(10), .eventAdded) else {
    Issue.record("\(String(describing: try found(10)))")
    return
  }
  #expect(reason == "the 10 hash operations allowed to all hypotheses and registers do not suffice")
  guard case .notFinished(let tried, _)? = outcome(try found(5000), .eventsExchanged) else {
    Issue.record("\(String(describing: try found(5000)))")
    return
  }
  #expect(tried > 0)
  #expect(outcome(try found(5000), .eventAdded) == .refuted(tried: 20))
  #expect(outcome(try found(500_000), .eventsExchanged) == .refuted(tried: 19 * 18 / 2))
}

/// What is found before the end is told, with the word that there may be more.
@Test func whatIsFoundWithinTheBudgetIsTold() throws {
  let names = (0..<40).map { "\($0)" }
  let log = try RecordBytes.log(names.flatMap { try text(4, $0) })
  var measured = names
  measured.swapAt(0, 2)
  let found = RegisterMismatch(
    EventLogReplay(log), register: 4, observed: try registers(measured.map(bytes)), budget: 40_000)
  let test = found?.tests.first { $0.hypothesis == .eventsExchanged }
  #expect(changes(found, .eventsExchanged).map(\.events) == [[0, 2]])
  #expect(test?.isFinished == false)
}

/// Eleven registers as firmware of a hostile machine may have them: the whole call has one budget, and each register its part.
@Test func allRegistersOfACallShareOneBudgetFairly() throws {
  let registerCount = 11
  let records = try (0..<registerCount).flatMap { register in
    try (0..<(register == 5 ? 6 : 140)).flatMap { try text(UInt32(register), "\(register) \($0)") }
  }
  let replay = EventLogReplay(try RecordBytes.log(records))
  let questions = try (0..<registerCount).map { register in
    MismatchSearches.RegisterQuestion(replay, register: register, observed: try registers([bytes("strange")]))
  }
  let budget = 300_000
  let searches = MismatchSearches(registers: questions, budget: budget)
  #expect(searches.hashOperations <= budget + 1000)
  #expect(searches.hashOperations > budget * 9 / 10)
  // A short register is not starved by long ones, and those are all treated alike.
  #expect(searches.registers[5]?.tests.allSatisfy(\.isFinished) == true)
  #expect(searches.registers[5]?.reproducing == [])
  for hypothesis in [MismatchHypothesis.eventsAdded, .eventsTwice, .eventsExchanged] {
    let tried = [0, 1, 4, 10].compactMap { register -> Int? in
      guard case .notFinished(let tried, _)? = outcome(searches.registers[register], hypothesis) else { return nil }
      return tried
    }
    #expect(tried.count == 4, "\(hypothesis)")
    #expect((tried.min() ?? 0) * 4 > (tried.max() ?? 1) * 3, "\(hypothesis): \(tried)")
  }
  #expect(MismatchSearches(registers: questions, budget: budget).registers == searches.registers)
}

/// Any of many equal events may be the one: not all are listed.
@Test func theNumberOfChangesThatAreToldIsBounded() throws {
  let records = try (0..<100).flatMap { _ in try text(4, "same") } + text(4, "last")
  let measured = [String](repeating: "same", count: 99) + ["last"]
  let found = try mismatch(records, register: 4, observed: try registers(measured.map(bytes)))
  #expect(changes(found, .eventAdded).count == 24)
  #expect(found?.tests.first { $0.hypothesis == .eventAdded }?.isFinished == false)
}

// MARK: Our own machine, logs changed on purpose

private let lab = "lab/vmA-tampered-logs/"

/// What the log before the change replays to: the quote's registers, as the list of cases says.
private func labMismatch(_ file: String, register: Int, othersHelp: Bool = false) throws -> RegisterMismatch? {
  let whole = try #require(
    EventLog.parse(try Corpus.bytes("lab/vmA-secureboot-ima-ng/boot1/q2/binary_bios_measurements"), file: "whole")
  ).value
  let changed = try #require(EventLog.parse(try Corpus.bytes(lab + file), file: file)).value
  let truth = EventLogReplay(whole)
  let observed = Dictionary(
    uniqueKeysWithValues: banks.compactMap { bank in truth.values[bank, register].map { (bank, $0) } })
  return RegisterMismatch(
    EventLogReplay(changed), register: register, observed: observed,
    others: othersHelp ? [NamedEventLog("whole", whole)] : [])
}

@Test(.enabled(if: Corpus.isPresent)) func theEditedSHA1DigestOfALabLogIsNamed() throws {
  let found = try labMismatch("evlog-sha1-edited.evlog.bin", register: 8)
  #expect(found?.banks == [.sha1])
  #expect(found?.reproducing.map(\.hypothesis) == [.digestEdited])
  // first_bad_entry of the list of cases.
  #expect(changes(found, .digestEdited).map(\.events) == [[47]])
}

@Test(.enabled(if: Corpus.isPresent)) func theDeletedEventOfALabLogIsFoundInAnotherLogOnly() throws {
  #expect(try labMismatch("evlog-event-deleted.evlog.bin", register: 4)?.reproducing == [])
  let found = try labMismatch("evlog-event-deleted.evlog.bin", register: 4, othersHelp: true)
  #expect(found?.reproducing.map(\.hypothesis) == [.eventRemoved])
  #expect(
    changes(found, .eventRemoved).map(\.sentence) == ["event 23 in whole was extended before event 28"])
}
