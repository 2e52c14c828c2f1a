import Digests

extension AttestationResult {
  /// One image that firmware or a boot loader measured, and what the references say of it.
  public struct BootImage: Equatable, Sendable {
    public enum Status: String, CaseIterable, Sendable {
      /// A `dbx`, that of the log or one that was given, forbids it.
      case revoked
      /// No reference has it.
      case unknown
      /// A package has it, of which a newer version was out.
      case superseded
      case known
      /// The log says that it came with the firmware or with a device; packages say nothing of such.
      case firmware
      /// No reference that holds images was given, or the policy puts boot content out of scope.
      case notAssessed = "not-assessed"

      /// As it stands behind a number.
      public var words: String {
        switch self {
        case .revoked: "revoked"
        case .unknown: "unknown"
        case .superseded: "superseded"
        case .known: "known"
        case .firmware: "of the firmware by the log's word"
        case .notAssessed: "not assessed"
        }
      }
    }

    /// The log.
    public var file: String
    /// Index of the event in the log, from 0.
    public var record: Int
    public var register: Int
    /// Name of the event's type; a claim of the log.
    public var type: String
    /// Device path, as UEFI writes it; a claim of the log. Nil where the event names none.
    public var path: String?
    /// What the digest is over.
    public enum DigestOf: String, CaseIterable, Sendable {
      /// The image, as Authenticode hashes it.
      case authenticode
      /// A file that a loader read, byte by byte.
      case file
    }

    /// The digest that decided, of a bank that a quote proves where there is one.
    public var digest: Digest
    public var digestOf = DigestOf.authenticode
    /// A quote proves the digest.
    public var isProven: Bool
    public var status: Status
    /// What the status is about, in one sentence.
    public var reason: String
    public var package: Package?
    /// Subjects of the certificates that signed the image, as its package has it.
    public var signers: [String]
    /// Component and generation of each line of its SBAT section, as its package has it.
    public var sbat: [String]

    /// The package that has the image.
    public struct Package: Equatable, Sendable {
      public var name: String
      public var version: String
      public var architecture: String
      public var format: String
      /// The image's path in the package.
      public var path: String
      public var store: String
      /// Who vouches for the package, in words.
      public var standing: String

      public init(
        name: String, version: String, architecture: String, format: String, path: String, store: String,
        standing: String
      ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.format = format
        self.path = path
        self.store = store
        self.standing = standing
      }
    }

    public init(
      file: String, record: Int, register: Int, type: String, path: String?, digest: Digest, isProven: Bool,
      status: Status, reason: String, package: Package? = nil, signers: [String] = [], sbat: [String] = []
    ) {
      self.file = file
      self.record = record
      self.register = register
      self.type = type
      self.path = path
      self.digest = digest
      self.isProven = isProven
      self.status = status
      self.reason = reason
      self.package = package
      self.signers = signers
      self.sbat = sbat
    }
  }
}
