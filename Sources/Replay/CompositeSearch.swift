import Digests
import Hashing

/// Records with the values of their registers after each, by rule and piece.
struct ExtendedBatch: Sendable {
  var pieces: [TemplateHasher.Piece]
  var histories: [[[UInt8]]]
}

/// Looks for the record counts after which the hash over several registers is the wanted one.
struct CompositeSearch: Sendable {
  let id: String
  private let target: CompositeTarget
  /// The hashed bytes with the present values in their places.
  private var text: [UInt8] = []
  private var slots: [[Slot]] = Array(repeating: [], count: RegisterBank.registerCount)
  private var since: Int?
  private var until: Int?

  /// Where in the text a register's value stands.
  private struct Slot: Sendable {
    var rule: Int
    var place: Int
    var byteCount: Int
  }

  init(_ target: CompositeTarget, starts: [RegisterBank]) {
    id = target.id
    self.target = target
    for piece in target.pieces {
      switch piece {
      case .fixed(let bytes):
        text += bytes
      case .register(let rule, let register):
        let value = starts[rule][register]
        slots[register].append(Slot(rule: rule, place: text.count, byteCount: value.count))
        text += value
      }
    }
    if target.algorithm.digest(of: text) == target.digest { since = 0 }
  }

  mutating func search(_ batch: ExtendedBatch) {
    for (index, piece) in batch.pieces.enumerated() where until == nil {
      search(piece, batch.histories.map { $0[index] })
    }
  }

  private mutating func search(_ piece: TemplateHasher.Piece, _ histories: [[UInt8]]) {
    var texts: [UInt8] = []
    var counts: [Int] = []
    for (record, register) in piece.registers.enumerated() where register < slots.count {
      guard !slots[Int(register)].isEmpty else { continue }
      if since != nil {
        until = piece.firstIndex + record
        return
      }
      for slot in slots[Int(register)] {
        let value = histories[slot.rule][record * slot.byteCount..<(record + 1) * slot.byteCount]
        text.replaceSubrange(slot.place..<slot.place + slot.byteCount, with: value)
      }
      texts += text
      counts.append(piece.firstIndex + record + 1)
    }
    guard let found = firstMatch(texts, count: counts.count) else { return }
    since = counts[found]
    if found + 1 < counts.count { until = counts[found + 1] - 1 }
  }

  private func firstMatch(_ texts: [UInt8], count: Int) -> Int? {
    let size = UInt32(text.count)
    var messages = HashMessages(in: texts, from: 0, capacity: count)
    for index in 0..<UInt32(count) { messages.append(HashMessage(first: index * size..<(index + 1) * size)) }
    guard count > 0, let digests = messages.digests([target.algorithm])?.digests(target.algorithm) else { return nil }
    let width = target.algorithm.digestByteCount
    return (0..<count).first { digests[$0 * width..<($0 + 1) * width].elementsEqual(target.digest) }
  }

  /// Where the digest was right in a list of `end` records; nil when never.
  func range(end: Int) -> ClosedRange<Int>? { since.map { $0...(until ?? end) } }
}

extension CompositeTarget {
  /// Whether the values of all its registers are known from the start.
  func isKnown(in request: MeasurementReplay) -> Bool {
    guard let start = request.startValues else { return true }
    return pieces.allSatisfy { piece in
      guard case .register(let rule, let register) = piece else { return true }
      return start[request.rules[rule].bank, register] != nil
    }
  }
}
