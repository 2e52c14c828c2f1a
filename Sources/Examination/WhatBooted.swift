import Appraisal
import BootStory
import Correlation
import Replay
import TCGEventLog

/// What the event logs of a boot say of what booted, for the result.
enum WhatBooted {
  /// Told from the log of which quotes prove most; of two alike from the longer one, then the first.
  static func story(of examined: ExaminedBoot) -> AttestationResult.ToldBoot? {
    var told: (file: String, log: EventLog, proven: Int)?
    for log in examined.correlation.eventLogs {
      let events = log.replay.log
      let proven = examined.provenRecords(of: log.file) ?? 0
      if let best = told, (best.proven, best.log.events.count) >= (proven, events.events.count) { continue }
      told = (log.file, events, proven)
    }
    guard let told else { return nil }
    let proven = provenEvents(of: told.file, examined)
    return .init(
      file: told.file,
      story: BootStory(told.log, checks: checkEventDigests(told.log)) { event in
        event.index < proven[event.registerIndex] ?? 0
      })
  }

  /// How many events from the start a trusted quote proves, by register: a quote says nothing of registers that it does not
  /// cover.
  private static func provenEvents(of file: String, _ examined: ExaminedBoot) -> [UInt32: Int] {
    let proving = examined.proving
    var counts: [UInt32: Int] = [:]
    for match in examined.correlation.matches where match.log == file {
      guard case .quote(let quote) = match.source, proving.contains(quote), let found = match.found else { continue }
      for register in match.registers {
        counts[UInt32(register)] = max(counts[UInt32(register)] ?? 0, found.lowerBound)
      }
    }
    return counts
  }

  /// What the rules about the start say of one log.
  static func findings(of log: EventLog, file: String) -> [Finding] {
    let checks = checkEventDigests(log)
    let story = BootStory(log, checks: checks)
    return SecureBootRule().appraise(story.secureBoot, in: log, file: file)
      + EventOrderRule().appraise(log, checks: checks, file: file)
      + KernelOptionRule().appraise(story, in: log, file: file)
  }
}
