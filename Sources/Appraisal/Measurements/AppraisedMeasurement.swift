import Digests
import ReferenceManifests

/// What is known of one measured file by reference values and policy.
public enum MeasurementStatus: String, CaseIterable, Hashable, Sendable {
  /// Nobody knows this content, and no package owns the path.
  case unknown
  /// A package owns the path, and none of its versions has this content.
  case changed
  /// The references cannot answer: they have no digest of the algorithm, a broken one only, or from refused sources only.
  case notAssessable = "not-assessable"
  /// The content is that of a package's file whose package has a newer version.
  case superseded
  /// The content is that of a packaged file under another path.
  case knownElsewhere = "known-elsewhere"
  /// The content is that of a package's file at this path.
  case known
  /// No package has the content, and it was made here from what is known: recomputed and equal.
  case recomputed
  /// Covered by a class of the policy: made on the machine, or data. Not verified.
  case classed
  /// Covered by an exemption of the site. Not verified.
  case exempt
  /// The file had no content when it was measured.
  case emptyFile = "empty-file"
  /// The kernel could not vouch for what was read.
  case violation
  /// No file: boot_aggregate or a measured buffer.
  case notAFile = "not-a-file"
}

/// What a file is for: code is judged hardest.
public enum FileClass: String, CaseIterable, Hashable, Sendable {
  case code
  case configuration
  case data
}

/// What became of one measured content under one path. Records of the same path and digest share it.
public struct AppraisedMeasurement: Hashable, Sendable {
  /// Not trusted to be text.
  public var path: [UInt8]
  /// The kernel's name of the algorithm; empty when the record has no digest.
  public var algorithm: String
  public var digest: [UInt8]
  /// Indexes of the records, ascending.
  public var records: [Int]
  /// Index of the context in which the path stands; 0 is the host.
  public var context = 0
  public var status: MeasurementStatus
  public var fileClass: FileClass
  /// How class and status were told, in a sentence.
  public var reason: String
  /// The package that explains or owns it; the best of several.
  public var package: PackageReference?
  /// Other packages that hold the same content, by name and version; capped.
  public var alsoIn: [String]
  /// Where the package has it, when that is not the measured path.
  public var packagedPath: [UInt8]?
  /// The rule by which the paths are the same; nil for a content under another path.
  public var rule: PathAlias.Rule?
  /// Algorithm and digests that the owner's versions have, for a changed file; capped.
  public var expected: [String]
  public var supersededBy: NewerVersion?
  /// Worst update type among newer versions and the like, for the level (contract, section 5); nil when not relevant.
  public var severity: Int?
  /// Name of the class or reason of the exemption that let it pass.
  public var passedBy: String?

  public init(
    path: [UInt8], algorithm: String, digest: [UInt8], records: [Int], status: MeasurementStatus,
    fileClass: FileClass, reason: String
  ) {
    self.path = path
    self.algorithm = algorithm
    self.digest = digest
    self.records = records
    self.status = status
    self.fileClass = fileClass
    self.reason = reason
    alsoIn = []
    expected = []
  }
}

/// A package as reports name it.
public struct PackageReference: Hashable, Sendable {
  public var format: ReferencePackage.Format
  public var name: String
  public var version: String
  public var architecture: String
  public var distribution: String
  /// Index into the list of origins of the appraisal.
  public var origin: Int
  /// Who computed the digest that matched.
  public var digestOrigin: ReferenceDigest.Origin?
  /// The `security.ima` value that the package carries for the file whose digest matched; empty when it carries none.
  public var fileSignature: [UInt8] = []

  public init(
    format: ReferencePackage.Format, name: String, version: String, architecture: String, distribution: String,
    origin: Int, digestOrigin: ReferenceDigest.Origin? = nil
  ) {
    self.format = format
    self.name = name
    self.version = version
    self.architecture = architecture
    self.distribution = distribution
    self.origin = origin
    self.digestOrigin = digestOrigin
  }

  /// For example `openssl 3.0.20-1~deb12u2`; of an image as much of the identifier as Docker shows.
  public var title: String {
    if format == .image { return "image \(name) (\(version.dropFirst("sha256:".count).prefix(12)))" }
    return version.isEmpty ? name : "\(name) \(version)"
  }
}

/// The newest version of a package as of the date, and the worst of what the versions up to it were published for.
public struct NewerVersion: Hashable, Sendable {
  public var version: String
  public var type: UpdateType
  /// RFC 3339; nil where nobody says.
  public var date: String?
  public var advisory: String?

  public init(version: String, type: UpdateType, date: String? = nil, advisory: String? = nil) {
    self.version = version
    self.type = type
    self.date = date
    self.advisory = advisory
  }
}
