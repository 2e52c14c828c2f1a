import Replay

/// One violation was removed: what it extended is known without any copy.
struct ViolationRemoved: TamperHypothesis {
  static let name = "one-violation-removed"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    var item = ExtendSequence.Item(origin: .violation, digests: [:])
    for rule in search.base.rules { item.digests[rule] = rule.violation }
    let window = search.window
    let edits = (window.lowerBound...window.upperBound).lazy.map { SequenceEdit.insert(item, at: $0) }
    return search.attempt(edits, limit: TamperBudget.ofEachPlace).told(
      Self.name, { _ in "With one more violation the list gives the quoted values." },
      refuted: "A violation at whatever place gives no quoted value.")
  }
}
