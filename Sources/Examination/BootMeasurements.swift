import Appraisal
import ByteReading
import ReferenceManifests
import ReferenceStore

/// The part of a boot's result that is about measured files.
struct BootMeasurements {
  private let appraisal: MeasurementAppraisal
  private let file: String
  private let asOf: String?
  private let policy: Policy
  private let brackets: RecordBrackets

  init(
    _ appraisal: MeasurementAppraisal, of content: AppraisedHosts.BootContent, policy: Policy, brackets: RecordBrackets
  ) {
    self.appraisal = appraisal
    file = content.file
    asOf = content.asOf
    self.policy = policy
    self.brackets = brackets
  }

  func result() -> AttestationResult.BootMeasurements {
    let unusual = appraisal.measurements.filter { ![.known, .notAFile].contains($0.status) }
    let sorted = unusual.enumerated().sorted { left, right in
      let a = (rank(left.element), left.offset)
      let b = (rank(right.element), right.offset)
      return a < b
    }.map(\.element)
    let shown = sorted.prefix(AttestationResult.BootMeasurements.entryLimit).map { entry in
      let bracket = brackets.quotes(around: entry.records.first ?? 0)
      return AttestationResult.Measurement(
        entry, path: escapedText(entry.path),
        digest: entry.digest.isEmpty ? "" : "\(entry.algorithm):\(hexText(entry.digest))", after: bracket.after,
        before: bracket.before)
    }
    return .init(
      file: file, asOf: asOf,
      counts: appraisal.recordsByStatus.map { .init($0.status, $0.count) },
      initramfsRecords: appraisal.initramfsRecords, passed: passed(), runs: runs(), packages: packages(),
      entries: Array(shown), omittedEntries: sorted.count - shown.count, levelReasons: levelReasons())
  }

  /// Unknown and changed code first, then the order of the statuses.
  private func rank(_ entry: AppraisedMeasurement) -> Int {
    let status = MeasurementStatus.allCases.firstIndex(of: entry.status) ?? 0
    let isBad = [.unknown, .changed].contains(entry.status) && entry.fileClass == .code && entry.passedBy == nil
    return isBad ? status : status + 100
  }

  private func passed() -> [AttestationResult.Passed] {
    var counts: [String: Int] = [:]
    for entry in appraisal.measurements {
      if let name = entry.passedBy { counts[name, default: 0] += entry.records.count }
    }
    return (policy.exemptions.map { ($0, true) } + policy.classes.map { ($0, false) }).compactMap { rule, isExemption in
      counts[rule.name].map { .init(name: rule.name, reason: rule.reason, isExemption: isExemption, records: $0) }
    }
  }

  private func runs() -> [AttestationResult.StatusCount] {
    var runs: [AttestationResult.StatusCount] = []
    for entry in appraisal.entryOfRecord {
      let status = appraisal.measurements[Int(entry)].status
      if runs.last?.status == status { runs[runs.count - 1].records += 1 } else { runs.append(.init(status, 1)) }
    }
    return runs
  }

  private func packages() -> [AttestationResult.Package] {
    struct Key: Hashable {
      var format: ReferencePackage.Format
      var name: String
      var version: String
      var architecture: String
      var distribution: String
    }
    var counts: [Key: [MeasurementStatus: Int]] = [:]
    var examples: [Key: (PackageReference, NewerVersion?)] = [:]
    for entry in appraisal.measurements {
      guard let package = entry.package else { continue }
      let key = Key(
        format: package.format, name: package.name, version: package.version, architecture: package.architecture,
        distribution: package.distribution)
      counts[key, default: [:]][entry.status, default: 0] += entry.records.count
      if examples[key].map({ $0.1 == nil }) ?? true { examples[key] = (package, entry.supersededBy) }
    }
    let rows = examples.map { key, example in
      AttestationResult.Package(
        format: key.format.rawValue, name: key.name, version: key.version, architecture: key.architecture,
        distribution: key.distribution, origin: example.0.origin,
        counts: MeasurementStatus.allCases.compactMap { status in
          counts[key]?[status].map { AttestationResult.StatusCount(status, $0) }
        }, supersededBy: example.1)
    }
    return rows.sorted { left, right in
      let a = left.counts.contains { $0.status != .known } ? 0 : 1
      let b = right.counts.contains { $0.status != .known } ? 0 : 1
      if a != b { return a < b }
      return [left.name, left.version, left.architecture, left.format, left.distribution].lexicographicallyPrecedes(
        [right.name, right.version, right.architecture, right.format, right.distribution])
    }
  }

  private func levelReasons() -> [String] {
    let worst = appraisal.measurements.compactMap(\.severity).max() ?? 0
    guard worst > 0 || !appraisal.missingLibraries.isEmpty else { return [] }
    var files: [(entry: AppraisedMeasurement, contents: Int)] = []
    var places: [[UInt8]: Int] = [:]
    let heavy = appraisal.measurements.filter { $0.severity == worst && worst > 0 }
    // Of the same weight, code says more than configuration.
    for entry in heavy.filter({ $0.fileClass == .code }) + heavy.filter({ $0.fileClass != .code }) {
      if let place = places[entry.path] {
        files[place].contents += 1
      } else {
        places[entry.path] = files.count
        files.append((entry, 1))
      }
    }
    var reasons = files.prefix(10).map { file in
      let contents = file.contents == 1 ? "" : " in \(file.contents) contents"
      return
        "Record \(file.entry.records.first ?? 0): '\(escapedText(file.entry.path))' (\(file.entry.status.rawValue)\(contents), weight \(worst))"
    }
    if files.count > 10 { reasons.append("\(files.count - 10) more files of weight \(worst)") }
    reasons += appraisal.missingLibraries.prefix(5).map {
      "Record \($0.record): '\(escapedText($0.neededBy))' needs '\(escapedText($0.library))', which is nowhere"
    }
    return reasons
  }
}

extension AttestationResult.Origin {
  init(_ origin: ReferenceOrigin) {
    let standing: (String, String?) =
      switch origin.standing {
      case .signed(let signer): ("signed", signer)
      case .unsigned: ("unsigned", nil)
      case .refused(let why): ("refused", why)
      }
    self.init(
      store: origin.store, standing: standing.0, detail: standing.1,
      sources: origin.chain.map { source in
        .init(
          kind: source.kind.rawValue, path: source.path, sha256: hexText(source.sha256), date: source.date,
          signatures: source.signatures.map { signature in
            let signer = signature.signer.isEmpty ? "" : " by \(signature.signer)"
            return "\(signature.status.rawValue): \(signature.scheme)\(signer) (\(signature.key))"
          })
      })
  }
}
