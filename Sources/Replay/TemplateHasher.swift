import Digests
import Hashing
import IMALog

/// Recomputes the template hashes of records and compares them with the recorded ones.
struct TemplateHasher: Sendable {
  /// The algorithms that some bank needs.
  let algorithms: [HashAlgorithm]

  init(_ algorithms: [HashAlgorithm]) { self.algorithms = algorithms }

  /// Some records in a row, as the banks need them.
  struct Piece: Sendable {
    /// Index in the list of the first record.
    var firstIndex: Int
    /// The register of each record; 255 for those no TPM has.
    var registers: [UInt8] = []
    /// What is extended: template hashes, 0xff bytes for violations.
    var digests: DigestTable
    var violations: [Int] = []
    var mismatches: [Int] = []
    /// Registers of these records, a bit each.
    var extended: UInt32 = 0
    var beyondCount = 0
  }

  /// Pieces small enough to share the work, and large enough to cost nothing.
  func ranges(of batch: MeasurementBatch) -> [Range<Int>] {
    stride(from: 0, to: batch.frames.count, by: 1024).map { $0..<min($0 + 1024, batch.frames.count) }
  }

  /// Hashes the records of `range` (places in the batch); nil when OpenSSL lacks an algorithm.
  func piece(of batch: MeasurementBatch, _ range: Range<Int>) -> Piece? {
    var messages = HashMessages(in: batch.bytes, from: batch.start, capacity: range.count)
    for frame in batch.frames[range] {
      let hashed = batch.hashedPieces(of: frame)
      messages.append(
        HashMessage(
          first: hashed.first, second: hashed.second, zeroCount: hashed.zeroCount,
          recorded: frame.start + batch.templateDigestStart))
    }
    let recorded = Self.recordedAlgorithm(batch.templateDigestByteCount)
    let needed = algorithms.contains(recorded) ? algorithms : algorithms + [recorded]
    guard let digests = messages.digests(needed, compared: recorded) else { return nil }
    var piece = Piece(firstIndex: batch.firstIndex + range.lowerBound, digests: digests)
    piece.registers.reserveCapacity(range.count)
    for (offset, frame) in batch.frames[range].enumerated() {
      piece.note(frame, offset: offset, isSame: digests.same[offset] == 1)
    }
    return piece
  }

  /// The list's own algorithm as its width tells it. Lists of SM3 and SHA-3 banks have the widths of SHA-2.
  private static func recordedAlgorithm(_ digestByteCount: Int) -> HashAlgorithm {
    switch digestByteCount {
    case 20: .sha1
    case 48: .sha384
    case 64: .sha512
    default: .sha256
    }
  }
}

extension TemplateHasher.Piece {
  /// Source: Linux, security/integrity/ima/ima_queue.c, `ima_add_template_entry`: 0xff bytes for violations.
  fileprivate mutating func note(_ frame: RecordFrame, offset: Int, isSame: Bool) {
    if frame.registerIndex < RegisterBank.registerCount {
      registers.append(UInt8(frame.registerIndex))
      extended |= 1 << frame.registerIndex
    } else {
      registers.append(255)
      beyondCount += 1
    }
    if frame.isViolation {
      violations.append(firstIndex + offset)
      digests.fill(offset, with: 0xff)
    } else if !isSame {
      mismatches.append(firstIndex + offset)
    }
  }
}
