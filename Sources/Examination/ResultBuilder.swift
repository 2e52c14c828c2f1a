import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import IntegrityReports
import PublicKeys
import QuoteVerification
import ReferenceStore
import Replay
import TCGEventLog
import TPMStructures

/// Step 8: runs the rules over what was correlated, and puts everything into the one result.
struct ResultBuilder {
  let request: ExaminationRequest
  let trust: TrustInput
  let evidence: EvidenceSet
  let statements: CaseStatements
  let hosts: [ExaminedHost]
  let appraised: AppraisedHosts

  func result() -> AttestationResult {
    let reused = nonceFindings()
    let parts = zip(hosts, zip(appraised.contents, appraised.starts)).map { host, content in
      HostResult(
        host, evidence: evidence, policy: trust.policy,
        reusedNonces: reused.filter { $0.host == host.name }.map(\.finding), contents: content.0,
        bootReferences: appraised.bootReferences, starts: content.1)
    }
    let findings = (caseFindings() + parts.flatMap(\.findings)).sorted(by: isBefore)
    let verdicts = parts.map(\.host)
    let worst = caseVerdict(verdicts.map(\.verdict), findings: findings)
    return AttestationResult(
      caseName: evidence.name, toolVersion: request.toolVersion, verdict: worst,
      verdictNow: caseVerdict(verdicts.map(\.verdictNow), findings: findings),
      level: verdicts.compactMap(\.level).min(), reasons: reasons(verdicts, findings),
      parameters: trust.parameters, claims: statements.claims, inputs: inputs(), hosts: verdicts,
      measurements: measurements(),
      stores: trust.stores.map { .init(name: $0.name, digest: $0.logicalDigest) },
      origins: appraised.origins.map { .init($0) }, findings: findings, timeline: parts.flatMap(\.timeline),
      limits: limits(verdicts, findings))
  }

  // MARK: Verdict

  /// Findings about the case as a whole count too: a case can't be trusted while a file of it was refused.
  private func caseVerdict(_ verdicts: [Verdict], findings: [Finding]) -> Verdict {
    let ofCase = findings.filter { $0.host == nil }
    if ofCase.contains(where: { $0.effect == .untrusted }) { return .untrusted }
    let worst = Verdict.worst(of: verdicts)
    return worst == .trusted && ofCase.contains { $0.effect == .inconclusive } ? .inconclusive : worst
  }

  private func reasons(_ hosts: [AttestationResult.Host], _ findings: [Finding]) -> [String] {
    guard !hosts.isEmpty else { return ["The case holds no quote and no log that could be read."] }
    let ofCase = findings.filter { $0.host == nil && $0.effect != .none }.map(\.message)
    guard hosts.count > 1 else { return ofCase + (hosts.first?.reasons ?? []) }
    return ofCase + hosts.map { "\($0.name) is \($0.verdict.rawValue): \($0.reasons.first ?? "")" }
  }

  // MARK: Findings of the case

  private func caseFindings() -> [Finding] {
    let parts = partsOfQuotes
    return statements.findings
      + evidence.files.compactMap { file in
        switch file.content {
        case .unrecognised where !parts.contains(file.path):
          Finding(
            .inputUnrecognised, file: file.path, message: "Not recognised as evidence; it was hashed and left alone.")
        case .archive where file.packing?.memberCount == nil && file.packing?.problems.isEmpty != false:
          Finding(
            .inputUnrecognised, file: file.path,
            message: "An archive (\(file.packing?.kind ?? "of no known kind")), which is not opened.")
        case .refused(let reason):
          Finding(.inputRefused, file: file.path, message: "Refused: \(reason).")
        case .unreadable(let reason):
          Finding(.inputUnreadable, file: file.path, message: "Not read: \(reason).")
        default: nil
        }
      } + packingFindings() + documentFindings()
  }

  /// Archives and compressed files that could not be unpacked whole, or were better not.
  private func packingFindings() -> [Finding] {
    evidence.files.flatMap { file -> [Finding] in
      (file.packing?.problems ?? []).prefix(20).map { problem in
        problem.isRefusal
          ? Finding(.inputRefused, file: file.path, message: "Refused (\(file.packing?.kind ?? "")): \(problem.text).")
          : Finding(
            .inputUnreadable, file: file.path,
            message: "Not unpacked whole (\(file.packing?.kind ?? "")): \(problem.text). What came before is read.")
      }
    }
  }

  /// Inventories, tables of registers, and reports without a list, that could not be read whole. A list's own faults are found with the list.
  private func documentFindings() -> [Finding] {
    evidence.files.flatMap { file -> [Finding] in
      let problems: [ParseError] =
        switch file.content {
        case .containerInventory(let inventory): inventory.problems
        case .integrityReport(let carried) where carried.list == nil: carried.problems
        case .document(let document): document.problems
        case .registerListing(let listing): listing.problems
        default: []
        }
      return problems.prefix(20).map { problem in
        Finding(
          .inputUnreadable, file: file.path, offset: problem.offset,
          message: "Not read whole: \(problem.field): expected \(problem.expected), found \(problem.found).",
          expected: problem.expected, actual: problem.found)
      }
    }
  }

  /// Files that belong to a statement.
  private var partsOfQuotes: Set<String> {
    Set(
      hosts.flatMap(\.boots).flatMap(\.statements).flatMap { entry in
        let quote = entry.statement.quote.quote
        return [quote.file, quote.signatureFile, quote.registerFile].compactMap { $0 }
      })
  }

  private func nonceFindings() -> [(finding: Finding, host: String)] {
    var captures: [[UInt8]: [String]] = [:]
    var quotes: [(quote: VerifiedQuote, signed: [UInt8], host: String)] = []
    for host in hosts {
      for entry in host.boots.flatMap(\.statements) where entry.statement.quote.isAuthentic {
        let signed = entry.statement.quote.attestation?.signedBytes ?? []
        captures[signed, default: []].append(displayName(entry.capture.capture.folder))
        quotes.append((entry.statement.quote, signed, host.name))
      }
    }
    quotes.sort { $0.quote.quote.file.utf8.lexicographicallyPrecedes($1.quote.quote.file.utf8) }
    return TimelineRule().nonces(quotes.map { ($0.quote, captures[$0.signed] ?? [], $0.host) })
  }

  // MARK: The rest

  private func inputs() -> [AttestationResult.Input] {
    evidence.files.map { file in
      .init(
        path: file.path, size: file.size, sha256: file.sha256.map { hexText($0) }, kind: file.content.kind,
        duplicateOf: file.duplicateOf)
    }
  }

  private func measurements() -> AttestationResult.Measurements {
    var counts: [String: Int] = [:]
    var notVerified = 0
    for contents in appraised.contents {
      for content in contents.compactMap({ $0 }) {
        if let appraisal = content.appraisal {
          for (status, count) in appraisal.recordsByStatus { counts[status.rawValue, default: 0] += count }
          notVerified += appraisal.notVerified
        } else if content.list.count > 0 {
          let status = trust.policy.measurements == .outOfScope ? "out-of-scope" : "not-assessed"
          counts[status, default: 0] += content.list.count
        }
      }
    }
    let order = MeasurementStatus.allCases.map(\.rawValue) + ["not-assessed", "out-of-scope"]
    return AttestationResult.Measurements(
      byStatus: order.compactMap { status in counts[status].map { (status, $0) } }, notVerified: notVerified)
  }

  private func limits(_ hosts: [AttestationResult.Host], _ findings: [Finding]) -> [String] {
    var limits = [
      "A quote proves the values of registers at one moment. It does not show what happened before a log began or after the quote.",
      "The type of a boot event, and the data of many types, are not covered by any digest: they are what the log claims.",
    ]
    let lists = hosts.flatMap(\.boots).flatMap(\.captures).flatMap(\.logs).contains { $0.kind == .imaList }
    if lists {
      limits.append(
        trust.stores.isEmpty
          ? "No reference manifests were given, so no measured file was compared with known software."
          : "A file is known when the references have its digest. That it was run, read or mapped as what it is for is not in the list."
      )
      limits += self.hosts.flatMap(\.boots).flatMap { MeasuringPolicy($0, evidence: evidence).limits }
      limits += [
        "The kernel records the same content under the same path once per boot: a record does not say how often, and no second record does not mean no second use."
      ]
    }
    if hosts.flatMap(\.boots).flatMap(\.captures).contains(where: { $0.collectedAt != nil }) {
      limits.append(
        "Times of collection are the collector's word. What is proven is the order of the quotes by the TPM's counters and by the lists."
      )
    }
    let reports = evidence.files.filter { file in
      guard case .integrityReport(let carried) = file.content else { return false }
      return carried.holdsQuote
    }
    for file in reports {
      limits.append(
        "\(file.path) holds a TPM 1.2 quote, which this version does not verify: the register values beside it are the report's word, and nothing is trusted because of them."
      )
    }
    let unread = appraised.starts.joined().map(\.images.unreadRevocations).reduce(into: [:]) { all, one in
      all.merge(one) { max($0, $1) }
    }
    for (source, count) in unread.sorted(by: { $0.key < $1.key }) {
      limits.append(
        "\(count == 1 ? "One entry" : "\(count) entries") of \(source) \(count == 1 ? "is" : "are") of kinds that no image is held against, such as digests of a certificate's signed part, which only entries of db are: what they alone revoke is not seen."
      )
    }
    if findings.contains(where: { $0.code == .quoteNonceUnknown }) {
      limits.append("Freshness is not proven where the nonce that was sent is not known from outside the case.")
    }
    return limits
  }

  private func isBefore(_ left: Finding, _ right: Finding) -> Bool {
    if left.severity != right.severity { return left.severity < right.severity }
    let a = sortKey(left)
    let b = sortKey(right)
    if a != b { return a.lexicographicallyPrecedes(b) }
    return (left.record ?? -1, left.offset ?? -1, left.message) < (
      right.record ?? -1, right.offset ?? -1, right.message
    )
  }

  private func sortKey(_ finding: Finding) -> [String] {
    [finding.code.rawValue, finding.host ?? "", finding.boot ?? "", finding.file ?? ""]
  }
}

func displayName(_ folder: String) -> String { folder.isEmpty ? "." : folder }
