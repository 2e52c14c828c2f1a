import Appraisal
import Examination
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct SampleTests {
  @Test func theCleanCaseIsTrustedUnderAPolicyThatAsksForProofOnly() throws {
    let result = try examine(
      request(
        samples.appendingPathComponent("clean"), anchors: [labRoot],
        policy: samples.appendingPathComponent("policies/proof-only.yaml")))
    #expect(result.verdict == .trusted)
    #expect(result.decidingCodes.isEmpty)
    #expect(result.hosts.first?.reasons.contains("Freshness is not proven.") == true)
  }

  @Test func theSameCaseIsInconclusiveWithoutThePolicyTheAnchorOrTheTimeOfCollection() throws {
    let clean = samples.appendingPathComponent("clean")
    let policy = samples.appendingPathComponent("policies/proof-only.yaml")
    #expect(try examine(request(clean, anchors: [labRoot])).verdict == .inconclusive)
    #expect(try examine(request(clean, policy: policy)).verdict == .inconclusive)
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    try scratch.remove("inquest.yaml")
    let untimed = try examine(request(scratch.folder, anchors: [labRoot], policy: policy))
    #expect(untimed.verdict == .inconclusive)
    #expect(untimed.findings.contains { $0.code == .keyValidityUndetermined })
  }

  @Test func aRootFoundInTheCaseIsNoAnchor() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    try scratch.copy(labRoot, to: "keys/root.pem")
    let result = try examine(
      request(scratch.folder, policy: samples.appendingPathComponent("policies/proof-only.yaml")))
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.code == .keyUnanchored })
  }

  @Test func aCaseCannotNameItsOwnAnchorsKeysOrPolicy() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    try scratch.copy(labRoot, to: "root.pem")
    try scratch.write(
      """
      version: 1
      trust-anchors: [root.pem]
      keys: [keys/ak-rsa.cert.pem]
      policy: proof-only.yaml
      captures:
        capture:
          collected-at: 2026-11-23T05:13:17Z
      """, to: "inquest.yaml")
    let result = try examine(request(scratch.folder))
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.filter { $0.code == .descriptionInvalid }.count == 3)
  }

  @Test func theSameDescriptionDecidesWhenTheUserNamesIt() throws {
    let outside = try ScratchCase("outside")
    try outside.copy(labRoot, to: "root.pem")
    try outside.copy(samples.appendingPathComponent("policies/proof-only.yaml"), to: "policy.yaml")
    try outside.write(
      """
      version: 1
      trust-anchors: [root.pem]
      policy: policy.yaml
      """, to: "description.yaml")
    let result = try examine(
      request(
        samples.appendingPathComponent("clean"), description: outside.folder.appendingPathComponent("description.yaml"))
    )
    #expect(result.verdict == .trusted)
  }

  @Test func anExpectedNonceMakesTheQuoteFreshAndAnotherOneMakesItUntrusted() throws {
    let clean = samples.appendingPathComponent("clean")
    let policy = samples.appendingPathComponent("policies/proof-only.yaml")
    let sent = [UInt8]([0x11] + [UInt8](repeating: 1, count: 19))
    let fresh = try examine(request(clean, anchors: [labRoot], policy: policy, nonces: [sent]))
    #expect(fresh.verdict == .trusted)
    #expect(fresh.allQuotes.first?.outcome(.nonce) == .passed)
    let stale = try examine(request(clean, anchors: [labRoot], policy: policy, nonces: [[1, 2, 3]]))
    #expect(stale.verdict == .untrusted)
    #expect(stale.decidingCodes == ["quote.nonce-mismatch"])
  }

  @Test func aQuoteOfASoftwareKeyIsUntrustedBecauseItNamesAnotherKey() throws {
    let result = try examine(request(samples.appendingPathComponent("forged-quote")))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == ["key.name-mismatch"])
    #expect(result.allQuotes.first?.outcome(.signature) == .passed)
    #expect(result.allQuotes.first?.outcome(.key) == .failed)
  }

  /// The attributes of a public area are signed by nobody; the qualified name in the quote tells which area is real.
  @Test func aMadeUpPublicAreaOfTheSameKeyChangesNothingWhereTheQuoteNamesTheRealOne() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("web-01"), to: "")
    var decoy = try scratch.read("keys/ak-rsa.pub.tpm2b")
    // TPM2B size, type, nameAlg, then objectAttributes: bit 16, restricted, is bit 0 of the second byte.
    decoy[7] &= 0xfe
    try scratch.write(decoy, to: "keys/a-decoy.tpm2b")
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.decidingCodes.isEmpty)
    #expect(result.allQuotes.allSatisfy { $0.outcome(.key) == .passed })
    // Without the parent's public area nothing tells which of the two is real, so the worse one counts.
    try scratch.remove("keys/ek-rsa.pub.tpm2b")
    #expect(try examine(request(scratch.folder, anchors: [labRoot])).decidingCodes == ["key.not-restricted"])
  }

  /// From inconclusive evidence, no file that is taken away or cut makes a trusted case.
  @Test(arguments: ["without event log", "without list"])
  func takingFilesAwayNeverMakesTheVerdictBetter(base: String) throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("web-01/keys"), to: "keys")
    try scratch.copy(samples.appendingPathComponent("web-01/boot1/q2"), to: "q2")
    // A quote over PCR 10 alone would be content with the list.
    let pcr10 = Corpus.url("lab/vmA-secureboot-ima-ng/boot1/q2/quote-ecc-sha256-pcr10")
    if Corpus.isPresent {
      for ending in ["attest", "sig", "pcrs"] {
        try scratch.copy(pcr10.appendingPathExtension(ending), to: "q2/pcr10.\(ending)")
      }
    }
    try scratch.remove(base == "without event log" ? "q2/binary_bios_measurements" : "q2/binary_runtime_measurements")
    func verdict() throws -> Verdict {
      try examine(
        request(
          scratch.folder, anchors: [labRoot], policy: samples.appendingPathComponent("policies/proof-only.yaml"),
          collectedAt: "2026-11-23T06:00:00Z")
      ).verdict
    }
    #expect(try verdict() == .inconclusive)
    for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/q2").sorted() {
      let path = "q2/" + name
      let bytes = try scratch.read(path)
      // Without its statement a quote was never there: nothing can tell.
      if !name.hasSuffix(".attest") {
        try scratch.remove(path)
        #expect(try verdict() != .trusted, "without \(name)")
      }
      try scratch.write(Array(bytes.prefix(bytes.count / 2)), to: path)
      #expect(try verdict() != .trusted, "with half of \(name)")
      try scratch.write(bytes, to: path)
    }
    // Both PCR files of the wide quotes at once: their registers are then known by nothing.
    try scratch.remove("q2/quote-rsa-sha256.pcrs")
    try scratch.remove("q2/quote-ecc-both.pcrs")
    #expect(try verdict() != .trusted)
  }

  @Test func twoBootsInOneFolderAreToldApartAndEachLogGoesToItsQuote() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("web-01/keys"), to: "keys")
    for boot in ["boot1/q0", "boot2/q0"] {
      let name = boot.prefix(5)
      let source = samples.appendingPathComponent("web-01/" + boot)
      for ending in ["attest", "sig", "pcrs"] {
        try scratch.copy(source.appendingPathComponent("quote-rsa-sha256.\(ending)"), to: "all/\(name).\(ending)")
      }
      try scratch.copy(source.appendingPathComponent("binary_runtime_measurements"), to: "all/\(name)-list.bin")
      try scratch.copy(source.appendingPathComponent("binary_bios_measurements"), to: "all/\(name)-events.bin")
    }
    let result = try examine(request(scratch.folder, anchors: [labRoot], collectedAt: "2026-11-23T06:00:00Z"))
    #expect(result.decidingCodes.isEmpty, "\(result.findings.filter { $0.effect == .untrusted }.map(\.message))")
    #expect(result.hosts.first?.boots.map(\.resetCount) == [3, 4])
    for boot in result.hosts.first?.boots ?? [] {
      #expect(boot.captures.flatMap(\.logs).allSatisfy { $0.provenRecords != nil })
    }
  }

  @Test func logsThatTwoHostsShareByteForByteCountForBoth() throws {
    let scratch = try ScratchCase()
    let clean = samples.appendingPathComponent("clean")
    let web = samples.appendingPathComponent("web-01")
    try scratch.copy(clean, to: "h1")
    try scratch.copy(web.appendingPathComponent("keys/ak-ecc.cert.pem"), to: "h2/keys/ak-ecc.cert.pem")
    try scratch.copy(web.appendingPathComponent("keys/ak-ca-issuing.pem"), to: "h2/keys/ak-ca-issuing.pem")
    for ending in ["attest", "sig", "pcrs"] {
      try scratch.copy(web.appendingPathComponent("boot2/q0/quote-ecc-both.\(ending)"), to: "h2/capture/q.\(ending)")
    }
    for log in ["binary_bios_measurements", "binary_runtime_measurements"] {
      try scratch.copy(clean.appendingPathComponent("capture/" + log), to: "h2/capture/" + log)
    }
    let result = try examine(
      request(
        scratch.folder, anchors: [labRoot], policy: samples.appendingPathComponent("policies/proof-only.yaml"),
        collectedAt: "2026-11-23T06:00:00Z"))
    #expect(result.hosts.map(\.name) == ["h1", "h2"])
    #expect(result.hosts.map(\.verdict) == [.trusted, .trusted], "\(result.hosts.map(\.reasons))")
  }

  @Test func aQuoteOfRegistersAtResetIsNotTrustedWithoutAnyLogToAssess() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    try scratch.remove("capture/binary_runtime_measurements")
    try scratch.remove("capture/binary_bios_measurements")
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.verdict == .inconclusive)
    #expect(result.hosts.first?.reasons.contains { $0.contains("Boot content is proven") } == false)
  }

  @Test func anEditedDigestIsNamedByItsRecord() throws {
    let result = try examine(request(samples.appendingPathComponent("edited-list"), anchors: [labRoot]))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == ["ima.template-hash-mismatch", "log.replay-mismatch"])
    #expect(result.findings.filter { $0.effect == .untrusted }.allSatisfy { $0.record == 520 })
  }

  @Test func webOneTellsItsTwoBootsApartAndBracketsEveryRecord() throws {
    let result = try examine(request(samples.appendingPathComponent("web-01"), anchors: [labRoot]))
    #expect(result.hosts.map(\.name) == ["web-01"])
    #expect(result.hosts.first?.boots.map(\.resetCount) == [3, 4])
    #expect(result.verdict == .inconclusive)
    #expect(result.decidingCodes.isEmpty)
    let list = try #require(result.allLogs.first { $0.file == "boot1/q3/binary_runtime_measurements" })
    #expect(list.records == 921)
    #expect(list.provenRecords == 913)
    #expect(list.violations == [617, 621])
    let cuts = list.brackets.map(\.records)
    #expect(cuts == [0..<473, 473..<476, 476..<508, 508..<511, 511..<890, 890..<893, 893..<910, 910..<913, 913..<921])
    // The implant, record 578, ran between the second and the third collection.
    let bracket = try #require(list.brackets.first { $0.records.contains(578) })
    #expect(bracket.after == "boot1/q1/quote-ecc-both.attest")
    #expect(bracket.before == "boot1/q2/quote-rsa-sha256.attest")
  }

  @Test(arguments: ["web-01", "clean", "forged-quote", "edited-list"])
  func aReportIsTheSameBytesOnAnyNumberOfThreads(name: String) throws {
    let folder = samples.appendingPathComponent(name)
    let one = try examine(request(folder, anchors: [labRoot], jobs: 1))
    let two = try examine(request(folder, anchors: [labRoot], jobs: 2))
    let five = try examine(request(folder, anchors: [labRoot], jobs: 5))
    #expect(one == two)
    #expect(JSONReport.render(one) == JSONReport.render(five))
    #expect(XMLReport.render(one) == XMLReport.render(five))
    #expect(HTMLReport.render(one) == HTMLReport.render(five))
  }
}
