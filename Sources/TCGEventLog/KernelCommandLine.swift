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

  /// Texts of boot loaders that could be the command line of a kernel although the log gives them another label or type, which no
  /// digest covers. GRUB hands the options over in its own command `linux`, so a log tells most of them twice.
  ///
  /// Taken is what stands in a register of boot loaders and begins as GRUB's `kernel_cmdline: ` does, with a path or with the command
  /// that loads a kernel, and what is a set of options in UTF-16.
  public var possibleCommandLines: [KernelCommandLine] {
    // RTMR 2 stands for PCR 8 to 15.
    let registers: Set<UInt32> = registerFamily == .pcr ? [8, 9, 11, 12] : [3]
    return events.compactMap { event in
      guard registers.contains(event.registerIndex), event.recordedType != .noAction, Self.commandLine(event) == nil,
        let text = Self.possibleCommandLine(event)
      else { return nil }
      return KernelCommandLine(event: event.index, text: text)
    }
  }

  private static let otherLabels = ["grub_cmd: ", "module_cmdline: ", "grub_cmd "].map { Array($0.utf8) }

  private static func possibleCommandLine(_ event: Event) -> [UInt8]? {
    if let wide = utf16(event.data[...]) { return wide }
    let label = otherLabels.first { event.data.starts(with: $0) } ?? []
    guard let text = EventText(Array(event.data.dropFirst(label.count))), text.encoding != .utf16 else { return nil }
    let words = text.text.split(separator: " ", maxSplits: 1)
    guard words.count == 2, let first = words.first else { return nil }
    let isLoading = ["linux", "linuxefi", "linux16", "multiboot", "multiboot2", "chainloader"].contains(first)
    guard isLoading || first.hasPrefix("/") || first.hasPrefix("(") else { return nil }
    return Array(words[1].utf8)
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
