import ByteReading
import Digests
import Hashing
import IMALog

/// How the second of two measurement lists differs from the first.
///
/// Records with the same register, template and data are the same, wherever they stand: processes of a boot race, so the order is
/// another on every boot. Where a path has other data, the first such record is held against the first, the second against the
/// second. Fields that hold a number of a process or a namespace are left out as long as the template digests are those
/// of the data.
public struct MeasurementListComparison: Sendable {
  /// What is gone and changed in the order of the first list, then what was added in the order of the second.
  public let differences: [MeasurementDifference]
  /// Number of records of each list.
  public let counts: (old: Int, new: Int)
  /// Records that both lists have.
  public let common: Int
  /// Of `common`, those that stand in another order, each by its places in both lists.
  public let reordered: [(old: Int, new: Int)]
  /// One list is the beginning of the other.
  public let prefix: Prefix?
  /// Records that differ only in numbers of processes and namespaces; none when nothing is left out.
  public let leftOut: Int
  /// The lists keep template digests of different lengths, so that these were not compared.
  public let hasOtherTemplateDigests: Bool

  public enum Prefix: Equatable, Sendable {
    /// The lists have the same records in the same order.
    case same
    /// The second list ends earlier.
    case newIsShorter
    /// The second list goes on where the first ends.
    case newIsLonger
  }

  public var isEmpty: Bool { differences.isEmpty }

  /// - parameter showsAll: numbers of processes and namespaces count as differences.
  public init(_ old: MeasurementList, _ new: MeasurementList, showsAll: Bool = false) {
    var work = MeasurementListWork(old, new, showsAll: showsAll)
    work.run()
    differences = work.changed + work.added
    counts = (old.count, new.count)
    common = work.common.count
    let ordered = Set(increasing(work.common).map(\.left))
    reordered = work.common.filter { !ordered.contains($0.left) }.map { ($0.left, $0.right) }
    leftOut = work.leftOut
    hasOtherTemplateDigests = old.templateDigestByteCount != new.templateDigestByteCount
    let reaches = work.common.count == min(old.count, new.count) && work.common.allSatisfy { $0.left == $0.right }
    prefix = reaches && work.changed.allSatisfy { $0.kind == .gone } ? Self.prefix(old.count, new.count) : nil
  }

  private static func prefix(_ old: Int, _ new: Int) -> Prefix {
    old == new ? .same : old < new ? .newIsLonger : .newIsShorter
  }
}

/// Register, template and data of the records of a list, as numbers that are equal where these are.
struct MeasurementKeys {
  private var numbers = Numbering<[UInt8]>()

  mutating func numbers(_ list: MeasurementList, showsAll: Bool) -> [Int] {
    (0..<list.count).map { numbers.number(of: Self.key(list.record(at: $0), showsAll: showsAll)) }
  }

  /// Fields of patched kernels that hold another number on every boot: process, count of measurements, mount namespace.
  private static let volatileFields: Set<String> = ["pid", "cnt", "mns"]

  private static func key(_ record: Measurement, showsAll: Bool) -> [UInt8] {
    var key = bytes(record.registerIndex) + record.templateName + [0]
    let leavesOut =
      !showsAll && record.fieldProblem == nil && record.fields.contains { volatileFields.contains($0.identifier) }
    guard leavesOut else { return key + record.templateData }
    for field in record.fields where !volatileFields.contains(field.identifier) {
      key += bytes(field.bytes.count) + field.bytes
    }
    return key
  }

  private static func bytes(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
}

private struct MeasurementListWork {
  private let old: MeasurementList
  private let new: MeasurementList
  private let showsAll: Bool
  private(set) var common: [SequenceAlignment.Pair] = []
  private(set) var changed: [MeasurementDifference] = []
  private(set) var added: [MeasurementDifference] = []
  private(set) var leftOut = 0

  init(_ old: MeasurementList, _ new: MeasurementList, showsAll: Bool) {
    self.old = old
    self.new = new
    self.showsAll = showsAll
  }

  mutating func run() {
    var keys = MeasurementKeys()
    let left = keys.numbers(old, showsAll: showsAll)
    let right = keys.numbers(new, showsAll: showsAll)
    // A record in its own place first, so that equal ones are not taken for moved.
    let alignment = SequenceAlignment(left, right)
    common = alignment.pairs
    let olds = alignment.gaps.flatMap(\.left)
    let news = alignment.gaps.flatMap(\.right)
    let moved = pairsByOccurrence(left, olds, right, news)
    common = (common + moved).sorted { $0.left < $1.left }
    let (usedOld, usedNew) = (Set(moved.map(\.left)), Set(moved.map(\.right)))
    for pair in common { compareTemplateDigests(pair) }
    compareRest(olds.filter { !usedOld.contains($0) }, news.filter { !usedNew.contains($0) })
    changed.sort { ($0.old?.record ?? 0) < ($1.old?.record ?? 0) }
  }

  // MARK: Records that both lists have

  private mutating func compareTemplateDigests(_ pair: SequenceAlignment.Pair) {
    guard old.templateDigestByteCount == new.templateDigestByteCount else { return }
    let (left, right) = (old.record(at: pair.left), new.record(at: pair.right))
    let isSameDigest = left.recordedTemplateDigest == right.recordedTemplateDigest
    if left.templateData == right.templateData {
      if isSameDigest { return }
    } else if left.hasOwnTemplateDigest, right.hasOwnTemplateDigest {
      leftOut += 1
      return
    }
    var difference = difference(left, right)
    difference.meaning =
      left.templateData == right.templateData
      ? meaning("only the template digest differs, the data are the same", left, right)
      : meaning("only numbers of processes and namespaces differ", left, right)
    changed.append(difference)
  }

  // MARK: The others, by path

  private mutating func compareRest(_ olds: [Int], _ news: [Int]) {
    var waiting: [[UInt8]: [Int]] = [:]
    for place in news.reversed() { waiting[path(new, place), default: []].append(place) }
    var gone: [Int] = []
    var used: Set<Int> = []
    for place in olds {
      guard let other = waiting[path(old, place)]?.popLast() else {
        gone.append(place)
        continue
      }
      used.insert(other)
      changed.append(changed(old.record(at: place), new.record(at: other)))
    }
    let rest = news.filter { !used.contains($0) }
    guard !gone.isEmpty || !rest.isEmpty else { return }
    let (oldPaths, newPaths) = (gone.isEmpty ? [] : paths(new), rest.isEmpty ? [] : paths(old))
    for place in gone {
      changed.append(single(.gone, old.record(at: place), isPathInBoth: oldPaths.contains(path(old, place))))
    }
    for place in rest {
      added.append(single(.added, new.record(at: place), isPathInBoth: newPaths.contains(path(new, place))))
    }
  }

  private func path(_ list: MeasurementList, _ index: Int) -> [UInt8] { list.record(at: index).path ?? [] }

  private func paths(_ list: MeasurementList) -> Set<[UInt8]> { Set((0..<list.count).map { path(list, $0) }) }

  private func single(_ kind: MeasurementDifference.Kind, _ record: Measurement, isPathInBoth: Bool)
    -> MeasurementDifference
  {
    let place = MeasurementDifference.Place(record: record.index, offset: record.offset)
    return MeasurementDifference(
      kind: kind, old: kind == .gone ? place : nil, new: kind == .gone ? nil : place,
      path: escapedText(record.path ?? []),
      digest: record.isViolation ? "violation" : record.fileDigest?.text, isPathInBoth: isPathInBoth)
  }

  private func changed(_ left: Measurement, _ right: Measurement) -> MeasurementDifference {
    var difference = difference(left, right)
    if left.recordedTemplateDigest == right.recordedTemplateDigest {
      difference.meaning = meaning("the data differ, the template digest is the same", left, right)
    } else if contradicted(left, right) != nil {
      difference.meaning = meaning("the data differ", left, right)
    }
    return difference
  }

  private func difference(_ left: Measurement, _ right: Measurement) -> MeasurementDifference {
    MeasurementDifference(
      kind: .changed, old: .init(record: left.index, offset: left.offset),
      new: .init(record: right.index, offset: right.offset), path: escapedText(left.path ?? []), digest: nil,
      fields: fields(left, right))
  }

  private func fields(_ left: Measurement, _ right: Measurement) -> [FieldDifference] {
    var fields: [FieldDifference] = []
    func compare(_ name: String, _ old: String?, _ new: String?) {
      if old != new { fields.append(FieldDifference(name: name, old: old, new: new)) }
    }
    compare("PCR", "\(left.registerIndex)", "\(right.registerIndex)")
    compare("template", escapedText(left.templateName), escapedText(right.templateName))
    compare("violation", left.isViolation ? "yes" : "no", right.isViolation ? "yes" : "no")
    for (name, old, new) in pairs(left.fields, right.fields) where old != new {
      compare(
        Self.fieldNames[name] ?? name, old.map { text(name, $0, of: left) }, new.map { text(name, $0, of: right) })
    }
    if left.templateData != right.templateData, fields.isEmpty,
      let raw = rawDifference(left.templateData, right.templateData)
    {
      fields.append(raw)
    }
    if left.recordedTemplateDigest.count == right.recordedTemplateDigest.count, left.templateData == right.templateData
    {
      compare("template digest", hexText(left.recordedTemplateDigest), hexText(right.recordedTemplateDigest))
    }
    return fields
  }

  /// Fields of both records by name, in the order of the first, then those that only the second has.
  private func pairs(
    _ left: [Measurement.Field], _ right: [Measurement.Field]
  ) -> [(name: String, old: [UInt8]?, new: [UInt8]?)] {
    let news = Dictionary(right.map { ($0.identifier, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    let olds = Set(left.map(\.identifier))
    return left.map { ($0.identifier, $0.bytes, news[$0.identifier]) }
      + right.filter { !olds.contains($0.identifier) }.map { ($0.identifier, nil, $0.bytes) }
  }

  private static let fieldNames = [
    "d": "file digest", "d-ng": "file digest", "d-ngv2": "file digest", "n": "path", "n-ng": "path",
    "sig": "signature", "evmsig": "EVM signature", "modsig": "appended signature", "buf": "buffer",
  ]

  private func text(_ field: String, _ bytes: [UInt8], of record: Measurement) -> String {
    switch field {
    case "d", "d-ng", "d-ngv2": record.fileDigest?.text ?? bytesText(bytes)
    case "d-modsig": record.unsignedFileDigest?.text ?? bytesText(bytes)
    case "n", "n-ng", "pid", "cnt", "mns", "nsid", "cgn", "cgpath", "cg-path", "dep", "subj", "dev-id", "xattrnames":
      bytes.count <= 4096 ? escapedText(bytes.last == 0 ? bytes.dropLast() : bytes[...]) : bytesText(bytes)
    default: bytesText(bytes)
    }
  }

  // MARK: Template digests

  private func meaning(_ what: String, _ left: Measurement, _ right: Measurement) -> String {
    contradicted(left, right).map { "\(what): \($0)" } ?? what
  }

  private func contradicted(_ left: Measurement, _ right: Measurement) -> String? {
    switch (left.hasOwnTemplateDigest, right.hasOwnTemplateDigest) {
    case (false, false): "in both lists the template digest is not that of the data"
    case (false, true): "in the first list the template digest is not that of the data"
    case (true, false): "in the second list the template digest is not that of the data"
    case (true, true): nil
    }
  }
}

extension Measurement {
  /// Whether the recorded template digest is that of the data, or the zeros of a violation.
  fileprivate var hasOwnTemplateDigest: Bool {
    if isViolation { return true }
    let algorithm = HashAlgorithm.allCases.first { $0.digestByteCount == recordedTemplateDigest.count }
    return algorithm?.digest(of: hashedBytes) == recordedTemplateDigest
  }
}

extension Measurement.FileDigest {
  fileprivate var text: String {
    (type.map { $0 + ":" } ?? "") + algorithmName + ":" + (bytes.count <= 64 ? hexText(bytes) : bytesText(bytes))
  }
}
