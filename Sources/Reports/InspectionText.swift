import ByteReading

/// An inspection as lines for a person.
public enum InspectionText {
  /// A heading, the tree with one value a line, then the problems. Bytes longer than a digest are cut, with their number; the other
  /// forms have them all.
  public static func render(_ inspection: Inspection) -> [UInt8] {
    var lines = ["\(harmless(inspection.file)): \(harmless(inspection.kind))"]
    lines += self.lines(of: inspection.content).map { "  " + $0 }
    lines += inspection.problems.map { "problem: " + harmless($0) }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Hexadecimal digits beyond this go on the next line.
  private static let digitsPerLine = 64
  /// As many bytes as the longest digest has.
  private static let longestWhole = 64

  private static func lines(of value: InspectionValue) -> [String] {
    switch value {
    case .fields(let fields) where !fields.isEmpty:
      let width = min(fields.filter { $0.value.line != nil }.map { $0.name.count }.max() ?? 0, 32)
      return fields.flatMap { lines(of: $0.value, named: harmless($0.name) + ":", width: width + 2) }
    case .list(let values) where !values.isEmpty:
      let width = String(values.count - 1).count + 3
      return values.enumerated().flatMap { lines(of: $1, named: "[\($0)]", width: width) }
    default:
      return leafLines(of: value)
    }
  }

  /// A value with its name: on the same line when it is a leaf, below it when it has parts.
  private static func lines(of value: InspectionValue, named name: String, width: Int) -> [String] {
    guard value.line != nil else { return [name] + lines(of: value).map { "  " + $0 } }
    let leaf = leafLines(of: value)
    let padding = String(repeating: " ", count: max(width - name.count, 1))
    let indent = String(repeating: " ", count: max(width, name.count + 1))
    return leaf.enumerated().map { $0 == 0 ? name + padding + $1 : indent + $1 }
  }

  private static func leafLines(of value: InspectionValue) -> [String] {
    switch value {
    case .none, .list, .fields: return ["none"]
    case .hex(let bytes):
      guard !bytes.isEmpty else { return ["no bytes"] }
      guard bytes.count <= longestWhole else {
        return ["\(hexText(bytes.prefix(digitsPerLine / 2)))… (\(bytes.count) bytes)"]
      }
      return stride(from: 0, to: bytes.count, by: digitsPerLine / 2).map {
        hexText(bytes[$0..<min($0 + digitsPerLine / 2, bytes.count)])
      }
    case .text(let text) where text.isEmpty: return ["no text"]
    default: return [value.line ?? ""]
    }
  }
}
