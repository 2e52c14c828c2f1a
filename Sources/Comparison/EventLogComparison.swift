import ByteReading
import Digests
import Replay
import TCGEventLog

/// How the second of two event logs differs from the first.
///
/// The logs are aligned event by event. What changes on every boot (`VolatileContent`) is left out and counted, where the
/// digests do not speak against it: an event whose digest covers its data must have the digest of these data on both sides.
public struct EventLogComparison: Sendable {
  /// In the order of the logs.
  public let differences: [EventDifference]
  /// What was left out because it changes on every boot, with the number of places. In the order of `VolatileContent`.
  public let leftOut: [(content: VolatileContent, count: Int)]
  /// Layout, specification, banks.
  public let header: [FieldDifference]
  /// Registers that the two logs give other values, in the banks that both have.
  public let registers: [RegisterDifference]
  /// Number of events of each log.
  public let counts: (old: Int, new: Int)

  /// Whether digests could be compared: the logs share a bank, or one of them has no event.
  public let hasCommonBank: Bool

  public var isEmpty: Bool { differences.isEmpty && header.isEmpty }

  /// - parameter showsAll: nothing is left out.
  /// - parameter stages: the stage of the boot of each event, in the order of `EventLog.events`.
  public init(
    _ old: EventLog, _ new: EventLog, files: (old: String, new: String), showsAll: Bool = false,
    stages: (EventLog) -> [String]
  ) {
    var work = EventLogAlignment(
      ComparedLog(old, file: files.old, stages: stages(old), other: new),
      ComparedLog(new, file: files.new, stages: stages(new), other: old), showsAll: showsAll)
    work.run()
    differences = work.differences
    leftOut = VolatileContent.allCases.compactMap { content in work.leftOut[content].map { (content, $0) } }
    header = Self.header(old, new)
    hasCommonBank =
      old.events.isEmpty || new.events.isEmpty || old.banks.contains(where: new.banks.contains)
    counts = (old.events.count, new.events.count)
    registers = RegisterDifference.between(
      EventLogReplay(old).values, EventLogReplay(new).values, countingUnknown: true)
  }

  private static func header(_ old: EventLog, _ new: EventLog) -> [FieldDifference] {
    var fields: [FieldDifference] = []
    func compare(_ name: String, _ old: String, _ new: String) {
      if old != new { fields.append(FieldDifference(name: name, old: old, new: new)) }
    }
    compare("layout", old.format.rawValue, new.format.rawValue)
    compare("banks", old.banks.map(\.name).joined(separator: ", "), new.banks.map(\.name).joined(separator: ", "))
    // A header may name a bank of which no event has a digest.
    if fields.allSatisfy({ $0.name != "banks" }), !old.events.isEmpty, !new.events.isEmpty {
      compare("banks of the digests", Self.banksOfDigests(old), Self.banksOfDigests(new))
    }
    // In a SHA-1 log the specification stands in an event.
    if let left = old.header, let right = new.header, left.data != right.data {
      let content = ContentDifference(
        old: old.specification.map { .specificationID($0) } ?? .opaque,
        new: new.specification.map { .specificationID($0) } ?? .opaque)
      let areBanksSaid = fields.contains { $0.name == "banks" }
      let named = content.fields
      fields +=
        named.isEmpty
        ? [rawDifference(left.data, right.data)].compactMap(\.self)
        : named.filter { !areBanksSaid || $0.name != "banks" }
    }
    if let left = old.header, let right = new.header {
      compare("PCR of the header", "\(left.registerIndex)", "\(right.registerIndex)")
      compare("digest of the header", digestText(left), digestText(right))
    }
    return fields
  }

  private static func banksOfDigests(_ log: EventLog) -> String {
    ComparedLog.algorithms(log).sorted()
      .map { HashAlgorithm(rawValue: $0)?.name ?? "0x" + String($0, radix: 16) }.joined(separator: ", ")
  }

  private static func digestText(_ event: Event) -> String {
    event.digests.map { hexText($0.bytes) }.joined(separator: ", ")
  }
}

/// The texts when both are such, but for a byte here and there, else the first bytes that differ; nil when none does.
func rawDifference(_ old: [UInt8], _ new: [UInt8]) -> FieldDifference? {
  guard old != new else { return nil }
  if let old = roughText(old), let new = roughText(new) { return FieldDifference(name: "text", old: old, new: new) }
  let first = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(old.count, new.count)
  func text(_ bytes: [UInt8]) -> String {
    let piece = bytes[min(first, bytes.count)..<min(first + 16, bytes.count)]
    return "\(bytes.count) bytes, "
      + (piece.isEmpty ? "the end at byte \(first)" : "\(hexText(piece)) at byte \(first)")
  }
  return FieldDifference(name: "data", old: text(old), new: text(new))
}

/// Bytes of which most are printable, escaped; nil when they are not, or too many to show.
func roughText(_ bytes: [UInt8]) -> String? {
  let printable = bytes.count { (0x20..<0x7f).contains($0) }
  guard bytes.count >= 4, bytes.count <= 4096, printable * 8 >= bytes.count * 7 else { return nil }
  return escapedText(bytes)
}
