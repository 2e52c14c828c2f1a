extension FindingCode {
  var bootReferenceEntry: Entry {
    switch self {
    case .bootReferenceMissing:
      Entry(
        .notice, .none,
        "The references say what a boot should measure, and all of it or a part was not compared: none has anything of this machine's firmware, no quote proves an event log, or a baseline has events of registers or banks that no quote proves. Of a baseline this leaves the boot undecided.",
        causes:
          "The manifests are for other models or other versions of the firmware, the firmware is wholly another one, or the machine quoted less, or another bank, than the boot that was called good.",
        next:
          "Get the manufacturer's manifest for the firmware version in the report, or make a baseline from a boot that is known to be good."
      )
    case .bootRegistersKnown:
      Entry(
        .notice, .none,
        "Quoted registers have the values that a reference names: a manifest (CoRIM) or a file of register values.",
        causes: "The machine booted what the reference describes. Registers that it does not name are not covered.",
        next: "Look which registers the reference names, and who vouches for it."
      )
    default:
      Entry(
        .warning, .inconclusive,
        "The proven part of the event log has events that the manufacturer's manifest or the baseline lacks, or lacks events that it has, or a quoted register has none of the values that a manifest names.",
        causes:
          "The firmware, its settings or the boot loader were updated or changed, a device was added, or somebody tampered with one of them.",
        next:
          "Look at the named events: a changed firmware version explains changed firmware blobs. Give the manifest of the version that should run; what differs from that was changed."
      )
    }
  }
}
