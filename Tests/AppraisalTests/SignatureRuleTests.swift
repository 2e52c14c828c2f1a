import ByteReading
import PublicKeys
import QuoteVerification
import SampleEvidence
import TPMStructures
import Testing

@testable import Appraisal

@Suite struct SignatureRuleTests {
  private let rule = SignatureRule()

  private func appraise(
    _ stem: String = goodQuote, keys: [KeySource]? = nil, change: (inout UnverifiedQuote) throws -> Void = { _ in }
  ) throws -> QuoteOutcome {
    rule.appraise(try webQuote(stem, keys: keys, change: change))
  }

  @Test(arguments: [
    ("boot1/q1/quote-rsa-sha256", "Verifies: rsassa with sha256."),
    ("boot1/q1/quote-ecc-both", "Verifies: ecdsa with sha256."),
  ])
  func aGoodSignaturePassesAndIsNamedByItsScheme(stem: String, message: String) throws {
    let outcome = try appraise(stem)
    #expect(outcome.whole(.signature) == .passed)
    #expect(outcome.checks.map(\.message) == [message])
    #expect(outcome.findings.isEmpty)
  }

  @Test func aStatementWithoutSignatureIsOpenAndNotProvenBad() throws {
    let outcome = try appraise { $0.signature = .absent }
    #expect(outcome.whole(.signature) == .undetermined)
    #expect(outcome.codes == ["quote.signature-missing"])
    #expect(outcome.findings.map(\.effect) == [.inconclusive])
  }

  /// That it cannot be read is said by the rule about structure.
  @Test func anUnreadableStatementIsNotAlsoBlamedForItsSignature() throws {
    let error = ParseError(file: "q", offset: 0, field: "f", expected: "a", found: "b")
    let outcome = try appraise { $0.attestation = .unreadable(error) }
    #expect(outcome.whole(.signature) == .undetermined)
    #expect(outcome.findings.isEmpty)
  }

  @Test func aSignatureFileThatCannotBeReadIsInvalid() throws {
    let error = ParseError(file: "q.sig", offset: 4, field: "TPMT_SIGNATURE", expected: "256 bytes", found: "3")
    let outcome = try appraise { $0.signature = .unreadable(error) }
    #expect(outcome.whole(.signature) == .failed)
    #expect(outcome.codes == ["quote.signature-invalid"])
    #expect(outcome.findings.first?.offset == 4)
    #expect(outcome.findings.first?.message.contains("TPMT_SIGNATURE: expected 256 bytes, found 3") == true)
  }

  @Test(arguments: [0, 100, 255])
  func aSignatureWithOneBitChangedIsInvalid(byte: Int) throws {
    let outcome = try appraise { quote in
      guard case .rsassa(let hash, var bytes)? = quote.signature.value else { return }
      bytes[byte] ^= 1
      quote.signature = .present(.rsassa(hash: hash, bytes))
    }
    #expect(outcome.whole(.signature) == .failed)
    #expect(outcome.codes == ["quote.signature-invalid"])
    #expect(outcome.findings.first?.message == "The key that the statement names did not make this signature.")
  }

  @Test func theSignatureOfAnotherQuoteIsInvalid() throws {
    let other = try SampleCase.web().quote("boot1/q2/quote-rsa-sha256")
    let outcome = try appraise { $0.signature = other.signature }
    #expect(outcome.codes == ["quote.signature-invalid"])
    #expect(outcome.findings.map(\.effect) == [.untrusted])
  }

  @Test func withoutTheKeyThatIsNamedTheKeysThatWereTriedAreCounted() throws {
    let rsa = try SampleCase.web().keys.filter { $0.file == "keys/ak-rsa.pub.tpm2b" }
    let other = try SampleCase.web().quote("boot1/q2/quote-rsa-sha256")
    let outcome = try appraise(keys: rsa) { $0.signature = other.signature }
    #expect(
      outcome.findings.first?.message
        == "None of the key of this host that could have made it verifies the signature.")
  }

  @Test func aMissingKeyOrASchemeThatNobodyCanVerifyLeavesItOpen() throws {
    let without = try appraise(keys: [])
    let unsupported = try appraise { $0.signature = .present(.unsupported(scheme: 0x1a)) }
    for outcome in [without, unsupported] {
      #expect(outcome.whole(.signature) == .undetermined)
      #expect(outcome.codes == ["key.missing"])
      #expect(outcome.findings.map(\.effect) == [.inconclusive])
    }
    #expect(unsupported.findings.first?.message == "Scheme 0x1a cannot be verified here.")
  }
}
