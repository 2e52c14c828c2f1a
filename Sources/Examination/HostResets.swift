import Appraisal
import QuoteVerification
import TPMStructures

/// What lies between the boots of a host: a reset of the TPM each, and boots that left no evidence.
struct HostResets {
  private struct Boot {
    var label: String
    var resetCount: UInt32
    var signers: Set<[UInt8]>
    var first: BootPauses.Entry
    var last: BootPauses.Entry
  }

  private var boots: [Boot] = []

  init(_ host: ExaminedHost) {
    for boot in host.boots {
      let quotes = boot.statements.filter { $0.statement.quote.isAuthentic && $0.statement.quote.attestation != nil }
        .sorted { BootTimeline.order($0.statement.quote) < BootTimeline.order($1.statement.quote) }
      guard let count = boot.boot.resetCount, let first = quotes.first, let last = quotes.last else { continue }
      let signers = Set(quotes.compactMap(\.statement.quote.attestation?.qualifiedSigner))
      boots.append(Boot(label: boot.label, resetCount: count, signers: signers, first: first, last: last))
    }
  }

  /// The reset before a boot; nil for the first one, and where no common key shows that both are of one TPM.
  func event(before label: String, host: String) -> AttestationResult.TimelineEvent? {
    guard let index = boots.firstIndex(where: { $0.label == label }), index > 0 else { return nil }
    let (earlier, later) = (boots[index - 1], boots[index])
    guard later.resetCount > earlier.resetCount, !earlier.signers.isDisjoint(with: later.signers) else { return nil }
    let count = later.resetCount - earlier.resetCount
    let missing =
      count > 1
      ? " \(count - 1) \(count == 2 ? "boot lies" : "boots lie") between them of which nothing was archived." : ""
    return AttestationResult.TimelineEvent(
      host: host, boot: label, kind: "reset",
      message:
        "The TPM was reset \(count == 1 ? "once" : "\(count) times") between \(earlier.last.statement.quote.quote.file) (reset count \(earlier.resetCount)) and \(later.first.statement.quote.quote.file) (\(later.resetCount)).\(missing)",
      notBeforeClock: earlier.last.statement.quote.attestation?.clock.clock,
      notAfterClock: later.first.statement.quote.attestation?.clock.clock,
      notBefore: earlier.last.capture.collectedAt, notAfter: later.first.capture.collectedAt,
      file: later.first.statement.quote.quote.file)
  }
}
