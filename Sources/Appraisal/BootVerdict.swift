/// The verdict of one boot and the sentences that say why.
///
/// `untrusted` with any finding of that effect. `trusted` only when at least one quote passed every check that counts
/// and nothing is left open. Else `inconclusive`.
public struct BootVerdict: Equatable, Sendable {
  public var verdict: Verdict
  public var reasons: [String]

  /// - parameter findings: all findings of the boot.
  /// - parameter quotes: all statements of the boot.
  public init(findings: [Finding], quotes: [AttestationResult.Quote], policy: Policy, hasList: Bool) {
    let bad = findings.filter { $0.effect == .untrusted }
    let open = findings.filter { $0.effect == .inconclusive }
    let passing = quotes.filter(\.passesEverythingThatCounts)
    if !bad.isEmpty {
      verdict = .untrusted
      reasons = Self.distinct(bad).prefix(5).map(\.message)
      if Self.distinct(bad).count > 5 {
        reasons.append("\(Self.distinct(bad).count - 5) more findings of this weight follow.")
      }
    } else if !passing.isEmpty && open.isEmpty {
      verdict = .trusted
      reasons = ["Quotes of a trusted key prove the logs, and nothing contradicts."]
    } else {
      verdict = .inconclusive
      reasons = [Self.reasonWhyOpen(quotes, somePass: !passing.isEmpty)]
      reasons += Self.distinct(open).prefix(5).map(\.message)
    }
    if verdict != .untrusted {
      if !passing.isEmpty { reasons.append("Boot content is proven by the quote, not appraised.") }
      if hasList, policy.measurements == .outOfScope {
        reasons.append("The content of the measurement list is out of the policy's scope: proven, not appraised.")
      }
      let fresh = quotes.contains {
        $0.checks.contains { $0.name == .nonce && $0.part == nil && $0.outcome == .passed }
      }
      if !fresh, quotes.contains(where: { $0.kind == "quote" }) { reasons.append("Freshness is not proven.") }
    }
  }

  private static func reasonWhyOpen(_ quotes: [AttestationResult.Quote], somePass: Bool) -> String {
    if somePass { return "Quotes of a trusted key hold, but something needed to decide is absent." }
    guard quotes.contains(where: { $0.kind == "quote" }) else { return "There is no quote." }
    return "No quote passes all of signature, structure, key and PCR digest."
  }

  /// The same sentence is said once.
  private static func distinct(_ findings: [Finding]) -> [Finding] {
    var seen: Set<String> = []
    return findings.sorted { $0.severity < $1.severity }.filter { seen.insert($0.message).inserted }
  }
}

extension AttestationResult.Quote {
  /// Signature, structure, key and PCR digest passed: the conditions of a `trusted` boot.
  public var passesEverythingThatCounts: Bool {
    kind == "quote"
      && [AttestationResult.Check.Name.signature, .structure, .key, .pcrDigest].allSatisfy { name in
        checks.contains { $0.name == name && $0.part == nil && $0.outcome == .passed }
      }
  }
}
