import Digests
import TCGEventLog

/// Events of a log whose digests are made in the same way, because the same code writes them.
///
/// Source: measured over real logs, Platform Firmware Profile 1.05, section 10.4.1, and the loaders' own sources.
enum EventDigestClass: Hashable {
  case separator
  case action
  case efiAction
  case gpt
  case gpt2
  case driverConfig
  case bootVariable
  case bootVariable2
  case authority
  case sCRTMVersion
  /// `grub_cmd: `, `kernel_cmdline: ` and `module_cmdline: ` of GRUB 2.04 and later.
  case grubText
  /// `grub_cmd ` and `grub_kernel_cmdline ` of GRUB as distributions patched it before.
  case olderGRUBText
  /// A command line in UTF-16 of systemd-boot or its stub, in PCR 12.
  case systemdCommandLine
  /// One of versions before 251, in PCR 8: their stub measures as many bytes as whoever started it handed over, and logs the text.
  case olderSystemdCommandLine
  /// Name and content of a section of a unified kernel image, one event each, with the same data.
  case stubSection
  /// The events that Windows tags.
  case windowsTag
  /// The states that Windows puts into register 11.
  case windowsState
  /// A string that systemd measures as it is.
  case systemdString
  /// What the launcher of Google's Container-Optimized OS measures: the encoded content.
  case launcherRecord
  /// The data may be what is hashed, or a hint at something outside the log.
  case other

  init(of event: Event) {
    if let canonical = event.canonical, event.recordedType == .outsideProfile {
      self = Self(of: canonical)
      return
    }
    self =
      switch event.recordedType {
      case .separator: .separator
      case .action: .action
      case .efiAction: .efiAction
      case .efiGPTEvent: .gpt
      case .efiGPTEvent2: .gpt2
      case .efiVariableDriverConfig: .driverConfig
      case .efiVariableBoot: .bootVariable
      case .efiVariableBoot2: .bootVariable2
      case .efiVariableAuthority: .authority
      case .sCRTMVersion: .sCRTMVersion
      case .ipl: Self(ofIPL: event)
      case .eventTag where (12...14).contains(event.registerIndex) && !event.hasLinuxTag: .windowsTag
      case .compactHash where event.registerIndex == 11: .windowsState
      default: .other
      }
  }

  private init(of record: CanonicalRecord) {
    switch record.content {
    case .systemd(let measurement): self = measurement.isMeasuredAsWritten ? .systemdString : .other
    case .launcher: self = .launcherRecord
    case .other(let kind) where kind.hasPrefix("COS"): self = .launcherRecord
    default: self = .other
    }
  }

  private init(ofIPL event: Event) {
    if Self.grubLabels.contains(where: { event.data.starts(with: $0.utf8) }) {
      self = .grubText
    } else if Self.olderGRUBLabels.contains(where: { event.data.starts(with: $0.utf8) }) {
      self = .olderGRUBText
    } else if EventText(event.data).map({ Self.archiveNames.contains($0.text) || Self.namesAddOn($0.text) }) ?? false {
      self = .other
    } else if EventText.looksLikeUTF16(event.data) {
      self =
        switch event.registerIndex {
        case 12: .systemdCommandLine
        case 8: .olderSystemdCommandLine
        default: .stubSection
        }
    } else {
      self = .other
    }
  }

  /// What systemd's stub writes of an archive that it made for the initrd: the digest is that of the archive, which is not in the log.
  ///
  /// Source: systemd, `src/boot/stub.c` (`generate_sidecar_initrds`) and `src/boot/cpio.c`; for the two global extensions the stub of
  /// lanzaboote.
  fileprivate static let archiveNames: Set<String> = [
    "Credentials initrd", "Global credentials initrd", "System extension initrd", "Global system extension initrd",
    "Configuration extension initrd", "Global configuration extension initrd",
  ]
  /// The name of a file that adds to a unified kernel image, whose content is what is measured.
  fileprivate static func namesAddOn(_ text: String) -> Bool {
    text.lowercased().hasSuffix(".efi") && !text.contains(" ")
  }

  private static let grubLabels = ["grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "]
  /// `grub_linuxefi ` is not among them: its digest is that of a file.
  private static let olderGRUBLabels = [olderGRUBCommand, "grub_kernel_cmdline "]
  private static let olderGRUBCommand = "grub_cmd "
  private static var labels: [String] { grubLabels + olderGRUBLabels }

  /// Whether every log known follows the rule, so that a single event suffices to speak of a contradiction.
  var isUniversal: Bool {
    switch self {
    case .separator, .efiAction, .gpt, .grubText, .systemdString, .systemdCommandLine, .driverConfig, .authority,
      .windowsTag:
      true
    default: false
    }
  }

  /// Whether genuine logs have events of the class that follow no known rule beside others that do.
  var hasExceptions: Bool { self == .sCRTMVersion }

  /// Whether the digest may be of content outside the log, so that no match means nothing.
  var mayBeOutside: Bool {
    switch self {
    case .stubSection, .other: true
    default: false
    }
  }

  /// Whether nothing can be said when no event of the class in a log follows a rule. For the others that is a habit
  /// worth a name.
  var isOutsideWhenNothingHolds: Bool {
    switch self {
    case .windowsState, .olderSystemdCommandLine: true
    default: mayBeOutside
    }
  }

  /// Whether one log follows one rule in each register, so that an event with another is odd. Authorities come from firmware and shim
  /// in one log and differ, and the labels of older GRUB differ.
  var hasOneRule: Bool {
    switch self {
    case .bootVariable, .driverConfig, .systemdCommandLine, .olderSystemdCommandLine: true
    default: false
    }
  }

  /// What may have been hashed, the standard's rule first. Every candidate but a few constants is made of the data, so no
  /// change of measured data can make another one fit.
  func candidates(for event: Event) -> [Candidate] {
    let whole = Candidate(.eventData, event.data)
    switch self {
    case .separator:
      // The text of skiboot is longer than the four bytes of every other separator.
      return [whole] + SeparatorValue.errors.map { Candidate(.errorNumber, $0, .separatorError) }
        + (event.data.starts(with: "Skiboot".utf8)
          ? [Candidate(.allOnes, [0xff, 0xff, 0xff, 0xff], .skibootSeparator)] : [])
    case .action, .efiAction:
      return [whole]
        + (event.data.last == 0
          ? [Candidate(.eventDataWithoutLastByte, event.data.dropLast(), .actionWithoutNUL)] : [])
    case .driverConfig:
      // The firmware of TPM 1.2 alone: elsewhere a variable could be wrapped into another one.
      return [whole] + (event.hasOnlySHA1 ? variableContent(of: event, .driverConfigContent) : [])
    case .bootVariable:
      return variableContent(of: event, nil) + [Candidate(.eventData, event.data, .wholeBootVariable)]
    case .authority:
      let shortened: DigestDeviation = event.data.last == 0 ? .shimWithoutNUL : .shimOffByOne
      return [whole, Candidate(.eventDataWithoutLastByte, event.data.dropLast(), shortened)]
        + variableContent(of: event, .shimVariableContent)
    case .grubText, .olderGRUBText: return textCandidates(for: event)
    case .systemdCommandLine, .olderSystemdCommandLine:
      return [whole, Candidate(.eventDataAndNUL, event.data + [0], .systemdBootExtraNUL)]
        + (event.data.suffix(2) == [0, 0] ? [Candidate(.wideTextWithoutNUL, event.data.dropLast(2))] : [])
    case .stubSection:
      let name = stride(from: 0, to: event.data.count, by: 2).map { event.data[$0] }
      return [whole, Candidate(.sectionName, name.last == 0 ? name : name + [0])]
    case .other: return [whole] + otherCandidates(for: event)
    case .gpt, .gpt2, .bootVariable2, .sCRTMVersion, .windowsTag, .windowsState, .systemdString, .launcherRecord:
      return [whole]
    }
  }

  private func variableContent(of event: Event, _ deviation: DigestDeviation?) -> [Candidate] {
    // A variable that was measured whole, wrapped into another one whose name nothing binds, is no content.
    guard let content = event.variableContent, !UEFIVariableData.isOne(Array(content)) else { return [] }
    return [Candidate(.variableContent, content, deviation)]
  }

  /// What is not of the data, or of a part that only some firmware logs.
  private func otherCandidates(for event: Event) -> [Candidate] {
    var candidates: [Candidate] = []
    // shim measures the state of this variable, which is 1 or absent, and logs its name.
    if event.recordedType == .ipl, event.data.starts(with: "MokListTrusted".utf8) {
      candidates.append(Candidate(.oneByte, [1]))
    }
    // Intel's settings of memory encryption: a name, a NUL, and the value.
    if event.recordedType == .platformConfigFlags, let end = event.data.firstIndex(of: 0), end + 1 < event.data.count {
      candidates.append(Candidate(.valueBehindText, event.data[(end + 1)...]))
    }
    // Firmware of Google measures an empty volume; a loader may read an empty file.
    return candidates + [Candidate(.noBytes, [])]
  }

  private func textCandidates(for event: Event) -> [Candidate] {
    guard let label = Self.labels.first(where: { event.data.starts(with: $0.utf8) }) else { return [] }
    let logged = event.data.dropFirst(label.utf8.count)
    let text = logged.last == 0 ? logged.dropLast() : logged
    let without = Candidate(.textWithoutNUL, text)
    let with = Candidate(.textWithNUL, Array(text) + [0], .olderGRUBWithNUL)
    return label == Self.olderGRUBCommand ? [with, without] : [without, with]
  }
}

/// Bytes that may have been hashed.
struct Candidate {
  var rule: DigestRule
  var bytes: [UInt8]
  /// nil for the standard's rule.
  var deviation: DigestDeviation?

  init(_ rule: DigestRule, _ bytes: some Sequence<UInt8>, _ deviation: DigestDeviation? = nil) {
    self.rule = rule
    self.bytes = Array(bytes)
    self.deviation = deviation
  }
}

extension Event {
  fileprivate var hasOnlySHA1: Bool { digests.allSatisfy { $0.algorithm == .sha1 } }

  /// Whether the tag is one of those under which the Linux stubs measure what is outside the log.
  ///
  /// Source: Linux `drivers/firmware/efi/libstub/efistub.h`; systemd `src/fundamental/tpm2-pcr.h`.
  fileprivate var hasLinuxTag: Bool {
    guard data.count >= 4 else { return false }
    let tag = data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Self.linuxTags.contains(tag)
  }

  private static let linuxTags: Set<UInt32> = [
    0x8f3b_22ec, 0x8f3b_22ed, 0xf5bc_582a, 0x6c46_f751, 0x49df_fe0f, 0xdac0_8e1a, 0xd5cb_7cbc,
    0xe0d4_7bc8, 0xc0b3_bd23,
  ]
}

extension Event {
  /// Whether the event says that it is of an archive or file that systemd's stub adds to what the kernel gets: the digest is of the
  /// content, which is not in the log.
  ///
  /// Source: systemd, `src/boot/stub.c`, `src/boot/measure.h` (tags of device trees, initrds and microcode).
  public var isOfStubAddition: Bool {
    switch recordedType {
    case .ipl:
      EventText(data).map { EventDigestClass.archiveNames.contains($0.text) || EventDigestClass.namesAddOn($0.text) }
        ?? false
    case .eventTag: firstTag.map { [0x6c46_f751, 0x49df_fe0f, 0xdac0_8e1a].contains($0) } ?? false
    default: false
    }
  }
}
