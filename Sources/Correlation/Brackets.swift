/// Records of a list between the last quote that does not cover them and the first that does.
public struct RecordBracket: Equatable, Sendable {
  public var records: Range<Int>
  /// nil before the first quote.
  public var after: String?
  /// nil for the tail that no quote proves.
  public var before: String?
}

/// Cuts a list of `count` records at the quotes that prove a first part of it.
///
/// Quotes that prove the same number of records make one cut, named by the first of them in the given order.
public func brackets(of count: Int, quotes: [(file: String, records: Int)]) -> [RecordBracket] {
  var cuts: [(file: String, records: Int)] = []
  for quote in quotes.enumerated().sorted(by: { ($0.element.records, $0.offset) < ($1.element.records, $1.offset) }) {
    if cuts.last?.records != quote.element.records { cuts.append(quote.element) }
  }
  guard !cuts.isEmpty else { return [] }
  var brackets: [RecordBracket] = []
  var start = 0
  var after: String?
  for cut in cuts where cut.records > 0 && cut.records <= count {
    brackets.append(RecordBracket(records: start..<cut.records, after: after, before: cut.file))
    start = cut.records
    after = cut.file
  }
  if start < count { brackets.append(RecordBracket(records: start..<count, after: after, before: nil)) }
  return brackets
}
