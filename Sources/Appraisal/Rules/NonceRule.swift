import ByteReading
import Digests
import Hashing
import QuoteVerification
import TPMStructures

/// The quote answers the challenge that was sent, not an older one.
///
/// Only a nonce from outside the case can show that: one that was archived with the quote was written by whoever wrote
/// the quote. A challenger may send the nonce itself or its hash.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.12; `extraData` carries the nonce.
struct NonceRule {
  static let id = "quote.nonce"

  func appraise(_ quote: VerifiedQuote, _ circumstances: QuoteCircumstances) -> QuoteOutcome {
    guard let attestation = quote.attestation else {
      return QuoteOutcome([.init(.nonce, .undetermined, "The statement cannot be read.")])
    }
    if quote.isOtherStatement(circumstances) {
      return QuoteOutcome([.init(.nonce, .notApplicable, "The statement is no quote.")])
    }
    let nonce = attestation.nonce
    let actual = nonce.isEmpty ? "none" : hexText(nonce)
    if circumstances.leavesNonceOpen {
      let message = "A nonce was sent, and a quote that a system made for its own log cannot answer it."
      return unknown(quote, message, actual, effect: .inconclusive)
    }
    if !circumstances.expectedNonces.isEmpty {
      return expected(circumstances.expectedNonces, nonce, actual, quote)
    }
    guard !circumstances.archivedNonces.isEmpty else {
      let message = nonce.isEmpty ? "The quote carries no nonce." : "Missing: the nonce that was sent."
      return unknown(quote, message, actual)
    }
    if circumstances.archivedNonces.contains(where: { answers(nonce, $0.bytes) != nil }) {
      return unknown(
        quote, "The nonce was archived with the quote: it agrees, and does not show that the quote is fresh.", actual)
    }
    let texts = circumstances.archivedNonces.map { hexText($0.bytes) }.joined(separator: ", ")
    let files = circumstances.archivedNonces.map(\.file).joined(separator: ", ")
    return mismatch(quote, "The quote carries another nonce than \(files).", texts, actual)
  }

  private func expected(
    _ nonces: [[UInt8]], _ nonce: [UInt8], _ actual: String, _ quote: VerifiedQuote
  ) -> QuoteOutcome {
    let texts = nonces.map { hexText($0) }.joined(separator: ", ")
    for sent in nonces {
      guard let how = answers(nonce, sent) else { continue }
      return QuoteOutcome([.init(.nonce, .passed, "The nonce that was sent\(how).", expected: texts, actual: actual)])
    }
    return mismatch(quote, "The quote carries another nonce than the one that was sent.", texts, actual)
  }

  /// How the quote carries the nonce, as the end of a sentence; nil when it does not.
  private func answers(_ carried: [UInt8], _ sent: [UInt8]) -> String? {
    guard !sent.isEmpty || carried.isEmpty else { return nil }
    if carried == sent { return "" }
    let hash = [HashAlgorithm.sha1, .sha256, .sha384, .sha512].first { $0.digest(of: sent) == carried }
    return hash.map { ", as its \($0.name) hash" }
  }

  private func unknown(
    _ quote: VerifiedQuote, _ message: String, _ actual: String, effect: Effect? = nil
  ) -> QuoteOutcome {
    QuoteOutcome(
      [.init(.nonce, .undetermined, message, actual: actual)],
      [
        Finding(
          .quoteNonceUnknown, effect: effect, file: quote.file, message: "Freshness is not proven. \(message)",
          actual: actual)
      ])
  }

  private func mismatch(_ quote: VerifiedQuote, _ message: String, _ expected: String, _ actual: String) -> QuoteOutcome
  {
    QuoteOutcome(
      [.init(.nonce, .failed, message, expected: expected, actual: actual)],
      [Finding(.quoteNonceMismatch, file: quote.file, message: message, expected: expected, actual: actual)])
  }
}
