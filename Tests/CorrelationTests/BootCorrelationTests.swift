import Digests
import Hashing
import IMALog
import QuoteVerification
import Replay
import SampleEvidence
import TCGEventLog
import Testing

@testable import Correlation

/// `samples/web-01`: the counts are those of `samples/README.md`.
@Suite struct SampleCorrelationTests {
  private static let boots: [(boot: String, counts: [Int], longest: Int)] = [
    ("boot1", [473, 476, 508, 511, 890, 893, 910, 913], 921), ("boot2", [478, 481, 499, 502], 510),
  ]

  private func evidence(_ boot: String, captures: Int, withRegisters: Bool = true) throws -> BootEvidence {
    let sample = try SampleCase.web()
    let verifier = QuoteVerifier(ring: KeyRing(sample.keys), anchors: [])
    var evidence = BootEvidence()
    for capture in (0..<captures).map({ "\(boot)/q\($0)" }) {
      for name in ["quote-rsa-sha256", "quote-ecc-both"] {
        var quote = try sample.quote(capture + "/" + name)
        if !withRegisters { quote.registers = .absent }
        evidence.quotes.append(verifier.verify(quote, at: nil))
      }
      evidence.eventLogs.append(try sample.eventLog(capture))
      evidence.lists.append(try sample.list(capture))
    }
    return evidence
  }

  /// Numbers of records that the quotes prove of the longest list, ascending, each once.
  private func counts(_ correlation: BootCorrelation) -> [Int] {
    let list = correlation.chains.first?.chain.longest.file
    let found = correlation.matches.filter { $0.log == list }.map { $0.found?.lowerBound ?? -1 }
    return Set(found).sorted()
  }

  @Test(arguments: [(0, true), (0, false), (1, true), (1, false)])
  func quotesProveTheKnownPrefixesWithAndWithoutTheirPCRFiles(boot: Int, withRegisters: Bool) throws {
    let (name, expected, longest) = Self.boots[boot]
    let correlation = BootCorrelation(
      try evidence(name, captures: expected.count / 2, withRegisters: withRegisters), jobs: 2)
    #expect(correlation.chains.count == 1)
    #expect(correlation.chains.first?.chain.longest.log.count == longest)
    #expect(counts(correlation) == expected)
    #expect(correlation.divergences.isEmpty)
    #expect(correlation.unexplained.isEmpty)
    #expect(correlation.matches.allSatisfy { $0.isByDigest == !withRegisters })
    #expect(correlation.replayedRegisters.count == (withRegisters ? 0 : expected.count))
    #expect(correlation.matches.allSatisfy { $0.found != nil })
  }

  @Test func theValuesFoundByDigestAreThoseOfThePCRFile() throws {
    let known = try evidence("boot1", captures: 1)
    let correlation = BootCorrelation(try evidence("boot1", captures: 1, withRegisters: false), jobs: 1)
    for quote in known.quotes {
      #expect(correlation.replayedRegisters[quote.quote.file] == quote.provenRegisters)
    }
  }

  @Test func aListThatWasReadBeforeAQuoteOfItsCaptureEndsBeforeIt() throws {
    var evidence = try evidence("boot1", captures: 2)
    // The first capture's list lies in the second capture too.
    evidence.lists[0].capture = "boot1/q1"
    evidence.lists[0].file = "boot1/q1/earlier"
    let matches = BootCorrelation(evidence, jobs: 1).matches.filter { $0.log == "boot1/q1/earlier" }
    #expect(!matches.isEmpty)
    #expect(matches.allSatisfy { $0.outcome == .endsBeforeSource && $0.source.file.hasPrefix("boot1/q1/") })
  }

  @Test func anEditedEventIsAMismatchInTheRegisterAndBankThatItExtends() throws {
    var evidence = try evidence("boot1", captures: 1)
    let event = try #require(evidence.eventLogs[0].log.events.first { $0.registerIndex == 4 })
    let bank = try #require(event.digests.firstIndex { $0.algorithm == .sha256 })
    evidence.eventLogs[0].log.events[event.index].digests[bank].bytes[3] ^= 1
    let log = evidence.eventLogs[0].file
    let matches = BootCorrelation(evidence, jobs: 1).matches.filter { $0.log == log }
    #expect(matches.map(\.bank) == [.sha256, .sha1, .sha256])
    #expect(matches.map { $0.outcome == .mismatch(registers: [4]) } == [true, false, true])
    #expect(matches[1].found != nil)
    #expect(matches[0].observed == [4: try #require(evidence.quotes[0].provenRegisters?[.sha256, 4])])
  }

  @Test func anEditedRecordIsAMismatchFromEveryQuoteBehindIt() throws {
    var evidence = try evidence("boot1", captures: 2)
    let list = evidence.lists[1]
    let bytes = try edited(list, record: 490)
    evidence.lists = [
      ArchivedLog(
        file: list.file, capture: list.capture,
        log: MeasurementList.parse(bytes, file: list.file, format: list.log.format).value)
    ]
    let correlation = BootCorrelation(evidence, jobs: 1)
    #expect(correlation.chains.first?.templateHashMismatches == [490])
    let outcomes = correlation.matches.filter { $0.log == list.file }.map { $0.found?.lowerBound }
    // The SHA-1 bank of the ECC quotes is extended with the same edited record.
    #expect(outcomes == [473, 476, 476, nil, nil, nil])
  }

  @Test func twoListsOfOneBootThatContradictEachOtherDivergeAtTheFirstDifference() throws {
    var evidence = try evidence("boot1", captures: 2)
    let list = evidence.lists[0]
    let bytes = try edited(list, record: 480)
    evidence.lists.append(
      ArchivedLog(
        file: "boot1/q0/altered", capture: "boot1/q0",
        log: MeasurementList.parse(bytes, file: "altered", format: list.log.format).value))
    let correlation = BootCorrelation(evidence, jobs: 1)
    #expect(
      correlation.divergences
        == [Divergence(list: evidence.lists[1].file, other: "boot1/q0/altered", record: 480)])
    #expect(correlation.chains.map(\.chain.longest.file) == [evidence.lists[1].file, "boot1/q0/altered"])
  }

  @Test func withoutTheEventLogItsRegistersAreUnexplainedAndWithoutTheListRegister10() throws {
    var evidence = try evidence("boot1", captures: 1)
    evidence.quotes = Array(evidence.quotes.prefix(1))
    var without = evidence
    without.eventLogs = []
    let boot = BootCorrelation(without, jobs: 1).unexplained
    #expect(boot.map(\.register) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14])
    #expect(boot.allSatisfy { $0.quote == evidence.quotes[0].quote.file && $0.bank == .sha256 })
    evidence.lists = []
    #expect(BootCorrelation(evidence, jobs: 1).unexplained.map(\.register) == [10])
  }

  /// A list with one byte of the last field of a record changed.
  private func edited(_ list: ArchivedLog<MeasurementList>, record: Int) throws -> [UInt8] {
    var bytes = try SampleCase.bytes(ofWeb: list.file)
    bytes[list.log.fileRange(at: record).upperBound - 2] ^= 1
    return bytes
  }
}

/// Small evidence made by hand.
@Suite struct BootCorrelationTests {
  private let records = ["boot_aggregate", "/a", "/b", "/c"].map { MadeRecord($0) }

  /// Register 10 of the SHA-256 bank after these records.
  private func register10(_ records: [MadeRecord], padded: Bool = false) -> [UInt8] {
    extended(
      .sha256,
      records.map { record in
        let sha1 = HashAlgorithm.sha1.digest(of: record.data) ?? []
        return padded ? sha1 + [UInt8](repeating: 0, count: 12) : HashAlgorithm.sha256.digest(of: record.data) ?? []
      })
  }

  private func quote(_ file: String, _ values: [Int: [UInt8]], bank: HashAlgorithm = .sha256, alone: Bool = false)
    throws -> VerifiedQuote
  {
    var all = RegisterValues()
    for (register, value) in values { all[bank, register] = value }
    var quote = MadeQuote(file, values: all)
    quote.hasRegisterFile = !alone
    return try quote.verified()
  }

  private func correlate(
    _ quotes: [VerifiedQuote], events: [MadeEvent] = [], records: [MadeRecord]? = nil, jobs: Int = 1
  ) throws -> BootCorrelation {
    var evidence = BootEvidence()
    evidence.quotes = quotes
    if !events.isEmpty { evidence.eventLogs = [try #require(madeEventLog(events))] }
    if let records { evidence.lists = [madeList(records)] }
    return BootCorrelation(evidence, jobs: jobs)
  }

  @Test(arguments: 0...4)
  func aQuoteProvesAsManyRecordsAsWereExtended(count: Int) throws {
    let value = register10(Array(records.prefix(count)))
    for alone in [false, true] {
      let match = try correlate([quote("q", [10: value], alone: alone)], records: records).matches.first
      #expect(match?.found == count...count)
      #expect(match?.isByDigest == alone)
    }
  }

  @Test func recordsOfAnotherRegisterWidenWhatAQuoteProves() throws {
    let mixed = [records[0], MadeRecord("/x", register: 11), records[1]]
    let value = register10([records[0]])
    #expect(try correlate([quote("q", [10: value])], records: mixed).matches.first?.found == 1...2)
  }

  @Test(arguments: [false, true])
  func aBankExtendedWithPaddedSHA1IsProvenAndSaidToBe(alone: Bool) throws {
    let value = register10(Array(records.prefix(3)), padded: true)
    let correlation = try correlate([quote("q", [10: value], alone: alone)], records: records)
    #expect(correlation.matches.first?.found == 3...3)
    #expect(correlation.matches.first?.rule == .paddedSHA1)
    if !alone {
      #expect(correlation.chains.first?.rules[.sha256] == .paddedSHA1)
      #expect(correlation.chains.first?.values[.sha256, 10] == register10(records, padded: true))
    }
  }

  @Test func thePlainRuleIsKeptWhereItFits() throws {
    let correlation = try correlate([quote("q", [10: register10(records)])], records: records)
    #expect(correlation.chains.first?.rules[.sha256] == .plain)
    #expect(correlation.matches.first?.rule == .plain)
  }

  @Test(arguments: [false, true])
  func aValueThatNothingGivesIsAMismatch(alone: Bool) throws {
    let strange = [UInt8](repeating: 9, count: 32)
    let correlation = try correlate([quote("q", [10: strange], alone: alone)], records: records)
    #expect(correlation.matches.map(\.outcome) == [.mismatch(registers: [10])])
    #expect(correlation.matches.first?.observed == (alone ? [:] : [10: strange]))
    #expect(correlation.unexplained.isEmpty)
  }

  @Test func aDigestOverARegisterWithoutLogIsUndetermined() throws {
    let strange = [UInt8](repeating: 9, count: 32)
    let correlation = try correlate([quote("q", [4: strange, 10: register10(records)], alone: true)], records: records)
    #expect(
      correlation.matches.map(\.outcome)
        == [.undetermined(missing: "the values of PCR 4, which no log explains")])
  }

  @Test func aDigestOverBothLogsIsReproducedByThemTogether() throws {
    let event = MadeEvent(4, .efiAction, [1])
    let values = [4: extended(.sha256, [event.digest]), 7: [UInt8](repeating: 0, count: 32), 10: register10(records)]
    let correlation = try correlate([quote("q", values, alone: true)], events: [event], records: records)
    #expect(Set(correlation.matches.map(\.log)) == ["capture/events", "capture/list"])
    #expect(correlation.matches.allSatisfy { $0.found != nil && $0.isByDigest })
    #expect(correlation.replayedRegisters["q"]?[.sha256, 4] == values[4])
    #expect(correlation.unexplained.isEmpty)
    // With another event in the log, and every register of the quote explained by one.
    let other = try correlate(
      [quote("q", values.filter { $0.key != 7 }, alone: true)], events: [MadeEvent(4, .efiAction, [2])],
      records: records)
    #expect(other.matches.filter { $0.isByDigest }.map(\.outcome) == [.mismatch(registers: [10])])
  }

  /// The log grew after the quote: as with values, the first part is proven and the rest is not.
  @Test(arguments: 1...4) func aDigestFromBeforeTheLastEventsProvesTheFirstPartOfTheLog(count: Int) throws {
    let events = [4, 7, 4, 5].enumerated().map { MadeEvent($0.element, .efiAction, [UInt8($0.offset)]) }
    var values: [Int: [UInt8]] = [:]
    for register in [4, 5, 7] {
      values[register] = extended(
        .sha256, events.prefix(count).filter { $0.register == UInt32(register) }.map(\.digest), register: register)
    }
    for alone in [false, true] {
      let correlation = try correlate([quote("q", values, alone: alone)], events: events)
      #expect(correlation.matches.map(\.found) == [count...count], "\(alone)")
      #expect(correlation.unexplained.isEmpty)
    }
  }

  @Test func aDigestOverTheEventLogAloneIsReproducedWithoutAnyList() throws {
    let event = MadeEvent(4, .efiAction, [1])
    let correlation = try correlate([quote("q", [4: extended(.sha256, [event.digest])], alone: true)], events: [event])
    #expect(correlation.matches.map(\.found) == [1...1])
    #expect(correlation.matches.map(\.registers) == [[4]])
  }

  @Test(arguments: [11, 12, 13, 15])
  func registersThatUserSpaceExtendsAreLeftOutAndStayUnexplained(register: Int) throws {
    let events = [MadeEvent(4, .efiAction, [1]), MadeEvent(UInt32(register), .ipl, [2])]
    let boot = extended(.sha256, [events[0].digest])
    let more = extended(.sha256, [events[1].digest, [UInt8](repeating: 5, count: 32)])
    let correlation = try correlate([quote("q", [4: boot, register: more])], events: events)
    let match = try #require(correlation.matches.first)
    #expect(match.found == 1...2)
    #expect(match.registers == [4])
    #expect(match.leftOut == [register])
    #expect(correlation.unexplained.map(\.register) == [register])
    // Alone, such a register says nothing of the log.
    let alone = try correlate([quote("q", [register: more])], events: events)
    #expect(alone.matches.map(\.outcome) == [.notCovered])
    // The value that the log gives is compared like any other.
    let same = try correlate(
      [quote("q", [4: boot, register: extended(.sha256, [events[1].digest])])], events: events)
    #expect(same.matches.first?.registers == [4, register])
    #expect(same.matches.first?.leftOut == [])
  }

  @Test(arguments: [0, 7, 9, 14])
  func anyOtherRegisterIsNeverLeftOut(register: Int) throws {
    let events = [MadeEvent(4, .efiAction, [1]), MadeEvent(UInt32(register), .ipl, [2])]
    let wrong = [UInt8](repeating: 9, count: 32)
    let correlation = try correlate(
      [quote("q", [4: extended(.sha256, [events[0].digest]), register: wrong])], events: events)
    #expect(correlation.matches.map(\.outcome) == [.mismatch(registers: [register])])
  }

  @Test func registersAtTheirResetValueNeedNoLog() throws {
    let zeros = [UInt8](repeating: 0, count: 32)
    let ones = [UInt8](repeating: 0xff, count: 32)
    let correlation = try correlate([quote("q", [3: zeros, 17: ones, 18: zeros, 23: ones])])
    #expect(correlation.unexplained.map(\.register) == [18, 23])
  }

  @Test func aSnapshotIsMatchedLikeAQuoteAndExplainsNothing() throws {
    var values = RegisterValues()
    values[.sha256, 10] = register10(Array(records.prefix(2)))
    var evidence = BootEvidence()
    evidence.lists = [madeList(records)]
    evidence.snapshots = [.init(file: "before.txt", values: values)]
    let matches = BootCorrelation(evidence, jobs: 1).matches
    #expect(matches.map(\.source) == [.snapshot("before.txt")])
    #expect(matches.map(\.found) == [2...2])
  }

  /// Events that claim register 10 would hide measurements from the list.
  @Test func anEventLogExplainsNothingOfTheKernelsRegister() throws {
    let event = MadeEvent(10, .efiAction, [1])
    let value = extended(.sha256, [event.digest])
    for alone in [false, true] {
      let correlation = try correlate([quote("q", [10: value], alone: alone)], events: [event])
      #expect(correlation.matches.allSatisfy { $0.found == nil })
      if !alone { #expect(correlation.unexplained.map(\.register) == [10]) }
    }
    let after = extended(.sha256, [event.digest] + records.map { HashAlgorithm.sha256.digest(of: $0.data) ?? [] })
    let correlation = try correlate([quote("q", [10: after])], events: [event], records: records)
    #expect(correlation.matches.first { $0.log == "capture/list" }?.outcome == .mismatch(registers: [10]))
  }

  @Test func eventLogsOfOneBootDivergeWhereDataDifferUnderTheSameDigests() throws {
    let good = [MadeEvent(4, .efiAction, [1]), MadeEvent(5, .ipl, [2])]
    var edited = good
    edited[1].measured = [2]
    edited[1].data = [3]
    var evidence = BootEvidence()
    evidence.eventLogs = [
      try #require(madeEventLog(good, file: "a")), try #require(madeEventLog(edited, file: "b")),
    ]
    #expect(BootCorrelation(evidence, jobs: 1).divergences == [Divergence(list: "a", other: "b", record: 1)])
    // With other digests, and nothing that says which one is right, they may be of two boots.
    edited[1].measured = [4]
    evidence.eventLogs[1] = try #require(madeEventLog(edited, file: "b"))
    #expect(BootCorrelation(evidence, jobs: 1).divergences.isEmpty)
    // A quote that one of them explains says which.
    evidence.quotes = [
      try quote("q", [4: extended(.sha256, [good[0].digest]), 5: extended(.sha256, [good[1].digest])])
    ]
    #expect(BootCorrelation(evidence, jobs: 1).divergences == [Divergence(list: "a", other: "b", record: 1)])
  }

  /// A digest may be of a part of the data alone, such as the content of a variable.
  @Test(arguments: [true, false])
  func whatChangesOnEveryBootContradictsWhereADigestCoversIt(isCovered: Bool) throws {
    let name = Array("LoaderRandomSeed".utf16).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let vendor: [UInt8] = [
      0x82, 0xb0, 0x67, 0x4a, 0x4c, 0x0a, 0xcf, 0x41, 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f,
    ]
    let seeds = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)]
    let logs = try zip(["a", "b"], seeds).map { file, seed in
      let data = vendor + [16, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0] + name + seed
      let event = MadeEvent(1, .efiVariableBoot, data, measured: isCovered ? seeds[0] : [9])
      return try #require(madeEventLog([event], file: file))
    }
    var evidence = BootEvidence()
    evidence.eventLogs = logs
    let found = BootCorrelation(evidence, jobs: 1).divergences
    #expect(found == (isCovered ? [Divergence(list: "a", other: "b", record: 0)] : []))
  }

  /// An event may repeat its digests as often as its file is long: the first of each bank counts, and is looked at once.
  @Test(.timeLimit(.minutes(1)), arguments: [true, false])
  func repeatedDigestsTakeNoMoreTimeThanTheirBytes(isOfOneBank: Bool) throws {
    let data = [UInt8](repeating: 1, count: 24) + [UInt8](repeating: 0, count: 2_000_000)
    let logs = try [UInt8(1), 2].map { first in
      var log = try #require(
        madeEventLog([MadeEvent(4, .efiBootServicesApplication, data, measured: [9])], file: "\(first)"))
      log.log.events[0].data[0] = first
      let own = log.log.events[0].digests[0]
      var other = own
      (other.rawAlgorithm, other.algorithm) = (HashAlgorithm.sha1.rawValue, .sha1)
      other.bytes = [UInt8](repeating: 1, count: 20)
      let (one, two) = isOfOneBank || first == 1 ? (own, other) : (other, own)
      log.log.events[0].digests = [EventDigest](repeating: one, count: 200_000) + [two]
      return log
    }
    var evidence = BootEvidence()
    evidence.eventLogs = logs
    #expect(BootCorrelation(evidence, jobs: 1).divergences == [])
  }

  /// A short log is not worth the work that the long event of another one is.
  @Test(.timeLimit(.minutes(1))) func aLongEventIsNotReadAgainForEachLogBesideIt() throws {
    let long = MadeEvent(4, .efiBootServicesApplication, [UInt8](repeating: 1, count: 50_000_000), measured: [9])
    let short = MadeEvent(4, .efiBootServicesApplication, [UInt8](repeating: 2, count: 40), measured: [9])
    var evidence = BootEvidence()
    evidence.eventLogs = [try #require(madeEventLog([long], file: "a"))]
    for index in 0..<2000 { evidence.eventLogs.append(try #require(madeEventLog([short], file: "b\(index)"))) }
    #expect(BootCorrelation(evidence, jobs: 1).divergences.count == 2000)
  }
}
