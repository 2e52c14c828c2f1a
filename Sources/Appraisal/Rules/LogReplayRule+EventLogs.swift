import ByteReading
import Correlation
import Digests
import Replay
import TCGEventLog

extension LogReplayRule {
  /// - parameter otherBoot: the boot whose values the log gives.
  /// - parameter altered: the first event that differs from a log of the boot that more quotes agree with.
  func eventLog(
    _ log: CorrelatedEventLog, matches: [LogMatch], _ authentic: Set<String>, otherBoot: String?, altered: Int?
  ) -> [Finding] {
    let count = log.replay.log.events.count
    // Such a log is none of this boot: what is missing is another.
    let isOfAnotherBoot = log.isOfAnotherBoot || otherBoot != nil
    let contradicting = matches.filter { !$0.isMismatchOfUnloggedExtends }
    var findings = mismatches(contradicting).map { bank, all, sources in
      let accuses = anyQuote(sources)
      // What only unlogged extends change does not accuse.
      let beside = all.filter { register in
        contradicting.contains { $0.bank == bank && $0.unlogged[register] != nil }
          && contradicting.allSatisfy {
            $0.bank != bank || $0.observed[register] == nil || $0.unlogged[register] != nil
          }
      }
      let registers = all.filter { !beside.contains($0) }
      let more =
        beside.isEmpty
        ? ""
        : " PCR \(list(beside)) \(beside.count == 1 ? "is" : "are") explained by what systemd or firmware extends without this log."
      let mayLackEvents = log.mayLackEvents(
        of: registers, bank, by: contradicting.filter { sources.contains($0.source) })
      let isMissing = isOfAnotherBoot || mayLackEvents
      return Finding(
        .logReplayMismatch, severity: !accuses ? .notice : isMissing ? .warning : nil,
        effect: !accuses ? Effect.none : isMissing ? .inconclusive : nil,
        file: log.file, record: altered, range: altered.map { $0...$0 } ?? 0...max(0, count - 1),
        message:
          "No first part of the event log gives the value of PCR \(list(registers)) in the \(bank.name) bank that \(name(sources)) \(sources.count == 1 ? "holds" : "hold"): \(cause(log, mayLackEvents, otherBoot)).\(more)",
        expected: observed(matches, bank, registers), actual: calculated(log.replay.values, bank, registers))
    }
    findings += extendedWithoutLog(log, matches)
    for note in log.replay.notes {
      if let message = text(note) {
        findings.append(
          Finding(.logMalformed, severity: .warning, effect: Effect.none, file: log.file, message: message))
      }
    }
    findings += unproven(log, authentic)
    findings += coverage(
      file: log.file, count: count, what: "event", matches: matches, authentic: authentic,
      allRegisters: Dictionary(
        uniqueKeysWithValues: log.replay.values.banks.map { ($0, log.replay.registers(extendedIn: $0)) }))
    return findings
  }

  /// Every event was extended as the log has it, and something beside them that no log has: that is missing, and nothing altered.
  private func extendedWithoutLog(_ log: CorrelatedEventLog, _ matches: [LogMatch]) -> [Finding] {
    let explained = matches.filter(\.isMismatchOfUnloggedExtends)
    return mismatches(explained).map { bank, registers, sources in
      let accuses = anyQuote(sources)
      var told: [String: [Int]] = [:]
      var isOfUserSpace = false
      for register in registers {
        let extends = explained.lazy.filter { $0.bank == bank && sources.contains($0.source) }
          .compactMap { $0.unlogged[register] }.first
        told[extends?.words ?? "what user space extends without a log", default: []].append(register)
        isOfUserSpace = isOfUserSpace || extends?.constants.isEmpty != true
      }
      let parts = told.sorted { ($0.value[0], $0.key) < ($1.value[0], $1.key) }.map { "PCR \(list($1)) with \($0)" }
      let kept = explained.flatMap(\.unlogged.keys).filter(registers.contains)
      let advice =
        !isOfUserSpace
        ? ""
        : log.place == .userSpace
          ? " It may have been read before the quote was made."
          : " A log of user space, such as systemd's tpm2-measure.log, may say so and was not archived."
      return Finding(
        .logReplayMismatch, severity: accuses ? .warning : .notice, effect: accuses ? .inconclusive : Effect.none,
        file: log.file,
        message:
          "The whole event log gives what \(name(sources)) \(sources.count == 1 ? "holds" : "hold") in the \(bank.name) bank only together with something that the log does not have: \(parts.joined(separator: "; ")). So every event of PCR \(list(Array(Set(kept)))) was extended as the log has it.\(advice)",
        expected: observed(matches, bank), actual: calculated(log.replay.values, bank, registers))
    }
  }

  private func cause(_ log: CorrelatedEventLog, _ mayLackEvents: Bool, _ otherBoot: String?) -> String {
    if let otherBoot {
      return
        "the log is that of another boot, \(otherBoot), whose values it gives, as after hibernation; the log of this boot is missing"
    }
    if log.isOfAnotherBoot {
      return
        "another event log gives all these values, so this one is of another boot or machine, or a copy altered in many places"
    }
    if let cut = log.cut, mayLackEvents {
      let file = cut.file == log.file ? "the file" : "\(cut.file), from which this log goes on,"
      return
        "\(file) ends inside event \(cut.event), so what the machine extended from there on is missing, and nothing shows whether the events before it are unaltered"
    }
    let own = "an event was altered, removed or added, or the log is of another boot"
    return log.place == .userSpace ? own + "; or that is so of the firmware's log, from which this one goes on" : own
  }

  private func isProven(_ index: Int, of log: CorrelatedEventLog, besides bank: HashAlgorithm, by proving: Set<String>)
    -> Bool
  {
    let event = log.replay.log.events[index]
    return log.matches.contains { match in
      guard case .quote(let file) = match.source, proving.contains(file), match.bank != bank, let found = match.found,
        index < found.lowerBound, let register = Int(exactly: event.registerIndex)
      else { return false }
      return match.registers.contains(register) && !match.leftOut.contains(register)
        && event.digests.contains { $0.algorithm == match.bank }
    }
  }

  /// Events that no register value depends on, so that anybody could have written them.
  private func unproven(_ log: CorrelatedEventLog, _ proving: Set<String>) -> [Finding] {
    let indexed = log.replay.log.events.filter { $0.canonical?.nvIndex != nil }.map(\.index)
    let unquotable =
      indexed.isEmpty
      ? []
      : [
        Finding(
          .logUnprovenRecords, file: log.file, record: indexed.first,
          range: (indexed.min() ?? 0)...(indexed.max() ?? 0),
          message:
            "There \(indexed.count == 1 ? "is one record" : "are \(indexed.count) records") of NV indexes, which a quote of registers does not cover: no quote proves \(indexed.count == 1 ? "it" : "them")."
        )
      ]
    return unquotable
      + log.replay.notes.compactMap { note in
        let events: [Int]
        let why: String
        switch note {
        case .digestMissing(let bank, let missing):
          // An agent may write the banks of its own events only: what is proven in another bank is proven.
          events = missing.filter { !isProven($0, of: log, besides: bank, by: proving) }
          guard !events.isEmpty else { return nil }
          why = "without a digest in the \(bank.name) bank"
        case .registerOutOfRange(let event, _):
          // Windows puts its trust point there, as an event that is never extended.
          let record = log.replay.log.events[event]
          guard record.recordedType != .noAction, record.canonical?.nvIndex == nil else { return nil }
          events = [event]
          why = "for a register that no TPM has"
        case .startupLocalityIgnored, .startupLocalityImpossible, .hcrtmIgnored, .noActionWithDigest,
          .bankNotComputable:
          return nil
        }
        return Finding(
          .logUnprovenRecords, file: log.file, record: events.first,
          range: (events.min() ?? 0)...(events.max() ?? 0),
          message:
            "There \(events.count == 1 ? "is one event" : "are \(events.count) events") \(why): no quote proves \(events.count == 1 ? "it" : "them")."
        )
      }
  }

  private func text(_ note: EventLogReplay.Note) -> String? {
    switch note {
    case .startupLocalityIgnored(let event, let locality):
      "Event \(event) says StartupLocality \(locality) after PCR 0 had been extended, or for a second time; it is ignored."
    case .startupLocalityImpossible(let event, let locality):
      "Event \(event) says StartupLocality \(locality), from which no TPM starts; it is ignored."
    case .hcrtmIgnored(let event): "Event \(event) is an H-CRTM event after PCR 0 had been extended; it is ignored."
    case .noActionWithDigest(let event): "Event \(event) is an EV_NO_ACTION with a digest, which is never extended."
    case .registerOutOfRange, .digestMissing, .bankNotComputable: nil
    }
  }
}
