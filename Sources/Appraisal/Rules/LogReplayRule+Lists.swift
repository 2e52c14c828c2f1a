import ByteReading
import Correlation
import Digests
import IMALog
import Replay

extension LogReplayRule {
  func list(
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
