import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import Replay

func replayMeasurements(
  _ format: MeasurementListFormat, _ input: LogReplayInput, _ request: LogReplayRequest,
  _ reference: LogReplayReference?
) throws(LogReplayError) -> ReplayedLog {
  if case .digest? = reference { return try replayForDigest(format, input, request, reference) }
  let wanted = reference?.values
  let banks = Set(wanted?.banks ?? [.sha1, .sha256]).sorted()
  let plain = try run(format, input, request, banks.map { ExtendRule($0) }, wanted)
  var values = RegisterValues()
  for (bank, byRegister) in zip(banks, plain.values) {
    for (register, value) in byRegister { values[bank, register] = value }
  }
  var matches: [LogMatch] = []
  if let wanted, let against = request.against {
    matches = banks.map { match($0, plain, wanted, request, against, .plain) }
    let open = banks.filter { bank in
      bank != .sha1 && matches.contains { $0.bank == bank && $0.found == nil && $0.outcome != .notCovered }
    }
    if !open.isEmpty {
      let padded = try run(format, input, request, open.map { ExtendRule($0, .paddedSHA1) }, wanted)
      for (index, bank) in open.enumerated() {
        let attempt = match(bank, padded, wanted, request, against, .paddedSHA1)
        guard attempt.found != nil, let place = matches.firstIndex(where: { $0.bank == bank }) else { continue }
        matches[place] = attempt
        for (register, value) in padded.values[index] { values[bank, register] = value }
      }
    }
  }
  return ReplayedLog(
    kind: .measurementList, records: plain.recordCount, values: values, matches: matches, problems: plain.problems,
    isWhole: plain.problems.isEmpty, templateHashMismatches: plain.templateHashMismatches)
}

private func run(
  _ format: MeasurementListFormat, _ input: LogReplayInput, _ request: LogReplayRequest, _ rules: [ExtendRule],
  _ wanted: RegisterValues?
) throws(LogReplayError) -> ReplayedMeasurements {
  let targets = rules.enumerated().compactMap { index, rule -> RegisterTarget? in
    guard let wanted else { return nil }
    let registers = wanted.registers(of: rule.bank)
    let values = Dictionary(
      uniqueKeysWithValues: registers.compactMap { register in wanted[rule.bank, register].map { (register, $0) } })
    return values.isEmpty ? nil : RegisterTarget(id: rule.bank.name, rule: index, values: values)
  }
  let stream = try input.stream(format)
  do {
    return try MeasurementReplay(rules: rules, targets: targets, until: request.until, jobs: request.jobs).run(stream)
  } catch {
    throw .failed("\(error)")
  }
}

private func match(
  _ bank: HashAlgorithm, _ result: ReplayedMeasurements, _ wanted: RegisterValues, _ request: LogReplayRequest,
  _ against: FilePath, _ rule: ExtendRule.Digest
) -> LogMatch {
  let registers = result.extendedRegisters.filter { wanted[bank, $0] != nil }
  var match = LogMatch(
    source: .snapshot(against.text), log: request.log.text, bank: bank, registers: registers, rule: rule,
    outcome: .notCovered)
  guard !registers.isEmpty else { return match }
  let found = result.matches[bank.name]
  if let range = found?.combined {
    match.outcome = .found(range)
  } else {
    let never = registers.filter { found?.ranges[$0] == nil }
    match.outcome = .mismatch(registers: never.isEmpty ? registers : never)
  }
  return match
}

/// A quote of which only the digest is known needs every register at once, so the whole list is kept.
private func replayForDigest(
  _ format: MeasurementListFormat, _ input: LogReplayInput, _ request: LogReplayRequest,
  _ reference: LogReplayReference?
) throws(LogReplayError) -> ReplayedLog {
  let bytes = try input.contents()
  let parsed = MeasurementList.parse(bytes, file: request.log.text, format: format)
  var evidence = BootEvidence()
  evidence.lists = [ArchivedLog(file: request.log.text, capture: "", log: parsed.value)]
  reference?.add(to: &evidence)
  try addLogs(request.beside, to: &evidence)
  let correlation = BootCorrelation(evidence, jobs: request.jobs)
  guard let chain = correlation.chains.first(where: { $0.chain.members.contains { $0.file == request.log.text } })
  else {
    throw .failed("\(request.log.text): nothing was replayed")
  }
  let own = correlation.matches.filter { $0.log == chain.chain.longest.file }
  return ReplayedLog(
    kind: .measurementList, records: parsed.value.count, values: chain.values, matches: own,
    problems: parsed.problems, isWhole: parsed.problems.isEmpty, templateHashMismatches: chain.templateHashMismatches)
}
