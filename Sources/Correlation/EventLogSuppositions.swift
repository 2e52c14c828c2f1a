import Digests
import Replay
import TCGEventLog

/// What may stand in the registers of event logs when a quote is made of which only the digest is known.
struct EventLogSuppositions {
  /// Values that logs lead to, with the firmware's log that does.
  struct Supposition {
    var values: RegisterValues?
    var firmware: EventLogReplay?
  }

  /// The whole logs first; the first parts of a log of user space, one record shorter each, behind them. Never empty.
  let all: [Supposition]
  /// Indexes of those of whole logs.
  let wholes: Range<Int>
  /// Values that logs lead to with something that no log has: they prove no log, and are no sign of an altered one.
  let excused: [RegisterValues]
  let hasUserSpaceLog: Bool
  /// There are more than these.
  let isCut: Bool

  /// So many first parts are kept in mind, of all logs together, and so many behind each excuse.
  private static let limit = 4096
  private static let excuseLimit = 64
  /// So many firmware's logs have excuses.
  private static let excusedLogLimit = 4

  /// - parameters:
  ///   - firmware: logs of which one is the boot's.
  ///   - follower: the log of user space of which most is known.
  ///   - banks: those that a quote speaks of.
  ///   - excuses: whether anybody is accused when nothing gives a digest.
  init(
    _ firmware: [EventLogReplay], _ follower: CorrelatedEventLog?, banks: [HashAlgorithm], excuses: Bool, isCut: Bool
  ) {
    hasUserSpaceLog = follower != nil
    let log = follower?.replay.log
    var all: [Supposition] = []
    var parts: [Supposition] = []
    var excused: [RegisterValues] = []
    let count = log?.events.count ?? 0
    let known = Set(banks).sorted()
    let limit = Self.limit / max(1, firmware.count)
    for candidate in firmware {
      let states = Self.states(candidate.values, log, limit)
      all.append(Supposition(values: states[0], firmware: candidate))
      parts += states.dropFirst().map { Supposition(values: $0, firmware: candidate) }
    }
    if excuses { excused = firmware.prefix(Self.excusedLogLimit).flatMap { Self.excused($0, log, known) } }
    if all.isEmpty { all = [Supposition(values: follower?.replay.firmwareValues, firmware: nil)] }
    wholes = 0..<all.count
    self.all = all + parts
    self.excused = excused
    self.isCut =
      isCut || count > limit || excuses && (count > Self.excuseLimit || firmware.count > Self.excusedLogLimit)
  }

  /// The registers after the whole log of user space, and after each of its last first parts, the longest first.
  private static func states(_ start: RegisterValues, _ log: EventLog?, _ limit: Int) -> [RegisterValues] {
    guard let log else { return [start.withoutKernelRegister] }
    var states: [RegisterValues] = []
    var left = log.events.count
    _ = EventLogReplay(log, afterValues: start).firstPart { values in
      if left <= limit, states.last != values { states.append(values) }
      left -= 1
      return false
    }
    return states.reversed().map { start.merged($0).withoutKernelRegister }
  }

  private static func excused(
    _ firmware: EventLogReplay, _ log: EventLog?, _ banks: [HashAlgorithm]
  ) -> [RegisterValues] {
    let ends = firmware.possibleEnds
    let excused = ends.enumerated().flatMap { index, end in
      let states = states(end, log, excuseLimit)
      let whole = states[0]
      let further = log == nil ? [whole.endedBySystem(banks)] + whole.capped(banks) : whole.goingOn(banks)
      // As the logs have it, the values prove them.
      return index == 0 ? further : [whole] + further + states.dropFirst()
    }
    return excused.map(\.withoutKernelRegister)
  }
}
