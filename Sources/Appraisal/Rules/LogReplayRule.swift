import ByteReading
import Correlation
import Digests
import IMALog
import QuoteVerification
import Replay
import TCGEventLog

/// Each quoted value is what the logs replay to, and each log is covered by a quote.
///
/// A prefix is enough: a log goes on growing after the quote. Every bank counts by itself, and a match in one never
/// excuses another. What follows the proven part is present, not proven.
///
/// Source: TCG PC Client Platform Firmware Profile, section 10.4; Linux, security/integrity/ima/ima_queue.c (records
/// are appended before they are extended).
public struct LogReplayRule {
  public static let id = "log.replay"

  public init() {}

  /// - parameter authentic: files of quotes whose signature verifies: what they cover must be explained.
  /// - parameter proving: those among them that may prove a log.
  /// - parameter emptyLogs: archived event logs and lists without a byte.
  /// - parameter staleLogs: event logs that give the values of another boot, by path, with what to call that boot.
  /// - parameter tampering: what is known of lists that do not replay.
  public func appraise(
    _ correlation: BootCorrelation, authentic: Set<String>, proving: Set<String>, emptyLogs: [String],
    staleLogs: [String: String] = [:], tampering: [ListTampering] = []
  ) -> [Finding] {
    correlation.eventLogs.flatMap { log in
      eventLog(
        log, matches: correlation.matches.filter { $0.log == log.file }, proving, otherBoot: staleLogs[log.file],
        altered: correlation.divergences.first { divergence in
          divergence.other == log.file
            && correlation.matches.contains { $0.log == divergence.list && $0.found != nil }
        }?.record)
    }
      + correlation.chains.flatMap { chain in
        list(
          chain, matches: correlation.matches.filter { $0.log == chain.chain.longest.file }, proving, correlation,
          tampering.filter { $0.file == chain.chain.longest.file }) + resettable(chain)
      } + digests(correlation) + missing(correlation.unexplained.filter { authentic.contains($0.quote) }, emptyLogs)
  }

  /// A quote of registers that any program may reset shows what the last one extended, not what ran.
  private func resettable(_ chain: CorrelatedChain) -> [Finding] {
    let registers = chain.extendedRegisters.filter(isResettableByAnyone)
    guard !registers.isEmpty else { return [] }
    return [
      Finding(
        .logUnprovenRecords, file: chain.chain.longest.file,
        message:
          "Records of the list are for PCR \(registerText(registers)), which any program may reset and extend anew: no quote proves them."
      )
    ]
  }

  // MARK: Event logs

  /// - parameter otherBoot: the boot whose values the log gives.
  /// - parameter altered: the first event that differs from a log of the boot that more quotes agree with.
  private func eventLog(
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
      return Finding(
        .logReplayMismatch, severity: !accuses ? .notice : isOfAnotherBoot ? .warning : nil,
        effect: !accuses ? Effect.none : isOfAnotherBoot ? .inconclusive : nil,
        file: log.file, record: altered, range: altered.map { $0...$0 } ?? 0...max(0, count - 1),
        message:
          "No first part of the event log gives the value of PCR \(list(registers)) in the \(bank.name) bank that \(name(sources)) \(sources.count == 1 ? "holds" : "hold"): \(cause(log, otherBoot)).\(more)",
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

  private func cause(_ log: CorrelatedEventLog, _ otherBoot: String?) -> String {
    if let otherBoot {
      return
        "the log is that of another boot, \(otherBoot), whose values it gives, as after hibernation; the log of this boot is missing"
    }
    if log.isOfAnotherBoot {
      return
        "another event log gives all these values, so this one is of another boot or machine, or a copy altered in many places"
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

  // MARK: Lists

  private func list(
    _ chain: CorrelatedChain, matches: [LogMatch], _ authentic: Set<String>, _ correlation: BootCorrelation,
    _ tampering: [ListTampering]
  ) -> [Finding] {
    let list = chain.chain.longest
    let count = list.log.count
    let proven = provenRecords(matches, authentic) ?? 0
    let altered = firstAltered(chain, from: proven, correlation)
    var findings = mismatches(matches).map { bank, registers, sources in
      let told = tampering.filter { registers.contains($0.register) }
      let place = told.changed
      return Finding(
        .logReplayMismatch, severity: anyQuote(sources) ? nil : .notice, effect: anyQuote(sources) ? nil : Effect.none,
        file: list.file, record: place?.lowerBound ?? altered,
        range: place ?? altered.map { $0...$0 } ?? proven...max(proven, count),
        message: mismatchText(
          chain, bank: bank, registers: registers, sources: sources, proven: proven, altered: altered, told),
        expected: observed(matches, bank), actual: calculated(chain.values, bank, registers))
    }
    findings += tampering.filter(\.isHeadMissing).map { told in
      Finding(.imaHeadMissing, file: list.file, record: 0, message: told.conclusion ?? told.intervalReason)
    }
    if let failure = chain.failure {
      findings.append(
        Finding(
          .logReplayMismatch, severity: .warning, effect: .inconclusive, file: list.file,
          message: "The list was not replayed: \(failure)."))
    }
    if chain.recordCountBeyondRegisters > 0 {
      findings.append(
        Finding(
          .logUnprovenRecords, file: list.file,
          message:
            "\(chain.recordCountBeyondRegisters) records name registers above 23, which no TPM has: no quote proves them."
        ))
    }
    findings += disagreement(matches, file: list.file)
    findings += coverage(
      file: list.file, count: count, what: "record", matches: matches, authentic: authentic,
      allRegisters: Dictionary(uniqueKeysWithValues: chain.values.banks.map { ($0, chain.extendedRegisters) }))
    return findings
  }

  private func mismatchText(
    _ chain: CorrelatedChain, bank: HashAlgorithm, registers: [Int], sources: [ValueSource], proven: Int, altered: Int?,
    _ tampering: [ListTampering]
  ) -> String {
    let count = chain.chain.longest.log.count
    let tested =
      bank == .sha1
      ? "every number of records from 0 to \(count)"
      : "every number of records from 0 to \(count), with the \(bank.name) template hash and with the SHA-1 one padded with zeros"
    let place: String
    if !tampering.isEmpty {
      place = tampering.map { told in
        guard let conclusion = told.conclusion else { return testedChanges(told) + " " + told.intervalReason }
        return "\(conclusion) \(told.intervalReason)"
      }.joined(separator: " ")
    } else if let altered {
      place = "The first altered record is \(altered)."
    } else if proven > 0 {
      place =
        "Another quote proves the first \(proven) records, so record \(proven) or a later one was altered, or records are missing behind the last, \(count - 1)."
    } else {
      place =
        "No quote proves a part of the list: any record was altered, or records are missing behind the last, \(count - 1)."
    }
    return
      "No first part of the list gives PCR \(list(registers)) in the \(bank.name) bank as \(name(sources)) \(sources.count == 1 ? "holds" : "hold") it. Tested: \(tested). \(place)"
  }

  /// The changes that were tested and do not give the value.
  private func testedChanges(_ told: ListTampering) -> String {
    let refuted = told.hypotheses.filter { $0.outcome == .refuted }.map(\.name)
    let open = told.hypotheses.filter { $0.outcome == .notExhausted }.map(\.name)
    let first = refuted.isEmpty ? "" : " Single changes that do not give it: \(refuted.joined(separator: ", "))."
    let second = open.isEmpty ? "" : " Not all tried: \(open.joined(separator: ", "))."
    return "What was done is not known." + first + second
  }

  /// The first record that is known to be altered: a template hash that is not the record's, or the first difference
  /// from a list that quotes prove.
  private func firstAltered(_ chain: CorrelatedChain, from proven: Int, _ correlation: BootCorrelation) -> Int? {
    let hash = chain.templateHashMismatches.first
    let difference = correlation.divergences.first { divergence in
      divergence.other == chain.chain.longest.file
        && correlation.matches.contains { $0.log == divergence.list && $0.found != nil }
    }?.record
    return [hash, difference].compactMap { $0 }.filter { $0 >= proven }.min()
  }

  /// Both banks of one quote grow with the same records, so their prefixes must meet.
  private func disagreement(_ matches: [LogMatch], file: String) -> [Finding] {
    var bySource: [ValueSource: [LogMatch]] = [:]
    for match in matches where match.found != nil { bySource[match.source, default: []].append(match) }
    return bySource.sorted { $0.key.file < $1.key.file }.compactMap { source, matches in
      guard case .quote = source else { return nil }
      let lower = matches.compactMap { $0.found?.lowerBound }.max() ?? 0
      let upper = matches.compactMap { $0.found?.upperBound }.min() ?? 0
      guard lower > upper else { return nil }
      return Finding(
        .logReplayMismatch, file: file, range: upper...lower,
        message:
          "The banks of \(source.file) fit different numbers of records, though each record extends all banks at once.",
        expected: "one number of records",
        actual: matches.map { "\($0.bank.name): \($0.found?.lowerBound ?? 0)" }.joined(separator: ", "))
    }
  }

  // MARK: Both

  /// Number of records that the best authentic quote proves.
  private func provenRecords(_ matches: [LogMatch], _ authentic: Set<String>) -> Int? {
    matches.filter { isAuthentic($0.source, authentic) }.compactMap { $0.found?.lowerBound }.max()
  }

  private func isAuthentic(_ source: ValueSource, _ authentic: Set<String>) -> Bool {
    guard case .quote(let file) = source else { return false }
    return authentic.contains(file)
  }

  private func mismatches(_ matches: [LogMatch]) -> [(HashAlgorithm, [Int], [ValueSource])] {
    var groups: [HashAlgorithm: [Bool: (registers: Set<Int>, sources: [ValueSource])]] = [:]
    for match in matches {
      guard case .mismatch(let registers) = match.outcome, !match.isByDigest else { continue }
      let isQuote = if case .quote = match.source { true } else { false }
      groups[match.bank, default: [:]][isQuote, default: ([], [])].registers.formUnion(registers)
      groups[match.bank, default: [:]][isQuote, default: ([], [])].sources.append(match.source)
    }
    return groups.sorted { $0.key < $1.key }.flatMap { bank, kinds in
      [true, false].compactMap { isQuote in
        kinds[isQuote].map { (bank, $0.registers.sorted(), $0.sources) }
      }
    }
  }

  /// The quoted values that do not match, of the first quote that has any.
  private func observed(_ matches: [LogMatch], _ bank: HashAlgorithm, _ registers: [Int]? = nil) -> String? {
    let counts = { (match: LogMatch) in
      match.observed.filter { registers?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
    }
    let match = matches.first { $0.bank == bank && !counts($0).isEmpty }
    return match.map { text(counts($0)) + " (\($0.source.file))" }
  }

  /// What the whole log replays to in the same registers.
  private func calculated(_ values: RegisterValues, _ bank: HashAlgorithm, _ registers: [Int]) -> String {
    text(registers.compactMap { register in values[bank, register].map { (register, $0) } }) + " (the whole log)"
  }

  private func text(_ values: [(key: Int, value: [UInt8])]) -> String {
    values.map { "PCR \($0.key) \(hexText($0.value))" }.joined(separator: ", ")
  }

  private func anyQuote(_ sources: [ValueSource]) -> Bool {
    sources.contains { if case .quote = $0 { true } else { false } }
  }

  private func coverage(
    file: String, count: Int, what: String, matches: [LogMatch], authentic: Set<String>,
    allRegisters: [HashAlgorithm: [Int]]
  ) -> [Finding] {
    guard count > 0 else { return [] }
    let good = matches.filter { isAuthentic($0.source, authentic) && $0.found != nil }
    let proven = good.compactMap { $0.found?.lowerBound }.max() ?? 0
    guard proven > 0 else {
      // A mismatch says more than that nothing is proven; and what is the beginning of another log is told of that one.
      let isToldElsewhere = matches.contains { match in
        switch match.outcome {
        case .mismatch, .endsBeforeSource: true
        case .found, .notCovered, .undetermined: false
        }
      }
      if isToldElsewhere { return [] }
      return [
        Finding(
          .logNotQuoted, file: file, range: 0...(count - 1),
          message: good.isEmpty
            ? "No authentic quote covers this log: its \(count) \(what)s are present, not proven."
            : "The quotes hold the registers as they were before the first of the log's \(count) \(what)s: all are present, not proven."
        )
      ]
    }
    var findings: [Finding] = []
    let reach = good.compactMap { $0.found?.upperBound }.max() ?? proven
    if reach < count {
      findings.append(
        Finding(
          .logUnquotedRecords, file: file, record: proven, range: proven...(count - 1),
          message: "\(count - proven) \(what)s from index \(proven) on follow the last quote: present, not proven."))
    }
    let covered = Set(good.flatMap(\.registers))
    let all = Set(allRegisters.values.flatMap { $0 })
    let open = all.subtracting(covered).sorted()
    if !open.isEmpty {
      // Records of a list say what ran, and one that no quote covers could be left out. The events of a register that
      // nobody quoted are claims beside what is proven, and take nothing from it.
      findings.append(
        Finding(
          .logNotQuoted, effect: what == "event" ? Effect.none : nil, file: file,
          message:
            "No quote that counts covers PCR \(list(open)), which the log extends: those \(what)s are present, not proven."
        ))
    }
    let strongest = good.map(\.bank.digestByteCount).max() ?? 0
    let stronger = allRegisters.keys.filter { $0.digestByteCount > strongest }.sorted()
    if what == "event", strongest <= HashAlgorithm.sha1.digestByteCount, !stronger.isEmpty {
      findings.append(
        Finding(
          .logNotQuoted, file: file,
          message:
            "Only the SHA-1 bank is quoted: the log's \(stronger.map(\.name).joined(separator: ", ")) digests are present, not proven."
        ))
    }
    return findings
  }

  /// Quotes of which only the digest is known, over registers that all have a log, and no part of the logs gives it.
  private func digests(_ correlation: BootCorrelation) -> [Finding] {
    let failed = correlation.matches.filter { match in
      guard match.isByDigest, correlation.replayedRegisters[match.source.file] == nil, case .mismatch = match.outcome
      else { return false }
      return true
    }
    return Set(failed.map(\.source.file)).sorted().map { file in
      Finding(
        .logReplayMismatch, file: file,
        message:
          "No first part of the list gives, together with the event log, values that hash to the digest of \(file): a log was altered, or is of another boot. A digest alone does not tell which log."
      )
    }
  }

  private func missing(_ registers: [BootCorrelation.UnexplainedRegister], _ emptyLogs: [String]) -> [Finding] {
    missing(registers.filter { !isResettableByAnyone($0.register) }, emptyLogs, effect: nil)
      + missing(registers.filter { isResettableByAnyone($0.register) }, [], effect: Effect.none)
  }

  private func missing(
    _ missing: [BootCorrelation.UnexplainedRegister], _ emptyLogs: [String], effect: Effect?
  ) -> [Finding] {
    var byBank: [HashAlgorithm: (registers: Set<Int>, quotes: Set<String>)] = [:]
    for place in missing {
      byBank[place.bank, default: ([], [])].registers.insert(place.register)
      byBank[place.bank, default: ([], [])].quotes.insert(place.quote)
    }
    let empty =
      emptyLogs.isEmpty
      ? ""
      : " \(emptyLogs.sorted().joined(separator: ", ")) \(emptyLogs.count == 1 ? "is" : "are") empty: absent evidence, not a mismatch."
    return byBank.sorted { $0.key < $1.key }.map { bank, entry in
      let registers = entry.registers.sorted()
      let known = registers.compactMap { register in
        missing.first { $0.bank == bank && $0.register == register && !$0.phases.isEmpty }.map { (register, $0.phases) }
      }
      let alone = Dictionary(grouping: known, by: \.1).sorted { ($0.value[0].0) < ($1.value[0].0) }.map {
        phases, places in
        " PCR \(list(places.map(\.0))) \(places.count == 1 ? "has" : "have") the value that \(phases.joined(separator: ", ")) of systemd \(phases.count == 1 ? "gives" : "give") alone."
      }.joined()
      return Finding(
        .logMissing, effect: effect, file: entry.quotes.min(),
        message:
          "PCR \(list(registers)) of the \(bank.name) bank \(registers.count == 1 ? "is" : "are") away from the reset value, and no log explains \(registers.count == 1 ? "it" : "them").\(alone)\(empty)",
        expected: "a log that extends PCR \(list(registers))", actual: "none")
    }
  }

  private func name(_ sources: [ValueSource]) -> String {
    let files = sources.map(\.file).sorted()
    guard files.count > 3 else { return files.joined(separator: ", ") }
    return files.prefix(3).joined(separator: ", ") + " and \(files.count - 3) more"
  }

  private func list(_ registers: [Int]) -> String { registerText(registers) }
}

extension [ListTampering] {
  /// First and last record of what is known to have been changed; nil when nothing is.
  fileprivate var changed: ClosedRange<Int>? {
    let intervals = filter { $0.conclusion != nil }.compactMap(\.interval)
    guard let first = intervals.map(\.lowerBound).min(), let last = intervals.map(\.upperBound).max() else {
      return nil
    }
    return first...Swift.max(first, last - 1)
  }
}

/// Register indexes as text, runs joined: `0-9, 14`.
public func registerText(_ registers: [Int]) -> String {
  var runs: [ClosedRange<Int>] = []
  for register in registers.sorted() {
    if let last = runs.last, last.upperBound + 1 >= register {
      runs[runs.count - 1] = last.lowerBound...max(last.upperBound, register)
    } else {
      runs.append(register...register)
    }
  }
  return runs.map { run in
    run.count == 1
      ? "\(run.lowerBound)"
      : run.count == 2 ? "\(run.lowerBound), \(run.upperBound)" : "\(run.lowerBound)-\(run.upperBound)"
  }.joined(separator: ", ")
}
