import ByteReading
import CXMLReading

/// What an XML document is made of, in its order.
///
/// Source: XML 1.0 and Namespaces in XML 1.0. A document must be UTF-8 and have no DOCTYPE, so there are no entities but
/// the five predefined ones.
public enum XMLEvent: Equatable, Sendable {
  case start(XMLElement)
  /// Never only blanks; adjacent text is one event.
  case text(String)
  case end
}

/// A start tag.
public struct XMLElement: Equatable, Sendable {
  /// Empty when it has none.
  public var namespace: String
  public var name: String
  /// By local name.
  public var attributes: [String: String]
  /// Those with a namespace, in the order of the document.
  public var qualifiedAttributes: [XMLAttribute]
  /// Counted from 1.
  public var line: Int
  /// Bytes from the start of the document to what follows the tag.
  public var offset: Int
}

/// An attribute of a namespace.
public struct XMLAttribute: Equatable, Sendable {
  public var namespace: String
  public var name: String
  public var value: String
}

/// Bounds on a document, so that a hostile one cannot fill memory or time.
public struct XMLLimits: Sendable {
  public var depth = 64
  /// Bytes of one text between two tags.
  public var textByteCount = 8 << 20
  /// Bytes of one tag or comment; libxml2's check for double attributes grows with the square of their number.
  public var tagByteCount = 1 << 16
  /// Elements below one child of the root, for readers that keep such a child whole.
  public var recordElementCount = 1 << 20

  public init() {}
}

/// Reads a document and hands each event to `handler` until that returns false. Gives the error that ended the reading
/// early; events before it were handed out.
public func readXMLEvents(
  _ document: [UInt8], file: String, limits: XMLLimits = XMLLimits(), _ handler: (XMLEvent) -> Bool
) -> ParseError? {
  guard var reader = XMLReader(limits) else {
    return ParseError(file: file, offset: 0, field: "XML", expected: "memory for a reader", found: "none")
  }
  let step = 1 << 14
  var start = 0
  repeat {
    let end = min(start + step, document.count)
    let isLast = end == document.count
    let events = reader.feed(document, start..<end, isLast: isLast)
    switch deliver(events, file: file, handler) {
    case .failure(let error): return error
    case .success(false): return nil
    case .success(true): break
    }
    guard reader.isReading else {
      return ParseError(file: file, offset: start, field: "XML", expected: "memory for a document", found: "too little")
    }
    start = end
  } while start < document.count
  return nil
}

/// Hands out the events of one piece; false when the handler has enough.
private func deliver(_ events: [UInt8], file: String, _ handler: (XMLEvent) -> Bool) -> Result<Bool, ParseError> {
  do throws(ParseError) {
    return .success(
      try events.read(file: file, byteOrder: .littleEndian) { reader throws(ParseError) in
        while !reader.isAtEnd {
          guard handler(try event(from: &reader, file: file)) else { return false }
        }
        return true
      })
  } catch {
    return .failure(error)
  }
}

/// Source: CXMLReading.h.
private func event(from reader: inout ByteReader, file: String) throws(ParseError) -> XMLEvent {
  let kind = try reader.uint8("event.kind")
  let line = Int(try reader.uint32("event.line"))
  let offset = Int(exactly: try reader.uint64("event.offset")) ?? Int.max
  switch Int(kind) {
  case Int(CXML_START):
    let (namespace, name) = (try reader.text("event.namespace"), try reader.text("event.name"))
    var attributes: [String: String] = [:]
    var qualified: [XMLAttribute] = []
    for _ in 0..<(try reader.uint32("event.attributeCount")) {
      let namespace = try reader.text("event.attributeNamespace")
      let (name, value) = (try reader.text("event.attribute"), try reader.text("event.value"))
      attributes[name] = value
      if !namespace.isEmpty { qualified.append(XMLAttribute(namespace: namespace, name: name, value: value)) }
    }
    return .start(
      XMLElement(
        namespace: namespace, name: name, attributes: attributes, qualifiedAttributes: qualified, line: line,
        offset: offset))
  case Int(CXML_TEXT): return .text(try reader.text("event.text"))
  case Int(CXML_END): return .end
  default:
    let message = try reader.text("event.message")
    throw ParseError(
      file: file, offset: offset, field: "XML, line \(line)", expected: "a well-formed document",
      found: escapedText(message.utf8))
  }
}

extension ByteReader {
  fileprivate mutating func text(_ field: @autoclosure () -> String) throws(ParseError) -> String {
    String(decoding: try bytes(Int(try uint32(field())), field()), as: UTF8.self)
  }
}

/// Safe: the reader belongs to this value alone, which cannot be copied.
@safe private struct XMLReader: ~Copyable {
  private let reader: OpaquePointer
  /// False once an error ended the document.
  private(set) var isReading = true

  init?(_ limits: XMLLimits) {
    guard let reader = unsafe cxml_reader_new(limits.depth, limits.textByteCount, limits.tagByteCount) else {
      return nil
    }
    unsafe self.reader = reader
  }

  deinit { unsafe cxml_reader_free(reader) }

  /// Reads the bytes of a range on and gives their events as CXMLReading writes them.
  mutating func feed(_ document: [UInt8], _ range: Range<Int>, isLast: Bool) -> [UInt8] {
    // Safe: the slice lies in the document, which lives through the call; the events are copied before the next one.
    unsafe document[range].withUnsafeBufferPointer { bytes in
      isReading = unsafe cxml_reader_feed(reader, bytes.baseAddress, bytes.count, isLast ? 1 : 0) == 1
      var count = 0
      let events = unsafe cxml_reader_events(reader, &count)
      return unsafe Array(UnsafeBufferPointer(start: events, count: count))
    }
  }
}
