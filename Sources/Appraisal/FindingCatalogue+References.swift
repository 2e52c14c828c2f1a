/// Findings about measured content and about the references it is compared with.
extension FindingCode {
  var measurementEntry: Entry {
    switch self {
    case .measurementUnknown:
      Entry(
        .critical, .untrusted,
        "A file was measured whose content is in no reference and whose path no package lists. It counts as code unless the policy shows that it is data or configuration; then it weighs less.",
        causes:
          "Somebody brought the file: an attacker, an administrator, or software that was installed without its packages being in the references. Programs that the machine compiled for itself and files that software writes while it runs are unknown too.",
        next:
          "See between which quotes it was first measured, and what was measured just before and after it. Add the package to the references if it is one; exempt your own software by path and digest, with the reason."
      )
    case .measurementChanged:
      Entry(
        .critical, .untrusted,
        "A package lists the path, and no version of it in the references has the measured content. For what the package marks as plain configuration this is a warning, for everything else it is as bad as an unknown program.",
        causes:
          "The file was altered, or replaced by another one. A version of the package that is not in the references looks the same; so does a file that the machine rebuilds in place.",
        next:
          "Compare the measured digest with the package's other versions, which the vendor's archive has. If it is none of them, take the file from an image of the disk and look at it."
      )
    case .measurementSuperseded:
      Entry(
        .warning, .none,
        "The measured file is exactly what the vendor published, in a version that had been replaced at the date in question.",
        causes: "The machine was not updated, or a process was still running what had been replaced.",
        next:
          "Look at the update type and the advisory: a security fix that was out before the capture may be how somebody came in."
      )
    case .measurementNameMismatch:
      Entry(
        .notice, .none,
        "The content is that of a packaged file, and the path is another one that no package lists.",
        causes: "Somebody copied or renamed a program, or a tool keeps copies of its own.",
        next: "A known program under a strange name is a way to pass filters: see who ran it and when.")
    case .measurementLibraryUnresolved:
      Entry(
        .warning, .none,
        "A known program needs a library that was not measured and that no package in the references has. The level of the boot is the lowest then.",
        causes:
          "The library's package is missing from the references, or the policy of the kernel does not measure it.",
        next: "Add the package that ships the library to the references.")
    case .measurementLevelTooLow:
      Entry(
        .critical, .untrusted,
        "The integrity level of the boot is below the one that the policy requires.",
        causes:
          "Files of superseded, changed or unknown software were measured; the report lists those that set the level.",
        next: "Update the machine or the references, or change the policy if the level was set too high.")
    default: preconditionFailure("\(rawValue) is no code of measurements")
    }
  }

  var referenceEntry: Entry {
    switch self {
    case .referenceUnsigned:
      Entry(
        .warning, .none,
        "Reference values come from files that no signature vouches for. They are believed because the person who runs the analysis gave them.",
        causes:
          "Package files or lists were taken without the signed index of their repository, or no key was given for it.",
        next:
          "Build the references from a mirrored repository with its Release file and the vendor's keyring; require signed references in the policy."
      )
    case .referenceWeakDigest:
      Entry(
        .warning, .none,
        "Files are known by a digest for which collisions can be made.",
        causes: "The kernel measured with SHA-1, or the references have no better digests.",
        next:
          "Boot with ima_hash=sha256 to get better evidence in future; build references from the packages themselves.")
    default: preconditionFailure("\(rawValue) is no code of references")
    }
  }
}
