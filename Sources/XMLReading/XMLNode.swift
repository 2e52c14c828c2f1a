import ByteReading

/// An element with all that is in it.
public struct XMLNode: Equatable, Sendable {
  public var element: XMLElement
  /// The text of the element itself, joined, without blanks at its ends.
  public var text = ""
  public var children: [XMLNode] = []

  public var name: String { element.name }
  public var line: Int { element.line }

  /// The first child of this local name.
  public func child(_ name: String) -> XMLNode? { children.first { $0.name == name } }
  public func children(named name: String) -> [XMLNode] { children.filter { $0.name == name } }
  public func attribute(_ name: String) -> String? { element.attributes[name] }
}

/// Reads a document whose root holds records, and hands each child of the root over as a whole. Gives the root element, nil
/// when there is none of that name, and the error that ended the reading early.
public func readXMLRecords(
  _ document: [UInt8], file: String, root: String, limits: XMLLimits = XMLLimits(), _ body: (XMLNode) -> Void
) -> (root: XMLElement?, error: ParseError?) {
  var rootElement: XMLElement?
  var fault: ParseError?
  var open: [XMLNode] = []
  var count = 0
  let error = readXMLEvents(document, file: file, limits: limits) { event in
    switch event {
    case .start(let element):
      if rootElement == nil {
        guard element.name == root else {
          fault = place(element, file, expected: root, found: escapedText(element.name.utf8))
          return false
        }
        rootElement = element
      } else {
        count = open.isEmpty ? 1 : count + 1
        guard count <= limits.recordElementCount else {
          fault = place(element, file, expected: "at most \(limits.recordElementCount) elements", found: "more")
          return false
        }
        open.append(XMLNode(element: element))
      }
    case .text(let text):
      if let last = open.indices.last { open[last].text += text }
    case .end:
      guard var node = open.popLast() else { return true }
      node.text = trimmed(node.text)
      if let last = open.indices.last { open[last].children.append(node) } else { body(node) }
    }
    return true
  }
  return (rootElement, fault ?? error)
}

private func place(_ element: XMLElement, _ file: String, expected: String, found: String) -> ParseError {
  ParseError(
    file: file, offset: element.offset, field: "XML, line \(element.line)", expected: expected, found: found)
}

/// Text without blanks (space, tab, line breaks) at both ends.
public func trimmed(_ text: some StringProtocol) -> String {
  let isBlank: (Unicode.Scalar) -> Bool = { [" ", "\t", "\n", "\r"].contains($0) }
  let scalars = text.unicodeScalars.drop(while: isBlank)
  guard let last = scalars.lastIndex(where: { !isBlank($0) }) else { return "" }
  return String(String.UnicodeScalarView(scalars[...last]))
}
