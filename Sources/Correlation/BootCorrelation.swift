import Digests
import Hashing
import IMALog
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

/// Everything that follows from holding the evidence of one boot against each other.
public struct BootCorrelation: Sendable {
  public let eventLogs: [CorrelatedEventLog]
  public let chains: [CorrelatedChain]
  public let divergences: [Divergence]
  /// By source, then log, then bank.
  public let matches: [LogMatch]
  /// For each bank and register that an authentic quote covers, away from its reset value, and that no log explains.
  public let unexplained: [UnexplainedRegister]
  /// Values of quotes whose PCR file is absent, where the replayed values hash to the signed digest, by quote.
  public let replayedRegisters: [String: RegisterValues]

  public struct UnexplainedRegister: Hashable, Sendable {
    public var quote: String
    public var bank: HashAlgorithm
    public var register: Int
    /// Texts of systemd that alone give the value, in order; empty when none do.
    public var phases: [String] = []
  }

  public init(_ evidence: BootEvidence, jobs: Int) {
    let sources = Self.sources(evidence)
    let logs = CorrelatedEventLog.all(evidence.eventLogs, sources: sources, hasQuotes: !evidence.quotes.isEmpty)
    let userSpace = logs.filter { $0.place == .userSpace }
    let follower = userSpace.max {
      ($0.foundCount, $0.replay.log.events.count) < ($1.foundCount, $1.replay.log.events.count)
    }
    let candidates = Self.candidates(logs, quotes: evidence.quotes)
    let suppositions = EventLogSuppositions(
      Array(candidates.prefix(Self.candidateLimit)), follower, banks: evidence.quotes.flatMap(\.selectedBanks),
      excuses: !evidence.lists.isEmpty, isCut: candidates.count > Self.candidateLimit)
    // The chain that most quotes agree with is the boot's list; the others are held against it.
    let chains = ListChain.chains(of: evidence.lists).map { chain in
      CorrelatedChain(chain, sources: sources, quotes: evidence.quotes, eventLogs: suppositions, jobs: jobs)
    }.sorted { ($1.foundCount, $1.chain.members.count) < ($0.foundCount, $0.chain.members.count) }
    var alone: [LogMatch] = []
    var replayed: [String: RegisterValues] = [:]
    for chain in chains { replayed.merge(chain.replayedRegisters) { first, _ in first } }
    for quote in evidence.quotes where quote.provenRegisters == nil {
      let file = quote.quote.file
      if chains.isEmpty {
        if let (supposed, values) = suppositions.explaining(quote) {
          replayed[file] = values
          alone += matchesOfFirmware(supposed.firmware, logs: logs, quote: quote, values: values, listed: [])
        } else if let (firmware, values) = candidates.firstPart(explaining: quote) {
          replayed[file] = values
          for log in logs where log.replay.log == firmware.log { alone += log.matches(byDigest: quote, values: values) }
          continue
        }
      } else if let supposed = chains.lazy.compactMap({ $0.suppositions[file] }).first, let values = replayed[file] {
        alone += matchesOfFirmware(
          suppositions.all[supposed].firmware, logs: logs, quote: quote, values: values,
          listed: Set(chains.flatMap(\.extendedRegisters)))
      }
      if let values = replayed[file] { alone += matchesOfUserSpace(userSpace, follower, quote: quote, values: values) }
    }
    self.chains = chains
    eventLogs = logs
    divergences =
      Self.eventLogDivergences(logs.filter { $0.place == .firmware }, alone)
      + chains.dropFirst().compactMap { other in
        guard let main = chains.first,
          let record = main.chain.longest.log.firstDifference(from: other.chain.longest.log)
        else { return nil }
        return Divergence(list: main.chain.longest.file, other: other.chain.longest.file, record: record)
      }
    matches = logs.flatMap(\.matches) + alone + chains.flatMap(\.matches)
    replayedRegisters = replayed
    unexplained = Self.unexplained(evidence.quotes, replayed: replayed, matches: matches)
  }

  /// So many firmware's logs are tried for quotes of which only the digest is known.
  private static let candidateLimit = 16

  /// Firmware's logs that may be the one of the boot: the one that most sources agree with. Where quotes give digests alone and no
  /// values tell which it is, each that leaves other values, and one more than are tried.
  private static func candidates(_ logs: [CorrelatedEventLog], quotes: [VerifiedQuote]) -> [EventLogReplay] {
    let firmware = logs.filter { $0.place == .firmware }
    guard let best = firmware.max(by: { $0.foundCount < $1.foundCount }) else { return [] }
    guard best.foundCount == 0, quotes.contains(where: { $0.provenRegisters == nil }) else { return [best.replay] }
    var distinct: [EventLogReplay] = []
    for log in firmware
    where distinct.count <= candidateLimit && !distinct.contains(where: { $0.values == log.replay.values }) {
      distinct.append(log.replay)
    }
    return distinct
  }

  /// The firmware writes one log a boot, so copies that differ contradict each other: one that no quote agrees with was altered, and so was
  /// one of two in which an event has other data, or another digest in one bank, under the same digest in another. Of two that quotes agree
  /// with, and that differ where no quote tells, one is not what it says. A log of which none of this can be said, or that differs in many
  /// registers, may be of another boot.
  ///
  /// Compared is register by register what is extended: nothing binds the order between registers. Records that extend nothing are
  /// compared where both have as many.
  private static func eventLogDivergences(_ logs: [CorrelatedEventLog], _ byDigest: [LogMatch]) -> [Divergence] {
    let support = { (log: CorrelatedEventLog) in
      log.foundCount + byDigest.count { $0.log == log.file && $0.found != nil }
    }
    let sorted = logs.sorted { support($1) < support($0) }
    guard let main = sorted.first else { return [] }
    let own = main.replay.recordsByRegister
    return sorted.dropFirst().filter { !$0.isOfAnotherBoot }.compactMap { other in
      let its = other.replay.recordsByRegister
      let pairs = its.map { place, events in
        // A record more or less of those that extend nothing shifts the others, and says nothing.
        place == .none && own[place]?.count != events.count ? [] : Array(zip(own[place] ?? [], events))
      }
      // Behind an event that is another one the events of a register do not stand beside each other any more.
      let same = pairs.flatMap { $0.prefix { $0.sharesDigest(with: $1) } }
      if let record = same.filter({ $0.contradicts($1) }).map(\.1.index).min() {
        return Divergence(list: main.file, other: other.file, record: record)
      }
      guard let record = main.firstDifference(from: other) else { return nil }
      if other.matches.contains(where: { if case .mismatch = $0.outcome { true } else { false } }) {
        return Divergence(list: main.file, other: other.file, record: record)
      }
      guard support(other) > 0, pairs.joined().contains(where: { $0.contradicts($1) }) || own.differ(from: its) else {
        return nil
      }
      return Divergence(list: main.file, other: other.file, record: record, isDecided: false)
    }
  }

  /// Every source whose values are known: quotes whose file hashes to the signed digest, and snapshots.
  private static func sources(_ evidence: BootEvidence) -> [(source: ValueSource, values: RegisterValues)] {
    evidence.quotes.compactMap { quote in
      quote.provenRegisters.map { (.quote(quote.quote.file), $0) }
    } + evidence.snapshots.map { (.snapshot($0.file), $0.values) }
  }

  private static func unexplained(
    _ quotes: [VerifiedQuote], replayed: [String: RegisterValues], matches: [LogMatch]
  ) -> [UnexplainedRegister] {
    var covered: Set<UnexplainedRegister> = []
    for match in matches {
      guard case .quote(let file) = match.source else { continue }
      switch match.outcome {
      // A mismatch is a finding of its own; the register has a log.
      case .found, .mismatch, .endsBeforeSource:
        for register in match.registers {
          covered.insert(UnexplainedRegister(quote: file, bank: match.bank, register: register))
        }
      case .notCovered, .undetermined: break
      }
    }
    var found: [UnexplainedRegister] = []
    for quote in quotes {
      let file = quote.quote.file
      guard let values = quote.provenRegisters ?? replayed[file] else { continue }
      for bank in values.banks {
        for register in values.registers(of: bank) {
          var place = UnexplainedRegister(quote: file, bank: bank, register: register)
          guard let value = values[bank, register], value != resetValue(ofRegister: register, bank: bank),
            !covered.contains(place)
          else { continue }
          place.phases =
            UnloggedExtends(aloneInRegister: register, bank: bank, observed: value)?.constants ?? []
          found.append(place)
        }
      }
    }
    return found
  }
}

/// The values that a quote without PCR file covers, when these values of the event logs alone explain its digest.
private func valuesOfDigest(_ quote: VerifiedQuote, _ known: RegisterValues) -> RegisterValues? {
  guard let information = quote.information, let algorithm = quote.digestAlgorithm, !information.selection.isEmpty
  else { return nil }
  var values = RegisterValues()
  for (bank, register) in information.selection.order {
    guard let bank else { return nil }
    values[bank, register] = known[bank, register] ?? resetValue(ofRegister: register, bank: bank)
  }
  let digest = pcrDigest(of: values, selection: information.selection, algorithm: algorithm)
  return digest == information.digest ? values : nil
}

extension EventLogSuppositions {
  /// The first supposition that gives the digest of a quote by itself, with the values that it covers.
  fileprivate func explaining(_ quote: VerifiedQuote) -> (Supposition, RegisterValues)? {
    all.lazy.compactMap { supposition in
      supposition.values.flatMap { valuesOfDigest(quote, $0) }.map { (supposition, $0) }
    }.first
  }
}

extension [EventLogReplay] {
  /// A firmware's log of which a first part explains the digest of a quote: one from before the last events.
  fileprivate func firstPart(explaining quote: VerifiedQuote) -> (EventLogReplay, RegisterValues)? {
    for firmware in self {
      var found: RegisterValues?
      _ = firmware.firstPart { values in
        found = valuesOfDigest(quote, values.withoutKernelRegister)
        return found != nil
      }
      if let found { return (firmware, found) }
    }
    return nil
  }
}

/// What the reproduced digest of a quote says about logs of user space: one that was read before is told of the longer one.
private func matchesOfUserSpace(
  _ logs: [CorrelatedEventLog], _ follower: CorrelatedEventLog?, quote: VerifiedQuote, values: RegisterValues
) -> [LogMatch] {
  guard let follower else { return [] }
  let whole = follower.matches(byDigest: quote, values: values)
  return whole
    + logs.filter { $0.file != follower.file }.flatMap { log in
      log.matches(byDigest: quote, values: values, endingBefore: follower, whole)
    }
}

/// What the reproduced digest of a quote says about firmware's logs. The values were made of one of them, whole, and of what user space
/// extended behind it, so all its events are proven; of the others those that lead to the same, or are its beginning.
///
/// - parameter listed: registers of measurement lists, whose values were not made of event logs.
private func matchesOfFirmware(
  _ firmware: EventLogReplay?, logs: [CorrelatedEventLog], quote: VerifiedQuote, values: RegisterValues,
  listed: Set<Int>
) -> [LogMatch] {
  guard let firmware, let own = logs.first(where: { $0.replay.log == firmware.log }) else { return [] }
  var left = RegisterValues()
  for bank in firmware.firmwareValues.banks {
    for register in firmware.firmwareValues.registers(of: bank)
    where values[bank, register] != nil && !listed.contains(register) {
      left[bank, register] = firmware.firmwareValues[bank, register]
    }
  }
  let whole = own.matches(byDigest: quote, values: left)
  return whole
    + logs.filter { $0.place == .firmware && $0.file != own.file }.flatMap { log in
      log.matches(byDigest: quote, values: left, endingBefore: own, whole)
    }
}

extension Event {
  /// Whether a digest of both says that they are the same event; of records that extend nothing, whether they have the same.
  fileprivate func sharesDigest(with other: Event) -> Bool {
    digestBytes == other.digestBytes
      || HashAlgorithm.allCases.contains { bank in
        guard let own = digest(in: bank), own.contains(where: { $0 != 0 }) else { return false }
        return own == other.digest(in: bank)
      }
  }

  /// Whether both cannot be the same record, wherever it stands in its file: of banks that one of them lacks nothing is said.
  fileprivate func contradicts(_ other: Event) -> Bool {
    registerIndex != other.registerIndex || recordedType != other.recordedType || hasOtherData(than: other)
      || HashAlgorithm.allCases.contains { bank in
        guard let own = digest(in: bank), let its = other.digest(in: bank) else { return false }
        return own != its
      }
  }

  /// Addresses and the like, which change on every boot, say nothing where no digest covers them: two boots may extend the same.
  private func hasOtherData(than other: Event) -> Bool {
    guard data != other.data else { return false }
    // What is as long is no more work than reading both was, however many logs there are.
    guard data.count == other.data.count,
      settledData(volatileSpans(file: "")) == other.settledData(other.volatileSpans(file: ""))
    else { return true }
    return hasDigestOfItsData || other.hasDigestOfItsData
  }
}

extension CorrelatedEventLog {
  /// The first event of the other log that is not what this one extends there; nil when one goes on where the other ends.
  fileprivate func firstDifference(from other: CorrelatedEventLog) -> Int? {
    zip(replay.extends, other.replay.extends).first { $0.contradicts($1) }?.1.index
  }
}

extension [RecordPlace: [Event]] {
  /// Whether one has more in some register than the other.
  fileprivate func differ(from other: Self) -> Bool {
    Set(keys).union(other.keys).contains { $0 != .none && self[$0]?.count != other[$0]?.count }
  }
}

extension EventLogReplay {
  /// What the log extends, by register, and what it does not.
  fileprivate var recordsByRegister: [RecordPlace: [Event]] {
    var records: [RecordPlace: [Event]] = [:]
    for event in log.events {
      records[log.extends(event) ? .register(event.registerIndex) : .none, default: []].append(event)
    }
    return records
  }

  /// What firmware, boot loaders and user space can explain.
  var firmwareValues: RegisterValues { values.withoutKernelRegister }
}

extension RegisterValues {
  /// Register 10 is the kernel's, for IMA: events that claim to extend it would hide measurements from the list, so they
  /// explain nothing.
  ///
  /// Source: UAPI group, "Linux TPM PCR Registry"; TCG PC Client Platform Firmware Profile, section 3.3.4.
  var withoutKernelRegister: RegisterValues {
    var values = self
    for bank in values.banks { values[bank, 10] = nil }
    return values
  }

  func merged(_ other: RegisterValues) -> RegisterValues {
    var values = self
    values.merge(other)
    return values
  }
}

/// Where a record of an event log ends up.
private enum RecordPlace: Hashable {
  case register(UInt32)
  case none
}

extension VerifiedQuote {
  /// Known banks of its selection.
  fileprivate var selectedBanks: [HashAlgorithm] {
    information?.selection.banks.filter { !$0.registers.isEmpty }.compactMap(\.algorithm) ?? []
  }
}
