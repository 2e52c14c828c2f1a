// What the measurement list of one boot says of what ran: whose records they are, who signed the files, which buffers were
// measured, and where a list that does not replay was changed.

extension AttestationResult {
  /// One party whose measurements get a verdict of their own: the host, a container, a pod.
  public struct Owner: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
      case host
      case container
      case pod
      /// The container runtime: the shims and daemons that start containers.
      case runtime
      /// A container that the inventory no longer has, or that none ever had.
      case departed
      /// Records that belong to some container of which the list does not say which.
      case unattributed
    }

    public var kind: Kind
    /// Unique within the boot, escaped: `host`, a container's or pod's identifier, `unattributed`.
    public var identifier: String
    /// What people call it, where the inventory says; escaped.
    public var name: String?
    public var image: String?
    /// Identifier of the pod that the container is part of.
    public var pod: String?
    /// Since the boot began.
    public var verdict: Verdict
    /// At the boot's last capture.
    public var verdictNow: Verdict
    /// Number of records.
    public var records: Int
    /// Records by status, in the order of `MeasurementStatus`; empty where no references were given.
    public var counts: [StatusCount]
    /// How its records were told, most records first.
    public var attributions: [Attribution]
    /// Index of its first and last record; nil when it has none.
    public var firstRecord: Int?
    public var lastRecord: Int?
    /// Indexes of records of unknown or changed code, ascending; at most 20.
    public var badRecords: [Int]
    public var badRecordCount: Int
    /// Why the verdict is what it is, and what removing the owner would restore and what it cannot.
    public var reasons: [String]

    public init(
      kind: Kind, identifier: String, name: String? = nil, image: String? = nil, pod: String? = nil, verdict: Verdict,
      verdictNow: Verdict, records: Int, counts: [StatusCount] = [], attributions: [Attribution] = [],
      firstRecord: Int? = nil, lastRecord: Int? = nil, badRecords: [Int] = [], badRecordCount: Int = 0,
      reasons: [String] = []
    ) {
      self.kind = kind
      self.identifier = identifier
      self.name = name
      self.image = image
      self.pod = pod
      self.verdict = verdict
      self.verdictNow = verdictNow
      self.records = records
      self.counts = counts
      self.attributions = attributions
      self.firstRecord = firstRecord
      self.lastRecord = lastRecord
      self.badRecords = badRecords
      self.badRecordCount = badRecordCount
      self.reasons = reasons
    }
  }

  /// How sure it is whose a record is.
  public enum Certainty: String, CaseIterable, Sendable {
    /// The kernel wrote the owner into the record, and the inventory names it.
    case certain
    /// Something only this owner has stands in the record, such as the identifier in a path.
    case probable
    /// It agrees with the owner, and with others too.
    case possible
  }

  /// Records of an owner that one strategy told.
  public struct Attribution: Equatable, Sendable {
    /// Name of the strategy, for example `device-number`, `cgroup-path`, `overlay-path`.
    public var strategy: String
    public var certainty: Certainty
    public var records: Int

    public init(strategy: String, certainty: Certainty, records: Int) {
      self.strategy = strategy
      self.certainty = certainty
      self.records = records
    }
  }

  /// What was done to a list that does not replay, as far as that can be shown.
  public struct ListExplanation: Equatable, Sendable {
    /// The list.
    public var file: String
    /// Files of the quotes whose values no first part of the list gives, and that the explanation is about.
    public var quotes: [String]
    /// The narrowest records in which the change lies; nil when nothing narrows it.
    public var interval: Range<Int>?
    /// What proves the interval's beginning and end, in a sentence.
    public var intervalReason: String
    /// What was done exactly; nil when no hypothesis reproduces the quoted values.
    public var conclusion: String?
    /// All hypotheses: of lists in the order they were tested, of event logs in the order of `MismatchHypothesis`.
    public var hypotheses: [Hypothesis]

    public init(
      file: String, quotes: [String], interval: Range<Int>?, intervalReason: String, conclusion: String?,
      hypotheses: [Hypothesis]
    ) {
      self.file = file
      self.quotes = quotes
      self.interval = interval
      self.intervalReason = intervalReason
      self.conclusion = conclusion
      self.hypotheses = hypotheses
    }
  }

  /// One way in which a list may have been changed, tested against the quoted values.
  public struct Hypothesis: Equatable, Sendable {
    public enum Outcome: String, Sendable {
      /// The list so mended gives the quoted values in every bank that was compared.
      case reproduces
      case refuted
      /// The bound of the search was reached before all candidates were tried.
      case notExhausted = "not-exhausted"
      /// Nothing to test it with, such as another copy of the list.
      case notTestable = "not-testable"
    }
    /// For example `one-record-removed`, `digest-edited`, `violation-disguised`.
    public var name: String
    public var outcome: Outcome
    /// Number of candidates that were tried.
    public var candidates: Int
    public var message: String

    public init(name: String, outcome: Outcome, candidates: Int, message: String) {
      self.name = name
      self.outcome = outcome
      self.candidates = candidates
      self.message = message
    }
  }

  /// What became of the signatures in a list.
  public struct FileSignatures: Equatable, Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
      /// Verified with a key that was given from outside the case.
      case verified
      /// Verified with a key that the list itself shows as measured into a keyring, and nobody else vouches for.
      case verifiedByMeasuredKey = "verified-by-measured-key"
      /// The key is there and the signature is not its.
      case invalid
      case unknownKey = "unknown-key"
      /// Of a kind or algorithm that is not verified here, or over something that the record does not hold.
      case unsupported
      case malformed
    }

    /// Records with a signature of each outcome, in the order of `Outcome`.
    public var counts: [(outcome: Outcome, records: Int)]
    /// Records of files without any signature in a template that has a place for one.
    public var unsignedRecords: Int
    public var keys: [SigningKey]
    /// Signatures that did not verify; at most 200.
    public var faults: [Fault]
    /// What packages carry for files that were measured, by package, key and outcome: where the files are from. Verified with
    /// given keys only.
    public var packaged: [Packaged]

    /// Signatures of measured files that one package carries.
    public struct Packaged: Equatable, Sendable {
      /// Name and version.
      public var package: String
      /// Lower-case hexadecimal, as the signatures name it.
      public var keyIdentifier: String
      public var outcome: Outcome
      /// Records with the content of such a file.
      public var records: Int
      /// For example `The package carries a signature of this file by the key 8c1d1cd3 (CN=ima).`
      public var message: String

      public init(package: String, keyIdentifier: String, outcome: Outcome, records: Int, message: String) {
        self.package = package
        self.keyIdentifier = keyIdentifier
        self.outcome = outcome
        self.records = records
        self.message = message
      }
    }

    public struct SigningKey: Equatable, Sendable {
      /// Lower-case hexadecimal, as signatures name it.
      public var identifier: String
      public var algorithm: String
      public var subject: String?
      /// Where it is from: a path on the command line, or `record 12, keyring .ima`.
      public var source: String
      public var isGiven: Bool
      /// Records whose signature it verifies.
      public var records: Int

      public init(
        identifier: String, algorithm: String, subject: String?, source: String, isGiven: Bool, records: Int
      ) {
        self.identifier = identifier
        self.algorithm = algorithm
        self.subject = subject
        self.source = source
        self.isGiven = isGiven
        self.records = records
      }
    }

    public struct Fault: Equatable, Sendable {
      public var record: Int
      /// Escaped.
      public var path: String
      public var outcome: Outcome
      public var message: String

      public init(record: Int, path: String, outcome: Outcome, message: String) {
        self.record = record
        self.path = path
        self.outcome = outcome
        self.message = message
      }
    }

    public init(
      counts: [(outcome: Outcome, records: Int)], unsignedRecords: Int, keys: [SigningKey], faults: [Fault],
      packaged: [Packaged] = []
    ) {
      self.counts = counts
      self.unsignedRecords = unsignedRecords
      self.keys = keys
      self.faults = faults
      self.packaged = packaged
    }

    public static func == (left: Self, right: Self) -> Bool {
      left.counts.elementsEqual(right.counts) { $0 == $1 } && left.unsignedRecords == right.unsignedRecords
        && left.keys == right.keys && left.faults == right.faults && left.packaged == right.packaged
    }
  }

  /// A measured buffer, decoded.
  public struct Buffer: Equatable, Sendable {
    public var record: Int
    /// For example `key`, `kexec-cmdline`, `selinux-state`, `device-mapper`, `kernel-version`, `ima-policy`, `other`.
    public var kind: String
    /// The record's name field, escaped.
    public var name: String
    /// What it says, in its order; values escaped and cut to a length that a report can show.
    public var fields: [(name: String, value: String)]

    public init(record: Int, kind: String, name: String, fields: [(name: String, value: String)]) {
      self.record = record
      self.kind = kind
      self.name = name
      self.fields = fields
    }

    public static func == (left: Self, right: Self) -> Bool {
      left.record == right.record && left.kind == right.kind && left.name == right.name
        && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }
  }
}
