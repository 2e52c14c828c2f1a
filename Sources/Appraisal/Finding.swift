/// How bad a finding is by itself.
public enum Severity: String, CaseIterable, Comparable, Sendable {
  /// Something is proven false or bad.
  case critical
  case warning
  case notice
  case info

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  /// Worse comes first.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// What a finding does to the verdict of its boot.
public enum Effect: String, Sendable {
  case untrusted
  /// The boot can't become `trusted`, yet nothing is proven bad.
  case inconclusive
  case none
}

/// One thing a rule has to say, with the place it speaks of.
public struct Finding: Equatable, Sendable {
  /// A code of the catalogue, for example `log.replay-mismatch`.
  public var code: FindingCode
  public var severity: Severity
  public var effect: Effect
  /// Name of the host, or nil when the finding is about the whole case.
  public var host: String?
  /// Label of the boot, as in `AttestationResult.Boot.label`.
  public var boot: String?
  public var capture: String?
  /// Path relative to the case.
  public var file: String?
  /// Bytes from the start of the file.
  public var offset: Int?
  /// Index of the record in its log, from 0.
  public var record: Int?
  /// First and last record index the finding speaks of, both included, from 0.
  public var range: ClosedRange<Int>?
  /// One or two plain sentences.
  public var message: String
  public var expected: String?
  public var actual: String?

  /// Severity and effect are the catalogue's unless a rule has a reason for others.
  public init(
    _ code: FindingCode, severity: Severity? = nil, effect: Effect? = nil, host: String? = nil, boot: String? = nil,
    capture: String? = nil, file: String? = nil, offset: Int? = nil, record: Int? = nil,
    range: ClosedRange<Int>? = nil, message: String, expected: String? = nil, actual: String? = nil
  ) {
    self.code = code
    self.severity = severity ?? code.severity
    self.effect = effect ?? code.effect
    self.host = host
    self.boot = boot
    self.capture = capture
    self.file = file
    self.offset = offset
    self.record = record
    self.range = range
    self.message = message
    self.expected = expected
    self.actual = actual
  }
}
