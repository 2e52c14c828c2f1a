import Digests
import Hashing
import Replay

/// The first records are missing: the list replays from a value that a quote or another list of the boot gives.
struct HeadTrimmed: TamperHypothesis {
  static let name = "head-trimmed"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    guard search.base.count > 0, search.proven == 0, let first = search.base.origins.first?.record else {
      return .notTestable(Self.name, "A quote proves the list's beginning.")
    }
    guard !search.isBootAggregate(first) else {
      return .notTestable(Self.name, "The list begins with a boot_aggregate.")
    }
    var starts = search.others.indices.flatMap { startsBefore($0, search) }
    starts += search.evidence.quotes.compactMap { quote -> Start? in
      var start: [ExtendRule: [UInt8]] = [:]
      for rule in search.base.rules {
        if let value = quote.values[rule.bank, search.register], value.count == rule.bank.digestByteCount {
          start[rule] = value
        }
      }
      return start.isEmpty ? nil : Start(values: start, source: "the value that \(quote.file) holds")
    }
    guard !starts.isEmpty else { return .notTestable(Self.name, "Nothing gives a value to start from.") }
    let base = search.base
    let sequences = starts.lazy.map { start in
      var sequence = base
      sequence.start = start.values
      sequence.startSource = start.source
      return sequence
    }
    return search.attempt(whole: sequences).told(
      Self.name, { _ in "From the value of a quote or of another list on, the list gives the quoted values." },
      refuted: "No value that a quote or another list gives is one from which the list gives a quoted value.")
  }

  private struct Start {
    var values: [ExtendRule: [UInt8]]
    var source: String
  }

  /// The values that another list gives before each record that is this list's first.
  private func startsBefore(_ other: Int, _ search: TamperSearch) -> [Start] {
    guard let identity = search.identity else { return [] }
    let sequence = search.others[other].sequence
    let first = search.base.digest(at: 0, identity)
    let places = (0..<sequence.count).filter { sequence.digest(at: $0, identity) == first }.prefix(16)
    return places.map { place in
      var start: [ExtendRule: [UInt8]] = [:]
      for rule in search.base.rules {
        guard let value = sequence.start[rule], let digests = sequence.digests[rule] else { continue }
        var chase = RegisterChase(rule.bank, from: value)
        _ = chase.extend(with: digests, 0..<place, until: WantedValues(rule.bank, []))
        start[rule] = chase.value
      }
      return Start(
        values: start, source: "the value that the first \(place) records of \(search.others[other].list.file) give")
    }
  }
}
