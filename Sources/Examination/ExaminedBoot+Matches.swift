import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import PublicKeys
import QuoteVerification
import Replay
import TCGEventLog
import TPMStructures

extension ExaminedBoot {
  /// What each authentic quote proves of the boot's main list, by the smallest number of records over its banks.
  var provenByQuote: [(quote: VerifiedQuote, log: String, records: Int)] {
    let authentic = proving
    let lists = Set(correlation.chains.map(\.chain.longest.file))
    var best: [String: (log: String, records: Int)] = [:]
    for match in correlation.matches where lists.contains(match.log) {
      guard case .quote(let file) = match.source, authentic.contains(file), let found = match.found else { continue }
      let records = max(best[file]?.records ?? 0, found.lowerBound)
      best[file] = (best[file]?.log ?? match.log, records)
    }
    return statements.compactMap { entry in
      best[entry.statement.quote.quote.file].map { (entry.statement.quote, $0.log, $0.records) }
    }.sorted { ($0.records, $0.quote.quote.file) < ($1.records, $1.quote.quote.file) }
  }

  func provenRecords(of file: String) -> Int? {
    let authentic = proving
    let log = representatives[file] ?? file
    return correlation.matches.filter { match in
      guard match.log == log, case .quote(let file) = match.source else { return false }
      return authentic.contains(file)
    }.compactMap { $0.found?.lowerBound }.max()
  }

  /// The event logs that quotes prove, beside the reference event logs, and the one of which most is proven; nil when no quote proves
  /// any.
  func comparison(
    with references: BootReferenceAppraiser, _ evidence: EvidenceSet
  ) -> (file: String, references: [AttestationResult.BootReference])? {
    let logs = eventLogs(in: evidence).map { file, log in
      BootReferenceAppraiser.ProvenLog(file: file, log: log, proof: provenEvents(of: file))
    }.filter { !$0.proof.parts.isEmpty }.enumerated().sorted { left, right in
      let proven = [left, right].map { provenRecords(of: $0.element.file) ?? 0 }
      return (left.element.log.followsFirmware ? 1 : 0, -proven[0], left.offset)
        < (right.element.log.followsFirmware ? 1 : 0, -proven[1], right.offset)
    }.map(\.element)
    guard let first = logs.first, !first.log.followsFirmware, references.hasEvents else { return nil }
    return (first.file, references.appraise(logs))
  }

  /// The registers that quotes of trusted keys prove, beside the references with register values; nil when no quote proves any.
  func registerComparison(
    with references: BootReferenceAppraiser, _ rows: [AttestationResult.Register]
  ) -> (quote: String, references: [AttestationResult.BootReference])? {
    let proving = proving
    let quoted = rows.filter { row in row.quote.map(proving.contains) ?? false }
    var observed = RegisterValues()
    for row in quoted { observed[row.bank, row.index] = row.observed.flatMap { bytesOfHex($0) } }
    guard references.hasRegisterValues, !observed.isEmpty, let quote = quoted.compactMap(\.quote).max() else {
      return nil
    }
    return (quote, references.appraise(observed))
  }

  /// The event logs of the boot in the order of its captures, each content once.
  func eventLogs(in evidence: EvidenceSet) -> [(file: String, log: EventLog)] {
    boot.parts.flatMap(\.eventLogs).compactMap { index in
      let file = evidence.files[index]
      guard case .eventLog(let log) = file.content, representatives[file.path] == nil else { return nil }
      return (file.path, log.value)
    }
  }

  /// The parts of an event log that quotes prove, bank by bank.
  func provenEvents(of file: String) -> ProvenEvents {
    let proving = proving
    let replay = correlation.eventLogs.first { $0.file == file }?.replay
    return ProvenEvents(
      correlation.matches.compactMap { match in
        guard match.log == file, case .quote(let quote) = match.source, proving.contains(quote), let found = match.found
        else { return nil }
        var registers = Set(match.registers).subtracting(match.leftOut)
        // Where nothing was extended the log has nothing, and a quote proves that, too.
        if let replay, let values = quotedValues(of: quote) {
          let extended = replay.registers(extendedIn: match.bank)
          registers.formUnion(
            values.registers(of: match.bank).filter { register in
              !extended.contains(register)
                && values[match.bank, register] == resetValue(ofRegister: register, bank: match.bank)
            })
        }
        return ProvenEvents.Part(bank: match.bank, registers: registers, count: found.lowerBound)
      })
  }

  /// What quotes of keys that the user trusts prove of an event log: all that nobody vouches for proves nothing to him. Of a log that
  /// does not replay the registers count that hold what the whole log gives, each by itself, and those that do with something beside it
  /// that no log has.
  func vouchedEvents(of file: String) -> ProvenEvents {
    let vouched = Set(
      statements.map(\.statement.quote).filter { $0.isOfTrustedKey && proving.contains($0.quote.file) }.map(
        \.quote.file))
    guard !vouched.isEmpty else { return ProvenEvents([]) }
    var proven = provenEvents(of: file)
    guard let log = correlation.eventLogs.first(where: { $0.file == file }) else { return proven }
    for match in correlation.matches where match.log == file {
      guard case .quote(let quote) = match.source, vouched.contains(quote),
        case .mismatch(let registers) = match.outcome
      else { continue }
      let kept = quotedValues(of: quote).map { values in
        match.registers.filter { register in
          if match.unlogged[register] != nil { return true }
          guard !registers.contains(register), let value = values[match.bank, register] else { return false }
          return log.replay.values[match.bank, register] == value
        }
      }
      guard let kept, !kept.isEmpty else { continue }
      proven.parts.append(
        ProvenEvents.Part(bank: match.bank, registers: Set(kept), count: log.replay.log.events.count))
    }
    return proven
  }

  /// Register values that a quote proves, archived beside it or found by its digest.
  func quotedValues(of file: String) -> RegisterValues? {
    statements.lazy.map(\.statement.quote).first { $0.quote.file == file }?.provenRegisters
      ?? correlation.replayedRegisters[file]
  }

  /// A copy tells what its own capture's quotes say of it; the log that was judged tells all.
  func matches(of file: String, count: Int) -> [AttestationResult.Match] {
    let judged = representatives[file]
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    return correlation.matches.filter { match in
      match.log == (judged ?? file) && (judged == nil || match.source.file.hasPrefix(folder)) && match.isDetermined
    }.map { match in
      var notes: [String] = []
      if match.rule == .paddedSHA1 {
        notes.append("SHA-1 template hashes padded with zeros: the kernel had no \(match.bank.name)")
      }
      if match.isByDigest { notes.append("only the digest was archived; the replayed values give it") }
      if !match.leftOut.isEmpty {
        notes.append("PCR \(registerText(match.leftOut)) was extended further without a log")
      }
      var result = AttestationResult.Match(
        source: source(match.source), bank: match.bank, registers: match.registers, outcome: .notQuoted)
      switch match.outcome {
      case .found(let range):
        result.records = range.lowerBound
        result.range = range
        result.outcome = range.upperBound >= count ? .complete : .prefix
      case .mismatch(let registers):
        result.mismatching = registers
        result.outcome = .mismatch
      case .endsBeforeSource: result.outcome = .endsBeforeQuote
      case .notCovered: result.outcome = .notQuoted
      // Left out above: a finding says what is missing.
      case .undetermined: break
      }
      result.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
      return result
    }
  }

  private func source(_ source: ValueSource) -> AttestationResult.Match.Source {
    switch source {
    case .quote(let file): .quote(file)
    case .snapshot(let file): .against(file)
    }
  }
}

extension LogMatch {
  /// False when something that the digest of a quote covers is not known, so that nothing can be said of the log.
  fileprivate var isDetermined: Bool {
    if case .undetermined = outcome { false } else { true }
  }
}
