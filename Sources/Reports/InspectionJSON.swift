import ByteReading

/// An inspection as JSON. Bytes are strings of hexadecimal digits.
public enum InspectionJSON {
  public static func render(_ inspection: Inspection) -> [UInt8] {
    JSONWriter.document { document in
      document.value("schema", "inquest-inspection/1")
      document.value("file", inspection.file)
      document.value("kind", inspection.kind)
      document.sentences("problems", of: "problem", inspection.problems)
      document.key("content")
      document.value(inspection.content)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func value(_ value: InspectionValue) {
    switch value {
    case .text(let text): string(text)
    case .hex(let bytes): string(hexText(bytes))
    case .unsigned, .negative, .bool: literal(value.line ?? "null")
    case .none: literal("null")
    case .list(let values):
      brackets { list in
        for value in values {
          list.element()
          list.value(value)
        }
      }
    case .fields(let fields):
      braces { object in
        for field in fields {
          object.key(field.name)
          object.value(field.value)
        }
      }
    }
  }
}
