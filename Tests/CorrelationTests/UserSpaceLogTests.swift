import ByteReading
import CanonicalEventLog
import Digests
import Hashing
import QuoteVerification
import SampleEvidence
import TCGEventLog
import Testing

@testable import Correlation

/// Firmware measures registers 4, 7 and 11; systemd goes on in 4, 7, 11 and 15.
private var firmware: [MadeEvent] {
  [
    MadeEvent(4, .efiAction, [1]), MadeEvent(7, .efiVariableDriverConfig, [2]), MadeEvent(11, .ipl, [3]),
    MadeEvent(4, .separator, [0, 0, 0, 0]),
  ]
}
private let userSpace: [(register: Int, string: String)] = [
  (4, "os-separator"), (7, "os-separator"), (11, "enter-initrd"), (11, "leave-initrd"), (15, "machine-id:ab"),
]

private func digest(_ text: String) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array(text.utf8)) ?? [] }

/// What a TPM holds after the firmware's events and so many of user space's.
private func registers(_ count: Int, of records: [(register: Int, string: String)] = userSpace) -> RegisterValues {
  var values = RegisterValues()
  for register in [4, 7, 11, 15] {
    let first = firmware.filter { $0.register == UInt32(register) }.map(\.digest)
    let then = records.prefix(count).filter { $0.register == register }.map { digest($0.string) }
    values[.sha256, register] = extended(.sha256, first + then)
  }
  return values
}

private func systemdLog(
  _ records: [(register: Int, string: String)] = userSpace, file: String = "capture/tpm2-measure.log"
) throws -> ArchivedLog<EventLog> {
  let text = records.map { record in
    """
    \u{1e}{"pcr":\(record.register),"digests":[{"hashAlg":"sha256","digest":"\(hexText(digest(record.string)))"}],\
    "content_type":"systemd","content":{"string":"\(record.string)","eventType":"phase"}}

    """
  }
  guard case .events(let log)? = CanonicalEventLog.parse(Array(text.joined().utf8), file: file) else {
    throw NotALog()
  }
  #expect(log.isWhole)
  return ArchivedLog(file: file, capture: "capture", log: log.value)
}

private struct NotALog: Error {}

private func correlate(
  _ quotes: [(file: String, values: RegisterValues, hasValues: Bool)], _ logs: [ArchivedLog<EventLog>?]
) throws -> BootCorrelation {
  var evidence = BootEvidence()
  evidence.quotes = try quotes.map { file, values, hasValues in
    var quote = MadeQuote(file, values: values)
    quote.hasRegisterFile = hasValues
    return try quote.verified()
  }
  evidence.eventLogs = try logs.map { try #require($0) }
  return BootCorrelation(evidence, jobs: 1)
}

private func outcomes(_ correlation: BootCorrelation, _ file: String) -> [LogMatch.Outcome] {
  correlation.matches.filter { $0.log == file }.map(\.outcome)
}

@Test func theFirmwareLogAloneExplainsNothingThatUserSpaceExtended() throws {
  let correlation = try correlate([("q", registers(5), true)], [madeEventLog(firmware)])
  #expect(outcomes(correlation, "capture/events") == [.mismatch(registers: [4, 7, 11])])
}

@Test(arguments: [false, true])
func bothLogsTogetherExplainTheQuotedValues(userSpaceFirst: Bool) throws {
  var logs = [madeEventLog(firmware), try systemdLog()]
  if userSpaceFirst { logs.reverse() }
  let correlation = try correlate([("q", registers(5), true)], logs)
  #expect(outcomes(correlation, "capture/events") == [.found(4...4)])
  #expect(outcomes(correlation, "capture/tpm2-measure.log") == [.found(5...5)])
  #expect(correlation.matches.map(\.registers) == [[4, 7, 11], [4, 7, 11, 15]])
  #expect(correlation.unexplained.isEmpty)
  #expect(correlation.divergences.isEmpty)
}

@Test(arguments: 0...5)
func anEarlierQuoteProvesTheFirstRecordsOfUserSpace(count: Int) throws {
  for hasValues in [true, false] {
    let correlation = try correlate(
      [("q", registers(count), hasValues)], [madeEventLog(firmware), try systemdLog()])
    let match = correlation.matches.last { $0.log == "capture/tpm2-measure.log" }
    #expect(match?.found == count...count, "\(count), \(hasValues)")
    #expect(match?.isByDigest == !hasValues)
    #expect(correlation.matches.filter { $0.log == "capture/events" }.allSatisfy { $0.found != nil })
    #expect(correlation.unexplained.isEmpty)
  }
}

@Test func aLogReadEarlierEndsBeforeTheLaterQuote() throws {
  let early = try systemdLog(Array(userSpace.prefix(3)), file: "early/tpm2-measure.log")
  let correlation = try correlate(
    [("q1", registers(3), true), ("q2", registers(5), true)], [madeEventLog(firmware), early, systemdLog()])
  #expect(outcomes(correlation, "early/tpm2-measure.log") == [.found(3...3), .endsBeforeSource])
  #expect(outcomes(correlation, "capture/tpm2-measure.log") == [.found(3...3), .found(5...5)])
  #expect(outcomes(correlation, "capture/events") == [.found(4...4), .found(4...4)])
}

/// Beside each log it is said what can be tested, where the digest of a quote without values is not given.
@Test func whatCanBeTestedOfADigestIsSaidBesideEachLog() throws {
  var altered = firmware
  altered[0].data = [9]
  let correlation = try correlate([("q", registers(5), false)], [madeEventLog(altered), try systemdLog()])
  var quote = MadeQuote("q", values: registers(5))
  quote.hasRegisterFile = false
  let verified = try quote.verified()
  let digests = correlation.eventLogs.map { correlation.unexplainedDigest(of: verified, beside: $0) }
  #expect(digests.map { $0?.registers } == [[4, 7, 11, 15], [4, 7, 11, 15]])
  #expect(digests.map { $0?.withoutLog.contains(15) } == [false, false])
  guard case .possible(let quoted)? = digests[0]?.search else {
    Issue.record("\(digests)")
    return
  }
  // What user space added behind the firmware's own log is part of what was calculated.
  #expect(quoted.entries.last?.calculated == registers(5)[.sha256, 15])
  #expect(digests[1]?.search == .notTestable("hypotheses are about logs of firmware, not of user space"))
  let good = try correlate([("q", registers(5), false)], [madeEventLog(firmware), try systemdLog()])
  #expect(good.eventLogs.allSatisfy { good.unexplainedDigest(of: verified, beside: $0) == nil })
}

/// Each altered log is a mismatch somewhere: user space never excuses a register that does not fit.
@Test func whatWasDoneToALogOfUserSpaceIsFound() throws {
  var removed = userSpace
  removed.remove(at: 3)
  var edited = userSpace
  edited[2].string = "enter-other"
  var added = userSpace
  added.insert((11, "sysinit"), at: 4)
  var swapped = userSpace
  swapped.swapAt(2, 3)
  for records in [removed, edited, added, swapped] {
    let correlation = try correlate([("q", registers(5), true)], [madeEventLog(firmware), try systemdLog(records)])
    #expect(outcomes(correlation, "capture/tpm2-measure.log") == [.mismatch(registers: [11])])
  }
}

@Test(arguments: 0..<4)
func anAlteredFirmwareLogIsFoundThoughUserSpaceWentOn(index: Int) throws {
  var altered = firmware
  altered[index].data = [9, 9, 9, 9]
  let alone = try correlate([("q", registers(5), true)], [madeEventLog(altered), try systemdLog()])
  #expect(
    alone.matches.contains {
      if case .mismatch(let found) = $0.outcome { found == [Int(altered[index].register)] } else { false }
    })
  // Beside a good copy, the altered one is the one that is named.
  let both = try correlate(
    [("q", registers(5), true)],
    [madeEventLog(altered, file: "bad"), madeEventLog(firmware, file: "good"), try systemdLog()])
  #expect(outcomes(both, "good") == [.found(4...4)])
  #expect(outcomes(both, "capture/tpm2-measure.log") == [.found(5...5)])
  guard case .mismatch? = outcomes(both, "bad").first else {
    Issue.record("the altered copy passes")
    return
  }
  #expect(both.divergences.map(\.other) == ["bad"])
}

/// Of registers that the firmware began nothing can be said without its log.
@Test func withoutTheFirmwareLogOnlyTheMachinesIdentityIsProven() throws {
  let correlation = try correlate([("q", registers(5), true)], [try systemdLog()])
  let match = try #require(correlation.matches.first)
  #expect(match.found == 5...5)
  #expect(match.registers == [15])
  #expect(match.leftOut == [4, 7, 11])
  #expect(correlation.unexplained.map(\.register) == [4, 7, 11])
}

@Test func registersOfAConfidentialGuestAreNotHeldAgainstAQuote() throws {
  let log = try #require(madeEventLog(firmware))
  var guest = log
  guest.file = "ccel"
  guest.log.registerFamily = .rtmr
  let correlation = try correlate([("q", registers(0), true)], [log, guest])
  #expect(outcomes(correlation, "ccel").isEmpty)
  #expect(outcomes(correlation, "capture/events") == [.found(4...4)])
}

/// Of a quote without values only the sum of all registers is known: what systemd is known to extend is no mismatch.
@Test func aDigestThatASeparatorBehindTheLogGivesIsMissingEvidence() throws {
  let records = [MadeRecord("boot_aggregate"), MadeRecord("/bin/a")]
  let list = madeList(records)
  func outcome(_ further: [(register: Int, string: String)], of log: [MadeEvent]) throws -> LogMatch.Outcome? {
    var values = RegisterValues()
    for register in [4, 7] {
      values[.sha256, register] = extended(
        .sha256,
        log.filter { $0.register == UInt32(register) }.map(\.digest)
          + further.filter { $0.register == register }.map { digest($0.string) })
    }
    values[.sha256, 10] = extended(
      .sha256, records.map { HashAlgorithm.sha256.digest(of: $0.data) ?? [] })
    var quote = MadeQuote("q", values: values)
    quote.hasRegisterFile = false
    var evidence = BootEvidence()
    evidence.quotes = [try quote.verified()]
    evidence.eventLogs = [try #require(madeEventLog(firmware))]
    evidence.lists = [list]
    return BootCorrelation(evidence, jobs: 1).matches.first { $0.log == list.file && $0.bank == .sha256 }?.outcome
  }
  #expect(try outcome([], of: firmware) == .found(2...2))
  guard case .undetermined(let missing)? = try outcome(userSpace, of: firmware) else {
    Issue.record("a log of user space that is missing counts as an altered log")
    return
  }
  #expect(missing.contains("tpm2-measure.log"))
  var altered = firmware
  altered[0].data = [9]
  #expect(try outcome(userSpace, of: altered) == .mismatch(registers: [10]))
}

/// Of two firmware's logs that differ, the one that gives the digest is the boot's, whichever stands first.
@Test(arguments: [false, true], [false, true])
func ofSeveralLogsTheOneThatGivesTheDigestIsFound(hasList: Bool, isGoodFirst: Bool) throws {
  var altered = firmware
  altered[0].data = [9]
  let records = [MadeRecord("boot_aggregate"), MadeRecord("/bin/a")]
  var values = registers(0)
  values[.sha256, 15] = nil
  if hasList {
    values[.sha256, 10] = extended(.sha256, records.map { HashAlgorithm.sha256.digest(of: $0.data) ?? [] })
  }
  var quote = MadeQuote("q", values: values)
  quote.hasRegisterFile = false
  var evidence = BootEvidence()
  evidence.quotes = [try quote.verified()]
  let logs = [try #require(madeEventLog(firmware, file: "good")), try #require(madeEventLog(altered, file: "bad"))]
  evidence.eventLogs = isGoodFirst ? logs : logs.reversed()
  evidence.lists = hasList ? [madeList(records)] : []
  let correlation = BootCorrelation(evidence, jobs: 1)
  #expect(correlation.replayedRegisters["q"] == values)
  #expect(outcomes(correlation, "good").contains(.found(4...4)))
  #expect(!outcomes(correlation, "bad").contains { if case .found = $0 { true } else { false } })
  #expect(!correlation.matches.contains { if case .mismatch = $0.outcome { true } else { false } })
}

/// systemd goes on writing behind a quote: of one without values each first part of its log is tried.
@Test(arguments: 0...5) func aDigestIsTriedWithEachFirstPartOfALogOfUserSpace(count: Int) throws {
  let records = [MadeRecord("boot_aggregate"), MadeRecord("/bin/a")]
  var values = registers(count)
  values[.sha256, 10] = extended(.sha256, records.map { HashAlgorithm.sha256.digest(of: $0.data) ?? [] })
  var quote = MadeQuote("q", values: values)
  quote.hasRegisterFile = false
  var evidence = BootEvidence()
  evidence.quotes = [try quote.verified()]
  evidence.eventLogs = [try #require(madeEventLog(firmware)), try systemdLog()]
  evidence.lists = [madeList(records)]
  let correlation = BootCorrelation(evidence, jobs: 1)
  #expect(correlation.replayedRegisters["q"] == values)
  #expect(outcomes(correlation, "capture/tpm2-measure.log").contains(.found(count...count)))
  #expect(!correlation.matches.contains { if case .mismatch = $0.outcome { true } else { false } })
}

/// Values that nobody signed do not say which log is the boot's.
@Test func anUnsignedListingDoesNotChooseTheLog() throws {
  var stale = firmware
  stale[0].data = [9]
  var values = registers(0)
  values[.sha256, 15] = nil
  var quote = MadeQuote("q", values: values)
  quote.hasRegisterFile = false
  var wrong = values
  wrong[.sha256, 4] = extended(.sha256, stale.filter { $0.register == 4 }.map(\.digest))
  var evidence = BootEvidence()
  evidence.quotes = [try quote.verified()]
  evidence.snapshots = [.init(file: "pcrs.txt", values: wrong)]
  evidence.eventLogs = [
    try #require(madeEventLog(firmware, file: "true")), try #require(madeEventLog(stale, file: "stale")),
  ]
  let correlation = BootCorrelation(evidence, jobs: 1)
  #expect(correlation.replayedRegisters["q"] == values)
  #expect(correlation.divergences.allSatisfy { $0.other != "true" })
}

/// Kernels before 5.8 extend the SHA-1 padded with zeros: that, too, goes with each first part of a log of user space, and many quotes
/// take nothing from one another.
@Test(arguments: [1, 40]) func aDigestIsTriedWithPaddedMeasurementsAndFirstParts(quoteCount: Int) throws {
  let records = [MadeRecord("boot_aggregate"), MadeRecord("/bin/a")]
  var values = registers(2)
  values[.sha256, 10] = extended(
    .sha256,
    records.map { (HashAlgorithm.sha1.digest(of: $0.data) ?? []) + [UInt8](repeating: 0, count: 12) })
  var evidence = BootEvidence()
  evidence.quotes = try (0..<quoteCount).map { index in
    var quote = MadeQuote("q\(index)", values: values)
    quote.hasRegisterFile = false
    return try quote.verified()
  }
  evidence.eventLogs = [try #require(madeEventLog(firmware)), try systemdLog()]
  evidence.lists = [madeList(records)]
  let correlation = BootCorrelation(evidence, jobs: 1)
  #expect(correlation.replayedRegisters.count == quoteCount)
  #expect(correlation.replayedRegisters.values.allSatisfy { $0 == values })
}

/// Where more could give the digest than was tried, nobody is accused.
@Test func moreLogsThanAreTriedLeaveADigestOpen() throws {
  let list = madeList([MadeRecord("boot_aggregate")])
  var values = registers(0)
  values[.sha256, 15] = nil
  values[.sha256, 10] = [UInt8](repeating: 9, count: 32)
  var quote = MadeQuote("q", values: values)
  quote.hasRegisterFile = false
  func outcome(_ count: Int) throws -> LogMatch.Outcome? {
    var evidence = BootEvidence()
    evidence.quotes = [try quote.verified()]
    evidence.eventLogs = try (0..<count).map { index in
      var other = firmware.filter { $0.register != 11 }
      other[0].data = [UInt8(index)]
      return try #require(madeEventLog(other + [MadeEvent(11, .ipl, [3])], file: "log \(index)"))
    }
    evidence.eventLogs.append(try systemdLog())
    evidence.lists = [list]
    return BootCorrelation(evidence, jobs: 1).matches.first { $0.log == list.file }?.outcome
  }
  #expect(try outcome(2) == .mismatch(registers: [10]))
  guard case .undetermined(let missing)? = try outcome(20) else {
    Issue.record("twenty logs accuse")
    return
  }
  #expect(missing.contains("than were tried"))
}

/// A log of user space that was read before the quote is told of the longer one, where only the digest is known, too.
@Test(arguments: [false, true]) func anEarlierLogIsToldOfTheLongerOneByDigest(hasList: Bool) throws {
  let records = [MadeRecord("boot_aggregate")]
  var values = registers(5)
  if hasList { values[.sha256, 10] = extended(.sha256, records.map { HashAlgorithm.sha256.digest(of: $0.data) ?? [] }) }
  var quote = MadeQuote("q", values: values)
  quote.hasRegisterFile = false
  var evidence = BootEvidence()
  evidence.quotes = [try quote.verified()]
  evidence.eventLogs = [
    try #require(madeEventLog(firmware)), try systemdLog(Array(userSpace.prefix(3)), file: "early"), try systemdLog(),
  ]
  evidence.lists = hasList ? [madeList(records)] : []
  let correlation = BootCorrelation(evidence, jobs: 1)
  #expect(outcomes(correlation, "early").contains(.endsBeforeSource))
  #expect(outcomes(correlation, "capture/tpm2-measure.log").contains(.found(5...5)))
}
