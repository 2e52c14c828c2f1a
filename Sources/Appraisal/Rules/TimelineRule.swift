import ByteReading
import Correlation
import IMALog
import PublicKeys
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
      if isOneBoot, !divergence.isDecided {
        return Finding(
          .timelineDiverged, severity: .warning, effect: .inconclusive, file: divergence.other,
          record: divergence.record,
          message:
            "\(divergence.other) and \(divergence.list) are of one boot, and differ from record \(divergence.record) on in what no quote covers: one of them was altered, or is of another boot. No quote tells which."
        )
      }
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
    let readings = quotes.compactMap { entry -> Reading<UInt32>? in
      guard let clock = entry.quote.attestation?.clock, clock.isSafe else { return nil }
      return Reading(quote: entry.quote, step: Int64(entry.records), kind: clock.resetCount, value: clock.clock)
    }
    return fallen(readings).map { earlier, later in
      Finding(
        .timelineClockWentBack, file: later.quote.file,
        message: "\(later.quote.file) proves more records than \(earlier.quote.file), but its TPM clock is earlier.",
        expected: "a clock after \(earlier.value) ms", actual: "\(later.value) ms")
    }
  }

  /// - parameter quotes: authentic quotes of one host with the collector's times, where known.
  public func resets(_ quotes: [(quote: VerifiedQuote, time: Int64?)]) -> [Finding] {
    let readings = quotes.compactMap { entry -> Reading<PublicKey?>? in
      guard let time = entry.time, let clock = entry.quote.attestation?.clock else { return nil }
      return Reading(quote: entry.quote, step: time, kind: entry.quote.key?.key, value: UInt64(clock.resetCount))
    }
    return fallen(readings).map { earlier, later in
      Finding(
        // The order of collection is the collector's word, which proves nothing by itself.
        .timelineResetCountWentBack, severity: .warning, effect: .inconclusive, file: later.quote.file,
        message:
          "\(later.quote.file) was collected after \(earlier.quote.file) by the collector's word, but its reset count is lower.",
        expected: "at least \(earlier.value)", actual: "\(later.value)")
    }
  }

  /// One key must not sign the same nonce in two captures: an old answer was served again.
  ///
  /// - parameter quotes: authentic quotes of the whole case with their host and the captures that hold them, copies
  ///   included.
  public func nonces(_ quotes: [(quote: VerifiedQuote, captures: [String], host: String)]) -> [(
    finding: Finding, host: String
  )] {
    var first: [[UInt8]: (quote: VerifiedQuote, captures: [String], host: String)] = [:]
    var firstOfKey: [NonceUse: (quote: VerifiedQuote, captures: [String], host: String)] = [:]
    var findings: [(Finding, String)] = []
    for entry in quotes {
      guard let nonce = entry.quote.attestation?.nonce, !nonce.isEmpty else { continue }
      let use = NonceUse(nonce: nonce, key: entry.quote.key?.key)
      let sameKey = firstOfKey[use]
      guard let seen = sameKey ?? first[nonce] else {
        first[nonce] = entry
        firstOfKey[use] = entry
        continue
      }
      firstOfKey[use] = sameKey ?? entry
      guard Set(seen.captures).isDisjoint(with: entry.captures),
        seen.quote.attestation?.signedBytes != entry.quote.attestation?.signedBytes
      else { continue }
      let reused = sameKey != nil
      if reused, isOneChallenge(seen.quote, entry.quote) { continue }
      if !reused, seen.host == entry.host { continue }
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

private struct NonceUse: Hashable {
  var nonce: [UInt8]
  var key: PublicKey?
}

/// What a counter of the TPM stood at in a quote.
private struct Reading<Kind: Hashable> {
  var quote: VerifiedQuote
  /// The order that does not come from the counter.
  var step: Int64
  /// Only readings of one kind are comparable.
  var kind: Kind
  var value: UInt64
}

/// Readings below the highest one of an earlier step, with that one. Each is held against all before it, so that no
/// quote that lies between two hides that the counter fell.
private func fallen<Kind>(_ readings: [Reading<Kind>]) -> [(earlier: Reading<Kind>, later: Reading<Kind>)] {
  var highest: [Kind: Reading<Kind>] = [:]
  var found: [(earlier: Reading<Kind>, later: Reading<Kind>)] = []
  let steps = Dictionary(grouping: readings, by: \.step).sorted { $0.key < $1.key }
  for readings in steps.map({ $0.value.sorted { $0.quote.file < $1.quote.file } }) {
    for later in readings {
      if let earlier = highest[later.kind], later.value < earlier.value { found.append((earlier, later)) }
    }
    for reading in readings where reading.value > highest[reading.kind]?.value ?? 0 {
      highest[reading.kind] = reading
    }
  }
  return found
}
