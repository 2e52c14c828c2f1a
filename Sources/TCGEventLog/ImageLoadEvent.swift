import ByteReading

/// A program that firmware loaded. Its digest is the Authenticode hash of the file; all this is a claim.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2.3, `UEFI_IMAGE_LOAD_EVENT`. Little-endian.
public struct ImageLoadEvent: Equatable, Sendable {
  public var location: UInt64
  public var byteCount: UInt64
  public var linkTimeAddress: UInt64
  public var devicePathLength: UInt64
  public var path: EFIDevicePath
  /// Bytes behind the path.
  public var trailing: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    location = try reader.uint64("UEFI_IMAGE_LOAD_EVENT.ImageLocationInMemory")
    byteCount = try reader.uint64("UEFI_IMAGE_LOAD_EVENT.ImageLengthInMemory")
    linkTimeAddress = try reader.uint64("UEFI_IMAGE_LOAD_EVENT.ImageLinkTimeAddress")
    devicePathLength = try reader.uint64("UEFI_IMAGE_LOAD_EVENT.LengthOfDevicePath")
    guard devicePathLength <= UInt64(reader.remaining) else {
      throw reader.failure(
        "UEFI_IMAGE_LOAD_EVENT.DevicePath", expected: "\(devicePathLength) bytes", found: "\(reader.remaining) bytes")
    }
    var nodes = try reader.slice(Int(devicePathLength), "UEFI_IMAGE_LOAD_EVENT.DevicePath")
    path = EFIDevicePath(from: &nodes)
    trailing = reader.rest()
  }
}
