import ByteReading
import Correlation
import Digests
import EvidenceIntake
import IMALog
import Replay
import TCGEventLog

/// What `inquest replay` is asked for.
public struct LogReplayRequest: Sendable {
  public var log: FilePath
  /// Number of records after which to stop.
  public var until: Int?
  /// A quote or a file of register values to compare with.
  public var against: FilePath?
  /// Other logs of the boot: a quote of which only the digest is known needs all of them together.
  public var beside: [FilePath]
  /// What may have been extended without an event, when it is tested why a register does not match.
  public var constants: [MismatchConstant]
  public var jobs: Int

  /// `-` is standard input.
  public init(
    log: FilePath, until: Int? = nil, against: FilePath? = nil, beside: [FilePath] = [],
    constants: [MismatchConstant] = [], jobs: Int = 1
  ) {
    self.log = log
    self.constants = constants
    self.beside = beside
    self.until = until
    self.against = against
    self.jobs = max(1, jobs)
  }
}

/// What one log replays to, without any case around it.
public struct ReplayedLog: Sendable {
  public enum Kind: String, Sendable {
    case eventLog = "event log"
    case measurementList = "measurement list"
  }

  public var kind: Kind
  /// What the log extends. Of a confidential guest the registers 1 to 4 are RTMR 0 to 3.
  public var registerFamily = EventLog.RegisterFamily.pcr
  public var records: Int
  public var values: RegisterValues
  /// One for each bank that the other file speaks of.
  public var matches: [LogMatch]
  /// What was wrong in the log, and what was left unread.
  public var problems: [ParseError]
  public var isWhole: Bool
  /// The file ends inside the record behind the last one.
  public var isCut = false
  /// Records whose recorded template hash is not theirs.
  public var templateHashMismatches: [Int]
  /// Why registers of an event log do not hold what was to be compared: every hypothesis with its outcome.
  public var mismatches: [RegisterMismatch] = []
  /// The digest of a quote without PCR file that an event log does not give.
  public var unexplainedDigest: UnexplainedDigest?
  /// Why it does not: every hypothesis with its outcome; nil when nothing could be tested.
  public var digestMismatch: DigestMismatch?
  /// Registers that were to be compared and that the log does not extend, with what their values say.
  public var unlogged: [UnloggedRegister] = []

  public struct UnloggedRegister: Equatable, Sendable {
    public var bank: HashAlgorithm
    public var register: Int
    public var value: [UInt8]
    public var meaning: String
    /// Firmware and loaders extend such a register with an event, and the log has none.
    public var isUnexplained: Bool
  }

  /// True when something was compared, every comparison came out well, and no register that firmware extends lacks its events.
  public var agrees: Bool {
    let compared = matches.filter { $0.outcome != .notCovered }
    return !compared.isEmpty && compared.allSatisfy { $0.found != nil && $0.leftOut.isEmpty }
      && !unlogged.contains(where: \.isUnexplained)
  }
}

public enum LogReplayError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(FileError)
  case noLog(String)
  /// An archive that holds more than one.
  case severalLogs(String, [String])
  case noValues(String)
  /// Register values of which some are none.
  case damagedValues(ParseError)
  case failed(String)
  /// What the log was to be compared with contradicts itself.
  case refused(String)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .noLog(let file): "\(file): neither an event log nor a measurement list"
    case .severalLogs(let file, let logs):
      "\(file): holds several logs, of which one is replayed: \(logs.joined(separator: ", "))"
    case .noValues(let file): "\(file): neither a quote nor register values"
    case .damagedValues(let error): error.description
    case .failed(let reason), .refused(let reason): reason
    }
  }
}

/// Replays one log. A measurement list is read window by window, so that its size does not matter.
public func replay(_ request: LogReplayRequest) throws(LogReplayError) -> ReplayedLog {
  let reference = try request.against.map { path throws(LogReplayError) in try LogReplayReference(path) }
  let input = try LogReplayInput(request.log)
  let head = input.head
  let name = request.log.text
  let isLikelyEventLog = EventLog.isLikely(head)
  if !isLikelyEventLog, let format = MeasurementListFormat.detect(head) {
    return try replayMeasurements(format, input, request, reference)
  }
  let bytes = try input.contents()
  let content = identify(bytes, path: name)
  if case .eventLog(let log) = content { return try replayEvents(log, request, reference) }
  if isLikelyEventLog, let log = EventLog.parse(bytes, file: name) { return try replayEvents(log, request, reference) }
  guard let list = content.measurementList else { return try replayPacked(bytes, request, reference) }
  return try replay(list, request, reference)
}

/// The log in a compressed file, an archive or another tool's document that holds no second one.
private func replayPacked(
  _ bytes: [UInt8], _ request: LogReplayRequest, _ reference: LogReplayReference?
) throws(LogReplayError) -> ReplayedLog {
  let name = request.log.text
  let logs = evidenceFiles(bytes, path: name).filter { file in
    if case .eventLog = file.content { true } else { file.content.measurementList != nil }
  }
  guard let file = logs.first else { throw .noLog(name) }
  guard logs.count == 1 else { throw .severalLogs(name, logs.map(\.path)) }
  if case .eventLog(let log) = file.content { return try replayEvents(log, request, reference) }
  guard let list = file.content.measurementList else { throw .noLog(name) }
  return try replay(list, request, reference)
}

private func replay(
  _ list: Parsed<MeasurementList>, _ request: LogReplayRequest, _ reference: LogReplayReference?
) throws(LogReplayError) -> ReplayedLog {
  // The document is taken apart once; its records are replayed as a binary list is.
  var replayed = try replayMeasurements(list.value.stream().format, LogReplayInput(list.value), request, reference)
  replayed.problems = list.problems
  replayed.isWhole = list.problems.isEmpty
  return replayed
}
