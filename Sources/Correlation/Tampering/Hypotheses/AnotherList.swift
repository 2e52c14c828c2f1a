import IMALog

/// Another list of the boot gives the quoted values: where the two differ, this one was changed.
struct AnotherList: TamperHypothesis {
  static let name = "differs-from-proven-list"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    guard !search.others.isEmpty else {
      return .notTestable(Self.name, "The case holds no other list of this boot.")
    }
    let others = search.others
    let sequences = others.indices.lazy.map { other in
      var sequence = others[other].sequence
      sequence.relabel(asOther: other)
      return sequence
    }
    return search.attempt(whole: sequences).told(
      Self.name, { _ in "Another list of the boot gives the quoted values; the two were compared." },
      refuted: "No other list of the boot gives a value that this one does not.")
  }
}
