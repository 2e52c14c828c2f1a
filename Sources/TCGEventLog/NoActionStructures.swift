import ByteReading

/// What the root of trust measured of one component before the TPM started. `EV_NO_ACTION`, so nothing extends it: the
/// digest of all of them together is in an `EV_EFI_HCRTM_EVENT`.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.5.3, `TCG_HCRTMComponentEvent`. Little-endian, but for the
/// measurement, which is a `TPMT_HA` where it is a digest.
public struct HCRTMComponent: Equatable, Sendable {
  static let signature = Array("H-CRTM CompMeas\0".utf8)

  public var description: [UInt8]
  /// 0: a digest (`TPMT_HA`, big-endian); 0x80: the measured data.
  public var format: UInt8
  public var measurement: [UInt8]
  public var trailing: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    _ = try reader.bytes(16, "TCG_HCRTMComponentEvent.Signature")
    let length = try reader.uint8("TCG_HCRTMComponentEvent.ComponentDescriptionSize")
    description = try reader.bytes(Int(length), "TCG_HCRTMComponentEvent.ComponentDescription")
    format = try reader.uint8("TCG_HCRTMComponentEvent.MeasurementFormatType")
    let size = try reader.uint16("TCG_HCRTMComponentEvent.ComponentMeasurementSize")
    measurement = try reader.bytes(Int(size), "TCG_HCRTMComponentEvent.ComponentMeasurement")
    trailing = reader.rest()
  }

  /// Algorithm and digest, where the measurement is one.
  public var digest: (algorithm: UInt16, bytes: [UInt8])? {
    guard format == 0, measurement.count > 2 else { return nil }
    return (UInt16(measurement[0]) << 8 | UInt16(measurement[1]), Array(measurement.dropFirst(2)))
  }
}

/// What was extended into an NV index in place of a register: of a device, or what changes on every boot. No quote of registers
/// covers it.
///
/// Source: TCG PC Client Platform Firmware Profile 1.06, section 10.4.5, `NV_INDEX_INSTANCE_EVENT_LOG_DATA` and
/// `NV_INDEX_DYNAMIC_EVENT_LOG_DATA`. Little-endian.
public struct NVIndexEvent: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    /// What a device said of itself.
    case device(SPDMDeviceEvent)
    /// Bytes that change on every boot, such as a challenge, with what they are.
    case dynamic(identifier: UInt64, description: [UInt8], data: [UInt8])
    /// An instance whose data are of a form that is not known.
    case opaque([UInt8])
  }

  static let instance = Array("NvIndexInstance\0".utf8)
  /// The specification ends the name with two NUL; edk2 writes a blank and one.
  static let dynamic = [Array("NvIndexDynamic\0\0".utf8), Array("NvIndexDynamic \0".utf8)]

  public var version: UInt16
  public var content: Content
  public var trailing: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    let signature = try reader.bytes(16, "NV_INDEX_EVENT_LOG_DATA.Signature")
    version = try reader.uint16("NV_INDEX_EVENT_LOG_DATA.Version")
    _ = try reader.bytes(6, "NV_INDEX_EVENT_LOG_DATA.Reserved")
    if Self.dynamic.contains(signature) {
      let identifier = try reader.uint64("NV_INDEX_DYNAMIC_EVENT_LOG_DATA.UID")
      let length = try reader.uint16("NV_INDEX_DYNAMIC_EVENT_LOG_DATA.DescriptionSize")
      let description = try reader.bytes(Int(length), "NV_INDEX_DYNAMIC_EVENT_LOG_DATA.Description")
      let size = try reader.uint16("NV_INDEX_DYNAMIC_EVENT_LOG_DATA.DataSize")
      content = .dynamic(
        identifier: identifier, description: description,
        data: try reader.bytes(Int(size), "NV_INDEX_DYNAMIC_EVENT_LOG_DATA.Data"))
      trailing = reader.rest()
    } else if reader.peek(15) == Array("SPDM Device Sec".utf8) {
      content = .device(try SPDMDeviceEvent(from: &reader))
      trailing = []
    } else {
      content = .opaque(reader.rest())
      trailing = []
    }
  }
}
