import ByteReading
import Foundation
import PublicKeys
import QuoteVerification
import SampleEvidence
import TPMStructures
import TestSupport
import Testing

@testable import Appraisal

@Suite struct KeyRuleTests {
  private let rule = KeyRule()

  /// Keys of web-01 from the named files.
  private func keys(_ files: String...) throws -> [KeySource] {
    try SampleCase.web().keys.filter { files.contains($0.file) }
  }

  private func changed(_ file: String, _ change: (inout [UInt8]) -> Void) throws -> KeySource {
    let url = projectRoot.appendingPathComponent("samples/web-01/keys/" + file)
    var bytes = [UInt8](try Data(contentsOf: url))
    if file.hasSuffix(".pem") {
      bytes = try #require(pemBlocks(bytes).first).der
      change(&bytes)
      return KeySource(file: file, content: .certificate(try #require(Certificate(der: bytes))))
    }
    change(&bytes)
    let area = try bytes.read(file: file, byteOrder: .bigEndian) { reader throws(ParseError) in
      try PublicArea(from: &reader)
    }
    return KeySource(file: file, content: .publicArea(area))
  }

  @Test func aNamedRestrictedAndAnchoredKeyPasses() throws {
    let outcome = rule.appraise(try webQuote())
    #expect(outcome.checks.map(\.outcome) == [.passed, .passed, .passed, .passed])
    #expect(outcome.checks.map(\.part) == [nil, "name", "attributes", "trust"])
    #expect(outcome.findings.isEmpty)
  }

  @Test func withoutAVerifiedSignatureNothingIsSaidOfTheKey() throws {
    for quote in [try webQuote(keys: []), try webQuote { $0.signature = .absent }] {
      let outcome = rule.appraise(quote)
      #expect(outcome.checks.map(\.outcome) == [.undetermined])
      #expect(outcome.findings.isEmpty)
    }
    // The named key is known here, and it did not sign.
    let forged = try SampleCase.web().quote("boot1/q2/quote-rsa-sha256")
    #expect(rule.appraise(try webQuote { $0.signature = forged.signature }).whole(.key) == .undetermined)
  }

  @Test func aStatementThatNamesAnotherKeyThanTheOneThatSignedFails() throws {
    let outcome = rule.appraise(try SampleCase("forged-quote").verified("capture/software-signed"))
    #expect(outcome.whole(.key) == .failed)
    #expect(outcome.part("name") == .failed)
    #expect(outcome.codes.contains("key.name-mismatch"))
    #expect(outcome.findings.first { $0.code == .keyNameMismatch }?.effect == .untrusted)
  }

  @Test func aNameThatCannotBeComputedDoesNotStandInTheWayOfAnAnchoredKey() throws {
    let outcome = rule.appraise(
      try webQuote(keys: try keys("keys/ak-rsa.cert.pem", "keys/ak-ca-issuing.pem")))
    #expect(outcome.part("name") == .undetermined)
    #expect(outcome.part("attributes") == .undetermined)
    #expect(outcome.part("trust") == .passed)
    #expect(outcome.whole(.key) == .passed)
    #expect(outcome.findings.isEmpty)
  }

  /// TPM2B size, type, nameAlg, then objectAttributes: restricted is bit 0 of the second byte, decrypt its bit 1,
  /// fixedTPM bit 1 of the last.
  @Test(arguments: [(7, 0xfe, 0x00), (7, 0xff, 0x02), (9, 0xfd, 0x00)] as [(Int, UInt8, UInt8)])
  func aKeyThatIsNoRestrictedSigningKeyOfOneTPMFails(byte: Int, kept: UInt8, added: UInt8) throws {
    let area = try changed("ak-rsa.pub.tpm2b") { $0[byte] = $0[byte] & kept | added }
    let outcome = rule.appraise(
      try webQuote(keys: [area] + (try keys("keys/ak-rsa.cert.pem", "keys/ak-ca-issuing.pem"))))
    #expect(outcome.part("attributes") == .failed)
    #expect(outcome.part("trust") == .passed)
    #expect(outcome.whole(.key) == .failed)
    #expect(outcome.codes == ["key.not-restricted"])
  }

  @Test func aPinnedKeyIsTrustedAndOneWithoutAnchorOrCertificateIsOpen() throws {
    var pinned = try keys("keys/ak-rsa.pub.tpm2b")
    #expect(rule.appraise(try webQuote(keys: pinned)).codes == ["key.unanchored"])
    #expect(rule.appraise(try webQuote(anchors: [])).codes == ["key.unanchored"])
    #expect(rule.appraise(try webQuote(anchors: [])).whole(.key) == .undetermined)
    pinned[0].isPinned = true
    let outcome = rule.appraise(try webQuote(keys: pinned, anchors: []))
    #expect(outcome.whole(.key) == .passed)
    #expect(outcome.findings.isEmpty)
  }

  @Test func withoutATimeOrOutsideItsValidityACertificateIsOpenAndNotBad() throws {
    let untimed = rule.appraise(try webQuote(at: nil))
    #expect(untimed.codes == ["key.validity-undetermined"])
    // 1980 and 2100.
    for time in [315_532_800, 4_102_444_800] as [Int64] {
      let outcome = rule.appraise(try webQuote(at: time))
      #expect(outcome.codes == ["key.expired-at-capture"])
      #expect(outcome.findings.map(\.severity) == [.warning])
      #expect(outcome.whole(.key) == .undetermined)
      #expect(outcome.part("trust") == .undetermined)
    }
    #expect(untimed.whole(.key) == .undetermined)
  }

  @Test func aCertificateWhoseSignatureIsWrongIsRefused() throws {
    let certificate = try changed("ak-rsa.cert.pem") { $0[$0.count - 1] ^= 1 }
    let outcome = rule.appraise(
      try webQuote(keys: [certificate] + (try keys("keys/ak-rsa.pub.tpm2b", "keys/ak-ca-issuing.pem"))))
    #expect(outcome.codes == ["key.untrusted"])
    #expect(outcome.findings.map(\.effect) == [.untrusted])
    #expect(outcome.whole(.key) == .failed)
  }
}
