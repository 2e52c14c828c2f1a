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
  /// Every record is told in `measurements.jsonl`.
  var hasRecords: Bool
  /// Rows of files that may be shown.
  var rowLimit: Int
  /// Times of collection by quote: the collector's word.
  private var times: [String: String]
  /// Names of captures by quote.
  private var captureNames: [String: String]
  /// Paths of the quotes of each capture.
  private var captures: [[String]]

  init?(
    _ boot: AttestationResult.Boot, labels: SourceLabels, origins: [AttestationResult.Origin], id: String, rowLimit: Int
  ) {
    guard let measurements = boot.measurements else { return nil }
    self.measurements = measurements
    self.labels = labels
    self.origins = origins
    self.id = id
    self.rowLimit = rowLimit
    hasRecords = boot.records != nil
    captures = boot.captures.map { $0.quotes.map(\.file) }
    log = boot.captures.flatMap(\.logs).first { $0.file == measurements.file }
    let named = boot.captures.flatMap { capture in capture.quotes.map { ($0.file, capture.name) } }
    captureNames = Dictionary(named, uniquingKeysWith: { first, _ in first })
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

  /// The captures of those quotes, by name.
  func captures(of entry: AttestationResult.Measurement) -> String? {
    switch (entry.after.flatMap { captureNames[$0] }, entry.before.flatMap { captureNames[$0] }) {
    case (nil, let before?): "capture \(before)"
    case (let after?, let before?): after == before ? "capture \(after)" : "captures \(after) to \(before)"
    case (let after?, nil): "capture \(after)"
    case (nil, nil): nil
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

  /// The entries of each group by path, in the order of the result.
  var groups: [(group: MeasurementGroup, paths: [MeasuredPath])] {
    var groups: [MeasurementGroup: [MeasuredPath]] = [:]
    var places: [MeasurementGroup: [String: Int]] = [:]
    for entry in measurements.entries {
      guard let group = MeasurementGroup(entry) else { continue }
      // One content is told by one status and class.
      let key = "\(entry.status.rawValue) \(entry.fileClass.rawValue) \(entry.path)"
      if let place = places[group]?[key] {
        groups[group]?[place].contents.append(entry)
      } else {
        places[group, default: [:]][key] = groups[group]?.count ?? 0
        groups[group, default: []].append(MeasuredPath(entry))
      }
    }
    return MeasurementGroup.allCases.compactMap { group in groups[group].map { (group, $0) } }
  }

  /// Thousandths at which the quotes cut the list.
  func cutPositions(of records: Int) -> [Int] {
    let cuts = (log?.brackets ?? []).filter { $0.before != nil }.map(\.records.upperBound)
    return Array(Set(cuts.map { StatusPicture.position($0, of: records) }).sorted().prefix(200))
  }

  /// The quotes of each capture under one label, for example `Q1–Q4: 473–484`, where they cut the list.
  func quotePins(of records: Int) -> [LogPicture.Pin] {
    let matches = (log?.matches ?? []).filter { $0.outcome == .prefix || $0.outcome == .complete }
    let counts = Dictionary(
      matches.compactMap { match in match.records.map { (match.source.path, $0) } }, uniquingKeysWith: max)
    let labelled = captures.compactMap { quotes -> (label: String, position: Int, isSigned: Bool)? in
      let cutting = quotes.filter { counts[$0] != nil }
      let cuts = cutting.compactMap { counts[$0] }
      guard let first = cutting.first, let last = cutting.last, let low = cuts.min(), let high = cuts.max() else {
        return nil
      }
      let name = cutting.count == 1 ? labels[first] : "\(labels[first])–\(labels[last])"
      let count = low == high ? grouped(low) : "\(grouped(low))–\(grouped(high))"
      return ("\(name): \(count)", StatusPicture.position(high, of: records), true)
    }
    return LogPicture.stacked(labelled.sorted { $0.position < $1.position })
  }
}

/// The contents that were measured under one path and have one status and class.
struct MeasuredPath {
  var first: AttestationResult.Measurement
  /// With the first.
  var contents: [AttestationResult.Measurement]

  init(_ entry: AttestationResult.Measurement) {
    first = entry
    contents = [entry]
  }
}
