/// Writes HTML into a buffer of bytes.
///
/// Names of elements and attributes are constants of this program (`StaticString`), so evidence can only ever become
/// text or the value of an attribute, and both are escaped.
struct HTMLWriter {
  typealias Attributes = KeyValuePairs<StaticString, String>

  private(set) var bytes: [UInt8] = []

  /// An element on its own line.
  mutating func block(_ name: StaticString, _ attributes: Attributes = [:], _ body: (inout HTMLWriter) -> Void) {
    element(name, attributes, body)
    bytes.append(0x0a)
  }

  mutating func block(_ name: StaticString, _ attributes: Attributes = [:], text: String) {
    block(name, attributes) { $0.text(text) }
  }

  /// An element within a line.
  mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ body: (inout HTMLWriter) -> Void) {
    startTag(name, attributes)
    body(&self)
    markup("</")
    markup(name)
    markup(">")
  }

  mutating func element(_ name: StaticString, _ attributes: Attributes = [:], text: String) {
    element(name, attributes) { $0.text(text) }
  }

  /// A start tag alone, for elements that have no end.
  mutating func startTag(_ name: StaticString, _ attributes: Attributes = [:]) {
    markup("<")
    markup(name)
    for (name, value) in attributes {
      markup(" ")
      markup(name)
      markup("=\"")
      text(value)
      markup("\"")
    }
    markup(">")
  }

  /// Text of any origin. The only place that escapes for HTML.
  mutating func text(_ text: String) {
    for byte in harmless(text).utf8 {
      switch byte {
      case UInt8(ascii: "<"): markup("&lt;")
      case UInt8(ascii: ">"): markup("&gt;")
      case UInt8(ascii: "&"): markup("&amp;")
      case UInt8(ascii: "\""): markup("&quot;")
      case UInt8(ascii: "'"): markup("&#39;")
      default: bytes.append(byte)
      }
    }
  }

  /// Markup that this program itself holds.
  mutating func markup(_ constant: StaticString) { bytes += constant.description.utf8 }
}
