import ByteReading

/// What a device said of its own firmware or configuration.
///
/// Source: TCG PC Client Platform Firmware Profile 1.06, section 10.2.7, `TCG_DEVICE_SECURITY_EVENT_DATA` and its second
/// form. Little-endian.
public struct SPDMDeviceEvent: Equatable, Sendable {
  public struct Measurement: Equatable, Sendable {
    public var index: UInt8
    public var specification: UInt8
    public var data: [UInt8]
  }

  public struct PCIContext: Equatable, Sendable {
    public var vendor: UInt16
    public var device: UInt16
    public var revision: UInt8
    public var classCode: [UInt8]
    public var subsystemVendor: UInt16
    public var subsystem: UInt16
  }

  public var version: UInt16
  /// Of the first form: the algorithm of the measurement in the numbering of SPDM.
  public var hashAlgorithm: UInt32?
  /// Of the second form: 0 authenticated, 1 not asked for, 2 no signature, 3 no binding, 0xFF not possible.
  public var authenticationState: UInt8?
  /// 1 PCI, 2 USB.
  public var deviceType: UInt32
  public var measurement: Measurement?
  /// Of the second form: 0 a measurement block, 1 a chain of certificates.
  public var subheaderType: UInt32?
  public var subheaderIdentifier: UInt64?
  public var path: EFIDevicePath?
  public var pci: PCIContext?
  /// What follows and is not taken apart here.
  public var rest: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    let signature = try reader.bytes(16, "TCG_DEVICE_SECURITY_EVENT_DATA.Signature")
    rest = []
    if signature == Array("SPDM Device Sec\0".utf8) {
      version = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA.Version")
      _ = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA.Length")
      hashAlgorithm = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA.SpdmHashAlgo")
      deviceType = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA.DeviceType")
      let index = try reader.uint8("SPDM_MEASUREMENT_BLOCK.Index")
      let specification = try reader.uint8("SPDM_MEASUREMENT_BLOCK.MeasurementSpecification")
      let size = try reader.uint16("SPDM_MEASUREMENT_BLOCK.MeasurementSize")
      measurement = Measurement(
        index: index, specification: specification,
        data: try reader.bytes(Int(size), "SPDM_MEASUREMENT_BLOCK.Measurement"))
      if deviceType == 1, reader.remaining >= 18 { pci = try PCIContext(from: &reader) }
    } else if signature == Array("SPDM Device Sec2".utf8) {
      version = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA2.Version")
      authenticationState = try reader.uint8("TCG_DEVICE_SECURITY_EVENT_DATA2.AuthState")
      _ = try reader.uint8("TCG_DEVICE_SECURITY_EVENT_DATA2.Reserved")
      _ = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.Length")
      deviceType = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.DeviceType")
      subheaderType = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderType")
      _ = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderLength")
      subheaderIdentifier = try reader.uint64("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderUID")
      let length = try reader.uint64("TCG_DEVICE_SECURITY_EVENT_DATA2.DevicePathLength")
      guard length <= UInt64(reader.remaining) else {
        throw reader.failure(
          "TCG_DEVICE_SECURITY_EVENT_DATA2.DevicePath", expected: "\(length) bytes", found: "\(reader.remaining) bytes")
      }
      var nodes = try reader.slice(Int(length), "TCG_DEVICE_SECURITY_EVENT_DATA2.DevicePath")
      path = EFIDevicePath(from: &nodes)
    } else {
      throw reader.failure(
        "TCG_DEVICE_SECURITY_EVENT_DATA.Signature", expected: "SPDM Device Sec or SPDM Device Sec2",
        found: escapedText(signature), at: reader.position - 16)
    }
    rest = reader.rest()
  }
}

extension SPDMDeviceEvent.PCIContext {
  fileprivate init(from reader: inout ByteReader) throws(ParseError) {
    _ = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.Version")
    _ = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.Length")
    vendor = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.VendorId")
    device = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.DeviceId")
    revision = try reader.uint8("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.RevisionID")
    classCode = try reader.bytes(3, "TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.ClassCode").reversed()
    subsystemVendor = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.SubsystemVendorID")
    subsystem = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA_PCI_CONTEXT.SubsystemID")
  }
}
