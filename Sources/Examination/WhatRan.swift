import Appraisal
import Correlation
import FileSignatures

/// The part of a boot's result that is about the content of its list: whose records they are, what the references say of
/// the files, and every record one by one.
struct WhatRan {
  let owners: [AttestationResult.Owner]
  let measurements: AttestationResult.BootMeasurements?
  let signatures: AttestationResult.FileSignatures?
  let buffers: [AttestationResult.Buffer]
  let records: MeasuredRecords
  /// For the time since the boot began.
  let findings: [Finding]
  /// For the state at the boot's last capture.
  let findingsNow: [Finding]
  let reasonsNow: [String]

  /// - parameter evidence: the verdict of everything but content.
  init(
    _ content: AppraisedHosts.BootContent, _ examined: ExaminedBoot, brackets: RecordBrackets, policy: Policy,
    evidence: Verdict
  ) {
    let list = ArchivedLog(file: content.file, capture: "", log: content.list)
    let outcome = OwnerAppraiser(
      policy: policy, inventory: content.inventory, file: content.file, bracket: brackets.quotes(around:)
    ).appraise(
      content.owners, appraisal: content.appraisal,
      signatures: examined.signatures.map { FileSignatureRule().appraise($0, of: list) } ?? [], evidence: evidence)
    let whole = content.appraisal.map {
      MeasurementRule(policy: policy, file: content.file, bracket: brackets.quotes(around:)).appraiseWhole($0)
    }
    owners = outcome.owners
    measurements = content.appraisal.map {
      BootMeasurements($0, of: content, policy: policy, brackets: brackets).result()
    }
    findings = outcome.findings + (whole ?? [])
    findingsNow = outcome.findingsNow + (whole ?? [])
    reasonsNow = outcome.reasonsNow
    signatures = examined.signatures.flatMap {
      AttestationResult.FileSignatures(
        $0, of: content.list, appraisal: content.appraisal, verifier: examined.signatureVerifier)
    }
    buffers = AttestationResult.Buffer.all(in: content.list, file: content.file)
    let outcomes = examined.signatures?.records.map {
      ($0.record, AttestationResult.FileSignatures.Outcome($0.outcome))
    }
    records = MeasuredRecords(
      file: content.file, list: content.list, appraisal: content.appraisal, brackets: brackets.windows,
      attributions: outcome.attributions,
      signatures: Dictionary(outcomes ?? [], uniquingKeysWith: { first, _ in first }))
  }
}
