import Replay

/// One change that turns a list back into what the register may have been extended with.
enum SequenceEdit: Sendable {
  case drop(Int)
  case insert(ExtendSequence.Item, at: Int)
  case replace(Int, ExtendSequence.Item)
  /// The first place is the smaller one.
  case swap(Int, Int)

  /// The first place that it changes.
  var place: Int {
    switch self {
    case .drop(let place), .insert(_, let place), .replace(let place, _), .swap(let place, _): place
    }
  }

  /// Digests in an array, by their indexes.
  struct Piece {
    var digests: [UInt8]
    var range: Range<Int>
  }

  /// What is extended from the edit's place on; nil when the item is not known in this way.
  func pieces(_ sequence: ExtendSequence, _ rule: ExtendRule) -> [Piece]? {
    guard let all = sequence.digests[rule] else { return nil }
    let count = sequence.count
    switch self {
    case .drop(let place): return [Piece(digests: all, range: place + 1..<count)]
    case .insert(let item, let place):
      guard let digest = item.digests[rule] else { return nil }
      return [Piece(digests: digest, range: 0..<1), Piece(digests: all, range: place..<count)]
    case .replace(let place, let item):
      guard let digest = item.digests[rule] else { return nil }
      return [Piece(digests: digest, range: 0..<1), Piece(digests: all, range: place + 1..<count)]
    case .swap(let first, let second):
      return [
        Piece(digests: all, range: second..<second + 1), Piece(digests: all, range: first + 1..<second),
        Piece(digests: all, range: first..<first + 1), Piece(digests: all, range: second + 1..<count),
      ]
    }
  }

  func applied(to sequence: ExtendSequence) -> ExtendSequence {
    var mended = sequence
    switch self {
    case .drop(let place): mended.replace(place..<place + 1, with: [])
    case .insert(let item, let place): mended.replace(place..<place, with: [item])
    case .replace(let place, let item): mended.replace(place..<place + 1, with: [item])
    case .swap(let first, let second):
      let (left, right) = (sequence.item(at: first), sequence.item(at: second))
      mended.replace(first..<first + 1, with: [right])
      mended.replace(second..<second + 1, with: [left])
    }
    return mended
  }
}
