import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import PublicKeys
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// The part of the result that is about one host, with its findings and its part of the timeline.
struct HostResult {
  var host: AttestationResult.Host
  var findings: [Finding]
  var timeline: [AttestationResult.TimelineEvent]

  /// - parameter images: for each boot what its event logs say was loaded.
  /// - parameter contents: for each boot what is known of its list; nil where there is none.
  init(
    _ examined: ExaminedHost, evidence: EvidenceSet, policy: Policy, reusedNonces: [Finding],
    contents: [AppraisedHosts.BootContent?], bootReferences: BootReferenceAppraiser?,
    starts: [AppraisedHosts.BootStart]
  ) {
    var boots: [AttestationResult.Boot] = []
    var findings: [Finding] = []
    var timeline: [AttestationResult.TimelineEvent] = []
    let resets = Self.resetFindings(examined)
    let between = HostResets(examined)
    for (boot, (content, start)) in zip(examined.boots, zip(contents, starts)) {
      let files = Set(boot.statements.map(\.statement.quote.quote.file))
      let own = (reusedNonces + resets).filter { $0.file.map(files.contains) == true }
      let result = BootResult(
        boot, host: examined.name, evidence: evidence, policy: policy, hostFindings: own, content: content,
        bootReferences: bootReferences, start: start)
      boots.append(result.boot)
      findings += result.findings
      if let reset = between.event(before: boot.label, host: examined.name) { timeline.append(reset) }
      timeline += result.timeline
    }
    let verdict = Verdict.worst(of: boots.map(\.verdict))
    host = AttestationResult.Host(
      name: examined.name, verdict: verdict, verdictNow: boots.last?.verdictNow ?? .inconclusive,
      level: boots.compactMap(\.level).min(), reasons: Self.reasons(boots), boots: boots)
    self.findings = findings
    self.timeline = timeline
  }

  private static func resetFindings(_ host: ExaminedHost) -> [Finding] {
    let quotes = host.boots.flatMap(\.statements).filter { $0.statement.quote.isAuthentic }
    return TimelineRule().resets(quotes.map { ($0.statement.quote, $0.capture.time) })
  }

  /// What all boots say is said once; the rest with the boot that says it.
  private static func reasons(_ boots: [AttestationResult.Boot]) -> [String] {
    guard boots.count > 1 else { return boots.first?.reasons ?? [] }
    var said: Set<String> = []
    return boots.flatMap { boot in
      boot.reasons.compactMap { reason in
        if boots.allSatisfy({ $0.reasons.contains(reason) }) { return said.insert(reason).inserted ? reason : nil }
        return "Boot with \(boot.label): \(reason)"
      }
    }
  }
}
