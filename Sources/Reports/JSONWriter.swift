/// Writes JSON into a buffer of bytes, indented by two spaces, keys in the order of the calls.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var depth = 0
  /// Nothing was written yet in the innermost object or list.
  private var isFirst = true

  /// One whole document; what `body` writes are the members of its outermost object.
  static func document(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.braces(body)
    return writer.ended()
  }

  /// The buffer with the newline that ends a text file.
  consuming func ended() -> [UInt8] { bytes + [0x0a] }

  /// Empties the buffer after its bytes were passed on.
  mutating func forget() { bytes.removeAll(keepingCapacity: true) }

  // MARK: Values without a name

  mutating func braces(_ body: (inout JSONWriter) -> Void) { enclosed("{", "}", body) }
  mutating func brackets(_ body: (inout JSONWriter) -> Void) { enclosed("[", "]", body) }
  mutating func literal(_ text: String) { bytes += text.utf8 }

  /// A string literal. The only place that escapes for JSON.
  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in harmless(text).utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Starts the next element of a list.
  mutating func element() {
    if !isFirst { literal(",") }
    isFirst = false
    newLine()
  }

  /// Starts the next member of an object.
  mutating func key(_ name: String) {
    element()
    string(name)
    literal(": ")
  }

  private mutating func enclosed(_ open: String, _ close: String, _ body: (inout JSONWriter) -> Void) {
    literal(open)
    depth += 1
    isFirst = true
    body(&self)
    depth -= 1
    if !isFirst { newLine() }
    isFirst = false
    literal(close)
  }

  private mutating func newLine() {
    bytes.append(0x0a)
    bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }
}

extension JSONWriter: StructureWriter {
  mutating func value(_ name: String, _ text: String?) {
    guard let text else { return absent(name) }
    key(name)
    string(text)
  }

  mutating func value(_ name: String, _ number: UInt64?) {
    key(name)
    literal(number.map { String($0) } ?? "null")
  }

  mutating func value(_ name: String, _ flag: Bool?) {
    key(name)
    literal(flag.map { $0 ? "true" : "false" } ?? "null")
  }

  mutating func numbers(_ name: String, _ numbers: [Int]) {
    key(name)
    literal("[" + numbers.map(String.init).joined(separator: ", ") + "]")
  }

  mutating func sentence(_ name: String, _ text: String?) { value(name, text) }

  mutating func sentences(_ name: String, of item: String, _ texts: [String]) {
    key(name)
    brackets { list in
      for text in texts {
        list.element()
        list.string(text)
      }
    }
  }

  mutating func bounds(_ name: String, _ range: ClosedRange<Int>?) {
    guard let range else { return absent(name) }
    numbers(name, [range.lowerBound, range.upperBound])
  }

  mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    braces(body)
  }

  mutating func absent(_ name: String) {
    key(name)
    literal("null")
  }

  mutating func objects<Element>(
    _ name: String, of item: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void
  ) {
    key(name)
    brackets { list in
      for element in elements {
        list.element()
        list.braces { body(&$0, element) }
      }
    }
  }

  mutating func keyed(_ kind: String, by key: String, _ name: String, _ body: (inout JSONWriter) -> Void) {
    object(name, body)
  }

  mutating func entry(_ kind: String, by key: String, _ name: String, text: String) { value(name, text) }
  mutating func entry(_ kind: String, by key: String, _ name: String, count: Int) { value(name, count) }
}
