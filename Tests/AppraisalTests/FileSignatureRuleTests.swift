import ByteReading
import Correlation
import Digests
import FileSignatures
import IMALog
import SampleEvidence
import Testing

@testable import Appraisal

@Suite struct FileSignatureRuleTests {
  private let list = madeList((0..<300).map { MadeRecord("/\($0)") })

  private func record(_ index: Int, _ outcome: SignatureOutcome, key: String = "01020304", _ message: String = "Why.")
    -> ListSignatures.Record
  {
    .init(record: index, outcome: outcome, key: nil, keyIdentifier: key, message: message)
  }

  private func signatures(_ records: [ListSignatures.Record], unsigned: Int = 0) -> ListSignatures {
    ListSignatures(keys: [], recordsOfKey: [], records: records, unsignedRecords: unsigned)
  }

  @Test func goodSignaturesAreNotMentioned() {
    let all = signatures([record(0, .verified), record(1, .verifiedByMeasuredKey)])
    #expect(FileSignatureRule().appraise(all, of: list).isEmpty)
  }

  @Test func anInvalidSignatureIsCriticalAndNamesRecordAndFile() throws {
    let findings = FileSignatureRule().appraise(signatures([record(7, .invalid)]), of: list)
    let finding = try #require(findings.first)
    #expect(findings.count == 1)
    #expect(finding.code == .imaSignatureInvalid)
    #expect(finding.severity == .critical)
    #expect(finding.effect == .untrusted)
    #expect(finding.record == 7)
    #expect(finding.offset == list.log.record(at: 7).offset)
    #expect(finding.message == "The signature of '/7' does not verify. Why.")
  }

  @Test func invalidOnesBeyondTheHundredthAreCounted() {
    let findings = FileSignatureRule().appraise(signatures((0..<130).map { record($0, .invalid) }), of: list)
    #expect(findings.count == 101)
    #expect(findings.last?.message == "30 more records have a signature that does not verify.")
  }

  @Test func unknownKeysAndUnverifiableKindsAreOneFindingEach() {
    let all = signatures([
      record(0, .unknownKey, key: "aa"), record(1, .unsupported, "Version 1."), record(2, .unknownKey, key: "bb"),
      record(3, .malformed, "At 3."), record(4, .unknownKey, key: "aa"), record(9, .malformed, "At 9."),
    ])
    let findings = FileSignatureRule().appraise(all, of: list)
    #expect(
      findings.map(\.code) == [
        .imaSignatureUnknownKey, .imaSignatureUnknownKey, .imaSignatureUnverifiable, .imaSignatureUnverifiable,
      ])
    #expect(findings.map(\.range) == [0...4, nil, nil, 3...9])
    #expect(findings[0].message.contains("2 records, the first of them '/0'"))
    #expect(findings.allSatisfy { $0.effect == Effect.none })
  }

  @Test func theResultCountsEachOutcomeAndShowsInvalidOnesFirst() throws {
    let all = signatures([record(0, .verified), record(1, .malformed), record(2, .invalid)], unsigned: 4)
    let result = try #require(AttestationResult.FileSignatures(all, of: list.log))
    #expect(result.counts.map(\.records) == [1, 0, 1, 0, 0, 1])
    #expect(result.counts.map(\.outcome) == AttestationResult.FileSignatures.Outcome.allCases)
    #expect(result.faults.map(\.record) == [2, 1])
    #expect(result.unsignedRecords == 4)
    #expect(all.outcomes == [0: .verified, 1: .malformed, 2: .invalid])
    #expect(AttestationResult.FileSignatures(signatures([]), of: list.log) == nil)
  }

  /// The package's signature of a content that was measured is provenance; without its key it stays one that is not verified.
  @Test func signaturesInPackagesAreShownByPackageAndKey() throws {
    var entry = AppraisedMeasurement(
      path: Array("/usr/bin/a".utf8), algorithm: "sha256", digest: Array(repeating: 1, count: 32), records: [3, 5],
      status: .known, fileClass: .code, reason: "")
    entry.package = PackageReference(
      format: .rpm, name: "a", version: "1", architecture: "x", distribution: "", origin: 0)
    entry.package?.fileSignature = [3, 2, 4, 0xaa, 0xbb, 0xcc, 0xdd, 0, 1, 9]
    let appraisal = MeasurementAppraisal(
      measurements: [entry], entryOfRecord: [], initramfsRecords: nil, origins: [], missingLibraries: [],
      level: .l4)
    let result = try #require(
      AttestationResult.FileSignatures(
        signatures([]), of: list.log, appraisal: appraisal, verifier: ListSignatureVerifier(given: [])))
    let row = try #require(result.packaged.first)
    #expect(result.packaged.count == 1)
    #expect(row.package == "a 1")
    #expect(row.keyIdentifier == "aabbccdd")
    #expect(row.outcome == .unknownKey)
    #expect(row.records == 2)
  }
}
