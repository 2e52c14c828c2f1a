/// A place in borrowed bytes. It knows its byte order, where it stands in the file, and never reads past its end.
///
/// Every read takes the name of the field, so that an error can say what was missing. Positions are absolute:
/// a slice of a slice still counts from the start of the file.
public struct ByteReader: ~Escapable {
  private let span: RawSpan
  /// Where `span` begins in the file.
  private let base: Int
  private var cursor = 0
  public let file: String
  public var byteOrder: ByteOrder

  @_lifetime(copy span)
  init(_ span: RawSpan, base: Int, file: String, byteOrder: ByteOrder) {
    self.span = span
    self.base = base
    self.file = file
    self.byteOrder = byteOrder
  }

  /// Bytes from the start of the file to the next unread byte.
  public var position: Int { base + cursor }
  /// Number of bytes not yet read.
  public var remaining: Int { span.byteCount - cursor }
  public var isAtEnd: Bool { remaining == 0 }

  public mutating func uint8(_ field: @autoclosure () -> String) throws(ParseError) -> UInt8 {
    try require(1, field())
    // Safe: `require` compared the position with the end of the span.
    let value = unsafe span.unsafeLoad(fromByteOffset: cursor, as: UInt8.self)
    cursor += 1
    return value
  }

  public mutating func uint16(_ field: @autoclosure () -> String) throws(ParseError) -> UInt16 {
    try integer(field())
  }

  public mutating func uint32(_ field: @autoclosure () -> String) throws(ParseError) -> UInt32 {
    try integer(field())
  }

  public mutating func uint64(_ field: @autoclosure () -> String) throws(ParseError) -> UInt64 {
    try integer(field())
  }

  /// Copies the next `count` bytes.
  public mutating func bytes(_ count: Int, _ field: @autoclosure () -> String) throws(ParseError) -> [UInt8] {
    try require(count, field())
    let start = cursor
    cursor += count
    return copy(start, count)
  }

  /// A `TPM2B`: a two-byte size, then that many bytes.
  public mutating func sizedBytes(_ field: @autoclosure () -> String) throws(ParseError) -> [UInt8] {
    let count = Int(try uint16(field() + ".size"))
    return try bytes(count, field() + ".buffer")
  }

  /// The next `count` bytes as a reader of their own, which cannot run over its end.
  @_lifetime(copy self)
  public mutating func slice(_ count: Int, _ field: @autoclosure () -> String) throws(ParseError) -> ByteReader {
    try require(count, field())
    let start = cursor
    cursor += count
    return ByteReader(
      span.extracting(start..<start + count), base: base + start, file: file, byteOrder: byteOrder)
  }

  /// Steps over `count` bytes and says which they were.
  @discardableResult
  public mutating func skip(_ count: Int, _ field: @autoclosure () -> String) throws(ParseError) -> Range<Int> {
    try require(count, field())
    let start = position
    cursor += count
    return start..<position
  }

  /// Everything not yet read.
  public mutating func rest() -> [UInt8] {
    let start = cursor
    cursor = span.byteCount
    return copy(start, span.byteCount - start)
  }

  /// The next `count` bytes, left unread; nil when there are fewer.
  public func peek(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= remaining else { return nil }
    return copy(cursor, count)
  }

  /// Whether the next `count` bytes are there and all zero; nothing is read or copied.
  public func nextAreZero(_ count: Int) -> Bool {
    guard count >= 0, count <= remaining else { return false }
    for offset in cursor..<cursor + count {
      // Safe: the guard compared the places with the end of the span.
      if unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self) != 0 { return false }
    }
    return true
  }

  /// Reads a 32-bit constant of the format.
  public mutating func expect(_ constant: UInt32, _ field: @autoclosure () -> String) throws(ParseError) {
    let start = position
    let value = try uint32(field())
    guard value == constant else {
      throw ParseError(
        file: file, offset: start, field: field(), expected: hex(constant), found: hex(value))
    }
  }

  /// Nothing may follow the structure `name`.
  public func expectEnd(of name: @autoclosure () -> String) throws(ParseError) {
    guard isAtEnd else {
      throw ParseError(
        file: file, offset: position, field: name(), expected: "the end", found: "\(byteCountText(remaining)) more")
    }
  }

  /// An error at the present place.
  public func failure(_ field: String, expected: String, found: String, at offset: Int? = nil) -> ParseError {
    ParseError(file: file, offset: offset ?? position, field: field, expected: expected, found: found)
  }

  private func require(_ count: Int, _ field: @autoclosure () -> String) throws(ParseError) {
    guard count >= 0, count <= remaining else {
      throw ParseError(
        file: file, offset: position, field: field(), expected: byteCountText(count),
        found: byteCountText(remaining), missingByteCount: max(0, count) - remaining)
    }
  }

  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ field: @autoclosure () -> String
  ) throws(ParseError) -> Value {
    let count = MemoryLayout<Value>.size
    try require(count, field())
    // Safe: `require` compared the position with the end of the span; integers have no invalid bit patterns.
    let raw = unsafe span.unsafeLoadUnaligned(fromByteOffset: cursor, as: Value.self)
    cursor += count
    switch byteOrder {
    case .littleEndian: return Value(littleEndian: raw)
    case .bigEndian: return Value(bigEndian: raw)
    }
  }

  private func copy(_ start: Int, _ count: Int) -> [UInt8] {
    // Safe: every caller compared `start + count` with the length of the span.
    unsafe span.extracting(start..<start + count).withUnsafeBytes { unsafe Array($0) }
  }
}

/// The order of the bytes of an integer.
public enum ByteOrder: String, Equatable, Sendable {
  case littleEndian = "little-endian"
  case bigEndian = "big-endian"
}

extension [UInt8] {
  /// Reads these bytes from their start; `file` is the name that errors carry.
  public func read<Value, Failure: Error>(
    file: String, byteOrder: ByteOrder, base: Int = 0,
    _ body: (inout ByteReader) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    // Safe: the span is used only during this call, and an array of bytes has no padding.
    var reader = ByteReader(unsafe span.bytes, base: base, file: file, byteOrder: byteOrder)
    return try body(&reader)
  }
}

/// `0x` and hexadecimal digits.
public func hex(_ value: some FixedWidthInteger) -> String { "0x" + String(value, radix: 16) }

func byteCountText(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
