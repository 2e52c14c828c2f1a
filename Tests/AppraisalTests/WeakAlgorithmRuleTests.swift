import ByteReading
import Foundation
import QuoteVerification
import SampleEvidence
import Testing

@testable import Appraisal

/// `Fixtures` holds quotes that OpenSSL signed, made by `Fixtures/make.py`.
@Suite struct WeakAlgorithmRuleTests {
  private func verified(_ name: String) throws -> VerifiedQuote {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    let sample = try SampleCase(folder: folder)
    let keys = sample.keys.filter { $0.file == name + ".pem" }
    return QuoteVerifier(ring: KeyRing(keys), anchors: []).verify(try sample.quote(name), at: nil)
  }

  @Test(arguments: [
    ("short-key", "the key has only 1024 bits"), ("sha1-signature", "the signature is over a SHA-1 digest"),
    ("sha1-bank", "only the SHA-1 bank is quoted"),
  ])
  func eachWeaknessIsNamedAndLeavesTheVerdictAlone(name: String, reason: String) throws {
    let outcome = WeakAlgorithmRule().appraise(try verified(name))
    #expect(outcome.checks.isEmpty)
    #expect(outcome.codes == ["quote.weak-algorithm"])
    #expect(outcome.findings.map(\.message) == ["The quote rests on weak algorithms: \(reason)."])
    #expect(outcome.findings.map(\.effect) == [Effect.none])
  }

  /// `quote-ecc-both` covers the SHA-1 bank beside the SHA-256 one.
  @Test(arguments: ["boot1/q1/quote-rsa-sha256", "boot1/q1/quote-ecc-both"])
  func strongAlgorithmsAreNotMentioned(stem: String) throws {
    #expect(WeakAlgorithmRule().appraise(try webQuote(stem)) == QuoteOutcome())
  }

  @Test func aSignatureThatDoesNotVerifyHasNoStrengthToJudge() throws {
    let quote = try webQuote { $0.signature = .present(.bare([1])) }
    #expect(WeakAlgorithmRule().appraise(quote) == QuoteOutcome())
  }
}
