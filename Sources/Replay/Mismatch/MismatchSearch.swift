import ByteReading
import Digests
import Hashing
import TCGEventLog

/// Tries the changes of each hypothesis on one register.
struct MismatchSearch: Sendable {
  let replay: EventLogReplay
  let register: Int
  let goal: MismatchGoal
  /// By bank, ascending.
  let sequences: [BankSequence]
  /// Those whose end is not what was observed; all of them when only a digest is known.
  let differing: [BankSequence]
  let constants: [MismatchConstant]
  let others: [NamedEventLog]
  let followers: [EventLog]
  /// Whether a run of events that reaches the end is no change but an earlier reading.
  let mayEndEarlier: Bool

  /// So many changes of one hypothesis are told: of equal events, any may be the one.
  private static let changeLimit = 24

  struct Try {
    var splice: Splice
    var change: MismatchChange
    /// Banks that fit may stay as the log says.
    var areBanksFree = false
  }

  /// Changes of one kind, made one by one as the allowance lasts.
  typealias Tries = AnySequence<Try>

  var events: [Event] { sequences.first?.events ?? [] }

  /// - parameter budget: that of the whole call, for the words.
  func test(_ hypothesis: MismatchHypothesis, _ allowance: inout HashAllowance, of budget: Int) -> MismatchTest {
    let ended = "the \(budget) hash operations allowed to all hypotheses and registers do not suffice"
    switch hypothesis {
    case .startupLocality, .hcrtmMissing, .paddedSHA1, .userSpaceLog:
      guard estimate(hypothesis) <= allowance.left else {
        return MismatchTest(hypothesis: hypothesis, outcome: .notTested(reason: ended), isFinished: false)
      }
      let outcome: MismatchTest.Outcome =
        switch hypothesis {
        case .startupLocality: startupLocality(&allowance)
        case .hcrtmMissing: hcrtmMissing(&allowance)
        case .paddedSHA1: paddedSHA1(&allowance)
        default: userSpaceLog(&allowance)
        }
      return MismatchTest(hypothesis: hypothesis, outcome: outcome)
    case .eventsRemoved where areOthersTooLong(for: budget):
      return MismatchTest(
        hypothesis: hypothesis,
        outcome: .notTested(reason: "the logs have too many events for \(budget) hash operations"),
        isFinished: false)
    default: return run(tries(hypothesis), hypothesis, &allowance, ended: ended)
    }
  }

  private func tries(_ hypothesis: MismatchHypothesis) -> Tries {
    switch hypothesis {
    case .startupLocality, .hcrtmMissing, .paddedSHA1, .userSpaceLog: Tries([])
    case .noActionExtended: noActions()
    case .separatorValue: separatorValues()
    case .separatorMissing: insertions(SeparatorValue.all.map { ("a separator \(hexText($0))", [.measured($0)]) })
    case .exitBootServicesMissing:
      insertions([
        ("the pair around ExitBootServices", MismatchConstant.exitBootServices.map { .measured($0.bytes) })
      ])
    case .constantMissing:
      Tries(
        [
          insertions(constants.map { ($0.name, [.measured($0.bytes)]) }),
          insertions(digestsItself(constants).map { ($0.name, [$0.extended]) }, areBanksFree: true),
        ].joined())
    case .constantsTrailing: trailingConstants()
    case .eventRemoved: insertions(otherEvents().map { ($0.name, [.event($0.event)]) })
    case .eventsRemoved: runsRemoved()
    case .eventReplaced: replacements()
    case .filledDigest:
      insertions([("a digest of zeros", [.filled(0)]), ("a digest of ones", [.filled(0xff)])], areBanksFree: true)
    case .eventAdded:
      each { place in attempt(place, 1, [], [place], "the TPM never saw \(named(place))") }
    case .eventTwice:
      each { place in
        attempt(place, 0, [.event(events[place])], [place], "\(named(place)) was extended twice")
      }
    case .eventsAdded: runsAdded()
    case .eventsTwice: runsTwice()
    case .eventsExchanged: exchanges()
    case .eventsSwapped: swaps()
    case .digestEdited: edits()
    }
  }

  /// About what all changes of a kind cost in one bank, to put the cheap kinds first. Nothing is decided by it but the order.
  func estimate(_ hypothesis: MismatchHypothesis) -> Int {
    let count = min(events.count, 1_000_000)
    let (square, cube) = (count * count / 2, count * count * count / 6)
    switch hypothesis {
    case .startupLocality: return register == 0 ? 2 * count * sequences.count : 0
    case .hcrtmMissing: return register == 0 ? count * sequences.count * (1 + hcrtmEvents.count) : 0
    case .paddedSHA1: return count * sequences.count
    case .noActionExtended, .separatorValue: return count
    case .constantsTrailing: return 500
    case .userSpaceLog:
      // Each is replayed twice, whole and step by step.
      return followers.reduce(0) { $0 + 2 * $1.events.count * $1.banks.count }
    case .eventAdded, .eventTwice, .eventsSwapped, .digestEdited, .exitBootServicesMissing: return square
    case .filledDigest: return 2 * square
    case .separatorMissing: return SeparatorValue.all.count * square
    case .constantMissing: return constants.count * square
    case .eventsRemoved: return others.count * square
    case .eventRemoved, .eventReplaced: return others.isEmpty ? 0 : Self.otherEventLimit * square
    case .eventsAdded: return cube
    case .eventsTwice, .eventsExchanged: return 2 * cube
    }
  }

  // MARK: Changes

  func attempt(
    _ start: Int, _ removed: Int, _ inserted: [Splice.Material], _ places: [Int], _ sentence: String,
    areBanksFree: Bool = false
  ) -> Try {
    Try(
      splice: Splice(start: start, removed: removed, inserted: inserted),
      change: MismatchChange(events: places.map { events[$0].index }, sentence: sentence),
      areBanksFree: areBanksFree)
  }

  private func each(_ make: @escaping (Int) -> Try) -> Tries { Tries(events.indices.lazy.map(make)) }

  private func insertions(
    _ materials: [(name: String, extended: [Splice.Material])], areBanksFree: Bool = false
  ) -> Tries {
    Tries(
      materials.lazy.flatMap { material in
        (0...events.count).lazy.map { place in
          attempt(
            place, 0, material.extended, [], "\(material.name) was extended \(side(of: place))",
            areBanksFree: areBanksFree)
        }
      })
  }

  /// Where something was extended that stands before the event at `place`.
  func side(of place: Int) -> String {
    if events.isEmpty { return "into the register, of which the log has no event" }
    return place < events.count ? "before event \(events[place].index)" : "behind the last event"
  }

  /// Events of other logs that this log has nowhere: those of other boots of the machine are mostly the same. At most
  /// as many as `otherEventLimit`.
  private func otherEvents() -> [(name: String, event: Event)] {
    var known = Set(events.map { $0.digests.map(\.bytes) })
    var found: [(name: String, event: Event)] = []
    for other in others {
      for event in other.log.events where event.isExtended && event.registerIndex == UInt32(register) {
        guard found.count < Self.otherEventLimit else { return found }
        guard known.insert(event.digests.map(\.bytes)).inserted else { continue }
        found.append(("event \(event.index) in \(other.name)", event))
      }
    }
    return found
  }

  private static let otherEventLimit = 256

  /// As where somebody edits data and digest of an event together.
  private func replacements() -> Tries {
    let others = otherEvents()
    return Tries(
      events.indices.lazy.flatMap { place in
        others.lazy.map { other in
          attempt(
            place, 1, [.event(other.event)], [place],
            "\(other.name) was extended, and not event \(events[place].index) of this log")
        }
      })
  }

  private func swaps() -> Tries {
    guard events.count > 1 else { return Tries([]) }
    return Tries(
      (0..<events.count - 1).lazy.map { place in
        let (first, second) = (events[place], events[place + 1])
        return attempt(
          place, 2, [.event(second), .event(first)], [place, place + 1],
          "event \(second.index) was extended before event \(first.index)")
      })
  }

  private func separatorValues() -> Tries {
    Tries(
      events.indices.lazy.filter { events[$0].recordedType == .separator }.flatMap { place in
        SeparatorValue.all.filter { $0 != events[place].data }.map { value in
          attempt(
            place, 1, [.measured(value)], [place],
            "the separator of event \(events[place].index) was \(hexText(value))")
        }
      })
  }

  private func noActions() -> Tries {
    Tries(
      replay.log.events.lazy.filter { $0.recordedType == .noAction && $0.registerIndex == UInt32(register) }
        .flatMap { event in
          let place = events.firstIndex { $0.index > event.index } ?? events.count
          return [Splice.Material.measured(event.data), .event(event)].map { material in
            Try(
              splice: Splice(start: place, removed: 0, inserted: [material]),
              change: MismatchChange(
                events: [event.index], sentence: "the EV_NO_ACTION event \(event.index) was extended"))
          }
        })
  }

  /// What the rules for digests say of the data, where the digest is another one.
  private func edits() -> Tries {
    Tries(
      events.indices.lazy.flatMap { place in
        let event = events[place]
        return EventDigestClass(of: event).candidates(for: event).map { candidate in
          let digests = differing.compactMap { sequence in
            sequence.bank.digest(of: candidate.bytes).map { "\(sequence.bank.name) \(hexText($0))" }
          }
          return attempt(
            place, 1, [.measured(candidate.bytes)], [place],
            "the digest of event \(event.index) was that of \(candidate.rule == .errorNumber ? candidate.rule.rawValue : "its data"): \(digests.joined(separator: ", "))",
            areBanksFree: true)
        }
      })
  }

  // MARK: Trying

  private func run(
    _ tries: Tries, _ hypothesis: MismatchHypothesis, _ allowance: inout HashAllowance, ended: String
  ) -> MismatchTest {
    var found: [MismatchChange] = []
    var tried = 0
    var isFinished = true
    for attempt in tries {
      guard cost(attempt) <= allowance.left, found.count < Self.changeLimit else {
        isFinished = false
        break
      }
      tried += 1
      let isFitting = fits(areBanksFree: attempt.areBanksFree, &allowance) { $0.end(attempt.splice, &$1) }
      if isFitting, !found.contains(attempt.change) { found.append(attempt.change) }
    }
    let outcome: MismatchTest.Outcome =
      switch (found.isEmpty, isFinished, tried) {
      case (false, _, _): .reproduces(found)
      case (true, true, 0): .notApplicable
      case (true, true, _): .refuted(tried: tried)
      case (true, false, 0): .notTested(reason: ended)
      case (true, false, _): .notFinished(tried: tried, reason: ended)
      }
    return MismatchTest(hypothesis: hypothesis, outcome: outcome, isFinished: isFinished)
  }

  /// Hash operations of a change in the first bank, which nearly every change stops at, and one more.
  private func cost(_ attempt: Try) -> Int {
    events.count - attempt.splice.start - attempt.splice.removed
      + attempt.splice.inserted.reduce(1) { $0 + $1.hashCount }
  }

  private func startupLocality(_ allowance: inout HashAllowance) -> MismatchTest.Outcome {
    guard register == 0, !events.isEmpty else { return .notApplicable }
    let told = replay.startupLocality ?? 0
    let others = [UInt8(0), 3, 4].filter { $0 != told }
    let found = others.filter { locality in
      fits(&allowance) { sequence, allowance in
        allowance.spend(sequence.digests.count)
        return sequence.end(locality: locality)
      }
    }
    guard !found.isEmpty else { return .refuted(tried: others.count) }
    return .reproduces(
      found.map { MismatchChange(events: [], sentence: "the TPM started from locality \($0), the log tells \(told)") })
  }

  /// Events of an H-CRTM that other logs have; firmware of one version has the same.
  private var hcrtmEvents: [(name: String, event: Event)] {
    others.flatMap { other in
      other.log.events.lazy.filter { $0.recordedType == .efiHCRTMEvent && $0.registerIndex == 0 }
        .prefix(1).map { ("event \($0.index) in \(other.name)", $0) }
    }
  }

  /// The digest is of code that no log has: that of another log is tried, and that of the text that firmware logs of it.
  private func hcrtmMissing(_ allowance: inout HashAllowance) -> MismatchTest.Outcome {
    guard register == 0, !events.contains(where: { $0.recordedType == .efiHCRTMEvent }) else { return .notApplicable }
    let candidates: [(name: String, first: Splice.Material)] =
      hcrtmEvents.map { ($0.name, .event($0.event)) } + [("\"HCRTM\"", .measured(Array("HCRTM".utf8)))]
    let found = candidates.filter { candidate in
      fits(&allowance) { sequence, allowance in
        allowance.spend(sequence.digests.count + candidate.first.hashCount)
        return candidate.first.digest(sequence.bank).flatMap { sequence.end(locality: 4, first: $0) }
      }
    }
    guard !found.isEmpty else { return .refuted(tried: candidates.count) }
    return .reproduces(
      found.map {
        MismatchChange(
          events: [], sentence: "the TPM started from an H-CRTM, and the first extend was the digest of \($0.name)")
      })
  }

  private func paddedSHA1(_ allowance: inout HashAllowance) -> MismatchTest.Outcome {
    let compared = differing.filter { $0.bank != .sha1 }
    let isOnlyOfOthers: Bool
    switch goal {
    case .values: isOnlyOfOthers = compared.count == differing.count
    case .digest: isOnlyOfOthers = true
    }
    guard !compared.isEmpty, !events.isEmpty, isOnlyOfOthers, events.allSatisfy({ $0.digest(in: .sha1) != nil })
    else { return .notApplicable }
    let isReproduced = fits(areBanksFree: true, &allowance) { sequence, allowance in
      guard sequence.bank != .sha1 else { return sequence.end }
      var value = sequence.prefixes.first
      allowance.spend(events.count)
      for event in events {
        let digest = event.digest(in: .sha1) ?? []
        let padded = digest + [UInt8](repeating: 0, count: max(0, sequence.bank.digestByteCount - digest.count))
        value = value.flatMap { sequence.bank.extend($0, with: padded) }
      }
      return value
    }
    guard isReproduced else { return .refuted(tried: 1) }
    return .reproduces([
      MismatchChange(events: [], sentence: "every extend was the SHA-1 digest padded with zeros")
    ])
  }
}
