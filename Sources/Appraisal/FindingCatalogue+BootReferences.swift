extension FindingCode {
  var bootReferenceEntry: Entry {
    switch self {
    case .bootReferenceMissing:
      Entry(
        .notice, .none,
        "The references hold event logs, and none of them has anything of this machine's firmware: what booted is proven and not appraised.",
        causes:
          "The manifests are for other models or other versions of the firmware, or the firmware is wholly another one.",
        next:
          "Get the manufacturer's manifest for the firmware version in the report, or make a baseline from a boot that is known to be good."
      )
    default:
      Entry(
        .warning, .inconclusive,
        "The proven part of the event log has events that the manufacturer's manifest or the baseline lacks, or lacks events that it has.",
        causes:
          "The firmware, its settings or the boot loader were updated or changed, a device was added, or somebody tampered with one of them.",
        next:
          "Look at the named events: a changed firmware version explains changed firmware blobs. Give the manifest of the version that should run; what differs from that was changed."
      )
    }
  }
}
