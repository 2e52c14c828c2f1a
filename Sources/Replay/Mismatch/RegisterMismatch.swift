import ByteReading
import Digests
import Hashing
import TCGEventLog

/// Why registers do not hold what an event log replays to: hypotheses, each tested, with its outcome.
///
/// A hypothesis reproduces the register only when one change gives the observed value in every bank that is observed
/// and in the log. Nothing is repaired: the mismatch stays one, and more than one hypothesis may reproduce it.
/// All changes are tested against the end of the log.
public struct RegisterMismatch: Equatable, Sendable {
  /// The register; several, ascending, of which the same explanation was found.
  public let registers: [Int]
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
  ///   - budget: hash operations allowed to all hypotheses together. Several registers share one budget in `MismatchSearches`.
  /// - returns: nil when no bank can be compared, or the events of the register, or the first of them,
  ///   give every value.
  public init?(
    _ replay: EventLogReplay, register: Int, observed: [HashAlgorithm: [UInt8]], constants: [MismatchConstant] = [],
    others: [NamedEventLog] = [], followers: [EventLog] = [], budget: Int = MismatchSearches.defaultBudget
  ) {
    let question = MismatchSearches.RegisterQuestion(
      replay, register: register, observed: observed, others: others, followers: followers)
    guard let found = MismatchSearches(registers: [question], constants: constants, budget: budget).registers[0] else {
      return nil
    }
    self = found
  }

  init(registers: [Int], banks: [HashAlgorithm], tests: [MismatchTest]) {
    self.registers = registers
    self.banks = banks
    self.tests = tests
  }
}

extension RegisterMismatch {
  /// Both as one, when the same changes, of no event, explain both; nil when they do not.
  public func joined(with other: RegisterMismatch) -> RegisterMismatch? {
    let own = reproducing
    guard !own.isEmpty, banks == other.banks, own == other.reproducing, own.allSatisfy(\.isOfNoEvent) else {
      return nil
    }
    return RegisterMismatch(
      registers: registers + other.registers, banks: banks,
      tests: zip(tests, other.tests).map { $0.joined(with: $1) })
  }
}

extension MismatchTest {
  fileprivate var isOfNoEvent: Bool {
    if case .reproduces(let changes) = outcome { changes.allSatisfy { $0.events.isEmpty } } else { false }
  }

  /// The outcome of the same hypothesis in other registers, which reproduces all of them or none.
  fileprivate func joined(with other: MismatchTest) -> MismatchTest {
    let tried = outcome.tried + other.outcome.tried
    let result: Outcome =
      switch (outcome, other.outcome) {
      case (.reproduces, _), (_, .notApplicable): outcome
      case (.notApplicable, _): other.outcome
      case (.refuted, .refuted): .refuted(tried: tried)
      case (.notFinished(_, let reason), _), (.notTested(let reason), _), (_, .notFinished(_, let reason)),
        (_, .notTested(let reason)):
        tried > 0 ? .notFinished(tried: tried, reason: reason) : .notTested(reason: reason)
      case (_, .reproduces): other.outcome
      }
    return MismatchTest(hypothesis: hypothesis, outcome: result, isFinished: isFinished && other.isFinished)
  }
}

extension MismatchTest.Outcome {
  /// Changes that did not give the values.
  fileprivate var tried: Int {
    switch self {
    case .refuted(let tried), .notFinished(let tried, _): tried
    case .reproduces, .notApplicable, .notTested: 0
    }
  }
}

/// Why an event log does not give the digest of a quote of which no values are known: hypotheses, each with its outcome.
///
/// Every register that the log extends is changed by itself, the others being what was calculated for them. A change
/// reproduces the digest when the values so changed hash to it, so two registers that differ are not explained.
public struct DigestMismatch: Equatable, Sendable {
  /// Registers that were changed, one at a time, ascending.
  public let registers: [Int]
  /// One for each hypothesis, in the order of `MismatchHypothesis`. A sentence begins with the register it is about.
  public let tests: [MismatchTest]

  /// The hypotheses that reproduce the digest.
  public var reproducing: [MismatchTest] {
    tests.filter { if case .reproduces = $0.outcome { true } else { false } }
  }

  /// What came out in each register by itself.
  init(_ results: [(register: Int, tests: [MismatchTest])]) {
    registers = results.map(\.register)
    tests = MismatchHypothesis.allCases.map { hypothesis in
      MismatchTest(
        hypothesis,
        all: results.flatMap { register, tests in
          tests.filter { $0.hypothesis == hypothesis }.map { (register, $0) }
        })
    }
  }
}

extension MismatchTest {
  /// The outcome over several registers of which one may be changed.
  fileprivate init(_ hypothesis: MismatchHypothesis, all: [(register: Int, test: MismatchTest)]) {
    var found: [MismatchChange] = []
    var tried = 0
    var open: String?
    for (register, test) in all {
      switch test.outcome {
      case .reproduces(let changes):
        found += changes.map { MismatchChange(events: $0.events, sentence: "PCR \(register): \($0.sentence)") }
      case .refuted(let count): tried += count
      case .notFinished(let count, let reason):
        tried += count
        open = open ?? reason
      case .notTested(let reason): open = open ?? reason
      case .notApplicable: break
      }
    }
    let outcome: Outcome =
      switch (found.isEmpty, open) {
      case (false, _): .reproduces(found)
      case (true, let reason?): tried > 0 ? .notFinished(tried: tried, reason: reason) : .notTested(reason: reason)
      case (true, nil): tried > 0 ? .refuted(tried: tried) : .notApplicable
      }
    self.init(hypothesis: hypothesis, outcome: outcome, isFinished: open == nil && all.allSatisfy(\.test.isFinished))
  }
}

/// What the log extends into one register in one bank, with the value before each extend.
struct BankSequence {
  let bank: HashAlgorithm
  /// Every event that extends the register, even those that have no digest of this bank.
  let events: [Event]
  let digests: [[UInt8]?]
  /// `prefixes[i]` is the value before event `i`; the last one the value at the end.
  let prefixes: [[UInt8]]

  var end: [UInt8] { prefixes.last ?? [] }

  /// Nil when no event extends the register; it is empty then where `mayBeEmpty`.
  init?(_ replay: EventLogReplay, _ register: Int, _ bank: HashAlgorithm, mayBeEmpty: Bool = false) {
    events = replay.log.events.filter { $0.isExtended && $0.registerIndex == UInt32(register) }
    guard mayBeEmpty || !events.isEmpty,
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
    self.prefixes = prefixes
  }

  /// The end of register 0 when the TPM starts from another locality, and with a digest before all others.
  func end(locality: UInt8, first: [UInt8]? = nil) -> [UInt8]? {
    var value: [UInt8]? = [UInt8](repeating: 0, count: bank.digestByteCount - 1) + [locality]
    if let first { value = value.flatMap { bank.extend($0, with: first) } }
    for case let digest? in digests { value = value.flatMap { bank.extend($0, with: digest) } }
    return value
  }

  /// The end when `removed` events from `start` on are replaced by `inserted`. Nil where an inserted event has no digest of the bank.
  func end(_ splice: Splice, _ allowance: inout HashAllowance) -> [UInt8]? {
    guard prefixes.indices.contains(splice.start), splice.start + splice.removed <= digests.count else { return nil }
    var value = prefixes[splice.start]
    for material in splice.inserted {
      allowance.spend(material.hashCount)
      guard let digest = material.digest(bank), let next = bank.extend(value, with: digest) else { return nil }
      value = next
    }
    allowance.spend(digests.count - splice.start - splice.removed)
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
    /// The digest itself, in banks whose digests have its size.
    case digest([UInt8])
    /// A digest of which every byte is this one.
    case filled(UInt8)

    func digest(_ bank: HashAlgorithm) -> [UInt8]? {
      switch self {
      case .event(let event): event.digest(in: bank)
      case .measured(let bytes): bank.digest(of: bytes)
      case .digest(let bytes): bytes.count == bank.digestByteCount ? bytes : nil
      case .filled(let byte): [UInt8](repeating: byte, count: bank.digestByteCount)
      }
    }

    /// Hash operations of one extend.
    var hashCount: Int { if case .measured = self { 2 } else { 1 } }
  }
}
