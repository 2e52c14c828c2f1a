import ByteReading
import Digests
import TCGEventLog

// Changes of several events at once.
extension MismatchSearch {
  /// What an event is to a reader.
  func named(_ place: Int) -> String {
    let event = events[place]
    switch event.recordedType {
    case .separator: return "the separator of event \(event.index)"
    default: return "event \(event.index)"
    }
  }

  /// Two events and more of this log, with the verb that goes with them.
  private func named(_ places: Range<Int>) -> (names: String, verb: String) {
    let names = named(events[places])
    let isPair = places.count == 2 && places.allSatisfy { events[$0].isOfExitBootServices }
    return isPair ? ("the ExitBootServices pair of \(names)", "was") : (names, "were")
  }

  /// `events 3 and 4`, `events 3 to 6`; and the register where events of others stand between them.
  private func named(_ events: ArraySlice<Event>) -> String {
    guard let first = events.first?.index, let last = events.last?.index else { return "no event" }
    if events.count == 1 { return "event \(first)" }
    if events.count == 2 { return "events \(first) and \(last)" }
    let names = "events \(first) to \(last)"
    return last - first == events.count - 1 ? names : "\(names) of \(replay.log.name(ofRegister: UInt32(register)))"
  }

  /// Each run of two events and more. Those that reach the end are a first part of the log, which contradicts nothing where the
  /// value of the register is known.
  private func runs(areOfEnd: Bool) -> AnySequence<Range<Int>> {
    let last = areOfEnd ? events.count : events.count - 1
    guard last > 1 else { return AnySequence([]) }
    return AnySequence(
      (0..<last - 1).lazy.flatMap { start in (start + 2...last).lazy.map { start..<$0 } })
  }

  func runsAdded() -> Tries {
    Tries(
      runs(areOfEnd: !mayEndEarlier).lazy.map { run in
        attempt(run.lowerBound, run.count, [], Array(run), "the TPM never saw \(named(run).names)")
      })
  }

  func runsTwice() -> Tries {
    Tries(
      runs(areOfEnd: true).lazy.map { run in
        let (names, verb) = named(run)
        return attempt(
          run.lowerBound, 0, run.map { .event(events[$0]) }, Array(run), "\(names) \(verb) extended twice")
      })
  }

  func exchanges() -> Tries {
    guard events.count > 2 else { return Tries([]) }
    return Tries(
      (0..<events.count - 2).lazy.flatMap { start in
        (start + 2..<events.count).lazy.map { end in
          let between = (start + 1..<end).map { Splice.Material.event(events[$0]) }
          return attempt(
            start, end - start + 1, [.event(events[end])] + between + [.event(events[start])], [start, end],
            "events \(events[start].index) and \(events[end].index) were extended in each other's place")
        }
      })
  }

  // MARK: Runs that another log has

  private func eventsOfThisRegister(_ log: EventLog) -> [Event] {
    log.events.filter { $0.isExtended && $0.registerIndex == UInt32(register) }
  }

  /// The places where a run may be missing are looked up for each pair of events, without any hash operation.
  func areOthersTooLong(for budget: Int) -> Bool {
    let (pairs, isTooLarge) = others.reduce(0) { $0 + eventsOfThisRegister($1.log).count }
      .multipliedReportingOverflow(by: events.count + 1)
    return isTooLarge || pairs > budget
  }

  /// Two events and more that follow each other in another log and are not in their place here. The run stands between the
  /// same neighbours as in the other log; where both have such a neighbour on one side only, as of another boot, it is made of
  /// events that this log has nowhere.
  func runsRemoved() -> Tries {
    let known = Set(events.map(\.digestBytes))
    var seen: Set<[[[UInt8]]]> = []
    let sequences = others.map { (name: $0.name, events: eventsOfThisRegister($0.log)) }.filter {
      seen.insert($0.events.map(\.digestBytes)).inserted
    }
    return Tries(
      sequences.lazy.flatMap { name, other in
        RunPlaces(own: events.map(\.digestBytes), other: other.map(\.digestBytes), known: known).all.lazy.map {
          place, run in
          attempt(
            place, 0, other[run].map { .event($0) }, [],
            "\(named(other[run])) in \(name) were extended \(side(of: place))")
        }
      })
  }

  // MARK: Behind the log

  /// Two and more constants behind the last event: those of a start in their order, with some left out; and those that were
  /// given in any order, up to four.
  func trailingConstants() -> Tries {
    let phases = MismatchConstant.phases
    let ordered = (1..<1 << phases.count).map { mask in
      phases.indices.filter { mask >> $0 & 1 == 1 }.map {
        (phases[$0].name, Splice.Material.measured(phases[$0].bytes))
      }
    }
    var sequences = ordered.filter { $0.count > 1 }
    let own = constants.filter { !MismatchConstant.published.contains($0) }
    let given = (own.map { ($0.name, Splice.Material.measured($0.bytes)) } + digestsItself(own)).prefix(8)
    var longer: [[(name: String, extended: Splice.Material)]] = [[]]
    for _ in 0..<4 {
      longer = longer.flatMap { known in given.map { known + [$0] } }
      sequences += longer.filter { $0.count > 1 }
    }
    return Tries(
      sequences.lazy.map { sequence in
        let names = sequence.dropLast().map(\.0).joined(separator: ", ")
        let last = sequence.last?.0 ?? ""
        let isOfOneBank = sequence.contains { if case .digest = $0.1 { true } else { false } }
        return attempt(
          events.count, 0, sequence.map(\.1), [], "\(names) and \(last) were extended \(side(of: events.count))",
          areBanksFree: isOfOneBank)
      })
  }

  /// Constants that have the size of a digest of a bank, and may be one: extended as they are, not hashed.
  func digestsItself(_ constants: [MismatchConstant]) -> [(name: String, extended: Splice.Material)] {
    let sizes = Set(differing.map(\.bank.digestByteCount))
    return constants.filter { sizes.contains($0.bytes.count) }.map {
      ("\($0.name) as the digest itself", .digest($0.bytes))
    }
  }

  /// What user space measured behind the firmware's log, as its own log says.
  func userSpaceLog(_ allowance: inout HashAllowance) -> MismatchTest.Outcome {
    guard [9, 11, 12, 13, 14, 15].contains(register) || !followers.isEmpty else { return .notApplicable }
    guard !followers.isEmpty else {
      return .notTested(
        reason: "no log of user space was given, and systems extend this register without telling the firmware's log")
    }
    var found: [MismatchChange] = []
    for follower in followers {
      let after = EventLogReplay(follower, after: replay)
      allowance.spend(2 * follower.events.count * follower.banks.count)
      let count = after.firstPart { values in
        fits(&allowance) { sequence, _ in values[sequence.bank, register] }
      }
      guard count != nil else { continue }
      found.append(
        MismatchChange(events: [], sentence: "the log of user space goes on from this one and gives the value"))
    }
    return found.isEmpty ? .refuted(tried: followers.count) : .reproduces(found)
  }
}

/// Where runs of another log may be missing in this one.
private struct RunPlaces {
  /// Digests of the events of both logs.
  let own: [[[UInt8]]]
  let other: [[[UInt8]]]
  /// Digests that this log has anywhere.
  let known: Set<[[UInt8]]>

  typealias Place = (before: Int, run: Range<Int>)

  /// Places where both neighbours fit first.
  var all: AnySequence<Place> {
    var indexes: [[[UInt8]]: [Int]] = [:]
    for (index, digests) in other.enumerated() { indexes[digests, default: []].append(index) }
    let found = indexes
    let stretches = unknownStretches
    // A run may begin behind the event that stands before the place, and end before the one that stands behind it.
    func starts(_ place: Int) -> [Int] { place == 0 ? [0] : (found[own[place - 1]] ?? []).map { $0 + 1 } }
    func ends(_ place: Int) -> [Int] { place == own.count ? [] : found[own[place]] ?? [] }
    let between = (0...own.count).lazy.flatMap { place in
      starts(place).lazy.flatMap { start -> AnySequence<Place> in
        // What the other log has behind the end of this one may be there in part only.
        guard place < own.count else {
          let runs = start + 2 <= other.count ? AnySequence(start + 2...other.count) : AnySequence([])
          return AnySequence(runs.lazy.map { (place, start..<$0) })
        }
        return AnySequence(ends(place).lazy.filter { $0 >= start + 2 }.map { (place, start..<$0) })
      }
    }
    let beside = (0..<own.count).lazy.flatMap { place -> AnySequence<Place> in
      let behind = starts(place).lazy.filter { $0 < other.count }.flatMap { start -> [Place] in
        let last = stretches[start].upperBound
        guard start + 2 <= last else { return [] }
        return (start + 2...last).filter { $0 == other.count || other[$0] != own[place] }.map { (place, start..<$0) }
      }
      let before = ends(place).lazy.filter { $0 > 0 }.flatMap { end -> [Place] in
        let first = stretches[end - 1].lowerBound
        guard stretches[end - 1].contains(end - 1), first <= end - 2 else { return [] }
        return (first...end - 2).filter { !isBehindSameEvent($0, place) }.map { (place, $0..<end) }
      }
      return AnySequence([AnySequence(behind), AnySequence(before)].lazy.joined())
    }
    return AnySequence([AnySequence(between), AnySequence(beside)].lazy.joined())
  }

  private func isBehindSameEvent(_ start: Int, _ place: Int) -> Bool {
    guard place > 0, start > 0 else { return place == 0 && start == 0 }
    return own[place - 1] == other[start - 1]
  }

  /// For each event of the other log, the longest run around it of events that this log has nowhere; empty when it has the event.
  private var unknownStretches: [Range<Int>] {
    var stretches = other.indices.map { $0..<$0 }
    var start = 0
    while start < other.count {
      var end = start
      while end < other.count, !known.contains(other[end]) { end += 1 }
      for index in start..<end { stretches[index] = start..<end }
      start = end + 1
    }
    return stretches
  }
}

extension Event {
  fileprivate var isOfExitBootServices: Bool {
    recordedType == .efiAction && data.starts(with: Array("Exit Boot Services ".utf8))
  }

  /// What makes two events of different logs the same.
  fileprivate var digestBytes: [[UInt8]] { digests.map(\.bytes) }
}
