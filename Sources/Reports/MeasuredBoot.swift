import Appraisal

/// What the section on measured files of one boot needs besides the measurements themselves.
struct MeasuredBoot {
  var measurements: AttestationResult.BootMeasurements
  /// The list that was appraised, as archived.
  var log: AttestationResult.Log?
  var labels: SourceLabels
  /// Of all packages of the report.
  var origins: [AttestationResult.Origin]
  /// Start of the ids of this boot.
  var id: String
  /// Rows of files that may be shown.
  var rowLimit: Int
  /// Times of collection by quote: the collector's word.
  private var times: [String: String]

  init?(
    _ boot: AttestationResult.Boot, labels: SourceLabels, origins: [AttestationResult.Origin], id: String, rowLimit: Int
  ) {
    guard let measurements = boot.measurements else { return nil }
    self.measurements = measurements
    self.labels = labels
    self.origins = origins
    self.id = id
    self.rowLimit = rowLimit
    log = boot.captures.flatMap(\.logs).first { $0.file == measurements.file }
    let captured = boot.captures.flatMap { capture in
      capture.quotes.compactMap { quote in capture.collectedAt.map { (quote.file, $0) } }
    }
    times = Dictionary(captured, uniquingKeysWith: { first, _ in first })
  }

  /// Between which quotes something was first measured.
  func bracket(of entry: AttestationResult.Measurement) -> String {
    switch (entry.after, entry.before) {
    case (nil, let before?): "before \(labels[before])"
    case (let after?, let before?): "after \(labels[after]), before \(labels[before])"
    case (let after?, nil): "after \(labels[after]); proven by no quote"
    case (nil, nil): "proven by no quote"
    }
  }

  /// The same as times of day, where the collector says them.
  func times(of entry: AttestationResult.Measurement) -> String? {
    let after = entry.after.flatMap { times[$0] }
    let before = entry.before.flatMap { times[$0] }
    switch (after, before) {
    case (nil, let before?): return "until \(before)"
    case (let after?, let before?): return "\(after) to \(before)"
    case (let after?, nil): return "from \(after)"
    case (nil, nil): return nil
    }
  }

  /// The entries of each group, in the order of the result.
  var groups: [(group: MeasurementGroup, entries: [AttestationResult.Measurement])] {
    var groups: [MeasurementGroup: [AttestationResult.Measurement]] = [:]
    for entry in measurements.entries {
      if let group = MeasurementGroup(entry) { groups[group, default: []].append(entry) }
    }
    return MeasurementGroup.allCases.compactMap { group in groups[group].map { (group, $0) } }
  }
}
