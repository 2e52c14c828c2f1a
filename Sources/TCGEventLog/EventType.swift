/// What a log says an event is. No digest covers the type: it is a claim until the digest bears it out.
///
/// Source: TCG PC Client Platform Firmware Profile 1.06, section 10.4.1, table of event types; vendor numbers as met
/// in real logs.
public struct EventType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  init(_ rawValue: UInt32) { self.rawValue = rawValue }

  public static let prebootCertificate = Self(0x00)
  public static let postCode = Self(0x01)
  public static let unused = Self(0x02)
  public static let noAction = Self(0x03)
  public static let separator = Self(0x04)
  public static let action = Self(0x05)
  public static let eventTag = Self(0x06)
  public static let sCRTMContents = Self(0x07)
  public static let sCRTMVersion = Self(0x08)
  public static let cpuMicrocode = Self(0x09)
  public static let platformConfigFlags = Self(0x0a)
  public static let tableOfDevices = Self(0x0b)
  public static let compactHash = Self(0x0c)
  public static let ipl = Self(0x0d)
  public static let iplPartitionData = Self(0x0e)
  public static let nonhostCode = Self(0x0f)
  public static let nonhostConfig = Self(0x10)
  public static let nonhostInfo = Self(0x11)
  public static let omitBootDeviceEvents = Self(0x12)
  public static let postCode2 = Self(0x13)

  public static let efiVariableDriverConfig = Self(0x8000_0001)
  public static let efiVariableBoot = Self(0x8000_0002)
  public static let efiBootServicesApplication = Self(0x8000_0003)
  public static let efiBootServicesDriver = Self(0x8000_0004)
  public static let efiRuntimeServicesDriver = Self(0x8000_0005)
  public static let efiGPTEvent = Self(0x8000_0006)
  public static let efiAction = Self(0x8000_0007)
  public static let efiPlatformFirmwareBlob = Self(0x8000_0008)
  public static let efiHandoffTables = Self(0x8000_0009)
  public static let efiPlatformFirmwareBlob2 = Self(0x8000_000a)
  public static let efiHandoffTables2 = Self(0x8000_000b)
  public static let efiVariableBoot2 = Self(0x8000_000c)
  public static let efiGPTEvent2 = Self(0x8000_000d)
  public static let efiHCRTMEvent = Self(0x8000_0010)
  public static let efiVariableAuthority = Self(0x8000_00e0)
  public static let efiSPDMFirmwareBlob = Self(0x8000_00e1)
  public static let efiSPDMFirmwareConfig = Self(0x8000_00e2)
  public static let efiSPDMDevicePolicy = Self(0x8000_00e3)
  public static let efiSPDMDeviceAuthority = Self(0x8000_00e4)

  /// In place of a type, where a record of a Canonical Event Log is of another kind than the profile's events.
  public static let outsideProfile = Self(0xffff_ffff)

  /// Vendor numbers seen in real logs; what they mean is not published.
  public static let vendor8401 = Self(0x8401)
  public static let vendor10000000 = Self(0x1000_0000)

  /// The standard's name, for example `EV_SEPARATOR`; a number such as `0x8401` when the standard has none.
  public var name: String { Self.names[self] ?? "0x" + String(rawValue, radix: 16) }

  /// The type of a standard's name, in capitals or not; nil for any other text.
  public init?(name: String) {
    guard let known = Self.numbers[name.uppercased()] else { return nil }
    self = known
  }

  /// Whether the standard or a known vendor uses this number.
  public var isKnown: Bool { Self.names[self] != nil || self == .vendor8401 || self == .vendor10000000 }

  private static let numbers = Dictionary(names.map { ($0.value, $0.key) }) { first, _ in first }

  private static let names: [Self: String] = [
    .prebootCertificate: "EV_PREBOOT_CERT",
    .postCode: "EV_POST_CODE",
    .unused: "EV_UNUSED",
    .noAction: "EV_NO_ACTION",
    .separator: "EV_SEPARATOR",
    .action: "EV_ACTION",
    .eventTag: "EV_EVENT_TAG",
    .sCRTMContents: "EV_S_CRTM_CONTENTS",
    .sCRTMVersion: "EV_S_CRTM_VERSION",
    .cpuMicrocode: "EV_CPU_MICROCODE",
    .platformConfigFlags: "EV_PLATFORM_CONFIG_FLAGS",
    .tableOfDevices: "EV_TABLE_OF_DEVICES",
    .compactHash: "EV_COMPACT_HASH",
    .ipl: "EV_IPL",
    .iplPartitionData: "EV_IPL_PARTITION_DATA",
    .nonhostCode: "EV_NONHOST_CODE",
    .nonhostConfig: "EV_NONHOST_CONFIG",
    .nonhostInfo: "EV_NONHOST_INFO",
    .omitBootDeviceEvents: "EV_OMIT_BOOT_DEVICE_EVENTS",
    .postCode2: "EV_POST_CODE2",
    .efiVariableDriverConfig: "EV_EFI_VARIABLE_DRIVER_CONFIG",
    .efiVariableBoot: "EV_EFI_VARIABLE_BOOT",
    .efiBootServicesApplication: "EV_EFI_BOOT_SERVICES_APPLICATION",
    .efiBootServicesDriver: "EV_EFI_BOOT_SERVICES_DRIVER",
    .efiRuntimeServicesDriver: "EV_EFI_RUNTIME_SERVICES_DRIVER",
    .efiGPTEvent: "EV_EFI_GPT_EVENT",
    .efiAction: "EV_EFI_ACTION",
    .efiPlatformFirmwareBlob: "EV_EFI_PLATFORM_FIRMWARE_BLOB",
    .efiHandoffTables: "EV_EFI_HANDOFF_TABLES",
    .efiPlatformFirmwareBlob2: "EV_EFI_PLATFORM_FIRMWARE_BLOB2",
    .efiHandoffTables2: "EV_EFI_HANDOFF_TABLES2",
    .efiVariableBoot2: "EV_EFI_VARIABLE_BOOT2",
    .efiGPTEvent2: "EV_EFI_GPT_EVENT2",
    .efiHCRTMEvent: "EV_EFI_HCRTM_EVENT",
    .efiVariableAuthority: "EV_EFI_VARIABLE_AUTHORITY",
    .efiSPDMFirmwareBlob: "EV_EFI_SPDM_FIRMWARE_BLOB",
    .efiSPDMFirmwareConfig: "EV_EFI_SPDM_FIRMWARE_CONFIG",
    .efiSPDMDevicePolicy: "EV_EFI_SPDM_DEVICE_POLICY",
    .efiSPDMDeviceAuthority: "EV_EFI_SPDM_DEVICE_AUTHORITY",
  ].merging(dynamicLaunchEventNames.map { (Self($0.number), $0.name) }) { first, _ in first }
}

extension EventType: CustomStringConvertible {
  public var description: String { name }
}
