import ByteReading

/// A GUID as UEFI stores it: the first three fields are little-endian, the last eight bytes stand in order.
///
/// Source: UEFI Specification 2.10, appendix A.
public struct EFIGUID: Hashable, Sendable {
  /// The 16 bytes as they stand.
  public var bytes: [UInt8]

  /// nil unless there are 16 bytes.
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  init(from reader: inout ByteReader, _ field: @autoclosure () -> String) throws(ParseError) {
    bytes = try reader.bytes(16, field())
  }

  /// Lower-case digits in groups of 8, 4, 4, 4 and 12.
  public var text: String {
    let groups = [
      Array(bytes[0..<4].reversed()), Array(bytes[4..<6].reversed()), Array(bytes[6..<8].reversed()),
      Array(bytes[8..<10]), Array(bytes[10..<16]),
    ]
    return groups.map { hexText($0) }.joined(separator: "-")
  }

  /// What specifications call it; nil for one that we do not know.
  public var name: String? { Self.names[text] }

  private static let names: [String: String] = [
    "00000000-0000-0000-0000-000000000000": "none",
    // Vendors of variables.
    "8be4df61-93ca-11d2-aa0d-00e098032b8c": "EFI_GLOBAL_VARIABLE",
    "d719b2cb-3d3a-4596-a3bc-dad00e67656f": "EFI_IMAGE_SECURITY_DATABASE",
    "605dab50-e046-4300-abb6-3dd810dd8b23": "shim",
    "77fa9abd-0359-4d32-bd60-28f4e78f784b": "Microsoft",
    "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f": "systemd-boot",
    // Kinds of signatures.
    "a5c059a1-94e4-4aa7-87b5-ab155c2bf072": "EFI_CERT_X509",
    "c1c41626-504c-4092-aca9-41f936934328": "EFI_CERT_SHA256",
    "826ca512-cf10-4ac9-b187-be01496631bd": "EFI_CERT_SHA1",
    "0b6e5233-a65c-44c9-9407-d9ab83bfc8bd": "EFI_CERT_SHA224",
    "ff3e5307-9fd0-48c9-85f1-8ad56c701e01": "EFI_CERT_SHA384",
    "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a": "EFI_CERT_SHA512",
    "3c5766e8-269c-4e34-aa14-ed776e85b3b6": "EFI_CERT_RSA2048",
    "e2b36190-879b-4a3d-ad8d-f2e7bba32784": "EFI_CERT_RSA2048_SHA256",
    "4aafd29d-68df-49ee-8aa9-347d375665a7": "EFI_CERT_TYPE_PKCS7",
    "3bd2a492-96c0-4079-b420-fcf98ef103ed": "EFI_CERT_X509_SHA256",
    "7076876e-80c2-4ee6-aad2-28b349a6865b": "EFI_CERT_X509_SHA384",
    "446dbf63-2502-4cda-bcfa-2465d2b0fe9d": "EFI_CERT_X509_SHA512",
    "452e8ced-dfff-4b8c-ae01-5118862e682c": "EFI_CERT_EXTERNAL_MANAGEMENT",
    // Tables handed to the operating system.
    "eb9d2d30-2d88-11d3-9a16-0090273fc14d": "ACPI_10_TABLE",
    "8868e871-e4f1-11d3-bc22-0080c73c8881": "EFI_ACPI_20_TABLE",
    "eb9d2d31-2d88-11d3-9a16-0090273fc14d": "SMBIOS_TABLE",
    "f2fd1544-9794-4a2c-992e-e5bbcf20e394": "SMBIOS3_TABLE",
    "eb9d2d2f-2d88-11d3-9a16-0090273fc14d": "MPS_TABLE",
    "eb9d2d32-2d88-11d3-9a16-0090273fc14d": "SAL_SYSTEM_TABLE",
    "b1b621d5-f19c-41a5-830b-d9152c69aae0": "EFI_DTB_TABLE",
    "7739f24c-93d7-11d4-9a3a-0090273fc14d": "HOB_LIST",
    "05ad34ba-6f02-4214-952e-4da0398e2bb9": "DXE_SERVICES_TABLE",
    // Kinds of partitions.
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "EFI_SYSTEM_PARTITION",
    "024dee41-33e7-11d3-9d69-0008c781f39f": "LEGACY_MBR",
    "21686148-6449-6e6f-744e-656564454649": "BIOS_BOOT",
    "e3c9e316-0b5c-4db8-817d-f92df00215ae": "MICROSOFT_RESERVED",
    "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "MICROSOFT_BASIC_DATA",
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac": "WINDOWS_RECOVERY",
    "0fc63daf-8483-4772-8e79-3d69d8477de4": "LINUX_FILESYSTEM",
    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "LINUX_SWAP",
    "e6d6d379-f507-44c2-a23c-238f2a3df928": "LINUX_LVM",
    "a19d880f-05fc-4d3b-a006-743f0f84911e": "LINUX_RAID",
    "bc13c2ff-59e6-4262-a352-b275fd6f7172": "LINUX_EXTENDED_BOOT",
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709": "LINUX_ROOT_X86_64",
  ]
}

extension EFIGUID: CustomStringConvertible {
  public var description: String { text }
}
