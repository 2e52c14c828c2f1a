import ByteReading
import Digests
import Replay
import TCGEventLog

/// The work of comparing two event logs.
struct EventLogAlignment {
  private let old: ComparedLog
  private let new: ComparedLog
  private let showsAll: Bool
  /// Asked only when data differ: it hashes every event of both logs.
  private lazy var bonds: (old: [DataBond], new: [DataBond]) = (
    checkEventDigests(old.log).map { DataBond($0.outcome) }, checkEventDigests(new.log).map { DataBond($0.outcome) }
  )

  private(set) var leftOut: [VolatileContent: Int] = [:]
  private var found: [(place: Place, difference: EventDifference)] = []
  /// Events that were found in both logs, in whatever place.
  private var common: [SequenceAlignment.Pair] = []

  /// Order of differences: by the first log, what was added behind what is gone in the same place.
  private struct Place: Comparable {
    var left: Int
    var isOld: Bool
    var right: Int

    static func < (one: Place, other: Place) -> Bool {
      (one.left, one.isOld ? 1 : 0, one.right) < (other.left, other.isOld ? 1 : 0, other.right)
    }
  }

  init(_ old: ComparedLog, _ new: ComparedLog, showsAll: Bool) {
    self.old = old
    self.new = new
    self.showsAll = showsAll
  }

  var differences: [EventDifference] { found.sorted { $0.place < $1.place }.map(\.difference) }

  mutating func run() {
    var keys = Numbering<ComparedLog.Key>()
    let left = old.log.events.indices.map { keys.number(of: old.key($0)) }
    let right = new.log.events.indices.map { keys.number(of: new.key($0)) }
    let alignment = SequenceAlignment(left, right)
    for pair in alignment.pairs { compare(pair, isMoved: false) }
    var rest = Rest()
    for gap in alignment.gaps { pairByIdentity(gap, &rest) }
    pairMoved(&rest, left, right)
    for place in rest.old { note(gone: place) }
    for place in rest.new { note(added: place, before: rest.nextOld[place] ?? old.log.events.count) }
    settleOrder()
  }

  /// Events that were not found in the other log.
  private struct Rest {
    var old: [Int] = []
    var new: [Int] = []
    /// For an event of the second log, the end of the gap in the first.
    var nextOld: [Int: Int] = [:]
  }

  // MARK: The same event

  /// Pairs up, between two events that are the same, those that are about the same thing.
  private mutating func pairByIdentity(_ gap: SequenceAlignment.Gap, _ rest: inout Rest) {
    for place in gap.right { rest.nextOld[place] = gap.left.upperBound }
    guard !gap.left.isEmpty, !gap.right.isEmpty else {
      rest.old += gap.left
      rest.new += gap.right
      return
    }
    var numbers = Numbering<EventIdentity>()
    let olds = gap.left.map { identity(old, $0) }
    let news = gap.right.map { identity(new, $0) }
    let alignment = SequenceAlignment(olds.map { numbers.number(of: $0) }, news.map { numbers.number(of: $0) })
    var (oldUsed, newUsed) = (Set<Int>(), Set<Int>())
    func pair(_ left: Int, _ right: Int) {
      oldUsed.insert(left)
      newUsed.insert(right)
    }
    for found in alignment.pairs { pair(found.left, found.right) }
    var pairs = alignment.pairs
    for inner in alignment.gaps {
      for found in Self.pairsInTheSameSlot(inner, olds, news) {
        pair(found.left, found.right)
        pairs.append(found)
      }
    }
    for found in pairsOfOneDigest(gap, oldUsed, newUsed) {
      pair(found.left, found.right)
      pairs.append(found)
    }
    for found in pairs {
      compare(
        SequenceAlignment.Pair(left: gap.left.lowerBound + found.left, right: gap.right.lowerBound + found.right),
        isMoved: false)
    }
    rest.old += olds.indices.filter { !oldUsed.contains($0) }.map { gap.left.lowerBound + $0 }
    rest.new += news.indices.filter { !newUsed.contains($0) }.map { gap.right.lowerBound + $0 }
  }

  /// Events of one register with the same digests that are about different things, as where the type, or a name that no digest covers,
  /// was changed. Places are those in the gap.
  private func pairsOfOneDigest(
    _ gap: SequenceAlignment.Gap, _ oldUsed: Set<Int>, _ newUsed: Set<Int>
  ) -> [SequenceAlignment.Pair] {
    var places: [ComparedLog.Key: [Int]] = [:]
    for (place, index) in gap.right.enumerated().reversed() where !newUsed.contains(place) {
      guard let key = new.digestKey(index) else { continue }
      places[key, default: []].append(place)
    }
    return gap.left.enumerated().compactMap { place, index in
      guard !oldUsed.contains(place), let key = old.digestKey(index), let other = places[key]?.popLast() else {
        return nil
      }
      return .init(left: place, right: other)
    }
  }

  /// Events of one register and type in one gap, when both sides have as many of them.
  private static func pairsInTheSameSlot(
    _ gap: SequenceAlignment.Gap, _ olds: [EventIdentity], _ news: [EventIdentity]
  ) -> [SequenceAlignment.Pair] {
    func slots(_ range: Range<Int>, _ identities: [EventIdentity]) -> [EventIdentity: [Int]] {
      var slots: [EventIdentity: [Int]] = [:]
      for place in range where !identities[place].isOneOfMany {
        var slot = identities[place]
        slot.subject = ""
        slots[slot, default: []].append(place)
      }
      return slots
    }
    let right = slots(gap.right, news)
    return slots(gap.left, olds).flatMap { slot, places in
      right[slot].map { $0.count == places.count ? zip(places, $0).map { .init(left: $0, right: $1) } : [] } ?? []
    }.sorted { $0.left < $1.left }
  }

  /// Events that stand elsewhere: equal ones first, then those about the same thing.
  private mutating func pairMoved(_ rest: inout Rest, _ left: [Int], _ right: [Int]) {
    guard !rest.old.isEmpty, !rest.new.isEmpty else { return }
    take(pairsByOccurrence(left, rest.old, right, rest.new), &rest)
    var numbers = Numbering<EventIdentity>()
    var (olds, news) = (left, right)
    for place in rest.old { olds[place] = numbers.number(of: identity(old, place)) }
    for place in rest.new { news[place] = numbers.number(of: identity(new, place)) }
    // Events that are about nothing of their own are not told from each other far apart.
    let named = rest.old.filter { !identity(old, $0).subject.isEmpty }
    take(pairsByOccurrence(olds, named, news, rest.new), &rest)
  }

  private mutating func take(_ pairs: [SequenceAlignment.Pair], _ rest: inout Rest) {
    for pair in pairs { compare(pair, isMoved: true) }
    let (olds, news) = (Set(pairs.map(\.left)), Set(pairs.map(\.right)))
    rest.old.removeAll { olds.contains($0) }
    rest.new.removeAll { news.contains($0) }
  }

  private func identity(_ log: ComparedLog, _ index: Int) -> EventIdentity {
    EventIdentity(log.log.events[index], content: log.settledContent(index))
  }

  // MARK: What differs

  private mutating func compare(_ pair: SequenceAlignment.Pair, isMoved: Bool) {
    common.append(pair)
    let (left, right) = (old.log.events[pair.left], new.log.events[pair.right])
    let (oldDigests, newDigests) = (old.digests(pair.left), new.digests(pair.right))
    let digests = digestDifferences(oldDigests, newDigests)
    let isSameData = left.data == right.data
    var difference = EventDifference(
      kind: isMoved ? .moved : .changed, stage: old.stage(pair.left), old: place(left), new: place(right),
      register: left.registerIndex, title: left.title(content: old.content(pair.left)))
    difference.digests = digests
    let isSameType = left.recordedType == right.recordedType
    if isSameData {
      guard
        isMoved || !isSameType || !digests.isEmpty || oldDigests.map(\.rawAlgorithm) != newDigests.map(\.rawAlgorithm)
      else {
        return
      }
    } else {
      let isVolatileOnly = old.settledData(pair.left) == new.settledData(pair.right)
      let isExplained = isVolatileOnly && digestsAllow(pair, isSame: digests.isEmpty)
      // Data that a digest speaks against are shown, whatever part of them it is.
      let showsVolatile = showsAll || (isVolatileOnly && !isExplained && digests.isEmpty)
      difference.fields = fields(pair, showsVolatile: showsVolatile)
      if !showsVolatile { countLeftOut(pair) }
      if isExplained, isSameType, !showsAll {
        difference.digests = []
        guard isMoved else { return }
      }
    }
    if !isSameType {
      difference.fields.insert(
        FieldDifference(name: "type", old: left.recordedType.name, new: right.recordedType.name), at: 0)
    }
    difference.meaning = meaning(pair, isSameData: isSameData, difference)
    found.append((Place(left: pair.left, isOld: true, right: pair.right), difference))
  }

  /// Whether the digests agree with data that differ only in what changes on every boot: where they cover the data, they are those of
  /// the data on both sides; where they do not, they are the same.
  private mutating func digestsAllow(_ pair: SequenceAlignment.Pair, isSame: Bool) -> Bool {
    let (left, right) = (bonds.old[pair.left], bonds.new[pair.right])
    return isSame ? left == .outside && right == .outside : left == .bound && right == .bound
  }

  private mutating func countLeftOut(_ pair: SequenceAlignment.Pair) {
    let (left, right) = (old.log.events[pair.left], new.log.events[pair.right])
    let (oldSpans, newSpans) = (old.spans[pair.left], new.spans[pair.right])
    for (one, other) in zip(oldSpans, newSpans) where one.content == other.content {
      if left.data[one.range] != right.data[other.range] { leftOut[one.content, default: 0] += 1 }
    }
  }

  /// Parts that differ, by name. Values are those of the logs, also where a part of them changes on every boot.
  private func fields(_ pair: SequenceAlignment.Pair, showsVolatile: Bool) -> [FieldDifference] {
    let whole = ContentDifference(old: old.content(pair.left), new: new.content(pair.right)).fields
    let settled = ContentDifference(old: old.settledContent(pair.left), new: new.settledContent(pair.right)).fields
    var fields = whole
    if !showsVolatile {
      let names = Set(settled.map(\.name))
      fields = whole.filter { names.contains($0.name) }
    }
    let (left, right) = (old.settledData(pair.left), new.settledData(pair.right))
    if fields.isEmpty, let raw = rawDifference(left, right) { fields = [raw] }
    return fields
  }

  private func digestDifferences(_ old: [EventDigest], _ new: [EventDigest]) -> [EventDifference.DigestDifference] {
    func first(_ digests: [EventDigest]) -> [UInt16: [UInt8]] {
      Dictionary(digests.map { ($0.rawAlgorithm, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    }
    let (olds, news) = (first(old), first(new))
    var seen: Set<UInt16> = []
    return (old + new).filter { seen.insert($0.rawAlgorithm).inserted }.compactMap { digest in
      let (left, right) = (olds[digest.rawAlgorithm], news[digest.rawAlgorithm])
      let bank = digest.algorithm?.name ?? "0x" + String(digest.rawAlgorithm, radix: 16)
      return left == right ? nil : EventDifference.DigestDifference(bank: bank, old: left, new: right)
    }
  }

  // MARK: What it means

  private mutating func meaning(
    _ pair: SequenceAlignment.Pair, isSameData: Bool, _ difference: EventDifference
  ) -> String {
    let banks = difference.digests.map(\.bank)
    let all = Set(old.digests(pair.left).map(\.rawAlgorithm)).union(new.digests(pair.right).map(\.rawAlgorithm))
    let isEveryBank = banks.count == all.count
    let (left, right) = (bonds.old[pair.left], bonds.new[pair.right])
    if isSameData {
      if banks.isEmpty, difference.fields.contains(where: { $0.name == "type" }) {
        return "only the type differs, which no digest covers"
      }
      guard !banks.isEmpty else { return difference.kind == .moved ? "" : "the digests stand in another order" }
      let which =
        isEveryBank ? "only the digests differ" : "only the digest in \(banks.joined(separator: " and ")) differs"
      if let whose = contradicted(left, right) { return "\(which), the data are the same: \(whose)" }
      return left == .outside && right == .outside && isEveryBank
        ? "the digests differ, the data are the same: what the digests cover lies outside the log"
        : "\(which), the data are the same"
    }
    if banks.isEmpty {
      if left == .outside, right == .outside {
        return "only the data differ: no digest is known to cover them, they are a claim of the log"
      }
      let whose = contradicted(left, right) ?? "one of the two is not what was measured"
      return "only the data differ, the digests are the same: \(whose)"
    }
    let partly = isEveryBank ? "" : ", but of the digests only \(banks.joined(separator: " and "))"
    if let whose = contradicted(left, right) { return "data and digests differ\(partly): \(whose)" }
    if left == .bound, right == .bound { return isEveryBank ? "" : "the data differ\(partly)" }
    if difference.fields.isEmpty {
      return
        "the digests differ: what they cover lies outside the log, the data differ only in what changes on every boot\(partly)"
    }
    return "data and digests differ\(partly): what the digests cover lies outside the log, or is not known"
  }

  private func contradicted(_ left: DataBond, _ right: DataBond) -> String? {
    switch (left == .contradicted, right == .contradicted) {
    case (true, true): "in both logs a digest is not that of the data"
    case (true, false): "in the first log a digest is not that of the data"
    case (false, true): "in the second log a digest is not that of the data"
    case (false, false): nil
    }
  }

  // MARK: Gone, added, moved

  private mutating func note(gone index: Int) {
    let event = old.log.events[index]
    var difference = EventDifference(
      kind: .gone, stage: old.stage(index), old: place(event), new: nil, register: event.registerIndex,
      title: event.title(content: old.content(index)))
    difference.digests = digestDifferences(event.digests, [])
    found.append((Place(left: index, isOld: true, right: 0), difference))
  }

  private mutating func note(added index: Int, before next: Int) {
    let event = new.log.events[index]
    var difference = EventDifference(
      kind: .added, stage: new.stage(index), old: nil, new: place(event), register: event.registerIndex,
      title: event.title(content: new.content(index)))
    difference.digests = digestDifferences([], event.digests)
    found.append((Place(left: next, isOld: false, right: index), difference))
  }

  private func place(_ event: Event) -> EventDifference.Place { .init(record: event.index, offset: event.offset) }

  /// Says of each moved event whether an event of its register stands on another side of it than before.
  private mutating func settleOrder() {
    guard found.contains(where: { $0.difference.kind == .moved }) else { return }
    let extended = common.filter { old.log.events[$0.left].recordedType != .noAction }.sorted { $0.left < $1.left }
    var passed: Set<Int> = []
    for pairs in Dictionary(grouping: extended, by: { old.log.events[$0.left].registerIndex }).values {
      var last = -1
      for pair in pairs {
        if pair.right < last { passed.insert(pair.left) }
        last = max(last, pair.right)
      }
      var next = Int.max
      for pair in pairs.reversed() {
        if pair.right > next { passed.insert(pair.left) }
        next = min(next, pair.right)
      }
    }
    for index in found.indices where found[index].difference.kind == .moved {
      guard let record = found[index].difference.old?.record else { continue }
      found[index].difference.isReorderedInRegister = passed.contains(record)
    }
  }
}
