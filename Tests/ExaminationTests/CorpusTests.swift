import Appraisal
import Examination
import Foundation
import Reports
import TestSupport
import Testing
import XMLReading

/// Other people's evidence, folder by folder, as a user would throw it at the tool.
@Suite(.enabled(if: Corpus.isPresent)) struct CorpusTests {
  /// No real firmware and no real kernel is condemned: what remains are files that were altered on purpose.
  @Test(arguments: [
    (
      "eventlog",
      ["event.digest-mismatch nsacyber__HIRS/tools/tcg_rim_tool/src/test/resources/TPMLog_Altered.bin"]
    ),
    (
      "ima",
      [
        // Planted by its authors, record 1079.
        "ima.template-hash-mismatch kgoldman+acs/acs/imasig.log",
        // A unit test's bad signature, edited into a line.
        "ima.template-hash-mismatch keylime+keylime/extracted/test_ima_verification.BAD_SIGNATURES.txt",
        // Unit tests with an algorithm name that no kernel writes, so the hash is of other bytes.
        "ima.template-hash-mismatch keylime+keylime/test/data/create-runtime-policy/ima-log-sm3_256",
        "ima.template-hash-mismatch keylime+keylime/test/data/create-runtime-policy/ima-log-unknown",
      ]
    ),
    ("quotes", []),
    (
      "seed",
      [
        // An attack on readers of XML, kept by its project as a test.
        "input.refused opencit+opencit/integration/mtwilson-client-java6/src/test/resources/host-149.saml_xxe.xml"
      ]
    ),
  ])
  func onlyEvidenceThatWasAlteredOnPurposeIsUntrusted(folder: String, expected: [String]) throws {
    let result = try examine(request(Corpus.url(folder)))
    let deciding = result.findings.filter { $0.effect == .untrusted }.map { "\($0.code.rawValue) \($0.file ?? "")" }
    #expect(Set(deciding) == Set(expected))
    #expect(result.verdict == (expected.isEmpty ? .inconclusive : .untrusted))
  }

  @Test(arguments: ["lab", "eventlog", "ima", "quotes", "seed", "ref"])
  func everyReportOfTheCorpusIsValidByItsSchema(folder: String) throws {
    let result = try examine(request(Corpus.url(folder)))
    #expect(XMLValidator.problems(in: XMLReport.render(result), schema: XMLReport.schema).isEmpty)
    #expect(try JSONSerialization.jsonObject(with: Data(JSONReport.render(result))) is [String: Any])
    #expect(!HTMLReport.render(result).isEmpty)
  }

  @Test func theQuotesOfOtherToolsVerifyWhereTheirKeyIsArchived() throws {
    let result = try examine(request(Corpus.url("quotes")))
    let verified = result.allQuotes.filter { $0.outcome(.signature) == .passed }.map(\.file)
    #expect(verified.contains("hpe-security-lab+keylime-perf-tests/extracted/message.bin"))
    #expect(verified.contains("keylime+keylime/test-data/files/quote.out"))
    #expect(verified.count { $0.hasPrefix("lab-swtpm/") } == 11)
  }

  /// The negative fixture of the lab: a PCR file that calls register 10 register 23, with values that hash to the digest.
  @Test func aPCRFileThatRelabelsARegisterIsRefused() throws {
    let scratch = try ScratchCase()
    let folder = Corpus.url("quotes/lab-swtpm")
    for file in ["rsassa-sha256-tss.msg", "rsassa-sha256-tss.sig", "ak-rsassa.pem"] {
      try scratch.copy(folder.appendingPathComponent(file), to: file)
    }
    try scratch.copy(
      folder.appendingPathComponent("NEGATIVE-relabelled-pcr10-as-23.pcrs"), to: "rsassa-sha256-tss.pcrs")
    let result = try examine(request(scratch.folder, keys: [folder.appendingPathComponent("ak-rsassa.pem")]))
    #expect(result.decidingCodes == ["quote.pcr-selection-mismatch"])
    #expect(result.allQuotes.first?.outcome(.pcrDigest) == .failed)
    #expect(result.allQuotes.first?.pcrs.isEmpty == true)
  }
}
