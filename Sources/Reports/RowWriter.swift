/// Takes one line of a stream as named cells and writes it in one format.
///
/// The content of a line is told once; JSON Lines and CSV both listen, so they cannot disagree. Every line names the
/// same columns in the same order, whether they hold something or not.
protocol RowWriter {
  mutating func text(_ column: String, _ value: String?)
  mutating func number(_ column: String, _ value: UInt64?)
  mutating func flag(_ column: String, _ value: Bool)
  /// A signed number, such as a time before 1970.
  mutating func signed(_ column: String, _ value: Int64)
}

extension RowWriter {
  mutating func number(_ column: String, _ value: Int?) { number(column, value.map { UInt64(clamping: $0) }) }
}

/// A writer of whole lines that hands them on in pieces, so that a file of any length needs the memory of one piece.
protocol LineWriter: RowWriter {
  init()
  /// What was written and not handed on yet.
  var bytes: [UInt8] { get }
  /// What stands before the first line.
  mutating func header(_ columns: [String])
  mutating func endLine()
  mutating func forget()
}

extension LineWriter {
  static var pieceByteCount: Int { 1 << 16 }

  /// Hands on what was written once it is enough for a piece.
  mutating func pass(to sink: ([UInt8]) throws -> Void) rethrows {
    if bytes.count >= Self.pieceByteCount { try passAll(to: sink) }
  }

  mutating func passAll(to sink: ([UInt8]) throws -> Void) rethrows {
    guard !bytes.isEmpty else { return }
    try sink(bytes)
    forget()
  }
}

/// Listens to a line for the names of its columns only.
struct ColumnNames: RowWriter {
  private(set) var names: [String] = []

  mutating func text(_ column: String, _ value: String?) { names.append(column) }
  mutating func number(_ column: String, _ value: UInt64?) { names.append(column) }
  mutating func flag(_ column: String, _ value: Bool) { names.append(column) }
  mutating func signed(_ column: String, _ value: Int64) { names.append(column) }
}
