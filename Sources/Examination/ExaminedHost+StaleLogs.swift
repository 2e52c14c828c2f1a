import Correlation
import QuoteVerification
import Replay
import TCGEventLog

// Event logs of one boot that lie beside the quotes of another: a system that wakes from hibernation serves the log of the boot
// that went to sleep, and a collector may have read one before a restart.
extension ExaminedHost {
  /// So many logs of a boot are held against so many other boots.
  private static let limit = 8

  mutating func findStaleLogs() {
    guard boots.count > 1 else { return }
    let logs = boots.map { boot in boot.correlation.eventLogs.filter { $0.place == .firmware }.prefix(Self.limit) }
    for (index, own) in logs.enumerated() {
      let mismatching = own.filter(\.differsFromAQuote)
      guard !mismatching.isEmpty else { continue }
      let others = boots.indices.filter { $0 != index }.prefix(Self.limit)
      boots[index].logsOfOtherBoots = others.flatMap { logs[$0].map { NamedEventLog($0.file, $0.replay.log) } }
      for log in mismatching {
        guard let other = others.first(where: { boots[$0].isExplained(by: log) }) else { continue }
        boots[index].staleLogs[log.file] = boots[other].label
      }
    }
  }
}

extension ExaminedBoot {
  /// The log gives every value of it that quotes of this boot hold which may prove a log: one by a key that nobody trusts excuses
  /// nothing, nor does one that covers a register or two.
  fileprivate func isExplained(by log: CorrelatedEventLog) -> Bool {
    let proving = proving
    var evidence = BootEvidence()
    evidence.eventLogs = [ArchivedLog(file: log.file, capture: log.capture, log: log.replay.log)]
    evidence.quotes = statements.map(\.statement.quote).filter {
      proving.contains($0.quote.file) && $0.isOfTrustedKey && $0.provenRegisters != nil
    }
    let found = BootCorrelation(evidence, jobs: 1).eventLogs.first
    return found.map { !$0.differsFromAQuote && $0.matchesAQuote } ?? false
  }
}

extension CorrelatedEventLog {
  fileprivate var differsFromAQuote: Bool {
    matches.contains { match in
      if case .quote = match.source, case .mismatch = match.outcome { true } else { false }
    }
  }

  fileprivate var matchesAQuote: Bool {
    matches.contains { match in
      guard case .quote = match.source, match.registers.count >= 3 else { return false }
      return match.found?.upperBound == replay.log.events.count
    }
  }
}
