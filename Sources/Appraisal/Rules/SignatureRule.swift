import ByteReading
import Digests
import PublicKeys
import QuoteVerification
import TPMStructures

/// The signature verifies over exactly the archived bytes.
///
/// Source: TPM 2.0 Library, Part 3, section 18.4, `TPM2_Quote`; RFC 8017; FIPS 186-5.
struct SignatureRule {
  static let id = "quote.signature"

  func appraise(_ quote: VerifiedQuote) -> QuoteOutcome {
    switch quote.signature {
    case .verifies(let use):
      let salt = use.saltLength.map { ", salt of \($0) bytes" } ?? ""
      return QuoteOutcome([.init(.signature, .passed, "Verifies: \(use.scheme.name) with \(use.hash.name)\(salt).")])
    case .missing:
      let message = "No signature belongs to this statement."
      return QuoteOutcome(
        [.init(.signature, .undetermined, message)],
        quote.attestation == nil ? [] : [Finding(.quoteSignatureMissing, file: quote.file, message: message)])
    case .unreadable(let error):
      let message = "The signature cannot be read: \(error.field): expected \(error.expected), found \(error.found)."
      return failed(quote, message, expected: error.expected, actual: error.found, offset: error.offset)
    case .invalid(let tried):
      let message =
        quote.key != nil
        ? "The key that the statement names did not make this signature."
        : "None of the \(tried == 1 ? "key" : "\(tried) keys") of this host that could have made it verifies the signature."
      return failed(quote, message, expected: "a signature by the attestation key", actual: "another")
    case .noKey:
      let message = "The key that signed is not in the evidence."
      return QuoteOutcome(
        [.init(.signature, .undetermined, "The attestation key is missing.")],
        [Finding(.keyMissing, file: quote.file, message: message)])
    case .unsupported(let scheme):
      let message = "Scheme 0x\(String(scheme, radix: 16)) cannot be verified here."
      return QuoteOutcome(
        [.init(.signature, .undetermined, message)],
        [Finding(.keyMissing, file: quote.file, message: message)])
    }
  }

  private func failed(
    _ quote: VerifiedQuote, _ message: String, expected: String, actual: String, offset: Int? = nil
  ) -> QuoteOutcome {
    QuoteOutcome(
      [.init(.signature, .failed, message, expected: expected, actual: actual)],
      [
        Finding(
          .quoteSignatureInvalid, file: quote.file, offset: offset, message: message, expected: expected, actual: actual
        )
      ])
  }
}
