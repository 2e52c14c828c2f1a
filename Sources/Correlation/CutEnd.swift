import Digests
import Hashing
import Replay
import TCGEventLog

/// The end of an event log whose file stops inside a record, as a copy does that was not finished: what the machine extended from there
/// on is missing.
public struct CutEnd: Equatable, Sendable {
  public let file: String
  /// Index of the event that is not whole.
  public let event: Int
  /// Registers of which nothing can be missing behind the end, so that what is wrong there was done to the log.
  public let closed: Set<Int>

  /// - parameter place: of user space nothing closes a register.
  init(_ log: ArchivedLog<EventLog>, _ place: CorrelatedEventLog.Place) {
    file = log.file
    event = log.log.events.count
    closed = place == .firmware ? Self.closed(log.log) : []
  }

  /// Firmware ends the registers of its own with a separator before it starts a loader, and none extends what is its or the loader's once
  /// the boot services have ended. In PCR 1 to 3 firmware measures boot entries, drivers and their settings behind the separator, too.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.4 and 8.2; measured over real logs.
  private static func closed(_ log: EventLog) -> Set<Int> {
    if log.events.contains(where: \.endsBootServices) { return Set(0...9).union([14]) }
    // Whatever types the log claims, loaders have extended their registers.
    let hasStarted = log.events.contains { $0.recordedType != .noAction && (8...14).contains($0.registerIndex) }
    return Set(
      [0, 6].filter { register in
        hasStarted
          || log.events.contains {
            // By its type: firmware is known that gives code the digest of a separator.
            Int($0.registerIndex) == register && $0.recordedType == .separator
          }
      })
  }

  /// Firmware that a loader returned to closes its registers once more before it starts the next one. No more than this many starts are
  /// told from an altered log.
  fileprivate static let repeatedStarts = 8
}

extension CorrelatedEventLog {
  /// Whether what a cut file lacks may be all that is wrong in these registers of a bank: they are not closed, or each held value follows
  /// from the log's own by further separators, so that every event is as it was extended.
  ///
  /// - parameter matches: those of the log, with the values that sources hold.
  public func mayLackEvents(of registers: [Int], _ bank: HashAlgorithm, by matches: [LogMatch]) -> Bool {
    guard let cut else { return false }
    return registers.allSatisfy { register in
      guard cut.closed.contains(register) else { return true }
      let held = matches.filter { $0.bank == bank }.compactMap { $0.observed[register] }
      return !held.isEmpty && held.allSatisfy { isClosedAgain(register, bank, $0) }
    }
  }

  private func isClosedAgain(_ register: Int, _ bank: HashAlgorithm, _ held: [UInt8]) -> Bool {
    // Behind the end of the boot services nobody closes anything, and what was not closed before it is altered.
    guard !replay.log.events.contains(where: \.endsBootServices),
      replay.log.events.contains(where: { Int($0.registerIndex) == register && $0.recordedType == .separator }),
      var value = replay.values[bank, register], let separator = bank.digest(of: SeparatorValue.usual)
    else { return false }
    for _ in 0..<CutEnd.repeatedStarts {
      guard let next = bank.extend(value, with: separator) else { return false }
      if next == held { return true }
      value = next
    }
    return false
  }
}
