import BootStory
import Replay
import TCGEventLog

/// The kernel was started without options that take protections away, and Windows without such settings.
///
/// A word of a command line is what was measured only where the digest of its event is that of the text; else it is a claim,
/// and the finding says so. That a text is the command line is the label's claim, so every text of a boot loader is read that
/// could be one. What is meant to be is for the policy of whoever runs the machine: no option decides a verdict.
///
/// Source: Linux, `Documentation/admin-guide/kernel-parameters.txt`; the table in `KernelOption`.
public struct KernelOptionRule {
  public static let id = "boot.option"
  /// So many words are told one by one.
  private static let limit = 50

  public init() {}

  public func appraise(
    _ story: BootStory, in log: EventLog, checks: [EventDigestCheck], file: String
  ) -> [Finding] {
    // What is bound first, then what the log calls a command line: the same word is told once.
    let weakening = story.options.filter { $0.option.weight == .weakens }
    let ordered = [(true, true), (true, false), (false, true), (false, false)].flatMap { isBound, isSaid in
      weakening.filter { $0.isBound == isBound && ($0.origin != .otherText) == isSaid }
    }
    var seen: Set<String> = []
    // A kernel that a loader tries twice has its command line twice.
    return ordered.filter { seen.insert($0.option.text).inserted }.prefix(Self.limit).map { found in
      let event = log.events[found.event]
      let place =
        switch found.origin {
        case .commandLine: "The kernel command line"
        case .windows: "What Windows measured of its start"
        case .otherText:
          "A text that a boot loader measured into \(log.name(ofRegister: event.registerIndex)), and that the log does not call the kernel command line,"
        }
      return Finding(
        .bootOptionWeakens, severity: found.isBound ? nil : .notice, file: file, offset: event.offset,
        record: found.event,
        message: "\(place) has '\(found.option.text)'. \(found.option.sentence)"
          + (found.isBound ? "" : " No digest binds this text: it is a claim of the log."))
    } + unexplained(log, checks, file)
  }

  /// Loaders measure texts into PCR 8: a digest there that is of no text of the log may be that of a command line.
  private func unexplained(_ log: EventLog, _ checks: [EventDigestCheck], _ file: String) -> [Finding] {
    guard log.registerFamily == .pcr else { return [] }
    let found = log.events.filter { event in
      event.registerIndex == 8 && event.recordedType != .noAction && checks[event.index].rule == nil
        && checks[event.index].content == nil && checks[event.index].binding != .contradicted
        && event.digests.contains { $0.bytes.contains { $0 != 0 } }
    }
    guard let first = found.first, let last = found.last else { return [] }
    // Other firmware, and loaders of it, measure sectors and images there.
    let isOfUEFI = log.events.contains { (0x8000_0000..<0x8001_0000).contains($0.recordedType.rawValue) }
    return [
      Finding(
        .bootTextUnexplained, severity: isOfUEFI ? nil : .notice, effect: isOfUEFI ? nil : Effect.none, file: file,
        offset: first.offset, record: first.index, range: first.index...last.index,
        message:
          "\(found.count == 1 ? "One event" : "\(found.count) events") of PCR 8, where boot loaders measure the texts of their commands and of the kernel command line, \(found.count == 1 ? "has" : "have") the digest of nothing that the log shows."
      )
    ]
  }
}
