import ByteReading

/// The part of a disk's first sector that is no code: bytes 0x1B8 to 0x1FF. 72 bytes, little-endian.
///
/// Source: TCG PC Client Specific Implementation Specification for Conventional BIOS 1.21, `EV_IPL_PARTITION_DATA`; UEFI Specification 2.10, section 5.2.1.
public struct MasterBootRecord: Equatable, Sendable {
  /// `UniqueMBRDiskSignature`.
  public var diskSignature: UInt32
  public var unknown: UInt16
  /// All four, used or not.
  public var partitions: [Partition]

  public struct Partition: Equatable, Sendable {
    /// 0x80 for the one that is started.
    public var bootIndicator: UInt8
    /// Head, sector and track.
    public var start: [UInt8]
    /// 0 for an entry that is not used, 0xEE for one that protects a GPT.
    public var type: UInt8
    /// Head, sector and track.
    public var end: [UInt8]
    public var startingLBA: UInt32
    /// In blocks.
    public var blockCount: UInt32

    init(from reader: inout ByteReader) throws(ParseError) {
      bootIndicator = try reader.uint8("MASTER_BOOT_RECORD.BootIndicator")
      start = try reader.bytes(3, "MASTER_BOOT_RECORD.StartingCHS")
      type = try reader.uint8("MASTER_BOOT_RECORD.OSType")
      end = try reader.bytes(3, "MASTER_BOOT_RECORD.EndingCHS")
      startingLBA = try reader.uint32("MASTER_BOOT_RECORD.StartingLBA")
      blockCount = try reader.uint32("MASTER_BOOT_RECORD.SizeInLBA")
    }
  }

  private static let byteCount = 72
  private static let signature: [UInt8] = [0x55, 0xaa]

  /// nil when the data have another length or do not close with the sector's signature.
  static func ending(_ data: [UInt8], from reader: inout ByteReader) throws(ParseError) -> MasterBootRecord? {
    guard data.count == byteCount, data.suffix(2) == signature[...] else { return nil }
    return try MasterBootRecord(from: &reader)
  }

  private init(from reader: inout ByteReader) throws(ParseError) {
    diskSignature = try reader.uint32("MASTER_BOOT_RECORD.UniqueMBRDiskSignature")
    unknown = try reader.uint16("MASTER_BOOT_RECORD.Unknown")
    partitions = []
    for _ in 0..<4 { partitions.append(try Partition(from: &reader)) }
    try reader.skip(2, "MASTER_BOOT_RECORD.Signature")
  }
}
