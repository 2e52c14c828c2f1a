import Digests
import TCGEventLog

/// How far the digests of an event bind what the log says of it. The type of an event is a claim under every label, for no digest
/// covers it.
public enum EventBinding: String, CaseIterable, Sendable {
  /// The digests are of the data, whole: what the event says is what was measured.
  case bound
  /// The digests are of a part of the data, or of content that is known otherwise; the rest is a claim.
  case partlyBound = "partly bound"
  /// The digests say nothing of the data: all of it is a claim.
  case unbound
  /// The digests are not of the data although they must be.
  case contradicted
}

/// What a digest is of, as somebody knows who has the content: a file of a package, an image of firmware.
public struct KnownContent: Equatable, Sendable {
  /// Names the content, for example `shimx64.efi of shim-signed 1.44`; escaped.
  public var name: String
  /// How its bytes were hashed, for example `Authenticode SHA-256`.
  public var rule: String

  public init(name: String, rule: String) {
    self.name = name
    self.rule = rule
  }
}

/// What an event's digest is of when it is not in the log.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.1; shim, `mok.c`; GRUB, `grub-core/kern/tpm.c`; Linux,
/// `drivers/firmware/efi/libstub`; systemd, `src/boot/efi/measure.c`.
public enum OutsideContent: String, CaseIterable, Sendable {
  case image = "the Authenticode hash of an image file"
  case firmwareCode = "the code of the firmware"
  case tables = "tables or settings of the platform in memory"
  case loadedFile = "the content of a file that the loader read"
  case variable = "the content of a variable"
  case section = "the content of a section of a unified kernel image"
  case initrd = "the initial RAM disks that the kernel loaded"
  case loadOptions = "the load options of the kernel"
  case device = "what a device measured of itself"
  case bootSector = "code or data of a disk"
  case unknown = "content that the log does not name"

  init(of event: Event) {
    switch event.recordedType {
    case .efiBootServicesApplication, .efiBootServicesDriver, .efiRuntimeServicesDriver: self = .image
    case .sCRTMContents, .sCRTMVersion, .postCode, .postCode2, .efiPlatformFirmwareBlob, .efiPlatformFirmwareBlob2,
      .cpuMicrocode, .efiHCRTMEvent, .nonhostCode:
      self = .firmwareCode
    case .efiHandoffTables, .efiHandoffTables2, .tableOfDevices, .platformConfigFlags, .nonhostConfig, .nonhostInfo,
      .compactHash:
      self = .tables
    case .efiSPDMFirmwareBlob, .efiSPDMFirmwareConfig: self = .device
    case .ipl: self = Self(ofIPL: event)
    case .iplPartitionData: self = .bootSector
    case .eventTag: self = Self(ofTag: event)
    default: self = .unknown
    }
  }

  private init(ofIPL event: Event) {
    guard let loader = LoaderMeasurement(event) else {
      self = [4, 5].contains(event.registerIndex) ? .bootSector : .unknown
      return
    }
    switch loader.kind {
    case .grubFile: self = .loadedFile
    case .shimVariable: self = .variable
    case .stubSection: self = .section
    case .systemdOptions: self = .loadOptions
    case .text where loader.subject.hasPrefix("/") || loader.subject.hasPrefix("("): self = .loadedFile
    default: self = .unknown
    }
  }

  private init(ofTag event: Event) {
    switch event.firstTag {
    case 0x8f3b_22ec, 0x49df_fe0f, 0xdac0_8e1a: self = .initrd
    case 0x8f3b_22ed: self = .loadOptions
    case 0xf5bc_582a: self = .loadedFile
    case 0x6c46_f751, 0xd5cb_7cbc, 0xe0d4_7bc8, 0xc0b3_bd23: self = .tables
    default: self = .unknown
    }
  }
}

extension Event {
  /// `TCG_PCClientTaggedEvent.taggedEventID`; nil when the data are too short.
  var firstTag: UInt32? {
    guard data.count >= 4 else { return nil }
    return data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
  }
}

extension EventDigestCheck {
  public var binding: EventBinding {
    if case .contradicted = outcome { return .contradicted }
    guard let rule else { return content == nil && commandLine == nil ? .unbound : .partlyBound }
    // A bank of zeros binds nothing, and nobody says here which bank counts.
    guard zeroBanks.isEmpty else { return .partlyBound }
    switch rule {
    case .eventData, .eventDataAndNUL, .sectionName: return .bound
    case .variableContent, .eventDataWithoutLastByte, .textWithoutNUL, .textWithNUL, .wideTextWithoutNUL, .oneByte,
      .valueBehindText,
      .noBytes:
      return .partlyBound
    case .errorNumber, .allOnes: return .unbound
    }
  }

  /// Which rule held, in words: `recomputed from the data: the event data`.
  public var derivation: String {
    switch outcome {
    case .contradicted: return "not that of the data, although it must be"
    case .notDerivable(.neverExtended): return "never extended: no digest covers it"
    case .notDerivable(.noComputableDigest): return "no digest that can be computed here"
    default: break
    }
    if let content { return "of a file that is given: \(content.rule) of \(content.name)" }
    if let commandLine { return "recomputed: the kernel command line of event \(commandLine), in UTF-16" }
    if let rule {
      let zeros =
        zeroBanks.isEmpty ? "" : "; all zeros in bank \(zeroBanks.map(\.name).joined(separator: ", "))"
      return "recomputed: \(rule.rawValue)\(zeros)"
    }
    if case .deviates(.zeroDigest, _) = outcome { return "all zeros: nothing was measured" }
    if case .deviates(let deviation, _) = outcome { return "not derivable from the log: \(deviation.sentence)" }
    return "not derivable from the log: \(outside.rawValue)"
  }
}
