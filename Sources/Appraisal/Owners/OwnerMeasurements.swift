import ReferenceManifests

/// One owner's part of a list.
public struct OwnerMeasurements: Equatable, Sendable {
  public var kind: AttestationResult.Owner.Kind
  public var identifier: String
  public var records = 0
  public var firstRecord: Int?
  public var lastRecord: Int?
  public var attributions: [AttestationResult.Attribution] = []
  /// The appraised contents with this owner's records only, in the order of the list; empty without references.
  public var measurements: [AppraisedMeasurement] = []

  init(kind: AttestationResult.Owner.Kind, identifier: String) {
    self.kind = kind
    self.identifier = identifier
  }

  /// Splits a list among its owners: the host first, then the others by their first record.
  ///
  /// Containers that an inventory names, or of which the runtime's files speak, are there also without a record.
  static func split(
    _ owners: ListOwners, inventory: OwnerInventory, appraisal: MeasurementAppraisal?
  ) -> [OwnerMeasurements] {
    var parts = [OwnerMeasurements(kind: .host, identifier: ListOwners.host)]
    var places: [Key: Int] = [Key(kind: .host, identifier: ListOwners.host): 0]
    let attributions = owners.attributions
    var partOfDistinct: [Int] = []
    var counts = [Int](repeating: 0, count: attributions.distinct.count)
    for attribution in attributions.distinct {
      let key = Key(kind: attribution.kind, identifier: attribution.owner)
      let place = places[key] ?? parts.count
      if place == parts.count {
        places[key] = place
        parts.append(OwnerMeasurements(kind: attribution.kind, identifier: attribution.owner))
      }
      partOfDistinct.append(place)
    }
    for record in 0..<attributions.count {
      guard let distinct = attributions.place(ofRecord: record) else { continue }
      counts[distinct] += 1
      parts[partOfDistinct[distinct]].count(record)
    }
    for (distinct, attribution) in attributions.distinct.enumerated() where counts[distinct] > 0 {
      parts[partOfDistinct[distinct]].attributions.append(
        .init(strategy: attribution.strategy, certainty: attribution.certainty, records: counts[distinct]))
    }
    for entry in appraisal?.measurements ?? [] {
      distribute(entry, among: &parts) { record in
        attributions.place(ofRecord: record).map { partOfDistinct[$0] } ?? 0
      }
    }
    for index in parts.indices {
      parts[index].attributions.sort { ($1.records, $0.strategy) < ($0.records, $1.strategy) }
    }
    // What was seen first and given to somebody else later leaves an empty part behind.
    let shown = parts.dropFirst().filter { $0.records > 0 }.sorted { ($0.firstRecord ?? 0) < ($1.firstRecord ?? 0) }
    let named = Set(shown.map(\.identifier))
    return parts.prefix(1) + shown + silent(owners, inventory).filter { !named.contains($0.identifier) }
  }

  /// Containers without a record of their own.
  private static func silent(_ owners: ListOwners, _ inventory: OwnerInventory) -> [OwnerMeasurements] {
    var seen: Set<String> = []
    let listed = inventory.owners.map {
      OwnerMeasurements(kind: $0.isPresent ? .container : .departed, identifier: $0.identifier)
    }
    let spokenOf = owners.starts.map {
      OwnerMeasurements(kind: inventory.isTaken ? .departed : .container, identifier: $0.container)
    }
    return (listed + spokenOf).filter { seen.insert($0.identifier).inserted }
  }

  private struct Key: Hashable {
    var kind: AttestationResult.Owner.Kind
    var identifier: String
  }

  private mutating func count(_ record: Int) {
    records += 1
    firstRecord = firstRecord ?? record
    lastRecord = record
  }

  private static func distribute(
    _ entry: AppraisedMeasurement, among parts: inout [OwnerMeasurements], part: (Int) -> Int
  ) {
    // Most contents have one owner, and then their records are taken as they are.
    let owners = entry.records.map(part)
    guard let first = owners.first else { return }
    if owners.allSatisfy({ $0 == first }) { return parts[first].measurements.append(entry) }
    for owner in Set(owners).sorted() {
      var own = entry
      own.records = zip(entry.records, owners).filter { $0.1 == owner }.map(\.0)
      parts[owner].measurements.append(own)
    }
  }

  /// Every record is of this owner and can be of nobody else.
  var isSure: Bool { attributions.allSatisfy { $0.certainty == .certain } }

  var counts: [AttestationResult.StatusCount] {
    var counts: [MeasurementStatus: Int] = [:]
    for entry in measurements { counts[entry.status, default: 0] += entry.records.count }
    return MeasurementStatus.allCases.compactMap { status in counts[status].map { .init(status, $0) } }
  }
}

/// What a measured content is at the last capture of its boot, as far as the list shows.
public enum CurrentContent: Equatable, Sendable {
  /// It is the last content that was recorded for its path.
  case last
  /// Other content that is not bad was recorded for its path later, at this record.
  case replaced(by: Int)
  /// It is the last that was recorded, and content that is not bad was recorded before, at this record. The kernel records no
  /// content twice for one path, so a return to that content leaves no trace.
  case undetermined(before: Int)
}

extension OwnerMeasurements {
  /// For each of `measurements`, what it is now. Asked of bad contents only; of others it is `last` or `replaced`.
  func currentContents(isBad: (AppraisedMeasurement) -> Bool) -> [CurrentContent] {
    // Records of each path with content that is not bad. A violation, an empty file and what is no file say nothing of what
    // the path holds.
    let silent: Set<MeasurementStatus> = [.violation, .emptyFile, .notAssessable, .notAFile]
    var good: [[UInt8]: [Int]] = [:]
    for entry in measurements where !isBad(entry) && !silent.contains(entry.status) {
      good[entry.path, default: []] += entry.records
    }
    for path in good.keys { good[path]?.sort() }
    return measurements.map { entry in
      let last = entry.records.last ?? 0
      guard let records = good[entry.path] else { return .last }
      let place = records.partitioningIndex { $0 > last }
      if place < records.count { return .replaced(by: records[place]) }
      // The entry's own records count where it is not bad itself.
      return place > 0 && records[place - 1] != last ? .undetermined(before: records[place - 1]) : .last
    }
  }
}

extension [Int] {
  /// The first place, in an ascending array, whose element satisfies the condition, as all behind it do.
  fileprivate func partitioningIndex(_ isBehind: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
