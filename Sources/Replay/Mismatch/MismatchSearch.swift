import ByteReading
import Digests
import Hashing
import TCGEventLog

/// Tries the changes of each hypothesis on one register.
struct MismatchSearch {
  let replay: EventLogReplay
  let register: Int
  let agreeing: [BankSequence]
  let differing: [BankSequence]
  let constants: [MismatchConstant]
  let others: [EventLog]
  let followers: [EventLog]
  let budget: Int

  private static let exitBootServices = [
    "Exit Boot Services Invocation", "Exit Boot Services Returned with Success",
  ]
  private static let separators: [[UInt8]] = [[0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [1, 0, 0, 0], [0, 0, 0, 1]]

  struct Try {
    var splice: Splice
    var change: MismatchChange
    /// Only the digests of banks that differ are changed: what one event has in the others stays.
    var isOfDifferingBanks = false
  }

  var events: [Event] { differing.first?.events ?? [] }

  func test(_ hypothesis: MismatchHypothesis) -> MismatchTest.Outcome {
    switch hypothesis {
    case .startupLocality: startupLocality()
    case .paddedSHA1: paddedSHA1()
    case .noActionExtended: run(noActions())
    case .separatorValue: run(separatorValues())
    case .separatorMissing: run(insertions(Self.separators.map { ("a separator \(hexText($0))", [.measured($0)]) }))
    case .exitBootServicesMissing:
      run(
        insertions([
          ("the pair around ExitBootServices", Self.exitBootServices.map { .measured(Array($0.utf8)) })
        ]))
    case .constantMissing: run(insertions(constants.map { ($0.name, [.measured($0.bytes)]) }))
    case .constantsTrailing: runCounted(trailingConstants())
    case .userSpaceLog: userSpaceLog()
    case .eventRemoved: run(insertions(otherEvents().map { (name($0), [.event($0)]) }))
    case .zeroDigest: run(insertions([("a digest of zeros", [.zeros])], areOfDifferingBanks: true))
    case .eventAdded:
      run(
        events.indices.map { place in
          attempt(place, 1, [], [place], "the TPM never saw \(named(place))")
        })
    case .eventTwice:
      run(
        events.indices.map { place in
          attempt(place, 0, [.event(events[place])], [place], "\(named(place)) was extended twice")
        })
    case .eventsAdded: runLarge { runsAdded() }
    case .eventsTwice: runLarge { runsTwice() }
    case .eventsExchanged: runLarge { exchanges() }
    case .eventsSwapped: run(swaps())
    case .digestEdited: run(edits())
    }
  }

  // MARK: Changes

  func attempt(
    _ start: Int, _ removed: Int, _ inserted: [Splice.Material], _ places: [Int], _ sentence: String,
    isOfDifferingBanks: Bool = false
  ) -> Try {
    Try(
      splice: Splice(start: start, removed: removed, inserted: inserted),
      change: MismatchChange(events: places.map { events[$0].index }, sentence: sentence),
      isOfDifferingBanks: isOfDifferingBanks)
  }

  private func insertions(
    _ materials: [(name: String, extended: [Splice.Material])], areOfDifferingBanks: Bool = false
  ) -> [Try] {
    materials.flatMap { material in
      (0...events.count).map { place in
        let side = place < events.count ? "before event \(events[place].index)" : "behind the last event"
        return attempt(
          place, 0, material.extended, [], "\(material.name) was extended \(side)",
          isOfDifferingBanks: areOfDifferingBanks)
      }
    }
  }

  /// Events of other logs that this log has nowhere: those of other boots of the machine are mostly the same. At most
  /// as many as `otherEventLimit`.
  private func otherEvents() -> [Event] {
    var known = Set(events.map { $0.digests.map(\.bytes) })
    var found: [Event] = []
    for event in others.lazy.flatMap(\.events) where event.isExtended && event.registerIndex == UInt32(register) {
      guard found.count < Self.otherEventLimit else { break }
      if known.insert(event.digests.map(\.bytes)).inserted { found.append(event) }
    }
    return found
  }

  private static let otherEventLimit = 256

  private func name(_ event: Event) -> String { "an event that another log has as event \(event.index)" }

  private func swaps() -> [Try] {
    guard events.count > 1 else { return [] }
    return (0..<events.count - 1).map { place in
      let (first, second) = (events[place], events[place + 1])
      return attempt(
        place, 2, [.event(second), .event(first)], [place, place + 1],
        "event \(second.index) was extended before event \(first.index)")
    }
  }

  private func separatorValues() -> [Try] {
    events.indices.filter { events[$0].recordedType == .separator }.flatMap { place in
      Self.separators.filter { $0 != events[place].data }.map { value in
        attempt(
          place, 1, [.measured(value)], [place], "the separator of event \(events[place].index) was \(hexText(value))")
      }
    }
  }

  private func noActions() -> [Try] {
    replay.log.events.filter { $0.recordedType == .noAction && $0.registerIndex == UInt32(register) }.flatMap { event in
      let place = events.firstIndex { $0.index > event.index } ?? events.count
      return [Splice.Material.measured(event.data), .event(event)].map { material in
        Try(
          splice: Splice(start: place, removed: 0, inserted: [material]),
          change: MismatchChange(events: [event.index], sentence: "the EV_NO_ACTION event \(event.index) was extended"))
      }
    }
  }

  /// What the rules for digests say of the data, where the digest is another one.
  private func edits() -> [Try] {
    events.indices.flatMap { place in
      let event = events[place]
      return EventDigestClass(of: event).candidates(for: event).map { candidate in
        let digests = differing.compactMap { sequence in
          sequence.bank.digest(of: candidate.bytes).map { "\(sequence.bank.name) \(hexText($0))" }
        }
        return attempt(
          place, 1, [.measured(candidate.bytes)], [place],
          "the digest of event \(event.index) was that of its data: \(digests.joined(separator: ", "))",
          isOfDifferingBanks: true)
      }
    }
  }

  // MARK: Trying

  /// An insertion costs every extend behind it, so the whole number is known before anything is tried.
  func run(_ makeTries: @autoclosure () -> [Try]) -> MismatchTest.Outcome {
    let (extends, isTooLarge) = events.count.multipliedReportingOverflow(by: events.count / 2)
    guard !isTooLarge, extends <= budget else {
      return .notTested(reason: "\(events.count) events are too many for \(budget) extends")
    }
    return runCounted(makeTries())
  }

  func runCounted(_ tries: [Try]) -> MismatchTest.Outcome {
    guard !tries.isEmpty else { return .notApplicable }
    let cost = tries.reduce(0) { $0 + events.count - $1.splice.start + $1.splice.inserted.count }
    guard cost <= budget else {
      return .notTested(reason: "\(events.count) events take \(cost) extends, and \(budget) are allowed")
    }
    var found: [MismatchChange] = []
    for attempt in tries where fits(attempt) && !found.contains(attempt.change) { found.append(attempt.change) }
    return found.isEmpty ? .refuted(tried: tries.count) : .reproduces(found)
  }

  private func fits(_ attempt: Try) -> Bool {
    let compared = attempt.isOfDifferingBanks ? differing : differing + agreeing
    return compared.allSatisfy { $0.end(attempt.splice) == $0.wanted }
  }

  private func startupLocality() -> MismatchTest.Outcome {
    guard register == 0 else { return .notApplicable }
    let told = replay.startupLocality ?? 0
    let others = [UInt8(0), 3, 4].filter { $0 != told }
    let found = others.filter { locality in
      (differing + agreeing).allSatisfy { end($0, locality: locality) == $0.wanted }
    }
    guard !found.isEmpty else { return .refuted(tried: others.count) }
    return .reproduces(
      found.map { MismatchChange(events: [], sentence: "the TPM started from locality \($0), the log tells \(told)") })
  }

  private func end(_ sequence: BankSequence, locality: UInt8) -> [UInt8]? {
    var start: [UInt8]? = [UInt8](repeating: 0, count: sequence.bank.digestByteCount - 1) + [locality]
    for case let digest? in sequence.digests { start = start.flatMap { sequence.bank.extend($0, with: digest) } }
    return start
  }

  private func paddedSHA1() -> MismatchTest.Outcome {
    let compared = differing.filter { $0.bank != .sha1 }
    guard !compared.isEmpty, compared.count == differing.count, events.allSatisfy({ $0.digest(in: .sha1) != nil })
    else { return .notApplicable }
    let isReproduced = compared.allSatisfy { sequence in
      var value = sequence.prefixes.first
      for event in events {
        let digest = event.digest(in: .sha1) ?? []
        let padded = digest + [UInt8](repeating: 0, count: max(0, sequence.bank.digestByteCount - digest.count))
        value = value.flatMap { sequence.bank.extend($0, with: padded) }
      }
      return value == sequence.wanted
    }
    guard isReproduced else { return .refuted(tried: 1) }
    return .reproduces([
      MismatchChange(events: [], sentence: "every extend was the SHA-1 digest padded with zeros")
    ])
  }
}
