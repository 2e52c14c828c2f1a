import ByteReading
import Digests
import ReferenceManifests

extension AttestationResult {
  /// What the references and the policy say of one boot's measurement list.
  public struct BootMeasurements: Equatable, Sendable {
    /// The list that was appraised: the boot's longest.
    public var file: String
    /// RFC 3339 date that decides what is superseded; nil when version order alone decides.
    public var asOf: String?
    /// Records by status, in the order of `MeasurementStatus`.
    public var counts: [StatusCount]
    /// Records made while the initramfs was the root file system; nil when the list does not tell.
    public var initramfsRecords: Int?
    /// Classes and exemptions of the policy that let records pass, in the policy's order: counted, not verified.
    public var passed: [Passed]
    /// Runs of records of one status along the list, from record 0: what a plot shows.
    public var runs: [StatusCount]
    /// Packages that explain or own measured files: those with something to say first, then by name.
    public var packages: [Package]
    /// Every content that is not plainly known, unknown and changed code first; at most `entryLimit`.
    public var entries: [Measurement]
    /// Entries left out of `entries`.
    public var omittedEntries: Int
    /// Descriptions of the records that set the level.
    public var levelReasons: [String]

    public static let entryLimit = 5000

    public init(
      file: String, asOf: String?, counts: [StatusCount], initramfsRecords: Int?, passed: [Passed],
      runs: [StatusCount], packages: [Package], entries: [Measurement], omittedEntries: Int, levelReasons: [String]
    ) {
      self.file = file
      self.asOf = asOf
      self.counts = counts
      self.initramfsRecords = initramfsRecords
      self.passed = passed
      self.runs = runs
      self.packages = packages
      self.entries = entries
      self.omittedEntries = omittedEntries
      self.levelReasons = levelReasons
    }
  }

  public struct StatusCount: Equatable, Sendable {
    public var status: MeasurementStatus
    public var records: Int

    public init(_ status: MeasurementStatus, _ records: Int) {
      self.status = status
      self.records = records
    }
  }

  /// A class or exemption of the policy and how much it let pass.
  public struct Passed: Equatable, Sendable {
    public var name: String
    public var reason: String
    public var isExemption: Bool
    public var records: Int

    public init(name: String, reason: String, isExemption: Bool, records: Int) {
      self.name = name
      self.reason = reason
      self.isExemption = isExemption
      self.records = records
    }
  }

  /// A package with what was measured of it.
  public struct Package: Equatable, Sendable {
    /// `deb`, `rpm`, `list`.
    public var format: String
    public var name: String
    public var version: String
    public var architecture: String
    public var distribution: String
    /// Index into `AttestationResult.origins`.
    public var origin: Int
    /// Records by status, in the order of `MeasurementStatus`.
    public var counts: [StatusCount]
    public var supersededBy: NewerVersion?

    public init(
      format: String, name: String, version: String, architecture: String, distribution: String, origin: Int,
      counts: [StatusCount], supersededBy: NewerVersion?
    ) {
      self.format = format
      self.name = name
      self.version = version
      self.architecture = architecture
      self.distribution = distribution
      self.origin = origin
      self.counts = counts
      self.supersededBy = supersededBy
    }
  }

  /// One measured content under one path.
  public struct Measurement: Equatable, Sendable {
    /// Escaped.
    public var path: String
    /// For example `sha256:2f2f8780...`; empty when the record has none.
    public var digest: String
    /// Indexes of the records, ascending; at most 20.
    public var records: [Int]
    /// How many records there are.
    public var recordCount: Int
    public var status: MeasurementStatus
    public var fileClass: FileClass
    public var reason: String
    /// Name and version of the package that explains or owns it.
    public var package: String?
    /// Index into `AttestationResult.origins` of that package.
    public var origin: Int?
    /// `payload`, `header`, `list` or `system-record`: who computed the digest that matched.
    public var digestOrigin: String?
    /// The path in the package, escaped, where it differs.
    public var packagedPath: String?
    /// Name of the rule by which the paths are the same.
    public var rule: String?
    /// Digests that the owner's versions have there.
    public var expected: [String]
    public var alsoIn: [String]
    public var supersededBy: NewerVersion?
    /// Class or exemption that let it pass.
    public var passedBy: String?
    /// The last quote before the first record and the first after it; nil where there is none.
    public var after: String?
    public var before: String?

    public init(_ entry: AppraisedMeasurement, path: String, digest: String, after: String?, before: String?) {
      self.path = path
      self.digest = digest
      records = Array(entry.records.prefix(20))
      recordCount = entry.records.count
      status = entry.status
      fileClass = entry.fileClass
      reason = entry.reason
      package = entry.package?.title
      origin = entry.package?.origin
      digestOrigin = entry.package?.digestOrigin?.name
      packagedPath = entry.packagedPath.map { escapedText($0) }
      rule = entry.rule?.rawValue
      expected = entry.expected
      alsoIn = entry.alsoIn
      supersededBy = entry.supersededBy
      passedBy = entry.passedBy
      self.after = after
      self.before = before
    }
  }

  /// A reference store that was given.
  public struct Store: Equatable, Sendable {
    public var name: String
    /// Lower-case hexadecimal logical digest.
    public var digest: String

    public init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  /// Where packages come from: a source and what vouches for it.
  public struct Origin: Equatable, Sendable {
    public var store: String
    /// `signed`, `unsigned`, `refused`.
    public var standing: String
    /// The signer, or why it was refused.
    public var detail: String?
    /// The source first, then what vouches for it.
    public var sources: [Source]

    public init(store: String, standing: String, detail: String?, sources: [Source]) {
      self.store = store
      self.standing = standing
      self.detail = detail
      self.sources = sources
    }
  }

  public struct Source: Equatable, Sendable {
    public var kind: String
    public var path: String
    /// Lower-case hexadecimal.
    public var sha256: String
    public var date: String?
    /// Signatures in words, for example `good: OpenPGP v4, RSA 4096, SHA256 by Debian Archive ... (KEY)`.
    public var signatures: [String]

    public init(kind: String, path: String, sha256: String, date: String?, signatures: [String]) {
      self.kind = kind
      self.path = path
      self.sha256 = sha256
      self.date = date
      self.signatures = signatures
    }
  }
}
