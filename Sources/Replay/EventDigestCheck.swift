import Digests

/// What the digests of one event say about its data.
public struct EventDigestCheck: Equatable, Sendable {
  public enum Outcome: Equatable, Sendable {
    /// Every digest is what the data give by a rule that is the loader's or the standard's own.
    case holds(DigestRule)
    /// The digests are explained by a known habit of a vendor or loader, or no event of this kind in this log follows
    /// a rule. Nothing speaks of tampering.
    case deviates(DigestDeviation, sentence: String)
    /// The digest is not that of the data although it must be: one of the two was changed. One entry a bank that
    /// disagrees.
    case contradicted([ContradictedDigest], sentence: String)
    /// Nothing can be said: the data are a claim.
    case notDerivable(Reason)
  }

  public enum Reason: Equatable, Sendable {
    /// The digest is of something that is not in the log, such as a file.
    case contentOutsideLog
    /// The event is `EV_NO_ACTION`: no digest covers it.
    case neverExtended
    /// No digest, or none of an algorithm that this machine can compute.
    case noComputableDigest
  }

  /// `Event.index` of the event.
  public var index: Int
  public var outcome: Outcome
  /// The rule by which every digest that is not all zeros is that of the data; nil when there is none.
  public var rule: DigestRule?
  /// Banks whose digest is all zeros.
  public var zeroBanks: [HashAlgorithm]
  /// What is measured by events of this kind when it is not in the log.
  public var outside: OutsideContent
  /// The content that somebody knows by the digest; nil when none was given or found, or the log has the content.
  public var content: KnownContent?
  /// Index of the event with the command line that the kernel says it was given: the digest is of that text. Nil for other events.
  public var commandLine: Int? = nil
}

/// A digest that is not that of the data.
public struct ContradictedDigest: Equatable, Sendable {
  public var bank: HashAlgorithm
  /// What the data give by the rule that this log follows.
  public var expected: [UInt8]
  /// What the log has.
  public var found: [UInt8]
}

/// Which bytes were hashed.
public enum DigestRule: String, Equatable, Sendable, CaseIterable {
  case eventData = "the event data"
  case variableContent = "the content of the variable, without GUID and name"
  case eventDataWithoutLastByte = "the event data without the last byte"
  case eventDataAndNUL = "the event data and one NUL more"
  case textWithoutNUL = "the text behind the label, without NUL"
  case textWithNUL = "the text behind the label, with its NUL"
  case wideTextWithoutNUL = "the text in UTF-16, without its NUL"
  case sectionName = "the name of the section in ASCII, with a NUL"
  case errorNumber = "the number 1 of an error"
  case allOnes = "the number 0xFFFFFFFF"
  case oneByte = "one byte of value 1, the state that the data name"
  case valueBehindText = "the value behind the text"
  case noBytes = "no bytes at all: what was measured was empty"
}

/// Known ways in which digests differ from the standard's rule.
public enum DigestDeviation: String, Equatable, Sendable, CaseIterable {
  /// Platform Firmware Profile 1.05, section 3.3.2.2: no vendor's habit but the mark of a failed phase.
  case separatorError
  case skibootSeparator
  case shimOffByOne
  case shimWithoutNUL
  case shimVariableContent
  case wholeBootVariable
  case driverConfigContent
  case actionWithoutNUL
  case olderGRUBWithNUL
  case systemdBootExtraNUL
  /// The digest is all zeros: the firmware did not compute one.
  case zeroDigest
  /// A known rule, but another than the log's other events of this kind follow.
  case oddRule
  /// No event of this kind in this log follows a known rule; Dell's `EV_S_CRTM_VERSION` is the best known.
  case noKnownRule

  /// What to tell a reader.
  public var sentence: String {
    switch self {
    case .separatorError:
      "the separator marks an error: its digest is that of the number 1, and its data are not measured"
    case .skibootSeparator:
      "OpenPOWER skiboot measures 0xFFFFFFFF and logs a text that is not measured"
    case .shimOffByOne: "this shim leaves out the last byte of the data"
    case .shimWithoutNUL: "this shim leaves out the NUL at the end of the data"
    case .shimVariableContent: "this shim measures only the content of the variable"
    case .wholeBootVariable:
      "HP, AMI and other firmware measures the whole structure of a boot variable, not only its content"
    case .driverConfigContent:
      "this TPM 1.2 firmware measures only the content of the variable"
    case .actionWithoutNUL: "the NUL at the end of the text is not measured"
    case .olderGRUBWithNUL: "older patched GRUB measures the NUL at the end of the text"
    case .systemdBootExtraNUL: "older systemd-boot measures one NUL more than it logs"
    case .zeroDigest: "the digest is all zeros: the firmware measured nothing, and the data are a claim"
    case .oddRule: "the digest follows another rule than the log's other events of this kind"
    case .noKnownRule:
      "no event of this kind in this log has the digest of its data by a known rule: the data are a claim"
    }
  }
}
