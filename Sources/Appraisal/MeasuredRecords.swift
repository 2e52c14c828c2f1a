import ByteReading
import IMALog
import ReferenceManifests

/// The records of one boot's list, each told with everything that was found out about it. Rows are made one at a time, so
/// that a list of millions costs no more than its bytes and one number or two a record.
public struct MeasuredRecords: Sendable {
  /// Path of the list.
  public let file: String
  private let list: MeasurementList
  private let appraisal: MeasurementAppraisal?
  private let brackets: [RecordBracketTimes]
  /// Owners in the order of `AttestationResult.Boot.owners`, and for each record the index of its attribution.
  private let attributions: RecordAttributions
  private let signatures: [Int: AttestationResult.FileSignatures.Outcome]

  /// Number of records.
  public var count: Int { list.count }

  /// - parameter brackets: windows that cover the list without gaps, in its order.
  public init(
    file: String, list: MeasurementList, appraisal: MeasurementAppraisal?, brackets: [RecordBracketTimes],
    attributions: RecordAttributions, signatures: [Int: AttestationResult.FileSignatures.Outcome]
  ) {
    self.file = file
    self.list = list
    self.appraisal = appraisal
    self.brackets = brackets
    self.attributions = attributions
    self.signatures = signatures
  }

  /// The record at `index`, which is less than `count`.
  public func row(at index: Int) -> MeasuredRecord {
    let record = list.record(at: index)
    var row = MeasuredRecord(
      index: index, offset: record.offset, registerIndex: record.registerIndex,
      templateName: escapedText(record.templateName), templateDigest: hexText(record.recordedTemplateDigest),
      path: escapedText(record.path ?? []),
      digest: record.fileDigest.map { digest in
        "\(digest.type.map { "\($0):" } ?? "")\(digest.algorithmName):\(hexText(digest.bytes))"
      } ?? "",
      isViolation: record.isViolation)
    if let bracket = bracket(of: index) { row.bracket = bracket }
    if let appraisal, index < appraisal.entryOfRecord.count {
      let entry = appraisal.measurements[Int(appraisal.entryOfRecord[index])]
      row.status = entry.status
      row.fileClass = entry.fileClass
      row.package = entry.package?.title
      row.packagedPath = entry.packagedPath.map { escapedText($0) }
      row.origin = entry.package?.origin
      row.digestOrigin = entry.package?.digestOrigin?.name
      row.passedBy = entry.passedBy
    }
    row.attribution = attributions.attribution(of: index)
    row.signature = signatures[index]
    return row
  }

  private func bracket(of index: Int) -> RecordBracketTimes? {
    var low = 0
    var high = brackets.count
    while low < high {
      let middle = (low + high) / 2
      if brackets[middle].records.upperBound <= index { low = middle + 1 } else { high = middle }
    }
    return brackets.indices.contains(low) && brackets[low].records.contains(index) ? brackets[low] : nil
  }
}

extension MeasuredRecords: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    left.file == right.file && left.count == right.count
      && (0..<left.count).allSatisfy { left.row(at: $0) == right.row(at: $0) }
  }
}

/// One record of a list with what is known of it. Texts are escaped.
public struct MeasuredRecord: Equatable, Sendable {
  public var index: Int
  /// Bytes from the start of the archived list.
  public var offset: Int
  public var registerIndex: Int
  public var templateName: String
  /// Lower-case hexadecimal, as recorded.
  public var templateDigest: String
  public var path: String
  /// For example `sha256:2f2f8780...`; empty when the record has none.
  public var digest: String
  public var isViolation: Bool
  /// When it was measured; nil when no quote of the boot says anything.
  public var bracket: RecordBracketTimes?
  /// Nil where no references were given.
  public var status: MeasurementStatus?
  public var fileClass: FileClass?
  public var package: String?
  public var packagedPath: String?
  /// Index into `AttestationResult.origins`.
  public var origin: Int?
  public var digestOrigin: String?
  public var passedBy: String?
  /// Whose record it is.
  public var attribution: RecordAttribution?
  public var signature: AttestationResult.FileSignatures.Outcome?
}

/// A window of records between two quotes, with the times that stand for them.
public struct RecordBracketTimes: Equatable, Sendable {
  public var records: Range<Int>
  /// The last quote that does not cover them; nil before the first.
  public var after: String?
  /// The first quote that covers them; nil for records that no quote proves.
  public var before: String?
  /// Milliseconds of the TPM's clock.
  public var notBeforeClock: UInt64?
  public var notAfterClock: UInt64?
  /// RFC 3339, the collector's word.
  public var notBefore: String?
  public var notAfter: String?

  public init(
    records: Range<Int>, after: String?, before: String?, notBeforeClock: UInt64? = nil, notAfterClock: UInt64? = nil,
    notBefore: String? = nil, notAfter: String? = nil
  ) {
    self.records = records
    self.after = after
    self.before = before
    self.notBeforeClock = notBeforeClock
    self.notAfterClock = notAfterClock
    self.notBefore = notBefore
    self.notAfter = notAfter
  }
}

/// Whose one record is, and how that was told.
public struct RecordAttribution: Equatable, Hashable, Sendable {
  public var kind: AttestationResult.Owner.Kind
  /// As in `AttestationResult.Owner.identifier`.
  public var owner: String
  public var strategy: String
  public var certainty: AttestationResult.Certainty

  public init(
    kind: AttestationResult.Owner.Kind, owner: String, strategy: String, certainty: AttestationResult.Certainty
  ) {
    self.kind = kind
    self.owner = owner
    self.strategy = strategy
    self.certainty = certainty
  }
}

/// The attribution of every record of a list: each different one once, and a number a record.
public struct RecordAttributions: Equatable, Sendable {
  public private(set) var distinct: [RecordAttribution] = []
  private var ofRecord: [UInt32] = []
  private var places: [RecordAttribution: UInt32] = [:]

  public init() {}

  public var count: Int { ofRecord.count }

  /// Adds the next record's.
  public mutating func append(_ attribution: RecordAttribution) {
    ofRecord.append(place(of: attribution))
  }

  func isKnown(_ attribution: RecordAttribution) -> Bool { places[attribution] != nil }

  /// Gives some of the records told so far to somebody else.
  mutating func replace(_ records: some Sequence<Int>, with attribution: RecordAttribution) {
    let place = place(of: attribution)
    for record in records where ofRecord.indices.contains(record) { ofRecord[record] = place }
  }

  /// Index into `distinct` for a record; nil for a record beyond those that were told.
  public func place(ofRecord record: Int) -> Int? { ofRecord.indices.contains(record) ? Int(ofRecord[record]) : nil }

  private mutating func place(of attribution: RecordAttribution) -> UInt32 {
    if let known = places[attribution] { return known }
    let place = UInt32(truncatingIfNeeded: distinct.count)
    places[attribution] = place
    distinct.append(attribution)
    return place
  }

  /// Nil for a record beyond those that were told.
  public func attribution(of record: Int) -> RecordAttribution? {
    place(ofRecord: record).map { distinct[$0] }
  }
}
