import Appraisal
import ByteReading
import Correlation
import Digests
import EvidenceIntake
import Hashing
import IMALog
import PublicKeys
import QuoteVerification
import ReferenceStore
import Replay
import TCGEventLog
import TPMStructures

/// What one run is asked to look at, and what the user says decides trust.
public struct ExaminationRequest: Sendable {
  /// Folders and files of the case.
  public var roots: [FilePath]
  public var trustAnchors: [FilePath] = []
  public var pinnedKeys: [FilePath] = []
  /// Certificates and keys whose signatures of files are trusted.
  public var fileSigningKeys: [FilePath] = []
  public var policy: FilePath?
  public var description: FilePath?
  /// Reference stores to compare measurements with.
  public var references: [FilePath] = []
  /// Files with revocation lists, as a dbx holds them.
  public var revocations: [FilePath] = []
  /// Nonces that were sent.
  public var nonces: [[UInt8]] = []
  /// RFC 3339; for captures whose description does not say when they were collected.
  public var collectedAt: String?
  /// RFC 3339 date or time.
  public var asOf: String?
  /// Number of threads, at least 1. The result does not depend on it.
  public var jobs: Int
  public var toolVersion: String

  public init(roots: [FilePath], jobs: Int = 1, toolVersion: String) {
    self.roots = roots
    self.jobs = max(1, jobs)
    self.toolVersion = toolVersion
  }
}

/// Why a run could not begin. What is wrong inside a case is a finding instead.
public enum ExaminationError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(FileError)
  case policy(PolicyError)
  /// A file that was named to decide trust holds nothing that could.
  case notAKey(String)
  case badValue(String)
  case references(StoreError)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .policy(let error): error.description
    case .notAKey(let file): "\(file): no certificate or public key"
    case .badValue(let text): text
    case .references(let error): error.description
    }
  }
}

/// The steps of one examination, in their order. Each takes the values of the one before.
public func examine(_ request: ExaminationRequest) throws(ExaminationError) -> AttestationResult {
  // 1. What the user brings from outside the case.
  let trust = try TrustInput(request)
  // 2. Every file of the case, recognised and parsed.
  let evidence: EvidenceSet
  do {
    evidence = try EvidenceSet.read(request.roots)
  } catch {
    throw .unreadable(error)
  }
  // 3. What the case says of itself.
  let statements = CaseStatements(evidence, outside: trust.description)
  // 4. Captures: folders with quotes or logs.
  let captures = Discovery(evidence: evidence, roles: statements.roles).captures()
  // 5. Signatures, keys, register values.
  let verified = VerifiedCaptures(captures, evidence: evidence, statements: statements, trust: trust)
  // 6. Hosts and boots.
  let hosts = HostAssembly(verified, evidence: evidence, statements: statements).hosts()
  // 7. Quotes against logs, boot by boot.
  var examined = hosts.map { ExaminedHost($0, evidence: evidence, trust: trust, jobs: request.jobs) }
  let inventories = CaseInventories(
    evidence.files, captures: captures.filter(\.isCapture).map(\.folder), statements: statements)
  let appraised: AppraisedHosts
  do {
    // What was done to lists that do not replay.
    for index in examined.indices { try examined[index].localiseTampering(evidence, stores: trust.stores) }
    // 8. Whose the records are, and measured files against references.
    appraised = try AppraisedHosts(examined, evidence: evidence, inventories: inventories, trust: trust)
  } catch {
    throw .references(error)
  }
  // 9. Findings, verdicts, the one result.
  return ResultBuilder(
    request: request, trust: trust, evidence: evidence, statements: statements, hosts: examined, appraised: appraised
  ).result()
}
