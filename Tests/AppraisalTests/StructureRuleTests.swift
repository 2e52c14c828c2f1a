import ByteReading
import Digests
import QuoteVerification
import SampleEvidence
import TPMStructures
import Testing

@testable import Appraisal

@Suite struct StructureRuleTests {
  private let rule = StructureRule()

  private func made(_ change: (inout MadeQuote) -> Void = { _ in }) throws -> VerifiedQuote {
    var quote = MadeQuote("q.attest")
    change(&quote)
    return try quote.verified()
  }

  private func certification(magic: UInt32 = Attestation.generatedValue) throws -> VerifiedQuote {
    var quote = MadeQuote("c.attest")
    quote.magic = magic
    let statement = try attestation(quote.certification)
    return QuoteVerifier(ring: KeyRing([]), anchors: [])
      .verify(UnverifiedQuote(file: "c.attest", attestation: .present(statement)), at: nil)
  }

  @Test func aWholeQuoteOfATPMPasses() throws {
    let outcome = rule.appraise(try webQuote(), asQuote)
    #expect(outcome.checks.map(\.outcome) == [.passed, .passed, .passed, .passed])
    #expect(outcome.checks.map(\.part) == [nil, "layout", "magic", "type"])
    #expect(outcome.findings.isEmpty)
  }

  @Test func aStatementThatIsNotThereIsUndetermined() throws {
    let outcome = rule.appraise(try webQuote { $0.attestation = .absent }, asQuote)
    #expect(outcome.whole(.structure) == .undetermined)
    #expect(outcome.findings.isEmpty)
  }

  @Test func brokenBytesAreNamedByFieldAndOffset() throws {
    let bytes = MadeQuote("q.attest").bytes
    let error = try #require(throws: ParseError.self) { try attestation(Array(bytes.dropLast())) }
    let outcome = rule.appraise(try webQuote { $0.attestation = .unreadable(error) }, asQuote)
    #expect(outcome.whole(.structure) == .failed)
    #expect(outcome.part("layout") == .failed)
    let finding = try #require(outcome.findings.first)
    #expect(finding.code == .quoteMalformed)
    #expect(finding.effect == .untrusted)
    #expect(finding.offset == error.offset)
    #expect(finding.message.contains("TPMS_QUOTE_INFO.pcrDigest"))
  }

  @Test(arguments: [0, 0xff54_4346, 0x4743_54ff] as [UInt32])
  func aStatementWithAnotherMagicIsNotFromATPM(magic: UInt32) throws {
    for circumstances in [asQuote, withoutRole] {
      let outcome = rule.appraise(try made { $0.magic = magic }, circumstances)
      #expect(outcome.codes == ["quote.not-from-tpm"])
      #expect(outcome.whole(.structure) == .failed)
      #expect(outcome.part("magic") == .failed)
      #expect(outcome.findings.first?.expected == "0xff544347")
      #expect(outcome.findings.first?.actual == "0x" + String(magic, radix: 16))
    }
  }

  @Test func aCertificationInTheRoleOfAQuoteIsNoQuote() throws {
    let outcome = rule.appraise(try certification(), asQuote)
    #expect(outcome.codes == ["quote.not-a-quote"])
    #expect(outcome.findings.first?.actual == "certify")
    #expect(outcome.part("type") == .failed)
    #expect(outcome.part("magic") == .passed)
  }

  @Test func aCertificationWithoutThatRoleProvesNothingAndIsNoFault() throws {
    let outcome = rule.appraise(try certification(), withoutRole)
    #expect(outcome.findings.isEmpty)
    #expect(outcome.whole(.structure) == .notApplicable)
    #expect(outcome.part("type") == .notApplicable)
  }

  @Test func aForgedCertificationIsAFaultWithoutAnyRole() throws {
    #expect(
      rule.appraise(try certification(magic: 1), withoutRole).codes == ["quote.not-from-tpm", "quote.not-a-quote"])
  }
}
