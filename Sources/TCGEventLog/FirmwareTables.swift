import ByteReading

/// Firmware code in memory: where it lay, and how long it was. Its digest is of that code.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2.5, `UEFI_PLATFORM_FIRMWARE_BLOB` and
/// `UEFI_PLATFORM_FIRMWARE_BLOB2`. Little-endian, unaligned.
public struct FirmwareBlob: Equatable, Sendable {
  /// Only in the second form; often a text.
  public var description: [UInt8]?
  public var base: UInt64
  public var byteCount: UInt64

  init(from reader: inout ByteReader) throws(ParseError) {
    base = try reader.uint64("UEFI_PLATFORM_FIRMWARE_BLOB.BlobBase")
    byteCount = try reader.uint64("UEFI_PLATFORM_FIRMWARE_BLOB.BlobLength")
    try reader.expectEnd(of: "UEFI_PLATFORM_FIRMWARE_BLOB")
  }

  init(secondFrom reader: inout ByteReader) throws(ParseError) {
    let size = try reader.uint8("UEFI_PLATFORM_FIRMWARE_BLOB2.BlobDescriptionSize")
    description = try reader.bytes(Int(size), "UEFI_PLATFORM_FIRMWARE_BLOB2.BlobDescription")
    base = try reader.uint64("UEFI_PLATFORM_FIRMWARE_BLOB2.BlobBase")
    byteCount = try reader.uint64("UEFI_PLATFORM_FIRMWARE_BLOB2.BlobLength")
    try reader.expectEnd(of: "UEFI_PLATFORM_FIRMWARE_BLOB2")
  }
}

/// Tables that firmware hands to the operating system. The digest is of the tables.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2.5, `UEFI_HANDOFF_TABLE_POINTERS` and
/// `UEFI_HANDOFF_TABLE_POINTERS2`. Little-endian.
public struct HandoffTables: Equatable, Sendable {
  public struct Table: Equatable, Sendable {
    public var vendor: EFIGUID
    public var address: UInt64
  }

  /// Only in the second form; often a text.
  public var description: [UInt8]?
  public var tables: [Table]

  init(from reader: inout ByteReader, hasDescription: Bool) throws(ParseError) {
    if hasDescription {
      let size = try reader.uint8("UEFI_HANDOFF_TABLE_POINTERS2.TableDescriptionSize")
      description = try reader.bytes(Int(size), "UEFI_HANDOFF_TABLE_POINTERS2.TableDescription")
    }
    let start = reader.position
    let count = try reader.uint64("UEFI_HANDOFF_TABLE_POINTERS.NumberOfTables")
    guard count <= UInt64(reader.remaining / 24) else {
      throw reader.failure(
        "UEFI_HANDOFF_TABLE_POINTERS.NumberOfTables", expected: "\(count) entries of 24 bytes",
        found: "\(reader.remaining) bytes", at: start)
    }
    tables = []
    for _ in 0..<count {
      tables.append(
        Table(
          vendor: try EFIGUID(from: &reader, "EFI_CONFIGURATION_TABLE.VendorGuid"),
          address: try reader.uint64("EFI_CONFIGURATION_TABLE.VendorTable")))
    }
    try reader.expectEnd(of: "UEFI_HANDOFF_TABLE_POINTERS")
  }
}
