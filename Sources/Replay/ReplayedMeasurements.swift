import ByteReading

/// What a list's records say when they are recomputed.
public struct ReplayedMeasurements: Equatable, Sendable {
  /// Number of records replayed.
  public var recordCount: Int
  /// The registers that the records extend, of 0 to 23, ascending.
  public var extendedRegisters: [Int]
  /// Number of records for registers above 23, which extended nothing.
  public var recordCountBeyondRegisters: Int
  /// Calculated values after the last record, one for each rule: those of the extended registers.
  public var values: [[Int: [UInt8]]]
  /// Where each register target held, by target id.
  public var matches: [String: TargetMatch]
  /// Record counts after which each composite target's digest was right, by target id; absent when never.
  public var compositeMatches: [String: ClosedRange<Int>]
  /// Indexes of records whose recorded template digest is not the recomputed one. Never violations. The algorithm is
  /// taken from the digest's width: SHA-1, SHA-256, SHA-384 or SHA-512.
  public var templateHashMismatches: [Int]
  /// Indexes of records with an all-zero template digest.
  public var violations: [Int]
  /// What the list's reader met; empty for a list in memory.
  public var problems: [ParseError]
  /// Bytes of the file that were not read as records; empty for a list in memory.
  public var unread: Range<Int>

  /// Where one target's values held.
  public struct TargetMatch: Equatable, Sendable {
    /// For each of the target's registers that ever had the wanted value: the numbers of records after which it did.
    /// 0 means before any record.
    public var ranges: [Int: ClosedRange<Int>]
    /// The target's registers that the list extends, ascending.
    public var comparedRegisters: [Int]
    /// The numbers of records after which all compared registers had the wanted values; nil when there are none, or
    /// when the list extends none of the target's registers.
    public var combined: ClosedRange<Int>?

    public init(ranges: [Int: ClosedRange<Int>], comparedRegisters: [Int], combined: ClosedRange<Int>?) {
      self.ranges = ranges
      self.comparedRegisters = comparedRegisters
      self.combined = combined
    }
  }

  /// The result for no records and no rules.
  public init() {
    recordCount = 0
    extendedRegisters = []
    recordCountBeyondRegisters = 0
    values = []
    matches = [:]
    compositeMatches = [:]
    templateHashMismatches = []
    violations = []
    problems = []
    unread = 0..<0
  }
}
