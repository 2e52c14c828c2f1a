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
  /// So many registers of one log are looked into, and so many extends are spent on one hypothesis: a hostile log could
  /// differ in all of them.
  private static let registerLimit = 8
  private static let logLimit = 8
  private static let extendLimit = 60_000

  var eventLogExplanations: [AttestationResult.ListExplanation] {
    correlation.eventLogs.prefix(Self.logLimit).flatMap { log -> [AttestationResult.ListExplanation] in
      guard case .firmware = log.place else { return [] }
      let others = correlation.eventLogs.prefix(Self.logLimit).filter { $0.file != log.file }
      return observations(against: log).prefix(Self.registerLimit).compactMap { observation in
        RegisterMismatch(
          log.replay, register: observation.register, observed: observation.values,
          others: others.filter { $0.place == .firmware }.map(\.replay.log) + logsOfOtherBoots,
          followers: others.filter { $0.place == .userSpace }.map(\.replay.log), budget: Self.extendLimit
        ).map { .init($0, of: log, quotes: observation.quotes) }
      }
    }
  }

  /// What authentic quotes hold of one register that the log does not give.
  private struct Observation {
    var register: Int
    var values: [HashAlgorithm: [UInt8]]
    var quotes: [String]
  }

  private func observations(against log: CorrelatedEventLog) -> [Observation] {
    var found: [Observation] = []
    for entry in statements where authentic.contains(entry.statement.quote.quote.file) {
      let file = entry.statement.quote.quote.file
      guard let values = entry.statement.quote.provenRegisters else { continue }
      let registers = Set(
        log.matches.flatMap { match -> [Int] in
          guard match.source == .quote(file), case .mismatch(let registers) = match.outcome else { return [] }
          return registers
        })
      for register in registers.sorted() {
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
}

extension AttestationResult.ListExplanation {
  fileprivate init(_ mismatch: RegisterMismatch, of log: CorrelatedEventLog, quotes: [String]) {
    let changes = mismatch.reproducing.flatMap { test -> [MismatchChange] in
      if case .reproduces(let changes) = test.outcome { changes } else { [] }
    }
    let events = changes.flatMap(\.events)
    let banks = mismatch.banks.map(\.name).joined(separator: " and ")
    self.init(
      file: log.file, quotes: quotes,
      interval: events.isEmpty ? nil : (events.min() ?? 0)..<(events.max() ?? 0) + 1,
      intervalReason:
        "PCR \(mismatch.register), \(banks): the log does not replay to the quoted value. One change at a time was tried, and "
        + "counts only when it gives the quoted value in every bank; the log stays what it is.",
      conclusion: changes.isEmpty ? nil : changes.map(\.sentence).joined(separator: " Or: "),
      hypotheses: mismatch.tests.map { AttestationResult.Hypothesis($0) })
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
        message: changes.map(\.sentence).joined(separator: " Or: "))
    case .refuted(let tried):
      self.init(
        name: name, outcome: .refuted, candidates: tried, message: "No change of this kind gives the quoted value.")
    case .notTested(let reason): self.init(name: name, outcome: .notTestable, candidates: 0, message: reason)
    }
  }
}
