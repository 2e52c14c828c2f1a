import Digests
import QuoteVerification
import Replay
import TCGEventLog

/// One event log held against every source of values.
public struct CorrelatedEventLog: Sendable {
  public let file: String
  public let capture: String
  /// What the log is of the boot.
  public let place: Place
  /// A log of user space is replayed from where the firmware's log of the boot ends.
  public let replay: EventLogReplay
  /// Where a file ends inside a record, so that events are missing: this one, or the firmware's from which this one goes on.
  public let cut: CutEnd?
  public private(set) var matches: [LogMatch]
  /// A firmware's log that no quote agrees with, and that differs in so many registers from the log that gives the quoted
  /// values, or of which Windows counted another start, that it is rather of another boot or machine than an altered copy.
  public private(set) var isOfAnotherBoot = false

  public enum Place: Sendable {
    /// Firmware and boot loaders wrote it.
    case firmware
    /// It goes on where the firmware's log ends.
    case userSpace
    /// It is of the registers of a confidential guest, of which no quote of a TPM speaks.
    case confidentialGuest
  }

  /// How many sources agree with the log. Values that nobody signed count only where there is no quote: anybody can write them.
  var foundCount: Int {
    matches.count { match in
      guard match.found != nil else { return false }
      return if case .snapshot = match.source { countsSnapshots } else { true }
    }
  }

  private let countsSnapshots: Bool
  /// Asked of logs that lie beside others.
  private var windowsBootCounters: Set<UInt64> = []

  typealias Source = (source: ValueSource, values: RegisterValues)

  /// The logs in the order of the boot, each with what the sources say of it.
  ///
  /// - parameter hasQuotes: also such of which only the digest is known, which are no sources.
  static func all(_ logs: [ArchivedLog<EventLog>], sources: [Source], hasQuotes: Bool) -> [CorrelatedEventLog] {
    let guests = logs.filter { $0.log.registerFamily == .rtmr }
    let userSpace = logs.filter { $0.log.followsFirmware }
    let further = longest(userSpace)
    func correlated(_ log: ArchivedLog<EventLog>, blamesUserSpace: Bool) -> CorrelatedEventLog {
      let replay = EventLogReplay(log.log)
      let followers = further.map { EventLogReplay($0, after: replay) }
      return CorrelatedEventLog(log, .firmware, replay, sources, !hasQuotes) { _, values, bank in
        matchFirmware(replay, followers, values, bank, blamesUserSpace: blamesUserSpace, isCut: log.isCut)
      }
    }
    let firmwareLogs = logs.filter { $0.log.registerFamily == .pcr && !$0.log.followsFirmware }
    var firmware = firmwareLogs.map { correlated($0, blamesUserSpace: false) }
    // Of copies that differ, only the one that most sources agree with may pass a mismatch on to user space.
    if let best = firmware.indices.max(by: { firmware[$0].foundCount < firmware[$1].foundCount }) {
      firmware[best] = correlated(firmwareLogs[best], blamesUserSpace: true)
    }
    for index in firmware.indices {
      firmware[index].endBeforeLonger(firmware)
      if firmware.count > 1 { firmware[index].windowsBootCounters = firmware[index].replay.log.windowsBootCounters }
    }
    for index in firmware.indices {
      firmware[index].isOfAnotherBoot = firmware[index].isStray(beside: firmware)
    }
    let first = firmware.max { $0.foundCount < $1.foundCount }
    var followers = userSpace.map { log in
      let replay = EventLogReplay(log.log, after: first?.replay)
      return CorrelatedEventLog(log, .userSpace, replay, sources, !hasQuotes, after: first) { source, values, bank in
        let start = first.flatMap { $0.valuesWithUnlogged(source, bank) }
        return matchUserSpace(
          start.map { EventLogReplay(log.log, afterValues: $0) } ?? replay, after: first?.replay, values, bank)
      }
    }
    for index in followers.indices { followers[index].endBeforeLonger(followers) }
    return firmware + followers
      + guests.map {
        CorrelatedEventLog($0, .confidentialGuest, EventLogReplay($0.log), [], !hasQuotes) { _, _, _ in nil }
      }
  }

  /// What the firmware left for a log of user space to go on from, where the source shows that the TPM started, or the firmware ended,
  /// otherwise than the log says; nil where it does not.
  private func valuesWithUnlogged(_ source: ValueSource, _ bank: HashAlgorithm) -> RegisterValues? {
    guard
      let match = matches.first(where: { $0.source == source && $0.bank == bank && $0.isMismatchOfUnloggedExtends })
    else { return nil }
    var values = replay.values
    for (register, extends) in match.unlogged {
      values[bank, register] = replay.end(ofRegister: register, bank: bank, with: extends)
    }
    return values
  }

  private init(
    _ log: ArchivedLog<EventLog>, _ place: Place, _ replay: EventLogReplay, _ sources: [Source],
    _ countsSnapshots: Bool, after firmware: CorrelatedEventLog? = nil,
    _ match: (ValueSource, RegisterValues, HashAlgorithm) -> Result?
  ) {
    self.countsSnapshots = countsSnapshots
    file = log.file
    capture = log.capture
    self.place = place
    cut = log.isCut ? CutEnd(log, place) : firmware?.cut
    self.replay = replay
    matches = sources.flatMap { source, values in
      let all = replay.firmwareValues.banks.map { bank in
        let result = match(source, values, bank)
        var found = LogMatch(
          source: source, log: log.file, bank: bank, registers: result?.registers ?? [],
          outcome: result?.outcome ?? .notCovered)
        found.leftOut = result?.leftOut ?? []
        found.observed = result?.observed ?? [:]
        found.unlogged = result?.unlogged ?? [:]
        return found
      }
      // One word is enough for a source that says nothing of the log in any bank.
      let covered = all.filter { $0.outcome != .notCovered }
      return covered.isEmpty ? Array(all.prefix(1)) : covered
    }
  }

  /// What one source says in one bank.
  private struct Result {
    var registers: [Int]
    var leftOut: [Int] = []
    var outcome: LogMatch.Outcome
    var observed: [Int: [UInt8]] = [:]
    var unlogged: [Int: UnloggedExtends] = [:]

    /// Whether nothing is left to accuse the log of.
    var isExplained: Bool {
      if case .mismatch(let registers) = outcome { LogMatch.areExplained(registers, by: unlogged) } else { false }
    }

    static func mismatch(_ registers: [Int], of observed: [Int: [UInt8]]) -> Result {
      Result(
        registers: observed.keys.sorted(), outcome: .mismatch(registers: registers),
        observed: observed.filter { registers.contains($0.key) })
    }
  }

  /// What the source holds of the registers that the log extends.
  private static func observed(
    _ replay: EventLogReplay, _ values: RegisterValues, _ bank: HashAlgorithm
  ) -> [Int: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: replay.firmwareValues.registers(of: bank).compactMap { register in
        values[bank, register].map { (register, $0) }
      })
  }

  // MARK: Firmware

  /// A register that user space extended further holds what the firmware left when the log of user space leads from that
  /// to the observed value.
  private static func matchFirmware(
    _ replay: EventLogReplay, _ followers: [EventLogReplay], _ values: RegisterValues, _ bank: HashAlgorithm,
    blamesUserSpace: Bool, isCut: Bool
  ) -> Result? {
    let observed = observed(replay, values, bank)
    guard !observed.isEmpty else { return nil }
    let whole = replay.match(observed, bank: bank)
    if case .found(let range) = whole { return Result(registers: observed.keys.sorted(), outcome: .found(range)) }
    for follower in followers {
      // What is wrong in registers that the firmware does not extend is said of the log of user space.
      let further = Self.observed(follower, values, bank).filter { observed[$0.key] != nil }
      guard !further.isEmpty, case .found = follower.match(further, bank: bank) else { continue }
      var left = observed
      for register in further.keys { left[register] = replay.values[bank, register] }
      if case .found(let range) = replay.match(left, bank: bank) {
        return Result(registers: left.keys.sorted(), outcome: .found(range))
      }
    }
    var mismatch = mismatchOfFirmware(replay, followers, observed, bank)
    if let mismatch, mismatch.isExplained { return mismatch }
    // What is explained by itself is so whatever the other registers lack.
    if isCut, case .mismatch(let registers)? = mismatch?.outcome {
      for register in registers {
        mismatch?.unlogged[register] = observed[register].flatMap {
          replay.unloggedExtends(ofRegister: register, bank: bank, observed: $0, then: followers.map(\.log))
        }
      }
    }
    // The registers of the firmware alone: what is wrong in the others is said of the log of user space.
    let shared = Set(followers.flatMap { $0.registers(extendedIn: bank) })
    let own = observed.filter { !shared.contains($0.key) }
    if blamesUserSpace, !own.isEmpty, own.count < observed.count, case .found(let range) = replay.match(own, bank: bank)
    {
      return Result(registers: own.keys.sorted(), outcome: .found(range))
    }
    return mismatch
  }

  private static func mismatchOfFirmware(
    _ replay: EventLogReplay, _ followers: [EventLogReplay], _ observed: [Int: [UInt8]], _ bank: HashAlgorithm
  ) -> Result? {
    guard case .none(let mismatching) = replay.match(observed, bank: bank) else { return nil }
    guard Set(mismatching).isSubset(of: extendedByUserSpace) else {
      return mismatch(mismatching, of: observed, replay, bank, then: followers.map(\.log))
    }
    let rest = observed.filter { !mismatching.contains($0.key) }
    guard !rest.isEmpty else {
      return Result(
        registers: observed.keys.sorted(), outcome: .notCovered,
        observed: observed.filter { mismatching.contains($0.key) })
    }
    guard case .found(let range) = replay.match(rest, bank: bank) else { return .mismatch(mismatching, of: observed) }
    var result = Result(registers: rest.keys.sorted(), leftOut: mismatching, outcome: .found(range))
    result.observed = observed.filter { mismatching.contains($0.key) }
    return result
  }

  /// With what the log does not have, where the other registers hold what the whole log gives, or it and a first part of a log of user
  /// space.
  private static func mismatch(
    _ registers: [Int], of observed: [Int: [UInt8]], _ replay: EventLogReplay, _ bank: HashAlgorithm,
    then followers: [EventLog] = []
  ) -> Result {
    var result = Result.mismatch(registers, of: observed)
    var unlogged: [Int: UnloggedExtends] = [:]
    for (register, value) in observed {
      let extends = replay.unloggedExtends(ofRegister: register, bank: bank, observed: value, then: followers)
      if registers.contains(register) {
        unlogged[register] = extends
      } else if extends?.isEmpty != true {
        return result
      }
    }
    // What logs explain alone is nothing that no log has.
    if unlogged.values.contains(where: { !$0.isEmpty }) { result.unlogged = unlogged }
    return result
  }

  /// What is changed in a copy shows in the registers of the changed events: one or two. Another kernel, boot loader or
  /// machine shows in more.
  private static let fewestRegistersOfAnotherBoot = 3

  private func isStray(beside logs: [CorrelatedEventLog]) -> Bool {
    var mismatches = 0
    for match in matches {
      guard case .quote = match.source else { continue }
      if match.found != nil { return false }
      guard case .mismatch(let registers) = match.outcome else { continue }
      let explaining = logs.filter { other in
        other.matches.contains {
          $0.source == match.source && $0.bank == match.bank && $0.found != nil
            && Set(registers).isSubset(of: $0.registers)
        }
      }
      guard !explaining.isEmpty,
        explaining.allSatisfy({
          differsWidely(from: $0, in: match.bank) || hasOtherBootCounter(than: $0)
        })
      else {
        return false
      }
      mismatches += 1
    }
    return mismatches > 0
  }

  /// Windows keeps the logs of many starts side by side, each with the number of its start.
  private func hasOtherBootCounter(than other: CorrelatedEventLog) -> Bool {
    !windowsBootCounters.isEmpty && !other.windowsBootCounters.isEmpty
      && windowsBootCounters.isDisjoint(with: other.windowsBootCounters)
  }

  private func differsWidely(from other: CorrelatedEventLog, in bank: HashAlgorithm) -> Bool {
    // What one of the two leaves out is no other content.
    let registers = Set(replay.registers(extendedIn: bank)).intersection(other.replay.registers(extendedIn: bank))
    let differing = registers.filter { replay.values[bank, $0] != other.replay.values[bank, $0] }
    guard differing.count >= Self.fewestRegistersOfAnotherBoot else { return false }
    // Nor is what one of the two lacks behind its end.
    let (own, its) = (replay.digests(in: bank, of: differing), other.replay.digests(in: bank, of: differing))
    return differing.count { register in
      !zip(own[register] ?? [], its[register] ?? []).allSatisfy { $0 == $1 }
    } >= Self.fewestRegistersOfAnotherBoot
  }

  // MARK: User space

  private static func matchUserSpace(
    _ replay: EventLogReplay, after firmware: EventLogReplay?, _ values: RegisterValues, _ bank: HashAlgorithm
  ) -> Result? {
    let observed = observed(replay, values, bank)
    guard !observed.isEmpty else { return nil }
    switch replay.match(observed, bank: bank) {
    case .found(let range): return Result(registers: observed.keys.sorted(), outcome: .found(range))
    case .none(let mismatching):
      // Where the registers stood when user space began is not known, or is what does not match.
      let unknown = observed.keys.filter { Self.isFirmwareRegister($0, firmware, values, bank, replay) }
      let own = observed.filter { !unknown.contains($0.key) }
      guard own.count < observed.count else { return mismatch(mismatching, of: observed, replay, bank) }
      guard !own.isEmpty else { return nil }
      switch replay.match(own, bank: bank) {
      case .found(let range):
        return Result(registers: own.keys.sorted(), leftOut: unknown.sorted(), outcome: .found(range))
      case .none(let mismatching): return mismatch(mismatching, of: own, replay, bank)
      }
    }
  }

  /// Whether the log of user space cannot be blamed for this register: the firmware's log is missing, or does not match
  /// in the registers that it alone extends.
  private static func isFirmwareRegister(
    _ register: Int, _ firmware: EventLogReplay?, _ values: RegisterValues, _ bank: HashAlgorithm,
    _ userSpace: EventLogReplay
  ) -> Bool {
    guard let firmware else { return register < 15 }
    guard firmware.values[bank, register] != nil else { return false }
    let shared = Set(userSpace.registers(extendedIn: bank))
    let alone = observed(firmware, values, bank).filter { !shared.contains($0.key) }
    if case .none(let mismatching) = firmware.match(alone, bank: bank) { return !mismatching.isEmpty }
    return false
  }

  /// A log that was read earlier than the longest of the boot, or cut short, explains only earlier quotes, or none.
  private mutating func endBeforeLonger(_ others: [CorrelatedEventLog]) {
    for index in matches.indices {
      guard case .mismatch = matches[index].outcome else { continue }
      let isEarlier = others.contains { other in
        other.replay.extends.count > replay.extends.count
          && other.matches.contains {
            $0.source == matches[index].source && $0.bank == matches[index].bank && $0.found != nil
          } && other.begins(like: self)
      }
      if isEarlier { matches[index].outcome = .endsBeforeSource }
    }
  }

  /// The log extends first what the other one does. Records that extend nothing may stand anywhere.
  private func begins(like other: CorrelatedEventLog) -> Bool {
    zip(replay.extends, other.replay.extends).allSatisfy { own, its in
      own.registerIndex == its.registerIndex && own.digestBytes == its.digestBytes
    }
  }

  /// So many logs of user space are asked what they extended behind a firmware's log.
  private static let followerLimit = 4

  /// Logs of user space of which none begins as a longer one does, the longest first.
  private static func longest(_ logs: [ArchivedLog<EventLog>]) -> [EventLog] {
    var found: [EventLog] = []
    for log in logs.map(\.log).sorted(by: { $0.events.count > $1.events.count }) where found.count < followerLimit {
      let isBeginning = found.contains { longer in
        zip(longer.events, log.events).allSatisfy {
          $0.registerIndex == $1.registerIndex && $0.digestBytes == $1.digestBytes
        }
      }
      if !isBeginning { found.append(log) }
    }
    return found
  }

  /// What the digest of a quote says, which these values give, when the log led to them.
  func matches(byDigest quote: VerifiedQuote, values: RegisterValues) -> [LogMatch] {
    replay.firmwareValues.banks.compactMap { bank in
      let registers = replay.firmwareValues.registers(of: bank).filter { values[bank, $0] != nil }
      guard !registers.isEmpty else { return nil }
      let observed = Dictionary(
        uniqueKeysWithValues: registers.compactMap { register in values[bank, register].map { (register, $0) } })
      guard case .found(let range) = replay.match(observed, bank: bank) else { return nil }
      return LogMatch(
        source: .quote(quote.quote.file), log: file, bank: bank, registers: registers, outcome: .found(range),
        isByDigest: true)
    }
  }
}

extension CorrelatedEventLog {
  /// What the digest says of this log; of one that only begins as a longer one does what is known of that.
  func matches(
    byDigest quote: VerifiedQuote, values: RegisterValues, endingBefore longer: CorrelatedEventLog, _ known: [LogMatch]
  ) -> [LogMatch] {
    let own = matches(byDigest: quote, values: values)
    guard own.isEmpty, longer.begins(like: self) else { return own }
    return known.map { match in
      LogMatch(
        source: match.source, log: file, bank: match.bank, registers: match.registers, outcome: .endsBeforeSource,
        isByDigest: true)
    }
  }
}

extension EventLogReplay {
  /// What the log extends into each of the registers, in its order.
  fileprivate func digests(in bank: HashAlgorithm, of registers: Set<Int>) -> [Int: [[UInt8]]] {
    var found: [Int: [[UInt8]]] = [:]
    for event in extends where registers.contains(Int(event.registerIndex)) {
      if let digest = event.digest(in: bank) { found[Int(event.registerIndex), default: []].append(digest) }
    }
    return found
  }

  /// Events that extend a register, in the order of the log.
  var extends: [Event] { log.events.filter { log.extends($0) } }
}

extension Event {
  /// The digests of an event, in the order of the log.
  var digestBytes: [[UInt8]] { digests.map(\.bytes) }
}
