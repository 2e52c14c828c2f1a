import ByteReading
import CBORReading

/// The walk over a document: what is wrong with it is kept, and one bad entry hides no other.
struct ConciseReading {
  let file: String
  private(set) var problems: [ParseError] = []

  /// A document of faults says no more with more of them.
  private static let problemLimit = 100

  init(file: String) { self.file = file }

  mutating func report(_ error: ParseError) {
    if problems.count < Self.problemLimit { problems.append(error) }
  }

  mutating func report(_ value: CBORValue, _ field: String, expected: String) {
    report(
      ParseError(
        file: file, offset: value.range.lowerBound, field: field, expected: expected, found: value.kind))
  }

  // MARK: Parts

  /// The elements of an array; none, with a problem, of anything else. Nothing at all is no problem.
  mutating func elements(_ value: CBORValue?, _ field: String) -> [CBORValue] {
    guard let value else { return [] }
    guard let elements = value.elements else {
      report(value, field, expected: "an array")
      return []
    }
    return elements
  }

  /// The elements of an array, or the one item that stands in its place, as CoSWID allows.
  func oneOrMore(_ value: CBORValue?) -> [CBORValue] { value.map { $0.elements ?? [$0] } ?? [] }

  mutating func text(_ value: CBORValue?, _ field: String) -> String {
    guard let value else { return "" }
    guard let text = value.text else {
      report(value, field, expected: "a text")
      return ""
    }
    return escapedText(text.utf8)
  }

  /// Digests that can be read; the others are problems.
  mutating func digests(_ value: CBORValue?, _ field: String) -> [ConciseDigest] {
    guard let value else { return [] }
    // CoSWID and older documents have one pair where the others have a list of them.
    let isOne = value.elements.map { $0.count == 2 && $0[0].elements == nil } ?? false
    return (isOne ? [value] : elements(value, field)).compactMap { item in
      do throws(ParseError) { return try ConciseDigest(item, field: field, file: file) } catch {
        report(error)
        return nil
      }
    }
  }

  /// The item that a byte string holds, with places in the whole file. An item that is no byte string stands for itself.
  mutating func embedded(_ value: CBORValue, _ field: String) -> CBORValue? {
    guard let bytes = value.bytes else { return value }
    do {
      return try CBORValue.parse(
        bytes, file: file, base: value.stringRange?.lowerBound ?? value.range.lowerBound)
    } catch {
      report(error)
      return nil
    }
  }
}

/// An identifier as text: UUIDs with dashes, object identifiers with dots, other bytes in hexadecimal; nil for what is none.
///
/// Source: CoRIM, section "Common Types"; RFC 9562, section 4; RFC 9090.
func identifierText(_ value: CBORValue) -> String? {
  switch value.content {
  case .text(let text): return escapedText(text.utf8)
  case .unsigned(let number): return "\(number)"
  case .negative: return value.integer.map { "\($0)" }
  case .bytes(let bytes): return bytes.count == 16 ? uuidText(bytes) : hexText(bytes)
  case .tag(37, let inner): return inner.bytes.map { $0.count == 16 ? uuidText($0) : hexText($0) }
  case .tag(111, let inner): return inner.bytes.map { "oid:" + objectIdentifierText($0) }
  // A key by its text or certificate, and everything else that is tagged.
  case .tag(_, let inner):
    if case .bytes(let bytes) = inner.content { return hexText(bytes) }
    return inner.tagged == nil && inner.elements == nil && inner.pairs == nil ? identifierText(inner) : nil
  default: return nil
  }
}

private func uuidText(_ bytes: [UInt8]) -> String {
  var text = ""
  for (index, byte) in bytes.enumerated() {
    if [4, 6, 8, 10].contains(index) { text += "-" }
    text += hexText([byte])
  }
  return text
}

/// Arcs of BER without its head. One that fits no 64 bits makes the whole a hexadecimal text.
private func objectIdentifierText(_ bytes: [UInt8]) -> String {
  var arcs: [UInt64] = []
  var arc: UInt64 = 0
  for byte in bytes {
    guard arc < 1 << 57 else { return hexText(bytes) }
    arc = arc << 7 | UInt64(byte & 0x7f)
    if byte & 0x80 != 0 { continue }
    if arcs.isEmpty {
      let first = min(arc / 40, 2)
      arcs = [first, arc - first * 40]
    } else {
      arcs.append(arc)
    }
    arc = 0
  }
  return arcs.map(String.init).joined(separator: ".")
}
