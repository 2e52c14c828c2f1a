import Digests
import Hashing
import IMALog
import Replay

/// Finds where and how the lists of a boot that do not replay were changed.
///
/// A conclusion is given only where a mended list gives the quoted value in every bank that can be compared. Nothing is
/// repaired: the match stays a mismatch.
public struct TamperLocalisation: Sendable {
  /// In the order of the lists, then of the registers, then of the quotes.
  public private(set) var lists: [ListTampering] = []
  private var budget: TamperBudget

  /// - parameter explained: lists that are explained already and need no search, such as those of another boot.
  public init(
    _ correlation: BootCorrelation, evidence: TamperEvidence, explained: [ListTampering] = [],
    budget: TamperBudget = TamperBudget()
  ) {
    lists = explained
    let done = Set(explained.map(\.file))
    self.budget = budget
    var evidence = evidence
    evidence.quotes.sort { ($0.restartCount, $0.clock, $0.file) < ($1.restartCount, $1.clock, $1.file) }
    guard !evidence.quotes.isEmpty else { return }
    for chain in correlation.chains where !done.contains(chain.chain.longest.file) {
      for register in chain.extendedRegisters where Self.mismatches(chain, register, evidence) {
        localise(chain, register: register, correlation: correlation, evidence: evidence)
      }
      lists += Self.shortMembers(chain, correlation, evidence)
    }
  }

  /// Lists of a boot that some of the quotes contradict.
  public static func contradicted(_ correlation: BootCorrelation, by evidence: TamperEvidence) -> [CorrelatedChain] {
    correlation.chains.filter { chain in chain.extendedRegisters.contains { mismatches(chain, $0, evidence) } }
  }

  private static func mismatches(_ chain: CorrelatedChain, _ register: Int, _ evidence: TamperEvidence) -> Bool {
    chain.matches.contains { match in
      guard match.log == chain.chain.longest.file, case .quote(let file) = match.source,
        case .mismatch(let registers) = match.outcome, registers.contains(register)
      else { return false }
      return evidence.quotes.contains { $0.file == file }
    }
  }

  // MARK: One list and register

  /// Quotes between two changes prove the list up to the second once the first is mended, so the search goes on from there.
  private static let roundLimit = 8

  private mutating func localise(
    _ chain: CorrelatedChain, register: Int, correlation: BootCorrelation, evidence: TamperEvidence
  ) {
    let list = chain.chain.longest
    let rules = Self.rules(of: chain, correlation, evidence, register: register)
    guard let base = ExtendSequence(list.log, register: register, rules: rules), base.count > 0 else { return }
    let otherLists =
      correlation.chains.map(\.chain.longest).filter { $0.file != list.file }
      + evidence.copies.filter { $0.log.firstDifference(from: list.log) != nil || $0.log.count > list.log.count }
    let others = otherLists.prefix(Self.otherLimit).compactMap { other in
      ExtendSequence(other.log, register: register, rules: rules).map { TamperSearch.Other(list: other, sequence: $0) }
    }
    var search = TamperSearch(
      list: list, register: register, others: others, evidence: evidence, rules: rules,
      templateHashMismatches: chain.templateHashMismatches, base: base, proven: 0, targets: [], budget: budget)
    defer { budget = search.budget }
    let quotes = search.comparable(evidence.quotes, base)
    var found = search.counts(base, quotes)
    search.proven = found.values.max() ?? 0
    var prover = quotes.last { found[$0.file] == search.proven }
    for round in 0..<Self.roundLimit {
      search.targets = quotes.filter { found[$0.file] == nil }
      guard !search.targets.isEmpty else { return }
      guard !search.comparable(search.targets, search.base).isEmpty else {
        lists.append(Self.incomparable(search))
        return
      }
      let (tested, mended) = Self.test(&search)
      guard let mended, let count = mended.counts.values.max(), let told = Self.told(mended, count, search) else {
        lists.append(
          round == 0
            ? Self.unexplained(search, prover: prover, tested: tested) : Self.unsettled(search, tested: tested))
        return
      }
      lists.append(
        ListTampering(
          file: list.file, register: register, quotes: Self.explained(mended, search), interval: told.interval,
          intervalReason: Self.reason(mended, count, search), conclusion: told.text, isHeadMissing: told.isHeadMissing,
          hypotheses: tested))
      for file in lists[lists.count - 1].quotes { found[file] = count }
      prover = search.targets.last { mended.counts[$0.file] == count }
      search.base = mended.sequence
      search.proven = count
    }
  }

  /// Lists of one boot that contradict each other are few; a case of many copies need not be compared with each.
  private static let otherLimit = 16

  /// How each bank that a quote has was extended: as some match shows, else in both ways that kernels have.
  private static func rules(
    of chain: CorrelatedChain, _ correlation: BootCorrelation, _ evidence: TamperEvidence, register: Int
  ) -> [ExtendRule] {
    let quoted = Set(
      evidence.quotes.flatMap { quote in quote.values.banks.filter { quote.values[$0, register] != nil } })
    let banks = quoted.filter { $0.digest(of: []) != nil }.sorted()
    return banks.flatMap { bank -> [ExtendRule] in
      if bank == .sha1 { return [ExtendRule(.sha1)] }
      let lists = Set(correlation.chains.map(\.chain.longest.file))
      let match = correlation.matches.first { $0.found != nil && $0.bank == bank && lists.contains($0.log) }
      if let match { return [ExtendRule(bank, match.rule)] }
      return [ExtendRule(bank), ExtendRule(bank, .paddedSHA1)]
    }
  }

  /// The cheap ones first, so that the bound is spent on what is left.
  private static let hypotheses: [any TamperHypothesis] = [
    AnotherList(), DataEdited(), TailTrimmed(), HeadTrimmed(), KernelHole(), RecordRemoved(isAnywhere: false),
    FileDigestEdited(), RecordDisguised(), RecordAdded(), PairSwapped(areNeighbours: true), ViolationDisguised(),
    ViolationRemoved(), RecordRemoved(isAnywhere: true), PairSwapped(areNeighbours: false),
  ]

  private static func test(_ search: inout TamperSearch) -> ([TestedHypothesis], TamperSearch.Mended?) {
    var tested: [TestedHypothesis] = []
    for hypothesis in hypotheses {
      let result = hypothesis.test(&search)
      tested.append(result.tested)
      if let mended = result.mended { return (tested, mended) }
    }
    return (tested, nil)
  }

  /// The quotes that the mended list gives. Where a record's data is lost, a bank that needs it can't be compared: quotes of
  /// such banks only are explained with the others when they were made no later.
  private static func explained(_ mended: TamperSearch.Mended, _ search: TamperSearch) -> [String] {
    let comparable = Set(search.comparable(search.targets, mended.sequence).map(\.file))
    guard let last = search.targets.lastIndex(where: { mended.counts[$0.file] != nil }) else { return [] }
    return search.targets.enumerated().compactMap { index, quote in
      mended.counts[quote.file] != nil || (index < last && !comparable.contains(quote.file)) ? quote.file : nil
    }
  }

  // MARK: Words

  private static func told(
    _ mended: TamperSearch.Mended, _ count: Int, _ search: TamperSearch
  ) -> (interval: Range<Int>, text: String, isHeadMissing: Bool)? {
    if let source = mended.sequence.startSource, search.base.startSource == nil {
      return (
        0..<1,
        "The list's first records are missing: it replays from \(source), not from a reset. Its first \(count) records are proven from there.",
        true
      )
    }
    return SequenceDifference(mended.sequence, count: count, search: search).map { ($0.interval, $0.text, false) }
  }

  private static func reason(_ mended: TamperSearch.Mended, _ count: Int, _ search: TamperSearch) -> String {
    let quotes = search.targets.filter { mended.counts[$0.file] != nil }
    let banks = Set(
      quotes.flatMap { quote in
        mended.sequence.rules.map(\.bank).filter { quote.values[$0, search.register] != nil }
      }
    ).sorted().map(\.name).joined(separator: ", ")
    return
      "The list so mended gives PCR \(search.register) of \(names(quotes)) in the \(banks) \(banks.contains(",") ? "banks" : "bank"), the last after \(count) records; nothing else differs as far as the list reaches."
  }

  private static func names(_ quotes: [TamperEvidence.KnownQuote]) -> String {
    let files = quotes.map(\.file)
    return files.prefix(3).joined(separator: ", ") + (files.count > 3 ? " and \(files.count - 3) more" : "")
  }

  /// Quotes that do not fit the list although one change is named. They may need records that the list never had, or that only
  /// another list has, so no interval is claimed.
  private static func unsettled(_ search: TamperSearch, tested: [TestedHypothesis]) -> ListTampering {
    ListTampering(
      file: search.list.file, register: search.register, quotes: search.targets.map(\.file), interval: nil,
      intervalReason:
        "With what is named above mended, \(names(search.targets)) still \(search.targets.count == 1 ? "does" : "do") not fit: more was changed, or records are missing that the other quotes do not need. Where is not known.",
      conclusion: nil, isHeadMissing: false, hypotheses: tested)
  }

  private static func unexplained(
    _ search: TamperSearch, prover: TamperEvidence.KnownQuote?, tested: [TestedHypothesis]
  ) -> ListTampering {
    let count = search.list.log.count
    let lower = search.base.record(at: search.proven, listCount: count)
    let proof =
      search.proven > 0
      ? prover.map { "\($0.file) proves the records before \(lower)" }
        ?? "Another quote proves the records before \(lower)"
      : "No quote proves a part of the list"
    var interval = lower..<count + 1
    var reason: String
    if search.proven >= search.base.count {
      reason =
        "\(proof), which are all; the register went on after that, so records are missing behind the last: the list was cut there, or read before \(names(search.targets))."
    } else if search.evidence.damaged.contains(search.list.file) {
      interval = count..<count + 1
      reason =
        "The file can't be read from record \(count) on, which is reason enough that no later quote agrees with it. \(proof), so that an earlier change\(search.proven > 0 ? " behind that" : "") is not ruled out."
    } else {
      reason =
        "\(proof), and \(names(search.targets)) \(search.targets.count == 1 ? "does" : "do") not agree with the list: record \(lower) or a later one was changed, or records are missing behind the last, \(count - 1)."
    }
    let edited = search.templateHashMismatches.filter { $0 >= lower }
    if let first = edited.first {
      reason +=
        " \(edited.count == 1 ? "Record \(first)" : "\(edited.count) records, the first \(first),") \(edited.count == 1 ? "has" : "have") a template digest that is not that of the data and \(edited.count == 1 ? "was" : "were") altered for certain; whether more was is not known."
    }
    return ListTampering(
      file: search.list.file, register: search.register, quotes: search.targets.map(\.file), interval: interval,
      intervalReason: reason, hypotheses: tested)
  }

  /// Quotes of banks that nothing can be calculated for any more, since the data of a record is lost.
  private static func incomparable(_ search: TamperSearch) -> ListTampering {
    let count = search.list.log.count
    let lower = search.base.record(at: search.proven, listCount: count)
    return ListTampering(
      file: search.list.file, register: search.register, quotes: search.targets.map(\.file),
      interval: lower..<max(lower, count) + 1,
      intervalReason:
        "The records before \(lower) are explained. \(names(search.targets)) can't be compared with the rest, because the bank needs the data of a record that is lost.",
      hypotheses: [])
  }

  // MARK: Lists that end early

  /// Lists that are the beginning of the boot's list and end before every quote of their own capture, though nothing longer
  /// was archived there.
  private static func shortMembers(
    _ chain: CorrelatedChain, _ correlation: BootCorrelation, _ evidence: TamperEvidence
  ) -> [ListTampering] {
    let longest = chain.chain.longest
    let all = correlation.chains.flatMap(\.chain.members)
    return chain.chain.members.dropFirst().compactMap { member in
      let count = member.log.count
      guard count > 0,
        all.allSatisfy({ $0.file == member.file || $0.capture != member.capture || $0.log.count < count })
      else { return nil }
      let own = evidence.quotes.filter { $0.capture == member.capture }
      let proven = own.compactMap { quote -> (file: String, records: Int)? in
        let found = chain.matches.filter { $0.source == .quote(quote.file) && $0.log == longest.file }
        return found.compactMap { $0.found?.lowerBound }.max().map { (quote.file, $0) }
      }
      guard let least = proven.min(by: { $0.records < $1.records }), least.records > count, proven.count == own.count
      else { return nil }
      let isDamaged = evidence.damaged.contains(member.file)
      return ListTampering(
        file: member.file, register: chain.extendedRegisters.first ?? 10, quotes: proven.map(\.file),
        interval: count..<count + 1,
        intervalReason:
          "Its \(count) records are the first of \(longest.file), and \(least.file), of the same capture, already proves \(least.records).",
        conclusion: isDamaged
          ? "The file can't be read from record \(count) on; \(longest.file) holds the records that follow, and the quotes prove them."
          : "The list ends behind record \(count - 1): it was cut there, or read before the quotes of its capture. \(longest.file) holds the records that follow.",
        hypotheses: [
          TestedHypothesis(
            name: TailTrimmed.name, outcome: .reproduces, candidates: 1,
            message: "With the records that follow in \(longest.file) the list gives the quoted values.")
        ])
    }
  }
}
