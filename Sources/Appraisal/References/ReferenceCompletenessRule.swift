import ReferenceManifests
import ReferenceStore

/// Packages that a system says it has are known from the packages themselves.
struct ReferenceCompletenessRule {
  static let id = "reference.incomplete"

  static func findings(in reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    var claimed: [KnownPackage] = []
    var published: Set<String> = []
    for package in reviewed.packages {
      let kinds = Set(try reviewed.store.sources(of: package).map(\.kind))
      if kinds == [.dpkgDatabase] { claimed.append(package) } else { published.insert(reviewed.title(package)) }
    }
    let missing = claimed.filter { !published.contains(reviewed.title($0)) }
    guard !missing.isEmpty else { return [] }
    return [
      ReferenceFinding(
        .referenceIncomplete, store: reviewed.name, subject: ReferenceSignatureRule.examples(missing, in: reviewed),
        message:
          "\(missing.count) of \(claimed.count) packages that a system lists are known by its own records only; their packages are not in the store."
      )
    ]
  }
}
