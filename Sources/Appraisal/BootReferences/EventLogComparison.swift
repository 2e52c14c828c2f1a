import Digests
import TCGEventLog

/// Which events of a boot's log a reference has, and which it lacks.
///
/// An event is in the reference when that has one in the same register with the same digest. Types and data are claims of
/// either log and decide nothing. Each event of the reference stands for one of the boot, wherever it stands; where a register has
/// the same events and nothing else, their order is compared too.
struct EventLogComparison {
  enum Status: Equatable {
    case inReference
    /// Not in the reference, and of a kind that differs between good boots.
    case varies(EventVariation)
    case notInReference
    /// Nothing that the reference speaks of, or without a digest in the compared bank.
    case outOfScope
  }

  /// The bank that both have and in which most is proven; nil when there is none, and then nothing is compared.
  let bank: HashAlgorithm?
  /// One for each event of the boot's log.
  let statuses: [Status]
  /// Reference events without a counterpart that may not vary, in the order of the reference.
  let missing: [BootExpectation.Event]
  /// Registers with the same events as the reference in another order, ascending.
  let reordered: [UInt32]

  /// - parameter proof: what quotes prove of the boot's log; the rest counts as out of scope.
  /// - parameter reference: compared is what it says of the registers that it speaks of.
  init(_ log: EventLog, proof: ProvenEvents, with reference: BootExpectation) {
    let order: [HashAlgorithm] = [.sha512, .sha384, .sha256, .sm3_256, .sha1]
    let (registers, banks) = (reference.registers, reference.banks)
    // The bank in which most registers are proven; of two alike the stronger one.
    let bank = order.filter { log.banks.contains($0) && banks.contains($0) }
      .map { bank in (bank, registers.count { proof.covers(register: $0, in: bank) }) }
      .filter { $0.1 > 0 }.reduce(nil as (HashAlgorithm, Int)?) { best, next in
        best.map { $0.1 >= next.1 } ?? false ? best : next
      }?.0
    self.bank = bank
    guard let bank else {
      statuses = log.events.map { _ in .outOfScope }
      (missing, reordered) = ([], [])
      return
    }
    func key(_ register: UInt32, _ digest: [UInt8]?) -> Key? {
      guard registers.contains(register), proof.covers(register: register, in: bank), let digest else { return nil }
      return Key(register: register, digest: digest)
    }
    var unused: [Key: [BootExpectation.Event]] = [:]
    for event in reference.events.reversed() {
      if let key = key(event.register, event.digest(in: bank)) { unused[key, default: []].append(event) }
    }
    var sequences: [UInt32: [Key]] = [:]
    var different: Set<UInt32> = []
    statuses = log.events.map { event in
      guard event.recordedType != .noAction, let key = key(event.registerIndex, event.digest(in: bank)) else {
        return .outOfScope
      }
      // What lies behind the proven part may have been written by anybody, and stands for nothing of the reference.
      guard proof.covers(event, in: bank) else { return .outOfScope }
      if unused[key]?.popLast() != nil {
        sequences[event.registerIndex, default: []].append(key)
        return .inReference
      }
      different.insert(event.registerIndex)
      return EventVariation(event.recordedType, in: event.registerIndex).map { .varies($0) } ?? .notInReference
    }
    different.formUnion(unused.filter { !$0.value.isEmpty }.keys.map(\.register))
    var expected: [UInt32: [Key]] = [:]
    for event in reference.events {
      guard let key = key(event.register, event.digest(in: bank)) else { continue }
      expected[event.register, default: []].append(key)
    }
    reordered = sequences.filter { !different.contains($0.key) && expected[$0.key] != $0.value }.keys.sorted()
    missing = unused.values.flatMap { $0 }.filter { EventVariation($0.type, in: $0.register) == nil }
      .sorted { $0.index < $1.index }
  }

  private struct Key: Hashable {
    var register: UInt32
    var digest: [UInt8]
  }
}
