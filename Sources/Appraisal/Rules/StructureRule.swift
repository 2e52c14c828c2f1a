import ByteReading
import QuoteVerification
import TPMStructures

/// The bytes are one whole statement that a TPM made, and it is a quote.
///
/// A TPM never signs outside data that begins with TPM_GENERATED_VALUE, so only this value tells a statement of the
/// TPM from a message that its key was made to sign. Another type of statement proves nothing about registers.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.12, `TPMS_ATTEST`; Part 1, section 31.
struct StructureRule {
  static let id = "quote.structure"

  func appraise(_ quote: VerifiedQuote, _ circumstances: QuoteCircumstances) -> QuoteOutcome {
    switch quote.quote.attestation {
    case .absent:
      return QuoteOutcome([.init(.structure, .undetermined, "The statement is not there.")])
    case .unreadable(let error):
      return malformed(error)
    case .present(let attestation):
      return structure(of: attestation, quote, circumstances)
    }
  }

  private func malformed(_ error: ParseError) -> QuoteOutcome {
    let message = "\(error.field): expected \(error.expected), found \(error.found)."
    return QuoteOutcome(
      [
        .init(.structure, .failed, message, expected: error.expected, actual: error.found),
        .init(.structure, part: "layout", .failed, message, expected: error.expected, actual: error.found),
      ],
      [
        Finding(
          .quoteMalformed, file: error.file, offset: error.offset,
          message: "The quote is not one whole TPMS_ATTEST: \(message)", expected: error.expected, actual: error.found)
      ])
  }

  private func structure(
    of attestation: Attestation, _ quote: VerifiedQuote, _ circumstances: QuoteCircumstances
  ) -> QuoteOutcome {
    var checks: [AttestationResult.Check] = [
      .init(.structure, part: "layout", .passed, "Every field was read, and nothing follows the last one.")
    ]
    var findings: [Finding] = []
    let expected = "0x" + String(Attestation.generatedValue, radix: 16)
    let actual = "0x" + String(attestation.magic, radix: 16)
    if attestation.isGeneratedByTPM {
      checks.append(
        .init(.structure, part: "magic", .passed, "The TPM generated it.", expected: expected, actual: actual))
    } else {
      checks.append(
        .init(.structure, part: "magic", .failed, "No TPM generated it.", expected: expected, actual: actual))
      findings.append(
        Finding(
          .quoteNotFromTPM, file: quote.file, offset: 0,
          message: "The statement does not begin with TPM_GENERATED_VALUE, so no TPM made it.", expected: expected,
          actual: actual))
    }
    if quote.information != nil {
      checks.append(.init(.structure, part: "type", .passed, "It is a quote.", expected: "quote", actual: "quote"))
    } else if circumstances.hasRoleOfQuote || !attestation.isGeneratedByTPM {
      let kind = attestation.attested.kind
      checks.append(
        .init(.structure, part: "type", .failed, "It is no quote.", expected: "quote", actual: kind))
      findings.append(
        Finding(
          .quoteNotAQuote, file: quote.file, offset: 4,
          message:
            "A quote is meant to stand here, but the statement is of kind \(kind). It proves nothing about registers.",
          expected: "quote", actual: kind))
    } else {
      checks.append(
        .init(
          .structure, part: "type", .notApplicable,
          "A statement of kind \(attestation.attested.kind), which proves nothing about registers."))
      return QuoteOutcome(
        [.init(.structure, .notApplicable, "It is no quote, and nothing says it should be one.")] + checks)
    }
    let outcome: AttestationResult.Check.Outcome = findings.isEmpty ? .passed : .failed
    let message = findings.isEmpty ? "One whole quote of a TPM." : "Not a quote of a TPM."
    return QuoteOutcome([.init(.structure, outcome, message)] + checks, findings)
  }
}
