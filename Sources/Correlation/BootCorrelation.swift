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
      candidates, follower, banks: evidence.quotes.flatMap(\.selectedBanks), countsDigests: !evidence.lists.isEmpty)
    // The chain that most quotes agree with is the boot's list; the others are held against it.
    let chains = ListChain.chains(of: evidence.lists).map { chain in
      CorrelatedChain(chain, sources: sources, quotes: evidence.quotes, eventLogs: suppositions, jobs: jobs)
    }.sorted { ($1.foundCount, $1.chain.members.count) < ($0.foundCount, $0.chain.members.count) }
    var alone: [LogMatch] = []
    var replayed: [String: RegisterValues] = [:]
    for chain in chains { replayed.merge(chain.replayedRegisters) { first, _ in first } }
    if chains.isEmpty {
      for quote in evidence.quotes where quote.provenRegisters == nil {
        for firmware in candidates where replayed[quote.quote.file] == nil {
          if let values = valuesOfDigest(quote, firmware.firmwareValues) {
            replayed[quote.quote.file] = values
            alone += matchesOfFirmware(firmware, logs: logs, quote: quote, values: values)
          } else if let (log, values) = userSpaceByDigest(quote, firmware, userSpace) {
            replayed[quote.quote.file] = values
            alone += matchesOfFirmware(firmware, logs: logs, quote: quote, values: values)
            alone += log.matches(byDigest: quote, values: values)
          } else if let values = firstPartByDigest(quote, firmware) {
            replayed[quote.quote.file] = values
            for log in logs where log.replay.log == firmware.log {
              alone += log.matches(byDigest: quote, values: values)
            }
          }
        }
      }
    } else {
      for (file, values) in replayed.sorted(by: { $0.key < $1.key }) {
        guard let quote = evidence.quotes.first(where: { $0.quote.file == file }) else { continue }
        let supposed = chains.lazy.compactMap { $0.suppositions[file] }.first ?? 0
        if let firmware = suppositions.all[supposed].firmware {
          alone += matchesOfFirmware(firmware, logs: logs, quote: quote, values: values)
        }
        if let follower { alone += follower.matches(byDigest: quote, values: values) }
      }
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
  /// values tell which it is, each that leaves other values.
  private static func candidates(_ logs: [CorrelatedEventLog], quotes: [VerifiedQuote]) -> [EventLogReplay] {
    let firmware = logs.filter { $0.place == .firmware }
    guard let best = firmware.max(by: { $0.foundCount < $1.foundCount }) else { return [] }
    guard best.foundCount == 0, quotes.contains(where: { $0.provenRegisters == nil }) else { return [best.replay] }
    var distinct: [EventLogReplay] = []
    for log in firmware
    where distinct.count < candidateLimit && !distinct.contains(where: { $0.values == log.replay.values }) {
      distinct.append(log.replay)
    }
    return distinct
  }

  /// The firmware writes one log a boot, so copies that differ contradict each other: one that no quote agrees with was
  /// altered, and so was one with other data under the same digests. A log of which neither can be said, or that differs
  /// in many registers, may be of another boot.
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
      let pairs = its.flatMap { place, events in
        // A record more or less of those that extend nothing shifts the others, and says nothing.
        place == .none && own[place]?.count != events.count ? [] : Array(zip(own[place] ?? [], events))
      }
      let hasSameDigests = pairs.allSatisfy { $0.digestBytes == $1.digestBytes }
      let mismatches = other.matches.contains { if case .mismatch = $0.outcome { true } else { false } }
      let record =
        if hasSameDigests, let first = pairs.filter({ !$0.isSameEvent(as: $1) }).map(\.1.index).min() {
          first as Int?
        } else if mismatches {
          zip(main.replay.extends, other.replay.extends).first { !$0.isSameEvent(as: $1) }?.1.index
        } else {
          nil as Int?
        }
      return record.map { Divergence(list: main.file, other: other.file, record: $0) }
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

/// The first part of a log of user space that explains the digest of a quote together with the firmware's log.
private func userSpaceByDigest(
  _ quote: VerifiedQuote, _ firmware: EventLogReplay, _ logs: [CorrelatedEventLog]
) -> (log: CorrelatedEventLog, values: RegisterValues)? {
  for log in logs {
    var found: RegisterValues?
    _ = log.replay.firstPart { values in
      found = valuesOfDigest(quote, firmware.firmwareValues.merged(values.withoutKernelRegister))
      return found != nil
    }
    if let found { return (log, found) }
  }
  return nil
}

/// The values after the first part of the firmware's log that explains the digest of a quote: one from before the last events.
private func firstPartByDigest(_ quote: VerifiedQuote, _ firmware: EventLogReplay) -> RegisterValues? {
  var found: RegisterValues?
  _ = firmware.firstPart { values in
    found = valuesOfDigest(quote, values.withoutKernelRegister)
    return found != nil
  }
  return found
}

/// What the reproduced digest of a quote says about the event log whose values were used.
private func matchesOfFirmware(
  _ firmware: EventLogReplay, logs: [CorrelatedEventLog], quote: VerifiedQuote, values: RegisterValues
) -> [LogMatch] {
  logs.filter { $0.replay.log == firmware.log }.flatMap { log in
    firmware.firmwareValues.banks.compactMap { bank in
      let registers = firmware.firmwareValues.registers(of: bank).filter { register in
        values[bank, register] != nil && values[bank, register] == firmware.firmwareValues[bank, register]
      }
      guard !registers.isEmpty else { return nil }
      let count = firmware.log.events.count
      return LogMatch(
        source: .quote(quote.quote.file), log: log.file, bank: bank, registers: registers,
        outcome: .found(count...count),
        isByDigest: true)
    }
  }
}

extension Event {
  /// The same record, wherever it stands in its file.
  fileprivate func isSameEvent(as other: Event) -> Bool {
    registerIndex == other.registerIndex && recordedType == other.recordedType && data == other.data
      && digests.map(\.bytes) == other.digests.map(\.bytes)
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
