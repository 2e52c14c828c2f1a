import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore
import TCGEventLog

/// Holds the event log of a boot against the reference event logs of the stores: Support RIMs and baselines.
///
/// A manufacturer speaks of the firmware and its settings (PCR 0 to 3, 6 and 7 up to the boot loader); a baseline of all that
/// an event log can hold but what IMA measures. Of several references the one is taken that has most of the boot's events.
///
/// Source: TCG PC Client Reference Integrity Manifest Specification 1.04, section 4; TCG PC Client Firmware Integrity
/// Measurement 1.0, section 6.
public struct BootReferenceAppraiser: Sendable {
  private let references: [(log: BootReferenceDocument, parsed: EventLog)]

  /// - throws: when a store cannot be read.
  public init(stores: [ReferenceStore], policy: Policy) throws(StoreError) {
    var found: [(BootReferenceDocument, EventLog)] = []
    for store in stores {
      for log in try store.bootReferences() {
        guard log.counts(by: policy), let parsed = EventLog.parse(log.bytes, file: log.source.path),
          !parsed.value.events.isEmpty
        else { continue }
        found.append((log, parsed.value))
      }
    }
    references = found
  }

  public var isEmpty: Bool { references.isEmpty }

  /// The best manufacturer's reference and the best baseline, each nil when there is none that has anything of the firmware.
  ///
  /// - parameter proof: what quotes prove of the log; the rest is left alone.
  /// - parameter behind: proven events of user space's logs that may be images, and that no firmware's reference has.
  public func appraise(
    _ log: EventLog, proof: ProvenEvents, behind: [Event] = []
  ) -> [AttestationResult.BootReference] {
    [ReferenceScope.manufacturer, .baseline].compactMap { scope in
      let candidates = references.filter { ReferenceScope(of: $0.log) == scope }.compactMap { reference in
        candidate(log, proof, behind, reference.log, reference.parsed, scope)
      }
      return candidates.max { $0.likeness < $1.likeness }?.result
    }
  }

  private func candidate(
    _ log: EventLog, _ proof: ProvenEvents, _ behind: [Event], _ reference: BootReferenceDocument, _ parsed: EventLog,
    _ scope: ReferenceScope
  ) -> (likeness: Int, result: AttestationResult.BootReference)? {
    let comparison = EventLogComparison(log, proof: proof, with: parsed, registers: scope.registers)
    // Separators are the same everywhere: without anything else of the firmware the reference is another machine's.
    let known = comparison.statuses.indices.filter {
      comparison.statuses[$0] == .inReference && log.events[$0].registerIndex == 0
        && log.events[$0].recordedType != .separator
    }
    guard let bank = comparison.bank, !known.isEmpty else { return nil }
    let likeness = comparison.statuses.count { $0 == .inReference }
    return (
      likeness,
      AttestationResult.BootReference(
        name: reference.source.path, scope: scope.name,
        platform: reference.manifests.first?.distribution ?? reference.source.distribution,
        isSigned: reference.isSigned, signers: reference.signers, bank: bank, known: likeness,
        varying: comparison.statuses.count { if case .varies = $0 { true } else { false } },
        unknown: comparison.statuses.indices.filter { comparison.statuses[$0] == .notInReference }
          .map { .init(log.events[$0]) }
          + behind.filter { scope.registers.contains($0.registerIndex) }.map { .init($0) },
        missing: comparison.missing.map { .init(parsed.events[$0]) })
    )
  }
}

/// What a reference event log speaks of.
private enum ReferenceScope {
  case manufacturer
  case baseline

  init(of log: BootReferenceDocument) { self = log.source.kind == .eventLogBaseline ? .baseline : .manufacturer }

  var name: String {
    switch self {
    case .manufacturer: "manufacturer"
    case .baseline: "baseline"
    }
  }

  /// PCR 10 is IMA's, 4 and 5 hold what is booted and from where, and from 8 on loaders and systems write.
  var registers: Set<UInt32> {
    switch self {
    case .manufacturer: [0, 1, 2, 3, 6]
    case .baseline: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14]
    }
  }
}

extension BootReferenceDocument {
  /// Whether the policy lets the reference say anything.
  fileprivate func counts(by policy: Policy) -> Bool {
    guard policy.requiresSignedReferences || !policy.allowedSigners.isEmpty else { return true }
    let good = manifests.flatMap(\.signatures).filter { $0.status == .good }
    return policy.allowedSigners.isEmpty ? !good.isEmpty : good.contains { policy.allowedSigners.contains($0.key) }
  }

  fileprivate var signers: [String] {
    Set(manifests.flatMap(\.signatures).filter { $0.status == .good }.map { $0.signer.isEmpty ? $0.key : $0.signer })
      .sorted()
  }
}

extension AttestationResult.BootReference.Event {
  fileprivate init(_ event: Event) {
    self.init(index: event.index, register: event.registerIndex, type: event.recordedType.name)
  }
}
