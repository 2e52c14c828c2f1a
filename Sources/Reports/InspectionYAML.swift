import ByteReading

/// An inspection as one YAML 1.2 document, which YAML 1.1 readers understand alike.
public enum InspectionYAML {
  public static func render(_ inspection: Inspection) -> [UInt8] {
    if let layout = inspection.layout {
      return layout.document(
        comments: ["file: " + inspection.file] + inspection.problems.map { "problem: " + $0 })
    }
    let document = InspectionValue.fields([
      .init("schema", .text("inquest-inspection/1")),
      .init("file", .text(inspection.file)),
      .init("kind", .text(inspection.kind)),
      .init("problems", .list(inspection.problems.map { .text($0) })),
      .init("content", inspection.content),
    ])
    return Array((["---"] + lines(of: document)).joined(separator: "\n").utf8) + [0x0a]
  }

  private static func lines(of value: InspectionValue) -> [String] {
    switch value {
    case .fields(let fields) where !fields.isEmpty: fields.flatMap { lines(of: $0) }
    case .list(let values) where !values.isEmpty: values.flatMap { item($0) }
    default: [leaf(value)]
    }
  }

  private static func lines(of field: InspectionValue.Field) -> [String] {
    let name = quoted(field.name) + ":"
    guard field.value.line == nil else { return [name + " " + leaf(field.value)] }
    return [name] + lines(of: field.value).map { "  " + $0 }
  }

  private static func item(_ value: InspectionValue) -> [String] {
    lines(of: value).enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
  }

  private static func leaf(_ value: InspectionValue) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .hex(let bytes): "\"" + hexText(bytes) + "\""
    case .unsigned, .negative, .bool: value.line ?? "null"
    case .list: "[]"
    case .fields: "{}"
    case .none: "null"
    }
  }

  /// Plain where no reader can take it for anything but text, else in double quotes. `YAMLNode` escapes for layouts of others.
  private static func quoted(_ text: String) -> String {
    let shown = harmless(text)
    if isPlain(shown) { return shown }
    return "\"" + shown.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static func isPlain(_ text: String) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }
    guard let first = text.utf8.first, isLetter(first), !wordsWithMeaning.contains(text.lowercased()) else {
      return false
    }
    return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || [0x2d, 0x2e, 0x2f, 0x5f].contains($0) }
  }

  private static let wordsWithMeaning: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
}
