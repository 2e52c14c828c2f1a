import Digests
import IMALog
import ReferenceManifests
import ReferenceStore

/// What a review of references is asked for.
public struct ReferenceCheckRequest: Sendable {
  /// RFC 3339 date; nil: version order alone decides, and no validity is judged.
  public var asOf: String?
  /// Upper-case hexadecimal fingerprints, or the last 16 or more digits of them; empty: every key counts.
  public var trustedKeys: [String]
  /// Measurement lists that the references should explain, each with its path.
  public var lists: [(path: String, list: MeasurementList)]
  /// What the site lets pass when lists are compared.
  public var policy: Policy
  public var toolVersion: String

  public init(
    asOf: String? = nil, trustedKeys: [String] = [], lists: [(path: String, list: MeasurementList)] = [],
    policy: Policy = Policy(), toolVersion: String
  ) {
    self.asOf = asOf
    self.trustedKeys = trustedKeys
    self.lists = lists
    self.policy = policy
    self.toolVersion = toolVersion
  }
}

/// Reviews reference stores by themselves: are they whole, signed, current, free of conflicts?
public enum ReferenceChecker {
  /// - throws: when a store cannot be read. A damaged one is a finding, and the other rules read on as far as they can.
  public static func check(
    _ stores: [ReferenceStore], _ request: ReferenceCheckRequest
  ) throws(StoreError) -> ReferenceCheckResult {
    var policy = request.policy
    policy.allowedSigners = request.trustedKeys
    let review = ReferenceReview(
      library: try ReferenceLibrary(stores, policy: policy, asOf: request.asOf), asOf: request.asOf,
      trustedKeys: request.trustedKeys)
    var findings: [ReferenceFinding] = []
    var described: [ReferenceCheckResult.Store] = []
    for (number, store) in stores.enumerated() {
      if let damage = try store.damage() {
        findings.append(
          ReferenceFinding(.referenceDamaged, store: store.name, message: "The store cannot be relied on: \(damage)."))
      }
      let reviewed = try ReviewedStore(store, number: number, review)
      findings += try Self.findings(in: reviewed, review)
      described.append(try reviewed.description())
    }
    let coverage = try coverage(of: request.lists, by: stores, request)
    findings += coverage.compactMap { $0.finding(stores: stores.map(\.name).joined(separator: ", ")) }
    let checks = FindingCode.ofReferences.map { code in
      ReferenceCheckResult.Check(code: code, count: findings.count { $0.code == code })
    }
    return ReferenceCheckResult(
      toolVersion: request.toolVersion, asOf: request.asOf, trustedKeys: request.trustedKeys, stores: described,
      checks: checks, findings: bounded(sorted(findings)), coverage: coverage)
  }

  private static func findings(
    in store: ReviewedStore, _ review: ReferenceReview
  ) throws(StoreError) -> [ReferenceFinding] {
    var findings = ReferenceProblemRule.findings(in: store)
    findings += try ReferenceSignatureRule.findings(in: store, review)
    findings += try ReferenceConflictRule.findings(in: store)
    findings += try ReferenceDigestRule.findings(in: store)
    findings += try ReferencePathRule.findings(in: store)
    findings += try ReferenceVersionRule.findings(in: store, review)
    findings += try ReferenceCompletenessRule.findings(in: store)
    return findings
  }

  private static func coverage(
    of lists: [(path: String, list: MeasurementList)], by stores: [ReferenceStore], _ request: ReferenceCheckRequest
  ) throws(StoreError) -> [ReferenceCoverage] {
    guard !lists.isEmpty else { return [] }
    let appraiser = try MeasurementAppraiser(stores: stores, policy: request.policy, asOf: request.asOf)
    var found: [ReferenceCoverage] = []
    for (path, list) in lists { found.append(ReferenceCoverage(list: path, try appraiser.appraise(list))) }
    return found
  }

  private static func sorted(_ findings: [ReferenceFinding]) -> [ReferenceFinding] {
    findings.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if a.severity != b.severity { return a.severity < b.severity }
      if a.code != b.code { return a.code.rawValue < b.code.rawValue }
      if a.store != b.store { return a.store < b.store }
      if a.source != b.source { return (a.source ?? "") < (b.source ?? "") }
      return left.offset < right.offset
    }.map(\.element)
  }

  /// Findings of one code and store that are listed one by one.
  static let listedCount = 200

  private static func bounded(_ findings: [ReferenceFinding]) -> [ReferenceFinding] {
    var counts: [String: Int] = [:]
    var kept: [ReferenceFinding] = []
    for finding in findings {
      let key = "\(finding.code.rawValue) \(finding.store)"
      counts[key, default: 0] += 1
      if counts[key, default: 0] <= listedCount { kept.append(finding) }
    }
    for finding in findings where counts["\(finding.code.rawValue) \(finding.store)", default: 0] > listedCount {
      let key = "\(finding.code.rawValue) \(finding.store)"
      let more = counts.removeValue(forKey: key).map { $0 - listedCount } ?? 0
      guard let last = kept.lastIndex(where: { $0.code == finding.code && $0.store == finding.store }) else { continue }
      kept.insert(
        ReferenceFinding(
          finding.code, severity: finding.severity, effect: finding.effect, store: finding.store,
          message: "\(more) more findings of this code are not listed."), at: last + 1)
    }
    return kept
  }
}

/// What all rules look at.
struct ReferenceReview {
  let library: ReferenceLibrary
  let asOf: String?
  let trustedKeys: [String]

  func isTrusted(_ key: String) -> Bool {
    trustedKeys.isEmpty || trustedKeys.contains { key == $0 || ($0.count >= 16 && key.hasSuffix($0)) }
  }
}

/// One store with what every rule needs of it.
struct ReviewedStore {
  let store: ReferenceStore
  let packages: [KnownPackage]
  let sources: [ReferenceSource]
  let problems: [ReferenceProblem]
  private let standings: [Int64: ReferenceOrigin.Standing]

  var name: String { store.name }

  init(_ store: ReferenceStore, number: Int, _ review: ReferenceReview) throws(StoreError) {
    self.store = store
    packages = try store.packages()
    sources = try store.sources()
    problems = try store.problems()
    var standings: [Int64: ReferenceOrigin.Standing] = [:]
    for package in packages {
      standings[package.id] = try review.library.standing(of: .init(store: number, package: package.id))
    }
    self.standings = standings
  }

  func standing(of package: KnownPackage) -> ReferenceOrigin.Standing {
    standings[package.id] ?? .refused(why: "no source is recorded")
  }

  /// Name, version and architecture.
  func title(_ package: KnownPackage) -> String {
    [package.name, package.version, package.architecture].filter { !$0.isEmpty }.joined(separator: " ")
  }

  func description() throws(StoreError) -> ReferenceCheckResult.Store {
    var counts = ReferenceCheckResult.Standings()
    for standing in standings.values {
      switch standing {
      case .signed: counts.signed += 1
      case .unsigned: counts.unsigned += 1
      case .refused: counts.refused += 1
      }
    }
    return ReferenceCheckResult.Store(
      name: name, logicalDigest: store.logicalDigest, counts: try store.counts(),
      algorithms: try store.property(.algorithms), packages: counts, sources: sources)
  }
}

extension ReferenceStore {
  /// The packages that do not count, by `KnownPackage.id`, every key counting that was given to the build.
  public func refusedPackages() throws(StoreError) -> Set<Int64> {
    let library = try ReferenceLibrary([self], policy: Policy(), asOf: nil)
    var refused: Set<Int64> = []
    for package in try packages() {
      if case .refused = try library.standing(of: .init(store: 0, package: package.id)) { refused.insert(package.id) }
    }
    return refused
  }

  /// How many packages are vouched for how, every key counting that was given to the build.
  public func standings() throws(StoreError) -> ReferenceCheckResult.Standings {
    let library = try ReferenceLibrary([self], policy: Policy(), asOf: nil)
    let review = ReferenceReview(library: library, asOf: nil, trustedKeys: [])
    return try ReviewedStore(self, number: 0, review).description().packages
  }
}
