import ByteReading
import ReferenceManifests

/// How much of one measurement list the references explain: would they do for that machine?
public struct ReferenceCoverage: Sendable {
  /// Path of the list.
  public var list: String
  public var records: Int
  /// Records that references, classes and exemptions account for.
  public var explained: Int
  /// In the order of `MeasurementStatus`.
  public var byStatus: [(status: MeasurementStatus, count: Int)]
  /// What is not explained, by the package that owns the path, else by folder; most records first.
  public var missing: [Missing]

  public struct Missing: Equatable, Sendable {
    public enum Kind: String, Sendable {
      case package
      case folder
    }

    public var kind: Kind
    /// Name of the package, or the folder with a slash at its end.
    public var name: String
    public var records: Int
    /// The first paths, escaped.
    public var examples: [String]

    public init(kind: Kind, name: String, records: Int, examples: [String]) {
      self.kind = kind
      self.name = name
      self.records = records
      self.examples = examples
    }
  }

  /// Statuses of records for which nothing answers.
  private static let open: Set<MeasurementStatus> = [.unknown, .changed, .notAssessable]

  init(list: String, _ appraisal: MeasurementAppraisal) {
    self.list = list
    byStatus = appraisal.recordsByStatus
    records = byStatus.reduce(0) { $0 + $1.count }
    explained = byStatus.filter { !Self.open.contains($0.status) }.reduce(0) { $0 + $1.count }
    var groups: [String: Missing] = [:]
    for entry in appraisal.measurements where Self.open.contains(entry.status) {
      let kind: Missing.Kind = entry.package == nil ? .folder : .package
      let name = entry.package?.name ?? Self.folder(of: entry.path)
      var group = groups["\(kind.rawValue) \(name)"] ?? Missing(kind: kind, name: name, records: 0, examples: [])
      group.records += entry.records.count
      if group.examples.count < 3 { group.examples.append(escapedText(entry.path)) }
      groups["\(kind.rawValue) \(name)"] = group
    }
    missing = groups.values.sorted { left, right in
      left.records != right.records
        ? left.records > right.records : (left.name, left.kind.rawValue) < (right.name, right.kind.rawValue)
    }
  }

  /// At most three components, so that a tree of many folders is one line.
  private static func folder(of path: [UInt8]) -> String {
    let names = path.split(separator: UInt8(ascii: "/")).dropLast().prefix(3).map { escapedText($0) }
    return names.isEmpty ? "/" : "/" + names.joined(separator: "/") + "/"
  }

  func finding(stores: String) -> ReferenceFinding? {
    guard explained < records else { return nil }
    return ReferenceFinding(
      .referenceNotCovered, store: stores, source: list,
      message: "\(records - explained) of \(records) records are not explained by the references.")
  }
}
