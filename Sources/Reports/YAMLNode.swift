import ByteReading

/// A tree that is written as YAML in a layout which others have fixed, so that programs that read theirs read ours.
///
/// What `plain` holds stands without quotes: a reader may take it for a number. Text of evidence is `text`, which stands
/// in double quotes with escapes and gives back exactly the characters put in.
public indirect enum YAMLNode: Equatable, Sendable {
  case plain(String)
  case text(String)
  case sequence([YAMLNode])
  case mapping([(String, YAMLNode)])
  /// Nothing behind the colon.
  case none

  public static func == (left: YAMLNode, right: YAMLNode) -> Bool {
    left.lines == right.lines
  }

  public static func number(_ value: some FixedWidthInteger) -> YAMLNode { .plain(String(value)) }
  public static func address(_ value: some FixedWidthInteger) -> YAMLNode { .plain("0x" + String(value, radix: 16)) }
  public static func hex(_ bytes: some Sequence<UInt8>) -> YAMLNode { .text(hexText(bytes)) }

  /// One document. Each comment stands on a line of its own at the start.
  public func document(comments: [String]) -> [UInt8] {
    let head = ["---"] + comments.map { "# " + harmless($0) }
    return Array((head + lines).joined(separator: "\n").utf8) + [0x0a]
  }

  private var lines: [String] {
    switch self {
    case .sequence(let items) where !items.isEmpty:
      items.flatMap { item in item.lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 } }
    case .mapping(let fields) where !fields.isEmpty:
      fields.flatMap { name, value in
        if let leaf = value.leaf { return [leaf.isEmpty ? "\(name):" : "\(name): \(leaf)"] }
        // A list stands below its name without indent, as the other tools write it.
        if case .sequence = value { return ["\(name):"] + value.lines }
        return ["\(name):"] + value.lines.map { "  " + $0 }
      }
    default: [leaf ?? ""]
    }
  }

  private var leaf: String? {
    switch self {
    case .plain(let text): text
    case .text(let text): Self.quoted(text)
    case .none: ""
    case .sequence(let items): items.isEmpty ? "[]" : nil
    case .mapping(let fields): fields.isEmpty ? "{}" : nil
    }
  }

  /// Only printable ASCII stands as it is, so that no reader, terminal or editor can be misled.
  private static func quoted(_ text: String) -> String {
    var shown = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: shown += "\\\""
      case 0x5c: shown += "\\\\"
      case 0x0a: shown += "\\n"
      case 0x09: shown += "\\t"
      case 0: shown += "\\0"
      case 0x20..<0x7f: shown.unicodeScalars.append(scalar)
      case ..<0x100: shown += "\\x" + padded(scalar.value, 2)
      case ..<0x10000: shown += "\\u" + padded(scalar.value, 4)
      default: shown += "\\U" + padded(scalar.value, 8)
      }
    }
    return shown + "\""
  }
}
