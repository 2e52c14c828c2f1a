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

  /// Loaders measure texts into PCR 8, and those of systemd into PCR 12: a digest there that is of no text of the log may be that of
  /// a command line. So may one of the load options that the kernel measures.
  private func unexplained(_ log: EventLog, _ checks: [EventDigestCheck], _ file: String) -> [Finding] {
    guard log.registerFamily == .pcr else { return [] }
    let open = log.events.filter { event in
      let check = checks[event.index]
      return event.recordedType != .noAction && check.rule == nil && check.content == nil && check.commandLine == nil
        && check.binding != .contradicted && event.digests.contains { $0.bytes.contains { $0 != 0 } }
    }
    // Other firmware, and loaders of it, measure sectors and images there.
    let isOfUEFI = log.events.contains { (0x8000_0000..<0x8001_0000).contains($0.recordedType.rawValue) }
    func finding(_ events: [Event], _ message: String, isTold: Bool = false) -> Finding? {
      guard let first = events.first, let last = events.last else { return nil }
      return Finding(
        .bootTextUnexplained, severity: isOfUEFI ? nil : .notice, effect: isOfUEFI && !isTold ? nil : Effect.none,
        file: file, offset: first.offset, record: first.index, range: first.index...last.index, message: message)
    }
    func counted(_ events: [Event]) -> String { events.count == 1 ? "One event" : "\(events.count) events" }
    let texts = open.filter { $0.registerIndex == 8 }
    let configuration = open.filter { $0.registerIndex == 12 }
    let added = configuration.filter(\.isOfStubAddition)
    let hidden = configuration.filter { !$0.isOfStubAddition }
    let loadOptions =
      hasLoaderText(log, checks)
      ? open.filter { $0.registerIndex == 9 && checks[$0.index].outside == .loadOptions } : []
    return [
      finding(
        texts,
        "\(counted(texts)) of PCR 8, where boot loaders measure the texts of their commands and of the kernel command line, \(texts.count == 1 ? "has" : "have") the digest of nothing that the log shows."
      ),
      finding(
        hidden,
        "\(counted(hidden)) of PCR 12, where systemd’s loaders measure the kernel command line, \(hidden.count == 1 ? "has" : "have") the digest of nothing that the log shows."
      ),
      finding(
        added,
        "\(counted(added)) of PCR 12 \(added.count == 1 ? "is" : "are") said to be of archives or files that systemd’s stub adds to what the kernel gets. Their content is not in the log, and no digest covers what they are called.",
        isTold: true),
      finding(
        loadOptions,
        "The kernel measured load options that are of no command line that a loader measured in this log."),
    ].compactMap { $0 }
  }

  /// Whether a loader measured the command line that it hands over. A unified image has its own, of which the log has no text.
  private func hasLoaderText(_ log: EventLog, _ checks: [EventDigestCheck]) -> Bool {
    let lines = log.kernelCommandLines.filter {
      log.events[$0.event].recordedType == .ipl && checks[$0.event].rule != nil
    }
    return !lines.isEmpty
      && !log.events.contains { $0.recordedType == .ipl && LoaderMeasurement($0)?.kind == .stubSection }
  }
}
