import ByteReading

/// An inspection as XML. Names of fields are attributes, since a standard's names need not be names of XML.
public enum InspectionXML {
  public static let namespace = "urn:inquest:inspection:1"

  public static func render(_ inspection: Inspection) -> [UInt8] {
    XMLWriter.document("inspection", namespace: namespace) { document in
      document.value("file", inspection.file)
      document.value("kind", inspection.kind)
      document.sentences("problems", of: "problem", inspection.problems)
      document.write(inspection.content, as: "content")
    }
  }
}

extension XMLWriter {
  fileprivate mutating func write(_ value: InspectionValue, as element: String, name: String? = nil) {
    let attributes = (name.map { [("name", $0)] } ?? []) + [("type", value.typeName)]
    if let line = value.line { return self.element(element, attributes: attributes, text: line) }
    self.element(element) { written in
      for (name, value) in attributes { written.attribute(name, value) }
      switch value {
      case .list(let values): for value in values { written.write(value, as: "item") }
      case .fields(let fields): for field in fields { written.write(field.value, as: "field", name: field.name) }
      case .text, .unsigned, .negative, .bool, .hex, .none: break
      }
    }
  }
}

extension InspectionValue {
  fileprivate var typeName: String {
    switch self {
    case .text: "text"
    case .unsigned, .negative: "number"
    case .bool: "bool"
    case .hex: "hex"
    case .list: "list"
    case .fields: "fields"
    case .none: "none"
    }
  }
}
