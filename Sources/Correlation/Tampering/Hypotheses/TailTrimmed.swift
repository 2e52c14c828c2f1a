import Replay

/// Records behind the last are missing, and another list of the boot has them.
struct TailTrimmed: TamperHypothesis {
  static let name = "tail-trimmed"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    guard !search.others.isEmpty, let identity = search.identity, search.base.count > 0 else {
      return .notTestable(Self.name, "The case holds no other list of this boot that could go on.")
    }
    let last = search.base.digest(at: search.base.count - 1, identity)
    var longer: [ExtendSequence] = []
    for (index, other) in search.others.enumerated() {
      let count = other.sequence.count
      for place in (0..<count).filter({ other.sequence.digest(at: $0, identity) == last }).suffix(16)
      where place + 1 < count {
        var sequence = search.base
        sequence.replace(sequence.count..<sequence.count, with: search.items(of: index, place + 1..<count))
        longer.append(sequence)
      }
    }
    return search.attempt(whole: longer).told(
      Self.name,
      { _ in "With the records that follow in another list behind its last the list gives the quoted values." },
      refuted: "No other list goes on behind this one's last record and gives a quoted value.")
  }
}
