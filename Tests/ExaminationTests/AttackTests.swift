import Appraisal
import Digests
import Examination
import Foundation
import Hashing
import IMALog
import TestSupport
import Testing

/// What somebody who owns the archive would try, and clutter that must not condemn genuine evidence.
@Suite struct AttackTests {
  private let clean = samples.appendingPathComponent("clean")
  private let proofOnly = samples.appendingPathComponent("policies/proof-only.yaml")

  private func verdict(_ folder: URL, collectedAt: String? = nil) throws -> AttestationResult {
    try examine(request(folder, anchors: [labRoot], policy: proofOnly, collectedAt: collectedAt))
  }

  /// The records of the list, hidden as opaque boot events in the register that the quote covers.
  @Test func eventsThatExtendTheRegisterOfIMAExplainNothing() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    let bytes = try scratch.read("capture/binary_runtime_measurements")
    let format = try #require(MeasurementListFormat.detect(bytes))
    let list = MeasurementList.parse(bytes, file: "list", format: format).value
    var log = try scratch.read("capture/binary_bios_measurements")
    // The quote proves the first 478 records.
    for index in 0..<478 {
      let record = list.record(at: index)
      let digests = try [HashAlgorithm.sha1, .sha256].map { ($0, try #require($0.digest(of: record.hashedBytes))) }
      log += little(10) + little(0xd) + little(2)
      for (algorithm, digest) in digests { log += [UInt8(algorithm.rawValue), 0] + digest }
      log += little(6) + Array("initrd".utf8)
    }
    try scratch.write(log, to: "capture/binary_bios_measurements")
    try scratch.remove("capture/binary_runtime_measurements")
    let result = try verdict(scratch.folder)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.code == .logMissing && $0.message.hasPrefix("PCR 10 ") })
  }

  @Test func eventsWithoutADigestInTheQuotedBankAreNotProven() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    var log = try scratch.read("capture/binary_bios_measurements")
    log += little(8) + little(0xd) + little(1) + [4, 0] + [UInt8](repeating: 7, count: 20) + little(4)
    log += Array("made".utf8)
    try scratch.write(log, to: "capture/binary_bios_measurements")
    let result = try verdict(scratch.folder)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.code == .logUnprovenRecords && $0.record == 52 })
  }

  @Test func recordsForRegistersThatNoTPMHasAreNotProven() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    var list = try scratch.read("capture/binary_runtime_measurements")
    let digest = Array("sha256:".utf8) + [0] + [UInt8](repeating: 9, count: 32)
    let data = little(digest.count) + digest + little(5) + Array("/bin".utf8) + [0]
    let record =
      little(40) + (try #require(HashAlgorithm.sha1.digest(of: data))) + little(6) + Array("ima-ng".utf8)
      + little(data.count) + data
    list.insert(contentsOf: record, at: 0)
    try scratch.write(list, to: "capture/binary_runtime_measurements")
    let result = try verdict(scratch.folder)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.code == .logUnprovenRecords })
  }

  /// The nonce that the user sent is answered by a key that nobody vouches for, beside an old quote of the trusted key.
  @Test func anotherKeyDoesNotAnswerInThePlaceOfTheTrustedOne() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    let web = samples.appendingPathComponent("web-01")
    for name in ["quote-ecc-both.attest", "quote-ecc-both.sig", "quote-ecc-both.pcrs", "binary_runtime_measurements"] {
      try? scratch.remove("capture/" + name)
      try scratch.copy(web.appendingPathComponent("boot2/q1/" + name), to: "capture/" + name)
    }
    try scratch.copy(web.appendingPathComponent("keys/ak-ecc.pub.tpm2b"), to: "keys/ak-ecc.pub.tpm2b")
    var asked = request(scratch.folder, anchors: [labRoot], policy: proofOnly, collectedAt: "2026-11-23T06:00:00Z")
    asked.nonces = [Array([0x12] + [UInt8](repeating: 0x02, count: 19))]
    let result = try examine(asked)
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == ["quote.nonce-mismatch"])
    // Without a nonce that was sent, the same evidence is trusted, and not called fresh.
    asked.nonces = []
    #expect(try examine(asked).verdict == .trusted)
  }

  @Test func theUsersTimeOfCollectionGoesBeforeTheCases() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    try scratch.write("version: 1\ncaptures:\n  capture:\n    collected-at: 2019-01-01T00:00:00Z\n", to: "inquest.yaml")
    let claimed = try verdict(scratch.folder)
    #expect(claimed.verdict == .inconclusive)
    #expect(claimed.findings.contains { $0.code == .keyExpiredAtCapture })
    #expect(try verdict(scratch.folder, collectedAt: "2026-11-23T06:00:00Z").verdict == .trusted)
  }

  @Test func aFewBytesOfYAMLWithAliasesAreRefusedAndNotExpanded() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    var bomb = "version: 1\ntitle: &a0 [x,x]\n"
    for level in 1..<40 { bomb += "b\(level): &a\(level) [*a\(level - 1),*a\(level - 1)]\n" }
    try scratch.write(bomb, to: "inquest.yaml")
    let result = try verdict(scratch.folder, collectedAt: "2026-11-23T06:00:00Z")
    #expect(result.findings.contains { $0.code == .descriptionInvalid })
  }

  // MARK: Clutter

  @Test func aMissingAttestationKeyIsMissingAndNoBadSignature() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    try scratch.remove("keys/ak-rsa.cert.pem")
    let result = try verdict(scratch.folder)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.code == .keyMissing })
    #expect(result.decidingCodes.isEmpty)
  }

  @Test func strayCompanionsOfOtherQuotesCondemnNothing() throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    let other = samples.appendingPathComponent("web-01/boot1/q0/quote-ecc-both")
    try scratch.copy(other.appendingPathExtension("sig"), to: "capture/stray.sig")
    try scratch.copy(other.appendingPathExtension("pcrs"), to: "capture/stray.pcrs")
    // A detached signature of the archive itself, whose name comes first.
    try scratch.write([UInt8](repeating: 0x88, count: 543), to: "capture/quote-rsa-sha256.quote.sig")
    #expect(try verdict(scratch.folder).verdict == .trusted)
    // The quote's own files under other names are found by what they verify.
    try scratch.write(try scratch.read("capture/quote-rsa-sha256.sig"), to: "capture/signature.bin")
    try scratch.remove("capture/quote-rsa-sha256.sig")
    try scratch.remove("capture/quote-rsa-sha256.quote.sig")
    try scratch.write(try scratch.read("capture/quote-rsa-sha256.pcrs"), to: "capture/registers.bin")
    try scratch.remove("capture/quote-rsa-sha256.pcrs")
    #expect(try verdict(scratch.folder).verdict == .trusted)
  }

  @Test(arguments: ["0x", "", "nonce: "])
  func aNonceIsReadInTheSpellingsOfOtherTools(prefix: String) throws {
    let scratch = try ScratchCase()
    try scratch.copy(clean, to: "")
    try scratch.write(prefix + "11" + String(repeating: "01", count: 19) + "\n", to: "capture/nonce.txt")
    #expect(try verdict(scratch.folder).verdict == .trusted)
    try scratch.write(prefix + "22" + String(repeating: "01", count: 19) + "\n", to: "capture/nonce.txt")
    #expect(try verdict(scratch.folder).decidingCodes == ["quote.nonce-mismatch"])
  }

  @Test func logsBesideTheFolderOfTheQuoteAreHeldAgainstIt() throws {
    let scratch = try ScratchCase()
    let edited = samples.appendingPathComponent("edited-list")
    try scratch.copy(edited.appendingPathComponent("keys"), to: "host/keys")
    for ending in ["attest", "sig", "pcrs"] {
      try scratch.copy(edited.appendingPathComponent("q2/quote-rsa-sha256.\(ending)"), to: "host/q2/q.\(ending)")
    }
    for log in ["binary_bios_measurements", "binary_runtime_measurements"] {
      try scratch.copy(edited.appendingPathComponent("q2/" + log), to: "host/logs/" + log)
    }
    let result = try verdict(scratch.folder, collectedAt: "2026-11-23T06:00:00Z")
    #expect(result.decidingCodes == ["ima.template-hash-mismatch", "log.replay-mismatch"])
  }

  private func little(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
}
