import ByteReading

/// Where the manufacturer's reference measurements of this platform are to be found. No digest covers it.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.5.2, `TCG_Sp800_155_PlatformId_Event` and its second
/// and third form. Little-endian; a text is a length of one byte and the bytes, with a NUL.
public struct ReferenceManifestPointer: Equatable, Sendable {
  public struct Locator: Equatable, Sendable {
    /// 0 a raw object, 1 a URI, 2 a device path, 3 a UEFI variable.
    public var kind: UInt32
    public var data: [UInt8]

    /// The variable of kind 3; nil for another kind, or when the data are no GUID and name.
    public var variable: Variable? { kind == 3 ? Variable(data) : nil }
    /// The path of kind 2; nil for another kind.
    public var path: EFIDevicePath? {
      guard kind == 2 else { return nil }
      return data.read(file: "", byteOrder: .littleEndian) { EFIDevicePath(from: &$0) }
    }
  }

  /// The vendor's GUID, then the name in UTF-16 with its NUL.
  public struct Variable: Equatable, Sendable {
    public var vendor: EFIGUID
    /// UTF-16 code units without the closing NUL.
    public var name: [UInt16]
    /// Bytes behind the NUL.
    public var trailing: [UInt8]

    fileprivate init?(_ data: [UInt8]) {
      guard let vendor = EFIGUID(data.prefix(16)) else { return nil }
      let text = data.dropFirst(16)
      let units = stride(from: text.startIndex, to: text.endIndex - 1, by: 2).map {
        UInt16(text[$0]) | UInt16(text[$0 + 1]) << 8
      }
      guard let end = units.firstIndex(of: 0), end > 0 else { return nil }
      self.vendor = vendor
      name = Array(units[..<end])
      trailing = Array(text.dropFirst(2 * (end + 1)))
    }
  }

  /// 1, 2 or 3.
  public var version: Int
  public var vendorID: UInt32
  public var manifest: EFIGUID
  /// From here on only in forms 2 and 3.
  public var platformManufacturer: [UInt8]?
  public var platformModel: [UInt8]?
  public var platformVersion: [UInt8]?
  public var firmwareManufacturer: [UInt8]?
  public var firmwareManufacturerID: UInt32?
  public var firmwareVersion: [UInt8]?
  /// Only in form 3.
  public var manifestLocator: Locator?
  public var certificateLocator: Locator?
  public var trailing: [UInt8]

  /// 16 bytes each.
  static let signatures = ["SP800-155 Event\0", "SP800-155 Event2", "SP800-155 Event3"].map { Array($0.utf8) }

  init(from reader: inout ByteReader, version: Int) throws(ParseError) {
    func text(_ field: String) throws(ParseError) -> [UInt8] {
      let size = try reader.uint8("Sp800_155_PlatformId.\(field)Size")
      return try reader.bytes(Int(size), "Sp800_155_PlatformId.\(field)")
    }
    func locator(_ field: String) throws(ParseError) -> Locator {
      let kind = try reader.uint32("Sp800_155_PlatformId.\(field)Type")
      let size = try reader.uint32("Sp800_155_PlatformId.\(field)Length")
      return Locator(kind: kind, data: try reader.bytes(Int(size), "Sp800_155_PlatformId.\(field)"))
    }
    _ = try reader.skip(16, "Sp800_155_PlatformId.Signature")
    self.version = version
    vendorID = try reader.uint32("Sp800_155_PlatformId.PlatformManufacturerId")
    manifest = try EFIGUID(from: &reader, "Sp800_155_PlatformId.ReferenceManifestGuid")
    trailing = []
    if version >= 2 {
      platformManufacturer = try text("PlatformManufacturerStr")
      platformModel = try text("PlatformModel")
      platformVersion = try text("PlatformVersion")
      firmwareManufacturer = try text("FirmwareManufacturerStr")
      firmwareManufacturerID = try reader.uint32("Sp800_155_PlatformId.FirmwareManufacturerId")
      firmwareVersion = try text("FirmwareVersion")
    }
    if version >= 3 {
      manifestLocator = try locator("RimLocator")
      certificateLocator = try locator("PlatformCertLocator")
    }
    trailing = reader.rest()
  }
}
