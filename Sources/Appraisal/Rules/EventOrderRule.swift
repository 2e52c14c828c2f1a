import Replay
import TCGEventLog

/// Events of the firmware's registers come in the order of the profile: each register is closed by one separator.
///
/// A separator ends the part of the firmware in registers 0 to 7. What follows it was extended by what the firmware started,
/// so only events that loaders and the boot manager make belong there. A type is only a claim: a digest of a separator under
/// another type counts as a separator that was given another name.
///
/// In a log of RTMRs one register stands for several PCRs, and firmware closes it once, or once for each of these: what belongs
/// behind a separator cannot be told there.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.2.2, 3.3.4 and 10.4.5; UEFI 2.10, section 38.4.1.
public struct EventOrderRule {
  public static let id = "event.order"

  public init() {}

  public func appraise(_ log: EventLog, checks: [EventDigestCheck], file: String) -> [Finding] {
    if log.followsFirmware { return foreign(log, file) }
    var walk = Walk(log, checks: checks, file: file)
    let registers: ClosedRange<UInt32> = log.registerFamily == .pcr ? 0...7 : 1...2
    for event in log.events where event.recordedType != .noAction && registers.contains(event.registerIndex) {
      walk.take(event)
    }
    walk.finish()
    return walk.findings
  }

  /// Events of firmware, loaders or the boot stub that stand in a log of user space: what they are nobody can tell there, whatever they are
  /// called, and no rule about such events sees them.
  private func foreign(_ log: EventLog, _ file: String) -> [Finding] {
    let measured = log.events.filter { $0.recordedType != .noAction && !$0.isMarkOfUserSpace }
    // User space only sets marks in the registers of firmware and loaders.
    let ofLoaders = measured.filter { $0.registerIndex < 10 || $0.registerIndex == 14 }
    // It extends those of the stub, too, with what nothing of the log may show.
    let ofStub = measured.filter { (11...13).contains($0.registerIndex) && $0.measuredWord == nil }
    return foreign(
      ofLoaders, file, nil,
      "where user space sets nothing but marks: events of firmware or a loader may be hidden there")
      + foreign(
        ofStub, file, Effect.none,
        "and their digests are of nothing that the log shows: events of the boot stub, such as its command line, may be hidden there"
      )
  }

  private func foreign(_ events: [Event], _ file: String, _ effect: Effect?, _ why: String) -> [Finding] {
    guard let first = events.first, let last = events.last else { return [] }
    let registers = Array(Set(events.map { Int($0.registerIndex) }))
    return [
      Finding(
        .eventForeignRegister, effect: effect, file: file, offset: first.offset, record: first.index,
        range: first.index...last.index,
        message:
          "\(events.count == 1 ? "One record" : "\(events.count) records") of this log of user space \(events.count == 1 ? "is" : "are") for PCR \(registerText(registers)), \(why)."
      )
    ]
  }

  /// The state of the eight registers on the way through the log.
  private struct Walk {
    let log: EventLog
    let checks: [EventDigestCheck]
    let file: String
    var findings: [Finding] = []
    private var separators: [UInt32: [Int]] = [:]
    /// Events of another type that have the digest of a separator, by register.
    private var disguised: [UInt32: Int] = [:]
    private var late: [UInt32: [Int]] = [:]
    private var reachedLoader = false
    /// Events of firmware behind the end of the boot services.
    private var afterEnd: [Int] = []
    private var hasEnded = false

    init(_ log: EventLog, checks: [EventDigestCheck], file: String) {
      self.log = log
      self.checks = checks
      self.file = file
    }

    private func name(_ register: UInt32) -> String { log.name(ofRegister: register) }

    mutating func take(_ event: Event) {
      let register = event.registerIndex
      if event.recordedType == .separator {
        if checks[event.index].rule == .errorNumber || SeparatorValue.errors.contains(event.data) {
          add(
            .eventSeparatorError, event,
            "The separator of \(name(register)) marks an error: a part of the firmware failed, and what came before is not what it should be."
          )
        } else if !SeparatorValue.ends.contains(event.data), checks[event.index].rule != .allOnes {
          add(
            .eventSeparatorUnexpected, event,
            "The separator of \(name(register)) holds other data than any that is defined.")
        }
        separators[register, default: []].append(event.index)
        return
      }
      if hasEnded, Self.isOfBootServices(event) { afterEnd.append(event.index) }
      if event.recordedType == .efiBootServicesApplication { reachedLoader = true }
      if event.hasSeparatorDigest, [nil, .eventData].contains(checks[event.index].rule) {
        disguised[register] = disguised[register] ?? event.index
      }
      if log.registerFamily == .pcr, separators[register] != nil, !Self.mayFollow(event) {
        late[register, default: []].append(event.index)
      }
      if event.endsBootServices {
        hasEnded = true
      }
      if case .efiAction = event.recordedType, event.data.starts(with: "Exit Boot Services Returned with Failure".utf8)
      {
        add(
          .eventExitBootServicesFailed, event,
          "The end of the boot services failed at first. Loaders try again, and a success should follow.")
      }
    }

    mutating func finish() {
      for (register, all) in separators.sorted(by: { $0.key < $1.key }) {
        for index in all.dropFirst(expectedCount(register)) {
          add(.eventSeparatorRepeated, log.events[index], "\(name(register)) has a second separator.")
        }
      }
      for (register, events) in late.sorted(by: { $0.key < $1.key }) {
        let first = log.events[events[0]]
        add(
          .eventAfterSeparator, first,
          "\(events.count == 1 ? "An event" : "\(events.count) events") of \(name(register)), the first an \(first.recordedType.name), \(events.count == 1 ? "comes" : "come") after its separator, where the profile has none of the kind."
        )
      }
      if let index = afterEnd.first {
        let first = log.events[index]
        add(
          .eventAfterSeparator, first,
          "\(afterEnd.count == 1 ? "An event" : "\(afterEnd.count) events") of the firmware, the first an \(first.recordedType.name) of \(name(first.registerIndex)), \(afterEnd.count == 1 ? "comes" : "come") after the end of the boot services, when no firmware loads images or reads settings any more."
        )
      }
      guard reachedLoader else { return }
      switch log.registerFamily {
      case .pcr:
        // A log that ends early, or begins late, has no separators to miss.
        guard separators.count >= 4 else { return }
        for register in UInt32(0)...7 where separators[register] == nil { addMissing(register) }
      case .rtmr:
        guard !separators.isEmpty else { return }
        for register in UInt32(1)...2 where separators[register] == nil { addMissing(register) }
      }
    }

    /// So many separators close a register: one. Where firmware closes each PCR by itself, RTMR 0 has those of PCR 1 and 7, and of some
    /// firmware that of PCR 0, and RTMR 1 those of PCR 2 to 6.
    private func expectedCount(_ register: UInt32) -> Int {
      guard log.registerFamily == .rtmr, separators[2, default: []].count >= 5 else { return 1 }
      return register == 1 ? 3 : 5
    }

    private mutating func addMissing(_ register: UInt32) {
      if let index = disguised[register] {
        let event = log.events[index]
        add(
          .eventSeparatorRelabelled, event,
          "\(name(register)) has no separator, and this \(event.recordedType.name) has the digest of one: the type was changed, and what the event says is not what was measured."
        )
      } else if log.events.contains(where: { $0.registerIndex == register && $0.recordedType != .noAction }) {
        findings.append(
          Finding(
            .eventSeparatorMissing, file: file,
            message:
              "\(name(register)) is extended and has no separator although the firmware handed over: nothing ends the firmware's part of it."
          ))
      } else {
        findings.append(
          Finding(
            .eventSeparatorMissing, file: file,
            message: "\(name(register)) has no event at all, and no separator, although the firmware handed over."))
      }
    }

    /// Whether only firmware makes such events, with its boot services.
    private static func isOfBootServices(_ event: Event) -> Bool {
      switch event.recordedType {
      case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver, .efiVariableDriverConfig,
        .efiVariableBoot, .efiVariableBoot2, .efiVariableAuthority, .efiGPTEvent, .efiGPTEvent2,
        .efiPlatformFirmwareBlob, .efiPlatformFirmwareBlob2:
        true
      default: false
      }
    }

    private mutating func add(_ code: FindingCode, _ event: Event, _ message: String) {
      findings.append(Finding(code, file: file, offset: event.offset, record: event.index, message: message))
    }

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
