import TCGEventLog

extension EventLog {
  /// The stage of the boot of each event, told by its register as the PC Client profile assigns them.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4; UAPI group, Linux TPM PCR registry.
  public var stagesByRegister: [String] { events.map { Self.stage(ofRegister: $0.registerIndex) } }

  private static func stage(ofRegister register: UInt32) -> String {
    switch register {
    case 0: "platform firmware"
    case 1: "platform configuration"
    case 2: "option ROMs and drivers"
    case 3: "configuration of option ROMs"
    case 4: "boot loaders"
    case 5: "boot configuration and partitions"
    case 6: "events of the manufacturer"
    case 7: "Secure Boot"
    case 8: "commands of the boot loader and kernel command line"
    case 9: "files that the boot loader read"
    case 10: "operating system"
    case 11, 12, 13, 15: "kernel image, its options and user space"
    case 14: "keys of the machine's owner (MOK)"
    case 17...22: "dynamic launch"
    default: "other registers"
    }
  }
}
