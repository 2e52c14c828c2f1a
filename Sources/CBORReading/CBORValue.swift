import ByteReading

/// One data item of CBOR with the bytes it was read from.
///
/// Source: RFC 8949. Big-endian. What is read here is well-formed and, as far as a reader can tell without knowing the
/// format on top, valid: text is UTF-8, and no map has a whole number, a text or a byte string twice as its key.
public struct CBORValue: Equatable, Sendable {
  public indirect enum Content: Equatable, Sendable {
    case unsigned(UInt64)
    /// The number -1 - n; n alone is kept, because the smallest one fits no signed integer.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    /// In the order of the file.
    case map([CBORPair])
    case tag(UInt64, CBORValue)
    case bool(Bool)
    case null
    case undefined
    /// A simple value without a meaning of its own.
    case simple(UInt8)
    case float(Double)
  }

  public var content: Content
  /// The encoded item, its head and all its content, in bytes from the start of the file.
  public var range: Range<Int>
  /// Whether the item's length was left open and a break ends it. A string then comes in pieces.
  public var isIndefinite: Bool

  /// Where the bytes of a string lie in the file, in bytes from its start; nil for other items and for strings in
  /// pieces.
  public var stringRange: Range<Int>? {
    guard !isIndefinite else { return nil }
    switch content {
    case .bytes(let bytes): return range.upperBound - bytes.count..<range.upperBound
    case .text(let text): return range.upperBound - text.utf8.count..<range.upperBound
    default: return nil
    }
  }
}

/// An entry of a map.
public struct CBORPair: Equatable, Sendable {
  public var key: CBORValue
  public var value: CBORValue
}

extension CBORValue {
  /// The number, when it is one that an `Int64` holds.
  public var integer: Int64? {
    switch content {
    case .unsigned(let number): Int64(exactly: number)
    case .negative(let number): Int64(exactly: number).map { -1 - $0 }
    default: nil
    }
  }

  public var bytes: [UInt8]? { if case .bytes(let bytes) = content { bytes } else { nil } }
  public var text: String? { if case .text(let text) = content { text } else { nil } }
  public var elements: [CBORValue]? { if case .array(let elements) = content { elements } else { nil } }
  public var pairs: [CBORPair]? { if case .map(let pairs) = content { pairs } else { nil } }
  public var tagged: (number: UInt64, value: CBORValue)? {
    if case .tag(let number, let value) = content { (number, value) } else { nil }
  }

  /// The value of a map under a whole number; nil when this is no map or has no such key.
  public subscript(_ key: Int64) -> CBORValue? { pairs?.first { $0.key.integer == key }?.value }
  /// The value of a map under a text, compared as bytes; nil when this is no map or has no such key.
  public subscript(_ key: String) -> CBORValue? {
    pairs?.first { $0.key.text.map { $0.utf8.elementsEqual(key.utf8) } ?? false }?.value
  }

  /// What stands there, for an error.
  public var kind: String {
    switch content {
    case .unsigned(let number): "the number \(number)"
    case .negative: integer.map { "the number \($0)" } ?? "a number below -2^63"
    case .bytes(let bytes): "a byte string of \(bytes.count)"
    case .text(let text): "the text '\(escapedText(text.utf8.prefix(40)))'"
    case .array(let elements): "an array of \(elements.count)"
    case .map(let pairs): "a map of \(pairs.count)"
    case .tag(let number, _): "tag \(number)"
    case .bool(let value): "\(value)"
    case .null: "null"
    case .undefined: "undefined"
    case .simple(let number): "the simple value \(number)"
    case .float: "a floating-point number"
    }
  }
}
