import Digests
import PublicKeys
import QuoteVerification
import TPMStructures

/// The algorithms still resist forgery.
///
/// Source: NIST SP 800-131A: no SHA-1 for signatures, no RSA key below 2048 bits.
struct WeakAlgorithmRule {
  static let id = "quote.algorithm"

  func appraise(_ quote: VerifiedQuote) -> QuoteOutcome {
    guard case .verifies(let use) = quote.signature else { return QuoteOutcome() }
    var reasons: [String] = []
    if use.hash == .sha1 { reasons.append("the signature is over a SHA-1 digest") }
    if let key = quote.key?.key, key.isRSA, key.bitCount < 2048 {
      reasons.append("the key has only \(key.bitCount) bits")
    }
    let banks = quote.information?.selection.banks.filter { !$0.registers.isEmpty } ?? []
    let strong = Set(banks.filter { $0.algorithm != .sha1 }.flatMap(\.registers))
    let weak = Set(banks.filter { $0.algorithm == .sha1 }.flatMap(\.registers)).subtracting(strong)
    if !weak.isEmpty {
      reasons.append(
        strong.isEmpty
          ? "only the SHA-1 bank is quoted" : "PCR \(registerText(Array(weak))) is quoted in the SHA-1 bank alone")
    }
    guard !reasons.isEmpty else { return QuoteOutcome() }
    return QuoteOutcome(
      [],
      [
        Finding(
          .quoteWeakAlgorithm, file: quote.file,
          message: "The quote rests on weak algorithms: \(reasons.joined(separator: "; ")).")
      ])
  }
}
