import ByteReading
import Digests
import TCGEventLog

// Changes of several events at once. Their number grows with the square of the events, so each is counted before it is made.
extension MismatchSearch {
  /// What an event is to a reader.
  func named(_ place: Int) -> String {
    let event = events[place]
    switch event.recordedType {
    case .separator: return "the separator of event \(event.index)"
    default: return "event \(event.index)"
    }
  }

  private func named(_ places: Range<Int>) -> String {
    let first = events[places.lowerBound]
    let last = events[places.upperBound - 1]
    let isPair = places.count == 2 && first.isOfExitBootServices && last.isOfExitBootServices
    return "\(isPair ? "the ExitBootServices pair of events" : "events") \(first.index) to \(last.index)"
  }

  /// Tries whose number and cost are of the square and the cube of the number of events.
  func runLarge(_ makeTries: () -> [Try]) -> MismatchTest.Outcome {
    let count = events.count
    let (square, isTooLarge) = count.multipliedReportingOverflow(by: count)
    let (cube, isMuchTooLarge) = square.multipliedReportingOverflow(by: count)
    guard !isTooLarge, !isMuchTooLarge, cube / 6 <= budget else {
      return .notTested(reason: "\(count) events are too many for \(budget) extends")
    }
    return run(makeTries())
  }

  /// Each run of two events and more, without those that reach the end: they are a first part.
  private var runs: [Range<Int>] {
    guard events.count > 2 else { return [] }
    return (0..<events.count - 1).flatMap { start in
      (start + 2...events.count).map { start..<$0 }
    }
  }

  func runsAdded() -> [Try] {
    runs.filter { $0.upperBound < events.count }.map { run in
      attempt(
        run.lowerBound, run.count, [], Array(run), "the TPM never saw \(named(run))")
    }
  }

  func runsTwice() -> [Try] {
    guard events.count > 1 else { return [] }
    let all = events.count == 2 ? [0..<2] : runs
    return all.map { run in
      attempt(
        run.lowerBound, 0, run.map { .event(events[$0]) }, Array(run), "\(named(run)) were extended twice")
    }
  }

  func exchanges() -> [Try] {
    guard events.count > 2 else { return [] }
    return (0..<events.count - 2).flatMap { start in
      (start + 2..<events.count).map { end in
        let between = (start + 1..<end).map { Splice.Material.event(events[$0]) }
        return attempt(
          start, end - start + 1, [.event(events[end])] + between + [.event(events[start])], [start, end],
          "events \(events[start].index) and \(events[end].index) were extended in each other's place")
      }
    }
  }

  /// Two and more constants behind the last event: those of a start in their order, with some left out; and those that were
  /// given in any order, up to four.
  func trailingConstants() -> [Try] {
    let phases = MismatchConstant.phases
    let ordered = (1..<1 << phases.count).map { mask in
      phases.indices.filter { mask >> $0 & 1 == 1 }.map { phases[$0] }
    }
    var sequences = ordered.filter { $0.count > 1 }
    let given = constants.filter { !MismatchConstant.published.contains($0) }.prefix(6)
    var longer: [[MismatchConstant]] = [[]]
    for _ in 0..<4 {
      longer = longer.flatMap { known in given.map { known + [$0] } }
      sequences += longer.filter { $0.count > 1 }
    }
    return sequences.map { sequence in
      attempt(
        events.count, 0, sequence.map { .measured($0.bytes) }, [],
        "\(sequence.map(\.name).joined(separator: ", ")) were extended behind the last event")
    }
  }

  /// What user space measured behind the firmware's log, as its own log says.
  func userSpaceLog() -> MismatchTest.Outcome {
    guard [9, 11, 12, 13, 14, 15].contains(register) || !followers.isEmpty else { return .notApplicable }
    guard !followers.isEmpty else {
      return .notTested(
        reason: "no log of user space was given, and systems extend this register without telling the firmware's log")
    }
    var found: [MismatchChange] = []
    for follower in followers {
      let after = EventLogReplay(follower, after: replay)
      let count = after.firstPart { values in
        (differing + agreeing).allSatisfy { values[$0.bank, register] == $0.wanted }
      }
      guard count != nil else { continue }
      found.append(
        MismatchChange(events: [], sentence: "the log of user space goes on from this one and gives the value"))
    }
    return found.isEmpty ? .refuted(tried: followers.count) : .reproduces(found)
  }
}

extension Event {
  fileprivate var isOfExitBootServices: Bool {
    recordedType == .efiAction && data.starts(with: Array("Exit Boot Services ".utf8))
  }
}
