import ByteReading

/// The partition table of the boot disk, with its used entries only.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2.4, `UEFI_GPT_DATA`; UEFI Specification 2.10,
/// section 5.3. Little-endian.
public struct PartitionTableEvent: Equatable, Sendable {
  /// `EFI PART`.
  public var signature: [UInt8]
  public var revision: UInt32
  public var headerSize: UInt32
  public var headerCRC32: UInt32
  public var myLBA: UInt64
  public var alternateLBA: UInt64
  public var firstUsableLBA: UInt64
  public var lastUsableLBA: UInt64
  public var disk: EFIGUID
  public var entryLBA: UInt64
  public var entryCount: UInt32
  public var entrySize: UInt32
  public var entriesCRC32: UInt32
  /// Four bytes stand before the count: the compiler of some firmware put them there.
  public var isPadded = false
  public var partitionCount: UInt64
  public var partitions: [Partition]
  public var trailing: [UInt8]

  public struct Partition: Equatable, Sendable {
    public var type: EFIGUID
    public var unique: EFIGUID
    public var startingLBA: UInt64
    public var endingLBA: UInt64
    public var attributes: UInt64
    /// UTF-16 code units up to the first NUL.
    public var name: [UInt16]

    init(from reader: inout ByteReader) throws(ParseError) {
      type = try EFIGUID(from: &reader, "EFI_PARTITION_ENTRY.PartitionTypeGUID")
      unique = try EFIGUID(from: &reader, "EFI_PARTITION_ENTRY.UniquePartitionGUID")
      startingLBA = try reader.uint64("EFI_PARTITION_ENTRY.StartingLBA")
      endingLBA = try reader.uint64("EFI_PARTITION_ENTRY.EndingLBA")
      attributes = try reader.uint64("EFI_PARTITION_ENTRY.Attributes")
      name = []
      for _ in 0..<36 {
        let unit = try reader.uint16("EFI_PARTITION_ENTRY.PartitionName")
        if unit == 0 { break }
        name.append(unit)
      }
    }
  }

  init(from reader: inout ByteReader) throws(ParseError) {
    signature = try reader.bytes(8, "EFI_PARTITION_TABLE_HEADER.Signature")
    revision = try reader.uint32("EFI_PARTITION_TABLE_HEADER.Revision")
    headerSize = try reader.uint32("EFI_PARTITION_TABLE_HEADER.HeaderSize")
    headerCRC32 = try reader.uint32("EFI_PARTITION_TABLE_HEADER.HeaderCRC32")
    _ = try reader.uint32("EFI_PARTITION_TABLE_HEADER.Reserved")
    myLBA = try reader.uint64("EFI_PARTITION_TABLE_HEADER.MyLBA")
    alternateLBA = try reader.uint64("EFI_PARTITION_TABLE_HEADER.AlternateLBA")
    firstUsableLBA = try reader.uint64("EFI_PARTITION_TABLE_HEADER.FirstUsableLBA")
    lastUsableLBA = try reader.uint64("EFI_PARTITION_TABLE_HEADER.LastUsableLBA")
    disk = try EFIGUID(from: &reader, "EFI_PARTITION_TABLE_HEADER.DiskGUID")
    entryLBA = try reader.uint64("EFI_PARTITION_TABLE_HEADER.PartitionEntryLBA")
    entryCount = try reader.uint32("EFI_PARTITION_TABLE_HEADER.NumberOfPartitionEntries")
    let sizePosition = reader.position
    entrySize = try reader.uint32("EFI_PARTITION_TABLE_HEADER.SizeOfPartitionEntry")
    entriesCRC32 = try reader.uint32("EFI_PARTITION_TABLE_HEADER.PartitionEntryArrayCRC32")
    if Self.isPadded(reader, entrySize: entrySize) {
      _ = try reader.uint32("UEFI_GPT_DATA")
      isPadded = true
    }
    let countPosition = reader.position
    partitionCount = try reader.uint64("UEFI_GPT_DATA.NumberOfPartitions")
    partitions = []
    guard entrySize >= 128 || partitionCount == 0 else {
      throw reader.failure(
        "EFI_PARTITION_TABLE_HEADER.SizeOfPartitionEntry", expected: "at least 128", found: "\(entrySize)",
        at: sizePosition)
    }
    // Division before comparison: the product could wrap.
    if partitionCount > 0, partitionCount > UInt64(reader.remaining) / UInt64(entrySize) {
      throw reader.failure(
        "UEFI_GPT_DATA.NumberOfPartitions", expected: "\(partitionCount) entries of \(entrySize) bytes",
        found: "\(reader.remaining) bytes", at: countPosition)
    }
    for _ in 0..<partitionCount {
      var entry = try reader.slice(Int(entrySize), "UEFI_GPT_DATA.Partitions")
      partitions.append(try Partition(from: &entry))
    }
    trailing = reader.rest()
  }

  /// Whether the count fits only behind four zeros, and fills the data to their end there.
  private static func isPadded(_ reader: ByteReader, entrySize: UInt32) -> Bool {
    guard entrySize >= 128, let head = reader.peek(12), head.prefix(4).allSatisfy({ $0 == 0 }) else { return false }
    let count = head.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let room = UInt64(reader.remaining - 12)
    return count > 0 && room.isMultiple(of: UInt64(entrySize)) && room / UInt64(entrySize) == count
  }
}
