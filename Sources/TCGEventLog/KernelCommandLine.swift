import ByteReading

/// A kernel command line as the log has it.
public struct KernelCommandLine: Equatable, Sendable {
  /// Index of the event.
  public var event: Int
  /// Without prefix and NUL, in UTF-8.
  public var text: [UInt8]
}

extension EventLog {
  /// The command lines that boot loaders and the kernel's own boot stub measured, in the order of the log. Whether an event's
  /// digest is that of its text is asked elsewhere.
  ///
  /// - GRUB: EV_IPL `kernel_cmdline: …`, `grub_kernel_cmdline …`; its first word is the kernel's path.
  /// - systemd-boot: EV_IPL with the text in UTF-16LE.
  /// - Linux: EV_EVENT_TAG 0x8f3b22ed with `LOADED_IMAGE::LoadOptions`, the text in UTF-16LE.
  ///
  /// Source: GRUB, grub-core/kern/tpm.c; systemd, src/boot/efi/measure.c; Linux, drivers/firmware/efi/libstub.
  public var kernelCommandLines: [KernelCommandLine] {
    events.compactMap { event in
      Self.commandLine(event).map { KernelCommandLine(event: event.index, text: $0) }
    }
  }

  private static let prefixes = ["kernel_cmdline: ", "grub_kernel_cmdline "].map { Array($0.utf8) }
  private static let loadOptionsTag: UInt32 = 0x8f3b_22ed

  private static func commandLine(_ event: Event) -> [UInt8]? {
    if event.recordedType == .ipl {
      if let prefix = prefixes.first(where: { event.data.starts(with: $0) }) {
        let text = event.data.dropFirst(prefix.count)
        return Array(text.last == 0 ? text.dropLast() : text)
      }
      // systemd-boot measures the options alone, into the registers for kernel configuration.
      return [8, 12].contains(event.registerIndex) ? utf16(event.data[...]) : nil
    }
    guard event.recordedType == .eventTag, event.data.count >= 8 else { return nil }
    let tag = event.data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return tag == loadOptionsTag ? utf16(event.data.dropFirst(8)) : nil
  }

  /// Text in UTF-16LE as UTF-8; nil when it is none, or has no blank or equals sign, as every set of options has.
  private static func utf16(_ data: ArraySlice<UInt8>) -> [UInt8]? {
    var units: [UInt16] = []
    var place = data.startIndex
    while place + 1 < data.endIndex {
      units.append(UInt16(data[place]) | UInt16(data[place + 1]) << 8)
      place += 2
    }
    while units.last == 0 { units.removeLast() }
    guard !units.isEmpty, units.contains(where: { $0 == 0x3d || $0 == 0x20 }), units.allSatisfy({ $0 >= 0x20 }) else {
      return nil
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
