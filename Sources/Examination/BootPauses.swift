import Appraisal
import PublicKeys
import QuoteVerification
import TPMStructures

/// Where a machine stood still within one boot: it slept, or its TPM's clock did.
///
/// The TPM counts a restart when it wakes with its state kept (`TPM2_Startup(STATE)`), and its clock runs only under power.
///
/// Source: TPM 2.0 Library, Part 1, section 36, "Timing Components".
struct BootPauses {
  typealias Entry = (statement: VerifiedCapture.Statement, capture: VerifiedCapture)

  private let quotes: [Entry]
  /// Clocks drift, and a collector's time may be that of the whole capture.
  private static let tolerance: Int64 = 600

  /// - parameter quotes: in the order of proof.
  init(_ quotes: [Entry]) { self.quotes = quotes }

  /// What happened between a quote and the one before it.
  func events(before index: Int, host: String, boot: String) -> [AttestationResult.TimelineEvent] {
    guard index > 0, let now = quotes[index].statement.quote.attestation?.clock,
      let before = quotes[index - 1].statement.quote.attestation?.clock
    else { return [] }
    let (earlier, later) = (quotes[index - 1], quotes[index])
    func event(_ kind: String, _ message: String) -> AttestationResult.TimelineEvent {
      .init(
        host: host, boot: boot, kind: kind, message: message, notBeforeClock: before.clock, notAfterClock: now.clock,
        notBefore: earlier.capture.collectedAt, notAfter: later.capture.collectedAt,
        file: later.statement.quote.quote.file)
    }
    let names = "\(earlier.statement.quote.quote.file) and \(later.statement.quote.quote.file)"
    var events: [AttestationResult.TimelineEvent] = []
    if now.restartCount > before.restartCount {
      let count = now.restartCount - before.restartCount
      events.append(
        event(
          "resume",
          "The machine was suspended and resumed \(count == 1 ? "once" : "\(count) times") between \(names): the restart count rose from \(before.restartCount) to \(now.restartCount), the reset count did not."
        ))
    }
    if let gap = gap(earlier, later, before.clock, now.clock) {
      events.append(
        event(
          "clock-gap",
          "The TPM's clock advanced \(gap.clock) seconds between \(names), while \(gap.wall) passed by the collector's word: the machine had no power for the rest, or a time is wrong."
        ))
    }
    if before.isSafe, !now.isSafe {
      events.append(
        event(
          "clock-gap",
          "From \(later.statement.quote.quote.file) on the TPM's clock is not safe: after power was lost without warning it may repeat times."
        ))
    }
    return events
  }

  private func gap(
    _ earlier: Entry, _ later: Entry, _ before: UInt64, _ now: UInt64
  ) -> (clock: Int64, wall: Int64)? {
    guard let start = earlier.capture.time, let end = later.capture.time, end > start, now >= before,
      earlier.statement.quote.key?.key == later.statement.quote.key?.key
    else { return nil }
    let (wall, overflow) = end.subtractingReportingOverflow(start)
    let clock = Int64((now - before) / 1000)
    guard !overflow, wall - min(wall, clock) > Self.tolerance else { return nil }
    return (clock, wall)
  }
}
