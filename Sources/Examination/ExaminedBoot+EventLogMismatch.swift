import Appraisal
import Correlation
import Digests
import EvidenceIntake
import IMALog
import PublicKeys
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// Why firmware's event logs do not give the quoted values: every hypothesis with its outcome, register by register.
extension ExaminedBoot {
  /// So many registers of one log are looked into, and so many hash operations are spent on all of them in all logs of the boot:
  /// a hostile log could differ in all of them.
  private static let registerLimit = 24
  private static let logLimit = 8
  private static let hashLimit = 2_000_000

  var eventLogExplanations: [AttestationResult.ListExplanation] {
    let logs = correlation.eventLogs.prefix(Self.logLimit)
    var told: [Told] = []
    var registers: [MismatchSearches.RegisterQuestion] = []
    var digests: [MismatchSearches.DigestQuestion] = []
    for log in logs {
      guard case .firmware = log.place else { continue }
      let others = logs.filter { $0.file != log.file }
      let firmware =
        others.filter { $0.place == .firmware }.map { NamedEventLog($0.file, $0.replay.log) } + logsOfOtherBoots
      let userSpace = others.filter { $0.place == .userSpace }.map(\.replay.log)
      for observation in observations(against: log).prefix(Self.registerLimit) {
        told.append(.values(log, observation, question: registers.count))
        var question = MismatchSearches.RegisterQuestion(
          log.replay, register: observation.register, observed: observation.values, others: firmware,
          followers: userSpace)
        question.mayEndEarlier = false
        registers.append(question)
      }
      for digest in unexplainedDigests(beside: log).prefix(Self.registerLimit) {
        var question: Int?
        if case .possible(let quoted) = digest.digest.search {
          question = digests.count
          digests.append(.init(log.replay, quoted, others: firmware, followers: userSpace))
        }
        told.append(.digest(log, digest, question: question))
      }
    }
    let searches = MismatchSearches(registers: registers, digests: digests, budget: Self.hashLimit)
    var explanations: [AttestationResult.ListExplanation] = []
    // Registers that the same explains are told together.
    var open: (log: CorrelatedEventLog, quotes: [String], mismatch: RegisterMismatch)?
    func close() {
      if let last = open { explanations.append(.init(last.mismatch, of: last.log, quotes: last.quotes)) }
      open = nil
    }
    for told in told {
      switch told {
      case .values(let log, let observation, let question):
        guard let mismatch = searches.registers[question] else { continue }
        if let last = open, last.log.file == log.file, last.quotes == observation.quotes,
          let joined = last.mismatch.joined(with: mismatch)
        {
          open?.mismatch = joined
        } else {
          close()
          open = (log, observation.quotes, mismatch)
        }
      case .digest(let log, let digest, let question):
        close()
        let mismatch = question.flatMap { searches.digests[$0] }
        guard question == nil || mismatch != nil else { continue }
        explanations.append(.init(digest.digest, mismatch, of: log, quotes: digest.quotes))
      }
    }
    close()
    return explanations
  }

  /// What is told of a log, with the number of the question whose answer it is.
  private enum Told {
    case values(CorrelatedEventLog, Observation, question: Int)
    case digest(CorrelatedEventLog, Digest, question: Int?)
  }

  /// What authentic quotes hold of one register that the log does not give.
  private struct Observation {
    var register: Int
    var values: [HashAlgorithm: [UInt8]]
    var quotes: [String]
  }

  /// A digest that no log gives, with the authentic quotes of which the same is to be said.
  private struct Digest {
    var digest: UnexplainedDigest
    var quotes: [String]
  }

  private func observations(against log: CorrelatedEventLog) -> [Observation] {
    var found: [Observation] = []
    for entry in statements where authentic.contains(entry.statement.quote.quote.file) {
      let file = entry.statement.quote.quote.file
      guard let (mismatching, values) = notGiven(by: log, entry.statement.quote) else { continue }
      for register in mismatching + registersWithoutEvents(file, beside: log) {
        let observed = Dictionary(
          uniqueKeysWithValues: values.banks.compactMap { bank in values[bank, register].map { (bank, $0) } })
        if let known = found.firstIndex(where: { $0.register == register && $0.values == observed }) {
          found[known].quotes.append(file)
        } else {
          found.append(Observation(register: register, values: observed, quotes: [file]))
        }
      }
    }
    return found.sorted { $0.register < $1.register }
  }

  /// Registers that firmware and loaders extend with events, that the quote shows to be extended, and of which no log has any. They
  /// are told beside the first log alone.
  private func registersWithoutEvents(_ quote: String, beside log: CorrelatedEventLog) -> [Int] {
    guard correlation.eventLogs.first(where: { $0.place == .firmware })?.file == log.file else { return [] }
    let registers = correlation.unexplained.filter { $0.quote == quote && $0.phases.isEmpty }.map(\.register)
    return Set(registers).filter { $0 < 9 || $0 == 14 }.sorted()
  }

  private func notGiven(
    by log: CorrelatedEventLog, _ quote: VerifiedQuote
  ) -> (registers: [Int], values: RegisterValues)? {
    guard let values = quote.provenRegisters else { return correlation.registersNotGiven(by: log, of: quote) }
    let registers = Set(
      log.matches.flatMap { match -> [Int] in
        guard match.source == .quote(quote.quote.file), case .mismatch(let registers) = match.outcome else { return [] }
        return registers
      })
    return (registers.sorted(), values)
  }

  private func unexplainedDigests(beside log: CorrelatedEventLog) -> [Digest] {
    var found: [Digest] = []
    for entry in statements where authentic.contains(entry.statement.quote.quote.file) {
      let file = entry.statement.quote.quote.file
      guard let digest = correlation.unexplainedDigest(of: entry.statement.quote, beside: log) else { continue }
      if let known = found.firstIndex(where: { $0.digest == digest }) {
        found[known].quotes.append(file)
      } else {
        found.append(Digest(digest: digest, quotes: [file]))
      }
    }
    return found
  }
}

extension AttestationResult.ListExplanation {
  fileprivate init(_ mismatch: RegisterMismatch, of log: CorrelatedEventLog, quotes: [String]) {
    let banks = mismatch.banks.map(\.name).joined(separator: " and ")
    let isOne = mismatch.registers.count == 1
    self.init(
      mismatch.tests, of: log, quotes: quotes,
      reason:
        "PCR \(registerText(mismatch.registers)), \(banks): the log does not replay to the quoted \(isOne ? "value" : "values"). One change at a "
        + "time was tried, and counts only when it gives the quoted value in every bank; the log stays what it is.",
      place: "PCR \(registerText(mismatch.registers)): ")
  }

  /// - parameter mismatch: nil where nothing can be tested.
  fileprivate init(
    _ digest: UnexplainedDigest, _ mismatch: DigestMismatch?, of log: CorrelatedEventLog, quotes: [String]
  ) {
    let given =
      "The quote gives a digest over PCR \(digest.registers.map(String.init).joined(separator: ","))"
      + " (\(digest.banks.map(\.name).joined(separator: " and "))) and no values, and what the logs replay to does not hash to it."
    if case .notTestable(let reason) = digest.search {
      let tests = MismatchHypothesis.allCases.map {
        MismatchTest(
          hypothesis: $0,
          outcome: .notTested(
            reason: "Not testable, for the quote gives a digest over several registers and no values, and \(reason)."))
      }
      self.init(
        tests, of: log, quotes: quotes,
        reason: "\(given) No hypothesis is testable, for \(reason); the log stays what it is.")
      return
    }
    let assumed =
      digest.withoutLog.isEmpty
      ? ""
      : " PCR \(digest.withoutLog.map(String.init).joined(separator: ",")), which no log extends, were taken as after a reset."
    self.init(
      mismatch?.tests ?? [], of: log, quotes: quotes,
      reason:
        "\(given) One change at a time in one of the registers was tried, the others taken as replayed, and counts only when the "
        + "values then hash to the digest.\(assumed) The log stays what it is.")
  }

  /// - parameter place: the registers that the changes are of, where their sentences do not say it.
  private init(
    _ tests: [MismatchTest], of log: CorrelatedEventLog, quotes: [String], reason: String, place: String = ""
  ) {
    let changes = tests.flatMap { test -> [MismatchChange] in
      if case .reproduces(let changes) = test.outcome { changes } else { [] }
    }
    let events = changes.flatMap(\.events)
    let cut = log.cut.map {
      "The file ends inside event \($0.event): what was extended from there on is missing."
    }
    self.init(
      file: log.file, quotes: quotes,
      interval: events.isEmpty ? nil : (events.min() ?? 0)..<(events.max() ?? 0) + 1,
      intervalReason: [reason, cut].compactMap { $0 }.joined(separator: " "),
      conclusion: changes.isEmpty ? cut : place + changes.map(\.sentence).joined(separator: " Or: "),
      hypotheses: tests.map { AttestationResult.Hypothesis($0) })
  }
}

extension AttestationResult.Hypothesis {
  fileprivate init(_ test: MismatchTest) {
    let name = test.hypothesis.rawValue
    switch test.outcome {
    case .notApplicable:
      self.init(
        name: name, outcome: .notTestable, candidates: 0,
        message: "It says nothing of this register, or there is no other log of this boot to take an event from.")
    case .reproduces(let changes):
      self.init(
        name: name, outcome: .reproduces, candidates: changes.count,
        message: changes.map(\.sentence).joined(separator: " Or: ")
          + (test.isFinished ? "" : " Not every change of this kind was tried."))
    case .refuted(let tried):
      self.init(
        name: name, outcome: .refuted, candidates: tried, message: "No change of this kind gives what was quoted.")
    case .notFinished(let tried, let reason):
      self.init(
        name: name, outcome: .notExhausted, candidates: tried,
        message: "None that was tried gives what was quoted, and not every change of this kind was tried: \(reason).")
    case .notTested(let reason): self.init(name: name, outcome: .notTestable, candidates: 0, message: reason)
    }
  }
}
