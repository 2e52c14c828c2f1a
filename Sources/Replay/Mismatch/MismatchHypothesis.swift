/// What may have been done otherwise than a log says, so that a register does not hold what the log replays to.
public enum MismatchHypothesis: String, Sendable, CaseIterable {
  /// The TPM started from another locality than the log tells; 4 is also what an H-CRTM leaves.
  case startupLocality = "startup locality"
  /// The log lacks the event of an H-CRTM, which is the first extend of register 0 and starts it at 4.
  case hcrtmMissing = "H-CRTM event missing in the log"
  /// The bank was extended with SHA-1 digests padded with zeros.
  case paddedSHA1 = "SHA-1 digests padded with zeros"
  /// An `EV_NO_ACTION` record was extended all the same.
  case noActionExtended = "EV_NO_ACTION extended"
  /// A separator had another value: 00000000, FFFFFFFF, or 1 in either byte order.
  case separatorValue = "separator of another value"
  /// The log lacks a separator.
  case separatorMissing = "separator missing in the log"
  /// The log lacks the pair of events around ExitBootServices.
  case exitBootServicesMissing = "ExitBootServices pair missing in the log"
  /// The log lacks an extend of a published constant, or of one that the caller gave.
  case constantMissing = "known constant missing in the log"
  /// Behind the last event, several such constants were extended, in the order of a start or in any.
  case constantsTrailing = "several known constants behind the log"
  /// A log of user space goes on where this one ends.
  case userSpaceLog = "log of user space behind this one"
  /// The log lacks an event that another log of the machine has.
  case eventRemoved = "event of another log missing in this one"
  /// The log lacks several events that follow each other in this register, and that another log of the machine has.
  case eventsRemoved = "run of events of another log missing in this one"
  /// Where the log has one event, the TPM saw another one, which another log of the machine has.
  case eventReplaced = "event of another log in place of one"
  /// Zeros or ones were extended in place of a digest, as an operating system does to cap a bank it does not use.
  case filledDigest = "digest of zeros or of ones extended"
  /// The TPM never saw one event of the log.
  case eventAdded = "one event added to the log"
  /// The TPM never saw several events that follow each other in this register.
  case eventsAdded = "run of events added to the log"
  /// The TPM saw one event twice.
  case eventTwice = "one event extended twice"
  /// The TPM saw several events that follow each other twice, such as the pair around ExitBootServices.
  case eventsTwice = "run of events extended twice"
  /// Two neighbours stand in the wrong order.
  case eventsSwapped = "two neighbouring events swapped"
  /// Two events further apart stand in each other's place.
  case eventsExchanged = "two events exchanged"
  /// The digest of one event is not the one that follows from its data.
  case digestEdited = "digest of one event edited"
}

/// The outcome of one hypothesis for one register.
public struct MismatchTest: Equatable, Sendable {
  public enum Outcome: Equatable, Sendable {
    /// Every change of this kind that gives the observed value in every bank compared; those that were found when the
    /// test is not finished.
    case reproduces([MismatchChange])
    /// Every change of this kind was tried, and none gives the values.
    case refuted(tried: Int)
    /// The hypothesis says nothing about this register or log.
    case notApplicable
    /// So many changes of this kind were tried, none of which gives the values, and the others were not.
    case notFinished(tried: Int, reason: String)
    /// No change of this kind was tried: nothing is known.
    case notTested(reason: String)
  }

  public var hypothesis: MismatchHypothesis
  public var outcome: Outcome
  /// False when the budget ended before every change of this kind was tried, or when enough were found.
  public var isFinished: Bool

  public init(hypothesis: MismatchHypothesis, outcome: Outcome, isFinished: Bool = true) {
    self.hypothesis = hypothesis
    self.outcome = outcome
    self.isFinished = isFinished
  }
}

/// One change of what the log says was extended.
public struct MismatchChange: Equatable, Sendable {
  /// Indexes of the events of the log that the change concerns; empty when it concerns none.
  public var events: [Int]
  /// What the change is, for people.
  public var sentence: String
}
