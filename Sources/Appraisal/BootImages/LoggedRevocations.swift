import Digests
import PortableExecutable
import TCGEventLog

/// What the log itself says of revocations: variables that register 7 or, for shim's level, its authorities hold.
///
/// The content tells a variable, not the type that the log claims for the event, and only digests of the data make it the log's.
struct LoggedRevocations {
  /// All lists of all such variables as one, however many a log has; those that a quote proves apart from the others.
  private(set) var revocations: [RevocationList] = []
  /// For each component the highest generation that any of them demands.
  private(set) var sbatLevel: SBAT?

  init(_ log: EventLog, file: String, proven: ProvenEvents) {
    var lists: [Bool: [EFISignatureList]] = [:]
    var levels: [UInt8] = []
    for event in log.events where event.registerIndex == log.secureBootRegister {
      guard let (variable, content) = event.asVariable(file: file) else { continue }
      switch (variable.nameText, content) {
      case ("dbx", .signatureLists(let found)): lists[proven.covers(event), default: []] += found
      case ("SbatLevel", _), ("SbatLevelRT", _):
        levels += event.data.dropFirst(variable.contentRange.lowerBound - event.dataOffset).prefix(
          variable.contentRange.count
        )
        .filter { $0 != 0 }
        levels.append(UInt8(ascii: "\n"))
      default: break
      }
    }
    for isProven in [true, false] {
      guard let found = lists[isProven] else { continue }
      revocations.append(RevocationList(found, source: "the dbx that the log measured", isProven: isProven))
    }
    let level = SBAT(levels)
    if !level.entries.isEmpty { sbatLevel = level }
  }
}
