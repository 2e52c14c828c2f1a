import Digests
import TCGEventLog

/// A log that is another one's witness, under the name by which a reader knows it.
public struct NamedEventLog: Sendable {
  public var name: String
  public var log: EventLog

  public init(_ name: String, _ log: EventLog) {
    self.name = name
    self.log = log
  }
}

/// All searches of one call for why registers do not hold what event logs replay to, under one budget.
///
/// The budget counts hash operations. Hypotheses go in the order of what they are about to cost, over all registers, and each
/// may use an equal part of what is then left: what cheap ones leave goes to the dear ones, and no register takes from another.
/// Nothing depends on a clock or on a number of threads.
public struct MismatchSearches: Sendable {
  /// Hash operations that a call may make when it is not told otherwise: some seconds.
  public static let defaultBudget = 4_000_000

  /// Why does one register not hold what the log says?
  public struct RegisterQuestion: Sendable {
    public var replay: EventLogReplay
    public var register: Int
    /// Values of the register by bank, big-endian as the TPM gives them.
    public var observed: [HashAlgorithm: [UInt8]]
    /// Other logs of the machine, whose events may be what this log lacks.
    public var others: [NamedEventLog]
    /// Logs of user space that go on where this one ends.
    public var followers: [EventLog]
    /// Whether a first part of the events may give the values: it does not where other registers show that more was extended.
    public var mayEndEarlier = true

    public init(
      _ replay: EventLogReplay, register: Int, observed: [HashAlgorithm: [UInt8]], others: [NamedEventLog] = [],
      followers: [EventLog] = []
    ) {
      self.replay = replay
      self.register = register
      self.observed = observed
      self.others = others
      self.followers = followers
    }
  }

  /// Why does a log not give the digest of a quote without PCR file?
  public struct DigestQuestion: Sendable {
    public var replay: EventLogReplay
    public var quoted: QuotedDigest
    /// Other logs of the machine, whose events may be what this log lacks.
    public var others: [NamedEventLog]
    /// Logs of user space that go on where this one ends.
    public var followers: [EventLog]

    public init(
      _ replay: EventLogReplay, _ quoted: QuotedDigest, others: [NamedEventLog] = [], followers: [EventLog] = []
    ) {
      self.replay = replay
      self.quoted = quoted
      self.others = others
      self.followers = followers
    }
  }

  /// One for each question. Nil when no bank can be compared, or the events of the register, or the first of them, give every
  /// value.
  public let registers: [RegisterMismatch?]
  /// One for each question. Nil when the log extends no register of the digest, or the calculated values give it.
  public let digests: [DigestMismatch?]
  /// How many were made. No more than the budget, but for what one change costs in a second bank.
  public let hashOperations: Int

  /// - parameters:
  ///   - constants: what may have been extended without an event, besides the published constants.
  ///   - budget: hash operations allowed to all hypotheses of all registers together.
  public init(
    registers: [RegisterQuestion] = [], digests: [DigestQuestion] = [], constants: [MismatchConstant] = [],
    budget: Int = defaultBudget
  ) {
    let given = MismatchConstant.published + constants
    let byRegister = registers.map { MismatchSearch($0, constants: given) }
    let byDigest = digests.map { question in
      question.quoted.registers.compactMap { MismatchSearch(question, register: $0, constants: given) }
    }
    var queue = SearchQueue(budget: budget)
    let registerTickets = byRegister.map { search in search.map { queue.add($0) } }
    let digestTickets = byDigest.map { searches in searches.map { queue.add($0) } }
    let tests = queue.run()
    hashOperations = queue.spent
    self.registers = zip(byRegister, registerTickets).map { search, ticket in
      guard let search, let ticket else { return nil }
      return RegisterMismatch(registers: [search.register], banks: search.differing.map(\.bank), tests: tests[ticket])
    }
    self.digests = zip(byDigest, digestTickets).map { searches, tickets in
      guard !searches.isEmpty else { return nil }
      return DigestMismatch(zip(searches, tickets).map { ($0.register, tests[$1]) })
    }
  }
}

/// Every hypothesis of every search, the cheap ones first.
private struct SearchQueue {
  let budget: Int
  private(set) var spent = 0
  private var searches: [MismatchSearch] = []

  init(budget: Int) { self.budget = budget }

  /// - returns: where the tests of the search will stand.
  mutating func add(_ search: MismatchSearch) -> Int {
    searches.append(search)
    return searches.count - 1
  }

  /// The tests of each search, in the order of `MismatchHypothesis`.
  mutating func run() -> [[MismatchTest]] {
    let hypotheses = MismatchHypothesis.allCases
    let parts = searches.indices.flatMap { search in
      hypotheses.indices.map { (search: search, hypothesis: $0, cost: searches[search].estimate(hypotheses[$0])) }
    }
    let ordered = parts.sorted { ($0.cost, $0.search, $0.hypothesis) < ($1.cost, $1.search, $1.hypothesis) }
    var tests: [[MismatchTest?]] = searches.map { _ in hypotheses.map { _ in nil } }
    var whole = HashAllowance(budget)
    for (done, part) in ordered.enumerated() {
      let share = max(0, whole.left) / (ordered.count - done)
      var allowance = HashAllowance(share)
      tests[part.search][part.hypothesis] = searches[part.search].test(
        hypotheses[part.hypothesis], &allowance, of: budget)
      whole.spend(share - allowance.left)
    }
    spent = budget - whole.left
    return tests.map { $0.compactMap { $0 } }
  }
}
