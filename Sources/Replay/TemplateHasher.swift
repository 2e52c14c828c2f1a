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
    /// What is extended, by algorithm, one digest after another: template hashes, 0xff bytes for violations.
    var digests: [HashAlgorithm: [UInt8]] = [:]
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
    var piece = Piece(firstIndex: batch.firstIndex + range.lowerBound)
    piece.registers.reserveCapacity(range.count)
    var messages = HashMessages(in: batch.bytes, from: batch.start, capacity: range.count)
    for index in range {
      let frame = batch.frames[index]
      let hashed = batch.hashedPieces(of: frame)
      messages.append(
        HashMessage(
          first: hashed.first, second: hashed.second, zeroCount: hashed.zeroCount, recorded: frame.start + 4))
      piece.note(frame, index: batch.firstIndex + index)
    }
    let recorded = Self.recordedAlgorithm(batch.templateDigestByteCount)
    for algorithm in Set(algorithms + [recorded]).sorted() {
      guard hash(messages, algorithm, isRecorded: algorithm == recorded, &piece) else { return nil }
    }
    return piece
  }

  private func hash(
    _ messages: HashMessages, _ algorithm: HashAlgorithm, isRecorded: Bool, _ piece: inout Piece
  ) -> Bool {
    guard isRecorded else {
      guard let digests = messages.digests(algorithm) else { return false }
      piece.setDigests(digests, algorithm)
      return true
    }
    guard let (digests, same) = messages.digestsCompared(algorithm) else { return false }
    if same.contains(0) {
      let violations = Set(piece.violations)
      for (offset, isSame) in same.enumerated() where isSame == 0 && !violations.contains(piece.firstIndex + offset) {
        piece.mismatches.append(piece.firstIndex + offset)
      }
    }
    if algorithms.contains(algorithm) { piece.setDigests(digests, algorithm) }
    return true
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
  fileprivate mutating func note(_ frame: RecordFrame, index: Int) {
    if frame.registerIndex < RegisterBank.registerCount {
      registers.append(UInt8(frame.registerIndex))
      extended |= 1 << frame.registerIndex
    } else {
      registers.append(255)
      beyondCount += 1
    }
    if frame.isViolation { violations.append(index) }
  }

  /// Keeps the digests, with 0xff bytes in the place of violations.
  ///
  /// Source: Linux, security/integrity/ima/ima_queue.c, `ima_add_template_entry` (`digests_arg` of violations).
  fileprivate mutating func setDigests(_ hashes: [UInt8], _ algorithm: HashAlgorithm) {
    var hashes = hashes
    let size = algorithm.digestByteCount
    for index in violations {
      let place = (index - firstIndex) * size
      for byte in place..<place + size { hashes[byte] = 0xff }
    }
    digests[algorithm] = hashes
  }
}
