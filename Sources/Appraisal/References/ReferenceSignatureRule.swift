import ReferenceManifests
import ReferenceStore

/// A good signature of a key that counts vouches for every package, directly or through indexes.
struct ReferenceSignatureRule {
  static let id = "reference.unsigned"

  static func findings(in reviewed: ReviewedStore, _ review: ReferenceReview) throws(StoreError) -> [ReferenceFinding] {
    signatureFindings(reviewed, review) + (try packageFindings(reviewed, review)) + (try supportFindings(reviewed))
  }

  /// Support RIMs without their Base RIM, each by itself: there are few.
  private static func supportFindings(_ reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    try reviewed.store.bootReferences().filter(\.lacksManifest).map { reference in
      ReferenceFinding(
        .referenceUnsigned, store: reviewed.name, source: reference.source.path,
        message: reference.sentenceOnMissingManifest)
    }
  }

  /// Signatures that do not vouch, where the builder said nothing of them. One good signature is enough for a source; a bad
  /// one is told even so.
  private static func signatureFindings(_ reviewed: ReviewedStore, _ review: ReferenceReview) -> [ReferenceFinding] {
    let told = Set(reviewed.problems.map { "\($0.kind.rawValue) \($0.source)" })
    return reviewed.sources.flatMap { source -> [ReferenceFinding] in
      let isVouchedFor = source.signatures.contains { $0.status == .good }
      return source.signatures.compactMap { signature in
        guard let kind = signature.status.problem, !isVouchedFor || signature.status == .bad,
          !told.contains("\(kind.rawValue) \(source.path)")
        else { return nil }
        return ReferenceFinding(
          kind.findingCode, store: reviewed.name, source: source.path,
          message: "Signature of key \(signature.key): \(signature.status.rawValue). \(signature.detail)")
      }
    }
  }

  /// One finding for all packages of one kind: a folder of thousands of them is one thing to say.
  private static func packageFindings(
    _ reviewed: ReviewedStore, _ review: ReferenceReview
  ) throws(StoreError) -> [ReferenceFinding] {
    let told = Set(reviewed.problems.filter { $0.kind == .unsigned }.map(\.source))
    var unsigned: [ReferencePackage.Format: [KnownPackage]] = [:]
    var others: [KnownPackage] = []
    for package in reviewed.packages {
      switch reviewed.standing(of: package) {
      case .signed: continue
      case .refused: if !review.trustedKeys.isEmpty { others.append(package) }
      case .unsigned:
        // What the builder said of each source by itself is not said again.
        let isTold = try reviewed.store.sources(of: package).allSatisfy { told.contains($0.path) }
        if !isTold { unsigned[package.format, default: []].append(package) }
      }
    }
    var findings = unsigned.sorted { $0.key.rawValue < $1.key.rawValue }.map { format, packages in
      ReferenceFinding(
        .referenceUnsigned, store: reviewed.name, subject: examples(packages, in: reviewed),
        message:
          "No good signature vouches for \(packages.count) of \(reviewed.packages.count) packages (\(format.rawValue))."
      )
    }
    if !others.isEmpty {
      findings.append(
        ReferenceFinding(
          .referenceSignerUntrusted, store: reviewed.name, subject: examples(others, in: reviewed),
          message: "\(others.count) packages are vouched for by none of the trusted keys."))
    }
    return findings
  }

  /// The first of the packages by name.
  static func examples(_ packages: [KnownPackage], in reviewed: ReviewedStore) -> String {
    packages.prefix(5).map(reviewed.title).joined(separator: ", ") + (packages.count > 5 ? ", …" : "")
  }
}

extension SourceSignature.Status {
  fileprivate var problem: ReferenceProblem.Kind? {
    switch self {
    case .good: nil
    case .keyExpired: .keyExpired
    case .keyRevoked: .keyRevoked
    case .weak, .bad: .signatureInvalid
    case .keyMissing: .keyMissing
    case .unsupported: .signatureUnsupported
    }
  }
}
