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

  /// The whole logs first; the first part of a log of user space, one record shorter each, behind them. Never empty.
  let all: [Supposition]
  /// Indexes of those of whole logs.
  let wholes: Range<Int>
  /// Values that whole logs lead to with something that no log has: they prove no log, and are no sign of an altered one.
  let excused: [RegisterValues]
  let hasUserSpaceLog: Bool

  private static let limit = 96

  /// - parameter countsDigests: whether there is a list with which the values are tried.
  init(
    _ firmware: [EventLogReplay], _ follower: CorrelatedEventLog?, banks: [HashAlgorithm], countsDigests: Bool
  ) {
    hasUserSpaceLog = follower != nil
    var all: [Supposition] = []
    var parts: [Supposition] = []
    var excused: [RegisterValues] = []
    for candidate in firmware {
      guard let follower else {
        all.append(Supposition(values: candidate.firmwareValues, firmware: candidate))
        continue
      }
      let log = follower.replay.log
      let further = candidate.log == firmware.first?.log ? follower.replay : EventLogReplay(log, after: candidate)
      all.append(
        Supposition(values: candidate.firmwareValues.merged(further.firmwareValues), firmware: candidate))
      if countsDigests {
        parts += further.firstParts.map { part in
          Supposition(values: candidate.firmwareValues.merged(part.withoutKernelRegister), firmware: candidate)
        }
      }
    }
    if all.isEmpty { all = [Supposition(values: follower?.replay.firmwareValues, firmware: nil)] }
    wholes = 0..<all.count
    self.all = Array((all + parts).prefix(max(all.count, Self.limit)))
    guard countsDigests else {
      self.excused = []
      return
    }
    let known = Set(banks).sorted()
    for candidate in firmware.prefix(4) {
      for variant in candidate.unloggedVariants {
        if let follower {
          guard !variant.extends.isEmpty else {
            let values = candidate.firmwareValues.merged(follower.replay.firmwareValues)
            excused += UnloggedVariant(values: values).goingOn(known)
            continue
          }
          let further = EventLogReplay(follower.replay.log, afterValues: variant.values)
          excused += ([further.values] + further.firstParts.prefix(8)).map { part in
            variant.values.merged(part).withoutKernelRegister
          }
        } else {
          if !variant.extends.isEmpty { excused.append(variant.values.withoutKernelRegister) }
          excused.append(variant.endedBySystem(known).withoutKernelRegister)
          if variant.extends.isEmpty { excused += variant.capped(known).map(\.withoutKernelRegister) }
        }
      }
    }
    self.excused = Array(excused.prefix(Self.limit))
  }
}

extension EventLogReplay {
  /// The values after each record but the last, from the end to the start.
  fileprivate var firstParts: [RegisterValues] {
    var parts: [RegisterValues] = []
    _ = firstPart { values in
      if parts.last != values { parts.append(values) }
      return false
    }
    return parts.dropLast().reversed()
  }
}
