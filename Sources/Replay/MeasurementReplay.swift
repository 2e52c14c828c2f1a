import ByteReading
import Digests
import Hashing
import IMALog

/// What to recompute from a measurement list in one pass, and what to look for on the way.
///
/// A record extends its register with the recomputed hash of its template data, or with 0xff bytes when it records a
/// violation. The recorded template digest is never extended: it is compared only. Registers above 23 are recorded but
/// no TPM has them, so nothing is extended for them.
///
/// Source: Linux, security/integrity/ima/ima_queue.c, `ima_add_template_entry`; TPM 2.0 Library, Part 1, "PCR
/// Operations".
public struct MeasurementReplay: Sendable {
  /// Each bank and how it was extended; the same bank may stand here twice, once for each way.
  public var rules: [ExtendRule]
  public var targets: [RegisterTarget]
  public var compositeTargets: [CompositeTarget]
  /// What registers held before the first record; nil means that of a TPM reset. When given, a register that is
  /// missing is unknown: its value is not calculated and matches nothing.
  public var startValues: RegisterValues?
  /// Number of records after which to stop; nil for all.
  public var until: Int?
  /// Number of threads, at least 1. Results do not depend on it.
  public var jobs: Int

  public init(
    rules: [ExtendRule], targets: [RegisterTarget] = [], compositeTargets: [CompositeTarget] = [],
    startValues: RegisterValues? = nil, until: Int? = nil, jobs: Int = 1
  ) {
    self.rules = rules
    self.targets = targets
    self.compositeTargets = compositeTargets
    self.startValues = startValues
    self.until = until
    self.jobs = jobs
  }

  /// Why nothing could be replayed.
  public enum Failure: Error, Equatable {
    /// The OpenSSL of this machine lacks the algorithm.
    case unavailable(HashAlgorithm)
    /// A SHA-1 digest cannot be padded to the bank, or a target names a rule or register that is not there.
    case invalidRequest(String)
  }

  /// Replays a list in memory. Its problems and unread bytes were given when it was parsed and are not given again.
  public func run(_ list: MeasurementList) throws(Failure) -> ReplayedMeasurements {
    var replayed = try run(list.stream())
    replayed.problems = []
    replayed.unread = 0..<0
    return replayed
  }

  /// Reads the stream to its end, or to `until`.
  public func run(_ stream: MeasurementStream) throws(Failure) -> ReplayedMeasurements {
    try check()
    var pipeline = try MeasurementPipeline(self, stream: stream)
    return try pipeline.run()
  }

  private func check() throws(Failure) {
    for target in targets {
      guard rules.indices.contains(target.rule) else {
        throw .invalidRequest("target \(target.id) names rule \(target.rule) of \(rules.count)")
      }
    }
    for target in compositeTargets {
      for case .register(let rule, let register) in target.pieces {
        guard rules.indices.contains(rule), (0..<RegisterBank.registerCount).contains(register) else {
          throw .invalidRequest("target \(target.id) names register \(register) of rule \(rule)")
        }
      }
    }
  }
}

/// How one bank was extended with the records of a measurement list.
public struct ExtendRule: Hashable, Sendable {
  public enum Digest: Hashable, Sendable {
    /// The template hash in the bank's own algorithm.
    case plain
    /// The SHA-1 template hash followed by zeros: the kernel had no hash of the bank's algorithm at start, or is older
    /// than 5.8. A violation is twenty 0xff and zeros.
    ///
    /// Source: Linux, security/integrity/ima/ima_crypto.c, `ima_calc_field_array_hash`; ima_queue.c,
    /// `ima_init_digests`.
    case paddedSHA1
  }

  public var bank: HashAlgorithm
  public var digest: Digest

  public init(_ bank: HashAlgorithm, _ digest: Digest = .plain) {
    self.bank = bank
    self.digest = digest
  }

  /// The algorithm of the template hash that is extended.
  var templateAlgorithm: HashAlgorithm { digest == .plain ? bank : .sha1 }
}

/// Register values that are looked for along a list, such as those of one quote.
public struct RegisterTarget: Sendable {
  public var id: String
  /// Index of the rule in `MeasurementReplay.rules` whose values are meant.
  public var rule: Int
  /// Values of the bank's width by register index.
  public var values: [Int: [UInt8]]

  public init(id: String, rule: Int, values: [Int: [UInt8]]) {
    self.id = id
    self.rule = rule
    self.values = values
  }
}

/// A hash over several register values that is looked for along a list: a quote whose values were not supplied.
public struct CompositeTarget: Sendable {
  public enum Piece: Equatable, Sendable {
    /// Bytes that the list does not change.
    case fixed([UInt8])
    /// The value of a register, 0 to 23, of the bank of a rule, given by its index in `MeasurementReplay.rules`.
    case register(rule: Int, register: Int)
  }

  public var id: String
  public var algorithm: HashAlgorithm
  /// What is hashed, in this order.
  public var pieces: [Piece]
  public var digest: [UInt8]

  public init(id: String, algorithm: HashAlgorithm, pieces: [Piece], digest: [UInt8]) {
    self.id = id
    self.algorithm = algorithm
    self.pieces = pieces
    self.digest = digest
  }
}
