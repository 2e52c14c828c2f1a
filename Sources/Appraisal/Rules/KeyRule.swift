import ByteReading
import QuoteVerification
import TPMStructures

/// The key is one that only a TPM can use, the one that the statement names, and one that the user trusts.
///
/// Source: TPM 2.0 Library, Part 1, section 16 (names), section 31.1 (restricted keys); RFC 5280, section 6.
struct KeyRule {
  static let id = "key"

  func appraise(_ quote: VerifiedQuote) -> QuoteOutcome {
    guard let key = quote.key, case .verifies = quote.signature else {
      return QuoteOutcome([.init(.key, .undetermined, "Who signed is not known.")])
    }
    var outcome = QuoteOutcome()
    appraiseName(quote, into: &outcome)
    appraiseAttributes(quote, key, into: &outcome)
    appraiseTrust(quote, into: &outcome)
    let parts = outcome.checks
    // Attributes and names that cannot be computed do not stand in the way of a key that the user trusts.
    let trust = parts.first { $0.part == "trust" }
    let whole: AttestationResult.Check
    if let failed = parts.first(where: { $0.outcome == .failed }) {
      whole = .init(.key, .failed, failed.message, expected: failed.expected, actual: failed.actual)
    } else if let trust {
      whole = .init(.key, trust.outcome, trust.message)
    } else {
      whole = .init(.key, .undetermined, "Nothing vouches for the key.")
    }
    outcome.checks.insert(whole, at: 0)
    return outcome
  }

  private func appraiseName(_ quote: VerifiedQuote, into outcome: inout QuoteOutcome) {
    switch quote.name {
    case .matches:
      outcome.checks.append(.init(.key, part: "name", .passed, "The signed qualified name is that of the key."))
    case .differs(let expected, let actual):
      let message = "The statement names another key than the one that signed it."
      outcome.checks.append(.init(.key, part: "name", .failed, message, expected: expected, actual: actual))
      outcome.findings.append(
        Finding(.keyNameMismatch, file: quote.file, message: message, expected: expected, actual: actual))
    case .notComputable(let missing):
      outcome.checks.append(.init(.key, part: "name", .undetermined, "Missing: \(missing)."))
    case nil: break
    }
  }

  private func appraiseAttributes(_ quote: VerifiedQuote, _ key: KnownKey, into outcome: inout QuoteOutcome) {
    guard !key.attributes.isEmpty else {
      outcome.checks.append(.init(.key, part: "attributes", .undetermined, "Missing: the key's TPM public area."))
      return
    }
    let expected = ObjectAttributes.attestationKey.names.joined(separator: ", ")
    let bad = key.attributes.first { !$0.contains(.attestationKey) || $0.contains(.decrypt) }
    let actual = (bad ?? key.attributes.first ?? []).names.joined(separator: ", ")
    if bad == nil {
      outcome.checks.append(
        .init(.key, part: "attributes", .passed, "A restricted signing key.", expected: expected, actual: actual))
      return
    }
    let message = "The key is no restricted signing key of one TPM: it could have signed a made-up statement."
    outcome.checks.append(
      .init(.key, part: "attributes", .failed, message, expected: expected, actual: actual))
    outcome.findings.append(
      Finding(.keyNotRestricted, file: quote.file, message: message, expected: expected, actual: actual))
  }

  private func appraiseTrust(_ quote: VerifiedQuote, into outcome: inout QuoteOutcome) {
    func add(_ result: AttestationResult.Check.Outcome, _ message: String, _ code: FindingCode?) {
      outcome.checks.append(.init(.key, part: "trust", result, message))
      if let code { outcome.findings.append(Finding(code, file: quote.file, message: message)) }
    }
    switch quote.trust {
    case .pinned: add(.passed, "The user pinned the key.", nil)
    case .anchored(let certificate): add(.passed, "Certificate \(certificate) leads to a trust anchor.", nil)
    case .validityUndetermined(let certificate):
      add(
        .undetermined,
        "Certificate \(certificate) leads to a trust anchor, but when the quote was collected is not known, so its validity cannot be judged.",
        .keyValidityUndetermined)
    case .expired(let certificate, let reason):
      add(
        .undetermined, "Certificate \(certificate) was outside its validity when the quote was collected: \(reason).",
        .keyExpiredAtCapture)
    case .refused(let certificate, let reason):
      add(.failed, "Certificate \(certificate) is refused: \(reason).", .keyUntrusted)
    case .unanchored(let missing): add(.undetermined, "Missing: \(missing).", .keyUnanchored)
    case nil: break
    }
  }
}
