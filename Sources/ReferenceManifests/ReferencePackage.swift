/// One package, or one list that stands in the place of a package, with the files it vouches for.
public struct ReferencePackage: Hashable, Sendable {
  /// What kind of thing vouches; it decides how versions are ordered.
  public enum Format: String, CaseIterable, Hashable, Sendable {
    case deb
    case rpm
    /// A list of digests without packages; it may name package and version all the same.
    case list
    /// The root file system of a container image: its paths are those within a container, never the host's.
    case image
  }

  public var format: Format
  /// The binary package's name; for a list without package names, the name of the list; for an image its tags, separated
  /// by `, `, or the name of its archive.
  public var name: String
  /// As the format writes it: Debian `1:2.3-4`, RPM `1:2.3-4.el9` (epoch left out when the header has none); empty for
  /// lists; for images `sha256:` with the digest of the configuration, which is the image's identifier.
  public var version: String
  /// For example `amd64`, `x86_64`, `all`, `noarch`; empty where nobody says.
  public var architecture: String
  /// The source package, for advisories that name it; nil when it has the package's own name.
  public var sourceName: String?
  /// The source package's version; nil when it is the package's own.
  public var sourceVersion: String?
  /// For example `Debian bookworm`; empty where nobody says.
  public var distribution: String
  /// When the package was built or the version published, RFC 3339; nil where nobody says.
  public var date: String?
  public var files: [ReferenceFile]

  public init(
    format: Format, name: String, version: String, architecture: String = "", sourceName: String? = nil,
    sourceVersion: String? = nil, distribution: String = "", date: String? = nil, files: [ReferenceFile] = []
  ) {
    self.format = format
    self.name = name
    self.version = version
    self.architecture = architecture
    self.sourceName = sourceName
    self.sourceVersion = sourceVersion
    self.distribution = distribution
    self.date = date
    self.files = files
  }
}

/// What a newer version of a package was published for.
public enum UpdateType: String, CaseIterable, Hashable, Sendable {
  case newPackage = "newpackage"
  case testing
  case release
  case enhancement
  case updates
  case bugfix
  case security
  case unknown
}

/// One entry of an update history: a version that was published, and what for.
public struct PackageUpdate: Hashable, Sendable {
  public var format: ReferencePackage.Format
  /// Binary or source package, as `namesSource` says.
  public var name: String
  /// True when `name` is a source package's.
  public var namesSource: Bool
  public var version: String
  /// Empty when it holds for every distribution.
  public var distribution: String
  public var type: UpdateType
  /// RFC 3339 date or time of publication; nil where the source has none.
  public var date: String?
  /// For example `DSA-5764-1`, `RHSA-2024:1234`; nil where there is none.
  public var advisory: String?
  /// CVE names and bug numbers, in the source's order.
  public var references: [String]

  public init(
    format: ReferencePackage.Format, name: String, namesSource: Bool, version: String, distribution: String = "",
    type: UpdateType, date: String? = nil, advisory: String? = nil, references: [String] = []
  ) {
    self.format = format
    self.name = name
    self.namesSource = namesSource
    self.version = version
    self.distribution = distribution
    self.type = type
    self.date = date
    self.advisory = advisory
    self.references = references
  }
}
