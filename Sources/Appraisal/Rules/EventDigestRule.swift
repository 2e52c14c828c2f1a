import ByteReading
import Digests
import Replay
import TCGEventLog

/// The digest of an event is that of its data, where its type says so.
///
/// The digest is what the TPM saw; the data is what the log claims. Rules differ by vendor and loader version, so each
/// class of events of a log is held against an ordered list of known rules, and the odd one out is reported.
///
/// Source: TCG PC Client Platform Firmware Profile, section 10.4.1, and the deviations in `docs/formats/event-log.md`.
public struct EventDigestRule {
  public static let id = "event"

  public init() {}

  /// - parameter checks: one for each event, as `checkEventDigests` gives them.
  public func appraise(_ log: EventLog, checks: [EventDigestCheck], file: String) -> [Finding] {
    var deviations: [DigestDeviation: (sentence: String, events: [Int])] = [:]
    var findings: [Finding] = []
    for check in checks {
      let event = log.events[check.index]
      switch check.outcome {
      case .contradicted(let digests, let sentence):
        let banks = digests.map(\.bank.name).joined(separator: ", ")
        findings.append(
          Finding(
            .eventDigestMismatch, file: file, offset: event.offset, record: check.index,
            message:
              "\(event.typeName) in PCR \(event.registerIndex), bank \(banks): \(sentence).",
            expected: digests.map { "\($0.bank.name):\(hexText($0.expected))" }.joined(separator: " "),
            actual: digests.map { "\($0.bank.name):\(hexText($0.found))" }.joined(separator: " ")))
      case .deviates(let deviation, let sentence):
        deviations[deviation, default: (sentence, [])].events.append(check.index)
      case .holds, .notDerivable: break
      }
    }
    for (deviation, entry) in deviations.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      findings.append(
        Finding(
          .eventKnownDeviation, file: file, record: entry.events.first,
          range: entry.events.count > 1 ? (entry.events.min() ?? 0)...(entry.events.max() ?? 0) : nil,
          message:
            "\(entry.sentence) (\(deviation.rawValue), \(entry.events.count == 1 ? "one event" : "\(entry.events.count) events"))"
        ))
    }
    return findings
  }
}
