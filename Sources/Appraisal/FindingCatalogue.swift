extension FindingCode {
  /// The catalogue itself, one entry a code. `docs/findings.md` is written from it.
  var entry: Entry {
    switch self {
    case .quoteMalformed, .quoteNotFromTPM, .quoteNotAQuote, .quoteSignatureInvalid, .quoteSignatureMissing,
      .quoteNonceMismatch, .quoteNonceUnknown, .quoteNonceReused, .quotePCRDigestMismatch, .quotePCRSelectionMismatch,
      .quotePCRValuesMissing, .quoteEmptySelection, .quoteWeakAlgorithm:
      quoteEntry
    case .keyMissing, .keyUnanchored, .keyUntrusted, .keyNameMismatch, .keyNotRestricted, .keyExpiredAtCapture,
      .keyValidityUndetermined:
      keyEntry
    case .logMalformed, .logTruncated, .logTrailingData, .logCopyDiffers, .logReplayMismatch, .logUnquotedRecords,
      .logUnprovenRecords, .logNotQuoted, .logMissing, .logTrustPoint, .logTrustPointMismatch, .eventDigestMismatch,
      .eventKnownDeviation:
      logEntry
    case .bootChanged, .bootReferenceMissing, .bootRegistersKnown: bootReferenceEntry
    case .eventRevokedImage, .eventRevokedGeneration, .eventUnknownImage, .eventSupersededImage: bootImageEntry
    case .imaTemplateHashMismatch, .imaBootAggregateMismatch, .imaViolation, .timelineDiverged, .timelineClockWentBack,
      .timelineResetCountWentBack, .contentNotAssessed:
      listEntry
    case .imaSignatureInvalid, .imaSignatureUnknownKey, .imaSignatureUnverifiable, .imaKernelBoundary, .imaHeadMissing,
      .containerCompromised, .containerDeparted, .containerDeviceReused, .containerUnattributed:
      whatRanEntry
    case .eventSeparatorMissing, .eventSeparatorRepeated, .eventSeparatorError, .eventSeparatorUnexpected,
      .eventSeparatorRelabelled, .eventAfterSeparator, .eventExitBootServicesFailed,
      .secureBootDisabled, .secureBootSetupMode, .secureBootAuditMode, .secureBootDebugMode,
      .secureBootUnprotectedDMA, .secureBootRevocationsMissing, .secureBootAuthorityUnexpected,
      .secureBootAuthorityRevoked, .secureBootStateUndetermined, .secureBootDatabaseMalformed,
      .secureBootVariableMissing, .eventForeignRegister,
      .bootOptionWeakens,
      .bootTextUnexplained:
      whatBootedEntry
    case .measurementUnknown, .measurementChanged, .measurementSuperseded, .measurementNameMismatch,
      .measurementLibraryUnresolved, .measurementLevelTooLow:
      measurementEntry
    case .referenceUnsigned, .referenceWeakDigest, .referenceConflict, .referenceDuplicate, .referenceImplausibleDigest,
      .referenceAmbiguousDigest, .referenceSuspectPath, .referenceIncomplete, .referenceNotCovered,
      .referenceSuperseded, .referenceOutOfDate:
      referenceEntry
    case .referenceSignatureInvalid, .referenceSignatureUnsupported, .referenceKeyMissing, .referenceKeyRevoked,
      .referenceExpiredKey, .referenceSignerUntrusted, .referenceChainBroken, .referenceFileMissing,
      .referenceNotListed, .referencePayloadDiffers, .referenceDamaged, .referenceUnreadable, .referenceRefused,
      .referenceUnrecognised:
      referenceSourceEntry
    case .inputUnrecognised, .inputUnreadable, .inputRefused, .inputMissing, .descriptionInvalid:
      inputEntry
    }
  }

  private var quoteEntry: Entry {
    switch self {
    case .quoteMalformed:
      Entry(
        .critical, .untrusted,
        "A file stands where a quote should, and its bytes are not one whole TPMS_ATTEST: a field is cut, or bytes follow the end.",
        causes: "The file was cut or padded while it was copied, or somebody changed a length in it.",
        next: "Compare its size and SHA-256 with the collector's records, and fetch the original again.")
    case .quoteNotFromTPM:
      Entry(
        .critical, .untrusted,
        "The statement does not begin with TPM_GENERATED_VALUE. A TPM starts every statement of its own with it and refuses to sign outside data that does.",
        causes: "The statement was made by software, or its first bytes were changed.",
        next: "Treat the quote as forged; look for who could write to the archive.")
    case .quoteNotAQuote:
      Entry(
        .critical, .untrusted,
        "A statement of another kind (certify, time, NV) was put where a quote belongs. It may be validly signed and still proves nothing about registers.",
        causes:
          "Somebody replaced the quote with another statement of the same key, or the collector mixed up its files.",
        next: "Look for the real quote. If a description names the role of the file, check that it is right.")
    case .quoteSignatureInvalid:
      Entry(
        .critical, .untrusted,
        "The signature does not verify over the archived bytes with the key that should have made it.",
        causes: "The quote or its signature was changed, or the signature is that of another quote.",
        next:
          "Compare both files with the collector's records. If several keys are in use, see that the right one is archived."
      )
    case .quoteSignatureMissing:
      Entry(
        .notice, .inconclusive, "A quote was archived without a signature, so anybody could have written it.",
        causes: "The collector did not keep the signature, or named it unlike the quote.",
        next: "Look for the signature. Files are paired by stem: q1.attest belongs to q1.sig.")
    case .quoteNonceMismatch:
      Entry(
        .critical, .untrusted,
        "The quote carries another nonce than the one that was sent: it does not answer this challenge.",
        causes:
          "An older quote was served again, a quote of another capture was put in its place, or the nonce given is another challenge's.",
        next: "Check the nonce in the challenger's own records.")
    case .quoteNonceUnknown:
      Entry(
        .notice, .none,
        "The nonce that was sent is not known from outside the case, so nothing shows that the quote was fresh.",
        causes:
          "The nonce was not recorded, or only beside the quote, where whoever wrote the quote could write it too.",
        next: "Give the challenger's record with --nonce or in a --description file.")
    case .quoteNonceReused:
      Entry(
        .critical, .untrusted, "One key signed the same nonce in two captures. A challenger sends each nonce once.",
        causes: "An old quote was served for a new challenge, or the challenger sends a constant.",
        next: "Find out which of the two captures is real, by the TPM's clock and by the lists.")
    case .quotePCRDigestMismatch:
      Entry(
        .critical, .untrusted,
        "The archived register values do not hash to the digest that the TPM signed: they are not the quoted ones.",
        causes: "The PCR file was edited, or belongs to another quote.",
        next: "Do not use these values. The logs can still be held against the signed digest itself.")
    case .quotePCRSelectionMismatch:
      Entry(
        .critical, .untrusted,
        "The PCR file labels its values with other registers than the signature covers. Only the signed selection says which register a value is of.",
        causes:
          "The file was edited so that a register anybody can reset poses as another, or it belongs to another quote.",
        next: "Treat the PCR file as forged. Older tools accept such files: check what was decided with them.")
    case .quotePCRValuesMissing:
      Entry(
        .notice, .inconclusive,
        "Only the digest of the quoted values is known, and the logs do not give values that hash to it.",
        causes: "The PCR file was not archived, and a log is missing, was altered, or ends before the quote.",
        next: "Archive the quote's PCR file (tpm2_quote -o), or the logs that were read at the same time.")
    case .quoteEmptySelection:
      Entry(
        .warning, .inconclusive, "The quote selects no register, so its digest says nothing about any of them.",
        causes: "The bank that was asked for is not active in this TPM, or the request named none.",
        next: "Quote again with registers of an active bank.")
    default:
      Entry(
        .warning, .none, "The quote rests on algorithms for which forgeries are known or within reach.",
        causes: "The key or the TPM is old, or SHA-1 was asked for.",
        next: "Quote the SHA-256 bank with an attestation key of at least 2048 bits and SHA-256.")
    }
  }

  private var keyEntry: Entry {
    switch self {
    case .keyMissing:
      Entry(
        .notice, .inconclusive, "The key that signed is not in the evidence, so the signature can't be verified.",
        causes: "The attestation key was not archived, or the scheme can only be verified by its owner.",
        next: "Give the key with --key, or put its public part or certificate into the case.")
    case .keyUnanchored:
      Entry(
        .notice, .inconclusive,
        "The signature verifies, but nothing from outside the case says that the key belongs to a TPM you trust. Without effect where another quote of the boot passes every check.",
        causes: "No trust anchor and no pinned key was given, the key has no certificate, or an issuer is missing.",
        next: "Give the certificate authority with --trust-anchor, or the key itself with --key.")
    case .keyUntrusted:
      Entry(
        .critical, .untrusted, "The certificate of the key is refused: its chain is wrong, or it is for another use.",
        causes:
          "A forged or wrongly issued certificate: a bad signature, an issuer that is no CA, another key purpose.",
        next: "Ask the authority whether it issued the certificate.")
    case .keyNameMismatch:
      Entry(
        .critical, .untrusted, "The statement names another key than the one that signed it.",
        causes: "Somebody signed a statement with a key of their own.",
        next: "Treat the quote as forged.")
    case .keyNotRestricted:
      Entry(
        .critical, .untrusted,
        "The key is no restricted signing key of one TPM, so it can sign a statement that no TPM made.",
        causes: "The wrong kind of key was used for attestation, or a software key was passed off as one.",
        next: "Use keys that tpm2_createak makes: fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign.")
    case .keyExpiredAtCapture:
      Entry(
        .warning, .inconclusive, "The certificate of the key was outside its validity when the quote was collected.",
        causes: "The certificate had run out or was not valid yet, or the time of collection is wrong.",
        next: "Check the time of collection; ask the authority for the certificate of that time.")
    default:
      Entry(
        .notice, .inconclusive,
        "The certificate leads to a trust anchor, but whether it was valid then cannot be judged.",
        causes: "Nobody says when the quote was collected; the date of a file is no evidence.",
        next: "Give --collected-at or --as-of, or say it in a description.")
    }
  }

  private var logEntry: Entry {
    switch self {
    case .logMalformed:
      Entry(
        .critical, .untrusted,
        "A place of the log does not follow its format. Records before it were read. A warning where the rest could be read as well.",
        causes: "The log was damaged, or somebody changed a length or a type in it.",
        next: "Look at the named offset, and fetch the original again.")
    case .logTruncated:
      Entry(
        .warning, .none, "The log ends inside a record. Everything before it was read and counts.",
        causes: "It was copied while it grew, the disk was full, or somebody cut it.",
        next: "If quotes prove less than was read, only the unproven tail is missing; else see log.replay-mismatch.")
    case .logTrailingData:
      Entry(
        .notice, .none, "Bytes that are no record follow the last one.",
        causes: "The copy took more than the log, or something was appended.",
        next: "Look at the bytes at the named offset.")
    case .logCopyDiffers:
      Entry(
        .notice, .none,
        "A text copy of a measurement list differs from the binary list beside it, which alone is judged.",
        causes: "Names with line breaks, a list that grew between two reads, or an edit of the copy.",
        next: "Do not use the text copy as evidence.")
    case .logReplayMismatch:
      Entry(
        .critical, .untrusted,
        "No first part of the log, of whatever length, gives the register value that was quoted.",
        causes:
          "A record was altered, removed, added or moved; the log is of another boot; or something extended the register without writing the log. Inconclusive where another event log gives all the values and this one differs from it in three registers or more; where an event log is that of another boot; and where every event of an event log counts and only a start of the TPM from another locality, or what systemd or firmware is known to extend, has to be added.",
        next:
          "Of a list, read the named interval: the first alteration lies in it; other captures of the boot narrow it. Of an event log, read what was tested under \"Why logs do not replay\", and look for a log of user space (systemd's tpm2-measure.log)."
      )
    case .logUnquotedRecords:
      Entry(
        .notice, .none,
        "Records follow the last quote, or extend registers that no quote covers. They are present, not proven.",
        causes: "The list was read after the quote, which is usual, or the quote selects other registers.",
        next: "Treat these records as hints. A later quote of the same boot would prove them.")
    case .logUnprovenRecords:
      Entry(
        .warning, .inconclusive,
        "Records inside the quoted part of a log change no quoted register: they have no digest in a bank, or name a register that no TPM has.",
        causes:
          "Firmware that measures some events in one bank only, a kernel policy with an odd register, or records that were put in.",
        next: "Do not believe these records.")
    case .logNotQuoted:
      Entry(
        .notice, .inconclusive,
        "No quote that counts covers the log, or some register or the stronger bank that it extends: that part of it is a claim.",
        causes: "The quote selects other registers, its key is missing, or there is none.",
        next: "Archive a quote over these registers together with the log.")
    case .logTrustPoint:
      Entry(
        .info, .none,
        "The event log of Windows holds a quote of its own registers, made when Windows started.",
        causes: "Windows with an attestation key of its own writes one into every log.",
        next: "Give the key with --key, from the machine's registry or its certificate, and the quote counts.")
    case .logTrustPointMismatch:
      Entry(
        .warning, .none,
        "The event log of Windows holds a quote of its own registers, and the records before it do not give the quoted values.",
        causes:
          "Firmware that logs otherwise than it extends (some of HP logs a record too many), or somebody who changed the log and left the quote.",
        next: "Compare the log with an earlier one of the same machine; look at what replay gives for each register.")
    case .logMissing:
      Entry(
        .notice, .inconclusive,
        "A quoted register is away from its reset value, and no log in the evidence says what extended it.",
        causes:
          "The log was not archived or is empty, as with boot loaders that do not pass the firmware's log on; or user space extended the register.",
        next: "Archive the event log of the boot. Without one, what these registers stand for is unknown.")
    case .eventDigestMismatch:
      Entry(
        .critical, .untrusted,
        "The digest of an event must be that of its data and is not, though this log follows the rule elsewhere.",
        causes: "The data was edited and the digests were left, or one bank's digest was changed.",
        next: "Believe the digest, not the text: it is what the TPM extended. Compare with other captures of the boot.")
    default:
      Entry(
        .notice, .none,
        "Digests of this log follow a known rule of a vendor or boot loader that departs from the specification.",
        causes: "Firmware or loader of that make and version.",
        next: "Nothing; the deviation is listed in docs/formats/event-log.md.")
    }
  }

  private var listEntry: Entry {
    switch self {
    case .imaTemplateHashMismatch:
      Entry(
        .critical, .untrusted, "The template hash that a record carries is not the hash of the record.",
        causes: "The record was edited after it was measured: its path, its digest, or the hash itself.",
        next: "Compare the record with other captures of the boot, and with the package that owns the file.")
    case .imaBootAggregateMismatch:
      Entry(
        .critical, .untrusted,
        "The first record of the list holds a hash of the boot's registers, and it is that of other values. A warning that leaves the verdict open where no quote proves the values it is compared with.",
        causes: "The list belongs to another boot, or was put together from several.",
        next: "Look for the list of this boot; compare the reset counts of the quotes.")
    case .imaViolation:
      Entry(
        .warning, .none,
        "The kernel could not vouch for what was read of a file, because it was open for writing at the same time.",
        causes: "Log files and databases do it often; so does somebody who swaps a file while it is read.",
        next: "See whether the file is one that programs write to all the time. Code should never be on this list.")
    case .timelineDiverged:
      Entry(
        .critical, .untrusted,
        "Two logs of one boot contradict each other. The kernel only ever appends to its list, and firmware writes one log. A notice where no quote says that the lists are of one boot; inconclusive where event logs differ in what no quote covers.",
        causes: "One of them was edited, or they are of different boots.",
        next: "The list that quotes prove is the real one; what the other hides starts at the named record.")
    case .timelineClockWentBack:
      Entry(
        .critical, .untrusted, "A later state of the list was quoted at an earlier time of the TPM's clock.",
        causes: "Quotes or lists of different boots were mixed, or a list was made up to fit.",
        next: "Sort the captures by clock and compare.")
    case .timelineResetCountWentBack:
      Entry(
        .critical, .untrusted, "A capture that the collector dates later has a lower reset count.",
        causes: "An old capture was passed off as a new one, the collector's times are wrong, or the TPM was cleared.",
        next: "Check the collector's times; a cleared TPM has new keys.")
    default:
      Entry(
        .notice, .inconclusive, "What was measured is proven, but no reference says whether it is good software.",
        causes: "No reference manifests were given.",
        next: "Give reference manifests, or put measurements out of scope in the policy if the proof is all you need.")
    }
  }

  private var inputEntry: Entry {
    switch self {
    case .inputUnrecognised:
      Entry(
        .notice, .none, "The file is no evidence that this version reads. It was hashed and left alone.",
        causes: "Notes, packages, or formats that are not supported.",
        next: "If it is evidence, see docs/formats for what is read.")
    case .inputUnreadable:
      Entry(
        .warning, .none, "The file could not be read, or is not what its place says.",
        causes: "Permissions, a damaged disk or archive, a symbolic link, a broken companion of a quote.",
        next: "Make it readable and run again.")
    case .inputRefused:
      Entry(
        .critical, .untrusted,
        "Reading the file would be dangerous, so it was hashed and left alone. An XML document with a DOCTYPE can make a reader open other files or fill its memory.",
        causes: "Somebody wants to attack whoever reads the archive, or the file is of a kind that evidence never has.",
        next:
          "Find out who put the file there. Do not open it with other tools before you have looked at its first lines as text."
      )
    case .inputMissing:
      Entry(
        .warning, .inconclusive, "A description names something that is not in the case.",
        causes: "The case is incomplete, or the description is of another one.",
        next: "Complete the case, or correct the description.")
    default:
      Entry(
        .warning, .none,
        "A description holds keys or values that are not understood, or that a file inside the case may not set.",
        causes: "A mistake, or a case that tries to vouch for itself.", next: "See docs/description.md.")
    }
  }
}
