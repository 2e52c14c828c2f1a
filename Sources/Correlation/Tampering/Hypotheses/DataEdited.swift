import Digests
import IMALog
import Replay

/// The data of records was edited after the fact and their recorded template digests were left: extending those gives the
/// quoted value of a bank of their width.
///
/// Each other record's template digest is the hash of its data, so exactly the named records were edited.
struct DataEdited: TamperHypothesis {
  static let name = "data-edited-digest-left"

  func test(_ search: inout TamperSearch) -> HypothesisResult {
    let edited = editedPlaces(search)
    guard let algorithm = recordedAlgorithm(search), !edited.isEmpty else {
      return HypothesisResult(
        TestedHypothesis(
          name: Self.name, outcome: .refuted, candidates: 0,
          message: "Every template digest behind the proven part is the hash of its record."), nil)
    }
    var mended = search.base
    var isFound = true
    let copies = copies(search, ExtendRule(algorithm))
    let known = FileDigestEdited.digestsByPath(search)
    for (place, index) in edited {
      let record = search.list.log.record(at: index)
      var item = copies[record.recordedTemplateDigest]
      item =
        item
        ?? FileDigestEdited.versions(of: record, search, known).first {
          $0.digests[ExtendRule(algorithm)] == record.recordedTemplateDigest
        }
      if item == nil { isFound = false }
      mended.replace(place..<place + 1, with: [item ?? asRecorded(record, algorithm, search)])
    }
    // A digest of one width cannot be made into that of another without the data, which is gone.
    guard isFound || search.targets.contains(where: { $0.values[algorithm, search.register] != nil }) else {
      return HypothesisResult(
        TestedHypothesis(
          name: Self.name, outcome: .notTestable, candidates: 0,
          message:
            "The list records \(algorithm.name) digests, and no quote that disagrees holds a value of the \(algorithm.name) bank."
        ), nil)
    }
    return search.attempt(whole: [mended]).told(
      Self.name, { _ in "The recorded template digests give the quoted value, though they are not those of the data." },
      refuted: "The recorded template digests do not give a quoted value either.")
  }

  /// Places of `base` whose record has a template digest that is not its own, with the record.
  private func editedPlaces(_ search: TamperSearch) -> [(place: Int, record: Int)] {
    let mismatches = Set(search.templateHashMismatches)
    guard !mismatches.isEmpty else { return [] }
    return search.window.compactMap { place in
      guard case .record(let record) = search.base.origins[place], mismatches.contains(record) else { return nil }
      return (place, record)
    }
  }

  private func recordedAlgorithm(_ search: TamperSearch) -> HashAlgorithm? {
    let algorithms: [HashAlgorithm] = [.sha1, .sha256, .sha384, .sha512]
    return algorithms.first { $0.digestByteCount == search.list.log.templateDigestByteCount }
  }

  /// Records of other lists by what they extend.
  private func copies(_ search: TamperSearch, _ rule: ExtendRule) -> [[UInt8]: ExtendSequence.Item] {
    let wanted = Set(search.templateHashMismatches.map { search.list.log.record(at: $0).recordedTemplateDigest })
    var copies: [[UInt8]: ExtendSequence.Item] = [:]
    for (index, other) in search.others.enumerated() where other.sequence.digests[rule] != nil {
      for place in 0..<other.sequence.count {
        let digest = Array(other.sequence.digest(at: place, rule))
        guard wanted.contains(digest), copies[digest] == nil else { continue }
        copies[digest] = search.items(of: index, place..<place + 1).first
      }
    }
    return copies
  }

  /// The record in the ways that extend its recorded digest: of the others nothing is known.
  private func asRecorded(
    _ record: Measurement, _ algorithm: HashAlgorithm, _ search: TamperSearch
  ) -> ExtendSequence.Item {
    var item = ExtendSequence.Item(origin: .recordedDigest(record.index), digests: [:])
    for rule in search.rules where rule.templateAlgorithmOfTampering == algorithm {
      item.digests[rule] = rule.filled(record.recordedTemplateDigest)
    }
    return item
  }
}
