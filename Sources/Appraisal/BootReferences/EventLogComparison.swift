import Digests
import TCGEventLog

/// Which events of a boot's log a reference event log has, and which it lacks.
///
/// An event is in the reference when that has one in the same register with the same digest. Types and data are claims of
/// either log and decide nothing; order is not looked at, since the quoted registers prove it. Each event of the reference
/// stands for one of the boot.
struct EventLogComparison {
  enum Status: Equatable {
    case inReference
    /// Not in the reference, and of a kind that differs between good boots.
    case varies(EventVariation)
    case notInReference
    /// Nothing that the reference speaks of, or without a digest in the compared bank.
    case outOfScope
  }

  /// The bank that both logs have and in which most is proven; nil when there is none, and then nothing is compared.
  let bank: HashAlgorithm?
  /// One for each event of the boot's log.
  let statuses: [Status]
  /// Indexes of reference events without a counterpart that may not vary, ascending.
  let missing: [Int]

  /// - parameter proof: what quotes prove of the boot's log; the rest counts as out of scope.
  /// - parameter registers: those that the reference speaks of.
  init(_ log: EventLog, proof: ProvenEvents, with reference: EventLog, registers: Set<UInt32>) {
    let order: [HashAlgorithm] = [.sha512, .sha384, .sha256, .sm3_256, .sha1]
    // The bank in which most registers are proven; of two alike the stronger one.
    let bank = order.filter { log.banks.contains($0) && reference.banks.contains($0) }
      .map { bank in (bank, registers.count { proof.covers(register: $0, in: bank) }) }
      .filter { $0.1 > 0 }.reduce(nil as (HashAlgorithm, Int)?) { best, next in
        best.map { $0.1 >= next.1 } ?? false ? best : next
      }?.0
    self.bank = bank
    guard let bank else {
      statuses = log.events.map { _ in .outOfScope }
      missing = []
      return
    }
    func key(_ event: Event) -> Key? {
      guard event.recordedType != .noAction, registers.contains(event.registerIndex),
        proof.covers(register: event.registerIndex, in: bank),
        let digest = event.digest(in: bank)
      else { return nil }
      return Key(register: event.registerIndex, digest: digest)
    }
    var unused: [Key: [Int]] = [:]
    for event in reference.events.reversed() {
      if let key = key(event) { unused[key, default: []].append(event.index) }
    }
    statuses = log.events.map { event in
      guard let key = key(event) else { return .outOfScope }
      // What lies behind the proven part may have been written by anybody, and stands for nothing of the reference.
      guard proof.covers(event, in: bank) else { return .outOfScope }
      if unused[key]?.popLast() != nil { return .inReference }
      return EventVariation(of: event).map { .varies($0) } ?? .notInReference
    }
    missing = unused.values.flatMap { $0 }.filter { EventVariation(of: reference.events[$0]) == nil }.sorted()
  }

  private struct Key: Hashable {
    var register: UInt32
    var digest: [UInt8]
  }
}
