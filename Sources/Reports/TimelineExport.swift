import Appraisal
import ByteReading
import ReferenceManifests

/// The timeline and the weighty findings as Timesketch imports them: `timeline.jsonl` and `timeline.csv`.
///
/// Timesketch knows moments, not spans. What happened between two moments stands there twice, as `not-before` and as
/// `not-after`, under one `event_id`. An event of which nobody says a time of day cannot stand there at all.
///
/// Source: Timesketch user guide, "Import from JSON or CSV": `message`, `datetime`, `timestamp_desc`, and `timestamp`
/// in microseconds.
public enum TimelineExport: Sendable {
  case jsonLines
  case csv

  /// A value longer than that, in bytes, is cut: a field of more than 32,766 is refused by the search engine below.
  static let valueByteLimit = 32_000

  /// Hands the file to `sink` in pieces and gives the number of events that are left out for want of a time of day.
  @discardableResult
  public func write(_ result: AttestationResult, to sink: ([UInt8]) throws -> Void) rethrows -> Int {
    switch self {
    case .jsonLines: try write(result, with: JSONLineWriter(), to: sink)
    case .csv: try write(result, with: CSVLineWriter(), to: sink)
    }
  }

  private func write(
    _ result: AttestationResult, with writer: some LineWriter, to sink: ([UInt8]) throws -> Void
  ) rethrows -> Int {
    var lines = writer
    var omitted = 0
    lines.header(Self.columns)
    let places = EvidencePlaces(result)
    let events = result.timeline.lazy.enumerated().map { DatedEvent($1, number: $0, places: places) }
    let findings = result.findings.lazy.enumerated().filter { $1.severity <= .warning }
      .map { DatedEvent($1, number: $0, places: places) }
    for list in [AnySequence(events), AnySequence(findings)] {
      for event in list {
        if event.moments.isEmpty { omitted += 1 }
        for moment in event.moments {
          Self.write(event, at: moment, of: result.caseName, to: &lines)
          lines.endLine()
          try lines.pass(to: sink)
        }
      }
    }
    try lines.passAll(to: sink)
    return omitted
  }

  static var columns: [String] {
    var columns = ColumnNames()
    let event = DatedEvent(.init(host: "", boot: "", kind: "", message: ""), number: 0, places: EvidencePlaces())
    write(event, at: .init(bound: .at, microseconds: 0), of: "", to: &columns)
    return columns.names
  }

  private static func write(
    _ event: DatedEvent, at moment: DatedEvent.Moment, of caseName: String, to line: inout some RowWriter
  ) {
    line.text("message", cut(event.message))
    line.text("datetime", dateText(moment.microseconds))
    line.text("timestamp_desc", event.description(of: moment.bound))
    line.signed("timestamp", moment.microseconds)
    line.text("event_id", event.identifier)
    line.text("bound", moment.bound.rawValue)
    line.text("case", cut(caseName))
    line.text("host", event.host.map(cut))
    line.text("boot", event.boot.map(cut))
    line.text("kind", event.kind)
    line.text("file", event.file.map(cut))
    line.number("first_record", event.firstRecord)
    line.number("last_record", event.lastRecord)
    line.text("not_before", event.notBefore.flatMap(dateText))
    line.text("not_after", event.notAfter.flatMap(dateText))
    // A number that the search engine cannot hold would cost the whole event.
    line.number("not_before_clock", event.notBeforeClock.flatMap { Int64(exactly: $0) == nil ? nil : $0 })
    line.number("not_after_clock", event.notAfterClock.flatMap { Int64(exactly: $0) == nil ? nil : $0 })
    line.text("code", event.code)
    line.text("severity", event.severity)
    line.text("effect", event.effect)
  }

  /// All in one form and in UTC: Timesketch tells the form of a whole CSV file by its first line.
  private static func dateText(_ microseconds: Int64) -> String? {
    let fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000
    guard let text = rfc3339Text(secondsSince1970: (microseconds - fraction) / 1_000_000) else { return nil }
    return "\(text.dropLast()).\(String(1_000_000 + fraction).dropFirst())+00:00"
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > valueByteLimit else { return text }
    var kept = ""
    var room = valueByteLimit
    for character in text.unicodeScalars {
      // Written as `\xNN` a byte takes four.
      room -= character.isASCII ? 4 : character.utf8.count * 4
      if room < 0 { break }
      kept.unicodeScalars.append(character)
    }
    return kept + " [cut, whole in report.json]"
  }
}

/// An event or a finding with the moments that bound it.
private struct DatedEvent {
  enum Bound: String {
    case at
    case notBefore = "not-before"
    case notAfter = "not-after"
  }
  struct Moment {
    var bound: Bound
    var microseconds: Int64
  }

  var identifier: String
  var message: String
  var host: String?
  var boot: String?
  var kind: String
  var file: String?
  var firstRecord: Int?
  var lastRecord: Int?
  /// Microseconds since 1970.
  var notBefore: Int64?
  var notAfter: Int64?
  var notBeforeClock: UInt64?
  var notAfterClock: UInt64?
  var code: String?
  var severity: String?
  var effect: String?

  init(_ event: AttestationResult.TimelineEvent, number: Int, places: EvidencePlaces) {
    identifier = "event-\(number + 1)"
    message = event.message
    host = event.host
    boot = event.boot
    kind = event.kind
    file = event.file
    firstRecord = event.records.flatMap(\.first)
    lastRecord = event.records.flatMap(\.last)
    notBefore = event.notBefore.flatMap(microsecondsSinceEpoch)
    notAfter = event.notAfter.flatMap(microsecondsSinceEpoch)
    notBeforeClock = event.notBeforeClock
    notAfterClock = event.notAfterClock
    // What many records share is of no single finding.
    guard event.isAboutAFile, let finding = places.finding(of: event) else { return }
    code = finding.code.rawValue
    severity = finding.severity.rawValue
    effect = finding.effect.rawValue
  }

  /// A finding is as old as the record it speaks of, or as the capture it was found in.
  init(_ finding: Finding, number: Int, places: EvidencePlaces) {
    identifier = "finding-\(number + 1)"
    message = finding.message
    host = finding.host
    boot = finding.boot
    kind = "finding"
    file = finding.file
    firstRecord = finding.record ?? finding.range?.lowerBound
    lastRecord = finding.range?.upperBound ?? finding.record
    code = finding.code.rawValue
    severity = finding.severity.rawValue
    effect = finding.effect.rawValue
    if let bracket = places.bracket(of: finding) {
      notBefore = bracket.notBefore.flatMap(microsecondsSinceEpoch)
      notAfter = bracket.notAfter.flatMap(microsecondsSinceEpoch)
      notBeforeClock = bracket.notBeforeClock
      notAfterClock = bracket.notAfterClock
    } else if let time = places.collectedAt(finding).flatMap(microsecondsSinceEpoch) {
      notAfter = time
    }
  }

  var moments: [Moment] {
    if let notBefore, notBefore == notAfter { return [Moment(bound: .at, microseconds: notBefore)] }
    let first = notBefore.map { Moment(bound: .notBefore, microseconds: $0) }
    let last = notAfter.map { Moment(bound: .notAfter, microseconds: $0) }
    return [first, last].compactMap { $0 }
  }

  func description(of bound: Bound) -> String {
    let what =
      switch kind {
      case "quote": "Quote signed"
      case "measurements", "changed", "unknown", "superseded", "known-elsewhere", "restored": "Measured"
      case "reset": "Reset"
      case "finding": "Finding"
      default: "Event"
      }
    return switch bound {
    case .at: "\(what), collector's time"
    case .notBefore: "\(what), not before (collector's time)"
    case .notAfter: "\(what), not after (collector's time)"
    }
  }
}

/// Where findings speak of: looked up in the result, never computed.
private struct EvidencePlaces {
  private struct BootName: Hashable {
    var host: String?
    var boot: String?
  }
  private struct Record: Hashable {
    var boot: BootName
    var file: String?
    var index: Int
  }

  private var records: [BootName: MeasuredRecords] = [:]
  private var collected: [String: String] = [:]
  private var findings: [Record: Finding] = [:]

  init() {}

  init(_ result: AttestationResult) {
    for host in result.hosts {
      for boot in host.boots {
        let name = BootName(host: host.name, boot: boot.label)
        if records[name] == nil, let list = boot.records { records[name] = list }
        for capture in boot.captures {
          guard let time = capture.collectedAt else { continue }
          for file in capture.quotes.map(\.file) + capture.logs.map(\.file) + [capture.name] { collected[file] = time }
        }
      }
    }
    // Findings come in the order of their weight, and the weightiest of a record stands for it.
    for finding in result.findings {
      guard let index = finding.record ?? finding.range?.lowerBound else { continue }
      let record = Record(boot: BootName(host: finding.host, boot: finding.boot), file: finding.file, index: index)
      if findings[record] == nil { findings[record] = finding }
    }
  }

  /// The weightiest finding about the first record of an event.
  func finding(of event: AttestationResult.TimelineEvent) -> Finding? {
    guard let index = event.records?.first else { return nil }
    return findings[Record(boot: BootName(host: event.host, boot: event.boot), file: event.file, index: index)]
  }

  /// When the record of a finding was measured; nil when the finding is not about a record of the boot's list.
  func bracket(of finding: Finding) -> RecordBracketTimes? {
    guard let index = finding.record ?? finding.range?.lowerBound,
      let list = records[BootName(host: finding.host, boot: finding.boot)], list.file == finding.file,
      (0..<list.count).contains(index)
    else { return nil }
    return list.row(at: index).bracket
  }

  func collectedAt(_ finding: Finding) -> String? {
    finding.file.flatMap { collected[$0] } ?? finding.capture.flatMap { collected[$0] }
  }
}
