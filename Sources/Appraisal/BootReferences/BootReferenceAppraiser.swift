import ByteReading
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore
import Replay
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
  /// Documents of the stores that say what should boot and that do not count: no manifest names them, no signature vouches for them
  /// where the policy asks for one, or nothing in them can be used.
  public let notCounted: Int

  /// - throws: when a store cannot be read.
  public init(stores: [ReferenceStore], policy: Policy) throws(StoreError) {
    var found: [Reference] = []
    var notCounted = 0
    for store in stores {
      for document in try store.bootReferences() {
        // What no manifest names may have come into a folder by chance, or was changed after it was named.
        guard !document.lacksManifest, document.counts(by: policy), let expectation = BootExpectation(document)
        else {
          notCounted += 1
          continue
        }
        found.append(Reference(document: document, expectation: expectation))
      }
    }
    references = found
    self.notCounted = notCounted
  }

  public var isEmpty: Bool { references.isEmpty }

  /// Whether any reference can be held against an event log, and whether any can against registers.
  public var hasEvents: Bool { references.contains { !$0.expectation.events.isEmpty } }
  /// Whether the user called a boot good: every other one is to be held against it.
  public var hasBaseline: Bool { references.contains(where: \.document.isBaseline) }
  public var hasRegisterValues: Bool { references.contains { !$0.expectation.values.isEmpty } }

  // MARK: Events

  /// An event log of the boot and what quotes prove of it.
  public struct ProvenLog: Sendable {
    public var file: String
    public var log: EventLog
    public var proof: ProvenEvents

    public init(file: String, log: EventLog, proof: ProvenEvents) {
      self.file = file
      self.log = log
      self.proof = proof
    }
  }

  /// The best manufacturers' references and the best baseline; none when none has anything of the boot.
  ///
  /// A boot may have several logs: copies, or logs of which each tells another part. What any of them proves counts.
  ///
  /// - parameter logs: at least one, that of which most is proven first. What no quote proves of them is left alone.
  public func appraise(_ logs: [ProvenLog]) -> [AttestationResult.BootReference] {
    [false, true].flatMap { isBaseline in
      let own = references.filter { !$0.expectation.events.isEmpty && $0.document.isBaseline == isBaseline }
      return chosen(own) { candidate(logs, $0, besides: $1) }
    }
  }

  private struct Candidate {
    var registers: Set<UInt32>
    /// Something that is not the same on every machine is as the reference says.
    var isOfMachine: Bool
    /// It speaks of the firmware's own register.
    var isOfFirmware: Bool
    var reference: AttestationResult.BootReference

    init(
      _ registers: Set<UInt32>, isOfMachine: Bool, isOfFirmware: Bool = false,
      _ reference: AttestationResult.BootReference
    ) {
      self.registers = registers
      self.isOfMachine = isOfMachine
      self.isOfFirmware = isOfFirmware
      self.reference = reference
    }
  }

  /// Those of this machine first, among them the signed ones, for what nobody signed must not stand in their place; then that which
  /// has most of the boot. Of two alike the first in the order of the stores.
  ///
  /// Beside the first come those that speak of none of the registers spoken of so far, and of those that speak of some and agree
  /// there, the rest of what they say. One that does not agree there is for another version or machine.
  ///
  /// The only reference is what this machine should have been. Of several none of which is of this machine nothing is said but that its
  /// own is missing; and firmware of another maker is no change of this machine's.
  ///
  /// - parameter make: holds a reference against the boot, without the registers given.
  private func chosen(
    _ references: [Reference], _ make: (Reference, Set<UInt32>) -> Candidate?
  ) -> [AttestationResult.BootReference] {
    var candidates = references.compactMap { reference in make(reference, []).map { (reference, $0) } }
    if references.count > 1 {
      guard candidates.contains(where: \.1.isOfMachine) else { return [] }
      candidates.removeAll { !$0.1.isOfMachine && $0.1.isOfFirmware }
    }
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
    _ logs: [ProvenLog], _ reference: Reference, besides spoken: Set<UInt32>
  ) -> Candidate? {
    var expectation = reference.expectation
    expectation.registers.subtract(spoken)
    let compared = logs.filter { !$0.log.followsFirmware }.map { log in
      ComparedLog(log: log, result: EventLogComparison(log.log, proof: log.proof, with: expectation))
    }
    guard let first = compared.first, let bank = compared.lazy.compactMap(\.result.bank).first else { return nil }
    // Of each register the log counts that lacks least of the reference: a part of a log lacks what another part has.
    var telling: [UInt32: ComparedLog] = [:]
    for log in compared {
      for register in log.result.registers where telling[register].map({ log.isBetter(than: $0, in: register) }) ?? true
      {
        telling[register] = log
      }
    }
    let registers = Set(telling.keys)
    // Separators are the same everywhere: without anything else of the firmware the reference is another machine's.
    let isOfFirmware = registers.contains(0)
    let isKnown = telling.contains { register, log in
      (register == 0 || !isOfFirmware) && log.matched(in: register).contains { $0.recordedType != .separator }
    }
    var found = AttestationResult.BootReference(
      reference.document, scope: reference.document.isBaseline ? .baseline : .manufacturer, bank: bank,
      known: telling.reduce(0) { $0 + $1.value.matched(in: $1.key).count },
      varying: telling.reduce(0) { $0 + $1.value.varyingCount(in: $1.key) }, unknown: first.unknown.map { .init($0) },
      missing: telling.flatMap { register, log in log.result.missing.filter { $0.register == register } }
        .sorted { $0.index < $1.index }.map { .init(index: $0.index, register: $0.register, type: $0.type.name) })
    found.matched = Dictionary(
      compared.map { ($0.log.file, $0.matched(in: nil).map(\.index)) }, uniquingKeysWith: { first, _ in first })
    found.elsewhere =
      (compared.dropFirst().map { ($0.log.file, $0.unknown) }
      + logs.filter(\.log.followsFirmware).map { ($0.file, $0.unexpected(in: expectation.registers)) })
      .filter { !$0.1.isEmpty }.map { .init(file: $0.0, events: $0.1.map { .init($0) }) }
    found.notCompared = Set(expectation.events.map(\.register)).intersection(expectation.registers)
      .subtracting(registers).sorted()
    // A manufacturer's log is of one machine of many: what differs in order there is no change.
    if reference.document.isBaseline {
      found.reordered = telling.filter { $1.result.reordered.contains($0) }.keys.sorted()
    }
    return Candidate(registers, isOfMachine: isKnown, isOfFirmware: isOfFirmware, found)
  }

  /// A log of the boot beside one reference.
  private struct ComparedLog {
    var log: ProvenLog
    var result: EventLogComparison

    func events(_ status: EventLogComparison.Status) -> [Event] {
      result.statuses.indices.filter { result.statuses[$0] == status }.map { log.log.events[$0] }
    }

    var unknown: [Event] { events(.notInReference) }

    func matched(in register: UInt32?) -> [Event] {
      events(.inReference).filter { register == nil || $0.registerIndex == register }
    }

    func varyingCount(in register: UInt32) -> Int {
      result.statuses.indices.count { index in
        if case .varies = result.statuses[index] { log.log.events[index].registerIndex == register } else { false }
      }
    }

    func isBetter(than other: Self, in register: UInt32) -> Bool {
      let missing = { (log: Self) in log.result.missing.count { $0.register == register } }
      return (missing(self), -matched(in: register).count) < (missing(other), -other.matched(in: register).count)
    }
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
    return chosen(all, make)
  }
}

extension BootReferenceAppraiser.ProvenLog {
  /// What a log of user space has of the registers that a reference speaks of, but for the marks that systemd sets there: no reference of a firmware's log
  /// has it, whatever the log calls it. An event of the boot stub that was moved into that log is none of its own.
  fileprivate func unexpected(in registers: Set<UInt32>) -> [Event] {
    log.events.filter { event in
      event.recordedType != .noAction && registers.contains(event.registerIndex) && proof.covers(event)
        && !event.isMarkOfUserSpace
    }
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
