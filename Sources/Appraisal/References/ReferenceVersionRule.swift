import ReferenceManifests
import ReferenceStore

/// No package has a newer version, in the stores or in the archived advisories, and indexes are current.
struct ReferenceVersionRule {
  static let id = "reference.superseded"

  static func findings(in reviewed: ReviewedStore, _ review: ReferenceReview) throws(StoreError) -> [ReferenceFinding] {
    var findings = outOfDate(reviewed, review)
    guard let number = review.library.stores.firstIndex(where: { $0 === reviewed.store }) else { return findings }
    for package in reviewed.packages {
      guard let newer = try review.library.newerVersion(than: .init(store: number, package: package.id)) else {
        continue
      }
      let advisory = newer.advisory.map { ", \($0)" } ?? ""
      let date = newer.date.map { ", \($0.prefix(10))" } ?? ""
      findings.append(
        ReferenceFinding(
          .referenceSuperseded, store: reviewed.name, subject: reviewed.title(package),
          message: "Superseded by \(newer.version) (\(newer.type.rawValue)\(advisory)\(date))."))
    }
    return findings
  }

  /// RFC 3339 in UTC: the order of the texts is that of the days.
  private static func outOfDate(_ reviewed: ReviewedStore, _ review: ReferenceReview) -> [ReferenceFinding] {
    guard let asOf = review.asOf else { return [] }
    return reviewed.sources.compactMap { source in
      guard let end = source.validUntil, end.prefix(10) < asOf.prefix(10) else { return nil }
      return ReferenceFinding(
        .referenceOutOfDate, store: reviewed.name, source: source.path,
        message: "The index was valid until \(end), which is before \(asOf).")
    }
  }
}
