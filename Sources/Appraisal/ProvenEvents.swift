import Digests
import TCGEventLog

/// What quotes prove of an event log.
public struct ProvenEvents: Equatable, Sendable {
  /// One bank and the registers that a quote proves over the first events of the log.
  public struct Part: Equatable, Sendable {
    public var bank: HashAlgorithm
    public var registers: Set<Int>
    /// Number of events from the start of the log.
    public var count: Int

    public init(bank: HashAlgorithm, registers: Set<Int>, count: Int) {
      self.bank = bank
      self.registers = registers
      self.count = count
    }
  }

  public var parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }

  /// Whether a digest of the event is proven, in whatever bank.
  public func covers(_ event: Event) -> Bool {
    event.digests.contains { digest in digest.algorithm.map { covers(event, in: $0) } ?? false }
  }

  /// Banks in which the digest of the event is proven.
  public func banks(of event: Event) -> Set<HashAlgorithm> {
    Set(event.digests.compactMap(\.algorithm).filter { covers(event, in: $0) })
  }

  /// Banks of which something is proven.
  var banks: Set<HashAlgorithm> { Set(parts.map(\.bank)) }

  /// Whether anything of a register is proven in the bank.
  func covers(register: UInt32, in bank: HashAlgorithm) -> Bool {
    parts.contains { $0.bank == bank && $0.count > 0 && Int(exactly: register).map($0.registers.contains) ?? false }
  }

  /// Whether the digest of the event in `bank` is proven. Digests of other banks may be anything.
  func covers(_ event: Event, in bank: HashAlgorithm) -> Bool {
    parts.contains { part in
      part.bank == bank && event.index < part.count
        && Int(exactly: event.registerIndex).map(part.registers.contains) ?? false
    }
  }
}
