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

/// The part of the result that is about one boot.
struct BootResult {
  var boot: AttestationResult.Boot
  var findings: [Finding]
  var timeline: [AttestationResult.TimelineEvent]

  init(
    _ examined: ExaminedBoot, host: String, evidence: EvidenceSet, policy: Policy, hostFindings: [Finding],
    content: AppraisedHosts.BootContent?, bootReferences: BootReferenceAppraiser?, start: AppraisedHosts.BootStart
  ) {
    var captures: [AttestationResult.Capture] = []
    var findings: [Finding] = hostFindings
    for part in examined.boot.parts {
      var quotes: [AttestationResult.Quote] = []
      for statement in part.quotes {
        let outcome = appraise(statement.quote, Self.circumstances(of: statement, examined.correlation))
        quotes.append(Self.quote(statement.quote, outcome.checks, examined.correlation))
        findings += outcome.findings.map { Self.within($0, capture: part.capture.capture.folder) }
      }
      captures.append(
        AttestationResult.Capture(
          name: displayName(part.capture.capture.folder), collectedAt: part.capture.collectedAt, quotes: quotes,
          logs: Self.logs(of: part, examined, evidence)))
    }
    if !captures.isEmpty {
      captures[0].snapshots = examined.boot.snapshots.map { .init(file: $0.file, pcrs: $0.values) }
    }
    let images = start.images
    let booted = WhatBooted(examined, evidence, images: images.images, revocations: images.given)
    findings += Self.logFindings(examined, evidence) + booted.findings + images.findings
    let (comparison, rule) = (start.comparison, BootReferenceRule(policy: policy, asOf: start.asOf))
    if let comparison {
      findings += rule.appraise(
        comparison.references, file: comparison.file, hasBaseline: bootReferences?.hasBaseline ?? false)
    } else if let bootReferences, bootReferences.hasEvents, policy.boot != .outOfScope,
      let log = examined.eventLogs(in: evidence).first
    {
      findings += rule.appraiseWithoutProof(file: log.file, hasBaseline: bootReferences.hasBaseline)
    }
    if let bootReferences { findings += rule.appraise(notCounted: bootReferences) }
    let rows = RegisterTable(examined).rows
    let registers = bootReferences.flatMap { examined.registerComparison(with: $0, rows) }
    if let registers {
      findings += rule.appraise(registers: registers.references, quote: registers.quote)
    }
    let references = (comparison?.references ?? []) + (registers?.references ?? [])
    let quotes = captures.flatMap(\.quotes)
    let logs = captures.flatMap(\.logs)
    BootVerdict.settleOtherKeys(&findings, quotes: quotes)
    let judge = { (findings: [Finding]) in
      BootVerdict(
        findings: findings, quotes: quotes, policy: policy, bootReferences: references,
        bootContent: images.summary,
        provenRegisters: booted.provenRegisters,
        provesList: logs.contains { $0.kind == .imaList && ($0.provenRecords ?? 0) > 0 })
    }
    if content?.appraisal == nil { findings += Self.contentFindings(examined, policy) }
    let ran = content.map { content in
      WhatRan(
        content, examined, brackets: RecordBrackets(examined, file: content.file, count: content.list.count),
        policy: policy, evidence: judge(findings).verdict)
    }
    let verdict = judge(findings + (ran?.findings ?? []))
    let now = judge(findings + (ran?.findingsNow ?? []))
    boot = AttestationResult.Boot(
      label: examined.label, resetCount: examined.boot.resetCount, verdict: verdict.verdict, verdictNow: now.verdict,
      level: content?.appraisal?.level, reasons: verdict.reasons, captures: captures,
      measurements: ran?.measurements, registers: rows, owners: ran?.owners ?? [],
      explanations: examined.tampering.map { .init($0) } + examined.eventLogExplanations, signatures: ran?.signatures,
      buffers: ran?.buffers ?? [], bootReferences: references, images: images.images,
      records: ran?.records, story: booted.story, userSpaceStory: booted.userSpaceStory)
    if now.verdict != verdict.verdict { boot.reasonsNow = now.reasons + (ran?.reasonsNow ?? []) }
    let captureOf = Self.captureByFile(captures)
    self.findings = (findings + (ran?.findings ?? [])).map { finding in
      var finding = finding
      finding.host = host
      finding.boot = examined.label
      finding.capture = finding.capture ?? finding.file.flatMap { captureOf[$0] }
      return finding
    }
    timeline = BootTimeline(examined, host: host, appraisal: content?.appraisal).events
  }

  // MARK: Quotes

  private static func circumstances(
    of statement: VerifiedCapture.Statement, _ correlation: BootCorrelation
  ) -> QuoteCircumstances {
    let file = statement.quote.quote.file
    return QuoteCircumstances(
      hasRoleOfQuote: statement.hasRoleOfQuote, expectedNonces: statement.expectedNonces,
      archivedNonces: statement.archivedNonces, replayedRegisters: correlation.replayedRegisters[file],
      isContradictedByReplay: correlation.matches.contains { match in
        guard match.source.file == file, case .mismatch = match.outcome else { return false }
        return true
      }, leavesNonceOpen: statement.leavesNonceOpen)
  }

  private static func quote(
    _ verified: VerifiedQuote, _ checks: [AttestationResult.Check], _ correlation: BootCorrelation
  ) -> AttestationResult.Quote {
    let attestation = verified.attestation
    let replayed = correlation.replayedRegisters[verified.quote.file]
    let values = verified.provenRegisters ?? replayed
    var quote = AttestationResult.Quote(
      file: verified.quote.file, signatureFile: verified.quote.signatureFile, registerFile: verified.quote.registerFile,
      kind: attestation?.attested.kind ?? "malformed",
      key: verified.key.map { key in
        AttestationResult.Key(
          name: key.name.map { hexText($0) }, fingerprint: hexText(key.fingerprint), algorithm: key.key.algorithm,
          files: key.files, certificate: key.certificates.first?.subject)
      }, nonce: attestation.map { hexText($0.nonce) }, resetCount: attestation?.clock.resetCount,
      restartCount: attestation?.clock.restartCount, clock: attestation?.clock.clock, safe: attestation?.clock.isSafe,
      firmwareVersion: attestation?.firmwareVersion,
      selection: verified.information?.selection.banks.map { bank in
        .init(
          bank: bank.algorithm?.name ?? "0x" + String(bank.rawAlgorithm, radix: 16), registers: bank.registers)
      } ?? [], pcrDigest: verified.information.map { hexText($0.digest) }, pcrs: values ?? RegisterValues(),
      pcrsFrom: values == nil ? nil : verified.provenRegisters != nil ? "pcr-file" : "replay", checks: checks)
    switch verified.signature {
    case .verifies(let use):
      quote.scheme = use.scheme.name
      quote.hash = use.hash.name
      quote.saltLength = use.saltLength
    default:
      switch verified.quote.signature.value {
      case .rsassa: quote.scheme = "rsassa"
      case .rsapss: quote.scheme = "rsapss"
      case .ecdsa: quote.scheme = "ecdsa"
      case .bare, .unsupported, nil: break
      }
      quote.hash = verified.digestAlgorithm?.name
    }
    return quote
  }

  private static func within(_ finding: Finding, capture: String) -> Finding {
    var finding = finding
    finding.capture = displayName(capture)
    return finding
  }

  // MARK: Logs

  private static func logFindings(_ examined: ExaminedBoot, _ evidence: EvidenceSet) -> [Finding] {
    var findings: [Finding] = []
    for part in examined.boot.parts {
      for index in part.eventLogs {
        let file = evidence.files[index]
        guard case .eventLog(let log) = file.content, examined.representatives[file.path] == nil else { continue }
        findings += LogReadingRule().appraise(
          log.problems, unread: log.unread, records: log.value.events.count, file: file.path, isCopy: false)
      }
      for index in part.lists {
        let file = evidence.files[index]
        guard let list = file.content.measurementList, examined.representatives[file.path] == nil else {
          continue
        }
        findings += LogReadingRule().appraise(
          list.problems, unread: list.unread, records: list.value.count, file: file.path,
          isCopy: examined.copies.contains { $0.file == file.path })
      }
    }
    for copy in examined.copies {
      guard let record = copy.difference else { continue }
      findings.append(
        Finding(
          .logCopyDiffers, file: copy.file, record: record,
          message:
            "The text list differs from the binary one beside it (\(copy.original)) from record \(record) on; the binary one is judged."
        ))
    }
    for chain in examined.correlation.chains {
      findings += ListContentRule().appraise(chain, aggregate: examined.aggregates[chain.chain.longest.file] ?? .absent)
    }
    let empty = examined.boot.parts.flatMap(\.emptyLogs)
    findings += LogReplayRule().appraise(
      examined.correlation, authentic: examined.authentic, proving: examined.proving, emptyLogs: empty,
      staleLogs: examined.staleLogs,
      tampering: examined.tampering)
    findings += TimelineRule().divergences(examined.correlation, isOneBoot: examined.boot.resetCount != nil)
    findings += TimelineRule().clocks(examined.provenByQuote.map { ($0.quote, $0.records) })
    return findings
  }

  private static func contentFindings(_ examined: ExaminedBoot, _ policy: Policy) -> [Finding] {
    guard policy.measurements == .assess else { return [] }
    guard let chain = examined.correlation.chains.first, chain.chain.longest.log.count > 0 else {
      return [
        Finding(
          .contentNotAssessed,
          message: "No measurement list was archived, so nothing says what ran, and no content can be assessed.")
      ]
    }
    return [
      Finding(
        .contentNotAssessed, file: chain.chain.longest.file,
        message:
          "The content of \(chain.chain.longest.log.count) measurements is not assessed: no reference manifests were given."
      )
    ]
  }

  private static func logs(
    of part: AssembledBoot.Part, _ examined: ExaminedBoot, _ evidence: EvidenceSet
  ) -> [AttestationResult.Log] {
    part.eventLogs.compactMap { index in
      guard case .eventLog(let log) = evidence.files[index].content else { return nil }
      return eventLog(evidence.files[index].path, log, examined)
    }
      + part.lists.compactMap { index in
        guard let list = evidence.files[index].content.measurementList else { return nil }
        return measurementList(evidence.files[index].path, list, examined)
      }
  }

  private static func eventLog(
    _ file: String, _ log: Parsed<EventLog>, _ examined: ExaminedBoot
  ) -> AttestationResult.Log {
    let banks = log.value.banks.map(\.name).joined(separator: ", ")
    let format = log.value.format == .sha1 ? "TCG 1.2, SHA-1" : "\(log.value.layoutName), banks \(banks)"
    return AttestationResult.Log(
      file: file, kind: .eventLog, format: format, records: log.value.events.count,
      copyOf: examined.representatives[file], provenRecords: examined.provenRecords(of: file),
      matches: examined.matches(of: file, count: log.value.events.count))
  }

  private static func measurementList(
    _ file: String, _ list: Parsed<MeasurementList>, _ examined: ExaminedBoot
  ) -> AttestationResult.Log {
    let judged = examined.representatives[file] ?? file
    let chain = examined.correlation.chains.first { $0.chain.members.contains { $0.file == judged } }
    let isLongest = chain?.chain.longest.file == file
    var log = AttestationResult.Log(
      file: file, kind: .imaList, format: format(of: list.value), records: list.value.count,
      prefixOf: isLongest ? nil : chain?.chain.longest.file,
      copyOf: examined.copies.first { $0.file == file }?.original ?? examined.representatives[file],
      matches: examined.matches(of: file, count: list.value.count))
    if let chain, let proven = examined.provenRecords(of: chain.chain.longest.file) {
      // A list that is the beginning of a proven one is proven as far as it reaches.
      log.provenRecords = min(proven, list.value.count)
    }
    guard isLongest, let chain else { return log }
    log.violations = chain.violations
    log.bootAggregate = examined.aggregates[file].map { text($0) }
    let quotes = examined.provenByQuote.filter { $0.log == file }.map {
      (file: $0.quote.quote.file, records: $0.records)
    }
    log.brackets = brackets(of: list.value.count, quotes: quotes).map {
      .init(records: $0.records, after: $0.after, before: $0.before)
    }
    return log
  }

  private static func format(of list: MeasurementList) -> String {
    var templates: [String] = []
    // The first records show the templates; a list that mixes more of them says so further on.
    for index in 0..<min(list.count, 1000) {
      let name = escapedText(list.record(at: index).templateName)
      if !templates.contains(name) { templates.append(name) }
    }
    let layout = list.format.description
    return templates.isEmpty ? layout : "\(layout), template \(templates.joined(separator: ", "))"
  }

  private static func text(_ aggregate: BootAggregate) -> String {
    switch aggregate {
    case .matches(let rule, let file): "\(rule), by \(file)"
    case .differs(_, _, let file, _): "differs from the registers of \(file)"
    case .zero: "zero: the kernel had no TPM when IMA started"
    case .absent: "the first record is no boot_aggregate"
    case .notComputable(let missing): "not comparable: missing \(missing)"
    }
  }

  private static func captureByFile(_ captures: [AttestationResult.Capture]) -> [String: String] {
    var names: [String: String] = [:]
    for capture in captures {
      for file in capture.logs.map(\.file) + capture.quotes.map(\.file) where names[file] == nil {
        names[file] = capture.name
      }
    }
    return names
  }
}
