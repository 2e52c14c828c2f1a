import ByteReading
import Digests
import QuoteVerification
import TPMStructures

/// The archived register values are the ones that were signed, under the labels that were signed.
///
/// Only the signed selection labels a value. A file that relabels, adds or leaves out registers is refused even when
/// its values hash to the digest: a register that anybody can reset would pose as another.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.1, `TPMS_QUOTE_INFO`; the attack is CVE-2024-29039 in tpm2-tools.
struct RegisterDigestRule {
  static let id = "quote.pcr"

  func appraise(_ quote: VerifiedQuote, _ circumstances: QuoteCircumstances) -> QuoteOutcome {
    if quote.isOtherStatement(circumstances) {
      return QuoteOutcome([.init(.pcrDigest, .notApplicable, "The statement is no quote.")])
    }
    guard let information = quote.information, let registers = quote.registers else {
      return QuoteOutcome([.init(.pcrDigest, .undetermined, "There is no quoted digest to compare with.")])
    }
    let digest = hexText(information.digest)
    switch registers {
    case .hashToDigest:
      return QuoteOutcome([
        .init(
          .pcrDigest, .passed, "The values of the PCR file hash to the signed digest.", expected: digest, actual: digest
        )
      ])
    case .emptySelection:
      let message = "The quote covers no register at all, so it proves nothing about any."
      return QuoteOutcome(
        [.init(.pcrDigest, .notApplicable, message)],
        [Finding(.quoteEmptySelection, file: quote.file, message: message)])
    case .differ(let expected, let actual):
      let message = "The values of the PCR file do not hash to the signed digest."
      return QuoteOutcome(
        [.init(.pcrDigest, .failed, message, expected: hexText(expected), actual: hexText(actual))],
        [
          Finding(
            .quotePCRDigestMismatch, file: quote.quote.registerFile ?? quote.file, message: message,
            expected: hexText(expected), actual: hexText(actual))
        ])
    case .otherSelection(let labelled):
      let message = "The PCR file labels other registers than the signature covers."
      let expected = text(information.selection)
      let actual = text(labelled)
      return QuoteOutcome(
        [.init(.pcrDigest, .failed, message, expected: expected, actual: actual)],
        [
          Finding(
            .quotePCRSelectionMismatch, file: quote.quote.registerFile ?? quote.file, message: message,
            expected: expected, actual: actual)
        ])
    case .notSupplied: return replayed(quote, circumstances, digest, why: "No PCR file belongs to the quote")
    case .unreadable(let reason):
      var outcome = replayed(quote, circumstances, digest, why: "The PCR file cannot be read (\(reason))")
      outcome.findings.append(
        Finding(
          .inputUnreadable, file: quote.quote.registerFile,
          message: "The PCR file of the quote cannot be read: \(reason)."))
      return outcome
    case .notComputable(let reason): return replayed(quote, circumstances, digest, why: "Not computable: \(reason)")
    }
  }

  private func replayed(
    _ quote: VerifiedQuote, _ circumstances: QuoteCircumstances, _ digest: String, why: String
  ) -> QuoteOutcome {
    if circumstances.replayedRegisters != nil {
      return QuoteOutcome([
        .init(
          .pcrDigest, .passed, "\(why); the replayed values hash to the signed digest.", expected: digest,
          actual: digest)
      ])
    }
    let missing =
      circumstances.isContradictedByReplay ? "no replayed values hash to the digest" : "the values are missing"
    return QuoteOutcome(
      [.init(.pcrDigest, .undetermined, "\(why), and \(missing).", expected: digest)],
      [Finding(.quotePCRValuesMissing, file: quote.file, message: "\(why), and \(missing).", expected: digest)])
  }

  private func text(_ selection: RegisterSelection) -> String {
    selection.banks.map { bank in
      let name = bank.algorithm?.name ?? "0x" + String(bank.rawAlgorithm, radix: 16)
      return name + ":" + bank.registers.map(String.init).joined(separator: ",")
    }.joined(separator: "+")
  }
}
