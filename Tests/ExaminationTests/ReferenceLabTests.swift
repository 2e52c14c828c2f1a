import Appraisal
import ByteReading
import EvidenceIntake
import Examination
import Foundation
import IMALog
import LabReferences
import ReferenceStore
import TestSupport
import Testing

private let lab = Corpus.url("lab")
private let site = samples.appendingPathComponent("policies/site.yaml")

/// What the references say of the lab's machines, against the classes that were written down when the evidence was made.
@Suite(.enabled(if: Corpus.isPresent)) struct ReferenceLabTests {
  // MARK: Every record of vmA

  @Test func everyRecordOfAnInstalledFileIsKnown() throws {
    let truth = try Truth("vmA-secureboot-ima-ng/boot1")
    let appraisal = try appraise("vmA-secureboot-ima-ng/boot1/q3", LabStore.whole)
    var superseded: Set<String> = []
    for row in truth.rows where row.kind.hasPrefix("as-installed") {
      let entry = appraisal.entry(ofRecord: row.record)
      if entry.status == .superseded, let package = entry.package { superseded.insert(package.title) }
      #expect([.known, .superseded].contains(entry.status), "\(row.record) \(row.path): \(entry.status)")
    }
    #expect(truth.rows.filter { $0.kind.hasPrefix("as-installed") }.count == 755)
    // The store also has openssl 3.0.22, which came into the machine while it ran.
    #expect(superseded.isSubset(of: ["openssl 3.0.20-1~deb12u2"]) && !superseded.isEmpty)
  }

  @Test func everyRecordOfAnInstalledPackageIsKnownByThePackagesAlone() throws {
    let truth = try Truth("vmA-secureboot-ima-ng/boot1")
    let appraisal = try appraise("vmA-secureboot-ima-ng/boot1/q3", LabStore.packagesOnly)
    for row in truth.rows where row.kind.hasPrefix("as-installed:") && row.kind != "as-installed:no-package" {
      let status = appraisal.entry(ofRecord: row.record).status
      #expect([.known, .superseded].contains(status), "\(row.record) \(row.path): \(status)")
    }
  }

  @Test func theCountsOfEachStatusAreThoseOfTheTruth() throws {
    let appraisal = try appraise("vmA-secureboot-ima-ng/boot1/q3", LabStore.whole)
    let counts = Dictionary(uniqueKeysWithValues: appraisal.recordsByStatus.map { ($0.status, $0.count) })
    #expect(
      counts == [
        .unknown: 19, .changed: 4, .superseded: 1, .knownElsewhere: 4, .known: 779, .recomputed: 4, .classed: 8,
        .exempt: 27, .emptyFile: 72, .violation: 2, .notAFile: 1,
      ])
    #expect(appraisal.entryOfRecord.count == 921 && appraisal.initramfsRecords == 75)
  }

  @Test func changedUnknownAndCopiedFilesAreToldApart() throws {
    let appraisal = try appraise("vmA-secureboot-ima-ng/boot1/q3", LabStore.whole)
    #expect(
      appraisal.paths(.changed) == [
        "/conf/initramfs.conf", "/usr/bin/whoami", "/etc/nginx/nginx.conf", "/usr/bin/ldd",
      ])
    let classes = appraisal.measurements.filter { $0.status == .changed }.map(\.fileClass)
    #expect(classes == [.configuration, .code, .configuration, .code])
    let unknown = appraisal.measurements.filter { $0.status == .unknown }
    #expect(unknown.allSatisfy { $0.fileClass == .code })
    let roots = Set(unknown.map { escapedText($0.path).split(separator: "/").prefix(2).joined(separator: "/") })
    #expect(roots.filter { !$0.hasPrefix("tmp/cc") }.sorted() == ["opt/evil", "opt/odd"])
    #expect(
      appraisal.paths(.knownElsewhere) == [
        "/opt/odd/copied-id", "/opt/odd/hard-hostname", "/evidence/boot1/last.out", "/root/whoami.orig",
      ])
    let upgraded = appraisal.entry(ofRecord: 873)
    #expect(upgraded.status == .known && upgraded.package?.title == "openssl 3.0.22-1~deb12u2")
    #expect(appraisal.entry(ofRecord: 880).package?.name == "hello")
    #expect(appraisal.entry(ofRecord: 870).rule == .unpacking)
    #expect(appraisal.entry(ofRecord: 633).rule == .packageFile)
    #expect(appraisal.entry(ofRecord: 902).status == .known, "dpkg's list of the files of hello")
  }

  @Test func filesOfTheInitramfsAreFoundInThePackagesTheyWereCopiedFrom() throws {
    let truth = try Truth("vmA-secureboot-ima-ng/boot1")
    let appraisal = try appraise("vmA-secureboot-ima-ng/boot1/q3", LabStore.whole)
    let copies = truth.rows.filter { $0.record < 75 && $0.kind.hasPrefix("other-path-of") }
    #expect(copies.count == 14)
    // The machine's own initramfs.conf was edited; the package's is another one.
    for row in copies where row.path != "/conf/initramfs.conf" {
      let entry = appraisal.entry(ofRecord: row.record)
      #expect(entry.status == .known && [.initramfs, .newRoot].contains(entry.rule), "\(row.path)")
    }
  }

  // MARK: Verdicts

  @Test func theFirstCaptureIsTrustedWithItsReferences() throws {
    for store in [LabStore.whole, LabStore.packagesOnly] {
      let result = try examined("vmA-secureboot-ima-ng", capture: "boot1/q0", store)
      #expect(result.verdict == .trusted, "\(result.reasons)")
      #expect(result.findings.filter { $0.severity == .critical || $0.effect != .none }.isEmpty)
      #expect(result.measurements.notVerified > 0)
    }
  }

  @Test(arguments: ["boot1/q2", "boot1/q3"])
  func capturesAfterTheTamperingAreUntrustedForItAlone(capture: String) throws {
    let result = try examined("vmA-secureboot-ima-ng", capture: capture, LabStore.whole)
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == ["measurement.unknown", "measurement.changed"])
    let changed = result.findings.filter { $0.code == .measurementChanged && $0.effect == .untrusted }
    #expect(changed.count == 2 && changed.contains { $0.message.hasPrefix("'/usr/bin/whoami'") })
    #expect(changed.contains { $0.message.hasPrefix("'/usr/bin/ldd'") })
    let unknown = result.findings.filter { $0.code == .measurementUnknown && $0.effect == .untrusted }
    #expect(
      unknown.allSatisfy { finding in
        ["'/opt/evil/", "'/opt/odd/", "'/tmp/cc"].contains { finding.message.hasPrefix($0) }
      }, "\(unknown.map(\.message))")
    #expect(result.level == .l1)
  }

  @Test func theSecondBootIsUntrustedForWhatIsStillTampered() throws {
    let result = try examined("vmA-secureboot-ima-ng", capture: "boot2/q1", LabStore.whole)
    #expect(result.verdict == .untrusted)
    let deciding = result.findings.filter { $0.effect == .untrusted }
    #expect(deciding.map(\.code) == [.measurementChanged])
    #expect(deciding[0].message.hasPrefix("'/usr/bin/ldd'"))
  }

  @Test func withoutFirmwareLogTheFirstCaptureIsInconclusiveForThatOnly() throws {
    let result = try examined("vmB-nosb-ima-sig", capture: "boot1/q0", LabStore.whole)
    #expect(result.verdict == .inconclusive)
    #expect(Set(result.findings.filter { $0.effect != .none }.map(\.code)) == [.logMissing])
    let second = try examined("vmB-nosb-ima-sig", capture: "boot1/q1", LabStore.whole)
    #expect(second.verdict == .untrusted)
    #expect(second.decidingCodes == ["measurement.unknown", "measurement.changed"])
    #expect(second.findings.filter { $0.code == .measurementChanged && $0.effect == .untrusted }.count == 1)
  }

  @Test func oldListsAreTrustedWithAWarningForTheirDigests() throws {
    let result = try examined("vmG-legacy-ima-sha1", capture: "boot1/q0", LabStore.whole)
    #expect(result.verdict == .trusted, "\(result.reasons)")
    #expect(result.findings.contains { $0.code == .referenceWeakDigest && $0.severity == .warning })
    let second = try examined("vmG-legacy-ima-sha1", capture: "boot1/q1", LabStore.whole)
    #expect(second.verdict == .untrusted)
    let changed = second.findings.filter { $0.code == .measurementChanged && $0.effect == .untrusted }
    #expect(changed.count == 1 && changed.allSatisfy { $0.message.hasPrefix("'/usr/bin/tree'") })
  }

  @Test func withoutTheExemptionTheAgentIsUnknownCode() throws {
    let result = try examined("vmA-secureboot-ima-ng", capture: "boot1/q0", LabStore.packagesOnly, policy: nil)
    #expect(result.verdict == .untrusted)
    let deciding = result.findings.filter { $0.effect == .untrusted }.map(\.message)
    #expect(deciding.allSatisfy { $0.contains("lab-agent") || $0.contains("scenario.sh") }, "\(deciding)")
  }
}

// MARK: Support

private func appraise(_ capture: String, _ store: ReferenceStore?) throws -> MeasurementAppraisal {
  let policy = try Policy([UInt8](try Data(contentsOf: site)), file: "site.yaml")
  let appraiser = try MeasurementAppraiser(stores: [try #require(store)], policy: policy, asOf: nil)
  let bytes = [UInt8](try Data(contentsOf: lab.appendingPathComponent("\(capture)/ima-after.bin")))
  let format = try #require(MeasurementListFormat.detect(bytes))
  return try appraiser.appraise(MeasurementList.parse(bytes, file: capture, format: format).value)
}

/// One capture of a machine as a case of its own, with the machine's keys.
private func examined(
  _ machine: String, capture: String, _ store: ReferenceStore?, policy: URL? = site
) throws -> AttestationResult {
  let folder = lab.appendingPathComponent(machine)
  let scratch = try ScratchCase()
  try scratch.copy(folder.appendingPathComponent("keys"), to: "keys")
  try scratch.copy(folder.appendingPathComponent(capture), to: capture)
  let root = try ScratchCase()
  try root.copy(folder.appendingPathComponent("keys/ak-ca-root.pem"), to: "root.pem")
  var request = request(
    scratch.folder, anchors: [root.folder.appendingPathComponent("root.pem")], policy: policy,
    collectedAt: "2026-11-23T06:00:00Z")
  request.references = [FilePath(try #require(store).file)]
  return try examine(request)
}

/// `ima-entries.tsv` of one boot.
private struct Truth {
  var rows: [(record: Int, kind: String, path: String)]

  init(_ boot: String) throws {
    let text = try String(contentsOf: lab.appendingPathComponent("\(boot)/ima-entries.tsv"), encoding: .utf8)
    rows = text.split(separator: "\n").dropFirst().compactMap { line in
      let columns = line.components(separatedBy: "\t")
      guard columns.count >= 9, let record = Int(columns[0]) else { return nil }
      return (record, columns[6], columns[8])
    }
  }
}

extension MeasurementAppraisal {
  fileprivate func entry(ofRecord record: Int) -> AppraisedMeasurement { measurements[Int(entryOfRecord[record])] }

  fileprivate func paths(_ status: MeasurementStatus) -> [String] {
    measurements.filter { $0.status == status }.map { escapedText($0.path) }
  }
}
