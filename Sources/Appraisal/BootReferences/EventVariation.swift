import TCGEventLog

/// What of an event log may differ between two boots of machines that nothing is wrong with, although no event says so of itself.
///
/// `docs/references.md` documents the table. It looks at the type that the log claims, so it only says what a difference may
/// come from: an event that may vary is never known, and the quoted registers cover it all the same.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4; the reasons are those of the boots in the test corpus.
enum EventVariation: String, CaseIterable {
  case handoffTables = "tables with addresses, serial numbers and memory maps"
  case bootOrder = "boot entries and their order, which the owner and the operating system set"
  case configuration = "settings of the firmware, which the owner sets"
  case partitions = "the partition table of the boot disk"
  case devices = "devices that are plugged in"

  init?(_ type: EventType, in register: UInt32) {
    // The register is what the quote proves: the claimed type excuses nothing where code is measured.
    switch (type, register) {
    case (.efiHandoffTables, 1), (.efiHandoffTables2, 1): self = .handoffTables
    case (.efiVariableBoot, 1), (.efiVariableBoot2, 1): self = .bootOrder
    case (.efiGPTEvent, 5), (.efiGPTEvent2, 5): self = .partitions
    case (.platformConfigFlags, 1), (.efiVariableDriverConfig, 1), (.efiVariableDriverConfig, 3),
      (.efiVariableDriverConfig, 5):
      self = .configuration
    case (.tableOfDevices, 1): self = .devices
    default: return nil
    }
  }
}
