/// Writes XML into a buffer of bytes, indented by two spaces; an element has either children or text, never both.
///
/// The bytes are those that libxml2 gives for the same document with its own indentation, which the tests compare.
struct XMLWriter {
  private(set) var bytes: [UInt8] = []
  private var depth = 0
  /// The start tag of the innermost element still takes attributes.
  private var isTagOpen = false

  /// One whole document whose outermost element is `name` in `namespace`.
  static func document(_ name: String, namespace: String, _ body: (inout XMLWriter) -> Void) -> [UInt8] {
    var writer = XMLWriter()
    writer.markup("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
    writer.element(name) { root in
      root.attribute("xmlns", namespace)
      body(&root)
    }
    writer.bytes.append(0x0a)
    return writer.bytes
  }

  /// An element with attributes, which come first, and children.
  mutating func element(_ name: String, _ body: (inout XMLWriter) -> Void) {
    startTag(name)
    depth += 1
    body(&self)
    depth -= 1
    if isTagOpen {
      markup("/>")
      isTagOpen = false
    } else {
      newLine()
      markup("</" + name + ">")
    }
  }

  /// An element with text.
  mutating func element(_ name: String, attributes: [(name: String, value: String)] = [], text: String) {
    startTag(name)
    for (name, value) in attributes { attribute(name, value) }
    isTagOpen = false
    guard !text.isEmpty else { return markup("/>") }
    markup(">")
    escaped(text)
    markup("</" + name + ">")
  }

  mutating func attribute(_ name: String, _ text: String) {
    precondition(isTagOpen, "attribute \(name) comes after a child")
    markup(" " + name + "=\"")
    escaped(text, inAttribute: true)
    markup("\"")
  }

  private mutating func startTag(_ name: String) {
    if isTagOpen { markup(">") }
    newLine()
    markup("<" + name)
    isTagOpen = true
  }

  /// The only place that escapes for XML. What XML cannot hold is gone after `harmless`.
  private mutating func escaped(_ text: String, inAttribute: Bool = false) {
    for byte in harmless(text).utf8 {
      switch byte {
      case UInt8(ascii: "<"): markup("&lt;")
      case UInt8(ascii: ">"): markup("&gt;")
      case UInt8(ascii: "&"): markup("&amp;")
      case UInt8(ascii: "\"") where inAttribute: markup("&quot;")
      default: bytes.append(byte)
      }
    }
  }

  private mutating func markup(_ text: String) { bytes += text.utf8 }

  private mutating func newLine() {
    bytes.append(0x0a)
    bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }
}

extension XMLWriter: StructureWriter {
  mutating func value(_ name: String, _ text: String?) {
    if let text { attribute(name, text) }
  }

  mutating func value(_ name: String, _ number: UInt64?) {
    if let number { attribute(name, String(number)) }
  }

  mutating func value(_ name: String, _ flag: Bool?) {
    if let flag { attribute(name, flag ? "true" : "false") }
  }

  mutating func numbers(_ name: String, _ numbers: [Int]) {
    element(name, text: numbers.map(String.init).joined(separator: " "))
  }

  mutating func sentence(_ name: String, _ text: String?) {
    if let text { element(name, text: text) }
  }

  mutating func sentences(_ name: String, of item: String, _ texts: [String]) {
    element(name) { list in
      for text in texts { list.element(item, text: text) }
    }
  }

  mutating func bounds(_ name: String, _ range: ClosedRange<Int>?) {
    guard let range else { return }
    element(name) { written in
      written.value("first", range.lowerBound)
      written.value("last", range.upperBound)
    }
  }

  mutating func object(_ name: String, _ body: (inout XMLWriter) -> Void) { element(name, body) }

  mutating func absent(_ name: String) {}

  mutating func objects<Element>(
    _ name: String, of item: String, _ elements: [Element], _ body: (inout XMLWriter, Element) -> Void
  ) {
    element(name) { list in
      for element in elements { list.element(item) { body(&$0, element) } }
    }
  }

  mutating func keyed(_ kind: String, by key: String, _ name: String, _ body: (inout XMLWriter) -> Void) {
    element(kind) { written in
      written.attribute(key, name)
      body(&written)
    }
  }

  mutating func entry(_ kind: String, by key: String, _ name: String, text: String) {
    element(kind, attributes: [(key, name)], text: text)
  }

  mutating func entry(_ kind: String, by key: String, _ name: String, count: Int) {
    element(kind, attributes: [(key, name)], text: String(count))
  }
}
