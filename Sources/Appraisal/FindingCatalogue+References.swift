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
    case .referenceConflict:
      Entry(
        .warning, .none,
        "One version of one package gives two digests for the same path, so one of the two is not what was published.",
        causes:
          "A package file was altered or rebuilt under the same version, a list was edited, or two vendors use the same name and version.",
        next:
          "Look at the two sources: which of them does a signature vouch for? Build the store anew without the other.")
    case .referenceDuplicate:
      Entry(
        .notice, .none,
        "The same version of a package was read from several sources that do not say quite the same, though no digest contradicts another.",
        causes:
          "A package was rebuilt, or it was read from its file and from a system's own records, which hold less.",
        next: "Nothing, as long as the signed source is among them; else find out where the other one is from.")
    case .referenceImplausibleDigest:
      Entry(
        .warning, .none,
        "A digest cannot be that of the file it stands for: it is all zeros, or it is that of empty content and the file is not empty.",
        causes:
          "Tools that make lists write such values for links, folders and files that they could not read.",
        next: "Remove these entries: an empty program would pass as known. Read the packages themselves instead.")
    case .referenceAmbiguousDigest:
      Entry(
        .notice, .none,
        "A list gives digests without naming their algorithm, and several algorithms have digests of that length.",
        causes: "Lists of the Keylime and allow-list kind hold hexadecimal digits only.",
        next: "The message says which algorithm was taken. If it is another one, nothing of the list will match.")
    case .referenceSuspectPath:
      Entry(
        .warning, .none,
        "A path is not one that the kernel would report: it is not absolute, has empty, . or .. components, or holds control characters.",
        causes: "A list was made by hand or by another tool, or a package tries to write outside of its place.",
        next: "Find the source of the path with 'inquest references lookup'; such an entry never matches a measurement."
      )
    case .referenceIncomplete:
      Entry(
        .notice, .none,
        "Packages or files are known by name only: no digest of their content is in the references.",
        causes:
          "A system's own records have no digest of its configuration files, and of packages whose own files were not read they have MD5 at best.",
        next: "Add the package files of these versions, from a mirror or the vendor's archive.")
    case .referenceNotCovered:
      Entry(
        .notice, .inconclusive,
        "The capture holds measurements that these references do not explain, so a case from that machine could not be trusted by them.",
        causes: "Packages are missing from the references, or the machine runs software that is in no package.",
        next:
          "Add the packages that the report names; give the site's own files in a list, or exempt them in the policy.")
    case .referenceSuperseded:
      Entry(
        .notice, .none,
        "The references hold or name a newer version of the package.",
        causes: "The store keeps history, which it should; or it was built from packages that were old already.",
        next: "See that the newest version is there, too. Old versions stay useful for old evidence.")
    case .referenceOutOfDate:
      Entry(
        .warning, .none,
        "The index or manifest says itself that it was valid only until a time before the date in question.",
        causes:
          "The mirror was not updated, nobody fetched the manufacturer's newer manifest, or somebody served an old one to hide an update.",
        next:
          "Archive the index or manifest of the date in question; for older evidence give its own date with --as-of.")
    default: preconditionFailure("\(rawValue) is no code of references")
    }
  }

  var referenceSourceEntry: Entry {
    switch self {
    case .referenceSignatureInvalid:
      Entry(
        .critical, .untrusted,
        "The signature of a package or index does not verify, or rests on an algorithm so weak that it shows nothing.",
        causes: "The file was altered after it was signed, or cut, or its signature is that of another file.",
        next: "Do not use what it vouches for. Fetch the file again from the vendor and compare.")
    case .referenceSignatureUnsupported:
      Entry(
        .notice, .inconclusive,
        "There is a signature of a version or algorithm that cannot be verified here. That is not the same as unsigned.",
        causes: "The vendor signs with a newer OpenPGP version or a post-quantum key.",
        next: "Verify it with the vendor's own tool, or take an index that is signed with an older key as well.")
    case .referenceKeyMissing:
      Entry(
        .notice, .inconclusive, "There is a signature, and none of the keys that were given can have made it.",
        causes: "The vendor's key was not given, or somebody else signed.",
        next: "Build again with --key and the vendor's keyring; the files that were read are not read again.")
    case .referenceKeyRevoked:
      Entry(
        .critical, .untrusted, "The signature verifies, yet its key is revoked.",
        causes: "The vendor withdrew the key, because it was lost, stolen or replaced.",
        next: "See the reason and the date of the revocation; take an index that the new key signs.")
    case .referenceExpiredKey:
      Entry(
        .warning, .none, "The signature verifies, and its key had expired when it was made.",
        causes:
          "The vendor went on signing with an old key, the keyring is older than the signature, or a date is wrong.",
        next: "Give a newer copy of the vendor's keyring, in which the key's life may be longer.")
    case .referenceSignerUntrusted:
      Entry(
        .notice, .inconclusive,
        "A good signature vouches for packages, by a key that is not among those to be trusted.",
        causes: "The store was built with more keys than were given to the check with --trusted-key.",
        next: "Decide whether that signer may vouch for software; give its fingerprint, or leave its packages out.")
    case .referenceChainBroken:
      Entry(
        .critical, .untrusted,
        "A link of a repository's chain does not hold: an index or package is not the one that the file above it names.",
        causes:
          "A file was altered or replaced, was only half copied, or the mirror was copied while it changed.",
        next: "The message names the link. Mirror again; if it stays broken, treat the file as forged.")
    case .referenceFileMissing:
      Entry(
        .notice, .inconclusive, "An index names packages or indexes that are not there, so their files are not known.",
        causes: "Only a part of the repository was mirrored.",
        next: "Mirror the rest if machines to be examined may run it.")
    case .referenceNotListed:
      Entry(
        .warning, .none, "A package lies in a repository whose indexes do not name it, so no signature vouches for it.",
        causes: "An old version that the index has dropped, or a file that somebody put there.",
        next: "Archive the index of the time when the package was published; else find out who brought the file.")
    case .referencePayloadDiffers:
      Entry(
        .critical, .untrusted,
        "The content of a package is not what the package says of itself, in its md5sums or its header.",
        causes: "The package was altered by somebody who did not mend its records, or was badly made.",
        next: "Compare the package with the vendor's; look at the files that are named.")
    case .referenceDamaged:
      Entry(
        .critical, .untrusted,
        "The store is damaged: its rows do not give the digests that were computed when it was built.",
        causes: "The disk or a copy failed, or somebody changed the store to let something pass as known.",
        next: "Build it again from its inputs and compare the logical digest with the one in earlier reports.")
    case .referenceUnreadable:
      Entry(
        .warning, .none,
        "A source could not be read whole when the store was built; what was read before the damage is kept.",
        causes: "A file was cut while it was copied, is not readable, or breaks its format.",
        next: "Fetch the file again and add it to the store.")
    case .referenceRefused:
      Entry(
        .critical, .untrusted,
        "Something in a source was refused for what it would do: a path that leads out, far too many members, content that unpacks without end.",
        causes: "The file was made to harm whoever reads it; no vendor makes such packages.",
        next: "Find out where the file came from, and do not open it with other tools.")
    case .referenceUnrecognised:
      Entry(
        .notice, .none, "A file among the inputs is no package, repository or list of a known kind. It was left alone.",
        causes: "Notes and keys beside packages, symbolic links, or a format that is not supported.",
        next: "If it holds reference values, see docs/formats for what is read.")
    default: preconditionFailure("\(rawValue) is no code of reference sources")
    }
  }
}
