import Digests
import TCGEventLog

/// What authentic quotes prove of one event log.
public struct ProvenEvents: Equatable, Sendable {
  /// By bank and register: so many events from the start of the log are covered by a quoted value that they replay to.
  public var counts: [HashAlgorithm: [UInt32: Int]]

  public init(counts: [HashAlgorithm: [UInt32: Int]] = [:]) { self.counts = counts }

  /// Takes what one more match of the log with a quote proves.
  public mutating func add(bank: HashAlgorithm, registers: [Int], count: Int) {
    for register in registers {
      guard let register = UInt32(exactly: register) else { continue }
      counts[bank, default: [:]][register] = max(count, counts[bank]?[register] ?? 0)
    }
  }
}

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

  /// The strongest bank that both logs have; nil when there is none, and then nothing is compared.
  let bank: HashAlgorithm?
  /// One for each event of the boot's log.
  let statuses: [Status]
  /// Indexes of reference events without a counterpart that may not vary, ascending.
  let missing: [Int]

  /// - parameter proof: what quotes prove of the boot's log; the rest counts as out of scope.
  /// - parameter registers: those that the reference speaks of.
  init(_ log: EventLog, proof: ProvenEvents, with reference: EventLog, registers: Set<UInt32>) {
    let order: [HashAlgorithm] = [.sha512, .sha384, .sha256, .sm3_256, .sha1]
    let bank = order.first { proof.counts[$0] != nil && log.banks.contains($0) && reference.banks.contains($0) }
    self.bank = bank
    guard let bank, let counts = proof.counts[bank] else {
      statuses = log.events.map { _ in .outOfScope }
      missing = []
      return
    }
    func key(_ event: Event) -> Key? {
      guard event.recordedType != .noAction, registers.contains(event.registerIndex),
        counts[event.registerIndex] != nil,
        let digest = event.digest(in: bank)
      else { return nil }
      return Key(register: event.registerIndex, digest: digest)
    }
    var unused: [Key: [Int]] = [:]
    for event in reference.events.reversed() {
      if let key = key(event) { unused[key, default: []].append(event.index) }
    }
    statuses = log.events.map { event in
      guard let key = key(event), let count = counts[event.registerIndex], event.index < count else {
        return .outOfScope
      }
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
