import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests

/// What a builder is asked to take from what it reads.
public struct BuildOptions: Sendable {
  /// Digests wanted of every file whose content is read, ascending.
  public var algorithms: [FileDigestAlgorithm]
  /// Keys that may vouch for repositories and packages; they come from outside of what is read.
  public var keys: OpenPGPKeyring
  /// Keys that may sign manifests of firmware (Base RIM, CoRIM); they come from outside of what is read, too.
  public var manifestSigners: [ManifestSigner]
  /// SHA-256 of the files that the keys were given in: where one lies among the inputs, it is none.
  public var keyFiles: Set<[UInt8]>
  /// Bounds on what a package or archive may hold.
  public var limits: BuildLimits

  /// - parameter keyFiles: the content of the files that the keys were given in.
  public init(
    algorithms: [FileDigestAlgorithm] = [.sha1, .sha256], keys: OpenPGPKeyring, manifestSigners: [ManifestSigner] = [],
    keyFiles: [[UInt8]] = [], limits: BuildLimits = BuildLimits()
  ) {
    self.algorithms = algorithms.sorted()
    self.keys = keys
    self.manifestSigners = manifestSigners
    self.keyFiles = Set(keyFiles.compactMap { HashAlgorithm.sha256.digest(of: $0) })
    self.limits = limits
  }
}

/// Bounds on what one package or archive may hold, so that a hostile one cannot fill memory or time.
public struct BuildLimits: Sendable {
  /// Members of one archive; the largest packages of Debian have some 100,000.
  public var memberCount = 250_000
  /// Bytes of one archive when unpacked.
  public var unpackedByteCount: UInt64 = 16 << 30
  /// Unpacked bytes for each packed byte, once more than 64 MiB were unpacked.
  public var ratio: UInt64 = 1000
  /// Bytes of one path.
  public var pathByteCount = 4096
  /// Bytes of one file that must be held in memory whole (control data, indexes).
  public var heldByteCount = 1 << 30

  public init() {}
}

/// One unit of reading that depends on no other, so that several can run at once.
public struct ReadingTask: Sendable {
  /// Path shown while it runs, as `ReferenceSource.path`.
  public var label: String
  /// Bytes that are going to be read; for the progress.
  public var byteCount: Int
  /// The one file that is read, so that it is left alone when the store holds it already; nil when the task must run.
  public var target: Target?
  /// Reads. What cannot be read is a problem of the reading, never an error.
  public var run: @Sendable () -> [ManifestReading]

  public init(
    label: String, byteCount: Int, target: Target? = nil, run: @escaping @Sendable () -> [ManifestReading]
  ) {
    self.label = label
    self.byteCount = byteCount
    self.target = target
    self.run = run
  }

  /// The file of a task that reads one.
  public struct Target: Sendable {
    public var file: FilePath
    /// What the file is read as; nil when only its content tells.
    public var kind: ReferenceSource.Kind?
    /// What is said of the file from elsewhere, by its SHA-256; nil when it must be read so that a fault is told.
    public var known: @Sendable (_ sha256: [UInt8]) -> Known?

    public init(
      file: FilePath, kind: ReferenceSource.Kind?,
      known: @escaping @Sendable (_ sha256: [UInt8]) -> Known? = { _ in Known() }
    ) {
      self.file = file
      self.kind = kind
      self.known = known
    }
  }

  /// What an index says of a file.
  public struct Known: Sendable {
    /// As `ReferencePackage.distribution`.
    public var distribution: String
    /// SHA-256 of the index; nil when none names the file.
    public var vouchedBy: [UInt8]?

    public init(distribution: String = "", vouchedBy: [UInt8]? = nil) {
      self.distribution = distribution
      self.vouchedBy = vouchedBy
    }
  }
}

/// What one input holds: what was read at once (indexes, which decide what the rest must be), and what is left to read.
public struct BuildPlan: Sendable {
  public var readings: [ManifestReading]
  public var tasks: [ReadingTask]
  /// Faults of the input that belong to no source that could be read.
  public var problems: [ReferenceProblem]

  public init(readings: [ManifestReading] = [], tasks: [ReadingTask] = [], problems: [ReferenceProblem] = []) {
    self.readings = readings
    self.tasks = tasks
    self.problems = problems
  }
}
