import ByteReading

/// `Packages.db`, rpm's own database format of SUSE: slots that point to blobs, one header each.
///
/// Blobs that cannot be read are problems; the others are kept.
///
/// Source: rpm, lib/backend/ndb/rpmpkg.c.
public struct NDBDatabase: Equatable, Sendable {
  public struct Blob: Equatable, Sendable {
    /// Number of the package, from 1.
    public var package: UInt32
    /// Place of the header in the file.
    public var range: Range<Int>
  }

  /// In the order of their places.
  public var blobs: [Blob] = []
  public var problems: [ParseError] = []

  public static let magic: [UInt8] = Array("RpmP".utf8)

  private static let pageByteCount = 4096
  private static let blockByteCount = 16
  private static let headByteCount = 16
  private static let tailByteCount = 12

  private struct Slot {
    var position: Int
    var package: UInt32
    var firstBlock: Int
    var blockCount: Int
  }

  /// Throws when there is no database or its slots cannot be read.
  public init(_ bytes: [UInt8], file: String) throws(ParseError) {
    let slots = try bytes.read(file: file, byteOrder: .littleEndian) { (reader) throws(ParseError) in
      try Self.slots(&reader)
    }
    var numbers: Set<UInt32> = []
    for slot in slots.sorted(by: { ($0.firstBlock, $0.position) < ($1.firstBlock, $1.position) }) {
      do throws(ParseError) {
        let blob = try Self.blob(slot, bytes, file)
        guard numbers.insert(blob.package).inserted, (blobs.last?.range.upperBound ?? 0) <= blob.range.lowerBound else {
          throw ParseError(
            file: file, offset: slot.position, field: "slot", expected: "a package and place of its own",
            found: "those of another slot")
        }
        blobs.append(blob)
      } catch {
        problems.append(error)
      }
    }
  }

  private static func slots(_ reader: inout ByteReader) throws(ParseError) -> [Slot] {
    let total = reader.remaining
    // `RpmP` in the order of the file.
    try reader.expect(0x506d_7052, "database.magic")
    try reader.expect(0, "database.version")
    _ = try reader.uint32("database.generation")
    let position = reader.position
    let pages = try reader.uint32("database.slotnpages")
    guard let pageCount = Int(exactly: pages), pageCount >= 1, pageCount <= total / pageByteCount else {
      throw reader.failure(
        "database.slotnpages", expected: "1 to \(total / pageByteCount)", found: "\(pages)", at: position)
    }
    // The number of the next package, and padding up to two slots.
    try reader.skip(32 - 16, "database.header")
    var slots: [Slot] = []
    while reader.position < pageCount * pageByteCount {
      let position = reader.position
      try reader.expect(0x746f_6c53, "slot.magic")
      let package = try reader.uint32("slot.pkgidx")
      let first = try reader.uint32("slot.blkoff")
      let count = try reader.uint32("slot.blkcnt")
      // An unused slot has no place.
      if first != 0 {
        slots.append(Slot(position: position, package: package, firstBlock: Int(first), blockCount: Int(count)))
      }
    }
    return slots
  }

  /// Checks a blob's frame and checksum.
  private static func blob(_ slot: Slot, _ bytes: [UInt8], _ file: String) throws(ParseError) -> Blob {
    func fault(_ field: String, _ expected: String, _ found: String) -> ParseError {
      ParseError(file: file, offset: slot.position, field: field, expected: expected, found: found)
    }
    let start = slot.firstBlock * blockByteCount
    let byteCount = slot.blockCount * blockByteCount
    guard byteCount >= headByteCount + tailByteCount, start <= bytes.count, byteCount <= bytes.count - start else {
      throw fault("slot", "blocks inside of the file", "\(slot.blockCount) from \(slot.firstBlock)")
    }
    let whole = Array(bytes[start..<start + byteCount])
    return try whole.read(file: file, byteOrder: .littleEndian, base: start) { (reader) throws(ParseError) in
      try reader.expect(0x5362_6c42, "blob.magic")
      try reader.expect(slot.package, "blob.pkgidx")
      _ = try reader.uint32("blob.timestamp")
      let length = try reader.uint32("blob.bloblen")
      guard let count = Int(exactly: length), count <= byteCount - headByteCount - tailByteCount else {
        throw fault("blob.bloblen", "at most \(byteCount - headByteCount - tailByteCount)", "\(length)")
      }
      let range = try reader.skip(count, "blob")
      try reader.skip(reader.remaining - tailByteCount, "blob.padding")
      try reader.expect(adler32(whole.dropLast(tailByteCount)), "blob.adler32")
      try reader.expect(length, "blob.bloblen")
      try reader.expect(0x4562_6c42, "blob.tail")
      return Blob(package: slot.package, range: range)
    }
  }
}

/// Source: RFC 1950, section 8.2.
func adler32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var low: UInt32 = 1
  var high: UInt32 = 0
  var rest = bytes
  while !rest.isEmpty {
    // As many bytes as the sums hold without overflow.
    for byte in rest.prefix(5552) {
      low &+= UInt32(byte)
      high &+= low
    }
    low %= 65521
    high %= 65521
    rest = rest.dropFirst(5552)
  }
  return high << 16 | low
}
