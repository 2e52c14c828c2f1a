import Digests
import Hashing
import TCGEventLog

/// Compares the digests of every event with its data, by the rule that this log follows for events of that kind.
///
/// Vendors and loaders differ in what they hash, but each keeps to its habit: a log is first read for its habits, then
/// an event that leaves them is reported. Every bank is judged by itself. A digest that no data can explain speaks
/// against the event only where every log known follows the rule, or this log's other events of the class do.
///
/// One answer an event, in the order of the log.
///
/// - parameter known: names the content that has a digest, for events whose content is not in the log; asked for each bank,
///   the one of the longest digest first, until there is an answer.
public func checkEventDigests(_ log: EventLog, known: (Digest) -> KnownContent? = { _ in nil }) -> [EventDigestCheck] {
  let compared = log.events.map(ComparedEvent.init)
  var habits: [EventDigestClass: Habit] = [:]
  for event in compared { habits[event.digestClass, default: Habit()].count(event) }
  let loadOptions = LoadOptionsDigests(log)
  return compared.map { event in
    let outcome = event.outcome(by: habits[event.digestClass] ?? Habit())
    var content: KnownContent?
    if case .notDerivable(.contentOutsideLog) = outcome {
      for digest in event.digests.sorted(by: { $1.bytes.count < $0.bytes.count }) where content == nil {
        content = known(digest)
      }
    }
    return EventDigestCheck(
      index: event.event.index, outcome: outcome, rule: event.boundRule, zeroBanks: event.zeroBanks,
      outside: OutsideContent(of: event.event), content: content,
      commandLine: loadOptions.commandLine(of: event.event))
  }
}

extension Event {
  /// Whether a digest of some bank is that of the data, or of a part of them, by a known rule.
  public var hasDigestOfItsData: Bool {
    ComparedEvent(self).followed.map { $0.rule != .noBytes } ?? false
  }
}

/// Which rules the events of one class follow in one log.
private struct Habit {
  /// Numbers of events by register and rule: a TPM 1.2 firmware hashes variables in register 7 otherwise than in 1.
  private var followers: [UInt32: [DigestRule: Int]] = [:]
  private var followerCount = 0
  private var strangerCount = 0

  mutating func count(_ event: ComparedEvent) {
    if let rule = event.followed?.rule {
      followers[event.register, default: [:]][rule, default: 0] += 1
      followerCount += 1
    } else if event.isComparable {
      strangerCount += 1
    }
  }

  /// The rule that most events of the register follow; of two alike the one that stands first in `DigestRule`.
  func usual(inRegister register: UInt32) -> DigestRule? {
    guard let counts = followers[register], let most = counts.values.max() else { return nil }
    return DigestRule.allCases.first { counts[$0] == most }
  }

  /// Whether an event of the class keeps a rule. One is enough: types are claims, so that a majority could be made by relabelling.
  var isKept: Bool { followerCount > 0 }
  /// Whether what leaves the rule is the exception.
  var isKeptByMost: Bool { followerCount > strangerCount }
}

/// One event beside what its digests may be of.
private struct ComparedEvent {
  let event: Event
  let digestClass: EventDigestClass
  /// Digests that can be computed here and are not all zeros, the first of each bank.
  let digests: [Digest]
  let zeroBanks: [HashAlgorithm]
  private let candidates: [Candidate]
  /// The candidate with the most banks on its side; nil when no bank has the digest of any.
  let followed: Candidate?
  /// The banks that do not agree with `followed`.
  private let disagreeing: [Digest]

  init(_ event: Event) {
    self.event = event
    digestClass = EventDigestClass(of: event)
    var seen: Set<HashAlgorithm> = []
    let known = event.digests.compactMap { digest in digest.algorithm.map { Digest($0, digest.bytes) } }
      .filter { seen.insert($0.algorithm).inserted }
    zeroBanks = known.filter { $0.bytes.allSatisfy { $0 == 0 } }.map(\.algorithm)
    let digests = known.filter { digest in
      !digest.bytes.allSatisfy { $0 == 0 } && digest.algorithm.digest(of: []) != nil
    }
    self.digests = digests
    candidates = digestClass.candidates(for: event)

    var followed: Candidate?
    var disagreeing = digests
    if event.recordedType != .noAction {
      for candidate in candidates {
        let against = digests.filter { $0.bytes != $0.algorithm.digest(of: candidate.bytes) }
        if against.count < disagreeing.count {
          followed = candidate
          disagreeing = against
        }
      }
    }
    self.followed = followed
    self.disagreeing = disagreeing
  }

  var register: UInt32 { event.registerIndex }
  /// The rule that every bank with a digest follows.
  var boundRule: DigestRule? { disagreeing.isEmpty && !digests.isEmpty ? followed?.rule : nil }
  var isComparable: Bool { event.recordedType != .noAction && !digests.isEmpty }

  func outcome(by habit: Habit) -> EventDigestCheck.Outcome {
    guard event.recordedType != .noAction, !event.isLogManagement else { return .notDerivable(.neverExtended) }
    guard !digests.isEmpty else {
      return zeroBanks.isEmpty ? .notDerivable(.noComputableDigest) : deviates(.zeroDigest)
    }
    if let followed {
      guard disagreeing.isEmpty else { return contradicted(followed) }
      if digestClass.hasOneRule, let usual = habit.usual(inRegister: register), usual != followed.rule {
        return deviates(.oddRule)
      }
      if let deviation = followed.deviation { return deviates(deviation) }
      return zeroBanks.isEmpty ? .holds(followed.rule) : deviates(.zeroDigest)
    }
    if digestClass.mayBeOutside { return .notDerivable(.contentOutsideLog) }
    if digestClass.isUniversal || (digestClass.hasExceptions ? habit.isKeptByMost : habit.isKept),
      let expected = expectedCandidate(by: habit)
    {
      return contradicted(expected)
    }
    return digestClass.isOutsideWhenNothingHolds
      ? .notDerivable(.contentOutsideLog) : deviates(.noKnownRule)
  }

  /// What should have been hashed: as in the log's other events of the class where they all do the same, else the
  /// first candidate.
  private func expectedCandidate(by habit: Habit) -> Candidate? {
    guard digestClass.hasOneRule, let usual = habit.usual(inRegister: register) else { return candidates.first }
    return candidates.first { $0.rule == usual } ?? candidates.first
  }

  private func deviates(_ deviation: DigestDeviation) -> EventDigestCheck.Outcome {
    .deviates(deviation, sentence: deviation.sentence)
  }

  private func contradicted(_ candidate: Candidate) -> EventDigestCheck.Outcome {
    let banks = disagreeing.compactMap { digest in
      digest.algorithm.digest(of: candidate.bytes).map {
        ContradictedDigest(bank: digest.algorithm, expected: $0, found: digest.bytes)
      }
    }
    let names = banks.map(\.bank.name).joined(separator: " and ")
    return .contradicted(
      banks,
      sentence:
        "the \(names) digest of this \(event.typeName) is not that of \(candidate.rule.rawValue): "
        + "the data or the digest was changed after it was measured")
  }
}
