import ByteReading

/// What a boot loader says it measured, in an `EV_IPL` event.
///
/// Source: GRUB, `grub-core/kern/tpm.c`; shim, `mok.c`; systemd, `src/boot/efi/measure.c` and the UAPI group's
/// specification of unified kernel images.
public struct LoaderMeasurement: Equatable, Sendable {
  public enum Kind: String, Sendable {
    case grubCommand = "GRUB command"
    case grubFile = "file read by GRUB"
    case kernelCommandLine = "kernel command line"
    case moduleCommandLine = "command line of a module"
    case shimVariable = "variable measured by shim"
    case systemdOptions = "options of systemd-boot or its stub"
    case stubSection = "section of a unified kernel image"
    case text = "text"
  }

  public var kind: Kind
  /// Whole, with the label.
  public var text: EventText
  /// Behind the label, safe to print.
  public var subject: String
  /// What stands behind the text and its NUL: a byte that old shims read past the end of a variable's name, else empty.
  public var trailing: [UInt8]

  /// nil when the data are no text. The event is to be an `EV_IPL`. Behind a label of GRUB everything is text: a command line may
  /// hold any byte.
  public init?(_ event: Event) {
    trailing = []
    if let name = Self.nameOfVariable(behindWhichAByteStands: event.data) {
      (kind, text, subject) = (.shimVariable, EventText(escaping: Array(event.data.dropLast())), name)
      trailing = Array(event.data.suffix(1))
      return
    }
    let isLabelled = Self.labels.contains { event.data.starts(with: $0.0.utf8) }
    guard let text = isLabelled ? EventText(escaping: event.data) : EventText(event.data) else { return nil }
    self.text = text
    subject = text.text
    for (label, kind) in Self.labels where text.text.hasPrefix(label) {
      self.kind = kind
      subject = String(text.text.dropFirst(label.count))
      return
    }
    if text.encoding == .utf16 {
      kind = event.registerIndex == 11 ? .stubSection : .systemdOptions
    } else if text.text.hasPrefix("MokList") || text.text.hasPrefix("Sbat") || text.text == "MokSBState" {
      kind = .shimVariable
    } else if event.registerIndex == 11, text.text.hasPrefix(".") {
      kind = .stubSection
    } else if event.registerIndex == 9, text.text.hasPrefix("/") || text.text.hasPrefix("(") {
      kind = .grubFile
    } else {
      kind = .text
    }
  }

  /// Shims of RHEL and Ubuntu in the corpus log a variable's name with its NUL and one byte more than that.
  private static func nameOfVariable(behindWhichAByteStands data: [UInt8]) -> String? {
    guard data.last != 0 else { return nil }
    return ["MokList", "MokListX", "MokListTrusted", "MokSBState"].first { Array($0.utf8) + [0] == data.dropLast() }
  }

  private static let labels: [(String, Kind)] = [
    ("grub_cmd: ", .grubCommand), ("kernel_cmdline: ", .kernelCommandLine), ("module_cmdline: ", .moduleCommandLine),
    ("grub_cmd ", .grubCommand), ("grub_kernel_cmdline ", .kernelCommandLine), ("grub_linuxefi ", .grubFile),
  ]
}
