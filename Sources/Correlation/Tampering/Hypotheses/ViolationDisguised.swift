import IMALog
import Replay

/// A violation was given a template digest, so that it looks like an ordinary record.
struct ViolationDisguised: TamperHypothesis {
  static let name = "violation-disguised"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    let base = search.base
    let rules = base.rules
    let edits = search.window.lazy.compactMap { place -> SequenceEdit? in
      guard case .record(let record) = base.origins[place] else { return nil }
      var item = ExtendSequence.Item(origin: .disguised(record), digests: [:])
      for rule in rules { item.digests[rule] = rule.violation }
      return .replace(place, item)
    }
    return search.attempt(edits, limit: TamperBudget.ofEachPlace).told(
      Self.name, { _ in "With one record extended as a violation the list gives the quoted values." },
      refuted: "No record, extended as a violation, gives a quoted value.")
  }
}

/// An ordinary record was given a zero template digest, so that it looks like a violation.
struct RecordDisguised: TamperHypothesis {
  static let name = "record-disguised-as-violation"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    let current = search
    let edits = search.window.lazy.compactMap { place -> SequenceEdit? in
      guard case .record(let index) = current.base.origins[place] else { return nil }
      let record = current.list.log.record(at: index)
      guard record.isViolation else { return nil }
      var item = ExtendSequence.Item(origin: .uncovered(index), digests: [:])
      for rule in current.base.rules { item.digests[rule] = rule.extended(by: record) }
      return .replace(place, item)
    }
    return search.attempt(edits, limit: TamperBudget.ofEachPlace).told(
      Self.name, { _ in "With one violation extended as the record it holds the list gives the quoted values." },
      refuted: "No violation, extended as the record it holds, gives a quoted value.")
  }
}
