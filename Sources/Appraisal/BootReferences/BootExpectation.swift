import ByteReading
import ConciseManifests
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore
import TCGEventLog
import TPMStructures

/// What a reference says that a boot should measure, in whatever form it says so.
struct BootExpectation: Equatable, Sendable {
  /// An event that should be measured. What the reference calls it is a claim and decides nothing.
  struct Event: Equatable, Sendable {
    /// Place in the reference, from 0.
    var index: Int
    var register: UInt32
    var type: EventType
    var digests: [Digest]

    func digest(in bank: HashAlgorithm) -> [UInt8]? { digests.first { $0.algorithm == bank }?.bytes }
  }

  struct Place: Hashable, Comparable, Sendable {
    var bank: HashAlgorithm
    var register: Int

    static func < (left: Self, right: Self) -> Bool { (left.bank, left.register) < (right.bank, right.register) }
  }

  var events: [Event] = []
  /// Registers and banks whose events are all there: what is measured into them and stands not here was not expected.
  var registers: Set<UInt32> = []
  /// Values that a register may have after the boot; several are alternatives.
  var values: [Place: Set<[UInt8]>] = [:]

  var banks: Set<HashAlgorithm> { Set(events.flatMap { $0.digests.map(\.algorithm) }) }

  /// Nil when the document says nothing that can be used.
  init?(_ document: BootReferenceDocument) {
    let name = document.source.path
    switch document.source.kind {
    case .conciseManifest:
      guard let manifest = ConciseManifest.parse(document.bytes, file: name), manifest.problems.isEmpty else {
        return nil
      }
      self.init(manifest.value)
    case .registerValues:
      guard let values = RegisterValues(archived: document.bytes, file: name) else { return nil }
      self.init(values)
    default:
      guard let log = EventLog.parse(document.bytes, file: name) else { return nil }
      self.init(log.value, registers: document.source.kind == .eventLogBaseline ? Self.bootRegisters : Self.firmware)
    }
    if events.isEmpty, values.isEmpty { return nil }
  }

  /// A manufacturer speaks of the firmware: 4 and 5 hold what is booted and from where, 7 whose keys.
  private static let firmware: Set<UInt32> = [0, 1, 2, 3, 6]
  /// PCR 10 is IMA's, and above 14 nothing of a boot is measured.
  private static let bootRegisters: Set<UInt32> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14]

  init(_ log: EventLog, registers: Set<UInt32>) {
    self.registers = registers
    events = log.events.filter { $0.recordedType != .noAction }.map { event in
      Event(
        index: event.index, register: event.registerIndex, type: event.recordedType,
        digests: event.digests.compactMap { digest in digest.algorithm.map { Digest($0, digest.bytes) } })
    }
  }

  /// A manifest speaks of the registers whose events it names, and of no other.
  init(_ manifest: ConciseManifest) {
    events = manifest.expectedEvents.enumerated().map { index, event in
      Event(
        index: index, register: event.register, type: EventType(name: event.type) ?? .outsideProfile,
        digests: event.digests)
    }
    registers = Set(events.map(\.register))
    for value in manifest.registerValues {
      values[Place(bank: value.digest.algorithm, register: value.register), default: []].insert(value.digest.bytes)
    }
  }

  init(_ registers: RegisterValues) {
    for bank in registers.banks {
      for register in registers.registers(of: bank) {
        guard let value = registers[bank, register] else { continue }
        values[Place(bank: bank, register: register)] = [value]
      }
    }
  }

  // MARK: Values

  /// Quoted registers of which the reference names values, by bank and register.
  func compared(with observed: RegisterValues) -> [AttestationResult.BootReference.Register] {
    values.sorted { $0.key < $1.key }.compactMap { place, references in
      guard let value = observed[place.bank, place.register] else { return nil }
      return AttestationResult.BootReference.Register(
        bank: place.bank, index: place.register, observed: value,
        references: references.sorted { $0.lexicographicallyPrecedes($1) })
    }
  }
}

extension AttestationResult.BootReference.Register {
  /// Whether the value tells machines apart: nobody else's register has it by having measured nothing, or a separator only.
  var tellsMachinesApart: Bool {
    let reset = resetValue(ofRegister: index, bank: bank)
    guard observed != reset, let separator = bank.digest(of: [0, 0, 0, 0]) else { return false }
    return observed != bank.digest(of: reset + separator)
  }
}
