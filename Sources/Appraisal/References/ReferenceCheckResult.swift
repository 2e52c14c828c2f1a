import Digests
import ReferenceManifests
import ReferenceStore

/// What a review of reference stores has to say. Reports show it and compute nothing.
public struct ReferenceCheckResult: Sendable {
  /// The whole set in a word; it sets the exit status.
  public enum Outcome: String, CaseIterable, Sendable {
    case clean
    /// Something is wrong with the references.
    case faults
    /// Nothing is wrong, and something is absent that is needed to rely on them.
    case inconclusive
  }

  public var toolVersion: String
  /// RFC 3339; nil when versions and validity were not judged as of a date.
  public var asOf: String?
  /// Upper-case hexadecimal fingerprints; empty when every key counts that was given to the build.
  public var trustedKeys: [String]
  public var stores: [Store]
  /// One line for each code that was looked for, in the catalogue's order.
  public var checks: [Check]
  /// By severity, code, store and source.
  public var findings: [ReferenceFinding]
  /// Of each measurement list of the captures that were given.
  public var coverage: [ReferenceCoverage]

  public var outcome: Outcome {
    if findings.contains(where: { $0.effect == .untrusted }) { return .faults }
    return findings.contains { $0.effect == .inconclusive } ? .inconclusive : .clean
  }

  /// One store as it was opened.
  public struct Store: Sendable {
    /// The last component of its path.
    public var name: String
    /// Lower-case hexadecimal.
    public var logicalDigest: String
    public var counts: StoreCounts
    /// Algorithms that it was built with, by the kernel's names, separated by commas; nil when it does not say.
    public var algorithms: String?
    public var packages: Standings
    /// By their digests.
    public var sources: [ReferenceSource]
  }

  /// How many packages are vouched for how.
  public struct Standings: Equatable, Sendable {
    public var signed = 0
    public var unsigned = 0
    public var refused = 0
  }

  /// How many findings a code has, those beyond the bound included.
  public struct Check: Equatable, Sendable {
    public var code: FindingCode
    public var count: Int
  }
}

/// One thing that a review found.
public struct ReferenceFinding: Equatable, Sendable {
  public var code: FindingCode
  public var severity: Severity
  /// `untrusted`: a fault of the references; `inconclusive`: something is absent.
  public var effect: Effect
  /// Name of the store.
  public var store: String
  /// As `ReferenceSource.path`; nil when it is not about one source.
  public var source: String?
  /// The package, path or member in question, escaped.
  public var subject: String?
  /// Bytes from the start of the source.
  public var offset: Int?
  /// One or two plain sentences.
  public var message: String
  public var expected: String?
  public var actual: String?

  init(
    _ code: FindingCode, severity: Severity? = nil, effect: Effect? = nil, store: String, source: String? = nil,
    subject: String? = nil, offset: Int? = nil, message: String, expected: String? = nil, actual: String? = nil
  ) {
    self.code = code
    self.severity = severity ?? code.severity
    self.effect = effect ?? code.effectOnReferences
    self.store = store
    self.source = source
    self.subject = subject
    self.offset = offset
    self.message = message
    self.expected = expected
    self.actual = actual
  }
}

extension FindingCode {
  /// What a finding means for a set of references by itself. A case is judged milder: there the references only explain.
  public var effectOnReferences: Effect {
    switch self {
    case .referenceConflict, .referenceImplausibleDigest, .referenceSuspectPath, .referenceNotListed,
      .referenceUnreadable:
      .untrusted
    case .referenceUnsigned, .referenceWeakDigest, .referenceExpiredKey, .referenceOutOfDate: .inconclusive
    default: effect
    }
  }

  /// The codes that a review looks for.
  public static var ofReferences: [FindingCode] { allCases.filter { $0.rawValue.hasPrefix("reference.") } }
}

extension ReferenceProblem.Kind {
  /// The finding that a fault met while building becomes.
  public var findingCode: FindingCode {
    switch self {
    case .signatureInvalid: .referenceSignatureInvalid
    case .signatureUnsupported: .referenceSignatureUnsupported
    case .unsigned: .referenceUnsigned
    case .keyExpired: .referenceExpiredKey
    case .keyRevoked: .referenceKeyRevoked
    case .keyMissing: .referenceKeyMissing
    case .linkBroken: .referenceChainBroken
    case .fileMissing: .referenceFileMissing
    case .notListed: .referenceNotListed
    case .payloadDiffers: .referencePayloadDiffers
    case .weakDigest: .referenceWeakDigest
    case .ambiguousDigest: .referenceAmbiguousDigest
    case .damaged: .referenceUnreadable
    case .refused: .referenceRefused
    case .unrecognised: .referenceUnrecognised
    case .outOfDate: .referenceOutOfDate
    }
  }
}
