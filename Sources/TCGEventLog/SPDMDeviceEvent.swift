import ByteReading

/// What a device said of its own firmware or configuration.
///
/// Source: TCG PC Client Platform Firmware Profile 1.06, section 10.2.7, `TCG_DEVICE_SECURITY_EVENT_DATA` and its second
/// form; DMTF DSP0274, sections 10.6.1 (chains of certificates) and 10.11.1 (measurement blocks). Little-endian.
public struct SPDMDeviceEvent: Equatable, Sendable {
  public struct Measurement: Equatable, Sendable {
    public var index: UInt8
    public var specification: UInt8
    public var data: [UInt8]

    /// What the data say in DMTF's format; nil when they are of another, or not as long as they say.
    public var value: MeasurementValue? { specification == 1 ? MeasurementValue(data) : nil }
  }

  /// Source: DMTF DSP0274 1.3, section 10.11.1.1, "DMTF specification for the Measurement field of a measurement block".
  /// A byte of type, a length of two bytes, and the value. Little-endian.
  public struct MeasurementValue: Equatable, Sendable {
    /// Bits 0 to 6 of `DMTFSpecMeasurementValueType`.
    public var type: UInt8
    /// Bit 7: the value is what was measured itself, and not its digest.
    public var isRaw: Bool
    public var bytes: [UInt8]

    fileprivate init?(_ data: [UInt8]) {
      guard data.count >= 3, Int(data[1]) | Int(data[2]) << 8 == data.count - 3 else { return nil }
      type = data[0] & 0x7f
      isRaw = data[0] & 0x80 != 0
      bytes = Array(data.dropFirst(3))
    }

    /// In the standard's words; nil for a type that it reserves.
    public var typeName: String? {
      let names = [
        "immutable ROM", "mutable firmware", "hardware configuration", "firmware configuration",
        "freeform measurement manifest", "device mode", "version of mutable firmware",
        "security version of mutable firmware", "hash-extended measurement", "informational",
        "structured measurement manifest",
      ]
      return Int(type) < names.count ? names[Int(type)] : nil
    }
  }

  public struct PCIContext: Equatable, Sendable {
    public var vendor: UInt16
    public var device: UInt16
    public var revision: UInt8
    public var classCode: [UInt8]
    public var subsystemVendor: UInt16
    public var subsystem: UInt16
  }

  /// The certificates that a device proved itself with.
  public struct CertificateChain: Equatable, Sendable {
    public var slot: UInt8
    /// In the numbering of SPDM: 1 SHA-256, 2 SHA-384, 4 SHA-512, 8 to 32 those of SHA-3.
    public var hashAlgorithm: UInt32
    /// Of the root certificate; empty where the length of the hash is not known.
    public var rootHash: [UInt8]
    /// One certificate in DER behind the other.
    public var certificates: [UInt8]
  }

  public var version: UInt16
  /// The algorithm of the measurements in the numbering of SPDM.
  public var hashAlgorithm: UInt32?
  /// Of the second form: 0 authenticated, 1 not asked for, 2 nothing binds the certificate to the device, 3 no signature, 4 one that is
  /// not valid, 0xFF a device without SPDM.
  public var authenticationState: UInt8?
  /// 0 not said, 1 PCI, 2 USB.
  public var deviceType: UInt32
  public var measurements: [Measurement]
  public var certificateChain: CertificateChain?
  /// Of the second form: 0 measurement blocks, 1 a chain of certificates.
  public var subheaderType: UInt32?
  public var subheaderIdentifier: UInt64?
  public var path: EFIDevicePath?
  public var pci: PCIContext?
  /// What follows and is not taken apart here: what is known of a USB device, and other subheaders.
  public var rest: [UInt8]

  init(from reader: inout ByteReader) throws(ParseError) {
    let signature = try reader.bytes(16, "TCG_DEVICE_SECURITY_EVENT_DATA.Signature")
    (rest, measurements) = ([], [])
    if signature == Array("SPDM Device Sec\0".utf8) {
      version = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA.Version")
      _ = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA.Length")
      hashAlgorithm = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA.SpdmHashAlgo")
      deviceType = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA.DeviceType")
      measurements = [try Measurement(from: &reader)]
      path = try Self.path(from: &reader)
    } else if signature == Array("SPDM Device Sec2".utf8) {
      version = try reader.uint16("TCG_DEVICE_SECURITY_EVENT_DATA2.Version")
      authenticationState = try reader.uint8("TCG_DEVICE_SECURITY_EVENT_DATA2.AuthState")
      _ = try reader.uint8("TCG_DEVICE_SECURITY_EVENT_DATA2.Reserved")
      _ = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.Length")
      deviceType = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.DeviceType")
      let kind = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderType")
      subheaderType = kind
      let size = try reader.uint32("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderLength")
      subheaderIdentifier = try reader.uint64("TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeaderUID")
      path = try Self.path(from: &reader)
      // Behind a device that did not answer stands no subheader, whatever its length says.
      guard !reader.isAtEnd else { return }
      var subheader = try reader.slice(Int(size), "TCG_DEVICE_SECURITY_EVENT_DATA2.SubHeader")
      try readSubheader(kind, from: &subheader)
      rest = subheader.rest()
    } else {
      throw reader.failure(
        "TCG_DEVICE_SECURITY_EVENT_DATA.Signature", expected: "SPDM Device Sec or SPDM Device Sec2",
        found: escapedText(signature), at: reader.position - 16)
    }
    if deviceType == 1, !reader.isAtEnd { pci = try PCIContext(from: &reader) }
    rest += reader.rest()
  }

  private static func path(from reader: inout ByteReader) throws(ParseError) -> EFIDevicePath {
    let length = try reader.uint64("TCG_DEVICE_SECURITY_EVENT_DATA.DevicePathLength")
    guard length <= UInt64(reader.remaining) else {
      throw reader.failure(
        "TCG_DEVICE_SECURITY_EVENT_DATA.DevicePath", expected: "\(length) bytes", found: "\(reader.remaining) bytes")
    }
    var nodes = try reader.slice(Int(length), "TCG_DEVICE_SECURITY_EVENT_DATA.DevicePath")
    return EFIDevicePath(from: &nodes)
  }

  private mutating func readSubheader(_ kind: UInt32, from reader: inout ByteReader) throws(ParseError) {
    guard kind < 2 else { return }
    let name = kind == 0 ? "SPDM_MEASUREMENT_BLOCK" : "SPDM_CERT_CHAIN"
    _ = try reader.uint16("\(name).SpdmVersion")
    let number = try reader.uint8(kind == 0 ? "\(name).SpdmMeasurementBlockCount" : "\(name).SpdmSlotId")
    _ = try reader.uint8("\(name).Reserved")
    let algorithm = try reader.uint32(kind == 0 ? "\(name).SpdmMeasurementHashAlgo" : "\(name).SpdmBaseHashAlgo")
    guard kind == 1 else {
      hashAlgorithm = algorithm
      for _ in 0..<number { measurements.append(try Measurement(from: &reader)) }
      return
    }
    _ = try reader.uint16("SPDM_CERT_CHAIN.Length")
    _ = try reader.uint16("SPDM_CERT_CHAIN.Reserved")
    let hashSize = [1: 32, 2: 48, 4: 64, 8: 32, 16: 48, 32: 64][algorithm] ?? 0
    let hash = try reader.bytes(hashSize, "SPDM_CERT_CHAIN.RootHash")
    certificateChain = CertificateChain(
      slot: number, hashAlgorithm: algorithm, rootHash: hash, certificates: reader.rest())
  }
}

extension SPDMDeviceEvent.Measurement {
  fileprivate init(from reader: inout ByteReader) throws(ParseError) {
    index = try reader.uint8("SPDM_MEASUREMENT_BLOCK.Index")
    specification = try reader.uint8("SPDM_MEASUREMENT_BLOCK.MeasurementSpecification")
    let size = try reader.uint16("SPDM_MEASUREMENT_BLOCK.MeasurementSize")
    data = try reader.bytes(Int(size), "SPDM_MEASUREMENT_BLOCK.Measurement")
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
