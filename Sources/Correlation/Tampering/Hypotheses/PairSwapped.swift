/// Two records changed places. Neighbours are tried first, and other pairs last of all: there are very many.
struct PairSwapped: TamperHypothesis {
  var areNeighbours: Bool

  var name: String { areNeighbours ? "neighbours-swapped" : "distant-pair-swapped" }

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    let window = search.window
    let count = window.upperBound
    let distances = areNeighbours ? 1..<2 : 2..<max(2, window.count)
    let edits = distances.lazy.flatMap { distance in
      (window.lowerBound..<max(window.lowerBound, count - distance)).lazy.map { SequenceEdit.swap($0, $0 + distance) }
    }
    return search.attempt(edits, limit: areNeighbours ? TamperBudget.ofEachPlace : TamperBudget.ofDistantPairs).told(
      name, { _ in "With two records in each other's place the list gives the quoted values." },
      refuted: "No two records in each other's place give a quoted value.")
  }
}
