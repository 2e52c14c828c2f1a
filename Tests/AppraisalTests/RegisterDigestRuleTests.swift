import ByteReading
import Digests
import QuoteVerification
import SampleEvidence
import TPMStructures
import Testing

@testable import Appraisal

@Suite struct RegisterDigestRuleTests {
  private func appraise(
    _ circumstances: QuoteCircumstances = asQuote, change: (inout UnverifiedQuote) throws -> Void = { _ in }
  ) throws -> QuoteOutcome {
    RegisterDigestRule().appraise(try webQuote(change: change), circumstances)
  }

  /// The labels and values of the quote's own PCR file.
  private func changeFile(_ quote: inout UnverifiedQuote, _ change: (inout RegisterFile) -> Void) {
    guard case .labelled(var file)? = quote.registers.value else { return }
    change(&file)
    quote.registers = .present(.labelled(file))
  }

  @Test(arguments: ["boot1/q1/quote-rsa-sha256", "boot1/q1/quote-ecc-both"])
  func theQuotesOwnValuesPass(stem: String) throws {
    let outcome = RegisterDigestRule().appraise(try webQuote(stem), asQuote)
    #expect(outcome.whole(.pcrDigest) == .passed)
    #expect(outcome.findings.isEmpty)
  }

  @Test func anEditedValueDoesNotHashToTheSignedDigest() throws {
    let outcome = try appraise { quote in changeFile(&quote) { $0.values[10][31] ^= 1 } }
    #expect(outcome.whole(.pcrDigest) == .failed)
    #expect(outcome.codes == ["quote.pcr-digest-mismatch"])
    #expect(outcome.findings.first?.file == goodQuote + ".pcrs")
    #expect(outcome.findings.first?.expected != outcome.findings.first?.actual)
  }

  /// CVE-2024-29039: the values hash to the digest, and a register that anybody can reset poses as another.
  @Test func rightValuesUnderOtherLabelsAreRefused() throws {
    let outcome = try appraise { quote in
      changeFile(&quote) { file in
        let last = file.selection.banks[0].registers.count - 1
        file.selection.banks[0].registers[last] = 23
      }
    }
    #expect(outcome.codes == ["quote.pcr-selection-mismatch"])
    #expect(outcome.findings.first?.effect == .untrusted)
    #expect(outcome.findings.first?.expected?.hasPrefix("sha256:0,1,2,") == true)
    #expect(outcome.findings.first?.actual?.hasSuffix(",23") == true)
  }

  @Test func aQuoteOfNothingProvesNothing() throws {
    let outcome = RegisterDigestRule().appraise(try MadeQuote("q.attest").verified(), asQuote)
    #expect(outcome.whole(.pcrDigest) == .notApplicable)
    #expect(outcome.codes == ["quote.empty-selection"])
    #expect(outcome.findings.map(\.effect) == [.inconclusive])
  }

  @Test func withoutAPCRFileTheReplayDecides() throws {
    let open = try appraise { $0.registers = .absent }
    #expect(open.whole(.pcrDigest) == .undetermined)
    #expect(open.codes == ["quote.pcr-values-missing"])
    #expect(open.checks.first?.message == "No PCR file belongs to the quote, and the values are missing.")
    let contradicted = QuoteCircumstances(hasRoleOfQuote: true, isContradictedByReplay: true)
    #expect(
      try appraise(contradicted) { $0.registers = .absent }.checks.first?.message
        == "No PCR file belongs to the quote, and no replayed values hash to the digest.")
    let replayed = QuoteCircumstances(hasRoleOfQuote: true, replayedRegisters: RegisterValues())
    let passed = try appraise(replayed) { $0.registers = .absent }
    #expect(passed.whole(.pcrDigest) == .passed)
    #expect(passed.findings.isEmpty)
  }

  @Test func anUnreadablePCRFileIsNamedEvenWhenTheReplayDecides() throws {
    let error = ParseError(file: "q.pcrs", offset: 0, field: "PCR file", expected: "values", found: "3 bytes")
    let replayed = QuoteCircumstances(hasRoleOfQuote: true, replayedRegisters: RegisterValues())
    let passed = try appraise(replayed) { $0.registers = .unreadable(error) }
    #expect(passed.whole(.pcrDigest) == .passed)
    #expect(passed.codes == ["input.unreadable"])
    let open = try appraise { $0.registers = .unreadable(error) }
    #expect(open.whole(.pcrDigest) == .undetermined)
    #expect(Set(open.codes) == ["input.unreadable", "quote.pcr-values-missing"])
    // The same for values alone that do not fit the selection.
    #expect(try appraise { $0.registers = .present(.bare([1, 2, 3, 4])) }.codes.contains("input.unreadable"))
  }

  @Test func aReplayNeverExcusesAPCRFileThatDiffers() throws {
    let replayed = QuoteCircumstances(hasRoleOfQuote: true, replayedRegisters: RegisterValues())
    let outcome = try appraise(replayed) { quote in changeFile(&quote) { $0.values[0][0] ^= 1 } }
    #expect(outcome.codes == ["quote.pcr-digest-mismatch"])
  }

  @Test func anotherStatementHasNoRegistersToCompare() throws {
    let statement = try attestation(MadeQuote("c.attest").certification)
    let quote = try webQuote { $0.attestation = .present(statement) }
    #expect(RegisterDigestRule().appraise(quote, withoutRole).whole(.pcrDigest) == .notApplicable)
    #expect(RegisterDigestRule().appraise(quote, asQuote).whole(.pcrDigest) == .undetermined)
  }
}
