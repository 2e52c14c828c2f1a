import Replay

/// Records of an earlier kernel were extended and lost when it started the next one by kexec: another list has them.
///
/// Source: Linux, security/integrity/ima/ima_kexec.c: older kernels copy the list when the next kernel is loaded, and
/// what is measured until it runs is extended only.
struct KernelHole: TamperHypothesis {
  static let name = "records-lost-by-kexec"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    guard let identity = search.identity, !search.others.isEmpty else {
      return .notTestable(Self.name, "The case holds no other list of this boot that could have the records.")
    }
    let starts = search.window.filter { place in
      guard place > 0, let record = search.base.origins[place].record else { return false }
      return search.isBootAggregate(record)
    }
    guard !starts.isEmpty else {
      return .notTestable(Self.name, "No kernel was started by kexec behind the proven part of the list.")
    }
    var runs: [(place: Int, other: Int, range: Range<Int>)] = []
    for start in starts.prefix(16) {
      for (index, other) in search.others.enumerated() {
        let count = other.sequence.count
        guard let place = search.aligned(start - 1, in: index, by: identity) else { continue }
        for end in stride(from: place + 2, through: min(count, place + 257), by: 1) {
          runs.append((start, index, place + 1..<end))
        }
      }
    }
    let current = search
    let sequences = runs.lazy.map { run in
      var sequence = current.base
      sequence.replace(run.place..<run.place, with: current.items(of: run.other, run.range))
      return sequence
    }
    return search.attempt(whole: sequences).told(
      Self.name,
      { _ in "With records of another list before the later kernel's first the list gives the quoted values." },
      refuted: "No run of records of another list before a later kernel's first gives a quoted value.")
  }
}
