import Digests
import Hashing
import IMALog
import Replay

/// The extends that one boot's search may still cost. A count and not a time, so that the result is always the same.
public struct TamperBudget: Equatable, Sendable {
  /// Extends for all lists of a boot together.
  public static let ofBoot = 52_000_000
  /// Of these, what one change at every place may cost: enough for 5,000 records that no quote proves.
  static let ofEachPlace = 13_000_000
  /// What pairs of records that are no neighbours may cost, which are very many.
  static let ofDistantPairs = 6_000_000
  /// What records of another list may cost at places where that one does not have them.
  static let ofStrayRecords = 8_000_000

  var left: Int

  public init(_ count: Int = ofBoot) { left = count }

  mutating func take(_ count: Int) -> Bool {
    guard count <= left else { return false }
    left -= count
    return true
  }
}

/// One register of one list, and the quoted values that it does not give: what a hypothesis works on.
struct TamperSearch {
  let list: ArchivedLog<MeasurementList>
  let register: Int
  /// Other lists of the boot, each with its records of the register.
  let others: [Other]
  let evidence: TamperEvidence
  /// How each bank may have been extended.
  let rules: [ExtendRule]
  /// Index of the records whose recorded template digest is not theirs.
  let templateHashMismatches: [Int]
  /// The list as recorded, or as mended for the quotes before.
  var base: ExtendSequence
  /// Number of items of `base` that a quote proves.
  var proven: Int
  /// Quotes that no first part of `base` gives, in the order of proof.
  var targets: [TamperEvidence.KnownQuote]
  var budget: TamperBudget

  struct Other: Sendable {
    var list: ArchivedLog<MeasurementList>
    var sequence: ExtendSequence
  }

  /// A mended list and what quotes prove of it.
  struct Mended {
    var sequence: ExtendSequence
    /// Number of items that each target proves, by the quote's file.
    var counts: [String: Int]
  }

  // MARK: Quotes against a sequence

  /// Quotes for whose register at least one bank can be compared.
  func comparable(_ quotes: [TamperEvidence.KnownQuote], _ sequence: ExtendSequence) -> [TamperEvidence.KnownQuote] {
    let banks = comparableBanks(sequence)
    return quotes.filter { quote in banks.contains { quote.values[$0, register] != nil } }
  }

  /// Banks that can be replayed in every way that the search knows for them. Where the data of a record is lost, a bank that
  /// is extended with hashes of data cannot, although the other way of extending it could be tried.
  private func comparableBanks(_ sequence: ExtendSequence) -> Set<HashAlgorithm> {
    let lost = Set(rules.filter { !sequence.rules.contains($0) }.map(\.bank))
    return Set(sequence.rules.map(\.bank)).subtracting(lost)
  }

  /// After how many items the quote's value stands in the register, in every bank that both have; by the quote's file.
  func counts(_ sequence: ExtendSequence, _ quotes: [TamperEvidence.KnownQuote]) -> [String: Int] {
    var places: [ExtendRule: [String: Int]] = [:]
    for rule in sequence.rules {
      var own: [String: Int] = [:]
      let wanted = quotes.compactMap { quote in
        quote.values[rule.bank, register].flatMap { $0.count == rule.bank.digestByteCount ? (quote.file, $0) : nil }
      }
      guard !wanted.isEmpty, let start = sequence.start[rule], let digests = sequence.digests[rule] else { continue }
      for (file, value) in wanted where value == start { own[file] = 0 }
      let values = WantedValues(rule.bank, wanted.map(\.1))
      var chase = RegisterChase(rule.bank, from: start)
      var place = 0
      while let hit = chase.extend(with: digests, place..<sequence.count, until: values) {
        place += hit.extends
        for (file, value) in wanted where value == wanted[hit.wanted].1 && own[file] == nil { own[file] = place }
      }
      places[rule] = own
    }
    let comparable = comparableBanks(sequence)
    var counts: [String: Int] = [:]
    for quote in quotes {
      let banks = comparable.filter { quote.values[$0, register] != nil }
      let found = banks.map { bank in
        places.filter { $0.key.bank == bank }.compactMap { $0.value[quote.file] }.min()
      }
      guard let first = found.first, let count = first, found.allSatisfy({ $0 == count }) else { continue }
      counts[quote.file] = count
    }
    return counts
  }

  /// The mended sequence, when it gives a target all its values; a value at the very start proves nothing.
  func confirmed(_ sequence: ExtendSequence) -> Mended? {
    let counts = counts(sequence, targets).filter { $0.value > 0 }
    return counts.isEmpty ? nil : Mended(sequence: sequence, counts: counts)
  }

  // MARK: Trying edits

  /// Ways of extending in which to search, each with the targets that it is the cheapest for. SHA-1 takes one block an
  /// extend and the others two.
  var groups: [(rule: ExtendRule, wanted: WantedValues)] {
    var groups: [(ExtendRule, WantedValues)] = []
    var searched: [String: HashAlgorithm] = [:]
    for rule in base.rules {
      let own = targets.filter { quote in
        quote.values[rule.bank, register]?.count == rule.bank.digestByteCount
          && (searched[quote.file] == nil || searched[quote.file] == rule.bank)
      }
      guard !own.isEmpty else { continue }
      for quote in own { searched[quote.file] = rule.bank }
      groups.append((rule, WantedValues(rule.bank, own.compactMap { $0.values[rule.bank, register] })))
    }
    return groups
  }

  enum Trial {
    case reproduces(Mended, candidates: Int)
    case refuted(candidates: Int)
    case notExhausted(candidates: Int)

    func told(_ name: String, _ message: (Mended) -> String, refuted: String) -> HypothesisResult {
      switch self {
      case .reproduces(let mended, let candidates):
        HypothesisResult(
          TestedHypothesis(name: name, outcome: .reproduces, candidates: candidates, message: message(mended)), mended)
      case .refuted(let candidates):
        HypothesisResult(
          TestedHypothesis(name: name, outcome: .refuted, candidates: candidates, message: refuted), nil)
      case .notExhausted(let candidates):
        HypothesisResult(
          TestedHypothesis(
            name: name, outcome: .notExhausted, candidates: candidates,
            message: "\(candidates) candidates were tried and none gives a quoted value; the bound ended the search."),
          nil)
      }
    }
  }

  /// Tries each edit in the cheapest bank of each group of targets, and confirms in all others.
  ///
  /// - parameter limit: extends that this may cost beside the bound of the boot.
  mutating func attempt(_ edits: some Sequence<SequenceEdit>, limit: Int = .max) -> Trial {
    var tried = 0
    var allowance = TamperBudget(limit)
    for (rule, wanted) in groups {
      guard let start = base.start[rule], let digests = base.digests[rule] else { continue }
      let nothing = WantedValues(rule.bank, [])
      var walk = RegisterChase(rule.bank, from: start)
      var place = 0
      var ownTried = 0
      for edit in edits {
        guard let pieces = edit.pieces(base, rule) else { continue }
        if edit.place < place {
          walk = RegisterChase(rule.bank, from: start)
          place = 0
        }
        let cost = edit.place - place + pieces.reduce(0) { $0 + $1.range.count }
        guard allowance.take(cost), budget.take(cost) else { return .notExhausted(candidates: max(tried, ownTried)) }
        _ = walk.extend(with: digests, place..<edit.place, until: nothing)
        place = edit.place
        ownTried += 1
        guard Self.hits(walk, pieces, wanted) else { continue }
        if let mended = confirmed(edit.applied(to: base)) {
          return .reproduces(mended, candidates: max(tried, ownTried))
        }
      }
      tried = max(tried, ownTried)
    }
    return .refuted(candidates: tried)
  }

  private static func hits(_ from: RegisterChase, _ pieces: [SequenceEdit.Piece], _ wanted: WantedValues) -> Bool {
    var chase = from
    for piece in pieces where chase.extend(with: piece.digests, piece.range, until: wanted) != nil { return true }
    return false
  }

  /// Tries whole sequences that share no place with `base`, each charged with its length.
  mutating func attempt(whole sequences: some Sequence<ExtendSequence>) -> Trial {
    var tried = 0
    for sequence in sequences {
      let ways = sequence.rules.count { rule in targets.contains { $0.values[rule.bank, register] != nil } }
      guard budget.take(sequence.count * max(1, ways)) else { return .notExhausted(candidates: tried) }
      tried += 1
      if let mended = confirmed(sequence) { return .reproduces(mended, candidates: tried) }
    }
    return .refuted(candidates: tried)
  }

  // MARK: What hypotheses ask

  /// Places of `base` that nobody has proven.
  var window: Range<Int> { proven..<base.count }

  /// A way by which records are told apart: the strongest that all sequences have.
  var identity: ExtendRule? {
    base.rules.filter { rule in others.allSatisfy { $0.sequence.digests[rule] != nil } }
      .max { ($0.bank.digestByteCount, $0.isPadded ? 0 : 1) < ($1.bank.digestByteCount, $1.isPadded ? 0 : 1) }
  }

  func isBootAggregate(_ record: Int) -> Bool {
    list.log.record(at: record).path.map { $0 == Array("boot_aggregate".utf8) } ?? false
  }

  /// The place of another list that has what `base` has at `place`, where both agree the longest before it.
  func aligned(_ place: Int, in other: Int, by rule: ExtendRule) -> Int? {
    let sequence = others[other].sequence
    let digest = base.digest(at: place, rule)
    func agreement(_ found: Int) -> Int {
      (0...min(found, place, 64)).prefix { base.digest(at: place - $0, rule) == sequence.digest(at: found - $0, rule) }
        .count
    }
    // Violations are all alike, so the first place is not always the right one.
    return (0..<sequence.count).filter { sequence.digest(at: $0, rule) == digest }
      .max { (agreement($0), $1) < (agreement($1), $0) }
  }

  /// Items of another list from some place on.
  func items(of other: Int, _ range: Range<Int>) -> [ExtendSequence.Item] {
    range.map { place in
      var item = others[other].sequence.item(at: place)
      if case .record(let record) = item.origin { item.origin = .other(list: other, record: record) }
      return item
    }
  }
}

/// What became of one hypothesis, with the mended list when it gives a quoted value.
struct HypothesisResult {
  var tested: TestedHypothesis
  var mended: TamperSearch.Mended?

  init(_ tested: TestedHypothesis, _ mended: TamperSearch.Mended?) {
    self.tested = tested
    self.mended = mended
  }

  static func notTestable(_ name: String, _ message: String) -> HypothesisResult {
    HypothesisResult(TestedHypothesis(name: name, outcome: .notTestable, candidates: 0, message: message), nil)
  }
}

/// One thing that may have been done to a list.
protocol TamperHypothesis: Sendable {
  func test(_ search: inout TamperSearch) -> HypothesisResult
}
