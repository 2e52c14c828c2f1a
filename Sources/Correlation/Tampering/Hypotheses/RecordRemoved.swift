import Replay

/// One record was removed that another list of the boot still has. Its place there is tried first, and every other place
/// last of all.
struct RecordRemoved: TamperHypothesis {
  var isAnywhere: Bool

  var name: String { isAnywhere ? "one-record-removed-elsewhere" : "one-record-removed" }

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    guard !search.others.isEmpty else {
      return .notTestable(name, "The case holds no other list of this boot that could have the record.")
    }
    let candidates = Self.candidates(search)
    guard !candidates.isEmpty else {
      return HypothesisResult(
        TestedHypothesis(
          name: name, outcome: .refuted, candidates: 0, message: "No other list has a record that this one lacks."),
        nil)
    }
    let window = search.window
    guard isAnywhere else {
      let edits = candidates.filter { $0.place >= window.lowerBound }.sorted { $0.place < $1.place }
        .map { SequenceEdit.insert($0.item, at: $0.place) }
      return search.attempt(edits, limit: TamperBudget.ofEachPlace).told(
        name, { _ in "With one record of another list in its place the list gives the quoted values." },
        refuted: "No record of another list, at the place where that one has it, gives a quoted value.")
    }
    let edits = candidates.lazy.flatMap { candidate in
      (window.lowerBound...window.upperBound).lazy.map { SequenceEdit.insert(candidate.item, at: $0) }
    }
    return search.attempt(edits, limit: TamperBudget.ofStrayRecords).told(
      name, { _ in "With one record of another list the list gives the quoted values." },
      refuted: "No record of another list, at whatever place, gives a quoted value.")
  }

  /// Records that only other lists have, each once, with the place of this list where the other one has it.
  static func candidates(_ search: TamperSearch) -> [(item: ExtendSequence.Item, place: Int)] {
    guard let identity = search.identity else { return [] }
    var places: [ArraySlice<UInt8>: Int] = [:]
    for place in 0..<search.base.count { places[search.base.digest(at: place, identity)] = place }
    var found: [(ExtendSequence.Item, Int)] = []
    var known: Set<ArraySlice<UInt8>> = []
    for (index, other) in search.others.enumerated() {
      var next = 0
      for place in 0..<other.sequence.count {
        let digest = other.sequence.digest(at: place, identity)
        if let own = places[digest] {
          next = own + 1
        } else if known.insert(digest).inserted {
          found += search.items(of: index, place..<place + 1).map { ($0, next) }
        }
      }
    }
    return found
  }
}
