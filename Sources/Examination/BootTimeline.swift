import Appraisal
import ByteReading
import Correlation
import IMALog
import QuoteVerification
import ReferenceStore
import TPMStructures

/// What happened in one boot in the order of proof: quotes, and the records measured between them.
struct BootTimeline {
  let events: [AttestationResult.TimelineEvent]

  init(_ examined: ExaminedBoot, host: String, appraisal: MeasurementAppraisal?) {
    var events: [AttestationResult.TimelineEvent] = []
    let label = examined.label
    let quotes = examined.statements.filter { $0.statement.quote.isAuthentic }.sorted { left, right in
      Self.order(left.statement.quote) < Self.order(right.statement.quote)
    }
    let proven = examined.provenByQuote
    let main = examined.correlation.chains.first
    let cuts =
      main.map { main in
        brackets(
          of: main.chain.longest.log.count,
          quotes: proven.filter { $0.log == main.chain.longest.file }.map { ($0.quote.quote.file, $0.records) })
      } ?? []
    let times = Dictionary(
      quotes.map { ($0.statement.quote.quote.file, $0.capture.collectedAt) }, uniquingKeysWith: { first, _ in first })
    let clocks = Dictionary(
      quotes.map { ($0.statement.quote.quote.file, $0.statement.quote.attestation?.clock.clock) },
      uniquingKeysWith: { first, _ in first })
    let counts = Dictionary(proven.map { ($0.quote.quote.file, $0.records) }, uniquingKeysWith: { first, _ in first })
    let cutsBefore = Dictionary(grouping: cuts.filter { $0.before != nil }, by: { $0.before ?? "" })
    func time(_ file: String?) -> String? { file.flatMap { times[$0] ?? nil } }
    func clock(_ file: String?) -> UInt64? { file.flatMap { clocks[$0] ?? nil } }
    let notable = Self.notableFiles(appraisal, cuts: cuts)
    func files(in cut: RecordBracket) -> [AttestationResult.TimelineEvent] {
      notable.filter { cut.records.contains($0.record) }.map { file in
        .init(
          host: host, boot: label, kind: file.kind,
          message: file.contents == 1 ? file.message : "\(file.message) In \(file.contents) contents.",
          notBeforeClock: clock(cut.after),
          notAfterClock: clock(cut.before), notBefore: time(cut.after), notAfter: time(cut.before),
          file: main?.chain.longest.file, records: file.record..<file.record + 1)
      }
    }
    func kernels(in cut: RecordBracket) -> [AttestationResult.TimelineEvent] {
      (main?.kernelStarts ?? []).filter { cut.records.contains($0) }.prefix(100).map { record in
        .init(
          host: host, boot: label, kind: "kernel",
          message: "Record \(record) is a boot_aggregate: a kernel that kexec started goes on with the list.",
          notBeforeClock: clock(cut.after), notAfterClock: clock(cut.before), notBefore: time(cut.after),
          notAfter: time(cut.before), file: main?.chain.longest.file, records: record..<record + 1)
      }
    }
    let pauses = BootPauses(quotes)
    for (index, entry) in quotes.enumerated() {
      let quote = entry.statement.quote
      events += pauses.events(before: index, host: host, boot: label)
      for cut in cutsBefore[quote.quote.file] ?? [] {
        events.append(
          .init(
            host: host, boot: label, kind: "measurements",
            message:
              "\(cut.records.count) records, \(cut.records.lowerBound) to \(cut.records.upperBound - 1), were measured \(cut.after.map { "after \($0) and " } ?? "")before \(quote.quote.file).",
            notBeforeClock: clock(cut.after), notAfterClock: clock(cut.before), notBefore: time(cut.after),
            notAfter: time(cut.before), file: main?.chain.longest.file, records: cut.records))
        events += kernels(in: cut) + files(in: cut)
      }
      let records = counts[quote.quote.file]
      let proof = records.map { ", which proves \($0) records" } ?? ""
      let moment = quote.attestation?.clock.clock
      events.append(
        .init(
          host: host, boot: label, kind: "quote", message: "Quote \(quote.quote.file)\(proof).", notBeforeClock: moment,
          notAfterClock: moment, notBefore: entry.capture.collectedAt, notAfter: entry.capture.collectedAt,
          file: quote.quote.file))
    }
    for cut in cuts where cut.before == nil {
      events.append(
        .init(
          host: host, boot: label, kind: "measurements",
          message:
            "\(cut.records.count) records, \(cut.records.lowerBound) to \(cut.records.upperBound - 1), follow the last quote: present, not proven.",
          notBeforeClock: clock(cut.after), notBefore: time(cut.after), file: main?.chain.longest.file,
          records: cut.records))
      events += kernels(in: cut) + files(in: cut)
    }
    self.events = events
  }

  private static let notableLimit = 300

  /// What an investigator wants to see between the quotes: unknown and changed files, old software, known content under
  /// another path, and the return of known content to a path that had other content before.
  /// One thing worth telling between two quotes.
  private struct NotableFile {
    var record: Int
    var kind: String
    var message: String
    /// Contents under the same path, between the same quotes.
    var contents = 1
  }

  private static func notableFiles(_ appraisal: MeasurementAppraisal?, cuts: [RecordBracket]) -> [NotableFile] {
    guard let appraisal else { return [] }
    var files: [NotableFile] = []
    var altered: Set<[UInt8]> = []
    var named: Set<String> = []
    var places: [String: Int] = [:]
    var cut = 0
    for entry in appraisal.measurements {
      guard let record = entry.records.first else { continue }
      while cut < cuts.count, cuts[cut].records.upperBound <= record { cut += 1 }
      guard let told = tell(entry, altered: &altered, named: &named) else { continue }
      let key = "\(cut) \(told.kind) \(told.message)"
      if let place = places[key] {
        files[place].contents += 1
      } else if files.count < notableLimit {
        places[key] = files.count
        files.append(NotableFile(record: record, kind: told.kind, message: told.message))
      }
    }
    return files
  }

  /// - parameter altered: paths that had unknown or changed content before.
  /// - parameter named: packages whose age was told.
  private static func tell(
    _ entry: AppraisedMeasurement, altered: inout Set<[UInt8]>, named: inout Set<String>
  ) -> (kind: String, message: String)? {
    let path = "'\(escapedText(entry.path))'"
    let package = entry.package?.title ?? ""
    switch entry.status {
    case .changed where entry.passedBy == nil:
      altered.insert(entry.path)
      return ("changed", "\(path) of \(package) was measured with content that no version of it has.")
    case .unknown where entry.passedBy == nil:
      altered.insert(entry.path)
      return ("unknown", "\(path), which nobody knows, was measured.")
    case .superseded where named.insert(package).inserted:
      let newer = entry.supersededBy.map { "; \($0.version) was out" } ?? ""
      return ("superseded", "\(path) of \(package) was measured\(newer).")
    case .knownElsewhere:
      let original = entry.packagedPath.map { "'\(escapedText($0))'" } ?? "a file"
      return ("known-elsewhere", "\(path) was measured with the content of \(original) of \(package).")
    case .known where altered.remove(entry.path) != nil:
      return ("restored", "\(path) was measured with the content of \(package) again.")
    default: return nil
    }
  }

  /// The order of proof within one boot.
  static func order(_ quote: VerifiedQuote) -> (UInt32, UInt64, String) {
    (quote.attestation?.clock.restartCount ?? 0, quote.attestation?.clock.clock ?? 0, quote.quote.file)
  }
}
