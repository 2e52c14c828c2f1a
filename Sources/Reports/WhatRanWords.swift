import Appraisal

extension AttestationResult.Owner.Kind {
  var words: String {
    switch self {
    case .host: "Host"
    case .container: "Container"
    case .pod: "Pod"
    case .runtime: "Container runtime"
    case .departed: "Departed container"
    case .unattributed: "Unattributed"
    }
  }
}

extension AttestationResult.Owner {
  /// What people call it, else its identifier.
  var title: String { name ?? (kind == .host || kind == .unattributed ? kind.words : identifier) }

  /// Something speaks against it, since boot or now.
  var isOpen: Bool { verdict != .trusted || verdictNow != .trusted }
}

extension AttestationResult.Certainty {
  var mark: Mark {
    switch self {
    case .certain: Mark(symbol: "●", word: "certain", tone: .plain)
    case .probable: Mark(symbol: "◐", word: "probable", tone: .plain)
    case .possible: Mark(symbol: "○", word: "possible", tone: .plain)
    }
  }
}

extension AttestationResult.Hypothesis.Outcome {
  var mark: Mark {
    switch self {
    case .reproduces: Mark(symbol: "=", word: "gives the quoted values", tone: .bad)
    case .refuted: Mark(symbol: "–", word: "refuted", tone: .plain)
    case .notExhausted: Mark(symbol: "…", word: "not all tried", tone: .open)
    case .notTestable: Mark(symbol: "?", word: "not testable", tone: .open)
    }
  }
}

extension AttestationResult.FileSignatures.Outcome {
  var mark: Mark {
    switch self {
    case .verified: Mark(symbol: "✓", word: "verified", tone: .good)
    case .verifiedByMeasuredKey: Mark(symbol: "✓", word: "verified by a measured key", tone: .open)
    case .invalid: Mark(symbol: "✗", word: "invalid", tone: .bad)
    case .unknownKey: Mark(symbol: "?", word: "unknown key", tone: .open)
    case .unsupported: Mark(symbol: "–", word: "cannot be checked", tone: .plain)
    case .malformed: Mark(symbol: "✗", word: "malformed", tone: .bad)
    }
  }

  var isVerified: Bool { self == .verified || self == .verifiedByMeasuredKey }

  /// One sentence for a reader who sees the word for the first time.
  var meaning: String {
    switch self {
    case .verified: "Made over the measured content by a key that was given from outside the case."
    case .verifiedByMeasuredKey:
      "Made by a key that the list itself shows as loaded into a keyring; nobody else vouches for it."
    case .invalid: "The key is known, and it did not sign this content."
    case .unknownKey: "The key was neither given nor measured."
    case .unsupported: "Over something that the record does not hold, or of an unsupported algorithm."
    case .malformed: "The bytes are no signature."
    }
  }
}

extension AttestationResult.Buffer {
  var kindWords: String {
    switch kind {
    case "key": "Key into a keyring"
    case "kexec-cmdline": "kexec command line"
    case "selinux-state": "SELinux state"
    case "device-mapper": "Device mapper"
    case "kernel-version": "Kernel version"
    case "ima-policy": "IMA policy"
    case "other": "Other buffer"
    default: kind
    }
  }
}

/// A range of record indexes as people say it: `record 640`, `records 640 to 700`, `before record 640`.
func recordsText(_ range: Range<Int>) -> String {
  guard let last = range.last else { return "before record \(grouped(range.lowerBound))" }
  return range.count == 1 ? "record \(grouped(last))" : "records \(grouped(range.lowerBound)) to \(grouped(last))"
}
