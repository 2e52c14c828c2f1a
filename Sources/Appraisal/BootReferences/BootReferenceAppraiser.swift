import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore
import TCGEventLog

/// Holds a boot against the references of the stores that say what it should measure: event logs (Support RIMs, baselines) and
/// manifests with events by its event log, manifests and files with register values by the quoted registers.
///
/// Of several references of one kind the one is taken that has most of the boot, and beside it those that speak of other registers.
///
/// Source: TCG PC Client Reference Integrity Manifest Specification 1.04, section 4; TCG PC Client Firmware Integrity
/// Measurement 1.0, section 6; draft-ietf-rats-corim.
public struct BootReferenceAppraiser: Sendable {
  private struct Reference {
    var document: BootReferenceDocument
    var expectation: BootExpectation
  }

  private let references: [Reference]

  /// - throws: when a store cannot be read.
  public init(stores: [ReferenceStore], policy: Policy) throws(StoreError) {
    var found: [Reference] = []
    for store in stores {
      for document in try store.bootReferences() {
        // Register values are anybody's until a manifest names them: a listing may have come into a folder by chance.
        guard document.source.kind != .registerValues || !document.lacksManifest,
          document.counts(by: policy), let expectation = BootExpectation(document)
        else { continue }
        found.append(Reference(document: document, expectation: expectation))
      }
    }
    references = found
  }

  public var isEmpty: Bool { references.isEmpty }

  /// Whether any reference can be held against an event log, and whether any can against registers.
  public var hasEvents: Bool { references.contains { !$0.expectation.events.isEmpty } }
  public var hasRegisterValues: Bool { references.contains { !$0.expectation.values.isEmpty } }

  // MARK: Events

  /// The best manufacturers' references and the best baseline; none when none has anything of the boot.
  ///
  /// - parameter proof: what quotes prove of the log; the rest is left alone.
  /// - parameter behind: proven events of user space's logs that may be images, and that no firmware's reference has.
  public func appraise(
    _ log: EventLog, proof: ProvenEvents, behind: [Event] = []
  ) -> [AttestationResult.BootReference] {
    [false, true].flatMap { isBaseline in
      let own = references.filter { !$0.expectation.events.isEmpty && $0.document.isBaseline == isBaseline }
      return chosen(own, onlyOneAccuses: false) {
        candidate(log, proof, behind, $0, besides: $1)
      }
    }
  }

  private struct Candidate {
    var registers: Set<UInt32>
    /// Something that is not the same on every machine is as the reference says.
    var isOfMachine: Bool
    var reference: AttestationResult.BootReference

    init(_ registers: Set<UInt32>, isOfMachine: Bool, _ reference: AttestationResult.BootReference) {
      self.registers = registers
      self.isOfMachine = isOfMachine
      self.reference = reference
    }
  }

  /// Those of this machine first, among them the signed ones, for what nobody signed must not stand in their place; then that which
  /// has most of the boot. Of two alike the first in the order of the stores.
  ///
  /// Beside the first come those that speak of none of the registers spoken of so far, and of those that speak of some and agree
  /// there, the rest of what they say. One that does not agree there is for another version or machine.
  ///
  /// None where none is of this machine, unless `accuses` says that the only one is what it should have been: several say only that
  /// its own is missing.
  ///
  /// - parameter make: holds a reference against the boot, without the registers given.
  private func chosen(
    _ references: [Reference], onlyOneAccuses accuses: Bool, _ make: (Reference, Set<UInt32>) -> Candidate?
  ) -> [AttestationResult.BootReference] {
    let candidates = references.compactMap { reference in make(reference, []).map { (reference, $0) } }
    guard accuses && references.count == 1 || candidates.contains(where: \.1.isOfMachine) else { return [] }
    let ordered = candidates.enumerated().sorted { left, right in
      let (one, other) = (left.element.1.reference, right.element.1.reference)
      let ranks = [left.element.1, right.element.1].map { candidate in
        (candidate.isOfMachine ? 0 : 2) + (candidate.reference.isSigned ? 0 : 1)
      }
      return (ranks[0], -one.known, one.differing.count, left.offset)
        < (ranks[1], -other.known, other.differing.count, right.offset)
    }
    var spoken: Set<UInt32> = []
    var chosen: [AttestationResult.BootReference] = []
    for (reference, candidate) in ordered.map(\.element) {
      if spoken.isDisjoint(with: candidate.registers) {
        chosen.append(candidate.reference)
      } else if candidate.reference.isKept(in: spoken), let rest = make(reference, spoken) {
        chosen.append(rest.reference)
      }
      spoken.formUnion(candidate.registers)
    }
    return chosen
  }

  private func candidate(
    _ log: EventLog, _ proof: ProvenEvents, _ behind: [Event], _ reference: Reference, besides spoken: Set<UInt32>
  ) -> Candidate? {
    var expectation = reference.expectation
    expectation.registers.subtract(spoken)
    let registers = expectation.registers
    guard !registers.isEmpty else { return nil }
    let comparison = EventLogComparison(log, proof: proof, with: expectation)
    // Separators are the same everywhere: without anything else of the firmware the reference is another machine's.
    let isOfFirmware = registers.contains(0)
    let isKnown = comparison.statuses.indices.contains {
      comparison.statuses[$0] == .inReference && (!isOfFirmware || log.events[$0].registerIndex == 0)
        && log.events[$0].recordedType != .separator
    }
    // Firmware of another maker is no change of this machine's; of what was booted on it each manifest tells what should have been.
    guard let bank = comparison.bank, isKnown || !isOfFirmware else { return nil }
    let matched = comparison.statuses.indices.filter { comparison.statuses[$0] == .inReference }
    var found = AttestationResult.BootReference(
      reference.document, scope: reference.document.isBaseline ? .baseline : .manufacturer, bank: bank,
      known: matched.count,
      varying: comparison.statuses.count { if case .varies = $0 { true } else { false } },
      unknown: comparison.statuses.indices.filter { comparison.statuses[$0] == .notInReference }
        .map { .init(log.events[$0]) }
        + behind.filter { registers.contains($0.registerIndex) }.map { .init($0) },
      missing: comparison.missing.map { .init(index: $0.index, register: $0.register, type: $0.type.name) })
    found.matched = matched
    // A manufacturer's log is of one machine of many: what differs in order there is no change.
    if reference.document.isBaseline { found.reordered = comparison.reordered }
    return Candidate(registers, isOfMachine: isKnown, found)
  }

  // MARK: Register values

  /// The best references with register values; none when none has any of this machine's.
  ///
  /// One that agrees in nothing is another machine's, unless it is the only one, or speaks of registers of which those of this
  /// machine do not: then it is what this machine should have been.
  ///
  /// - parameter observed: values that quotes prove.
  public func appraise(_ observed: RegisterValues) -> [AttestationResult.BootReference] {
    let all = references.filter { !$0.expectation.values.isEmpty }
    let make = { (reference: Reference, spoken: Set<UInt32>) -> Candidate? in
      let registers = reference.expectation.compared(with: observed).filter { register in
        UInt32(exactly: register.index).map { !spoken.contains($0) } ?? false
      }
      guard let bank = registers.map(\.bank).max() else { return nil }
      return Candidate(
        Set(registers.compactMap { UInt32(exactly: $0.index) }),
        isOfMachine: registers.contains { $0.isReference && $0.tellsMachinesApart },
        AttestationResult.BootReference(
          reference.document, scope: .registers, bank: bank, known: registers.count(where: \.isReference),
          registers: registers))
    }
    return chosen(all, onlyOneAccuses: true, make)
  }
}

extension BootReferenceDocument {
  fileprivate var isBaseline: Bool { source.kind == .eventLogBaseline }

  /// Whether the policy lets the reference say anything.
  fileprivate func counts(by policy: Policy) -> Bool {
    guard policy.requiresSignedReferences || !policy.allowedSigners.isEmpty else { return true }
    let good = signatures.filter { $0.status == .good }
    return policy.allowedSigners.isEmpty ? !good.isEmpty : good.contains { policy.allowedSigners.contains($0.key) }
  }

  fileprivate var signers: [String] {
    Set(signatures.filter { $0.status == .good }.map { $0.signer.isEmpty ? $0.key : $0.signer }).sorted()
  }
}

extension AttestationResult.BootReference {
  fileprivate init(
    _ document: BootReferenceDocument, scope: Scope, bank: HashAlgorithm, known: Int, varying: Int = 0,
    unknown: [Event] = [], missing: [Event] = [], registers: [Register] = []
  ) {
    self.init(
      name: document.source.path, scope: scope,
      platform: document.manifests.first?.distribution ?? document.source.distribution, isSigned: document.isSigned,
      signers: document.signers, bank: bank, known: known, varying: varying, unknown: unknown, missing: missing,
      registers: registers)
    validUntil = ([document.source] + document.manifests).compactMap(\.validUntil).min()
  }

  /// Whether nothing in these registers differs from what the reference says.
  fileprivate func isKept(in spoken: Set<UInt32>) -> Bool {
    !(unknown + missing).contains { spoken.contains($0.register) }
      && !differing.contains { register in UInt32(exactly: register.index).map(spoken.contains) ?? false }
  }
}

extension AttestationResult.BootReference.Event {
  fileprivate init(_ event: Event) {
    self.init(index: event.index, register: event.registerIndex, type: event.recordedType.name)
  }
}
