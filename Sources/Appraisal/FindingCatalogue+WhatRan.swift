extension FindingCode {
  var whatRanEntry: Entry {
    switch self {
    case .imaSignatureInvalid:
      Entry(
        .critical, .untrusted,
        "A file was measured with a signature that its key did not make over the measured content: the file is not what was signed.",
        causes: "The file was changed after it was signed, or the signature of another file was put on it.",
        next:
          "Compare the measured digest with the package's. The kernel runs such a file where it measures without appraising."
      )
    case .imaSignatureUnknownKey:
      Entry(
        .warning, .none,
        "A file was measured with a signature of a key that was neither given nor measured: nothing can be said of the signature.",
        causes: "The signer's certificate is not among those given, or somebody signed with a key of his own.",
        next:
          "Find the certificate whose subject key identifier ends with the named identifier, and give it with '--file-signing-key'."
      )
    case .imaSignatureUnverifiable:
      Entry(
        .notice, .none,
        "Signatures are of a kind that cannot be checked from the list: what they cover is not in the record, or the algorithm is not supported.",
        causes:
          "EVM signatures cover the file's metadata; signatures of the first version name no algorithm that is used today.",
        next: "Nothing is proven for or against these files; judge them by their digests.")
    case .imaKernelBoundary:
      Entry(
        .notice, .none,
        "The list holds another boot_aggregate behind the first record: a kernel started another one by kexec, which went on with the list.",
        causes: "A kernel update without a reset of the machine, or kdump.",
        next:
          "Read the records before it as those of the earlier kernel. The registers were not reset, so one quote proves both."
      )
    case .imaHeadMissing:
      Entry(
        .warning, .inconclusive,
        "The list does not begin with a boot_aggregate and replays from a register value that is not that of a reset: its first records are missing.",
        causes: "The kernel's list was exported and trimmed, or somebody cut the archive.",
        next: "Find the earlier part. What it holds is covered by the named start value and is not in this archive.")
    case .containerCompromised:
      Entry(
        .critical, .untrusted,
        "A container or pod ran code that no reference knows, or changed code. The verdicts of the host and of the other containers do not depend on it.",
        causes:
          "The container's image was altered, something was brought in while it ran, or its image is not among the references.",
        next:
          "Isolate it; its image is an OCI archive that can be given as a reference. Removing it mends the state from then on; the records and the register stay until the next reset."
      )
    case .containerDeparted:
      Entry(
        .notice, .none,
        "Records name a container that the inventory does not have: it was gone when the inventory was taken. They count for the time since boot, not for now.",
        causes: "Containers come and go; the list keeps what they ran.",
        next: "Look for an earlier inventory, or the runtime's logs, to see what it was.")
    case .containerDeviceReused:
      Entry(
        .warning, .none,
        "A device number stands for two owners, or was given again to another container: its records cannot be told apart by it.",
        causes: "The kernel gives the number of a device that is gone to the next one.",
        next:
          "Use the order of the captures: records before the first inventory that names the new owner may be the old one's."
      )
    case .containerUnattributed:
      Entry(
        .notice, .none,
        "Records of unknown or changed code may be a container's or the host's, and nothing in the list says which. They count against both.",
        causes:
          "A stock kernel writes the path as the process sees it. What a container runs below its own root looks like the host's.",
        next:
          "Give the images as references and the runtime's inventory; with '--userns-remap' the file's owner tells containers from the host."
      )
    default: preconditionFailure("\(rawValue) is described elsewhere")
    }
  }
}
