import Digests
import Hashing
import IMALog
import QuoteVerification
import Replay
import TPMStructures

/// The lists of a boot held against every source of values.
public struct CorrelatedChain: Sendable {
  public let chain: ListChain
  public let matches: [LogMatch]
  /// How each bank was extended.
  public let rules: [HashAlgorithm: ExtendRule.Digest]
  /// What the longest list replays to, by bank.
  public let values: RegisterValues
  public let extendedRegisters: [Int]
  public let templateHashMismatches: [Int]
  public let violations: [Int]
  /// Indexes of boot_aggregates behind the first record: kernels that were started by kexec.
  public let kernelStarts: [Int]
  /// Number of records for registers that no TPM has.
  public let recordCountBeyondRegisters: Int
  /// Values of quotes known only by their digest, where the replay reproduced it.
  public let replayedRegisters: [String: RegisterValues]
  /// Of such a quote the supposition about event logs that gave its digest.
  let suppositions: [String: Int]
  /// Why nothing could be replayed; nil when it could.
  public let failure: String?

  var foundCount: Int { matches.count { $0.found != nil && $0.log == chain.longest.file } }

  init(
    _ chain: ListChain, sources: [(source: ValueSource, values: RegisterValues)], quotes: [VerifiedQuote],
    eventLogs: EventLogSuppositions, jobs: Int
  ) {
    var search = ChainSearch(chain: chain, sources: sources, quotes: quotes, eventLogs: eventLogs, jobs: jobs)
    search.run()
    self.chain = chain
    matches = search.matches
    rules = search.rules
    values = search.values
    extendedRegisters = search.extendedRegisters
    templateHashMismatches = search.templateHashMismatches
    violations = search.violations
    kernelStarts = chain.longest.log.kernelStarts
    recordCountBeyondRegisters = search.recordCountBeyondRegisters
    replayedRegisters = search.replayedRegisters
    suppositions = search.suppositions
    failure = search.failure
  }
}

/// The passes over the longest list of a chain: one with the plain rule, and one more only for what it left open.
private struct ChainSearch {
  let chain: ListChain
  let sources: [(source: ValueSource, values: RegisterValues)]
  let quotes: [VerifiedQuote]
  let eventLogs: EventLogSuppositions
  let jobs: Int

  var matches: [LogMatch] = []
  var rules: [HashAlgorithm: ExtendRule.Digest] = [:]
  var values = RegisterValues()
  var extendedRegisters: [Int] = []
  var templateHashMismatches: [Int] = []
  var violations: [Int] = []
  var recordCountBeyondRegisters = 0
  var replayedRegisters: [String: RegisterValues] = [:]
  var suppositions: [String: Int] = [:]
  /// Nothing that could give the digest of a quote was left out.
  private var areAllTried = true
  var failure: String?

  /// Ranges in which the values of a source and bank held, per way of extending.
  private var ranges: [Key: ReplayedMeasurements.TargetMatch] = [:]

  private struct Key: Hashable {
    var source: Int
    var bank: HashAlgorithm
    var digest: ExtendRule.Digest
  }

  init(
    chain: ListChain, sources: [(source: ValueSource, values: RegisterValues)], quotes: [VerifiedQuote],
    eventLogs: EventLogSuppositions, jobs: Int
  ) {
    self.chain = chain
    self.sources = sources
    self.quotes = quotes
    self.eventLogs = eventLogs
    self.jobs = jobs
  }

  private var list: MeasurementList { chain.longest.log }

  mutating func run() {
    let banks = wantedBanks
    do throws(MeasurementReplay.Failure) {
      try firstPass(banks)
      try paddedPass(banks)
      try digestPass(.plain, eventLogs.wholes)
      try digestPass(.paddedSHA1, eventLogs.wholes)
      let parts = eventLogs.wholes.upperBound..<eventLogs.all.count
      try digestPass(.plain, parts)
      try digestPass(.paddedSHA1, parts)
      try unmatched()
    } catch {
      failure = "\(error)"
      return
    }
    for (index, source) in sources.enumerated() {
      let all = source.values.banks.filter { banks.contains($0) }.flatMap { listMatches(index, $0) }
      let covered = all.filter { $0.outcome != .notCovered }
      matches += covered.isEmpty ? Array(all.prefix(1)) : covered
    }
  }

  /// Banks that some quote or snapshot speaks of, and SHA-1 and SHA-256 in any case.
  private var wantedBanks: [HashAlgorithm] {
    var banks: Set<HashAlgorithm> = [.sha1, .sha256]
    for source in sources { banks.formUnion(source.values.banks) }
    for quote in quotes {
      for bank in quote.information?.selection.banks ?? [] { if let known = bank.algorithm { banks.insert(known) } }
    }
    return banks.filter { $0.digest(of: []) != nil }.sorted()
  }

  // MARK: Passes

  private mutating func firstPass(_ banks: [HashAlgorithm]) throws(MeasurementReplay.Failure) {
    let result = try replay(banks.map { ExtendRule($0) }, only: nil)
    extendedRegisters = result.extendedRegisters
    templateHashMismatches = result.templateHashMismatches
    violations = result.violations
    recordCountBeyondRegisters = result.recordCountBeyondRegisters
    for (bank, byRegister) in zip(banks, result.values) {
      rules[bank] = .plain
      for (register, value) in byRegister { values[bank, register] = value }
    }
  }

  /// Tries padded SHA-1 in the banks in which the plain rule gave no source its value.
  private mutating func paddedPass(_ banks: [HashAlgorithm]) throws(MeasurementReplay.Failure) {
    let open = banks.filter { bank in
      bank != .sha1 && sources.indices.contains { covers($0, bank) }
        && !sources.indices.contains { combined($0, bank, .plain) != nil }
    }
    guard !open.isEmpty else { return }
    let result = try replay(open.map { ExtendRule($0, .paddedSHA1) }, only: Set(open))
    for (bank, byRegister) in zip(open, result.values)
    where sources.indices.contains(where: { combined($0, bank, .paddedSHA1) != nil }) {
      rules[bank] = .paddedSHA1
      for (register, value) in byRegister { values[bank, register] = value }
    }
  }

  private mutating func replay(
    _ rules: [ExtendRule], only banks: Set<HashAlgorithm>?
  ) throws(MeasurementReplay.Failure) -> ReplayedMeasurements {
    var targets: [RegisterTarget] = []
    var keys: [String: Key] = [:]
    for (index, source) in sources.enumerated() {
      for (ruleIndex, rule) in rules.enumerated() {
        var wanted: [Int: [UInt8]] = [:]
        for register in source.values.registers(of: rule.bank) { wanted[register] = source.values[rule.bank, register] }
        guard !wanted.isEmpty else { continue }
        let id = "\(index)/\(ruleIndex)"
        keys[id] = Key(source: index, bank: rule.bank, digest: rule.digest)
        targets.append(RegisterTarget(id: id, rule: ruleIndex, values: wanted))
      }
    }
    let result = try MeasurementReplay(rules: rules, targets: targets, jobs: jobs).run(list)
    for (id, match) in result.matches { if let key = keys[id] { ranges[key] = match } }
    return result
  }

  // MARK: Quotes known by their digest only

  /// Quotes that nothing explained so far.
  private var openQuotes: [VerifiedQuote] {
    quotes.filter { quote in
      quote.provenRegisters == nil && replayedRegisters[quote.quote.file] == nil
        && quote.information.map { !$0.selection.isEmpty } == true
    }
  }

  /// Hash operations of one pass: each supposition about each quote costs one for each record.
  private static let hashLimit = 24_000_000

  /// So many suppositions about each of these quotes are tried in one pass.
  private func share(of quotes: [VerifiedQuote]) -> Int {
    max(1, Self.hashLimit / max(1, list.count) / max(1, quotes.count))
  }

  /// How the list was extended.
  private func rules(_ digest: ExtendRule.Digest) -> [ExtendRule] {
    wantedBanks.map { ExtendRule($0, $0 == .sha1 ? .plain : digest) }
  }

  private mutating func digestPass(
    _ digest: ExtendRule.Digest, _ supposed: Range<Int>
  ) throws(MeasurementReplay.Failure) {
    let open = openQuotes
    let tried = supposed.prefix(share(of: open))
    let matches = try matches(of: open, tried.map { ($0, eventLogs.all[$0].values) }, rules(digest))
    for quote in open {
      let found = tried.lazy.compactMap { index in matches[Self.id(quote, index)].map { (index, $0) } }.first
      guard let (index, range) = found else { continue }
      try explain(quote, range: range, digest: digest, eventLogs.all[index].values)
      suppositions[quote.quote.file] = index
    }
    if tried.count < supposed.count { areAllTried = areAllTried && openQuotes.isEmpty }
  }

  /// The records that give digests together with what is supposed of event logs, by the quote and the number of the supposition.
  private func matches(
    of open: [VerifiedQuote], _ supposed: [(index: Int, values: RegisterValues?)], _ rules: [ExtendRule]
  ) throws(MeasurementReplay.Failure) -> [String: ClosedRange<Int>] {
    var targets: [CompositeTarget] = []
    for quote in open {
      for (index, values) in supposed {
        guard var target = target(quote, rules: rules, eventLogs: values) else { continue }
        target.id = Self.id(quote, index)
        targets.append(target)
      }
    }
    guard !targets.isEmpty else { return [:] }
    return try MeasurementReplay(rules: rules, compositeTargets: targets, jobs: jobs).run(list).compositeMatches
  }

  private static func id(_ quote: VerifiedQuote, _ supposition: Int) -> String { "\(supposition) \(quote.quote.file)" }

  private func target(
    _ quote: VerifiedQuote, rules: [ExtendRule], eventLogs: RegisterValues?
  ) -> CompositeTarget? {
    guard let information = quote.information, let algorithm = quote.digestAlgorithm else { return nil }
    var pieces: [CompositeTarget.Piece] = []
    for (bank, register) in information.selection.order {
      guard let bank, let rule = rules.firstIndex(where: { $0.bank == bank }) else { return nil }
      if extendedRegisters.contains(register) {
        pieces.append(.register(rule: rule, register: register))
      } else {
        pieces.append(.fixed(eventLogs?[bank, register] ?? resetValue(ofRegister: register, bank: bank)))
      }
    }
    return CompositeTarget(id: quote.quote.file, algorithm: algorithm, pieces: pieces, digest: information.digest)
  }

  /// The digest was reproduced after `range` records: the values follow.
  private mutating func explain(
    _ quote: VerifiedQuote, range: ClosedRange<Int>, digest: ExtendRule.Digest, _ eventLogs: RegisterValues?
  ) throws(MeasurementReplay.Failure) {
    guard let information = quote.information else { return }
    let banks = Set(information.selection.order.compactMap(\.bank)).sorted()
    let rules = banks.map { ExtendRule($0, $0 == .sha1 ? .plain : digest) }
    let result = try MeasurementReplay(
      rules: rules, until: range.lowerBound, jobs: jobs
    ).run(list)
    var known = RegisterValues()
    for (bank, register) in information.selection.order {
      guard let bank, let index = banks.firstIndex(of: bank) else { continue }
      known[bank, register] =
        (extendedRegisters.contains(register) ? result.values[index][register] : nil)
        ?? eventLogs?[bank, register] ?? resetValue(ofRegister: register, bank: bank)
    }
    replayedRegisters[quote.quote.file] = known
    for (bank, rule) in zip(banks, rules) {
      let registers = known.registers(of: bank).filter { extendedRegisters.contains($0) }
      guard !registers.isEmpty else { continue }
      matches.append(
        LogMatch(
          source: .quote(quote.quote.file), log: chain.longest.file, bank: bank, registers: registers,
          rule: rule.digest, outcome: .found(range), isByDigest: true))
    }
  }

  /// Digests that nothing reproduced, over banks that are known.
  private mutating func unmatched() throws(MeasurementReplay.Failure) {
    let open = openQuotes.filter { target($0, rules: rules(.plain), eventLogs: nil) != nil }
    guard !open.isEmpty else { return }
    let excused = try excused(open)
    let isCut = eventLogs.isCut || !areAllTried || share(of: open) < eventLogs.excused.count
    for quote in open {
      let isExcused = excused.contains(quote.quote.file)
      matches += unmatched(quote, isExcused ? Self.excuse : isCut ? Self.cut : nil)
    }
  }

  private static let excuse =
    "what no log has: the digest is given with another start of the TPM, the end of the boot services, or what an operating system extends behind the firmware's events (systemd's tpm2-measure.log may say so)"
  private static let cut =
    "an answer: there are more logs, or first parts of logs, that may give the digest than were tried"

  /// A mismatch only when every register that the digest covers has a log.
  ///
  /// - parameter missing: why nothing can be said of the digest all the same.
  private func unmatched(_ quote: VerifiedQuote, _ missing: String?) -> [LogMatch] {
    guard let information = quote.information else { return [] }
    var open: Set<Int> = []
    for (bank, register) in information.selection.order {
      guard let bank, !extendedRegisters.contains(register) else { continue }
      let isExtendedFurther = !eventLogs.hasUserSpaceLog && extendedByUserSpace.contains(register)
      if isExtendedFurther || eventLogs.all[0].values?[bank, register] == nil { open.insert(register) }
    }
    let missing =
      open.isEmpty
      ? missing
      : "the values of PCR \(open.sorted().map(String.init).joined(separator: ", ")), which no log explains"
    let banks = Set(information.selection.order.compactMap(\.bank)).sorted()
    return banks.compactMap { bank in
      let registers = information.selection.order.filter { $0.bank == bank }.map(\.register)
        .filter { extendedRegisters.contains($0) }
      guard !registers.isEmpty else { return nil }
      let outcome: LogMatch.Outcome =
        missing.map { .undetermined(missing: $0) } ?? .mismatch(registers: registers)
      return LogMatch(
        source: .quote(quote.quote.file), log: chain.longest.file, bank: bank, registers: registers, outcome: outcome,
        isByDigest: true)
    }
  }

  /// Quotes whose digest some part of the list gives with something that no log has.
  private func excused(_ open: [VerifiedQuote]) throws(MeasurementReplay.Failure) -> Set<String> {
    let supposed = eventLogs.excused.prefix(share(of: open)).enumerated().map {
      (index: $0, values: $1 as RegisterValues?)
    }
    var found: Set<String> = []
    for digest in [ExtendRule.Digest.plain, .paddedSHA1] {
      let matches = try matches(of: open, supposed, rules(digest))
      for quote in open where supposed.contains(where: { matches[Self.id(quote, $0.index)] != nil }) {
        found.insert(quote.quote.file)
      }
    }
    return found
  }

  // MARK: Matches

  private func covers(_ source: Int, _ bank: HashAlgorithm) -> Bool {
    extendedRegisters.contains { sources[source].values[bank, $0] != nil }
  }

  private func combined(_ source: Int, _ bank: HashAlgorithm, _ digest: ExtendRule.Digest) -> ClosedRange<Int>? {
    ranges[Key(source: source, bank: bank, digest: digest)]?.combined
  }

  /// What a source says of the longest list, and of the shorter ones from which it was seen to grow.
  private func listMatches(_ source: Int, _ bank: HashAlgorithm) -> [LogMatch] {
    let rule = rules[bank] ?? .plain
    let values = sources[source].values
    let registers = extendedRegisters.filter { values[bank, $0] != nil }
    var match = LogMatch(
      source: sources[source].source, log: chain.longest.file, bank: bank, registers: registers, rule: rule,
      outcome: .notCovered)
    guard !registers.isEmpty else { return [match] }
    guard let range = combined(source, bank, rule) else {
      let found = ranges[Key(source: source, bank: bank, digest: rule)]?.ranges ?? [:]
      let never = registers.filter { found[$0] == nil }
      let wrong = never.isEmpty ? registers : never
      match.outcome = .mismatch(registers: wrong)
      for register in wrong { match.observed[register] = values[bank, register] }
      return [match]
    }
    match.outcome = .found(range)
    let folder = match.source.file.split(separator: "/").dropLast().joined(separator: "/")
    let shorter = chain.members.dropFirst().filter { $0.capture == folder }.map { member in
      var own = match
      own.log = member.file
      let count = member.log.count
      own.outcome =
        range.lowerBound > count ? .endsBeforeSource : .found(range.lowerBound...min(range.upperBound, count))
      return own
    }
    return [match] + shorter
  }
}
