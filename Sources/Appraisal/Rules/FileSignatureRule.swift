import ByteReading
import Correlation
import FileSignatures
import IMALog
import PublicKeys

/// Signatures in the list are those of their keys over what was measured.
///
/// An invalid signature is critical whatever the file is for: somebody signed another content. A valid one shows where a file
/// is from and stands beside the file's status; it makes no unknown content known. Only keys given from outside the case are
/// trusted; what a measured key verifies, the list alone vouches for.
///
/// Source: Linux, security/integrity/digsig.c and ima/ima_appraise.c.
public struct FileSignatureRule {
  public static let id = "ima.signature"

  public init() {}

  public func appraise(_ signatures: ListSignatures, of list: ArchivedLog<MeasurementList>) -> [Finding] {
    let unknown = signatures.records.filter { $0.outcome == .unknownKey }
    let unverifiable = signatures.records.filter { [.unsupported, .malformed].contains($0.outcome) }
    return invalid(signatures.records.filter { $0.outcome == .invalid }, list)
      + grouped(
        unknown, by: \.keyIdentifier, .imaSignatureUnknownKey, list,
        message: { first, count in "\(first.message) It is named by the signature of \(count)." })
      + grouped(
        unverifiable, by: { $0.outcome == .malformed ? "" : $0.message }, .imaSignatureUnverifiable, list,
        message: { first, count in "\(first.message) That is so for \(count)." })
  }

  private func invalid(
    _ records: [ListSignatures.Record], _ list: ArchivedLog<MeasurementList>
  ) -> [Finding] {
    let shown = records.prefix(100).map { signature in
      let record = list.log.record(at: signature.record)
      return Finding(
        .imaSignatureInvalid, file: list.file, offset: record.offset, record: signature.record,
        message: "The signature of '\(escapedText(record.path ?? []))' does not verify. \(signature.message)",
        expected: "a signature by the key \(signature.keyIdentifier) over the measured content", actual: "another")
    }
    guard records.count > shown.count else { return shown }
    return shown + [
      Finding(
        .imaSignatureInvalid, file: list.file, record: records[shown.count].record,
        message: "\(records.count - shown.count) more records have a signature that does not verify.")
    ]
  }

  /// One finding for all records that have something in common, at most 50.
  private func grouped(
    _ records: [ListSignatures.Record], by key: (ListSignatures.Record) -> String, _ code: FindingCode,
    _ list: ArchivedLog<MeasurementList>, message: (ListSignatures.Record, String) -> String
  ) -> [Finding] {
    var groups: [String: [ListSignatures.Record]] = [:]
    for record in records { groups[key(record), default: []].append(record) }
    let sorted = groups.values.sorted { ($0.first?.record ?? 0) < ($1.first?.record ?? 0) }
    let shown = sorted.prefix(50).compactMap { group -> Finding? in
      guard let first = group.first, let last = group.last else { return nil }
      let record = list.log.record(at: first.record)
      let name = "'\(escapedText(record.path ?? []))'"
      let count = group.count == 1 ? name : "\(group.count) records, the first of them \(name)"
      return Finding(
        code, file: list.file, offset: record.offset, record: first.record,
        range: group.count > 1 ? first.record...last.record : nil, message: message(first, count))
    }
    guard sorted.count > shown.count else { return shown }
    let rest = sorted.dropFirst(shown.count).reduce(0) { $0 + $1.count }
    return shown + [
      Finding(code, file: list.file, message: "\(rest) more records have signatures of this kind.")
    ]
  }
}

extension AttestationResult.FileSignatures {
  /// Nil when the list has no signature, no key and no place for one.
  public init?(_ signatures: ListSignatures, of list: MeasurementList) {
    guard !signatures.isEmpty else { return nil }
    var counts: [Outcome: Int] = [:]
    for record in signatures.records { counts[Outcome(record.outcome), default: 0] += 1 }
    let faulty = signatures.records.filter { ![.verified, .verifiedByMeasuredKey].contains($0.outcome) }
    // Wrong ones first; there may be more than are shown.
    let sorted = faulty.filter { $0.outcome == .invalid } + faulty.filter { $0.outcome != .invalid }
    self.init(
      counts: Outcome.allCases.map { ($0, counts[$0] ?? 0) }, unsignedRecords: signatures.unsignedRecords,
      keys: zip(signatures.keys, signatures.recordsOfKey).map { SigningKey($0, records: $1) },
      faults: sorted.prefix(Self.faultLimit).map { fault in
        Fault(
          record: fault.record, path: escapedText(list.record(at: fault.record).path ?? []),
          outcome: Outcome(fault.outcome), message: fault.message)
      })
  }

  static let faultLimit = 200

  /// Adds what packages carry for measured files. Nil when there is neither that nor anything in the list.
  public init?(
    _ signatures: ListSignatures, of list: MeasurementList, appraisal: MeasurementAppraisal?,
    verifier: ListSignatureVerifier
  ) {
    let packaged = appraisal.map { Self.packaged($0, verifier) } ?? []
    let own = Self(signatures, of: list)
    guard own != nil || !packaged.isEmpty else { return nil }
    self =
      own
      ?? .init(
        counts: Outcome.allCases.map { ($0, 0) }, unsignedRecords: 0,
        keys: zip(signatures.keys, signatures.recordsOfKey).map { SigningKey($0, records: $1) }, faults: [])
    self.packaged = packaged
  }

  private static func packaged(_ appraisal: MeasurementAppraisal, _ verifier: ListSignatureVerifier) -> [Packaged] {
    let entries = appraisal.measurements.filter { $0.package?.fileSignature.isEmpty == false }
    let found = verifier.verify(
      entries.map { entry in
        PackagedSignature(
          attribute: entry.package?.fileSignature ?? [], algorithmName: entry.algorithm, digest: entry.digest,
          package: entry.package?.title ?? "")
      })
    var rows: [[String]: Packaged] = [:]
    for (entry, signature) in zip(entries, found.records) {
      let outcome = Outcome(signature.outcome)
      let title = entry.package?.title ?? ""
      let key = [title, signature.keyIdentifier, outcome.rawValue]
      let who = signature.key.flatMap { found.keys[$0].certificate?.subject }
      let name = signature.keyIdentifier + (who.map { " (\($0))" } ?? "")
      var row =
        rows[key]
        ?? Packaged(
          package: title, keyIdentifier: signature.keyIdentifier, outcome: outcome, records: 0,
          message: outcome == .verified
            ? "The package carries a signature of this file by the key \(name)."
            : "The package carries a signature of this file that is not verified. \(signature.message)")
      row.records += entry.records.count
      rows[key] = row
    }
    return rows.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
  }
}

extension AttestationResult.FileSignatures.Outcome {
  public init(_ outcome: SignatureOutcome) {
    self =
      switch outcome {
      case .verified: .verified
      case .verifiedByMeasuredKey: .verifiedByMeasuredKey
      case .invalid: .invalid
      case .unknownKey: .unknownKey
      case .unsupported: .unsupported
      case .malformed: .malformed
      }
  }
}

extension AttestationResult.FileSignatures.SigningKey {
  init(_ key: FileSignatures.SigningKey, records: Int) {
    let source =
      switch key.origin {
      case .given(let file): file
      case .measured(let record, let keyring): "record \(record), keyring \(escapedText(keyring))"
      }
    self.init(
      identifier: key.identifiers.map { hexText($0) }.joined(separator: ", "), algorithm: key.key.algorithm,
      subject: key.certificate?.subject, source: source, isGiven: key.isGiven, records: records)
  }
}

extension ListSignatures {
  /// What became of each signed record's signature, by the record's index.
  public var outcomes: [Int: AttestationResult.FileSignatures.Outcome] {
    Dictionary(records.map { ($0.record, .init($0.outcome)) }, uniquingKeysWith: { first, _ in first })
  }
}
