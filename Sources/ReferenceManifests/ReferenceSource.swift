/// One file that reference values were read from, with what vouches for it.
///
/// The chain of provenance is made of these: a `.deb` is vouched for by the `Packages` index that names its SHA-256, the
/// index by the `Release` file that names its own, and the `Release` file by its signatures.
public struct ReferenceSource: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case deb
    case debianRelease = "debian-release"
    case debianPackages = "debian-packages"
    case rpm
    case repositoryIndex = "rpm-repomd"
    case repositoryMetadata = "rpm-metadata"
    case updateInformation = "rpm-updateinfo"
    case dpkgDatabase = "dpkg-database"
    case rpmDatabase = "rpm-database"
    case digestList = "digest-list"
    case hashdeep
    case mtree
    case keylimePolicy = "keylime-policy"
    case csv
    case debianSecurityTracker = "debian-security-tracker"
    case debianSecurityList = "debian-security-list"
    case imageArchive = "image-archive"
    /// `index.json` of an image layout and the indexes below it.
    case imageIndex = "image-index"
    /// `manifest.json` as `docker save` writes it.
    case savedImages = "docker-save-manifest"
    case imageManifest = "image-manifest"
    case imageConfiguration = "image-config"
    case imageLayer = "image-layer"
    case baseRIM = "tcg-base-rim"
    /// CoRIM, CoMID or CoSWID.
    case conciseManifest = "corim"
    /// Register values that a Base RIM can name.
    case registerValues = "tcg-register-values"
    /// An event log that a Base RIM can name.
    case eventLog = "tcg-event-log"
    /// An event log of a boot that the user calls good.
    case eventLogBaseline = "event-log-baseline"
  }

  public var kind: Kind
  /// Relative to the path given on the command line, escaped, so that it is the same wherever the folder lies.
  public var path: String
  public var byteCount: Int
  /// SHA-256 of the whole file: what the source is known by.
  public var sha256: [UInt8]
  /// SHA-256 of the source that names this one with its digest; nil when none does.
  public var vouchedBy: [UInt8]?
  public var signatures: [SourceSignature]
  /// RFC 3339, what the source says of its own date; nil where it says nothing.
  public var date: String?
  /// RFC 3339, until when the source says that it is current (`Valid-Until`).
  public var validUntil: String?
  /// What it is for, in the source's words: `Debian bookworm-security`, `Fedora 40 updates`; empty where it says nothing.
  public var distribution: String

  public init(
    kind: Kind, path: String, byteCount: Int, sha256: [UInt8], vouchedBy: [UInt8]? = nil,
    signatures: [SourceSignature] = [], date: String? = nil, validUntil: String? = nil, distribution: String = ""
  ) {
    self.kind = kind
    self.path = path
    self.byteCount = byteCount
    self.sha256 = sha256
    self.vouchedBy = vouchedBy
    self.signatures = signatures
    self.date = date
    self.validUntil = validUntil
    self.distribution = distribution
  }
}

/// One signature over a source and what became of its verification.
public struct SourceSignature: Hashable, Sendable {
  public enum Status: String, CaseIterable, Hashable, Sendable {
    /// Verifies with a key that was given and was valid when it signed.
    case good
    /// Verifies, yet the key had expired when it signed.
    case keyExpired = "key-expired"
    /// Verifies, yet the key is revoked.
    case keyRevoked = "key-revoked"
    /// Verifies, yet by a hash or key too weak to show anything (MD5, SHA-1, RSA under 2048 bits).
    case weak
    case bad
    /// No given key can verify it.
    case keyMissing = "key-missing"
    /// A version or algorithm that cannot be verified here. Never the same as unsigned.
    case unsupported
  }

  public var status: Status
  /// For example `OpenPGP v4, RSA 4096, SHA256`.
  public var scheme: String
  /// Upper-case hexadecimal fingerprint of the certificate's primary key; what the signature names where no key is known.
  public var key: String
  /// The first user id of the certificate, escaped; empty when the key is missing.
  public var signer: String
  /// RFC 3339 time that the signature gives; nil when it has none.
  public var createdAt: String?
  /// What more there is to say, in a sentence: when the key expired, why it was revoked. Empty when nothing.
  public var detail: String

  public init(
    status: Status, scheme: String, key: String, signer: String = "", createdAt: String? = nil, detail: String = ""
  ) {
    self.status = status
    self.scheme = scheme
    self.key = key
    self.signer = signer
    self.createdAt = createdAt
    self.detail = detail
  }
}

/// One thing that is wrong with what a builder read. It never stops the reading of the rest.
public struct ReferenceProblem: Hashable, Sendable {
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// A signature that does not verify, or every key that could is revoked or unknown.
    case signatureInvalid = "signature-invalid"
    case signatureUnsupported = "signature-unsupported"
    case unsigned
    case keyExpired = "key-expired"
    case keyRevoked = "key-revoked"
    case keyMissing = "key-missing"
    /// A link of a repository's chain that does not hold: size or digest differ from what the index says. The message
    /// names the link.
    case linkBroken = "link-broken"
    /// An index names a file that is not there.
    case fileMissing = "file-missing"
    /// A file of a repository that no index names.
    case notListed = "not-listed"
    /// A package's payload disagrees with the package's own digests (`md5sums`, RPM header).
    case payloadDiffers = "payload-differs"
    case weakDigest = "weak-digest"
    /// Digests without a named algorithm whose length several have; the message says which was taken.
    case ambiguousDigest = "ambiguous-digest"
    /// Could not be read or is damaged; what was read before the damage is kept.
    case damaged
    /// Refused because of what it would do: paths that lead out, too many members, too large when unpacked.
    case refused
    /// A file of no known kind.
    case unrecognised
    /// The index's own validity ended before the date in question.
    case outOfDate = "out-of-date"
  }

  public var kind: Kind
  /// Path of the source, as `ReferenceSource.path`.
  public var source: String
  /// The member, package or path in question, escaped; nil when it is the source as a whole.
  public var subject: String?
  /// Bytes from the start of the source, where that is known.
  public var offset: Int?
  /// One or two plain sentences.
  public var message: String
  public var expected: String?
  public var actual: String?

  public init(
    _ kind: Kind, source: String, subject: String? = nil, offset: Int? = nil, message: String,
    expected: String? = nil, actual: String? = nil
  ) {
    self.kind = kind
    self.source = source
    self.subject = subject
    self.offset = offset
    self.message = message
    self.expected = expected
    self.actual = actual
  }
}

/// What was read from one source.
public struct ManifestReading: Sendable {
  public var source: ReferenceSource
  public var packages: [ReferencePackage]
  public var updates: [PackageUpdate]
  /// The source itself, where it says what a boot should measure; nil for all others.
  public var bootReference: [UInt8]?
  /// SHA-256 of the manifest that this one is a patch of or a supplement to; nil when it names none.
  public var linkedManifest: [UInt8]?
  public var problems: [ReferenceProblem]

  public init(
    source: ReferenceSource, packages: [ReferencePackage] = [], updates: [PackageUpdate] = [],
    bootReference: [UInt8]? = nil, linkedManifest: [UInt8]? = nil,
    problems: [ReferenceProblem] = []
  ) {
    self.source = source
    self.packages = packages
    self.updates = updates
    self.bootReference = bootReference
    self.linkedManifest = linkedManifest
    self.problems = problems
  }
}
