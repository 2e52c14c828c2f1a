import Appraisal
import Correlation
import QuoteVerification
import TPMStructures

/// The windows of one boot's main list between its quotes, with the times that stand for them.
struct RecordBrackets {
  let windows: [RecordBracketTimes]

  /// - parameter file: path of the list.
  init(_ examined: ExaminedBoot, file: String, count: Int) {
    let proven = examined.provenByQuote.filter { $0.log == file }
    let clocks = Dictionary(
      proven.map { ($0.quote.quote.file, $0.quote.attestation?.clock.clock) }, uniquingKeysWith: { first, _ in first })
    let times = Dictionary(
      examined.statements.map { ($0.statement.quote.quote.file, $0.capture.collectedAt) },
      uniquingKeysWith: { first, _ in first })
    func clock(_ quote: String?) -> UInt64? { quote.flatMap { clocks[$0] ?? nil } }
    func time(_ quote: String?) -> String? { quote.flatMap { times[$0] ?? nil } }
    windows = brackets(of: count, quotes: proven.map { (file: $0.quote.quote.file, records: $0.records) }).map {
      RecordBracketTimes(
        records: $0.records, after: $0.after, before: $0.before, notBeforeClock: clock($0.after),
        notAfterClock: clock($0.before), notBefore: time($0.after), notAfter: time($0.before))
    }
  }

  /// The quotes before and after a record; nil where there is none.
  func quotes(around record: Int) -> (after: String?, before: String?) {
    var low = 0
    var high = windows.count
    while low < high {
      let middle = (low + high) / 2
      if windows[middle].records.upperBound <= record { low = middle + 1 } else { high = middle }
    }
    guard windows.indices.contains(low), windows[low].records.contains(record) else { return (nil, nil) }
    return (windows[low].after, windows[low].before)
  }
}
