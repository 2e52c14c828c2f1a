import ByteReading

/// How much of CBOR is read before it is given up.
public struct CBORLimits: Sendable {
  /// Levels of arrays, maps and tags around an item.
  public var depth: Int
  /// Items in all, of which each costs some hundred bytes of memory and may cost one byte of the file.
  public var items: Int

  public init(depth: Int = 64, items: Int = 1 << 20) {
    // A caller's limit cannot lead to a recursion that the stack does not bear.
    self.depth = min(depth, 256)
    self.items = items
  }
}

extension CBORValue {
  /// Reads one item that fills the bytes. `base` is where the bytes begin in the file.
  public static func parse(
    _ bytes: [UInt8], file: String, base: Int = 0, limits: CBORLimits = CBORLimits()
  ) throws(ParseError) -> CBORValue {
    try bytes.read(file: file, byteOrder: .bigEndian, base: base) { reader throws(ParseError) in
      let value = try CBORValue(from: &reader, limits: limits)
      try reader.expectEnd(of: "CBOR item")
      return value
    }
  }

  /// Reads one item; what follows it is left unread, so that items of a sequence (RFC 8742) can be read one by one.
  public init(from reader: inout ByteReader, limits: CBORLimits = CBORLimits()) throws(ParseError) {
    let order = reader.byteOrder
    reader.byteOrder = .bigEndian
    defer { reader.byteOrder = order }
    var parser = CBORParser(limits: limits)
    self = try parser.item(from: &reader, depth: 0)
  }
}

extension CBORValue {
  /// Reads the elements of an array one by one, so that those before a fault are not lost with it.
  public static func readElements(
    from reader: inout ByteReader, limits: CBORLimits = CBORLimits(), _ body: (CBORValue) -> Void
  ) throws(ParseError) {
    let order = reader.byteOrder
    reader.byteOrder = .bigEndian
    defer { reader.byteOrder = order }
    var parser = CBORParser(limits: limits)
    try parser.elements(from: &reader, body)
  }
}

/// The walk over one item and what it holds.
private struct CBORParser {
  let limits: CBORLimits
  private var itemCount = 0

  init(limits: CBORLimits) { self.limits = limits }

  mutating func item(from reader: inout ByteReader, depth: Int) throws(ParseError) -> CBORValue {
    let start = reader.position
    let head = try CBORHead(from: &reader)
    return try item(head, start: start, from: &reader, depth: depth)
  }

  /// The rest of an item whose head was read.
  private mutating func item(
    _ head: CBORHead, start: Int, from reader: inout ByteReader, depth: Int
  ) throws(ParseError) -> CBORValue {
    itemCount += 1
    guard itemCount <= limits.items else {
      throw reader.failure("CBOR item", expected: "at most \(limits.items) items", found: "more", at: start)
    }
    guard depth <= limits.depth else {
      throw reader.failure("CBOR item", expected: "at most \(limits.depth) levels", found: "more", at: start)
    }
    let content = try content(head, start: start, from: &reader, depth: depth)
    return CBORValue(content: content, range: start..<reader.position, isIndefinite: head.argument == nil)
  }

  private mutating func content(
    _ head: CBORHead, start: Int, from reader: inout ByteReader, depth: Int
  ) throws(ParseError) -> CBORValue.Content {
    switch (head.majorType, head.argument) {
    case (.unsigned, let number?): return .unsigned(number)
    case (.negative, let number?): return .negative(number)
    case (.bytes, _): return .bytes(try string(head, from: &reader))
    case (.text, _): return .text(try text(head, from: &reader))
    case (.array, _): return .array(try elements(head.argument, from: &reader, depth: depth))
    case (.map, _): return .map(try pairs(head.argument, from: &reader, depth: depth))
    case (.tag, let number?): return .tag(number, try item(from: &reader, depth: depth + 1))
    case (.simple, let number?): return try simple(number, head, start: start, in: reader)
    case (.unsigned, nil), (.negative, nil), (.tag, nil):
      throw reader.failure("CBOR head", expected: "a number", found: "an open length", at: start)
    case (.simple, nil):
      throw reader.failure("CBOR item", expected: "an item", found: "a break", at: start)
    }
  }

  // MARK: Strings

  private mutating func string(_ head: CBORHead, from reader: inout ByteReader) throws(ParseError) -> [UInt8] {
    guard head.argument == nil else { return try piece(head, from: &reader) }
    var bytes: [UInt8] = []
    while let next = try pieceHead(head.majorType, from: &reader) { bytes += try piece(next, from: &reader) }
    return bytes
  }

  private mutating func text(_ head: CBORHead, from reader: inout ByteReader) throws(ParseError) -> String {
    guard head.argument == nil else { return try textPiece(head, from: &reader) }
    var text = ""
    while let next = try pieceHead(head.majorType, from: &reader) { text += try textPiece(next, from: &reader) }
    return text
  }

  /// The head of the next piece; nil at the break.
  private mutating func pieceHead(
    _ type: CBORHead.MajorType, from reader: inout ByteReader
  ) throws(ParseError) -> CBORHead? {
    let start = reader.position
    let head = try CBORHead(from: &reader)
    if head.isBreak { return nil }
    itemCount += 1
    guard head.majorType == type, head.argument != nil, itemCount <= limits.items else {
      throw reader.failure(
        "CBOR string", expected: "a piece of known length of the same type, or a break", found: "another item",
        at: start)
    }
    return head
  }

  private func piece(_ head: CBORHead, from reader: inout ByteReader) throws(ParseError) -> [UInt8] {
    try reader.bytes(Int(clamping: head.argument ?? 0), "CBOR string")
  }

  private func textPiece(_ head: CBORHead, from reader: inout ByteReader) throws(ParseError) -> String {
    let start = reader.position
    let bytes = try piece(head, from: &reader)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw reader.failure(
        "CBOR text", expected: "UTF-8", found: "'\(escapedText(bytes.prefix(40)))'", at: start)
    }
    return text
  }

  // MARK: Arrays and maps

  /// The elements of the array that begins here, each told when it is read whole.
  mutating func elements(from reader: inout ByteReader, _ body: (CBORValue) -> Void) throws(ParseError) {
    let start = reader.position
    let head = try CBORHead(from: &reader)
    guard head.majorType == .array else {
      throw reader.failure("CBOR item", expected: "an array", found: "another item", at: start)
    }
    try forEachElement(head.argument, from: &reader, depth: 0, body)
  }

  private mutating func forEachElement(
    _ count: UInt64?, from reader: inout ByteReader, depth: Int, _ body: (CBORValue) -> Void
  ) throws(ParseError) {
    var done = 0
    while try isNext(after: done, of: count, from: &reader) {
      body(try item(from: &reader, depth: depth + 1))
      done += 1
    }
  }

  private mutating func elements(
    _ count: UInt64?, from reader: inout ByteReader, depth: Int
  ) throws(ParseError) -> [CBORValue] {
    try require(count, itemsEach: 1, in: reader)
    var elements: [CBORValue] = []
    try forEachElement(count, from: &reader, depth: depth) { elements.append($0) }
    return elements
  }

  private mutating func pairs(
    _ count: UInt64?, from reader: inout ByteReader, depth: Int
  ) throws(ParseError) -> [CBORPair] {
    try require(count, itemsEach: 2, in: reader)
    var pairs: [CBORPair] = []
    var seen: Set<CBORKey> = []
    while try isNext(after: pairs.count, of: count, from: &reader) {
      let key = try item(from: &reader, depth: depth + 1)
      if let simple = CBORKey(key), !seen.insert(simple).inserted {
        throw reader.failure(
          "CBOR map", expected: "each key once", found: "\(key.kind) again", at: key.range.lowerBound)
      }
      pairs.append(CBORPair(key: key, value: try item(from: &reader, depth: depth + 1)))
    }
    return pairs
  }

  /// Every item takes a byte at least: a count that the bytes cannot hold is refused before anything is read.
  private func require(_ count: UInt64?, itemsEach: Int, in reader: borrowing ByteReader) throws(ParseError) {
    guard let count, count > UInt64(reader.remaining / itemsEach) else { return }
    throw reader.failure(
      "CBOR count", expected: "at most \(reader.remaining / itemsEach), which is what the bytes left could hold",
      found: "\(count)")
  }

  /// Steps over the break that ends an open array or map.
  private func isNext(
    after done: Int, of count: UInt64?, from reader: inout ByteReader
  ) throws(ParseError) -> Bool {
    if let count { return UInt64(done) < count }
    guard reader.peek(1) == [CBORHead.breakByte] else { return true }
    try reader.skip(1, "CBOR break")
    return false
  }

  // MARK: Simple values

  private func simple(
    _ argument: UInt64, _ head: CBORHead, start: Int, in reader: borrowing ByteReader
  ) throws(ParseError) -> CBORValue.Content {
    switch head.argumentByteCount {
    case 2: return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: argument))))
    case 4: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: argument))))
    case 8: return .float(Double(bitPattern: argument))
    case 1 where argument < 32:
      throw reader.failure(
        "CBOR simple value", expected: "at least 32 in two bytes", found: "\(argument)", at: start)
    default: break
    }
    switch argument {
    case 20: return .bool(false)
    case 21: return .bool(true)
    case 22: return .null
    case 23: return .undefined
    default: return .simple(UInt8(truncatingIfNeeded: argument))
    }
  }
}

/// A key that can be met twice without comparing whole trees.
private enum CBORKey: Hashable {
  case unsigned(UInt64)
  case negative(UInt64)
  /// The UTF-8, because Swift strings of different bytes can be equal.
  case text([UInt8])
  case bytes([UInt8])

  init?(_ value: CBORValue) {
    switch value.content {
    case .unsigned(let number): self = .unsigned(number)
    case .negative(let number): self = .negative(number)
    case .text(let text): self = .text(Array(text.utf8))
    case .bytes(let bytes): self = .bytes(bytes)
    default: return nil
    }
  }
}

/// The first bytes of an item: what it is, and a number or a length.
///
/// Source: RFC 8949, section 3.
private struct CBORHead {
  enum MajorType: UInt8 {
    case unsigned, negative, bytes, text, array, map, tag, simple
  }

  static let breakByte: UInt8 = 0xff

  var majorType: MajorType
  /// nil for an open length, and for the break that ends one.
  var argument: UInt64?
  /// Bytes behind the first one; 0 when the first holds the number.
  var argumentByteCount: Int

  var isBreak: Bool { majorType == .simple && argument == nil }

  init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let first = try reader.uint8("CBOR head")
    // Three bits give eight types, and there are eight.
    majorType = MajorType(rawValue: first >> 5) ?? .simple
    switch first & 0x1f {
    case let number where number < 24: (argument, argumentByteCount) = (UInt64(number), 0)
    case 24: (argument, argumentByteCount) = (UInt64(try reader.uint8("CBOR argument")), 1)
    case 25: (argument, argumentByteCount) = (UInt64(try reader.uint16("CBOR argument")), 2)
    case 26: (argument, argumentByteCount) = (UInt64(try reader.uint32("CBOR argument")), 4)
    case 27: (argument, argumentByteCount) = (try reader.uint64("CBOR argument"), 8)
    case 31: (argument, argumentByteCount) = (nil, 0)
    default:
      throw reader.failure(
        "CBOR head", expected: "additional information that is in use", found: "0x" + hexText([first]), at: start)
    }
  }
}
