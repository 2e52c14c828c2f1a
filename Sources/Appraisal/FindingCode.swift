/// The catalogue of finding codes: what each means, what causes it, and what to do next.
///
/// `inquest explain` and `docs/findings.md` are made from this table.
public enum FindingCode: String, CaseIterable, Sendable {
  case quoteMalformed = "quote.malformed"
  case quoteNotFromTPM = "quote.not-from-tpm"
  case quoteNotAQuote = "quote.not-a-quote"
  case quoteSignatureInvalid = "quote.signature-invalid"
  case quoteSignatureMissing = "quote.signature-missing"
  case quoteNonceMismatch = "quote.nonce-mismatch"
  case quoteNonceUnknown = "quote.nonce-unknown"
  case quoteNonceReused = "quote.nonce-reused"
  case quotePCRDigestMismatch = "quote.pcr-digest-mismatch"
  case quotePCRSelectionMismatch = "quote.pcr-selection-mismatch"
  case quoteEmptySelection = "quote.empty-selection"
  case quotePCRValuesMissing = "quote.pcr-values-missing"
  case quoteWeakAlgorithm = "quote.weak-algorithm"
  case keyMissing = "key.missing"
  case keyUnanchored = "key.unanchored"
  case keyUntrusted = "key.untrusted"
  case keyNameMismatch = "key.name-mismatch"
  case keyNotRestricted = "key.not-restricted"
  case keyExpiredAtCapture = "key.expired-at-capture"
  case keyValidityUndetermined = "key.validity-undetermined"
  case logMalformed = "log.malformed"
  case logTruncated = "log.truncated"
  case logTrailingData = "log.trailing-data"
  case logCopyDiffers = "log.copy-differs"
  case logReplayMismatch = "log.replay-mismatch"
  case logUnquotedRecords = "log.unquoted-records"
  case logUnprovenRecords = "log.unproven-records"
  case logNotQuoted = "log.not-quoted"
  case logMissing = "log.missing"
  case logTrustPoint = "log.trust-point"
  case logTrustPointMismatch = "log.trust-point-mismatch"
  case eventDigestMismatch = "event.digest-mismatch"
  case eventKnownDeviation = "event.known-deviation"
  case bootChanged = "boot.changed"
  case bootReferenceMissing = "boot.reference-missing"
  case bootRegistersKnown = "boot.registers-known"
  case eventSeparatorMissing = "event.separator-missing"
  case eventSeparatorRepeated = "event.separator-repeated"
  case eventSeparatorError = "event.separator-error"
  case eventSeparatorUnexpected = "event.separator-unexpected"
  case eventSeparatorRelabelled = "event.separator-relabelled"
  case eventAfterSeparator = "event.after-separator"
  case eventExitBootServicesFailed = "event.exit-boot-services-failed"
  case secureBootDisabled = "secureboot.disabled"
  case secureBootSetupMode = "secureboot.setup-mode"
  case secureBootAuditMode = "secureboot.audit-mode"
  case secureBootDebugMode = "secureboot.debug-mode"
  case secureBootUnprotectedDMA = "secureboot.dma-unprotected"
  case secureBootRevocationsMissing = "secureboot.dbx-missing"
  case secureBootAuthorityUnexpected = "secureboot.authority-unexpected"
  case secureBootAuthorityRevoked = "secureboot.authority-revoked"
  case eventForeignRegister = "event.foreign-register"
  case secureBootStateUndetermined = "secureboot.state-undetermined"
  case secureBootDatabaseMalformed = "secureboot.database-malformed"
  case secureBootVariableMissing = "secureboot.variable-missing"
  case bootTextUnexplained = "boot.text-unexplained"
  case bootOptionWeakens = "boot.option-weakens"
  case eventRevokedImage = "event.revoked-image"
  case eventRevokedGeneration = "event.revoked-generation"
  case eventUnknownImage = "event.unknown-image"
  case eventSupersededImage = "event.superseded-image"
  case imaTemplateHashMismatch = "ima.template-hash-mismatch"
  case imaBootAggregateMismatch = "ima.boot-aggregate-mismatch"
  case imaViolation = "ima.violation"
  case imaSignatureInvalid = "ima.signature-invalid"
  case imaSignatureUnknownKey = "ima.signature-unknown-key"
  case imaSignatureUnverifiable = "ima.signature-unverifiable"
  case imaKernelBoundary = "ima.kernel-boundary"
  case imaHeadMissing = "ima.head-missing"
  case containerCompromised = "container.compromised"
  case containerDeparted = "container.departed"
  case containerDeviceReused = "container.device-reused"
  case containerUnattributed = "container.unattributed"
  case timelineDiverged = "timeline.diverged"
  case timelineClockWentBack = "timeline.clock-went-back"
  case timelineResetCountWentBack = "timeline.reset-count-went-back"
  case measurementUnknown = "measurement.unknown"
  case measurementChanged = "measurement.changed"
  case measurementSuperseded = "measurement.superseded"
  case measurementNameMismatch = "measurement.name-mismatch"
  case measurementLibraryUnresolved = "measurement.library-unresolved"
  case measurementLevelTooLow = "measurement.level-too-low"
  case contentNotAssessed = "measurement.not-assessed"
  case referenceUnsigned = "reference.unsigned"
  case referenceWeakDigest = "reference.weak-digest"
  case referenceSignatureInvalid = "reference.signature-invalid"
  case referenceSignatureUnsupported = "reference.signature-unsupported"
  case referenceKeyMissing = "reference.key-missing"
  case referenceKeyRevoked = "reference.key-revoked"
  case referenceExpiredKey = "reference.expired-key"
  case referenceSignerUntrusted = "reference.signer-untrusted"
  case referenceChainBroken = "reference.chain-broken"
  case referenceFileMissing = "reference.file-missing"
  case referenceNotListed = "reference.not-listed"
  case referencePayloadDiffers = "reference.payload-differs"
  case referenceConflict = "reference.conflict"
  case referenceDuplicate = "reference.duplicate"
  case referenceImplausibleDigest = "reference.implausible-digest"
  case referenceAmbiguousDigest = "reference.ambiguous-digest"
  case referenceSuspectPath = "reference.suspect-path"
  case referenceIncomplete = "reference.incomplete"
  case referenceNotCovered = "reference.not-covered"
  case referenceSuperseded = "reference.superseded"
  case referenceOutOfDate = "reference.out-of-date"
  case referenceDamaged = "reference.damaged"
  case referenceUnreadable = "reference.unreadable"
  case referenceRefused = "reference.refused"
  case referenceUnrecognised = "reference.unrecognised"
  case inputUnrecognised = "input.unrecognised"
  case inputUnreadable = "input.unreadable"
  case inputRefused = "input.refused"
  case inputMissing = "input.missing"
  case descriptionInvalid = "description.invalid"
}

extension FindingCode {
  public var severity: Severity { entry.severity }
  public var effect: Effect { entry.effect }
  /// What it means, what causes it, what to do next: three plain paragraphs.
  public var meaning: String { entry.meaning }
  public var causes: String { entry.causes }
  public var nextSteps: String { entry.nextSteps }

  struct Entry {
    var severity: Severity
    var effect: Effect
    var meaning: String
    var causes: String
    var nextSteps: String

    init(_ severity: Severity, _ effect: Effect, _ meaning: String, causes: String, next: String) {
      self.severity = severity
      self.effect = effect
      self.meaning = meaning
      self.causes = causes
      nextSteps = next
    }
  }
}
