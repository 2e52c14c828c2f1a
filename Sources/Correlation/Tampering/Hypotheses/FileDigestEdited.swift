import ByteReading
import Digests
import IMALog
import Replay

/// The file digest of one record was replaced: with one that other records or the references have for the path, the list
/// replays.
struct FileDigestEdited: TamperHypothesis {
  static let name = "file-digest-edited"
  /// Records whose path is looked up: each may cost a query of the references.
  private static let recordLimit = 20_000

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    let known = Self.digestsByPath(search)
    let current = search
    let edits = search.window.prefix(Self.recordLimit).lazy.flatMap { place -> [SequenceEdit] in
      guard case .record(let index) = current.base.origins[place] else { return [] }
      let record = current.list.log.record(at: index)
      guard !record.isViolation else { return [] }
      return Self.versions(of: record, current, known).map { .replace(place, $0) }
    }
    var trial = search.attempt(edits, limit: TamperBudget.ofEachPlace)
    if case .refuted(let candidates) = trial, search.window.count > Self.recordLimit {
      trial = .notExhausted(candidates: candidates)
    }
    return trial.told(
      Self.name, { _ in "With another digest of the file in one record the list gives the quoted values." },
      refuted: "No other digest that is known for the path of a record gives a quoted value.")
  }

  /// The record with each other digest that somebody knows for its path.
  static func versions(
    of record: Measurement, _ search: TamperSearch, _ known: [[UInt8]: [Recorded]]
  ) -> [ExtendSequence.Item] {
    guard let path = record.path, let digest = record.fileDigest, let place = record.placeOfFileDigest else {
      return []
    }
    let recorded = (known[path] ?? []).filter { $0.algorithm == digest.algorithmName }
      .map { TamperEvidence.KnownDigest(bytes: $0.bytes, source: $0.source) }
    var seen: Set<[UInt8]> = [digest.bytes]
    var items: [ExtendSequence.Item] = []
    for other in recorded + search.evidence.knownDigests(path, digest.algorithmName) {
      guard other.bytes.count == digest.bytes.count, seen.insert(other.bytes).inserted else { continue }
      var version = record
      version.templateData.replaceSubrange(place, with: other.bytes)
      var item = ExtendSequence.Item(
        origin: .edited(record.index, digest: other.bytes, source: other.source), digests: [:])
      for rule in search.base.rules { item.digests[rule] = rule.extended(by: version) }
      items.append(item)
    }
    return items
  }

  struct Recorded: Hashable {
    var algorithm: String
    var bytes: [UInt8]
    var source: String
  }

  /// The digests that this and the other lists record for each path, in the order of the lists.
  static func digestsByPath(_ search: TamperSearch) -> [[UInt8]: [Recorded]] {
    var known: [[UInt8]: [Recorded]] = [:]
    for archived in [search.list] + search.others.map(\.list) {
      for index in 0..<archived.log.count {
        let record = archived.log.record(at: index)
        guard let own = record.path, let digest = record.fileDigest else { continue }
        let isKnown = known[own]?.contains { $0.bytes == digest.bytes && $0.algorithm == digest.algorithmName } ?? false
        // Files that change all the time have many; what is looked for is a version of a program.
        guard !isKnown, known[own]?.count ?? 0 < 64 else { continue }
        known[own, default: []].append(
          Recorded(
            algorithm: digest.algorithmName, bytes: digest.bytes, source: "record \(index) of \(archived.file)"))
      }
    }
    return known
  }
}

extension Measurement {
  /// Where the bytes of the file digest lie in the template data.
  fileprivate var placeOfFileDigest: Range<Int>? {
    guard let digest = fileDigest else { return nil }
    var place = 0
    for field in fields {
      // The digest of the template `ima` has no length before it.
      let start = templateName == Array("ima".utf8) && place == 0 ? 0 : place + 4
      let end = start + field.bytes.count
      if ["d", "d-ng", "d-ngv2"].contains(field.identifier), end <= templateData.count,
        digest.bytes.count <= field.bytes.count
      {
        return end - digest.bytes.count..<end
      }
      place = end
    }
    return nil
  }
}
