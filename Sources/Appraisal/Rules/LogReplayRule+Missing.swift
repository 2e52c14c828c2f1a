import Correlation
import Digests
import Replay

extension LogReplayRule {
  /// Quotes of which only the digest is known, over registers that all have a log, and no part of the logs gives it.
  func digests(_ correlation: BootCorrelation) -> [Finding] {
    let failed = correlation.matches.filter { match in
      guard match.isByDigest, correlation.replayedRegisters[match.source.file] == nil, case .mismatch = match.outcome
      else { return false }
      return true
    }
    return Set(failed.map(\.source.file)).sorted().map { file in
      Finding(
        .logReplayMismatch, file: file,
        message:
          "No first part of the list gives, together with the event log, values that hash to the digest of \(file): a log was altered, or is of another boot. A digest alone does not tell which log."
      )
    }
  }

  func missing(_ registers: [BootCorrelation.UnexplainedRegister], _ emptyLogs: [String]) -> [Finding] {
    missing(registers.filter { !isResettableByAnyone($0.register) }, emptyLogs, effect: nil)
      + missing(registers.filter { isResettableByAnyone($0.register) }, [], effect: Effect.none)
  }

  private func missing(
    _ missing: [BootCorrelation.UnexplainedRegister], _ emptyLogs: [String], effect: Effect?
  ) -> [Finding] {
    var byBank: [HashAlgorithm: (registers: Set<Int>, quotes: Set<String>)] = [:]
    for place in missing {
      byBank[place.bank, default: ([], [])].registers.insert(place.register)
      byBank[place.bank, default: ([], [])].quotes.insert(place.quote)
    }
    let empty =
      emptyLogs.isEmpty
      ? ""
      : " \(emptyLogs.sorted().joined(separator: ", ")) \(emptyLogs.count == 1 ? "is" : "are") empty: absent evidence, not a mismatch."
    return byBank.sorted { $0.key < $1.key }.map { bank, entry in
      let registers = entry.registers.sorted()
      let known = registers.compactMap { register in
        missing.first { $0.bank == bank && $0.register == register && !$0.phases.isEmpty }.map { (register, $0.phases) }
      }
      let alone = Dictionary(grouping: known, by: \.1).sorted { ($0.value[0].0) < ($1.value[0].0) }.map {
        phases, places in
        " PCR \(list(places.map(\.0))) \(places.count == 1 ? "has" : "have") the value that \(phases.joined(separator: ", ")) of systemd \(phases.count == 1 ? "gives" : "give") alone."
      }.joined()
      return Finding(
        .logMissing, effect: effect, file: entry.quotes.min(),
        message:
          "PCR \(list(registers)) of the \(bank.name) bank \(registers.count == 1 ? "is" : "are") away from the reset value, and no log explains \(registers.count == 1 ? "it" : "them").\(alone)\(empty)",
        expected: "a log that extends PCR \(list(registers))", actual: "none")
    }
  }
}
