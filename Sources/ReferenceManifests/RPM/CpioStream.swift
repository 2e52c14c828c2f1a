import ByteReading

/// The payload of an RPM package: a cpio archive whose bytes come piece by piece.
///
/// rpm writes the "new" format (magic `070701`), and for files of 4 GiB and more, and for all packages of rpm 6, a
/// stripped form (`07070X`) that gives only the file's number in the header's list; its size stands there.
///
/// Source: cpio(5), "New ASCII Format"; rpm, lib/cpio.c.
public struct CpioStream {
  public enum Name: Equatable, Sendable {
    /// As it stands in the archive; rpm begins it with `./`.
    case path([UInt8])
    /// Index in the header's file list.
    case index(Int)
  }

  public struct Entry: Equatable, Sendable {
    public var name: Name
    /// Nil for stripped entries.
    public var mode: UInt32?
    /// Zero for all names of a file but the last.
    public var byteCount: UInt64
    /// Names of one file have the same numbers of inode and device; nil for stripped entries.
    public var inode: Inode?
  }

  public struct Inode: Hashable, Sendable {
    public var device: UInt64
    public var number: UInt64
  }

  /// Who takes what the stream finds.
  public protocol Receiver {
    /// Bytes of the data of a stripped entry; nil when the header has no such file.
    mutating func byteCount(ofFile index: Int) -> UInt64?
    mutating func begin(_ entry: Entry)
    mutating func add(_ piece: RawSpan)
    /// The entry's data are whole.
    mutating func end()
  }

  private enum State {
    case magic
    case newHeader
    case strippedHeader
    case name(NewHeader)
    case data(UInt64)
    case atTrailer
  }

  private struct NewHeader {
    var inode: Inode
    var mode: UInt32
    var byteCount: UInt64
    var nameByteCount: Int
  }

  private let file: String
  private let maximumPathByteCount: Int
  private let maximumEntryCount: Int
  private var state = State.magic
  /// Bytes of a header or name that are not yet whole.
  private var held: [UInt8] = []
  /// Bytes of padding to step over before the state goes on.
  private var padding = 0
  /// Bytes from the start of the archive.
  public private(set) var position: UInt64 = 0
  public private(set) var entryCount = 0
  /// Bytes other than zero behind the archive's end.
  public private(set) var hasTrailingContent = false

  public init(file: String, maximumPathByteCount: Int, maximumEntryCount: Int) {
    self.file = file
    self.maximumPathByteCount = maximumPathByteCount
    self.maximumEntryCount = maximumEntryCount
  }

  /// True once the trailer was met.
  public var isAtEnd: Bool {
    if case .atTrailer = state { return true }
    return false
  }

  /// Takes the next piece of the archive.
  public mutating func add(_ piece: RawSpan, to receiver: inout some Receiver) throws(ParseError) {
    var offset = 0
    while offset < piece.byteCount {
      let left = piece.byteCount - offset
      if padding > 0 {
        let count = min(padding, left)
        padding -= count
        advance(count, &offset)
        continue
      }
      switch state {
      case .data(let missing):
        let count = Int(min(missing, UInt64(left)))
        receiver.add(piece.extracting(offset..<offset + count))
        advance(count, &offset)
        state = .data(missing - UInt64(count))
        if missing == UInt64(count) { endData(&receiver) }
      case .atTrailer:
        hasTrailingContent = hasTrailingContent || !isZero(piece.extracting(offset..<piece.byteCount))
        advance(left, &offset)
      case .magic, .newHeader, .strippedHeader, .name:
        let count = min(neededByteCount - held.count, left)
        // Safe: the extracted bytes lie inside of the piece.
        unsafe piece.extracting(offset..<offset + count).withUnsafeBytes { unsafe held.append(contentsOf: $0) }
        advance(count, &offset)
        if held.count == neededByteCount { try takeHeld(&receiver) }
      }
    }
  }

  /// Throws when the archive has no end.
  public func finish() throws(ParseError) {
    guard isAtEnd else { throw failure("cpio", expected: "the trailer", found: "the end of the payload") }
  }

  private mutating func advance(_ count: Int, _ offset: inout Int) {
    offset += count
    position &+= UInt64(count)
  }

  private var neededByteCount: Int {
    switch state {
    case .magic: 6
    case .newHeader: 104
    case .strippedHeader: 8
    case .name(let header): header.nameByteCount
    case .data, .atTrailer: 0
    }
  }

  private mutating func takeHeld(_ receiver: inout some Receiver) throws(ParseError) {
    let bytes = held
    held = []
    switch state {
    case .magic: state = try kind(bytes)
    case .newHeader: state = .name(try header(bytes))
    case .strippedHeader: try beginStripped(bytes, &receiver)
    case .name(let header): try beginNamed(header, bytes, &receiver)
    case .data, .atTrailer: break
    }
  }

  private func kind(_ magic: [UInt8]) throws(ParseError) -> State {
    switch String(decoding: magic, as: UTF8.self) {
    case "070701", "070702": return .newHeader
    case "07070X": return .strippedHeader
    default: throw failure("cpio.magic", expected: "070701, 070702 or 07070X", found: escapedText(magic))
    }
  }

  private func header(_ bytes: [UInt8]) throws(ParseError) -> NewHeader {
    var fields: [UInt64] = []
    for number in 0..<13 { fields.append(try self.number(bytes[number * 8..<number * 8 + 8])) }
    guard let count = Int(exactly: fields[11]), (1...maximumPathByteCount).contains(count) else {
      throw failure("cpio.namesize", expected: "1 to \(maximumPathByteCount) bytes", found: "\(fields[11])")
    }
    return NewHeader(
      inode: Inode(device: fields[7] << 32 | fields[8], number: fields[0]), mode: UInt32(truncatingIfNeeded: fields[1]),
      byteCount: fields[6], nameByteCount: count)
  }

  private func number(_ digits: ArraySlice<UInt8>) throws(ParseError) -> UInt64 {
    var value: UInt64 = 0
    for digit in digits {
      guard let part = hexValue(digit) else {
        throw failure("cpio.header", expected: "hexadecimal digits", found: escapedText(digits))
      }
      value = value << 4 | UInt64(part)
    }
    return value
  }

  private mutating func beginNamed(
    _ header: NewHeader, _ bytes: [UInt8], _ receiver: inout some Receiver
  ) throws(ParseError) {
    align()
    let name = Array(bytes.prefix { $0 != 0 })
    if name == Array("TRAILER!!!".utf8) {
      state = .atTrailer
      return
    }
    try begin(
      Entry(
        name: .path(name), mode: header.mode, byteCount: header.byteCount,
        inode: header.inode), &receiver)
  }

  private mutating func beginStripped(_ bytes: [UInt8], _ receiver: inout some Receiver) throws(ParseError) {
    align()
    let number = try number(bytes[...])
    guard let index = Int(exactly: number), let count = receiver.byteCount(ofFile: index) else {
      throw failure("cpio.index", expected: "a file of the header's list", found: "\(number)")
    }
    try begin(Entry(name: .index(index), mode: nil, byteCount: count, inode: nil), &receiver)
  }

  private mutating func begin(_ entry: Entry, _ receiver: inout some Receiver) throws(ParseError) {
    entryCount += 1
    guard entryCount <= maximumEntryCount else {
      throw failure("cpio", expected: "\(maximumEntryCount) members at most", found: "more")
    }
    receiver.begin(entry)
    state = .data(entry.byteCount)
    if entry.byteCount == 0 { endData(&receiver) }
  }

  private mutating func endData(_ receiver: inout some Receiver) {
    receiver.end()
    align()
    state = .magic
  }

  /// Headers with names, and data, are padded to four bytes from the start of the archive.
  private mutating func align() { padding = Int((4 - position % 4) % 4) }

  private func isZero(_ bytes: RawSpan) -> Bool {
    // Safe: only bytes of the span are looked at.
    unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { $0 == 0 } }
  }

  private func failure(_ field: String, expected: String, found: String) -> ParseError {
    ParseError(file: file, offset: Int(clamping: position), field: field, expected: expected, found: found)
  }
}
