/// What was done to a list that does not replay, as far as that can be shown.
public struct ListTampering: Equatable, Sendable {
  /// The list.
  public var file: String
  /// The register whose values the list does not give.
  public var register: Int
  /// Files of the quotes that this is about, in the order of proof.
  public var quotes: [String]
  /// The narrowest records in which the change lies. The number of records, as an index, stands for the place behind the
  /// last one; nil when the list is not of this boot at all.
  public var interval: Range<Int>?
  /// What proves the interval's beginning and end, in a sentence.
  public var intervalReason: String
  /// What was done, in a sentence; nil when no hypothesis gives the quoted values.
  public var conclusion: String?
  /// True when the list replays from another value than that of a reset: its first records are missing.
  public var isHeadMissing: Bool
  /// In the order in which they were tested.
  public var hypotheses: [TestedHypothesis]

  public init(
    file: String, register: Int, quotes: [String], interval: Range<Int>?, intervalReason: String,
    conclusion: String? = nil, isHeadMissing: Bool = false, hypotheses: [TestedHypothesis]
  ) {
    self.file = file
    self.register = register
    self.quotes = quotes
    self.interval = interval
    self.intervalReason = intervalReason
    self.conclusion = conclusion
    self.isHeadMissing = isHeadMissing
    self.hypotheses = hypotheses
  }
}

/// One way in which a list may have been changed, and what became of it.
public struct TestedHypothesis: Equatable, Sendable {
  public enum Outcome: String, Sendable {
    /// The list so mended gives the quoted values in every bank that was compared, at one number of records.
    case reproduces
    case refuted
    /// The bound was reached before all candidates were tried.
    case notExhausted = "not-exhausted"
    /// Nothing to test it with, such as another copy of the list.
    case notTestable = "not-testable"
  }

  /// For example `one-record-removed`.
  public var name: String
  public var outcome: Outcome
  /// Number of changed lists that were tried.
  public var candidates: Int
  public var message: String

  public init(name: String, outcome: Outcome, candidates: Int, message: String) {
    self.name = name
    self.outcome = outcome
    self.candidates = candidates
    self.message = message
  }
}
