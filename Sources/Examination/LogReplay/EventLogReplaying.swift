import ByteReading
import Correlation
import Digests
import EvidenceIntake
import QuoteVerification
import Replay
import TCGEventLog

func replayEvents(
  _ parsed: Parsed<EventLog>, _ request: LogReplayRequest, _ reference: LogReplayReference?
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
  result.isCut = parsed.isCut
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
  if !log.followsFirmware, request.until == nil {
    let untold = Set(
      result.unlogged.filter { $0.isUnexplained || [11, 12, 13, 15].contains($0.register) }.map(\.register))
    result.explain(
      untold.sorted(), of: replayed, observed, request.constants, others: firmware, followers: userSpace)
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
      var question = MismatchSearches.RegisterQuestion(
        replay, register: register, observed: observed.values(ofRegister: register), others: others,
        followers: followers)
      question.mayEndEarlier = false
      return question
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
  // Registers that the log of user space extends are its own to explain. Another log of firmware is a copy, or of another boot, and
  // shows what this one lacks.
  let others = Set(
    beside.eventLogs.filter { $0.log.followsFirmware != log.followsFirmware }.flatMap(\.log.events).map {
      Int($0.registerIndex)
    })
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
  _ log: EventLog, _ problems: [ParseError], _ request: LogReplayRequest, _ reference: LogReplayReference?
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
