import ByteReading
import Digests
import XMLReading

/// A digest as rpm-md writes one: an algorithm's name beside hexadecimal digits.
public struct MetadataChecksum: Hashable, Sendable {
  public var algorithm: FileDigestAlgorithm
  public var bytes: [UInt8]

  public init(_ algorithm: FileDigestAlgorithm, _ bytes: [UInt8]) {
    self.algorithm = algorithm
    self.bytes = bytes
  }

  /// Nil when the algorithm is unknown or the digits are not as many as it has. `sha` is an old name of SHA-1.
  init?(type: String, digits: String) {
    let name = type.lowercased() == "sha" ? "sha1" : type
    guard let algorithm = FileDigestAlgorithm(name: name), let bytes = bytesOfHex(digits),
      bytes.count == algorithm.digestByteCount
    else { return nil }
    self.init(algorithm, bytes)
  }

  /// The checksum of an element, nil when it is absent; one that cannot be read is a problem.
  init?(_ node: XMLNode?, file: String, problems: inout [ParseError]) {
    guard let node else { return nil }
    let type = node.attribute("type") ?? ""
    if let checksum = MetadataChecksum(type: type, digits: node.text) {
      self = checksum
    } else {
      problems.append(node.fault(file, expected: "a digest and its algorithm", found: "\(type) \(node.text)"))
      return nil
    }
  }
}

extension XMLNode {
  /// An error at this element.
  func fault(_ file: String, expected: String, found: String) -> ParseError {
    let cut = found.utf8.count > 200 ? String(found.prefix(100)) + "…" : found
    return ParseError(
      file: file, offset: element.offset, field: "\(escapedText(name.utf8)), line \(line)", expected: expected,
      found: escapedText(cut.utf8))
  }

  /// The number of a child's text; nil when it is absent, a problem when it is none.
  func number(_ childName: String, file: String, problems: inout [ParseError]) -> UInt64? {
    guard let node = child(childName) else { return nil }
    // Some writers give times with fractions.
    if let value = UInt64(node.text.prefix { $0 != "." }) { return value }
    problems.append(node.fault(file, expected: "a number", found: node.text))
    return nil
  }

  /// The number of a child's attribute; nil when either is absent, a problem when it is none.
  func number(_ childName: String, _ name: String, file: String, problems: inout [ParseError]) -> UInt64? {
    guard let node = child(childName), let text = node.attribute(name) else { return nil }
    if let value = UInt64(text) { return value }
    problems.append(node.fault(file, expected: "\(name) to be a number", found: text))
    return nil
  }
}

/// RFC 3339 of seconds that a file gives; nil when no calendar has them.
func rfc3339Text(_ seconds: UInt64?) -> String? {
  seconds.flatMap { Int64(exactly: $0) }.flatMap { rfc3339Text(secondsSince1970: $0) }
}

/// Where a file lies below the repository's root, as bytes without escapes; nil when it would lead out of it.
func repositoryPath(_ text: String) -> [UInt8]? {
  let bytes = Array(text.utf8)
  let parts = bytes.split(separator: 0x2f, omittingEmptySubsequences: false)
  let leadsOut = parts.contains { $0.elementsEqual([0x2e, 0x2e]) } || bytes.first == 0x2f || bytes.contains(0)
  return bytes.isEmpty || leadsOut || text.contains("://") ? nil : bytes
}
