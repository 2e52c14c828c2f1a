import Replay
import TCGEventLog

/// Events of the firmware's registers come in the order of the profile: each register is closed by one separator.
///
/// A separator ends the part of the firmware in registers 0 to 7. What follows it was extended by what the firmware started,
/// so only events that loaders and the boot manager make belong there. A type is only a claim: a digest of a separator under
/// another type counts as a separator that was given another name.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.2.2, 3.3.4 and 10.4.5.
public struct EventOrderRule {
  public static let id = "event.order"

  public init() {}

  public func appraise(_ log: EventLog, checks: [EventDigestCheck], file: String) -> [Finding] {
    var walk = Walk(log, checks: checks, file: file)
    for event in log.events where event.recordedType != .noAction && event.registerIndex < 8 { walk.take(event) }
    walk.finish()
    return walk.findings
  }

  /// The state of the eight registers on the way through the log.
  private struct Walk {
    let log: EventLog
    let checks: [EventDigestCheck]
    let file: String
    var findings: [Finding] = []
    private var separators: [UInt32: Int] = [:]
    /// Events of another type that have the digest of a separator, by register.
    private var disguised: [UInt32: Int] = [:]
    private var late: [UInt32: [Int]] = [:]
    private var reachedLoader = false
    /// In a log of RTMRs a number stands for several registers.
    private let hasRegistersOfTPM: Bool

    init(_ log: EventLog, checks: [EventDigestCheck], file: String) {
      self.log = log
      self.checks = checks
      self.file = file
      hasRegistersOfTPM = log.events.contains { $0.registerIndex == 7 }
    }

    mutating func take(_ event: Event) {
      guard hasRegistersOfTPM else { return }
      let register = event.registerIndex
      let isError = checks[event.index].rule == .errorNumber
      if event.recordedType == .separator {
        if isError {
          add(
            .eventSeparatorError, event,
            "The separator of PCR \(register) marks an error: a part of the firmware failed, and what came before is not what it should be."
          )
        } else if !Self.known.contains(event.data), checks[event.index].rule != .allOnes {
          add(
            .eventSeparatorUnexpected, event,
            "The separator of PCR \(register) holds other data than any that is defined.")
        }
        if separators[register] != nil {
          add(.eventSeparatorRepeated, event, "PCR \(register) has a second separator.")
        } else {
          separators[register] = event.index
        }
        return
      }
      if event.recordedType == .efiBootServicesApplication { reachedLoader = true }
      if event.hasSeparatorDigest, [nil, .eventData].contains(checks[event.index].rule) {
        disguised[register] = disguised[register] ?? event.index
      }
      if separators[register] != nil, !Self.mayFollow(event) { late[register, default: []].append(event.index) }
      if case .efiAction = event.recordedType, event.data.starts(with: "Exit Boot Services Returned with Failure".utf8)
      {
        add(
          .eventExitBootServicesFailed, event,
          "The end of the boot services failed at first. Loaders try again, and a success should follow.")
      }
    }

    mutating func finish() {
      for (register, events) in late.sorted(by: { $0.key < $1.key }) {
        let first = log.events[events[0]]
        add(
          .eventAfterSeparator, first,
          "\(events.count == 1 ? "An event" : "\(events.count) events") of PCR \(register), the first an \(first.recordedType.name), \(events.count == 1 ? "comes" : "come") after its separator, where the profile has none of the kind."
        )
      }
      // A log that ends early, or begins late, has no separators to miss.
      guard hasRegistersOfTPM, reachedLoader, separators.count >= 4 else { return }
      for register in UInt32(0)...7 where separators[register] == nil {
        if let index = disguised[register] {
          let event = log.events[index]
          add(
            .eventSeparatorRelabelled, event,
            "PCR \(register) has no separator, and this \(event.recordedType.name) has the digest of one: the type was changed, and what the event says is not what was measured."
          )
        } else if log.events.contains(where: { $0.registerIndex == register && $0.recordedType != .noAction }) {
          findings.append(
            Finding(
              .eventSeparatorMissing, file: file,
              message:
                "PCR \(register) is extended and has no separator although the firmware handed over: nothing ends the firmware's part of it."
            ))
        } else {
          findings.append(
            Finding(
              .eventSeparatorMissing, file: file,
              message: "PCR \(register) has no event at all, and no separator, although the firmware handed over."))
        }
      }
    }

    private mutating func add(_ code: FindingCode, _ event: Event, _ message: String) {
      findings.append(Finding(code, file: file, offset: event.offset, record: event.index, message: message))
    }

    /// Data of separators: of the profile, and of Windows in registers that it opens.
    private static let known: [[UInt8]] = [[0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], Array("WBCL".utf8)]

    /// What loaders, the boot manager and the operating system extend into the firmware's registers.
    private static func mayFollow(_ event: Event) -> Bool {
      switch (event.registerIndex, event.recordedType) {
      case (4, .efiBootServicesApplication), (4, .efiAction), (4, .ipl), (4, .efiBootServicesDriver), (4, .compactHash),
        (4, .eventTag):
        true
      case (5, _): true
      case (7, .efiVariableAuthority): true
      // Drivers that a loader starts, and boot variables that some firmware measures after all else.
      case (2, .efiBootServicesDriver), (2, .efiRuntimeServicesDriver), (2, .efiBootServicesApplication),
        (1, .efiVariableBoot), (1, .efiVariableBoot2), (1, .efiHandoffTables), (1, .efiHandoffTables2):
        true
      default: false
      }
    }
  }
}
