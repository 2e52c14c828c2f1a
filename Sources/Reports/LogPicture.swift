import Appraisal

/// Where everything stands in the picture of one log. Across, thousandths of the width; the drawing adds pixels down.
///
/// Text keeps its size on any screen, since only positions scale. Labels are laid out for a screen of 300 pixels, so
/// they overlap on none.
struct LogPicture {
  /// A quote or register file at the number of records that it proves or fits.
  struct Pin: Equatable {
    var label: String
    var position: Int
    /// Which end of the label stands at the position.
    var anchor: Anchor
    /// Row of the label above the bar, 0 is the nearest; nil when there was no room for one.
    var row: Int?
    var isSigned: Bool
  }

  enum Anchor: String {
    case start, middle, end
  }

  /// A window between two quotes.
  struct Span: Equatable {
    var start: Int
    var end: Int
    /// Empty when the window is too narrow for it.
    var label: String
    var isProven: Bool
  }

  static let rowLimit = 6

  var proven: Int
  var pins: [Pin]
  var spans: [Span]
  var rowCount: Int { (pins.compactMap(\.row).max() ?? -1) + 1 }

  init(of log: AttestationResult.Log, labels: SourceLabels) {
    let total = max(log.records, 1)
    func position(_ records: Int) -> Int {
      Int((Double(min(max(records, 0), total)) / Double(total) * 1000).rounded())
    }
    proven = position(log.provenRecords ?? 0)
    pins = Self.stacked(
      Self.counts(of: log, labels: labels).map { (label: $0.label, position($0.records), $0.isSigned) })
    spans = log.brackets.filter { !$0.records.isEmpty }.map { bracket in
      let start = position(bracket.records.lowerBound)
      let end = position(bracket.records.upperBound)
      let label = grouped(bracket.records.count)
      return Span(
        start: start, end: end, label: Self.width(of: label) <= end - start ? label : "",
        isProven: bracket.before != nil)
    }
  }

  /// The labels at each number of records, joined where they stand at the same one.
  private static func counts(
    of log: AttestationResult.Log, labels: SourceLabels
  ) -> [(label: String, records: Int, isSigned: Bool)] {
    var names: [Int: [String]] = [:]
    var signed: Set<Int> = []
    for match in log.matches {
      guard let records = match.records, match.outcome == .prefix || match.outcome == .complete else { continue }
      let name = labels[match.source.path]
      if names[records]?.contains(name) != true { names[records, default: []].append(name) }
      if case .quote = match.source { signed.insert(records) }
    }
    return names.sorted { $0.key < $1.key }.map { records, names in
      let shown = names.prefix(3).joined(separator: " ") + (names.count > 3 ? " …" : "")
      return ("\(shown): \(grouped(records))", records, signed.contains(records))
    }
  }

  /// Each label in the lowest row where it touches no other.
  static func stacked(_ pins: [(label: String, position: Int, isSigned: Bool)]) -> [Pin] {
    var rowEnds = [Int](repeating: Int.min, count: rowLimit)
    return pins.map { label, position, isSigned in
      let width = width(of: label)
      let anchor: Anchor = position < width / 2 ? .start : position + width / 2 > 1000 ? .end : .middle
      let left =
        switch anchor {
        case .start: position
        case .middle: position - width / 2
        case .end: position - width
        }
      let row = rowEnds.firstIndex { $0 < left }
      if let row { rowEnds[row] = left + width }
      return Pin(label: label, position: position, anchor: anchor, row: row, isSigned: isSigned)
    }
  }

  /// Thousandths of 300 pixels that a label takes at most, with some room beside it.
  private static func width(of label: String) -> Int { (label.count * 8 + 10) * 1000 / 300 }
}
