/// What a path says of where an image came from.
///
/// Source: UEFI Specification 2.10, section 10.3: types 1 hardware, 2 ACPI, 3 messaging with subtype 11 of a network card, 4 media with
/// subtypes 1 hard drive, 2 CD-ROM, 4 file, 6 firmware file.
extension EFIDevicePath {
  /// A file of the firmware's own volumes.
  public var isOfFirmwareVolume: Bool { has(4, 6) }

  /// A file, or what a network card loaded: else the image was read by another one, and started from memory.
  public var namesFile: Bool { has(4, 4) || has(3, 11) }

  /// A device of the machine, as firmware names it; a loader may name the file alone.
  public var namesDevice: Bool { nodes.contains { (1...3).contains($0.type) } || has(4, 1) || has(4, 2) }

  private func has(_ type: UInt8, _ subtype: UInt8) -> Bool {
    nodes.contains { $0.type == type && $0.subtype == subtype }
  }
}
