import ByteReading
import Correlation
import IMALog
import QuoteVerification
import TPMStructures

/// Captures of one host fit together: lists extend each other, and the TPM's counters only go up.
///
/// Source: TPM 2.0 Library, Part 1, section 36 (clock, resetCount, restartCount); Linux keeps one list a boot, which
/// only grows.
public struct TimelineRule {
  public static let id = "timeline"

  public init() {}

  /// - parameter isOneBoot: a quote says that the logs are of one boot. Without one, two logs that differ may be of two
  ///   boots, which often begin alike: that is worth a notice for lists and nothing for event logs.
  public func divergences(_ correlation: BootCorrelation, isOneBoot: Bool) -> [Finding] {
    correlation.divergences.compactMap { divergence in
      guard isOneBoot || correlation.chains.contains(where: { $0.chain.longest.file == divergence.other }) else {
        return nil
      }
      let main = correlation.chains.first { $0.chain.longest.file == divergence.list }
      let record = main.map { $0.chain.longest.log.record(at: divergence.record) }
      let path = record.map { " ('\(escapedText($0.path ?? []))' in \(divergence.list))" } ?? ""
      return Finding(
        .timelineDiverged, severity: isOneBoot ? nil : .notice, effect: isOneBoot ? nil : Effect.none,
        file: divergence.other, record: divergence.record,
        message: isOneBoot
          ? "\(divergence.other) and \(divergence.list) are of one boot, yet neither is the beginning of the other: they differ from record \(divergence.record) on\(path)."
          : "\(divergence.other) and \(divergence.list) differ from record \(divergence.record) on: they are of different boots, or one was altered. No quote tells.",
        expected: "lists that extend each other", actual: "different records at index \(divergence.record)")
    }
  }

  /// - parameter quotes: authentic quotes of one boot with the number of records that each proves of the boot's list.
  public func clocks(_ quotes: [(quote: VerifiedQuote, records: Int)]) -> [Finding] {
    let sorted = quotes.sorted { ($0.records, $0.quote.file) < ($1.records, $1.quote.file) }
    var findings: [Finding] = []
    for (earlier, later) in zip(sorted, sorted.dropFirst()) where earlier.records < later.records {
      guard let before = earlier.quote.attestation?.clock, let after = later.quote.attestation?.clock,
        before.resetCount == after.resetCount, after.clock < before.clock, after.isSafe, before.isSafe
      else { continue }
      findings.append(
        Finding(
          .timelineClockWentBack, file: later.quote.file,
          message:
            "\(later.quote.file) proves more records than \(earlier.quote.file), but its TPM clock is earlier.",
          expected: "a clock after \(before.clock) ms", actual: "\(after.clock) ms"))
    }
    return findings
  }

  /// - parameter quotes: authentic quotes of one host with the collector's times, where known.
  public func resets(_ quotes: [(quote: VerifiedQuote, time: Int64?)]) -> [Finding] {
    let timed = quotes.compactMap { entry in entry.time.map { (entry.quote, $0) } }
      .sorted { ($0.1, $0.0.file) < ($1.1, $1.0.file) }
    var findings: [Finding] = []
    for (earlier, later) in zip(timed, timed.dropFirst()) where earlier.1 < later.1 {
      guard earlier.0.key?.key == later.0.key?.key, let before = earlier.0.attestation?.clock,
        let after = later.0.attestation?.clock, after.resetCount < before.resetCount
      else { continue }
      findings.append(
        Finding(
          // The order of collection is the collector's word, which proves nothing by itself.
          .timelineResetCountWentBack, severity: .warning, effect: .inconclusive, file: later.0.file,
          message:
            "\(later.0.file) was collected after \(earlier.0.file) by the collector's word, but its reset count is lower.",
          expected: "at least \(before.resetCount)", actual: "\(after.resetCount)"))
    }
    return findings
  }

  /// One key must not sign the same nonce in two captures: an old answer was served again.
  ///
  /// - parameter quotes: authentic quotes of the whole case with their host and the captures that hold them, copies
  ///   included.
  public func nonces(_ quotes: [(quote: VerifiedQuote, captures: [String], host: String)]) -> [(
    finding: Finding, host: String
  )] {
    var first: [[UInt8]: (quote: VerifiedQuote, captures: [String], host: String)] = [:]
    var findings: [(Finding, String)] = []
    for entry in quotes {
      guard let nonce = entry.quote.attestation?.nonce, !nonce.isEmpty else { continue }
      guard let seen = first[nonce] else {
        first[nonce] = entry
        continue
      }
      guard Set(seen.captures).isDisjoint(with: entry.captures),
        seen.quote.attestation?.signedBytes != entry.quote.attestation?.signedBytes
      else { continue }
      let isSameKey = seen.quote.key?.key == entry.quote.key?.key
      if isSameKey, isOneChallenge(seen.quote, entry.quote) { continue }
      if !isSameKey, seen.host == entry.host { continue }
      let reused = isSameKey
      findings.append(
        (
          Finding(
            .quoteNonceReused, severity: reused ? nil : .notice, effect: reused ? nil : Effect.none,
            capture: entry.captures.first, file: entry.quote.file,
            message: reused
              ? "The same key signed the same nonce in \(seen.quote.file): one of the two is an old answer."
              : "The same nonce was sent to another host (\(seen.quote.file)).",
            actual: hexText(nonce)), entry.host
        ))
    }
    return findings
  }

  /// Two quotes of one boot within a minute of the TPM's clock answer one challenge, wherever they were put.
  private func isOneChallenge(_ left: VerifiedQuote, _ right: VerifiedQuote) -> Bool {
    guard let first = left.attestation?.clock, let second = right.attestation?.clock,
      first.resetCount == second.resetCount, first.restartCount == second.restartCount
    else { return false }
    return max(first.clock, second.clock) - min(first.clock, second.clock) <= 60_000
  }
}
