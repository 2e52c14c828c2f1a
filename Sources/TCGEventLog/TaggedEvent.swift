import ByteReading

/// Data with a number that says what they are. The Linux stubs and Windows write such; those of Windows nest.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1, `TCG_PCClientTaggedEvent`. Little-endian.
public struct TaggedEvent: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    case number(UInt64)
    case text(EventText)
    case nested([TaggedEvent])
    case windows(WindowsPayload)
    /// SHA-1 of what the tag names, 20 bytes.
    case digest([UInt8])
    case optionROM(OptionROM)
    case opaque
    /// What should be nested, or a structure, is not; the bytes stand.
    case undecodable(ParseError)
  }

  public var identifier: UInt32
  /// Where the tag starts, in bytes from the start of the file.
  public var offset: Int
  public var data: [UInt8]
  public var value: Value
  /// What the tag says of its size where other bytes count for it; nil where the size is right.
  public var statedByteCount: Int?

  /// What the writer's own sources call the number; nil for one that we do not know.
  public var name: String? {
    Self.linuxNames[identifier] ?? WindowsTag.names[identifier] ?? ConventionalTag.names[identifier]
  }

  /// Windows nests to three levels.
  private static let nestingLimit = 8

  private init(from reader: inout ByteReader, depth: Int) throws(ParseError) {
    offset = reader.position
    identifier = try reader.uint32("TCG_PCClientTaggedEvent.taggedEventID")
    let size = try reader.uint32("TCG_PCClientTaggedEvent.taggedEventDataSize")
    var body = try reader.slice(Int(size), "TCG_PCClientTaggedEvent.taggedEventData")
    data = body.peek(body.remaining) ?? []
    value = Self.value(identifier, data, from: &body, depth: depth)
  }

  private init(_ tag: TrustPoint.Tag, offset: Int, value: Value) {
    (identifier, data) = (tag.identifier, tag.bytes)
    (self.offset, self.value) = (offset, value)
    statedByteCount = tag.statedByteCount == tag.bytes.count ? nil : tag.statedByteCount
  }

  /// The tags of a quote that Windows put into its log, as far as their sizes can be believed.
  static func all(ofTrustPoint data: [UInt8], offset: Int, depth: Int = 0) -> [TaggedEvent] {
    TrustPoint.tags(data).map { tag in
      let value: Value
      if WindowsTag.nests(tag.identifier), depth < nestingLimit {
        value = .nested(all(ofTrustPoint: tag.bytes, offset: offset + tag.place, depth: depth + 1))
      } else if WindowsTag.texts.contains(tag.identifier) {
        value = .text(EventText(utf16: tag.bytes))
      } else {
        value = .opaque
      }
      return TaggedEvent(tag, offset: offset + tag.place - 8, value: value)
    }
  }

  /// Tags to the end of the data.
  static func all(from reader: inout ByteReader, depth: Int = 0) throws(ParseError) -> [TaggedEvent] {
    guard depth < nestingLimit else {
      throw reader.failure(
        "TCG_PCClientTaggedEvent", expected: "at most \(nestingLimit) levels", found: "another level")
    }
    var tags: [TaggedEvent] = []
    // Every turn reads the eight bytes of the head.
    while !reader.isAtEnd { tags.append(try TaggedEvent(from: &reader, depth: depth)) }
    return tags
  }

  private static func value(
    _ identifier: UInt32, _ data: [UInt8], from body: inout ByteReader, depth: Int
  ) -> Value {
    do throws(ParseError) {
      if linuxNames[identifier] != nil {
        return EventText(data).map { .text($0) } ?? .opaque
      }
      if identifier == ConventionalTag.optionROM, data.count == OptionROM.byteCount {
        return .optionROM(try OptionROM(from: &body))
      }
      if ConventionalTag.digests.contains(identifier), data.count == 20 { return .digest(data) }
      guard WindowsTag.isOne(identifier) else { return .opaque }
      if WindowsTag.nests(identifier) { return .nested(try all(from: &body, depth: depth + 1)) }
      if WindowsTag.texts.contains(identifier) { return .text(EventText(utf16: data)) }
      if WindowsTag.bytes.contains(identifier) || data.isEmpty { return .opaque }
      var structure = body
      if let payload = try WindowsPayload(identifier, from: &structure) { return .windows(payload) }
      switch body.remaining {
      case 1: return .number(UInt64(try body.uint8("SIPA")))
      case 2: return .number(UInt64(try body.uint16("SIPA")))
      case 4: return .number(UInt64(try body.uint32("SIPA")))
      case 8: return .number(try body.uint64("SIPA"))
      default: return .opaque
      }
    } catch {
      return .undecodable(error)
    }
  }

  /// What Linux's stub writes as the data of its tags.
  ///
  /// Source: Linux, `drivers/firmware/efi/libstub/efi-stub-helper.c`.
  static let linuxTexts: Set<String> = ["Linux initrd", "LOADED_IMAGE::LoadOptions"]

  /// Source: Linux, `drivers/firmware/efi/libstub/efistub.h`; systemd, `src/fundamental/tpm2-pcr.h`.
  private static let linuxNames: [UInt32: String] = [
    0x8f3b_22ec: "Linux initrd", 0x8f3b_22ed: "Linux LOADED_IMAGE::LoadOptions", 0xf5bc_582a: "systemd loader.conf",
    0x6c46_f751: "systemd devicetree addon", 0x49df_fe0f: "systemd initrd addon",
    0xdac0_8e1a: "systemd microcode addon",
    0xd5cb_7cbc: "systemd SMBIOS table 1", 0xe0d4_7bc8: "systemd SMBIOS table 2",
    0xc0b3_bd23: "systemd SMBIOS table 11",
  ]
}

extension Event {
  /// The tags of the data when they are read as those of a tagged event, whatever type the log claims for it; none when they are no
  /// such, or the event is never extended. No digest covers a type.
  public func asTags(file: String) -> [TaggedEvent] {
    guard recordedType != .noAction else { return [] }
    var event = self
    event.recordedType = .eventTag
    guard case .tags(let tags) = event.content(file: file) else { return [] }
    return tags
  }
}

extension EventLog {
  /// The numbers by which Windows tells its starts apart, as the log has them, whatever binds them; empty in a log of another system.
  ///
  /// Source: Windows SDK, `wbcl.h`, `SIPAEVENT_BOOTCOUNTER`.
  public var windowsBootCounters: Set<UInt64> {
    func counters(_ tags: [TaggedEvent]) -> [UInt64] {
      tags.flatMap { tag -> [UInt64] in
        switch tag.value {
        case .number(let number) where tag.identifier == 0x0002_0002: [number]
        case .nested(let inner): counters(inner)
        default: []
        }
      }
    }
    return Set(
      events.lazy.filter { (12...14).contains($0.registerIndex) }.flatMap { counters($0.asTags(file: "")) })
  }
}

/// The tags under which Windows measures its boot (SIPA, in the boot log of Windows).
///
/// Source: Windows SDK, `wbcl.h`.
enum WindowsTag {
  /// One of the twelve classes, whether or not the flags for nesting and for what is not measured are set.
  static func isOne(_ identifier: UInt32) -> Bool {
    identifier & 0x3f00_0000 == 0 && (1...0xc).contains(identifier >> 16 & 0xff) && identifier & 0xffff != 0
  }

  /// Set in the number of a tag that holds others.
  static func nests(_ identifier: UInt32) -> Bool { identifier & 0x4000_0000 != 0 }

  /// Tags with text in UTF-16.
  static let texts: Set<UInt32> = [
    0x0005_0009, 0x0005_000b, 0x0007_0001, 0x0007_0005, 0x0007_0008, 0x0007_000d, 0x0007_000f, 0x0009_0001, 0x8008_0003,
  ]
  /// Tags whose data are no number, whatever their length.
  static let bytes: Set<UInt32> = [
    0x0005_0008, 0x0005_0027, 0x0005_0035, 0x0006_0002, 0x0007_0004, 0x0007_0006, 0x0007_0009, 0x8008_0001, 0x8008_0002,
    0x8008_0004,
  ]

  static let names: [UInt32: String] = [
    0x4001_0001: "TrustBoundary", 0x4001_0002: "ELAMAggregation", 0x4001_0003: "LoadedModuleAggregation",
    0xc001_0004: "TrustPointAggregation", 0x4001_0005: "KSRAggregation", 0x4001_0006: "KSRSignedMeasurementAggregation",
    0x0002_0001: "Information", 0x0002_0002: "BootCounter", 0x0002_0003: "TransferControl",
    0x0002_0004: "ApplicationReturn", 0x0002_0005: "BitLockerUnlock", 0x0002_0006: "EventCounter",
    0x0002_0007: "CounterID", 0x0002_0008: "MORBitNotCancelable", 0x0002_0009: "ApplicationSVN",
    0x0002_000a: "SVNChainStatus", 0x0002_000b: "MORBitAPIStatus", 0x0002_000c: "IDKGenerationStatus",
    0x0003_0001: "FirmwareFailure", 0x8003_0002: "TPMFailure", 0x0003_0003: "InternalFailure",
    0x0004_0001: "BootDebugging", 0x0004_0002: "BootRevocationList",
    0x0005_0001: "OSKernelDebug", 0x0005_0002: "CodeIntegrity", 0x0005_0003: "TestSigning",
    0x0005_0004: "DataExecutionPrevention", 0x0005_0005: "SafeMode", 0x0005_0006: "WinPE",
    0x0005_0007: "PhysicalAddressExtension", 0x0005_0008: "OSDevice", 0x0005_0009: "SystemRoot",
    0x0005_000a: "HypervisorLaunchType", 0x0005_000b: "HypervisorPath", 0x0005_000c: "HypervisorIOMMUPolicy",
    0x0005_000d: "HypervisorDebug", 0x0005_000e: "DriverLoadPolicy", 0x0005_000f: "SIPolicy",
    0x0005_0010: "HypervisorMMIONXPolicy", 0x0005_0011: "HypervisorMSRFilterPolicy", 0x0005_0012: "VSMLaunchType",
    0x0005_0013: "OSRevocationList", 0x0005_0014: "SMTStatus", 0x0005_0020: "VSMIDKInfo", 0x0005_0021: "FlightSigning",
    0x0005_0022: "PagefileEncryptionEnabled", 0x0005_0023: "VSMIDKSInfo", 0x0005_0024: "HibernationDisabled",
    0x0005_0025: "DumpsDisabled", 0x0005_0026: "DumpEncryptionEnabled", 0x0005_0027: "DumpEncryptionKeyDigest",
    0x0005_0028: "LSAISOConfig", 0x0005_0029: "SBCPInfo",
    0x0005_0030: "HypervisorBootDMAProtection", 0x0005_0031: "SIPolicySigner", 0x0005_0032: "SIPolicyUpdateSigner",
    0x0005_0033: "ReFSVolumeCheckpointRecordChecksum", 0x0005_0034: "ReFSRollbackProtectionFrozenVolumeChecksum",
    0x0005_0035: "ReFSRollbackProtectionUserPayloadHash",
    0x0005_0036: "ReFSRollbackProtectionVerificationSucceeded",
    0x0005_0037: "ReFSRollbackProtectionVolumeFirstEverMount", 0x0005_003a: "VSMSealedSIPolicy",
    0x0005_003b: "VSMDRTMKeyrollDetected", 0x0005_003c: "VSMSRTMUnsealPolicy",
    0x0005_003d: "VSMSRTMAntiRollbackCounter", 0x0005_0040: "VTL1DumpConfig",
    0x0006_0001: "NoAuthority", 0x0006_0002: "AuthorityPubKey",
    0x0007_0001: "FilePath", 0x0007_0002: "ImageSize", 0x0007_0003: "HashAlgorithmID", 0x0007_0004: "AuthenticodeHash",
    0x0007_0005: "AuthorityIssuer", 0x0007_0006: "AuthoritySerial", 0x0007_0007: "ImageBase",
    0x0007_0008: "AuthorityPublisher", 0x0007_0009: "AuthoritySHA1Thumbprint", 0x0007_000a: "ImageValidated",
    0x0007_000b: "ModuleSVN", 0x0007_000c: "ModulePluton",
    0x0007_000d: "ModuleOriginalFilename", 0x0007_000e: "ModuleVersion", 0x0007_000f: "PublisherOEMName",
    0x8008_0001: "Quote", 0x8008_0002: "QuoteSignature", 0x8008_0003: "AIKID", 0x8008_0004: "AIKPubDigest",
    0x0009_0001: "ELAMKeyName", 0x0009_0002: "ELAMConfiguration", 0x0009_0003: "ELAMPolicy",
    0x0009_0004: "ELAMMeasured",
    0x000a_0001: "VBSVSMRequired", 0x000a_0002: "VBSSecureBootRequired", 0x000a_0003: "VBSIOMMURequired",
    0x000a_0004: "VBSMMIONXRequired", 0x000a_0005: "VBSMSRFilteringRequired", 0x000a_0006: "VBSMandatoryEnforcement",
    0x000a_0007: "VBSHVCIPolicy", 0x000a_0008: "VBSMicrosoftBootChainRequired",
    0x000a_0009: "VBSDumpUsesAMERoot", 0x000a_000a: "VBSVSMNoSecretsEnforced",
    0x000b_0001: "KSRSignature",
    0x000c_0001: "DRTMStateAuth", 0x000c_0002: "DRTMSMMLevel", 0x000c_0003: "DRTMAMDSMMHash",
    0x000c_0004: "DRTMAMDSMMSignerKey",
  ]
}
