import ByteReading
import Correlation
import Digests
import Replay

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

  // MARK: Event logs and lists

  /// Number of records that the best authentic quote proves.
  func provenRecords(_ matches: [LogMatch], _ authentic: Set<String>) -> Int? {
    matches.filter { isAuthentic($0.source, authentic) }.compactMap { $0.found?.lowerBound }.max()
  }

  func isAuthentic(_ source: ValueSource, _ authentic: Set<String>) -> Bool {
    guard case .quote(let file) = source else { return false }
    return authentic.contains(file)
  }

  func mismatches(_ matches: [LogMatch]) -> [(HashAlgorithm, [Int], [ValueSource])] {
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
  func observed(_ matches: [LogMatch], _ bank: HashAlgorithm, _ registers: [Int]? = nil) -> String? {
    let counts = { (match: LogMatch) in
      match.observed.filter { registers?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
    }
    let match = matches.first { $0.bank == bank && !counts($0).isEmpty }
    return match.map { text(counts($0)) + " (\($0.source.file))" }
  }

  /// What the whole log replays to in the same registers.
  func calculated(_ values: RegisterValues, _ bank: HashAlgorithm, _ registers: [Int]) -> String {
    text(registers.compactMap { register in values[bank, register].map { (register, $0) } }) + " (the whole log)"
  }

  private func text(_ values: [(key: Int, value: [UInt8])]) -> String {
    values.map { "PCR \($0.key) \(hexText($0.value))" }.joined(separator: ", ")
  }

  func anyQuote(_ sources: [ValueSource]) -> Bool {
    sources.contains { if case .quote = $0 { true } else { false } }
  }

  func coverage(
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
    // Register by register: a stronger bank of one proves nothing of the next.
    let isWeak = { (bank: HashAlgorithm) in bank.digestByteCount <= HashAlgorithm.sha1.digestByteCount }
    let strong = Set(good.filter { !isWeak($0.bank) }.flatMap(\.registers))
    let stronger = allRegisters.keys.filter { !isWeak($0) }.sorted()
    let weak = covered.subtracting(strong).intersection(stronger.flatMap { allRegisters[$0] ?? [] }).sorted()
    if what == "event", !weak.isEmpty {
      let registers = strong.isEmpty ? "" : " of PCR \(list(weak))"
      findings.append(
        Finding(
          .logNotQuoted, file: file,
          message:
            "Only the SHA-1 bank\(registers) is quoted: the log's \(stronger.map(\.name).joined(separator: ", ")) digests\(strong.isEmpty ? "" : " there") are present, not proven."
        ))
    }
    return findings
  }

  func name(_ sources: [ValueSource]) -> String {
    let files = sources.map(\.file).sorted()
    guard files.count > 3 else { return files.joined(separator: ", ") }
    return files.prefix(3).joined(separator: ", ") + " and \(files.count - 3) more"
  }

  func list(_ registers: [Int]) -> String { registerText(registers) }
}
