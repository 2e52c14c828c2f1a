import ByteReading

/// The JSON export of Debian's security tracker: source package, CVE, release, and the version that fixes it.
///
/// Only fixed versions become updates; a version of 0 says that the release never was affected. The export has no dates
/// and no advisories: a dated copy of it, or the advisory lists, have to give those.
///
/// Source: security-tracker.debian.org, "Debian Security Bug Tracker", JSON.
public struct SecurityTracker: Equatable, Sendable {
  /// One a source package, release and version, with every CVE that it fixes; sorted.
  public var updates: [PackageUpdate] = []
  public var problems: [ReferenceProblem] = []

  public init(_ bytes: [UInt8], file: String) {
    var builder = ListBuilder(file: file)
    guard let packages = jsonObject(bytes) else {
      builder.problem(at: nil, "The file is no JSON object.")
      problems = builder.finish([]).problems
      return
    }
    for (source, value) in packages.sorted(by: { $0.key < $1.key }) {
      guard let issues = value as? [String: Any] else {
        builder.problem(at: nil, "A package has no issues.", subject: Array(source.utf8))
        continue
      }
      updates += Self.updates(of: source, issues, &builder)
    }
    problems = builder.finish([]).problems
  }

  private static func updates(
    of source: String, _ issues: [String: Any], _ builder: inout ListBuilder
  ) -> [PackageUpdate] {
    var fixes: [[String]: [String]] = [:]
    for (issue, value) in issues.sorted(by: { $0.key < $1.key }) {
      guard let releases = (value as? [String: Any])?["releases"] as? [String: Any] else {
        builder.problem(at: nil, "\(escapedText(issue.utf8)) has no releases.", subject: Array(source.utf8))
        continue
      }
      for (release, state) in releases {
        guard let state = state as? [String: Any], let status = state["status"] as? String else {
          let place = "\(escapedText(issue.utf8)), \(escapedText(release.utf8))"
          builder.problem(at: nil, "\(place) has no status.", subject: Array(source.utf8))
          continue
        }
        guard status == "resolved", let version = state["fixed_version"] as? String, version != "0", !version.isEmpty
        else { continue }
        fixes[[release, version], default: []].append(issue)
      }
    }
    return fixes.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { place, issues in
      PackageUpdate(
        format: .deb, name: source, namesSource: true, version: place[1], distribution: "Debian \(place[0])",
        type: .security, references: issues)
    }
  }
}
