import Digests
import IMALog
import QuoteVerification
import Replay
import TCGEventLog

/// What was archived of one boot, ready to be held against each other.
public struct BootEvidence: Sendable {
  public var quotes: [VerifiedQuote] = []
  /// Unsigned register values that belong to no quote.
  public var snapshots: [Snapshot] = []
  public var eventLogs: [ArchivedLog<EventLog>] = []
  /// Lists to be judged: without text copies of binary ones.
  public var lists: [ArchivedLog<MeasurementList>] = []

  public init() {}

  public struct Snapshot: Sendable {
    public var file: String
    public var values: RegisterValues

    public init(file: String, values: RegisterValues) {
      self.file = file
      self.values = values
    }
  }
}

/// A log with the file it is from.
public struct ArchivedLog<Log: Sendable>: Sendable {
  public var file: String
  /// Path of the capture's folder.
  public var capture: String
  public var log: Log
  /// The file ends inside a record: records behind those of the log are missing.
  public var isCut: Bool

  public init(file: String, capture: String, log: Log, isCut: Bool = false) {
    self.file = file
    self.capture = capture
    self.log = log
    self.isCut = isCut
  }
}

/// Who says that registers had certain values.
public enum ValueSource: Hashable, Sendable {
  case quote(String)
  case snapshot(String)

  public var file: String {
    switch self {
    case .quote(let file), .snapshot(let file): file
    }
  }
}

/// What one source of register values says about one log in one bank.
public struct LogMatch: Equatable, Sendable {
  public enum Outcome: Equatable, Sendable {
    /// Numbers of records from the start of the log that give the values.
    case found(ClosedRange<Int>)
    /// No number of records gives them.
    case mismatch(registers: [Int])
    /// The log goes on in a longer list of the same boot, which gives the values.
    case endsBeforeSource
    /// The source says nothing about the registers that the log extends.
    case notCovered
    /// Only the digest of the values is known, and something else it covers is not.
    case undetermined(missing: String)
  }
  public var source: ValueSource
  public var log: String
  public var bank: HashAlgorithm
  /// Compared registers, ascending.
  public var registers: [Int]
  /// Registers left out of the comparison because user space extends them without any log, and their value shows it.
  public var leftOut: [Int] = []
  public var rule: ExtendRule.Digest = .plain
  public var outcome: Outcome
  /// What the source holds in the registers that do not match.
  public var observed: [Int: [UInt8]] = [:]
  /// What besides all events of the log gives the values of registers that do not match, where something of the kind does.
  public var unlogged: [Int: UnloggedExtends] = [:]
  /// The values were not archived: only their signed digest was reproduced.
  public var isByDigest = false

  public init(
    source: ValueSource, log: String, bank: HashAlgorithm, registers: [Int], rule: ExtendRule.Digest = .plain,
    outcome: Outcome, isByDigest: Bool = false
  ) {
    self.source = source
    self.log = log
    self.bank = bank
    self.registers = registers
    self.rule = rule
    self.outcome = outcome
    self.isByDigest = isByDigest
  }

  /// Whether every event of the registers that do not match was extended as the log has it, with something beside them that no log
  /// has: only that is missing.
  public var isMismatchOfUnloggedExtends: Bool {
    if case .mismatch(let registers) = outcome { Self.areExplained(registers, by: unlogged) } else { false }
  }

  static func areExplained(_ registers: [Int], by unlogged: [Int: UnloggedExtends]) -> Bool {
    !unlogged.isEmpty && registers.allSatisfy { unlogged[$0] != nil || extendedByUserSpace.contains($0) }
  }

  public var found: ClosedRange<Int>? {
    if case .found(let range) = outcome { range } else { nil }
  }
}

/// Registers that user space extends without any firmware log: systemd's phases and the machine's identity.
///
/// Source: UAPI group, "Linux TPM PCR Registry".
let extendedByUserSpace: Set<Int> = [11, 12, 13, 15]
