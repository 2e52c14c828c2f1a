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

  /// The bank in which most registers were compared, of two alike the stronger one; nil when nothing was compared.
  let bank: HashAlgorithm?
  /// Registers that were compared.
  let registers: Set<UInt32>
  /// One for each event of the boot's log.
  let statuses: [Status]
  /// Reference events without a counterpart that may not vary, in the order of the reference.
  let missing: [BootExpectation.Event]
  /// Registers with the same events as the reference in another order, ascending.
  let reordered: [UInt32]

  /// - parameter proof: what quotes prove of the boot's log; the rest counts as out of scope.
  /// - parameter reference: compared is what it says of the registers that it speaks of, each in the strongest bank that both have and
  ///   that is proven.
  init(_ log: EventLog, proof: ProvenEvents, with reference: BootExpectation) {
    let banks = Self.banks(of: log, proof, reference)
    registers = Set(banks.keys)
    bank =
      Self.order.map { bank in (bank, banks.values.count { $0 == bank }) }.filter { $0.1 > 0 }
      .reduce(nil as (HashAlgorithm, Int)?) { best, next in best.map { $0.1 >= next.1 } ?? false ? best : next }?.0
    func key(_ register: UInt32, _ digest: (HashAlgorithm) -> [UInt8]?) -> Key? {
      banks[register].flatMap(digest).map { Key(register: register, digest: $0) }
    }
    var unused: [Key: [BootExpectation.Event]] = [:]
    var expected: [UInt32: [Key]] = [:]
    for event in reference.events.reversed() {
      guard let key = key(event.register, event.digest) else { continue }
      unused[key, default: []].append(event)
      expected[event.register, default: []].append(key)
    }
    var sequences: [UInt32: [Key]] = [:]
    var different: Set<UInt32> = []
    statuses = log.events.map { event in
      // What lies behind the proven part may have been written by anybody, and stands for nothing of the reference.
      guard event.recordedType != .noAction, let bank = banks[event.registerIndex], proof.covers(event, in: bank),
        let key = key(event.registerIndex, event.digest)
      else { return .outOfScope }
      if unused[key]?.popLast() != nil {
        sequences[event.registerIndex, default: []].append(key)
        return .inReference
      }
      different.insert(event.registerIndex)
      return EventVariation(event.recordedType, in: event.registerIndex).map { .varies($0) } ?? .notInReference
    }
    different.formUnion(unused.filter { !$0.value.isEmpty }.keys.map(\.register))
    reordered = sequences.filter { register, keys in
      !different.contains(register) && expected[register]?.reversed() != keys
    }.keys.sorted()
    missing = unused.values.flatMap { $0 }.filter { EventVariation($0.type, in: $0.register) == nil }
      .sorted { $0.index < $1.index }
  }

  private static let order: [HashAlgorithm] = [.sha512, .sha384, .sha256, .sm3_256, .sha1]

  /// The bank of each register that can be compared.
  private static func banks(
    of log: EventLog, _ proof: ProvenEvents, _ reference: BootExpectation
  ) -> [UInt32: HashAlgorithm] {
    let shared = order.filter { log.banks.contains($0) && reference.banks.contains($0) }
    var banks: [UInt32: HashAlgorithm] = [:]
    for register in reference.registers {
      banks[register] = shared.first { proof.covers(register: register, in: $0) }
    }
    return banks
  }

  private struct Key: Hashable {
    var register: UInt32
    var digest: [UInt8]
  }
}
