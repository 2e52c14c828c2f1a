import Digests
import Replay
import TCGEventLog

/// One of two logs, made ready for comparison.
struct ComparedLog {
  let log: EventLog
  let file: String
  let stages: [String]
  /// What changes on every boot, of each event.
  let spans: [[VolatileSpan]]
  /// The data of each event that has such spans, with zeros in their place.
  private let settled: [Int: [UInt8]]
  /// Algorithms of digests that the other log has, too.
  private let algorithms: Set<UInt16>

  /// - parameter other: the log that this one is compared with.
  init(_ log: EventLog, file: String, stages: [String], other: EventLog) {
    self.log = log
    self.file = file
    self.stages = stages
    spans = log.events.map { $0.volatileSpans(file: file) }
    settled = Dictionary(
      uniqueKeysWithValues: zip(log.events.indices, spans).filter { !$1.isEmpty }.map {
        ($0, log.events[$0].settledData($1))
      })
    algorithms = Self.algorithms(log).intersection(Self.algorithms(other))
  }

  static func algorithms(_ log: EventLog) -> Set<UInt16> {
    var found: Set<UInt16> = []
    for event in log.events { for digest in event.digests { found.insert(digest.rawAlgorithm) } }
    return found
  }

  /// The data without what changes on every boot.
  func settledData(_ index: Int) -> [UInt8] { settled[index] ?? log.events[index].data }

  func settledContent(_ index: Int) -> EventContent {
    guard let data = settled[index] else { return content(index) }
    var event = log.events[index]
    event.data = data
    return event.content(file: file)
  }

  func content(_ index: Int) -> EventContent { log.events[index].content(file: file) }

  func stage(_ index: Int) -> String { stages.indices.contains(index) ? stages[index] : "" }

  /// Digests of the banks that both logs have.
  func digests(_ index: Int) -> [EventDigest] {
    log.events[index].digests.filter { algorithms.contains($0.rawAlgorithm) }
  }

  /// Two events with the same key differ in nothing but what changes on every boot.
  struct Key: Hashable {
    var register: UInt32
    var type: EventType
    var data: [UInt8]
    var digests: [Digest]

    struct Digest: Hashable {
      var algorithm: UInt16
      var bytes: [UInt8]
    }
  }

  /// Register and digests alone; nil for an event of which no digest says anything.
  func digestKey(_ index: Int) -> Key? {
    let event = log.events[index]
    let digests = digests(index)
    guard event.recordedType != .noAction, digests.contains(where: { $0.bytes.contains { $0 != 0 } }) else {
      return nil
    }
    return Key(
      register: event.registerIndex, type: .noAction, data: [],
      digests: digests.map { Key.Digest(algorithm: $0.rawAlgorithm, bytes: $0.bytes) })
  }

  func key(_ index: Int) -> Key {
    let event = log.events[index]
    return Key(
      register: event.registerIndex, type: event.recordedType, data: settledData(index),
      digests: digests(index).map { Key.Digest(algorithm: $0.rawAlgorithm, bytes: $0.bytes) })
  }
}

/// Whether the digests of an event are those of its data.
enum DataBond {
  /// They are, by a known rule.
  case bound
  /// They should be and are not.
  case contradicted
  /// They are of something that the log does not hold, or nothing is known of them.
  case outside

  init(_ outcome: EventDigestCheck.Outcome) {
    switch outcome {
    case .holds: self = .bound
    case .contradicted: self = .contradicted
    case .notDerivable: self = .outside
    case .deviates(let deviation, _):
      switch deviation {
      case .shimOffByOne, .shimWithoutNUL, .shimVariableContent, .wholeBootVariable, .driverConfigContent,
        .actionWithoutNUL, .olderGRUBWithNUL, .systemdBootExtraNUL, .oddRule:
        self = .bound
      case .separatorError, .skibootSeparator, .zeroDigest, .noKnownRule: self = .outside
      }
    }
  }
}
