import ByteReading
import Foundation
import PublicKeys
import QuoteVerification
import SampleEvidence
import TPMStructures

@testable import Appraisal

/// A quote of `samples/web-01` whose every check can pass.
let goodQuote = "boot1/q1/quote-rsa-sha256"
/// When it was collected: 2026-11-23 05:09:02 UTC.
let timeOfGoodQuote: Int64 = 1_795_410_542

extension QuoteOutcome {
  var codes: [String] { findings.map(\.code.rawValue) }

  /// The outcome of a whole check.
  func whole(_ name: AttestationResult.Check.Name) -> AttestationResult.Check.Outcome? {
    checks.first { $0.name == name && $0.part == nil }?.outcome
  }

  /// The outcome of a finer check.
  func part(_ part: String) -> AttestationResult.Check.Outcome? { checks.first { $0.part == part }?.outcome }
}

/// A quote of `samples/web-01`, changed, and verified with all keys of the case unless others are given.
func webQuote(
  _ stem: String = goodQuote, keys: [KeySource]? = nil, anchors: [Certificate]? = nil,
  at time: Int64? = timeOfGoodQuote,
  change: (inout UnverifiedQuote) throws -> Void = { _ in }
) throws -> VerifiedQuote {
  let sample = try SampleCase.web()
  var quote = try sample.quote(stem)
  try change(&quote)
  return QuoteVerifier(ring: KeyRing(keys ?? sample.keys), anchors: try anchors ?? SampleCase.anchors())
    .verify(quote, at: time)
}

let asQuote = QuoteCircumstances(hasRoleOfQuote: true)
let withoutRole = QuoteCircumstances(hasRoleOfQuote: false)
