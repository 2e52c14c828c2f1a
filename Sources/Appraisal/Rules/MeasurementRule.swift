import ByteReading
import Digests
import ReferenceManifests

/// Every measured file is explained by the references, or the policy says why it need not be.
///
/// Unknown and changed code is bad; changed configuration is worth a look; a genuine old version is named with what replaced
/// it. Weights are the policy's.
public struct MeasurementRule {
  public static let id = "measurement"

  private let policy: Policy
  private let file: String
  /// Whose files they are, in words; nil for the host.
  private let owner: String?
  /// For each record the quotes before and after it.
  private let bracket: (Int) -> (after: String?, before: String?)

  /// - parameter file: path of the list.
  /// - parameter owner: whose files they are, in words; nil for the host.
  public init(
    policy: Policy, file: String, owner: String? = nil,
    bracket: @escaping (Int) -> (after: String?, before: String?)
  ) {
    self.policy = policy
    self.file = file
    self.owner = owner
    self.bracket = bracket
  }

  /// What the measured files of one owner are.
  public func appraise(_ measurements: [AppraisedMeasurement]) -> [Finding] {
    let byStatus = Dictionary(grouping: measurements, by: \.status)
    return files(byStatus[.changed] ?? [], .measurementChanged)
      + files(byStatus[.unknown] ?? [], .measurementUnknown)
      + files(byStatus[.knownElsewhere] ?? [], .measurementNameMismatch)
      + superseded(byStatus[.superseded] ?? [])
      + notAssessable(byStatus[.notAssessable] ?? [])
  }

  /// What is said of the list as a whole.
  public func appraiseWhole(_ appraisal: MeasurementAppraisal) -> [Finding] {
    libraries(appraisal.missingLibraries) + references(appraisal) + requiredLevel(appraisal)
  }

  // MARK: Files

  private static let shownLimit = 200

  /// One finding a path and class; several contents under one path are one finding.
  private func files(_ entries: [AppraisedMeasurement], _ code: FindingCode) -> [Finding] {
    var groups: [[AppraisedMeasurement]] = []
    var places: [[UInt8]: [FileClass: Int]] = [:]
    for entry in entries {
      if let place = places[entry.path]?[entry.fileClass] {
        groups[place].append(entry)
      } else {
        places[entry.path, default: [:]][entry.fileClass] = groups.count
        groups.append([entry])
      }
    }
    let weighed = groups.compactMap { group -> (Severity, [AppraisedMeasurement])? in
      policy.weight(of: group[0].status, for: group[0].fileClass).map { ($0, group) }
    }
    let sorted = weighed.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element)
    let shown = sorted.prefix(Self.shownLimit).map { finding(code, $0, $1) }
    return shown + rest(sorted.dropFirst(Self.shownLimit), code)
  }

  /// What no longer fits is counted, and weighs what its worst does.
  private func rest(_ groups: ArraySlice<(Severity, [AppraisedMeasurement])>, _ code: FindingCode) -> [Finding] {
    guard let worst = groups.first else { return [] }
    return [
      Finding(
        code, severity: worst.0, effect: effect(worst.0), file: file, record: worst.1[0].records.first,
        message: "\(groups.count) more paths have findings of this code.")
    ]
  }

  private func finding(_ code: FindingCode, _ severity: Severity, _ group: [AppraisedMeasurement]) -> Finding {
    let entry = group[0]
    let records = group.flatMap(\.records).sorted()
    let first = records.first ?? 0
    return Finding(
      code, severity: severity, effect: effect(severity), file: file, record: first,
      range: records.count > 1 ? first...(records.last ?? first) : nil,
      message: "\(statement(entry, count: group.count)) \(when(first))",
      expected: entry.expected.isEmpty ? nil : entry.expected.joined(separator: " or "),
      actual: group.count == 1 ? "\(entry.algorithm):\(hexText(entry.digest))" : nil)
  }

  private func effect(_ severity: Severity) -> Effect { severity == .critical ? .untrusted : .none }

  private func statement(_ entry: AppraisedMeasurement, count: Int) -> String {
    let path = (owner.map { "In \($0): " } ?? "") + "'\(escapedText(entry.path))'"
    let contents = count == 1 ? "" : " in \(count) contents"
    switch entry.status {
    case .unknown where entry.passedBy != nil:
      return "\(path) (\(entry.fileClass.rawValue))\(contents) is what no package can know: \(entry.reason)"
    case .unknown: return "\(path) is unknown\(contents): \(lowerFirst(entry.reason))"
    case .changed:
      let owner = entry.package.map { "\($0.title)" } ?? "a package"
      return
        "\(path) was changed\(contents): it belongs to \(owner), and no version in the references has this content. It counts as \(entry.fileClass.rawValue): \(lowerFirst(entry.reason))"
    case .knownElsewhere: return "\(path) is a known file under another path: \(lowerFirst(entry.reason))"
    default: return "\(path): \(entry.reason)"
    }
  }

  private func lowerFirst(_ text: String) -> String {
    guard let first = text.first, let second = text.dropFirst().first, second.isLowercase || second == " " else {
      return text
    }
    return first.lowercased() + text.dropFirst()
  }

  private func when(_ record: Int) -> String {
    let place = bracket(record)
    switch (place.after, place.before) {
    case (let after?, let before?): return "First measured after \(after) and before \(before)."
    case (nil, let before?): return "First measured before \(before)."
    case (let after?, nil): return "First measured after \(after); no quote proves the record."
    case (nil, nil): return "No quote proves the record."
    }
  }

  // MARK: Packages

  private func superseded(_ entries: [AppraisedMeasurement]) -> [Finding] {
    var order: [String] = []
    var groups: [String: [AppraisedMeasurement]] = [:]
    for entry in entries {
      let key = [entry.package?.format.rawValue, entry.package?.title, entry.package?.architecture].compactMap { $0 }
        .joined(separator: " ")
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(entry)
    }
    return order.compactMap { key in
      guard let group = groups[key], let package = group[0].package, let newer = group[0].supersededBy else {
        return nil
      }
      let weights = group.compactMap { policy.weight(of: .superseded, for: $0.fileClass) }
      guard let severity = weights.min() else { return nil }
      let records = group.flatMap(\.records).sorted()
      let date = newer.date.map { ", published \($0.prefix(10))" } ?? ""
      let advisory = newer.advisory.map { " (\($0))" } ?? ""
      return Finding(
        .measurementSuperseded, severity: severity, effect: effect(severity), file: file, record: records.first,
        range: records.count > 1 ? (records[0]...(records.last ?? records[0])) : nil,
        message:
          "\(package.title) is genuine and superseded by \(newer.version)\(date), update type \(newer.type.rawValue)\(advisory): \(group.count) measured \(group.count == 1 ? "file" : "files").",
        expected: newer.version, actual: package.version)
    }
  }

  private func notAssessable(_ entries: [AppraisedMeasurement]) -> [Finding] {
    var order: [String] = []
    var groups: [String: [AppraisedMeasurement]] = [:]
    for entry in entries {
      if groups[entry.reason] == nil { order.append(entry.reason) }
      groups[entry.reason, default: []].append(entry)
    }
    return order.prefix(Self.shownLimit).compactMap { reason in
      guard let group = groups[reason] else { return nil }
      let records = group.flatMap(\.records).sorted()
      let example = group.prefix(3).map { "'\(escapedText($0.path))'" }.joined(separator: ", ")
      return Finding(
        .contentNotAssessed, file: file, record: records.first,
        range: records.count > 1 ? (records[0]...(records.last ?? records[0])) : nil,
        message:
          "\(records.count) \(records.count == 1 ? "record" : "records") (\(example)\(group.count > 3 ? "..." : "")) can't be assessed. \(reason)"
      )
    }
  }

  private func libraries(_ missing: [MeasurementAppraisal.MissingLibrary]) -> [Finding] {
    var seen: Set<[UInt8]> = []
    return missing.filter { seen.insert($0.library).inserted }.prefix(Self.shownLimit).map { item in
      Finding(
        .measurementLibraryUnresolved, file: file, record: item.record,
        message:
          "'\(escapedText(item.neededBy))' needs the library '\(escapedText(item.library))', which is neither measured nor in the references."
      )
    }
  }

  // MARK: References

  private func references(_ appraisal: MeasurementAppraisal) -> [Finding] {
    var unsigned = 0
    var weak = 0
    for entry in appraisal.measurements where [.known, .superseded, .knownElsewhere].contains(entry.status) {
      if let origin = entry.package?.origin, case .unsigned = appraisal.origins[origin].standing {
        unsigned += entry.records.count
      }
      if FileDigestAlgorithm(name: entry.algorithm)?.strength == .weak { weak += entry.records.count }
    }
    var findings: [Finding] = []
    if unsigned > 0 {
      findings.append(
        Finding(
          .referenceUnsigned, file: file,
          message:
            "\(unsigned) records are known from references that nobody signed: they are as good as the person who gave the store."
        ))
    }
    if weak > 0 {
      findings.append(
        Finding(
          .referenceWeakDigest, file: file,
          message:
            "\(weak) records are known by SHA-1 digests only: somebody with means can make another file of the same digest."
        ))
    }
    return findings
  }

  private func requiredLevel(_ appraisal: MeasurementAppraisal) -> [Finding] {
    guard let required = policy.requiredLevel, appraisal.level < required else { return [] }
    return [
      Finding(
        .measurementLevelTooLow, file: file,
        message: "The boot's level is \(appraisal.level.rawValue), and the policy requires \(required.rawValue).",
        expected: required.rawValue, actual: appraisal.level.rawValue)
    ]
  }
}
