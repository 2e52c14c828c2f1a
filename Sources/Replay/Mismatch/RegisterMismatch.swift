import ByteReading
import Digests
import Hashing
import TCGEventLog

/// Why one register does not hold what an event log replays to: hypotheses, each tested, with its outcome.
///
/// A hypothesis reproduces the register only when one change gives the observed value in every bank that is observed
/// and in the log. Nothing is repaired: the mismatch stays one, and more than one hypothesis may reproduce it.
/// All changes are tested against the end of the log.
public struct RegisterMismatch: Equatable, Sendable {
  public let register: Int
  /// Banks whose observed value is not the replayed one, ascending.
  public let banks: [HashAlgorithm]
  /// One for each hypothesis, in the order of `MismatchHypothesis`.
  public let tests: [MismatchTest]

  /// The hypotheses that reproduce the register.
  public var reproducing: [MismatchTest] {
    tests.filter { if case .reproduces = $0.outcome { true } else { false } }
  }

  /// - parameters:
  ///   - observed: values of the register by bank, big-endian as the TPM gives them.
  ///   - constants: what may have been extended without an event, besides the published constants.
  ///   - others: other logs of the machine, whose events may be what this log lacks.
  ///   - followers: logs of user space that go on where this one ends.
  ///   - budget: number of extends allowed to one hypothesis.
  /// - returns: nil when no bank can be compared, or the events of the register, or the first of them,
  ///   give every value.
  public init?(
    _ replay: EventLogReplay, register: Int, observed: [HashAlgorithm: [UInt8]], constants: [MismatchConstant] = [],
    others: [EventLog] = [], followers: [EventLog] = [], budget: Int = 500_000
  ) {
    guard (0...23).contains(register) else { return nil }
    var sequences: [BankSequence] = []
    for bank in observed.keys.sorted() where replay.log.banks.contains(bank) {
      guard let wanted = observed[bank], let sequence = BankSequence(replay, register, bank, wanted) else { continue }
      sequences.append(sequence)
    }
    let differing = sequences.filter { $0.end != $0.wanted }
    guard !differing.isEmpty, !Self.isFirstPart(sequences) else { return nil }
    self.register = register
    banks = differing.map(\.bank)
    let search = MismatchSearch(
      replay: replay, register: register, agreeing: sequences.filter { $0.end == $0.wanted }, differing: differing,
      constants: MismatchConstant.published + constants, others: others, followers: followers, budget: budget)
    tests = MismatchHypothesis.allCases.map { MismatchTest(hypothesis: $0, outcome: search.test($0)) }
  }
}

extension RegisterMismatch {
  /// A value read before the last events were extended contradicts no event.
  private static func isFirstPart(_ sequences: [BankSequence]) -> Bool {
    guard let first = sequences.first else { return false }
    return first.prefixes.indices.contains { count in sequences.allSatisfy { $0.prefixes[count] == $0.wanted } }
  }
}

/// What the log extends into one register in one bank, with the value before each extend.
struct BankSequence {
  let bank: HashAlgorithm
  let wanted: [UInt8]
  /// Every event that extends the register, even those that have no digest of this bank.
  let events: [Event]
  let digests: [[UInt8]?]
  /// `prefixes[i]` is the value before event `i`; the last one the value at the end.
  let prefixes: [[UInt8]]

  var end: [UInt8] { prefixes.last ?? [] }

  init?(_ replay: EventLogReplay, _ register: Int, _ bank: HashAlgorithm, _ wanted: [UInt8]) {
    guard wanted.count == bank.digestByteCount else { return nil }
    events = replay.log.events.filter { $0.isExtended && $0.registerIndex == UInt32(register) }
    guard !events.isEmpty,
      var value = replay.value(ofRegister: register, bank: bank, afterRecords: 0)
    else { return nil }
    // A dynamic launch sets these to zero before the first event.
    if (17...22).contains(register) { value = [UInt8](repeating: 0, count: bank.digestByteCount) }
    digests = events.map { $0.digest(in: bank) }
    var prefixes = [value]
    for digest in digests {
      if let digest {
        guard let next = bank.extend(value, with: digest) else { return nil }
        value = next
      }
      prefixes.append(value)
    }
    self.bank = bank
    self.wanted = wanted
    self.prefixes = prefixes
  }

  /// The end when `removed` events from `start` on are replaced by `inserted`, from another start value if one is given.
  func end(_ splice: Splice) -> [UInt8]? {
    guard prefixes.indices.contains(splice.start), splice.start + splice.removed <= digests.count else { return nil }
    var value = prefixes[splice.start]
    for material in splice.inserted {
      guard let digest = material.digest(bank), let next = bank.extend(value, with: digest) else { return nil }
      value = next
    }
    for case let digest? in digests[(splice.start + splice.removed)...] {
      guard let next = bank.extend(value, with: digest) else { return nil }
      value = next
    }
    return value
  }
}

/// A run of events that is replaced by other extends.
struct Splice {
  var start: Int
  var removed: Int
  var inserted: [Material]

  /// What is extended in place of events.
  enum Material {
    case event(Event)
    case measured([UInt8])
    case zeros

    func digest(_ bank: HashAlgorithm) -> [UInt8]? {
      switch self {
      case .event(let event): event.digest(in: bank)
      case .measured(let bytes): bank.digest(of: bytes)
      case .zeros: [UInt8](repeating: 0, count: bank.digestByteCount)
      }
    }
  }
}
