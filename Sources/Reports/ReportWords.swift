import Appraisal
import Digests

/// A word for people, with the symbol and the tone that go with it. Colour alone never says anything.
struct Mark {
  enum Tone: String {
    case good, bad, open, plain
  }
  var symbol: String
  var word: String
  var tone: Tone
}

extension Verdict {
  var mark: Mark {
    switch self {
    case .trusted: Mark(symbol: "✓", word: "Trusted", tone: .good)
    case .untrusted: Mark(symbol: "✗", word: "Untrusted", tone: .bad)
    case .inconclusive: Mark(symbol: "?", word: "Inconclusive", tone: .open)
    }
  }

  /// What the word means, for a reader who sees it for the first time.
  var meaning: String {
    switch self {
    case .trusted: "The evidence is authentic, the logs fit what the TPM signed, and nothing found speaks against it."
    case .untrusted: "Something is proven false or bad."
    case .inconclusive: "Nothing is proven false, but something that is needed to decide is absent."
    }
  }
}

extension IntegrityLevel {
  var meaning: String {
    switch self {
    case .l4: "4: all measured software is known and current"
    case .l3: "3: known software, updates without security relevance are missing"
    case .l2: "2: known software, security updates are missing"
    case .l1: "1: software was measured that is unknown or changed"
    }
  }
}

extension Severity {
  var mark: Mark {
    switch self {
    case .critical: Mark(symbol: "✗", word: "Critical", tone: .bad)
    case .warning: Mark(symbol: "!", word: "Warning", tone: .open)
    case .notice: Mark(symbol: "•", word: "Notice", tone: .plain)
    case .info: Mark(symbol: "i", word: "Info", tone: .plain)
    }
  }
}

extension Effect {
  var meaning: String {
    switch self {
    case .untrusted: "makes it untrusted"
    case .inconclusive: "keeps it from being trusted"
    case .none: "does not change the verdict"
    }
  }
}

extension AttestationResult.Check.Outcome {
  var mark: Mark {
    switch self {
    case .passed: Mark(symbol: "✓", word: "passed", tone: .good)
    case .failed: Mark(symbol: "✗", word: "failed", tone: .bad)
    case .undetermined: Mark(symbol: "?", word: "undetermined", tone: .open)
    case .notApplicable: Mark(symbol: "–", word: "not applicable", tone: .plain)
    }
  }
}

extension AttestationResult.Check.Name {
  var words: String {
    switch self {
    case .signature: "Signature"
    case .structure: "Structure"
    case .nonce: "Nonce"
    case .key: "Key"
    case .pcrDigest: "PCR digest"
    }
  }
  var inSentence: String { self == .pcrDigest ? words : rawValue }
}

extension AttestationResult.Match.Outcome {
  var mark: Mark {
    switch self {
    case .complete: Mark(symbol: "✓", word: "whole log proven", tone: .good)
    case .prefix: Mark(symbol: "✓", word: "first part proven", tone: .good)
    case .mismatch: Mark(symbol: "✗", word: "mismatch", tone: .bad)
    case .endsBeforeQuote: Mark(symbol: "→", word: "log ends before the quote", tone: .plain)
    case .notQuoted: Mark(symbol: "–", word: "not quoted", tone: .plain)
    }
  }
}

extension AttestationResult.Match {
  /// The mark of its outcome. Unsigned values fit a log or not; they prove nothing.
  var mark: Mark {
    guard case .against = source else { return outcome.mark }
    switch outcome {
    case .complete: return Mark(symbol: "=", word: "whole log fits, unsigned", tone: .plain)
    case .prefix: return Mark(symbol: "=", word: "first part fits, unsigned", tone: .plain)
    case .mismatch, .endsBeforeQuote, .notQuoted: return outcome.mark
    }
  }
}

extension AttestationResult.Register.State {
  var mark: Mark {
    switch self {
    case .matches: Mark(symbol: "✓", word: "matches", tone: .good)
    case .mismatch: Mark(symbol: "✗", word: "mismatch", tone: .bad)
    case .atReset: Mark(symbol: "○", word: "at reset value", tone: .plain)
    case .unexplained: Mark(symbol: "?", word: "unexplained", tone: .open)
    case .notQuoted: Mark(symbol: "–", word: "not quoted", tone: .plain)
    }
  }
}

extension AttestationResult.Log.Kind {
  var words: String {
    switch self {
    case .eventLog: "Boot event log"
    case .imaList: "IMA measurement list"
    }
  }
}

// MARK: Numbers

/// A number with a comma between thousands.
func grouped(_ number: some BinaryInteger) -> String {
  let digits = Array(String(number))
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { text.append(",") }
    text.append(digit)
  }
  return text
}

/// `1 record`, `2 records`.
func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

/// Register indexes with runs drawn together: `0–7, 10`.
func spans(_ indexes: [Int]) -> String {
  var runs: [ClosedRange<Int>] = []
  for index in indexes {
    if let last = runs.last, last.upperBound < Int.max, index == last.upperBound + 1 {
      runs[runs.count - 1] = last.lowerBound...index
    } else {
      runs.append(index...index)
    }
  }
  return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }.joined(separator: ", ")
}

/// The TPM's clock as days, hours, minutes and seconds.
func duration(milliseconds: UInt64) -> String {
  let seconds = milliseconds / 1000
  var parts: [String] = []
  if seconds >= 86400 { parts.append("\(grouped(seconds / 86400)) d") }
  if seconds >= 3600 { parts.append("\(seconds / 3600 % 24) h") }
  if seconds >= 60 { parts.append("\(seconds / 60 % 60) min") }
  let thousandths = String(1000 + milliseconds % 1000).dropFirst()
  return (parts + ["\(seconds % 60).\(thousandths) s"]).joined(separator: " ")
}
