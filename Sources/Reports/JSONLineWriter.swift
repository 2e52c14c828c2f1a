/// Writes JSON Lines: one object a line, keys in a fixed order, those without a value left out.
struct JSONLineWriter: LineWriter {
  private var json = JSONWriter()
  private var isFirst = true

  var bytes: [UInt8] { json.bytes }

  mutating func header(_ columns: [String]) {}

  mutating func text(_ column: String, _ value: String?) {
    guard let value else { return }
    key(column)
    json.string(value)
  }

  mutating func number(_ column: String, _ value: UInt64?) {
    guard let value else { return }
    key(column)
    json.literal(String(value))
  }

  mutating func signed(_ column: String, _ value: Int64) {
    key(column)
    json.literal(String(value))
  }

  mutating func flag(_ column: String, _ value: Bool) {
    key(column)
    json.literal(value ? "true" : "false")
  }

  mutating func endLine() {
    json.literal(isFirst ? "{}\n" : "}\n")
    isFirst = true
  }

  mutating func forget() { json.forget() }

  /// Columns are names of this program, in which nothing needs escaping.
  private mutating func key(_ name: String) {
    json.literal(isFirst ? "{\"" : ",\"")
    isFirst = false
    json.literal(name)
    json.literal("\":")
  }
}
