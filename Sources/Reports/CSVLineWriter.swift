/// Writes CSV: a header, lines that end with CR LF, an empty cell for what is not known.
///
/// Source: RFC 4180. A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, so such a cell is
/// given an apostrophe before it, as OWASP's page on CSV injection says. A cell that begins with an apostrophe is given
/// one too: taking one apostrophe from the start of every cell that has one gives the exact text back.
struct CSVLineWriter: LineWriter {
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  mutating func header(_ columns: [String]) {
    for column in columns { text(column, column) }
    endLine()
  }

  mutating func text(_ column: String, _ value: String?) {
    separator()
    if let value { cell(value) }
  }

  mutating func number(_ column: String, _ value: UInt64?) {
    separator()
    if let value { bytes += String(value).utf8 }
  }

  /// A number of this program, which no spreadsheet takes for more than a number.
  mutating func signed(_ column: String, _ value: Int64) {
    separator()
    bytes += String(value).utf8
  }

  mutating func flag(_ column: String, _ value: Bool) {
    separator()
    bytes += (value ? "true" : "false").utf8
  }

  mutating func endLine() {
    bytes += [0x0d, 0x0a]
    isFirst = true
  }

  mutating func forget() { bytes.removeAll(keepingCapacity: true) }

  private mutating func separator() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }

  /// The only place that escapes for CSV. Line ends and tabs are gone after `harmless`.
  private mutating func cell(_ text: String) {
    let shown = harmless(text)
    let needsQuotes = shown.utf8.contains {
      $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") || $0 == 0x20 || $0 == 0x0a || $0 == 0x0d
    }
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    if startsLikeAFormula(shown) { bytes.append(UInt8(ascii: "'")) }
    for byte in shown.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
  }
}

/// Spaces and quotes before the sign do not help: some programs take them away. The wide forms of the signs are taken
/// for the signs themselves in some locales.
private func startsLikeAFormula(_ text: String) -> Bool {
  let first = text.unicodeScalars.first { $0 != " " && $0 != "\"" }
  guard text.unicodeScalars.first != "'" else { return true }
  switch first {
  case "=", "+", "-", "@", "\t", "\r", "\n", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}": return true
  default: return false
  }
}
