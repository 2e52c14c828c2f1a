import ByteReading

/// A header of an RPM package or database: an index of tagged values and their data.
///
/// Signatures and digests cover the *region* only, the header as the package was built with it. Values that were added
/// behind the region, as the database does on installation, are kept apart, so that nothing unsigned can stand in the
/// place of what was signed.
///
/// Source: rpm, docs/manual/format_v4.md and hregions.md; lib/header.c (`hdrblobVerifyRegion`).
public struct RPMHeader: Equatable, Sendable {
  /// Bounds of rpm itself.
  public static let maximumEntryCount = 0xffff
  public static let maximumDataByteCount = 0x0fff_ffff
  /// Elements of one array; more than a million files are in no package.
  static let maximumElementCount = 1 << 22

  public enum Kind: Equatable, Sendable {
    case signature
    case main
    /// As a database keeps it, without the eight bytes of magic.
    case stored
  }

  struct Entry: Equatable, Sendable {
    var tag: RPMTag
    var type: ValueType
    /// Bytes from the start of the data.
    var offset: Int
    var count: Int
    /// Where the data that the entry may use ends.
    var end: Int
    /// Place of the entry in the file.
    var position: Int
  }

  enum ValueType: UInt32, Sendable {
    case character = 1
    case int8, int16, int32, int64
    case string, binary, stringArray, translatedString

    /// Bytes of one element; nil for text, which ends with NUL.
    var elementByteCount: Int? {
      switch self {
      case .character, .int8, .binary: 1
      case .int16: 2
      case .int32: 4
      case .int64: 8
      case .string, .stringArray, .translatedString: nil
      }
    }

    var isText: Bool { elementByteCount == nil }
  }

  /// Which values of a header are meant.
  public enum Part: Sendable {
    /// Those that signatures cover: of the region, or all where the header has no region.
    case region
    /// Those that were added behind the region.
    case added
  }

  /// Bytes of the whole header, from its magic, in the file.
  public private(set) var range: Range<Int>
  /// Faults of single entries, which are left out.
  public private(set) var problems: [ParseError] = []
  /// What header signatures and digests are made over: the magic and the region, whole. Nil where there is no region, as
  /// in packages before rpm 4.
  public private(set) var signedBytes: [UInt8]?

  private let file: String
  private let data: [UInt8]
  private let dataPosition: Int
  private var regionEntries: [RPMTag: Entry] = [:]
  private var addedEntries: [RPMTag: Entry] = [:]

  static let magic: [UInt8] = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0]

  public init(from reader: inout ByteReader, kind: Kind) throws(ParseError) {
    let start = reader.position
    file = reader.file
    reader.byteOrder = .bigEndian
    if kind != .stored {
      try reader.expect(0x8ead_e801, "header.magic")
      _ = try reader.uint32("header.reserved")
    }
    let entryCount = try Self.count(&reader, "header.nindex", 1...Self.maximumEntryCount)
    let byteCount = try Self.count(&reader, "header.hsize", 0...Self.maximumDataByteCount)
    let indexPosition = reader.position
    let index = try reader.bytes(entryCount * 16, "header.index")
    dataPosition = reader.position
    data = try reader.bytes(byteCount, "header.data")
    range = start..<reader.position
    try readIndex(index, position: indexPosition, kind: kind)
  }

  /// Reads `blob`, one header of a database, from its start; bytes that follow it are a fault.
  public init(stored blob: [UInt8], file: String, base: Int = 0) throws(ParseError) {
    self = try blob.read(file: file, byteOrder: .bigEndian, base: base) { (reader) throws(ParseError) in
      let header = try RPMHeader(from: &reader, kind: .stored)
      try reader.expectEnd(of: "header")
      return header
    }
  }

  private static func count(
    _ reader: inout ByteReader, _ field: String, _ allowed: ClosedRange<Int>
  ) throws(ParseError) -> Int {
    let position = reader.position
    let value = try reader.uint32(field)
    guard let count = Int(exactly: value), allowed.contains(count) else {
      throw reader.failure(
        field, expected: "\(allowed.lowerBound) to \(allowed.upperBound)", found: "\(value)", at: position)
    }
    return count
  }

  /// Whether the values behind the region hold anything.
  public var hasAddedValues: Bool { !addedEntries.isEmpty }

  public func contains(_ tag: RPMTag, in part: Part = .region) -> Bool { entry(tag, part) != nil }

  private func entry(_ tag: RPMTag, _ part: Part) -> Entry? {
    part == .region ? regionEntries[tag] : addedEntries[tag]
  }
}

// MARK: - The index

extension RPMHeader {
  private struct Region {
    var entryCount: Int
    var byteCount: Int
  }

  private mutating func readIndex(_ index: [UInt8], position: Int, kind: Kind) throws(ParseError) {
    let words: [RawEntry] = try index.read(file: file, byteOrder: .bigEndian, base: position) {
      (reader) throws(ParseError) in
      var entries: [RawEntry] = []
      entries.reserveCapacity(index.count / 16)
      while !reader.isAtEnd { entries.append(try RawEntry(from: &reader)) }
      return entries
    }
    let region = try regionOf(words, kind: kind)
    for (number, word) in words.enumerated() {
      if word.isRegion {
        if number != 0 { problems.append(word.failure(file, "tag", "one region, at the start", "\(word.tag)")) }
        continue
      }
      let isInRegion = region.map { number < $0.entryCount } ?? true
      let end = isInRegion ? region?.byteCount ?? data.count : data.count
      guard let entry = checked(word, end: end) else { continue }
      if entryIsKnown(entry, isInRegion: isInRegion) {
        problems.append(word.failure(file, "tag", "each tag once", "\(word.tag) again"))
      } else if isInRegion {
        regionEntries[entry.tag] = entry
      } else {
        addedEntries[entry.tag] = entry
      }
    }
    guard let region else { return }
    signedBytes =
      Self.magic + bigEndian(region.entryCount) + bigEndian(region.byteCount) + index.prefix(region.entryCount * 16)
      + data.prefix(region.byteCount)
  }

  private func entryIsKnown(_ entry: Entry, isInRegion: Bool) -> Bool {
    (isInRegion ? regionEntries : addedEntries)[entry.tag] != nil
  }

  /// The region's entry points to a trailer in the data that says how many entries the region has.
  private mutating func regionOf(_ words: [RawEntry], kind: Kind) throws(ParseError) -> Region? {
    guard let first = words.first, first.isRegion else { return nil }
    let wanted: RPMTag = kind == .signature ? .headerSignatures : .headerImmutable
    guard first.tag == wanted.rawValue, first.type == ValueType.binary.rawValue, first.count == 16 else {
      problems.append(
        first.failure(
          file, "region", "tag \(wanted.rawValue), type 7, 16 bytes", "tag \(first.tag), type \(first.type)"))
      return nil
    }
    guard let offset = Int(exactly: first.offset), offset <= data.count - 16 else {
      problems.append(first.failure(file, "region.offset", "a place inside of the data", "\(first.offset)"))
      return nil
    }
    let trailer = try rawEntry(at: offset)
    // Old signature headers end with the number of the whole image.
    let isTag =
      trailer.tag == wanted.rawValue || (kind == .signature && trailer.tag == RPMTag.headerImage.rawValue)
    let length = -Int(Int32(truncatingIfNeeded: trailer.offset))
    guard isTag, trailer.type == ValueType.binary.rawValue, trailer.count == 16, length > 0, length % 16 == 0,
      length / 16 <= words.count
    else {
      problems.append(
        trailer.failure(
          file, "region.trailer", "tag \(wanted.rawValue), type 7, the region's length",
          "tag \(trailer.tag), type \(trailer.type), length \(length)"))
      return nil
    }
    return Region(entryCount: length / 16, byteCount: offset + 16)
  }

  private func rawEntry(at offset: Int) throws(ParseError) -> RawEntry {
    try Array(data[offset..<offset + 16]).read(file: file, byteOrder: .bigEndian, base: dataPosition + offset) {
      (reader) throws(ParseError) in try RawEntry(from: &reader)
    }
  }

  /// Nil, and a problem, for an entry whose type is unknown or whose data leave what it may use.
  private mutating func checked(_ word: RawEntry, end: Int) -> Entry? {
    guard let type = ValueType(rawValue: word.type) else {
      problems.append(word.failure(file, "type", "1 to 9", "\(word.type)"))
      return nil
    }
    let offset = Int(word.offset)
    let count = Int(word.count)
    // Text needs a byte an element at least; only the search for the NULs shows how much it has.
    let needed = count.multipliedReportingOverflow(by: type.elementByteCount ?? 1)
    guard count > 0, offset <= end, !needed.overflow, needed.partialValue <= end - offset else {
      problems.append(
        word.failure(file, "count", "data inside of \(end) bytes", "\(count) elements from byte \(offset)"))
      return nil
    }
    return Entry(
      tag: RPMTag(rawValue: word.tag), type: type, offset: offset, count: count, end: end, position: word.position)
  }
}

/// Sixteen bytes of an index.
private struct RawEntry {
  var tag: UInt32
  var type: UInt32
  var offset: UInt32
  var count: UInt32
  var position: Int

  init(from reader: inout ByteReader) throws(ParseError) {
    position = reader.position
    tag = try reader.uint32("index.tag")
    type = try reader.uint32("index.type")
    offset = try reader.uint32("index.offset")
    count = try reader.uint32("index.count")
  }

  var isRegion: Bool { (RPMTag.headerImage.rawValue...RPMTag.headerImmutable.rawValue).contains(tag) }

  func failure(_ file: String, _ field: String, _ expected: String, _ found: String) -> ParseError {
    ParseError(file: file, offset: position, field: "index.\(field)", expected: expected, found: found)
  }
}

private func bigEndian(_ value: Int) -> [UInt8] {
  let word = UInt32(truncatingIfNeeded: value)
  return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
}

// MARK: - Values

extension RPMHeader {
  /// Text of a tag: one element for a string, the first of its translations for a translated one. Nil when the header
  /// lacks the tag; an error when the tag holds no text or runs over its data.
  public func strings(_ tag: RPMTag, in part: Part = .region) throws(ParseError) -> [[UInt8]]? {
    guard let entry = entry(tag, part) else { return nil }
    guard entry.type.isText else { throw mistyped(entry, "text") }
    guard entry.count <= Self.maximumElementCount else {
      throw failure(entry, "at most \(Self.maximumElementCount) elements", "\(entry.count)")
    }
    let bytes = data.span.extracting(first: entry.end)
    var texts: [[UInt8]] = []
    texts.reserveCapacity(min(entry.count, entry.end - entry.offset))
    var start = entry.offset
    for _ in 0..<entry.count {
      guard let end = bytes.firstIndex(of: 0, from: start) else {
        throw failure(entry, "\(entry.count) texts, each ended by NUL", "\(texts.count)")
      }
      texts.append(Array(data[start..<end]))
      start = end + 1
    }
    return texts
  }

  /// The only or first text of a tag.
  public func string(_ tag: RPMTag, in part: Part = .region) throws(ParseError) -> [UInt8]? {
    guard var entry = entry(tag, part) else { return nil }
    guard entry.type.isText else { throw mistyped(entry, "text") }
    entry.count = 1
    guard let end = data.span.extracting(first: entry.end).firstIndex(of: 0, from: entry.offset) else {
      throw failure(entry, "a text ended by NUL", "none")
    }
    return Array(data[entry.offset..<end])
  }

  /// Numbers of a tag, of whatever width.
  public func integers(_ tag: RPMTag, in part: Part = .region) throws(ParseError) -> [UInt64]? {
    guard let entry = entry(tag, part) else { return nil }
    guard let width = entry.type.elementByteCount, entry.type != .binary else { throw mistyped(entry, "numbers") }
    guard entry.count <= Self.maximumElementCount else {
      throw failure(entry, "at most \(Self.maximumElementCount) elements", "\(entry.count)")
    }
    // `checked` compared the elements with the end of the data.
    return (0..<entry.count).map { number in
      var value: UInt64 = 0
      for byte in data[(entry.offset + number * width)..<(entry.offset + (number + 1) * width)] {
        value = value << 8 | UInt64(byte)
      }
      return value
    }
  }

  public func integer(_ tag: RPMTag, in part: Part = .region) throws(ParseError) -> UInt64? {
    try integers(tag, in: part)?.first
  }

  public func bytes(_ tag: RPMTag, in part: Part = .region) throws(ParseError) -> [UInt8]? {
    guard let entry = entry(tag, part) else { return nil }
    guard entry.type == .binary || entry.type == .character || entry.type == .int8 else {
      throw mistyped(entry, "bytes")
    }
    return Array(data[entry.offset..<entry.offset + entry.count])
  }

  /// An error at the entry of `tag`, for what is wrong with its values.
  func failure(_ tag: RPMTag, _ part: Part = .region, expected: String, found: String) -> ParseError {
    ParseError(
      file: file, offset: entry(tag, part)?.position ?? range.lowerBound, field: "tag \(tag.rawValue)",
      expected: expected, found: found)
  }

  private func mistyped(_ entry: Entry, _ wanted: String) -> ParseError {
    failure(entry, wanted, "type \(entry.type.rawValue)")
  }

  private func failure(_ entry: Entry, _ expected: String, _ found: String) -> ParseError {
    ParseError(
      file: file, offset: entry.position, field: "tag \(entry.tag.rawValue)", expected: expected, found: found)
  }
}
