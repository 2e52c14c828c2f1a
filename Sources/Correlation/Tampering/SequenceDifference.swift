import ByteReading
import Digests
import IMALog
import Replay

/// How a proven sequence differs from the list, in words that are true whatever was done.
struct SequenceDifference {
  /// Records of the list, by index, in which the difference lies; the number of records stands for the place behind the
  /// last.
  let interval: Range<Int>
  let text: String

  /// The single changes that explain a difference.
  private enum Shape {
    case missing
    case added
    case replaced
    case swapped(Int)
  }

  /// - parameter count: number of items of `mended` that a quote proves.
  init?(_ mended: ExtendSequence, count: Int, search: TamperSearch) {
    let base = search.base
    let rules = Set(mended.rules).intersection(base.rules)
    guard
      let rule = rules.max(by: { left, right in
        (left.bank.digestByteCount, left.isPadded ? 0 : 1) < (right.bank.digestByteCount, right.isPadded ? 0 : 1)
      })
    else { return nil }
    let words = Words(search: search, base: base, mended: mended)
    func same(_ left: Int, _ right: Int) -> Bool { mended.digest(at: left, rule) == base.digest(at: right, rule) }
    guard let first = (0..<count).first(where: { $0 >= base.count || !same($0, $0) }) else { return nil }
    let listCount = search.list.log.count
    func record(_ place: Int) -> Int { base.record(at: place, listCount: listCount) }
    guard first < base.count else {
      interval = listCount..<listCount + 1
      text = words.tail(from: first, to: count)
      return
    }

    var shapes: [Shape] = []
    // A list that another one mends may end earlier than that one: what both have is compared.
    func upTo(_ end: Int) -> Range<Int> { first + 1..<max(first + 1, min(count, end)) }
    if upTo(base.count + 1).allSatisfy({ same($0, $0 - 1) }) { shapes.append(.missing) }
    if (first..<max(first, min(count, base.count - 1))).allSatisfy({ same($0, $0 + 1) }) { shapes.append(.added) }
    if upTo(base.count).allSatisfy({ same($0, $0) }) { shapes.append(.replaced) }
    // A record that stands behind the proven part now is told by `replaced`.
    let partner = upTo(base.count).first { other in
      same(first, other) && mended.digest(at: other, rule) == base.digest(at: first, rule)
        && upTo(base.count).allSatisfy { $0 == other || same($0, $0) }
    }
    if let partner { shapes.append(.swapped(partner)) }

    guard let shape = shapes.first else {
      (interval, text) = words.block(from: first, count: count, rule: rule, record: record)
      return
    }
    // A template digest that was left in the list shows that its record was not moved.
    let isLeft = if case .recordedDigest = mended.origins[first] { true } else { false }
    if shapes.count > 1, !isLeft {
      let end = shapes.compactMap { if case .swapped(let other) = $0 { other } else { nil } }.max() ?? first
      interval = record(first)..<record(end) + 1
      text = words.ambiguous(first, count: count, record: record(first))
      return
    }
    // Equal neighbours: which of them it was makes no difference to the register.
    var equal = first
    switch isLeft ? .replaced : shape {
    case .missing:
      while equal > 0, mended.digest(at: first, rule) == base.digest(at: equal - 1, rule) { equal -= 1 }
      interval = record(equal)..<record(first) + 1
      text = words.missing(first, before: record(first), equalFrom: equal < first ? record(equal) : nil)
    case .added:
      while equal > 0, base.digest(at: first, rule) == base.digest(at: equal - 1, rule) { equal -= 1 }
      interval = record(equal)..<record(first) + 1
      let twin = (0..<equal).last { base.digest(at: $0, rule) == base.digest(at: first, rule) }
      text = words.added(record(first), equalFrom: equal < first ? record(equal) : nil, twin: twin.map(record))
    case .replaced:
      interval = record(first)..<record(first) + 1
      text = words.replaced(first, record: record(first))
    case .swapped(let other):
      interval = record(first)..<record(other) + 1
      text = words.swapped(record(first), record(other))
    }
  }
}

/// The sentences.
private struct Words {
  let search: TamperSearch
  let base: ExtendSequence
  let mended: ExtendSequence

  private func path(_ record: Int) -> String { quoted(search.list.log.record(at: record).path) }

  private func quoted(_ path: [UInt8]?) -> String { "'\(escapedText(path ?? []))'" }

  private func this(_ record: Int) -> String {
    record < search.list.log.count ? "record \(record) (\(path(record)))" : "the place behind the last record"
  }

  /// An item of the mended sequence.
  private func item(_ place: Int) -> String {
    switch mended.origins[place] {
    case .record(let record): return this(record)
    case .other(let list, let record):
      let other = search.others[list].list
      return "the record of \(quoted(other.log.record(at: record).path)) (record \(record) of \(other.file))"
    case .violation: return "a violation"
    case .disguised(let record): return "\(this(record)) as a violation"
    case .uncovered(let record): return "\(this(record)) as an ordinary record"
    case .recordedDigest(let record): return "\(this(record)) with other data"
    case .edited(let record, let digest, let source):
      return "\(this(record)) with the file digest \(hexText(digest)) (\(source))"
    }
  }

  func missing(_ place: Int, before record: Int, equalFrom: Int?) -> String {
    let spot =
      record < search.list.log.count
      ? "before record \(record) (\(path(record)))" : "behind the last record, \(record - 1)"
    let equal = equalFrom.map { ", or anywhere from record \($0) on among records equal to it" } ?? ""
    if case .violation = mended.origins[place] {
      return "A violation was removed: it belongs \(spot)\(equal). Which file it named is not known."
    }
    return "One record was removed: \(item(place)) belongs \(spot)\(equal)."
  }

  func added(_ record: Int, equalFrom: Int?, twin: Int?) -> String {
    let equal = equalFrom.map { " or an equal neighbour from record \($0) on" } ?? ""
    let double = twin.map { " It is equal to record \($0)." } ?? ""
    return
      "The register was never extended with \(this(record))\(equal): the record was added to the list, or the TPM did not take its extend.\(double)"
  }

  func replaced(_ place: Int, record: Int) -> String {
    let shown = search.list.log.record(at: record)
    switch mended.origins[place] {
    case .disguised, .violation:
      return
        "\(this(record).capitalizedFirst) was a violation, which extends 0xff bytes: the list shows an ordinary template digest in place of its zeros."
    case .uncovered:
      return
        "\(this(record).capitalizedFirst) was an ordinary record: the list shows zeros in place of its template digest, as if it were a violation."
    case .edited(_, let digest, let source):
      return fileDigest(record, was: digest, source: source, shown: shown)
    case .other(let list, let index):
      let other = search.others[list].list
      let original = other.log.record(at: index)
      if original.isViolation, !shown.isViolation, original.path == shown.path {
        return
          "\(this(record).capitalizedFirst) was a violation, as record \(index) of \(other.file) shows: the list has an ordinary template digest in place of its zeros."
      }
      if original.path == shown.path, let digest = original.fileDigest, digest.bytes != shown.fileDigest?.bytes {
        return fileDigest(record, was: digest.bytes, source: "record \(index) of \(other.file)", shown: shown)
      }
      return "\(this(record).capitalizedFirst) stands where the register was extended with \(item(place))."
    case .recordedDigest:
      return
        "The data of \(this(record)) was edited and its template digest left: the quoted value is made with that digest, which is not the hash of the data. What the data was is not known."
    case .record:
      return "\(this(record).capitalizedFirst) stands where the register was extended with \(item(place))."
    }
  }

  private func fileDigest(_ record: Int, was digest: [UInt8], source: String, shown: Measurement) -> String {
    "The file digest in \(this(record)) was edited: it was \(hexText(digest)) (\(source)), and the list says \(hexText(shown.fileDigest?.bytes ?? []))."
  }

  func swapped(_ first: Int, _ second: Int) -> String {
    "\(this(first).capitalizedFirst) and \(this(second)) are in each other's place."
  }

  func tail(from first: Int, to count: Int) -> String {
    let last = base.origins.last?.record.map { "behind record \($0)" } ?? "before its first record"
    return
      "The list ends \(last), too early: \(count - first) more \(count - first == 1 ? "record" : "records") gave the quoted value, the first of them \(item(first)). The list was cut there, or read before the quote."
  }

  /// The proven part ends with the difference, so that nothing behind it tells one change from another.
  func ambiguous(_ place: Int, count: Int, record: Int) -> String {
    let end = count - place == 1 ? "which is the last that the quote covers" : "almost the last that the quote covers"
    return
      "The register was extended with \(item(place)) where the list has \(this(record)). As this is \(end), nothing tells whether a record was removed, replaced, added or moved there."
  }

  /// More than one change: what can be said is which records stand in place of which.
  func block(
    from first: Int, count: Int, rule: ExtendRule, record: (Int) -> Int
  ) -> (interval: Range<Int>, text: String) {
    // How far back from the last proven item both agree, at the place of the list where that is farthest.
    var count = count
    if !(first..<base.count).contains(where: { base.digest(at: $0, rule) == mended.digest(at: count - 1, rule) }) {
      // The list ends before the proven part does: it is compared as far as it reaches.
      let end = base.digest(at: base.count - 1, rule)
      count = (first..<count).last { mended.digest(at: $0, rule) == end }.map { $0 + 1 } ?? count
    }
    var best = (length: 0, end: base.count)
    let provenLast = mended.digest(at: count - 1, rule)
    for end in (first..<base.count).filter({ base.digest(at: $0, rule) == provenLast }).suffix(16) {
      var length = 0
      while length < min(count - first, end + 1 - first),
        mended.digest(at: count - 1 - length, rule) == base.digest(at: end - length, rule)
      {
        length += 1
      }
      if length > best.length { best = (length, end + 1) }
    }
    let ours = first..<best.end - best.length
    let theirs = first..<count - best.length
    let edited = theirs.filter { if case .recordedDigest = mended.origins[$0] { true } else { false } }
    let known = Set(ours.map { base.digest(at: $0, rule) })
    let proven = Set(theirs.map { mended.digest(at: $0, rule) })
    let missing = theirs.filter { !known.contains(mended.digest(at: $0, rule)) }
    let added = ours.filter { !proven.contains(base.digest(at: $0, rule)) }
    // What is missing at the very end belongs before the record behind.
    let isOpen = missing.last.map { $0 == theirs.upperBound - 1 } ?? false
    let last = max(ours.lowerBound, isOpen ? ours.upperBound : ours.upperBound - 1)
    let interval = record(ours.lowerBound)..<record(last) + 1
    if !edited.isEmpty, edited.count == missing.count {
      let all = edited.compactMap { mended.origins[$0].record }
      return (
        interval,
        "The data of \(all.count) records was edited and their template digests left: \(some(all.map { this($0) }))."
      )
    }
    var parts: [String] = []
    if !missing.isEmpty { parts.append("\(missing.count) that the list lacks: \(some(missing.map(item)))") }
    if !added.isEmpty {
      parts.append("not with \(added.count) that it has: \(some(added.map { this(record($0)) }))")
    }
    if parts.isEmpty { parts.append("the same records in another order") }
    return (
      interval,
      "In place of the list's records \(interval.lowerBound) to \(interval.upperBound - 1) the register was extended with \(theirs.count) records: \(parts.joined(separator: "; "))."
    )
  }

  private func some(_ all: [String]) -> String {
    all.prefix(5).joined(separator: ", ") + (all.count > 5 ? " and \(all.count - 5) more" : "")
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
