import ByteReading
import Digests
import Replay
import TCGEventLog

/// What one event log tells of a start, stage after stage, as a person would tell it.
///
/// Nothing here is proof by itself: each fact and event says how far a digest binds it, and whether a quote proves that digest.
public struct BootStory: Equatable, Sendable {
  public struct Stage: Equatable, Sendable {
    public var stage: BootStage
    public var facts: [Fact]
    /// In the order of the log.
    public var events: [StoryEvent]

    /// Registers of its events that are extended, ascending.
    public var registers: [UInt32] { Set(events.filter(\.isExtended).map(\.register)).sorted() }
    public var extendedCount: Int { events.count(where: \.isExtended) }
    public var provenCount: Int { events.count { $0.isExtended && $0.isProven } }
  }

  /// One thing to tell.
  public struct Fact: Equatable, Sendable {
    /// For example `version`, `image`, `verified by`.
    public var name: String
    /// Escaped.
    public var value: String
    /// Index of the event that says it; nil when several do.
    public var event: Int?
    /// How far the value itself is bound by a digest.
    public var binding: EventBinding
    /// A quote proves every event that it rests on.
    public var isProven: Bool
  }

  public struct StoryEvent: Equatable, Sendable {
    public var index: Int
    public var register: UInt32
    public var type: String
    /// What it says, on one line, escaped; nil when there are bytes only.
    public var summary: String?
    public var binding: EventBinding
    /// Which digest rule held, in words.
    public var derivation: String
    /// False for what no register covers, such as `EV_NO_ACTION`.
    public var isExtended: Bool
    /// A quote of a trusted key covers the register, and proves the log at least as far as this event.
    public var isProven: Bool
  }

  public var registers: Registers

  /// What the numbers of registers are of.
  public enum Registers: String, Sendable {
    /// Registers of a TPM.
    case pcr
    /// Registers of a confidential guest: 1 to 4 stand for RTMR 0 to 3.
    case rtmr

    /// What a person calls such a register.
    public var label: String { self == .pcr ? "PCR" : "RTMR" }

    /// The number by which a person calls the register of that index.
    public func number(_ index: UInt32) -> Int { self == .rtmr ? Int(index) - 1 : Int(index) }
  }
  /// Stages with events, in the order of a start.
  public var stages: [Stage]
  public var secureBoot: SecureBootEvidence
  /// Words with a weight of every kernel command line; those that weaken of measured texts that could be one, although the log
  /// says that they are something else; and settings of Windows that weaken.
  public var options: [MeasuredOption]

  /// A word with a weight, and the event that has it.
  public struct MeasuredOption: Equatable, Sendable {
    public var event: Int
    public var option: KernelOption
    /// The digest is of the text, but for the label before it.
    public var isBound: Bool
    public var origin: Origin

    public enum Origin: Sendable {
      /// The log says that the text is a kernel command line; no digest covers that.
      case commandLine
      /// A text of a boot loader that could be one.
      case otherText
      /// What Windows measured of its own settings.
      case windows
    }
  }

  /// Facts of one stage; the events tell the rest.
  private static let factLimit = 200

  /// - parameter checks: one for each event, as `checkEventDigests` gives them.
  /// - parameter provenBanks: banks in which a quote of a trusted key covers the register of an event, and the log as far as the
  ///   event.
  public init(_ log: EventLog, checks: [EventDigestCheck], provenBanks: (Event) -> Set<HashAlgorithm> = { _ in [] }) {
    let contents = log.events.map { $0.content(file: "") }
    self.registers = log.registerFamily == .pcr ? .pcr : .rtmr
    secureBoot = SecureBootEvidence(log, contents: contents, checks: checks)
    let windows = WindowsBoot(log)
    options = Self.options(of: log, windows, checks)
    let registers: Range<UInt32> = log.registerFamily == .pcr ? 0..<24 : 1..<5
    let banks = log.events.map { $0.recordedType == .noAction ? [] : provenBanks($0) }
    let events = zip(zip(log.events, contents), checks).map { pair, check in
      StoryEvent(
        index: pair.0.index, register: pair.0.registerIndex, type: pair.0.recordedType.name,
        summary: pair.1.summary(of: pair.0), binding: check.binding, derivation: check.derivation,
        isExtended: pair.0.recordedType != .noAction && registers.contains(pair.0.registerIndex),
        isProven: !banks[pair.0.index].isEmpty)
    }
    let stages = log.bootStages
    var groups: [BootStage: [Int]] = [:]
    for (index, stage) in stages.enumerated() { groups[stage, default: []].append(index) }
    let telling = Telling(
      log: log, contents: contents, checks: checks, events: events, provenBanks: banks, stages: stages,
      secureBoot: secureBoot, authorities: ImageAuthorities(log, contents: contents, secureBoot: secureBoot),
      options: options, windows: windows)
    self.stages = BootStage.allCases.compactMap { stage in
      guard let indexes = groups[stage] else { return nil }
      return Stage(
        stage: stage, facts: Array(telling.facts(of: stage, indexes).prefix(Self.factLimit)),
        events: indexes.map { events[$0] })
    }
  }

  private static func options(
    of log: EventLog, _ windows: WindowsBoot, _ checks: [EventDigestCheck]
  ) -> [MeasuredOption] {
    let read = { (line: KernelCommandLine, origin: MeasuredOption.Origin) in
      KernelOption.all(in: line.text).map {
        MeasuredOption(event: line.event, option: $0, isBound: checks[line.event].bindsText, origin: origin)
      }
    }
    // A text that nothing binds and that is said to be something else says nothing.
    return log.kernelCommandLines.flatMap { read($0, .commandLine) }
      + log.possibleCommandLines.filter { checks[$0.event].bindsText }.flatMap { read($0, .otherText) }
      .filter { $0.option.weight == .weakens }
      + windows.options.map { event, option in
        MeasuredOption(event: event, option: option, isBound: checks[event].bindsText, origin: .windows)
      }
  }
}

extension EventDigestCheck {
  /// Whether what a loader says it measured is bound, but for the label before it.
  var bindsText: Bool {
    switch rule {
    case .eventData, .eventDataAndNUL, .textWithoutNUL, .textWithNUL, .wideTextWithoutNUL, .eventDataWithoutLastByte:
      outcome.isNoContradiction
    default: false
    }
  }
}

extension EventDigestCheck.Outcome {
  fileprivate var isNoContradiction: Bool {
    if case .contradicted = self { false } else { true }
  }
}
