import BootStory
import TCGEventLog

/// The kernel was started without options that take protections away.
///
/// A word of a command line is what was measured only where the digest of its event is that of the text; else it is a claim,
/// and the finding says so. What is meant to be is for the policy of whoever runs the machine: no option decides a verdict.
///
/// Source: Linux, `Documentation/admin-guide/kernel-parameters.txt`; the table in `KernelOption`.
public struct KernelOptionRule {
  public static let id = "boot.option"
  /// So many words are told one by one.
  private static let limit = 50

  public init() {}

  public func appraise(_ story: BootStory, in log: EventLog, file: String) -> [Finding] {
    let weakening = story.options.filter { $0.option.weight == .weakens }
    var seen: Set<String> = []
    // A kernel that a loader tries twice has its command line twice.
    return weakening.filter { seen.insert($0.option.text).inserted }.prefix(Self.limit).map { found in
      Finding(
        .bootOptionWeakens, severity: found.isBound ? nil : .notice, file: file, offset: log.events[found.event].offset,
        record: found.event,
        message: "The kernel command line has '\(found.option.text)'. \(found.option.sentence)"
          + (found.isBound ? "" : " No digest binds this text: it is a claim of the log."))
    }
  }
}
