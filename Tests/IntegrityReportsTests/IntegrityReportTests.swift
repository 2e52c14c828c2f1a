import ByteReading
import Digests
import EvidenceIntake
import Hashing
import IMALog
import IntegrityReports
import TestSupport
import Testing

private let oat = "seed/SECURED-FP7+secured-verifier/db/measurements/ir.xml"
private let hirs = "seed/nsacyber+HIRS/HIRS_Utils/src/test/resources/reports/integrity/integrity_report_"

/// A report of two records, the second of another template, with an identifier used twice.
private let small = """
  <r:Report xmlns="http://www.trustedcomputinggroup.org/XML/SCHEMA/Core_Integrity_v1_0_1#"
    xmlns:r="http://www.trustedcomputinggroup.org/XML/SCHEMA/Integrity_Report_v1_0#" ID="host-start-1">
  <r:QuoteData><r:Quote><r:PcrComposite><r:PcrValue PcrNumber="10">AAECAwQFBgcICQoLDA0ODxAREhM=</r:PcrValue></r:PcrComposite>
  <r:QuoteInfo Fixed="QUOT" DigestValue="AAECAwQFBgcICQoLDA0ODxAREhM=" ExternalData="AAAA"/></r:Quote></r:QuoteData>
  <r:SnapshotCollection Id="x"><Values><SimpleObject>
  <Objects Type="d" Image="AAAAAA=="><Hash Id="PCR_10_LV0_d_0_EVENT">AAECAwQFBgcICQoLDA0ODxAREhM=</Hash></Objects>
  <Objects Type="ima" Image="AAECAwQFBgcICQoLDA0ODxAREhMvYQ=="><Hash Id="PCR_10_LV1_0_0_EVENT">AAECAwQFBgcICQoLDA0ODxAREhM=</Hash></Objects>
  <Objects Type="ima-x" Image="AQAAAGE="><Hash Id="x">AAECAwQFBgcICQoLDA0ODxAREhM=</Hash></Objects>
  </SimpleObject></Values><r:PcrHash Number="10" StartHash="AAAAAAAAAAAAAAAAAAAAAAAAAAA=">AAECAwQFBgcICQoLDA0ODxAREhM=</r:PcrHash>
  </r:SnapshotCollection></r:Report>
  """

private func carried(_ bytes: [UInt8], _ file: String = "ir.xml") throws -> CarriedEvidence {
  guard case .integrityReport(let carried) = identify(bytes, path: file) else { throw NotAReport() }
  return carried
}

private struct NotAReport: Error {}

/// The value of PCR 10 after each record, SHA-1, from a value of it before.
private func values(_ list: MeasurementList, from start: [UInt8] = [UInt8](repeating: 0, count: 20)) throws -> [[UInt8]]
{
  var value = start
  return try (0..<list.count).map { index in
    let record = list.record(at: index)
    let digest = record.isViolation ? [UInt8](repeating: 0xff, count: 20) : record.recordedTemplateDigest
    value = try #require(HashAlgorithm.sha1.digest(of: value + digest))
    return value
  }
}

@Suite struct IntegrityReportTests {
  @Test func recordsOfTheKernelBecomeAList() throws {
    let found = try carried(Array(small.utf8))
    #expect(found.problems.isEmpty)
    #expect(found.report.identifier == "host-start-1")
    #expect(found.report.quotes.map(\.fixed) == ["QUOT"])
    #expect(found.report.quotes[0].nonce == [0, 0, 0])
    #expect(found.registers?[.sha1, 10] == Array(0..<20))
    #expect(found.report.snapshots.map(\.eventCount) == [3])
    let list = try #require(found.list?.value)
    #expect(list.count == 2)
    #expect(list.record(at: 0).path.map { Array($0) } == Array("/a".utf8))
    #expect(list.record(at: 0).fileDigest?.bytes == Array(0..<20))
    #expect(list.record(at: 1).templateName == Array("ima-x".utf8))
    #expect(list.record(at: 1).templateData == [1, 0, 0, 0, 0x61])
    // The place is that in the document.
    let text = Array(small.utf8)
    let range = list.fileRange(at: 1)
    #expect(String(decoding: text[..<range.lowerBound].suffix(40), as: UTF8.self).contains("\"ima-x\""))
    #expect(list.record(at: 0).offset < range.lowerBound && range.lowerBound < text.count)
  }

  @Test func everyTruncationKeepsWhatStandsBeforeIt() throws {
    let bytes = Array(small.utf8)
    for length in stride(from: 0, to: bytes.count - 1, by: 16) {
      guard case .integrityReport(let found) = identify(Array(bytes.prefix(length)), path: "ir.xml") else { continue }
      #expect(!found.problems.isEmpty)
    }
  }

  @Test(arguments: [
    ("PcrNumber=\"10\"", "PcrNumber=\"99999999999999999999\"", "PcrValue number"),
    ("AAECAwQFBgcICQoLDA0ODxAREhM=</r:PcrValue>", "AAECAw==</r:PcrValue>", "PcrValue"),
    ("Image=\"AAECAwQFBgcICQoLDA0ODxAREhMvYQ==\"", "Image=\"AAECAw==\"", "Objects.Image"),
    ("Image=\"AAECAwQFBgcICQoLDA0ODxAREhMvYQ==\"", "Image=\"%s\"", "Objects.Image"),
    (
      "AAECAwQFBgcICQoLDA0ODxAREhM=</Hash></Objects>\n<Objects Type=\"ima-x\"",
      "AAEC</Hash></Objects>\n<Objects Type=\"ima-x\"", "template digest"
    ),
  ])
  func wrongValuesAreProblems(what: String, other: String, field: String) throws {
    #expect(small.contains(what))
    let found = try carried(Array(small.replacing(what, with: other).utf8))
    #expect(found.problems.contains { $0.field.contains(field) }, "\(found.problems)")
  }

  @Test func aDocumentWithADoctypeIsRefused() throws {
    let text = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><r>&e;</r>"
    guard case .refused = identify(Array(text.utf8), path: "a.xml") else {
      Issue.record("not refused")
      return
    }
    guard case .unrecognised = identify(Array("<!DOCTYPE html><html></html>".utf8), path: "a.html") else {
      Issue.record("a web page is no attack")
      return
    }
  }

  // MARK: Corpus

  @Test(.enabled(if: Corpus.isPresent))
  func theReportOfOpenAttestationReplays() throws {
    let found = try carried(try Corpus.bytes(oat))
    #expect(found.problems.isEmpty, "\(found.problems.first?.description ?? "")")
    #expect(found.report.identifier == "ned-torsec-start-1447417940580")
    #expect(found.report.keyName == "ned-torsec")
    #expect(found.report.registers.count == 24)
    let counts = Dictionary(uniqueKeysWithValues: found.report.snapshots.map { ($0.register, $0.eventCount) })
    #expect(counts == [0: 4, 1: 3, 2: 4, 3: 2, 4: 5, 5: 8, 6: 2, 7: 2, 10: 464])
    let list = try #require(found.list?.value)
    #expect(list.count == 464)
    let quoted = found.report.registers[10]
    #expect(try values(list).last == quoted)
    #expect(found.report.snapshots.first { $0.register == 10 }?.end == quoted)
    for index in 0..<list.count {
      let record = list.record(at: index)
      let path = record.path.map { Array($0) } ?? []
      let padding = [UInt8](repeating: 0, count: 256 - path.count)
      let data = try #require(record.fileDigest).bytes + path + padding
      #expect(HashAlgorithm.sha1.digest(of: data) == record.recordedTemplateDigest)
    }
    let boot = (0..<8).flatMap { found.report.registers[$0] ?? [] }
    #expect(list.record(at: 0).fileDigest?.bytes == HashAlgorithm.sha1.digest(of: boot))
    #expect(hexText(list.record(at: 0).fileDigest?.bytes ?? []) == "5d9a9ec2d9713a3381210320009914d9d89e3bdf")
    #expect(
      hexText(list.record(at: 93).fileDigest?.bytes ?? []) == "5189750b5910dd3a749a834a4137e594196be108")
  }

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      ("with_AIK_certificate.xml", 4215, 4214), ("with_ima_and_tpm.xml", 889, 888),
      ("with_ima_and_tpm_full_t0.xml", 1258, 1257), ("with_ima_and_tpm_full_t1.xml", 1601, 1601),
      ("with_ima_and_tpm_t0.xml", 4215, 4214), ("with_invalid_signature.xml", 889, 888),
    ])
  func theReportsOfHIRSReplayToTheirRegister(name: String, records: Int, reached: Int) throws {
    let found = try carried(try Corpus.bytes(hirs + name), name)
    let list = try #require(found.list?.value)
    #expect(list.count == records)
    let quoted = try #require(found.report.registers[10])
    #expect(try values(list).firstIndex(of: quoted) == reached - 1)
  }

  @Test(.enabled(if: Corpus.isPresent))
  func aDeltaContinuesTheReportBefore() throws {
    let before = try carried(try Corpus.bytes(hirs + "with_ima_and_tpm_t0.xml"))
    let delta = try carried(try Corpus.bytes(hirs + "with_ima_and_tpm_t1.xml"))
    #expect(delta.report.startIndex == 4214)
    #expect(delta.report.bootCycle == before.report.bootCycle)
    let list = try #require(delta.list?.value)
    #expect(list.count == 154)
    let start = try #require(before.report.registers[10])
    #expect(try values(list, from: start).firstIndex(of: try #require(delta.report.registers[10])) == 153)
  }

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      ("with_AIK_certificate_noPCRs.xml", 4215, false), ("with_ima_and_tpm_no_pcr10.xml", 889, false),
      ("with_ima_without_boot_aggregate.xml", 888, false), ("with_invalid_ima_and_tpm.xml", 889, true),
      ("with_ima.xml", 889, false), ("with_ima_misconfigured.xml", 1, false),
    ])
  func theFaultyReportsOfHIRSReachNothing(name: String, records: Int, hasRegister: Bool) throws {
    let found = try carried(try Corpus.bytes(hirs + name), name)
    #expect((found.list?.value.count ?? 0) == records)
    #expect((found.report.registers[10] != nil) == hasRegister)
    guard let list = found.list?.value, let quoted = found.report.registers[10] else { return }
    #expect(try values(list).firstIndex(of: quoted) == nil)
  }

  @Test(.enabled(if: Corpus.isPresent))
  func theAttackOnReadersOfXMLIsRefused() throws {
    let path =
      "seed/opencit+opencit/integration/mtwilson-client-java6/src/test/resources/host-149.saml_xxe.xml"
    #expect(identify(try Corpus.bytes(path), path: path).kind == "refused")
  }
}
