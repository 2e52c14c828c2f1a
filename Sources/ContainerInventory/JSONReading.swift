import ByteReading
import JSONReading

/// Gathers containers, pods and images from one JSON document, and what was not as expected.
struct JSONReading {
  static let problemLimit = 100

  let file: String
  var inventory = ContainerInventory()
  private(set) var problems: [ParseError] = []

  init(file: String) { self.file = file }

  /// False when the document is none of the known kinds.
  mutating func read(_ root: JSONNode) -> Bool {
    if let elements = root.elements { return readInspection(elements) }
    if root.string(of: "kind") == "Pod" {
      readPod(root)
      return !inventory.isEmpty
    }
    if let items = root["items"]?.elements {
      return items.contains { $0.isSandbox } ? readSandboxes(items) : readPods(items, of: root)
    }
    if let containers = root["containers"]?.elements { return readListing(containers) }
    return readInspection([root])
  }

  // MARK: Fields

  /// A text; anything else but null is a problem.
  mutating func text(_ node: JSONNode?, _ field: String) -> String? {
    guard let node, !node.isNull else { return nil }
    guard let text = node.string else {
      report(node, field, expected: "a text")
      return nil
    }
    return text.isEmpty ? nil : text
  }

  /// A whole number of 0 and more that an Int holds.
  mutating func number(_ node: JSONNode?, _ field: String) -> Int? {
    guard let node, !node.isNull else { return nil }
    guard case .number(let text) = node.value, let number = Int(text), number >= 0 else {
      report(node, field, expected: "a whole number")
      return nil
    }
    return number
  }

  mutating func report(_ node: JSONNode, _ field: String, expected: String, found: String? = nil) {
    guard problems.count < Self.problemLimit else { return }
    problems.append(
      ParseError(file: file, offset: node.offset, field: field, expected: expected, found: found ?? node.kind))
  }

  /// Go writes a time that is not set as the year 1.
  mutating func time(_ node: JSONNode?, _ field: String) -> String? {
    text(node, field).flatMap { $0.hasPrefix("0001-01-01") ? nil : $0 }
  }
}
