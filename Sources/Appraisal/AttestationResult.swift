import Digests

/// Everything that one run has to say about one case. Every report is a view of this value and computes nothing.
///
/// Lists are in a fixed order (that of paths, indexes and proof), so the same evidence gives the same value.
public struct AttestationResult: Equatable, Sendable {
  /// The last component of the path given on the command line.
  public var caseName: String
  /// Version of the tool, for example `0.1.0`.
  public var toolVersion: String
  /// The worst host's; sets the exit status.
  public var verdict: Verdict
  /// The same for the state at the last capture of each host.
  public var verdictNow: Verdict
  public var level: IntegrityLevel?
  /// Why the verdict is what it is, in plain sentences, the deciding one first.
  public var reasons: [String]
  /// What was given from outside the case and decides trust: anchors, pinned keys, nonces, policy.
  public var parameters: [Parameter]
  /// What the case says of itself (`inquest.yaml`); claims, never proof.
  public var claims: [Claim]
  public var inputs: [Input]
  public var hosts: [Host]
  public var measurements: Measurements
  /// The reference stores that were given, in the order given.
  public var stores: [Store]
  /// Where the packages named in measurements come from; packages refer to these by index.
  public var origins: [Origin]
  /// Critical first, then by code, host, boot, file and record.
  public var findings: [Finding]
  public var timeline: [TimelineEvent]
  /// What this evidence cannot show, in sentences.
  public var limits: [String]

  public init(
    caseName: String, toolVersion: String, verdict: Verdict, verdictNow: Verdict, level: IntegrityLevel? = nil,
    reasons: [String] = [], parameters: [Parameter] = [], claims: [Claim] = [], inputs: [Input] = [],
    hosts: [Host] = [], measurements: Measurements = Measurements(), stores: [Store] = [], origins: [Origin] = [],
    findings: [Finding] = [], timeline: [TimelineEvent] = [], limits: [String] = []
  ) {
    self.caseName = caseName
    self.toolVersion = toolVersion
    self.verdict = verdict
    self.verdictNow = verdictNow
    self.level = level
    self.reasons = reasons
    self.parameters = parameters
    self.claims = claims
    self.inputs = inputs
    self.hosts = hosts
    self.measurements = measurements
    self.stores = stores
    self.origins = origins
    self.findings = findings
    self.timeline = timeline
    self.limits = limits
  }
}

public enum Verdict: String, CaseIterable, Sendable {
  case trusted
  case untrusted
  case inconclusive

  /// The verdict of a whole from those of its parts: untrusted wins, then inconclusive. No part at all is inconclusive.
  public static func worst(of verdicts: some Sequence<Verdict>) -> Verdict {
    let all = Set(verdicts)
    if all.contains(.untrusted) { return .untrusted }
    return all == [.trusted] ? .trusted : .inconclusive
  }
}

/// Integrity level of a host or boot by its known software (contract, section 5). `l1` is the lowest.
public enum IntegrityLevel: String, CaseIterable, Comparable, Sendable {
  case l4 = "l4_ima_all_ok"
  case l3 = "l3_ima_pkg_not_security_updates"
  case l2 = "l2_ima_pkg_security_updates"
  case l1 = "l1_ima_digest_notfound"

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension AttestationResult {
  /// One thing given on the command line, for example `--trust-anchor`, with a value that says what it was.
  public struct Parameter: Equatable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One thing the case says of itself.
  public struct Claim: Equatable, Sendable {
    /// File that says it, relative to the case.
    public var file: String
    /// What it is about, for example `collected-at of boot1/q0`.
    public var subject: String
    public var value: String

    public init(file: String, subject: String, value: String) {
      self.file = file
      self.subject = subject
      self.value = value
    }
  }

  /// One file of the case.
  public struct Input: Equatable, Sendable {
    /// Relative to the case.
    public var path: String
    /// Bytes.
    public var size: Int
    /// Lower-case hexadecimal SHA-256 of the whole file; nil when it could not be read.
    public var sha256: String?
    /// What its content is, for example `tpm2-quote`, `ima-list`, `unrecognised`.
    public var kind: String
    /// Path of the first file with the same bytes, when this one is a copy of it.
    public var duplicateOf: String?

    public init(path: String, size: Int, sha256: String?, kind: String, duplicateOf: String? = nil) {
      self.path = path
      self.size = size
      self.sha256 = sha256
      self.kind = kind
      self.duplicateOf = duplicateOf
    }
  }

  /// One attester.
  public struct Host: Equatable, Sendable {
    public var name: String
    public var verdict: Verdict
    public var verdictNow: Verdict
    public var level: IntegrityLevel?
    public var reasons: [String]
    /// In the order of proof: reset count, then clock.
    public var boots: [Boot]

    public init(
      name: String, verdict: Verdict, verdictNow: Verdict, level: IntegrityLevel? = nil, reasons: [String] = [],
      boots: [Boot] = []
    ) {
      self.name = name
      self.verdict = verdict
      self.verdictNow = verdictNow
      self.level = level
      self.reasons = reasons
      self.boots = boots
    }
  }

  /// The span between two TPM resets of one host.
  public struct Boot: Equatable, Sendable {
    /// A short name that is unique in its host, for example `reset 3` or `without quote`.
    public var label: String
    /// `TPMS_CLOCK_INFO.resetCount`; nil when no quote says it.
    public var resetCount: UInt32?
    /// Since the boot began.
    public var verdict: Verdict
    /// For the state at the boot's last capture: a bad file that was restored, or a container that is gone, no longer counts.
    public var verdictNow: Verdict
    public var level: IntegrityLevel?
    public var reasons: [String]
    /// Why `verdictNow` is another one; empty when it is the same.
    public var reasonsNow: [String]
    public var captures: [Capture]
    /// What the references say of the boot's list; nil when no store was given or there is no list.
    public var measurements: BootMeasurements?
    /// Quoted against replayed values of the boot's last authentic quote of each bank and register.
    public var registers: [Register]
    /// The host first, then the others by their first record. Empty when there is no list.
    public var owners: [Owner]
    /// Lists that do not replay, with what was done to them as far as that can be shown.
    public var explanations: [ListExplanation]
    /// Nil when the list has no signature and no place for one.
    public var signatures: FileSignatures?
    /// Measured buffers in the order of the list.
    public var buffers: [Buffer]
    /// The proven event log beside the reference event logs that fit; empty when there are none.
    public var bootReferences: [BootReference]
    /// What firmware and boot loaders loaded, in the order of the boot's event logs.
    public var images: [BootImage]
    /// Every record of the boot's list, one by one; nil when there is no list.
    public var records: MeasuredRecords?
    /// What booted, told from one event log; nil when there is none.
    public var story: ToldBoot?
    /// What the system measured of its own start, told from a log of user space that goes on where the other ends; nil without one.
    public var userSpaceStory: ToldBoot?

    public init(
      label: String, resetCount: UInt32?, verdict: Verdict, verdictNow: Verdict? = nil, level: IntegrityLevel? = nil,
      reasons: [String] = [], reasonsNow: [String] = [], captures: [Capture] = [],
      measurements: BootMeasurements? = nil, registers: [Register] = [], owners: [Owner] = [],
      explanations: [ListExplanation] = [], signatures: FileSignatures? = nil, buffers: [Buffer] = [],
      bootReferences: [BootReference] = [], images: [BootImage] = [], records: MeasuredRecords? = nil,
      story: ToldBoot? = nil, userSpaceStory: ToldBoot? = nil
    ) {
      self.story = story
      self.userSpaceStory = userSpaceStory
      self.label = label
      self.resetCount = resetCount
      self.verdict = verdict
      self.verdictNow = verdictNow ?? verdict
      self.level = level
      self.reasons = reasons
      self.reasonsNow = reasonsNow
      self.captures = captures
      self.measurements = measurements
      self.registers = registers
      self.owners = owners
      self.explanations = explanations
      self.signatures = signatures
      self.buffers = buffers
      self.bootReferences = bootReferences
      self.images = images
      self.records = records
    }
  }

  /// One row of the table of registers.
  public struct Register: Equatable, Sendable {
    public enum State: String, Sendable {
      /// The quoted value is the replayed one.
      case matches
      case mismatch
      /// Quoted at its reset value; nothing needs to explain it.
      case atReset = "at-reset"
      /// Quoted away from its reset value and no log explains it.
      case unexplained
      /// A log extends it and no quote covers it: present, not proven.
      case notQuoted = "not-quoted"
    }
    public var bank: HashAlgorithm
    public var index: Int
    /// Lower-case hexadecimal, what the TPM signed; nil when no quote covers it or the value was not archived.
    public var observed: String?
    /// Lower-case hexadecimal, what the logs replay to at the matching prefix, or at their end when none matches.
    public var calculated: String?
    public var state: State
    /// Path of the quote whose value is shown.
    public var quote: String?
    /// Path of the log that explains or contradicts it.
    public var log: String?
    /// What a value says that no log explains; nil where one does, or where nothing is known.
    public var meaning: String?

    public init(
      bank: HashAlgorithm, index: Int, observed: String?, calculated: String?, state: State, quote: String? = nil,
      log: String? = nil
    ) {
      self.bank = bank
      self.index = index
      self.observed = observed
      self.calculated = calculated
      self.state = state
      self.quote = quote
      self.log = log
    }
  }

  /// One collection from one host at one time: a folder of the case.
  public struct Capture: Equatable, Sendable {
    /// Path of the folder relative to the case; `.` for the case itself.
    public var name: String
    /// RFC 3339, the collector's word; nil when nobody says.
    public var collectedAt: String?
    public var quotes: [Quote]
    public var logs: [Log]
    /// Unsigned register files that belong to no quote.
    public var snapshots: [Snapshot]

    public init(
      name: String, collectedAt: String? = nil, quotes: [Quote] = [], logs: [Log] = [], snapshots: [Snapshot] = []
    ) {
      self.name = name
      self.collectedAt = collectedAt
      self.quotes = quotes
      self.logs = logs
      self.snapshots = snapshots
    }
  }

  /// One signed statement of a TPM.
  public struct Quote: Equatable, Sendable {
    public var file: String
    public var signatureFile: String?
    public var registerFile: String?
    /// `quote`, `certify`, `time`, `nv`, `other` or `malformed`.
    public var kind: String
    public var key: Key?
    /// `rsassa`, `rsapss`, `ecdsa`; nil when no signature was found.
    public var scheme: String?
    /// Salt length of an RSAPSS signature, bytes.
    public var saltLength: Int?
    /// Name of the hash of the signature scheme, which also makes the PCR digest.
    public var hash: String?
    /// Lower-case hexadecimal `extraData`.
    public var nonce: String?
    public var resetCount: UInt32?
    public var restartCount: UInt32?
    /// Milliseconds of `TPMS_CLOCK_INFO.clock`.
    public var clock: UInt64?
    public var safe: Bool?
    public var firmwareVersion: UInt64?
    /// What the signature covers: banks in the signed order, registers ascending.
    public var selection: [Selection]
    /// Lower-case hexadecimal `pcrDigest`.
    public var pcrDigest: String?
    /// Values that hash to the signed digest, from the quote's own PCR file or from the replay.
    public var pcrs: RegisterValues
    /// `pcr-file`, `replay`, or nil when the values are not known.
    public var pcrsFrom: String?
    public var checks: [Check]

    public init(
      file: String, signatureFile: String? = nil, registerFile: String? = nil, kind: String, key: Key? = nil,
      scheme: String? = nil, saltLength: Int? = nil, hash: String? = nil, nonce: String? = nil,
      resetCount: UInt32? = nil, restartCount: UInt32? = nil, clock: UInt64? = nil, safe: Bool? = nil,
      firmwareVersion: UInt64? = nil, selection: [Selection] = [], pcrDigest: String? = nil,
      pcrs: RegisterValues = RegisterValues(), pcrsFrom: String? = nil, checks: [Check] = []
    ) {
      self.file = file
      self.signatureFile = signatureFile
      self.registerFile = registerFile
      self.kind = kind
      self.key = key
      self.scheme = scheme
      self.saltLength = saltLength
      self.hash = hash
      self.nonce = nonce
      self.resetCount = resetCount
      self.restartCount = restartCount
      self.clock = clock
      self.safe = safe
      self.firmwareVersion = firmwareVersion
      self.selection = selection
      self.pcrDigest = pcrDigest
      self.pcrs = pcrs
      self.pcrsFrom = pcrsFrom
      self.checks = checks
    }
  }

  /// One bank of a PCR selection.
  public struct Selection: Equatable, Sendable {
    /// Name of the bank, or its number in hexadecimal when the algorithm is unknown.
    public var bank: String
    public var registers: [Int]

    public init(bank: String, registers: [Int]) {
      self.bank = bank
      self.registers = registers
    }
  }

  /// The key that verified a signature.
  public struct Key: Equatable, Sendable {
    /// Lower-case hexadecimal TPM name, where the public area is known.
    public var name: String?
    /// Lower-case hexadecimal SHA-256 of the DER SubjectPublicKeyInfo.
    public var fingerprint: String
    /// For example `RSA 2048`, `ECDSA P-256`.
    public var algorithm: String
    /// Files of the case or command line that hold it.
    public var files: [String]
    /// Subject of its certificate, where one is known.
    public var certificate: String?

    public init(
      name: String?, fingerprint: String, algorithm: String, files: [String], certificate: String? = nil
    ) {
      self.name = name
      self.fingerprint = fingerprint
      self.algorithm = algorithm
      self.files = files
      self.certificate = certificate
    }
  }

  /// The outcome of one check of a quote. The five that other programs rely on come first and have no `part`.
  public struct Check: Equatable, Sendable {
    public enum Name: String, CaseIterable, Sendable {
      case signature, structure, nonce, key, pcrDigest
    }
    public enum Outcome: String, Sendable {
      case passed, failed, undetermined
      case notApplicable = "not-applicable"
    }
    public var name: Name
    /// The finer check that this one is a part of `name`, for example `magic`, `type`, `attributes`; nil for the whole.
    public var part: String?
    public var outcome: Outcome
    /// What was found, or what is missing when undetermined.
    public var message: String
    public var expected: String?
    public var actual: String?

    public init(
      _ name: Name, part: String? = nil, _ outcome: Outcome, _ message: String, expected: String? = nil,
      actual: String? = nil
    ) {
      self.name = name
      self.part = part
      self.outcome = outcome
      self.message = message
      self.expected = expected
      self.actual = actual
    }
  }

  /// One event log or IMA list as archived.
  public struct Log: Equatable, Sendable {
    public enum Kind: String, Sendable {
      case eventLog = "tcg-event-log"
      case imaList = "ima-list"
    }
    public var file: String
    public var kind: Kind
    /// For example `crypto-agile, banks sha1 sha256` or `binary, little-endian, templates ima-ng`.
    public var format: String
    /// Records that could be read. The Spec ID header of a crypto-agile event log is not counted.
    public var records: Int
    /// Path of the longer list of the same boot that starts with all of this one, when there is one.
    public var prefixOf: String?
    /// Path of the binary list that this ASCII list is a copy of.
    public var copyOf: String?
    /// Number of records from the start that at least one authentic quote of the boot proves; nil when none does.
    public var provenRecords: Int?
    public var matches: [Match]
    /// For an IMA list: which rule made its boot_aggregate, in words.
    public var bootAggregate: String?
    /// Indexes of violation records, IMA only.
    public var violations: [Int]
    /// Windows of records between two quotes, in the order of the list; empty when no quote proves a part.
    public var brackets: [Bracket]

    public init(
      file: String, kind: Kind, format: String, records: Int, prefixOf: String? = nil, copyOf: String? = nil,
      provenRecords: Int? = nil, matches: [Match] = [], bootAggregate: String? = nil, violations: [Int] = [],
      brackets: [Bracket] = []
    ) {
      self.file = file
      self.kind = kind
      self.format = format
      self.records = records
      self.prefixOf = prefixOf
      self.copyOf = copyOf
      self.provenRecords = provenRecords
      self.matches = matches
      self.bootAggregate = bootAggregate
      self.violations = violations
      self.brackets = brackets
    }
  }

  /// What one quote or register file says about one log in one bank.
  public struct Match: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
      /// A signed quote.
      case quote(String)
      /// An unsigned register file.
      case against(String)

      public var path: String {
        switch self {
        case .quote(let path), .against(let path): path
        }
      }
    }
    public enum Outcome: String, Sendable {
      /// The whole log gives the values.
      case complete
      /// A first part of the log gives them.
      case prefix
      /// No part of the log gives them.
      case mismatch
      /// The list was read before the quote; the boot's longest list holds the rest.
      case endsBeforeQuote = "ends-before-quote"
      /// The quote covers no register that the log extends in this bank.
      case notQuoted = "not-quoted"
    }
    public var source: Source
    public var bank: HashAlgorithm
    /// Registers that were compared, ascending.
    public var registers: [Int]
    /// Registers that no prefix explains, for a mismatch.
    public var mismatching: [Int]
    /// Number of records from the start of the log that give the values: the smallest that fits.
    public var records: Int?
    /// Smallest and largest fitting number of records.
    public var range: ClosedRange<Int>?
    public var outcome: Outcome
    /// How the bank was extended where that is not the plain rule, or what is missing.
    public var note: String?

    public init(
      source: Source, bank: HashAlgorithm, registers: [Int], mismatching: [Int] = [], records: Int? = nil,
      range: ClosedRange<Int>? = nil, outcome: Outcome, note: String? = nil
    ) {
      self.source = source
      self.bank = bank
      self.registers = registers
      self.mismatching = mismatching
      self.records = records
      self.range = range
      self.outcome = outcome
      self.note = note
    }
  }

  /// Records of an IMA list that were measured between two quotes.
  public struct Bracket: Equatable, Sendable {
    /// First record and the one after the last, from 0.
    public var records: Range<Int>
    /// The last quote that does not cover them; nil for the records before the first quote.
    public var after: String?
    /// The first quote that covers them; nil for the tail that no quote proves.
    public var before: String?

    public init(records: Range<Int>, after: String?, before: String?) {
      self.records = records
      self.after = after
      self.before = before
    }
  }

  /// An unsigned register file that belongs to no quote.
  public struct Snapshot: Equatable, Sendable {
    public var file: String
    public var pcrs: RegisterValues

    public init(file: String, pcrs: RegisterValues) {
      self.file = file
      self.pcrs = pcrs
    }
  }

  /// Counts of measurements by appraisal status.
  public struct Measurements: Equatable, Sendable {
    /// Status and count, in a fixed order, for example (`not-assessed`, 921).
    public var byStatus: [(status: String, count: Int)]
    /// Records that passed by a class or an exemption of the policy only.
    public var notVerified: Int

    public init(byStatus: [(status: String, count: Int)] = [], notVerified: Int = 0) {
      self.byStatus = byStatus
      self.notVerified = notVerified
    }

    public static func == (left: Self, right: Self) -> Bool {
      left.notVerified == right.notVerified
        && left.byStatus.elementsEqual(right.byStatus) { $0.status == $1.status && $0.count == $1.count }
    }
  }

  /// One thing that happened, with the quotes before and after it.
  public struct TimelineEvent: Equatable, Sendable {
    public var host: String
    public var boot: String
    /// What happened:
    /// - `quote`: a quote was made.
    /// - `measurements`: a run of records was measured between two quotes.
    /// - `reset`: the TPM was reset since the boot before, by its reset count; says how many boots left no evidence.
    /// - `resume`: the machine slept and went on within one boot, by the TPM's restart count.
    /// - `kernel`: a kernel that kexec started went on with the list.
    /// - `clock-gap`: the TPM's clock stood still or was not safe between two quotes.
    /// - `changed`, `unknown`, `superseded`, `known-elsewhere`, `restored`: one measured file, against the references.
    public var kind: String
    public var message: String
    /// Milliseconds of the TPM's clock, where a quote says it: the earliest and the latest the event can have been.
    public var notBeforeClock: UInt64?
    public var notAfterClock: UInt64?
    /// RFC 3339 times of the captures, the collector's word.
    public var notBefore: String?
    public var notAfter: String?
    /// File the event is read from.
    public var file: String?
    public var records: Range<Int>?

    public init(
      host: String, boot: String, kind: String, message: String, notBeforeClock: UInt64? = nil,
      notAfterClock: UInt64? = nil, notBefore: String? = nil, notAfter: String? = nil, file: String? = nil,
      records: Range<Int>? = nil
    ) {
      self.host = host
      self.boot = boot
      self.kind = kind
      self.message = message
      self.notBeforeClock = notBeforeClock
      self.notAfterClock = notAfterClock
      self.notBefore = notBefore
      self.notAfter = notAfter
      self.file = file
      self.records = records
    }
  }
}
