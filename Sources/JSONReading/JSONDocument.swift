import ByteReading

/// A JSON value with the place where it begins, so that an error can say where it stands.
///
/// Source: RFC 8259.
public struct JSONNode: Sendable {
  public indirect enum Value: Sendable {
    /// Members in their order; a name may stand there twice.
    case object([(name: String, node: JSONNode)])
    case array([JSONNode])
    case string(String)
    /// As written.
    case number(String)
    case bool(Bool)
    case null
  }

  /// Bytes from the start of the file.
  public var offset: Int
  /// Where the value ends, in bytes from the start of the file.
  public var end: Int
  /// False for the values in which a fault ended the reading.
  public var isWhole: Bool
  public var value: Value

  /// The member of that name; the first when there are several.
  public subscript(_ name: String) -> JSONNode? {
    guard case .object(let members) = value else { return nil }
    return members.first { $0.name == name }?.node
  }

  public var members: [(name: String, node: JSONNode)]? {
    if case .object(let members) = value { members } else { nil }
  }
  public var elements: [JSONNode]? { if case .array(let elements) = value { elements } else { nil } }
  public var string: String? { if case .string(let text) = value { text } else { nil } }
  public var isNull: Bool { if case .null = value { true } else { false } }

  /// What stands there, for an error.
  public var kind: String {
    switch value {
    case .object: "an object"
    case .array: "a list"
    case .string: "a text"
    case .number(let text): "the number \(escapedText(text.utf8.prefix(40)))"
    case .bool(let value): "\(value)"
    case .null: "null"
    }
  }
}

/// A document as far as it could be read. A fault ends the reading; objects and lists open there keep what they have.
public struct JSONDocument {
  public static let byteCountLimit = 64 << 20
  public static let depthLimit = 64
  public static let nodeLimit = 4 << 20

  public private(set) var root: JSONNode?
  public private(set) var fault: ParseError?
  /// How many of the bytes were read.
  public private(set) var end = 0

  private let bytes: [UInt8]
  /// Where `bytes` begins in the file.
  private let base: Int
  private let file: String
  private var nodeCount = 0

  /// Whether a file that begins so may be JSON.
  public static func isLikely(_ bytes: some Collection<UInt8>) -> Bool {
    let first = bytes.prefix(4096).first { !isBlank($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  /// - parameter base: where the bytes begin in the file, when they are a part of it.
  public init(_ bytes: [UInt8], file: String, base: Int = 0) {
    self.bytes = bytes
    self.base = base
    self.file = file
    guard bytes.count <= Self.byteCountLimit else {
      fail("document", expected: "at most \(Self.byteCountLimit) bytes", found: "\(bytes.count)")
      return
    }
    root = node(depth: 0)
    skipBlanks()
    if fault == nil, end < bytes.count { fail("document", expected: "the end", found: "more") }
  }

  private mutating func node(depth: Int) -> JSONNode? {
    skipBlanks()
    let start = end
    nodeCount += 1
    guard depth < Self.depthLimit, nodeCount <= Self.nodeLimit else {
      fail("value", expected: "at most \(Self.depthLimit) levels and \(Self.nodeLimit) values", found: "more")
      return nil
    }
    guard let first = current else {
      fail("value", expected: "a value", found: "the end of the file")
      return nil
    }
    let value: JSONNode.Value?
    switch first {
    case UInt8(ascii: "{"): value = .object(members(depth: depth))
    case UInt8(ascii: "["): value = .array(elements(depth: depth))
    case UInt8(ascii: "\""): value = string().map { .string($0) }
    case UInt8(ascii: "t"): value = word("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): value = word("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): value = word("null") ? .null : nil
    default: value = number().map { .number($0) }
    }
    return value.map { JSONNode(offset: base + start, end: base + end, isWhole: fault == nil, value: $0) }
  }

  private mutating func members(depth: Int) -> [(name: String, node: JSONNode)] {
    var found: [(name: String, node: JSONNode)] = []
    end += 1
    if isNext("}") { return found }
    repeat {
      skipBlanks()
      guard current == UInt8(ascii: "\"") else {
        fail("member", expected: "a name in quotes", found: currentText)
        return found
      }
      guard let name = string() else { return found }
      guard isNext(":") else {
        fail("member", expected: "a colon", found: currentText)
        return found
      }
      guard let node = node(depth: depth + 1) else { return found }
      found.append((name, node))
    } while fault == nil && isNext(",")
    if fault == nil, !isNext("}") { fail("object", expected: "a comma or '}'", found: currentText) }
    return found
  }

  private mutating func elements(depth: Int) -> [JSONNode] {
    var found: [JSONNode] = []
    end += 1
    if isNext("]") { return found }
    repeat {
      guard let node = node(depth: depth + 1) else { return found }
      found.append(node)
    } while fault == nil && isNext(",")
    if fault == nil, !isNext("]") { fail("list", expected: "a comma or ']'", found: currentText) }
    return found
  }

  private mutating func string() -> String? {
    end += 1
    var text: [UInt8] = []
    while let byte = current {
      end += 1
      switch byte {
      case UInt8(ascii: "\""):
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else {
          fail("text", expected: "an escape of JSON", found: currentText)
          return nil
        }
        text += Array(String(scalar).utf8)
      case 0..<0x20:
        fail("text", expected: "no control character", found: "0x" + hexText([byte]))
        return nil
      default: text.append(byte)
      }
    }
    fail("text", expected: "a closing quote", found: "the end of the file")
    return nil
  }

  /// What follows a backslash; half of a surrogate pair becomes U+FFFD.
  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = current else { return nil }
    end += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let high = codeUnit() else { return nil }
      guard (0xd800..<0xdc00).contains(high) else { return Unicode.Scalar(high) ?? "\u{fffd}" }
      let mark = end
      if current == UInt8(ascii: "\\") {
        end += 1
        if current == UInt8(ascii: "u") {
          end += 1
          if let low = codeUnit(), (0xdc00..<0xe000).contains(low) {
            return Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00))
          }
        }
      }
      end = mark
      return "\u{fffd}"
    default: return nil
    }
  }

  private mutating func codeUnit() -> UInt32? {
    guard bytes.count - end >= 4, let pair = bytesOfHex(bytes[end..<end + 4]) else { return nil }
    end += 4
    return UInt32(pair[0]) << 8 | UInt32(pair[1])
  }

  private mutating func number() -> String? {
    let start = end
    while let byte = current, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { end += 1 }
    guard end > start, end - start <= 1024 else {
      fail("value", expected: "a value", found: currentText)
      return nil
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func word(_ text: String) -> Bool {
    guard bytes[end...].starts(with: text.utf8) else {
      fail("value", expected: text, found: currentText)
      return false
    }
    end += text.utf8.count
    return true
  }

  /// Steps over blanks and then over that character, if it is there.
  private mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard let byte = current, UInt32(byte) == character.value else { return false }
    end += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = current, Self.isBlank(byte) { end += 1 }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }

  private var current: UInt8? { end < bytes.count ? bytes[end] : nil }
  private var currentText: String { current.map { "'\(escapedText([$0]))'" } ?? "the end of the file" }

  private mutating func fail(_ field: String, expected: String, found: String) {
    guard fault == nil else { return }
    fault = ParseError(
      file: file, offset: base + min(end, bytes.count), field: "JSON \(field)", expected: expected, found: found)
  }
}

extension JSONNode {
  /// The text under that name; nil when there is none, or something else.
  public func string(of name: String) -> String? { self[name]?.string }
}
