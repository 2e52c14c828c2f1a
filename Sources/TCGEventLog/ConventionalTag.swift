import ByteReading

/// The tags of firmware that is no UEFI.
///
/// Source: TCG PC Client Specific Implementation Specification for Conventional BIOS 1.21, section 11.3.4; the list of Linux,
/// `drivers/char/tpm/eventlog/tpm1.c`.
enum ConventionalTag {
  static let optionROM: UInt32 = 7

  static let names: [UInt32: String] = [
    1: "SMBIOS structure", 2: "BIS certificate", 3: "POST BIOS ROM", 4: "ESCD", 5: "CMOS", 6: "NVRAM",
    7: "Option ROM", 8: "Option ROM configuration", 10: "Option ROM microcode", 11: "S-CRTM version",
    12: "S-CRTM contents", 13: "POST contents", 14: "Table of devices",
  ]

  /// Tags that Linux or SeaBIOS read or write as a digest of SHA-1, when they have its length.
  static let digests: Set<UInt32> = [1, 3, 4, 10, 12, 13]
}

/// The code of an adapter that the firmware ran. 24 bytes, little-endian.
///
/// Source: TCG PC Client Specific Implementation Specification for Conventional BIOS 1.21, section 11.3.4, "Option ROM Execute";
/// SeaBIOS, `src/std/tcg.h`, `struct pcctes_romex`.
public struct OptionROM: Equatable, Sendable {
  public var reserved: UInt16
  /// The adapter's address on PCI: bus in the upper byte, then five bits of the device and three of the function.
  public var address: UInt16
  /// SHA-1 of the code, 20 bytes.
  public var digest: [UInt8]

  static let byteCount = 24

  init(from reader: inout ByteReader) throws(ParseError) {
    reserved = try reader.uint16("OPTION_ROM_EXECUTE.Reserved")
    address = try reader.uint16("OPTION_ROM_EXECUTE.PFA")
    digest = try reader.bytes(20, "OPTION_ROM_EXECUTE.OptionROMDigest")
  }

  /// `00:19.0`: bus, device and function.
  public var addressText: String {
    let device = hexText([UInt8(address >> 3 & 0x1f)])
    return "\(hexText([UInt8(address >> 8)])):\(device).\(address & 7)"
  }
}
