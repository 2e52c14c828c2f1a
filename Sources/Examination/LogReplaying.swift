import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import PublicKeys
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// What `inquest replay` is asked for.
public struct LogReplayRequest: Sendable {
  public var log: FilePath
  /// Number of records after which to stop.
  public var until: Int?
  /// A quote or a file of register values to compare with.
  public var against: FilePath?
  /// Other logs of the boot: a quote of which only the digest is known needs all of them together.
  public var beside: [FilePath]
  /// What may have been extended without an event, when it is tested why a register does not match.
  public var constants: [MismatchConstant]
  public var jobs: Int

  /// `-` is standard input.
  public init(
    log: FilePath, until: Int? = nil, against: FilePath? = nil, beside: [FilePath] = [],
    constants: [MismatchConstant] = [], jobs: Int = 1
  ) {
    self.log = log
    self.constants = constants
    self.beside = beside
    self.until = until
    self.against = against
    self.jobs = max(1, jobs)
  }
}

/// What one log replays to, without any case around it.
public struct ReplayedLog: Sendable {
  public enum Kind: String, Sendable {
    case eventLog = "event log"
    case measurementList = "measurement list"
  }

  public var kind: Kind
  /// What the log extends. Of a confidential guest the registers 1 to 4 are RTMR 0 to 3.
  public var registerFamily = EventLog.RegisterFamily.pcr
  public var records: Int
  public var values: RegisterValues
  /// One for each bank that the other file speaks of.
  public var matches: [LogMatch]
  /// What was wrong in the log, and what was left unread.
  public var problems: [ParseError]
  public var isWhole: Bool
  /// Records whose recorded template hash is not theirs.
  public var templateHashMismatches: [Int]
  /// Why registers of an event log do not hold what was to be compared: every hypothesis with its outcome.
  public var mismatches: [RegisterMismatch] = []
  /// The digest of a quote without PCR file that an event log does not give.
  public var unexplainedDigest: UnexplainedDigest?
  /// Why it does not: every hypothesis with its outcome; nil when nothing could be tested.
  public var digestMismatch: DigestMismatch?
  /// Registers that were to be compared and that the log does not extend, with what their values say.
  public var unlogged: [UnloggedRegister] = []

  public struct UnloggedRegister: Equatable, Sendable {
    public var bank: HashAlgorithm
    public var register: Int
    public var value: [UInt8]
    public var meaning: String
    /// Firmware and loaders extend such a register with an event, and the log has none.
    public var isUnexplained: Bool
  }

  /// True when something was compared, every comparison came out well, and no register that firmware extends lacks its events.
  public var agrees: Bool {
    let compared = matches.filter { $0.outcome != .notCovered }
    return !compared.isEmpty && compared.allSatisfy { $0.found != nil && $0.leftOut.isEmpty }
      && !unlogged.contains(where: \.isUnexplained)
  }
}

public enum LogReplayError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(FileError)
  case noLog(String)
  /// An archive that holds more than one.
  case severalLogs(String, [String])
  case noValues(String)
  /// Register values of which some are none.
  case damagedValues(ParseError)
  case failed(String)
  /// What the log was to be compared with contradicts itself.
  case refused(String)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .noLog(let file): "\(file): neither an event log nor a measurement list"
    case .severalLogs(let file, let logs):
      "\(file): holds several logs, of which one is replayed: \(logs.joined(separator: ", "))"
    case .noValues(let file): "\(file): neither a quote nor register values"
    case .damagedValues(let error): error.description
    case .failed(let reason), .refused(let reason): reason
    }
  }
}

/// Replays one log. A measurement list is read window by window, so that its size does not matter.
public func replay(_ request: LogReplayRequest) throws(LogReplayError) -> ReplayedLog {
  let reference = try request.against.map { path throws(LogReplayError) in try Reference(path) }
  let input = try LogInput(request.log)
  let head = input.head
  let name = request.log.text
  let isLikelyEventLog = EventLog.isLikely(head)
  if !isLikelyEventLog, let format = MeasurementListFormat.detect(head) {
    return try replayMeasurements(format, input, request, reference)
  }
  let bytes = try input.contents()
  let content = identify(bytes, path: name)
  if case .eventLog(let log) = content { return try replayEvents(log, request, reference) }
  if isLikelyEventLog, let log = EventLog.parse(bytes, file: name) { return try replayEvents(log, request, reference) }
  guard let list = content.measurementList else { return try replayPacked(bytes, request, reference) }
  return try replay(list, request, reference)
}

/// The log in a compressed file, an archive or another tool's document that holds no second one.
private func replayPacked(
  _ bytes: [UInt8], _ request: LogReplayRequest, _ reference: Reference?
) throws(LogReplayError) -> ReplayedLog {
  let name = request.log.text
  let logs = evidenceFiles(bytes, path: name).filter { file in
    if case .eventLog = file.content { true } else { file.content.measurementList != nil }
  }
  guard let file = logs.first else { throw .noLog(name) }
  guard logs.count == 1 else { throw .severalLogs(name, logs.map(\.path)) }
  if case .eventLog(let log) = file.content { return try replayEvents(log, request, reference) }
  guard let list = file.content.measurementList else { throw .noLog(name) }
  return try replay(list, request, reference)
}

private func replay(
  _ list: Parsed<MeasurementList>, _ request: LogReplayRequest, _ reference: Reference?
) throws(LogReplayError) -> ReplayedLog {
  // The document is taken apart once; its records are replayed as a binary list is.
  var replayed = try replayMeasurements(list.value.stream().format, LogInput(list.value), request, reference)
  replayed.problems = list.problems
  replayed.isWhole = list.problems.isEmpty
  return replayed
}

/// A log as a file, or as the bytes of standard input, which can be read only once.
private struct LogInput {
  let path: FilePath
  let head: [UInt8]
  private let bytes: [UInt8]?

  init(_ path: FilePath) throws(LogReplayError) {
    self.path = path
    do throws(FileError) {
      if path.text == "-" {
        let all = try contentsOfStandardInput()
        bytes = all
        head = all
      } else {
        bytes = nil
        head = try OpenFile(path).next(1 << 20)
      }
    } catch {
      throw .unreadable(error)
    }
  }

  /// The binary form of a list that another document carries.
  init(_ list: MeasurementList) {
    path = FilePath(list.file)
    bytes = list.binaryForm
    head = []
  }

  func contents() throws(LogReplayError) -> [UInt8] {
    if let bytes { return bytes }
    do throws(FileError) {
      return try EvidenceIntake.contents(of: path)
    } catch {
      throw .unreadable(error)
    }
  }

  func stream(_ format: MeasurementListFormat) throws(LogReplayError) -> MeasurementStream {
    if let bytes {
      return MeasurementStream(bytes, file: path.text, format: format, templateHash: recordedTemplateHash)
    }
    let file: OpenFile
    do throws(FileError) {
      file = try OpenFile(path)
    } catch {
      throw .unreadable(error)
    }
    return MeasurementStream(file: path.text, format: format, templateHash: recordedTemplateHash) {
      count throws(ParseError) in
      do throws(FileError) {
        return try file.next(count)
      } catch {
        throw ParseError(file: error.path, offset: 0, field: "the file", expected: "bytes", found: error.reason)
      }
    }
  }
}

private func replayEvents(
  _ parsed: Parsed<EventLog>, _ request: LogReplayRequest, _ reference: Reference?
) throws(LogReplayError) -> ReplayedLog {
  var log = parsed.value
  if let until = request.until { log.events = Array(log.events.prefix(max(0, until))) }
  if log.registerFamily == .rtmr { return replayGuest(log, parsed.problems, request, reference) }
  let archived = ArchivedLog(file: request.log.text, capture: "", log: log)
  var beside = BootEvidence()
  try addLogs(request.beside, to: &beside)
  var evidence = BootEvidence()
  evidence.eventLogs = [archived]
  reference?.add(to: &evidence)
  if case .digest? = reference {
    evidence.eventLogs += beside.eventLogs
    evidence.lists += beside.lists
  } else {
    // Firmware and user space extend the same registers, so neither log explains them without the other.
    evidence.eventLogs += beside.eventLogs.filter { log.followsFirmware != $0.log.followsFirmware }
  }
  let correlation = BootCorrelation(evidence, jobs: 1)
  let own = correlation.matches.filter { $0.log == archived.file }
  let replayed = correlation.eventLogs.first { $0.file == archived.file }?.replay ?? EventLogReplay(log)
  var result = ReplayedLog(
    kind: .eventLog, records: log.events.count, values: replayed.values,
    matches: own, problems: parsed.problems, isWhole: parsed.problems.isEmpty,
    templateHashMismatches: [])
  let firmware = beside.eventLogs.filter { !$0.log.followsFirmware }.map { NamedEventLog($0.file, $0.log) }
  let userSpace = beside.eventLogs.map(\.log).filter(\.followsFirmware)
  if case .digest(let quote)? = reference,
    let correlated = correlation.eventLogs.first(where: { $0.file == archived.file })
  {
    result.unexplainedDigest = correlation.unexplainedDigest(of: quote, beside: correlated)
    if case .possible(let quoted)? = result.unexplainedDigest?.search {
      let question = MismatchSearches.DigestQuestion(replayed, quoted, others: firmware, followers: userSpace)
      result.digestMismatch = MismatchSearches(digests: [question], constants: request.constants).digests[0]
    }
    // Another log gives the digest, so the values are known, and this one is held against them.
    if let (registers, values) = correlation.registersNotGiven(by: correlated, of: quote) {
      result.matches += values.banks.compactMap { bank in
        let differing = registers.filter { replayed.values[bank, $0] != nil && values[bank, $0] != nil }
        guard !differing.isEmpty else { return nil }
        return LogMatch(
          source: .quote(quote.quote.file), log: archived.file, bank: bank, registers: differing,
          outcome: .mismatch(registers: differing), isByDigest: true)
      }
      result.explain(registers, of: replayed, values, request.constants, others: firmware, followers: userSpace)
    }
  }
  guard let observed = reference?.values else { return result }
  if !log.followsFirmware {
    result.explain(
      own.mismatchingRegisters, of: replayed, observed, request.constants, others: firmware, followers: userSpace)
  }
  result.unlogged = unlogged(observed, log, replayed, beside: beside).filter {
    // What stands behind the last record that was asked for is not missing.
    request.until == nil || !$0.isUnexplained
  }
  return result
}

extension ReplayedLog {
  /// Tests why registers do not hold what the log gives.
  fileprivate mutating func explain(
    _ registers: [Int], of replay: EventLogReplay, _ observed: RegisterValues, _ constants: [MismatchConstant],
    others: [NamedEventLog], followers: [EventLog]
  ) {
    let questions = registers.map { register in
      MismatchSearches.RegisterQuestion(
        replay, register: register, observed: observed.values(ofRegister: register), others: others,
        followers: followers)
    }
    for mismatch in MismatchSearches(registers: questions, constants: constants).registers.compactMap({ $0 }) {
      if let joined = mismatches.last?.joined(with: mismatch) {
        mismatches[mismatches.count - 1] = joined
      } else {
        mismatches.append(mismatch)
      }
    }
  }
}

/// Registers that were to be compared and that the log does not extend, as far as their values say something.
private func unlogged(
  _ observed: RegisterValues, _ log: EventLog, _ replayed: EventLogReplay, beside: BootEvidence
) -> [ReplayedLog.UnloggedRegister] {
  let extended = Set(observed.banks.flatMap { replayed.registers(extendedIn: $0) })
  // Registers that another log of the boot extends are its own to explain.
  let others = Set(beside.eventLogs.flatMap(\.log.events).map { Int($0.registerIndex) })
  return observed.banks.flatMap { bank in
    observed.registers(of: bank).compactMap { register -> ReplayedLog.UnloggedRegister? in
      guard let value = observed[bank, register] else { return nil }
      if !extended.contains(register), let meaning = unloggedMeaning(ofRegister: register, value: value) {
        return .init(bank: bank, register: register, value: value, meaning: meaning, isUnexplained: false)
      }
      // Of a bank that the log does not have nothing is said.
      guard !log.followsFirmware, log.banks.contains(bank), !others.contains(register), register < 9 || register == 14,
        !replayed.registers(extendedIn: bank).contains(register),
        value != resetValue(ofRegister: register, bank: bank)
      else { return nil }
      return .init(
        bank: bank, register: register, value: value,
        meaning: "it is away from its reset value, so an event is missing", isUnexplained: true)
    }
  }
}

extension [LogMatch] {
  /// Ascending, each once.
  fileprivate var mismatchingRegisters: [Int] {
    Set(
      flatMap { match -> [Int] in
        switch match.outcome {
        case .mismatch(let registers): return registers
        // Registers that user space extends, too, are no contradiction, and still differ.
        case .notCovered: return match.observed.keys.map { $0 }
        default: return match.leftOut
        }
      }
    ).sorted()
  }
}

extension RegisterValues {
  fileprivate func values(ofRegister register: Int) -> [HashAlgorithm: [UInt8]] {
    Dictionary(uniqueKeysWithValues: banks.compactMap { bank in self[bank, register].map { (bank, $0) } })
  }
}

/// The registers of a confidential guest, beside those that its quote holds.
private func replayGuest(
  _ log: EventLog, _ problems: [ParseError], _ request: LogReplayRequest, _ reference: Reference?
) -> ReplayedLog {
  let replay = EventLogReplay(log)
  var matches: [LogMatch] = []
  if case .guest(let file, let values)? = reference {
    matches = replay.values.banks.map { bank in
      let registers = replay.registers(extendedIn: bank).filter { values[bank, $0] != nil }
      let observed = Dictionary(
        uniqueKeysWithValues: registers.compactMap { register in values[bank, register].map { (register, $0) } })
      var match = LogMatch(
        source: .snapshot(file), log: request.log.text, bank: bank, registers: registers, outcome: .notCovered)
      guard !observed.isEmpty else { return match }
      switch replay.match(observed, bank: bank) {
      case .found(let range): match.outcome = .found(range)
      case .none(let mismatching): match.outcome = .mismatch(registers: mismatching)
      }
      return match
    }
  }
  return ReplayedLog(
    kind: .eventLog, registerFamily: .rtmr, records: log.events.count, values: replay.values, matches: matches,
    problems: problems, isWhole: problems.isEmpty, templateHashMismatches: [])
}

private func replayMeasurements(
  _ format: MeasurementListFormat, _ input: LogInput, _ request: LogReplayRequest, _ reference: Reference?
) throws(LogReplayError) -> ReplayedLog {
  if case .digest? = reference { return try replayForDigest(format, input, request, reference) }
  let wanted = reference?.values
  let banks = Set(wanted?.banks ?? [.sha1, .sha256]).sorted()
  let plain = try run(format, input, request, banks.map { ExtendRule($0) }, wanted)
  var values = RegisterValues()
  for (bank, byRegister) in zip(banks, plain.values) {
    for (register, value) in byRegister { values[bank, register] = value }
  }
  var matches: [LogMatch] = []
  if let wanted, let against = request.against {
    matches = banks.map { match($0, plain, wanted, request, against, .plain) }
    let open = banks.filter { bank in
      bank != .sha1 && matches.contains { $0.bank == bank && $0.found == nil && $0.outcome != .notCovered }
    }
    if !open.isEmpty {
      let padded = try run(format, input, request, open.map { ExtendRule($0, .paddedSHA1) }, wanted)
      for (index, bank) in open.enumerated() {
        let attempt = match(bank, padded, wanted, request, against, .paddedSHA1)
        guard attempt.found != nil, let place = matches.firstIndex(where: { $0.bank == bank }) else { continue }
        matches[place] = attempt
        for (register, value) in padded.values[index] { values[bank, register] = value }
      }
    }
  }
  return ReplayedLog(
    kind: .measurementList, records: plain.recordCount, values: values, matches: matches, problems: plain.problems,
    isWhole: plain.problems.isEmpty, templateHashMismatches: plain.templateHashMismatches)
}

private func run(
  _ format: MeasurementListFormat, _ input: LogInput, _ request: LogReplayRequest, _ rules: [ExtendRule],
  _ wanted: RegisterValues?
) throws(LogReplayError) -> ReplayedMeasurements {
  let targets = rules.enumerated().compactMap { index, rule -> RegisterTarget? in
    guard let wanted else { return nil }
    let registers = wanted.registers(of: rule.bank)
    let values = Dictionary(
      uniqueKeysWithValues: registers.compactMap { register in wanted[rule.bank, register].map { (register, $0) } })
    return values.isEmpty ? nil : RegisterTarget(id: rule.bank.name, rule: index, values: values)
  }
  let stream = try input.stream(format)
  do {
    return try MeasurementReplay(rules: rules, targets: targets, until: request.until, jobs: request.jobs).run(stream)
  } catch {
    throw .failed("\(error)")
  }
}

private func match(
  _ bank: HashAlgorithm, _ result: ReplayedMeasurements, _ wanted: RegisterValues, _ request: LogReplayRequest,
  _ against: FilePath, _ rule: ExtendRule.Digest
) -> LogMatch {
  let registers = result.extendedRegisters.filter { wanted[bank, $0] != nil }
  var match = LogMatch(
    source: .snapshot(against.text), log: request.log.text, bank: bank, registers: registers, rule: rule,
    outcome: .notCovered)
  guard !registers.isEmpty else { return match }
  let found = result.matches[bank.name]
  if let range = found?.combined {
    match.outcome = .found(range)
  } else {
    let never = registers.filter { found?.ranges[$0] == nil }
    match.outcome = .mismatch(registers: never.isEmpty ? registers : never)
  }
  return match
}

/// A quote of which only the digest is known needs every register at once, so the whole list is kept.
private func replayForDigest(
  _ format: MeasurementListFormat, _ input: LogInput, _ request: LogReplayRequest, _ reference: Reference?
) throws(LogReplayError) -> ReplayedLog {
  let bytes = try input.contents()
  let parsed = MeasurementList.parse(bytes, file: request.log.text, format: format)
  var evidence = BootEvidence()
  evidence.lists = [ArchivedLog(file: request.log.text, capture: "", log: parsed.value)]
  reference?.add(to: &evidence)
  try addLogs(request.beside, to: &evidence)
  let correlation = BootCorrelation(evidence, jobs: request.jobs)
  guard let chain = correlation.chains.first(where: { $0.chain.members.contains { $0.file == request.log.text } })
  else {
    throw .failed("\(request.log.text): nothing was replayed")
  }
  let own = correlation.matches.filter { $0.log == chain.chain.longest.file }
  return ReplayedLog(
    kind: .measurementList, records: parsed.value.count, values: chain.values, matches: own,
    problems: parsed.problems, isWhole: parsed.problems.isEmpty, templateHashMismatches: chain.templateHashMismatches)
}

/// The other logs of the boot, as far as they are logs.
private func addLogs(_ paths: [FilePath], to evidence: inout BootEvidence) throws(LogReplayError) {
  for path in paths where path.text != "-" {
    let file: EvidenceFile
    do throws(FileError) {
      file = try evidenceFile(at: path, path: path.text)
    } catch {
      throw .unreadable(error)
    }
    switch file.content {
    case .eventLog(let log): evidence.eventLogs.append(ArchivedLog(file: path.text, capture: "", log: log.value))
    default:
      guard let list = file.content.measurementList else { throw .noLog(path.text) }
      evidence.lists.append(ArchivedLog(file: path.text, capture: "", log: list.value))
    }
  }
}

/// The other side of a comparison.
private enum Reference {
  case values(String, RegisterValues)
  /// A quote whose PCR file is absent.
  case digest(VerifiedQuote)
  /// The registers of a confidential guest as its quote holds them; the signature is not looked at.
  case guest(String, RegisterValues)

  init(_ path: FilePath) throws(LogReplayError) {
    let content: EvidenceContent
    do {
      content = try evidenceFile(at: path, path: path.text).content
    } catch {
      throw .unreadable(error)
    }
    switch content {
    case .registerFile(let file): self = .values(path.text, file.registerValues)
    case .registerListing(let listing):
      if let problem = listing.problems.first { throw .damagedValues(problem) }
      self = .values(path.text, listing.values)
    case .integrityReport(let carried) where carried.registers != nil:
      self = .values(path.text, carried.registers ?? RegisterValues())
    case .tdxQuote(let quote):
      if let problem = quote.problems.first { throw .failed(problem.description) }
      self = .guest(path.text, quote.value.registerValues)
    case .attestation(let attestation):
      guard case .quote = attestation.attested else { throw .noValues("\(path.text) (\(attestation.attested.kind))") }
      guard attestation.isGeneratedByTPM else {
        throw .refused("\(path.text): no TPM made this statement (wrong magic)")
      }
      let quote = try Self.quote(attestation, path)
      let registerFile = quote.quote.registerFile ?? ""
      switch quote.registers {
      case .otherSelection: throw .refused("\(registerFile): labels other registers than the quote's signature covers")
      case .differ: throw .refused("\(registerFile): its values do not hash to the quoted digest")
      case .unreadable(let reason): throw .refused("\(registerFile): \(reason)")
      case .hashToDigest, .emptySelection, .notSupplied, .notComputable, nil: break
      }
      self = quote.provenRegisters.map { .values(path.text, $0) } ?? .digest(quote)
    default: throw .noValues(path.text)
    }
  }

  /// The quote with the PCR file of the same stem beside it, where there is one. Its signature is not looked at.
  private static func quote(_ attestation: Attestation, _ path: FilePath) throws(LogReplayError) -> VerifiedQuote {
    var quote = UnverifiedQuote(file: path.text, attestation: .present(attestation))
    let dot = path.bytes.lastIndex(of: UInt8(ascii: "."))
    let stem = dot.map { Array(path.bytes[..<$0]) } ?? path.bytes
    for ending in [".pcrs", ".pcr"] {
      let sibling = FilePath(bytes: stem + Array(ending.utf8))
      guard resolved(sibling) != nil else { continue }
      let bytes: [UInt8]
      do {
        bytes = try contents(of: sibling)
      } catch {
        throw .unreadable(error)
      }
      quote.registerFile = sibling.text
      if case .registerFile(let file) = identify(bytes, path: sibling.text) {
        quote.registers = .present(.labelled(file))
      } else {
        quote.registers = .present(.bare(bytes))
      }
      break
    }
    return QuoteVerifier(ring: KeyRing([]), anchors: []).verify(quote, at: nil)
  }

  var values: RegisterValues? {
    if case .values(_, let values) = self { values } else { nil }
  }

  func add(to evidence: inout BootEvidence) {
    switch self {
    case .values(let file, let values): evidence.snapshots.append(.init(file: file, values: values))
    case .digest(let quote): evidence.quotes.append(quote)
    case .guest: break
    }
  }
}
