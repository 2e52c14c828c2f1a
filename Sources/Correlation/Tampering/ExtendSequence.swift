import Digests
import Hashing
import IMALog
import Replay

/// What one register was extended with, record by record, in each way that is compared: a list, or one that was mended.
struct ExtendSequence: Sendable {
  /// Where a digest is from.
  enum Origin: Hashable, Sendable {
    case record(Int)
    /// A record of another list, by its place among `TamperSearch.others`.
    case other(list: Int, record: Int)
    /// 0xff bytes where the list has no record.
    case violation
    /// The record, extended as a violation.
    case disguised(Int)
    /// The record, which stands in the list as a violation, extended with the hash of its data.
    case uncovered(Int)
    /// The record, extended with what it records as its template digest.
    case recordedDigest(Int)
    /// The record with another file digest.
    case edited(Int, digest: [UInt8], source: String)

    /// Its index in the list; nil when the list lacks it.
    var record: Int? {
      switch self {
      case .record(let index), .disguised(let index), .uncovered(let index), .recordedDigest(let index),
        .edited(let index, _, _):
        index
      case .other, .violation: nil
      }
    }
  }

  struct Item: Sendable {
    var origin: Origin
    /// Of the bank's width.
    var digests: [ExtendRule: [UInt8]]
  }

  private(set) var origins: [Origin] = []
  /// One after another, each of its bank's width; ways in which some item is not known are absent.
  private(set) var digests: [ExtendRule: [UInt8]] = [:]
  /// What the register held before the first item; ways in which that is not known are absent.
  var start: [ExtendRule: [UInt8]] = [:]
  /// Who gives the start where it is not that of a reset.
  var startSource: String?

  var count: Int { origins.count }
  /// The ways that can be replayed.
  var rules: [ExtendRule] {
    digests.keys.filter { start[$0] != nil }.sorted { ($0.bank, $0.isPadded ? 1 : 0) < ($1.bank, $1.isPadded ? 1 : 0) }
  }

  /// The records of a list for one register; nil when OpenSSL lacks an algorithm.
  init?(_ list: MeasurementList, register: Int, rules: [ExtendRule]) {
    for rule in rules {
      digests[rule] = []
      start[rule] = resetValue(ofRegister: register, bank: rule.bank)
    }
    let algorithms = Set(rules.map(\.templateAlgorithmOfTampering)).sorted()
    var stream = list.stream()
    while let batch = stream.next() {
      var messages = HashMessages(in: batch.bytes, from: batch.start, capacity: batch.frames.count)
      var own: [(index: Int, isViolation: Bool)] = []
      for (offset, frame) in batch.frames.enumerated() where Int(frame.registerIndex) == register {
        let hashed = batch.hashedPieces(of: frame)
        messages.append(HashMessage(first: hashed.first, second: hashed.second, zeroCount: hashed.zeroCount))
        own.append((batch.firstIndex + offset, frame.isViolation))
      }
      guard !own.isEmpty else { continue }
      guard let table = messages.digests(algorithms) else { return nil }
      for rule in rules {
        let algorithm = rule.templateAlgorithmOfTampering
        let width = algorithm.digestByteCount
        let all = table.digests(algorithm)
        for place in own.indices {
          if own[place].isViolation {
            digests[rule]?.append(contentsOf: rule.violation)
          } else {
            let from = all.startIndex + place * width
            digests[rule]?.append(contentsOf: rule.filled(Array(all[from..<from + width])))
          }
        }
      }
      origins += own.map { .record($0.index) }
    }
  }

  func digest(at place: Int, _ rule: ExtendRule) -> ArraySlice<UInt8> {
    let width = rule.bank.digestByteCount
    return digests[rule].map { $0[place * width..<(place + 1) * width] } ?? []
  }

  func item(at place: Int) -> Item {
    var item = Item(origin: origins[place], digests: [:])
    for rule in digests.keys { item.digests[rule] = Array(digest(at: place, rule)) }
    return item
  }

  /// Puts items in the place of those in `range`. Ways that an item does not have are lost.
  mutating func replace(_ range: Range<Int>, with items: [Item]) {
    origins.replaceSubrange(range, with: items.map(\.origin))
    for rule in Array(digests.keys) {
      let width = rule.bank.digestByteCount
      var bytes: [UInt8] = []
      var isKnown = true
      for item in items {
        if let digest = item.digests[rule] { bytes += digest } else { isKnown = false }
      }
      guard isKnown else {
        digests[rule] = nil
        continue
      }
      digests[rule]?.replaceSubrange(range.lowerBound * width..<range.upperBound * width, with: bytes)
    }
  }

  /// Says of every record that it is one of another list.
  mutating func relabel(asOther list: Int) {
    origins = origins.map { origin in origin.record.map { .other(list: list, record: $0) } ?? origin }
  }

  /// Index in the list of `listCount` records that the place stands for: that of the item, or of the next one that the
  /// list has.
  func record(at place: Int, listCount: Int) -> Int {
    for origin in origins.dropFirst(place) {
      if let record = origin.record { return record }
    }
    return listCount
  }
}

extension ExtendRule {
  /// The algorithm of the template hash that is extended.
  var templateAlgorithmOfTampering: HashAlgorithm { digest == .plain ? bank : .sha1 }
  var isPadded: Bool { digest == .paddedSHA1 }

  /// What a violation extends.
  var violation: [UInt8] {
    filled([UInt8](repeating: 0xff, count: templateAlgorithmOfTampering.digestByteCount))
  }

  /// The digest with zeros up to the bank's width.
  func filled(_ digest: [UInt8]) -> [UInt8] {
    digest + [UInt8](repeating: 0, count: max(0, bank.digestByteCount - digest.count))
  }

  /// What a record's data extends; nil when OpenSSL lacks the algorithm.
  func extended(by record: Measurement) -> [UInt8]? {
    templateAlgorithmOfTampering.digest(of: record.hashedBytes).map { filled($0) }
  }
}
