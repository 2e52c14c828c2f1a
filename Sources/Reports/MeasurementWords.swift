import Appraisal
import ReferenceManifests

extension MeasurementStatus {
  /// Every symbol is another one, so that a list can be read without its colours.
  var mark: Mark {
    switch self {
    case .unknown: Mark(symbol: "✗", word: "unknown", tone: .bad)
    case .changed: Mark(symbol: "≠", word: "changed", tone: .bad)
    case .notAssessable: Mark(symbol: "?", word: "not assessable", tone: .open)
    case .superseded: Mark(symbol: "↓", word: "superseded", tone: .open)
    case .knownElsewhere: Mark(symbol: "→", word: "known elsewhere", tone: .open)
    case .known: Mark(symbol: "✓", word: "known", tone: .good)
    case .recomputed: Mark(symbol: "=", word: "recomputed", tone: .good)
    case .classed: Mark(symbol: "~", word: "class of the policy", tone: .plain)
    case .exempt: Mark(symbol: "+", word: "exempt", tone: .plain)
    case .emptyFile: Mark(symbol: "○", word: "empty file", tone: .plain)
    case .violation: Mark(symbol: "!", word: "violation", tone: .open)
    case .notAFile: Mark(symbol: "–", word: "not a file", tone: .plain)
    }
  }

  /// One sentence for a reader who sees the word for the first time.
  var meaning: String {
    switch self {
    case .unknown: "No reference has this content, and no package has a file at this path."
    case .changed: "A package has a file at this path, and none of its versions has this content."
    case .notAssessable:
      "The references cannot answer: no digest of the list’s algorithm, a broken one, or a refused source."
    case .superseded: "Exactly what was published, in a version that a newer one had replaced."
    case .knownElsewhere: "The content of a packaged file, under a path that no package has."
    case .known: "Exactly what a package has at this path."
    case .recomputed: "Made on the machine from known parts; made again here, with the same digest."
    case .classed: "Let pass by a class of the policy: not verified."
    case .exempt: "Let pass by an exemption of the site: not verified."
    case .emptyFile: "There was no content to judge."
    case .violation: "The kernel did not know what was read, since the file was written at the same time."
    case .notAFile: "boot_aggregate or a measured buffer."
    }
  }
}

/// The parts of a list of measured files, the weightiest first.
enum MeasurementGroup: CaseIterable {
  case unknownCode, changedCode, otherFiles, superseded, knownElsewhere, notAssessable, violations
  case passed, recomputed, empty

  init?(_ entry: AttestationResult.Measurement) {
    let isOpenCode = entry.fileClass == .code && entry.passedBy == nil
    switch entry.status {
    case .unknown: self = isOpenCode ? .unknownCode : .otherFiles
    case .changed: self = isOpenCode ? .changedCode : .otherFiles
    case .superseded: self = .superseded
    case .knownElsewhere: self = .knownElsewhere
    case .notAssessable: self = .notAssessable
    case .violation: self = .violations
    case .classed, .exempt: self = .passed
    case .recomputed: self = .recomputed
    case .emptyFile: self = .empty
    case .known, .notAFile: return nil
    }
  }

  var title: String {
    switch self {
    case .unknownCode: "Unknown code"
    case .changedCode: "Changed code"
    case .otherFiles: "Unknown and changed configuration and data"
    case .superseded: "Superseded"
    case .knownElsewhere: "Known under another path"
    case .notAssessable: "Not assessable"
    case .violations: "Violations"
    case .passed: "Passed by a class or an exemption, not verified"
    case .recomputed: "Recomputed"
    case .empty: "Empty files"
    }
  }

  /// One sentence about all of its files.
  var meaning: String {
    switch self {
    case .unknownCode: MeasurementStatus.unknown.meaning
    case .changedCode: MeasurementStatus.changed.meaning
    case .otherFiles: "Unknown or changed, and shown not to be code."
    case .superseded: MeasurementStatus.superseded.meaning
    case .knownElsewhere: MeasurementStatus.knownElsewhere.meaning
    case .notAssessable: MeasurementStatus.notAssessable.meaning
    case .violations: MeasurementStatus.violation.meaning
    case .passed: "Nobody vouches for these contents."
    case .recomputed: MeasurementStatus.recomputed.meaning
    case .empty: MeasurementStatus.emptyFile.meaning
    }
  }

  /// Its title says the status.
  var isOfOneStatus: Bool { self != .otherFiles && self != .passed }
  /// Said in full at once; the other groups are opened by the reader when they are long.
  var isAlwaysOpen: Bool { self == .unknownCode || self == .changedCode }
  /// Nothing here asks for attention.
  var isClosed: Bool { [.passed, .recomputed, .empty].contains(self) }
}

extension IntegrityLevel {
  /// The digit and the direction, since 4 is the best.
  var mark: Mark {
    switch self {
    case .l4: Mark(symbol: "✓", word: "Level 4 of 4", tone: .good)
    case .l3: Mark(symbol: "↓", word: "Level 3 of 4", tone: .open)
    case .l2: Mark(symbol: "↓", word: "Level 2 of 4", tone: .open)
    case .l1: Mark(symbol: "✗", word: "Level 1 of 4, the lowest", tone: .bad)
    }
  }

  /// What it says of the machine, without the digit.
  var sentence: String {
    switch self {
    case .l4: "All code and configuration that was measured is known and was current."
    case .l3:
      "All code and configuration that was measured is known; newer versions without security relevance were missing."
    case .l2: "All code and configuration that was measured is known; security updates were missing."
    case .l1: "Code or configuration was measured that is unknown or changed, or too little is known to say more."
    }
  }
}

extension AttestationResult.Origin {
  var mark: Mark {
    switch standing {
    case "signed": Mark(symbol: "✓", word: "signed", tone: .good)
    case "refused": Mark(symbol: "✗", word: "refused", tone: .bad)
    default: Mark(symbol: "?", word: "unsigned", tone: .open)
    }
  }
}

extension NewerVersion {
  /// For example `3.0.22-1~deb12u1 (security, 2026-01-20, DSA-6010-1)`.
  var words: String {
    let kind = type.rawValue == "unknown" ? "update type not known" : type.rawValue
    return "\(version) (\([kind, date, advisory].compactMap { $0 }.joined(separator: ", ")))"
  }
}

extension AttestationResult.Measurement {
  /// By what rule the package's path is the measured one.
  var ruleWords: String? {
    switch rule {
    case "merged-usr": "the same file where /usr is merged"
    case "unpacking": "while the package was being unpacked"
    case "initramfs": "the copy in the initramfs"
    case "new-root": "seen from the initramfs"
    case "container": "inside a container"
    case "linked-folder": "through a symbolic link of a package"
    case "package-file": "a package file"
    default: nil
    }
  }

  /// Who computed the digest that matched.
  var digestOriginWords: String? {
    switch digestOrigin {
    case "payload": "digest of the package’s content"
    case "header": "digest from the package’s header"
    case "list": "digest from a list"
    case "system-record": "digest from a system’s own records"
    default: nil
    }
  }
}

extension AttestationResult.TimelineEvent {
  var mark: Mark {
    switch kind {
    case "quote": Mark(symbol: "◆", word: "quote", tone: .plain)
    case "measurements": Mark(symbol: "≡", word: "measured", tone: .plain)
    case "reset": Mark(symbol: "↻", word: "reset", tone: .plain)
    case "resume": Mark(symbol: "⏯", word: "resumed", tone: .plain)
    case "kernel": Mark(symbol: "⇥", word: "kernel", tone: .plain)
    case "clock-gap": Mark(symbol: "⏸", word: "clock gap", tone: .plain)
    case "changed": MeasurementStatus.changed.mark
    case "unknown": MeasurementStatus.unknown.mark
    case "superseded": MeasurementStatus.superseded.mark
    case "known-elsewhere": MeasurementStatus.knownElsewhere.mark
    case "restored": Mark(symbol: "✓", word: "restored", tone: .good)
    default: Mark(symbol: "•", word: kind, tone: .plain)
    }
  }

  /// About one file among the records between two quotes, which the event before it tells.
  var isAboutAFile: Bool { !["quote", "measurements", "reset", "resume", "kernel", "clock-gap"].contains(kind) }
}
