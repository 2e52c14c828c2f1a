extension FindingCode {
  /// What the event log says of the start: Secure Boot, separators, options of the kernel.
  var whatBootedEntry: Entry {
    switch self {
    case .secureBootDisabled:
      Entry(
        .warning, .none,
        "Secure Boot was off as the firmware measured it: the firmware started whatever it was told to.",
        causes:
          "It was never switched on, a person switched it off in the firmware's menu, or somebody with access to the machine did.",
        next:
          "Ask whether the machine is meant to have it. With it off, judge the loaders and the kernel by their digests alone."
      )
    case .secureBootSetupMode:
      Entry(
        .warning, .none,
        "The firmware was in setup mode: there is no platform key, so any program can put in keys, and signatures prove nothing.",
        causes: "The keys were cleared in the firmware's menu, or the machine was never given any.",
        next: "Put in the keys of the vendor or of your own, and look at what started while there were none.")
    case .secureBootAuditMode:
      Entry(
        .warning, .none,
        "The firmware was in audit mode: it verifies images, notes the outcome and starts them all.",
        causes: "Audit mode is for trying out keys; it is not for a machine in use.",
        next: "Leave audit mode, and judge what started meanwhile by its digests.")
    case .secureBootDebugMode:
      Entry(
        .warning, .none,
        "The firmware measured that a debugger can be attached to it, which makes every other statement of it open to change.",
        causes: "A board for development, or a debug setting that was left on.",
        next: "Switch debugging off. Treat the boot as one whose firmware may have been changed while it ran.")
    case .secureBootUnprotectedDMA:
      Entry(
        .warning, .none,
        "The firmware measured that it started without protection of memory against devices.",
        causes:
          "The setting is off, the platform lacks an IOMMU, or the firmware does not use it before the kernel starts.",
        next: "Switch the protection on where the firmware has it; it matters where somebody can plug in devices.")
    case .secureBootRevocationsMissing:
      Entry(
        .warning, .none,
        "Secure Boot was on without a list of revoked images: loaders with known holes, signed once, still start.",
        causes: "The machine never got an update of dbx, dbx was emptied, or its event was taken out of the log.",
        next: "Bring dbx up to date. If a quote covers PCR 7 and the log replays, the event was not taken out.")
    case .secureBootAuthorityUnexpected:
      Entry(
        .warning, .none,
        "The log contradicts itself in register 7: an image was let start by an entry that the measured db does not hold, or while Secure Boot was not on.",
        causes:
          "Firmware that measures in its own way, db changed between the two events, or an event that was relabelled or made up.",
        next: "Compare with a log of the same model of machine, and see whether a quote proves PCR 7.")
    case .secureBootAuthorityRevoked:
      Entry(
        .critical, .untrusted,
        "An image was let start by a certificate or hash that the machine's own list of revoked ones holds.",
        causes: "Firmware that does not ask dbx, or an event of register 7 that is not what it says.",
        next: "Find the image in the log behind this event and judge it by its digest. Bring the firmware up to date.")
    case .eventSeparatorMissing:
      Entry(
        .warning, .none,
        "A register of the firmware has no separator although a loader was started. A separator tells what firmware extended from what came later.",
        causes:
          "Firmware that does not keep to the profile, or an event that was taken out of the log or given another type.",
        next:
          "See whether a quote proves the register: a log that replays has lost no event. Compare with a log of the same firmware."
      )
    case .eventSeparatorRepeated:
      Entry(
        .warning, .none,
        "A register has two separators: somebody after the firmware extended one, or the firmware did twice.",
        causes:
          "Firmware with a fault, or a program that wants its events to pass for those before the first separator.",
        next: "Take everything after the first separator as made by what the firmware started.")
    case .eventSeparatorError:
      Entry(
        .warning, .none,
        "The firmware closed a register with the mark of an error: what it was to measure there it did not.",
        causes: "A failed part of the firmware, a device that did not answer, or a TPM in trouble.",
        next:
          "The data of the event say what failed, unbound by its digest. Registers so closed prove little of the firmware."
      )
    case .eventSeparatorUnexpected:
      Entry(
        .warning, .none,
        "A separator holds data that the profile does not define.",
        causes: "Firmware with a habit of its own, or an event of another kind that was given the type of a separator.",
        next: "Compare with a log of the same model of firmware.")
    case .eventSeparatorRelabelled:
      Entry(
        .warning, .none,
        "An event has the digest of a separator under another type, in a register without one. No digest covers the type, so the log could be changed so without failing a replay.",
        causes:
          "Somebody changed the type to hide where the firmware's part ends, or the firmware measured four such bytes of its own.",
        next:
          "Take the event for the separator: what follows was not extended by the firmware. Do not believe the data of the event."
      )
    case .eventAfterSeparator:
      Entry(
        .warning, .none,
        "Events stand in a register of the firmware behind its separator where the profile has none of their kind, or images and settings behind the end of the boot services: they were extended by what the firmware had started, or the log is out of order.",
        causes:
          "Firmware that measures in another order, a loader with a register of its own choice, or a program that makes up events of firmware.",
        next: "Compare with a log of the same model. Do not take these events for measurements of the firmware.")
    case .eventForeignRegister:
      Entry(
        .warning, .inconclusive,
        "A log of user space has records of registers of firmware and boot loaders that are none of the marks which user space sets there; or, without effect, records of the boot stub's registers (PCR 11 to 13) whose digests are of nothing that the log shows. Nothing tells what they are, and checks of images, options and Secure Boot do not see them.",
        causes:
          "Events of the firmware's log were moved there, a program of its own extends these registers, or a version of systemd that is not known here.",
        next: "Find what extended the register. Compare with the firmware's log of another boot of the machine.")
    case .eventExitBootServicesFailed:
      Entry(
        .notice, .none,
        "The call that ends the firmware's boot services failed, and was measured so.",
        causes: "The memory map changed meanwhile; loaders then call again, and the next call succeeds.",
        next: "Nothing, when a success follows in the log.")
    case .bootOptionWeakens:
      Entry(
        .warning, .none,
        "The kernel was started with an option that takes away a protection, or that gives a shell before the system starts; or Windows with such a setting, as of debuggers, of drivers signed for tests, or of safe mode.",
        causes: "A person repaired or tested the machine, a setting of the image, or somebody at the boot menu.",
        next: "Ask whether the option is meant. Options such as init= and rd.break give root without a password.")
    case .bootTextUnexplained:
      Entry(
        .warning, .inconclusive,
        "Boot loaders measure the texts of their commands and of the kernel command line into PCR 8 or 12, and the kernel its load options. Here an event has a digest that is of no text of the log, so a command or an option may be hidden. In logs of other firmware than UEFI, whose loaders measure code there, it is a notice without effect; of what is said to be an archive or add-on of systemd's stub, a warning without effect.",
        causes:
          "A loader that measures files or other content there, or a log whose texts or labels were changed after they were measured.",
        next: "Compare with a log of the same loader, and do not take the command line that is told for the only one.")
    case .secureBootDatabaseMalformed:
      Entry(
        .warning, .none,
        "One of PK, KEK, db, dbx or of shim's lists was measured with data that are no signature lists, so what it lists is not known.",
        causes: "Firmware with a fault, a variable that was written by hand, or an event whose data were changed.",
        next:
          "See whether the digest binds the data (`inspect`): bound, the firmware itself measured them so. Read the variable on the machine, and judge what started by its digests."
      )
    case .secureBootVariableMissing:
      Entry(
        .warning, .inconclusive,
        "Secure Boot was on, and one of PK, KEK and db, which firmware must measure beside it, has no event in the log.",
        causes:
          "The type or name of the event was changed, for no digest covers a type; an incomplete log; or firmware that does not measure what the profile demands.",
        next:
          "See which events of PCR 7 stand before its separator and are no variables (`inspect`), and read the variables on the machine or from a log of the same firmware."
      )
    case .secureBootStateUndetermined:
      Entry(
        .warning, .none,
        "The log does not say clearly whether Secure Boot was on: it has the variable with two values, with data that no digest binds, or not at all. Where the log may hide the variable under another type or behind other data, the boot stays undecided.",
        causes:
          "The setting was changed while the firmware ran, somebody extended register 7 after the start, or the event was taken out of a log that no quote covers.",
        next: "See whether a quote proves PCR 7: then the events are what was measured, and any that says off counts.")
    default: preconditionFailure("\(rawValue) is described elsewhere")
    }
  }
}
