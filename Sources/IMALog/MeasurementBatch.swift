import ByteReading

/// Some records of a list in a row, with the bytes they lie in.
public struct MeasurementBatch: Sendable {
  /// Index in the list of the first record here.
  public let firstIndex: Int
  /// The bytes that hold the records; those of other batches may lie here too. A text list is here in its binary form.
  public let bytes: [UInt8]
  /// Where in `bytes` the batch begins; the places in `frames` count from here.
  public let start: Int
  public internal(set) var frames: [RecordFrame]
  /// Bytes of one recorded template digest: 20, 32, 48 or 64.
  public let templateDigestByteCount: Int
  /// Where the template digest begins in each record: 4, or 8 in lists that give its width.
  public let templateDigestStart: UInt32
  /// Start of each record in the archived file, as far as it is not `fileStart` + `RecordFrame.start`: text lists only.
  let lineStarts: [Int]
  /// Where in the archived file the byte at `start` lies. Meaningless for text lists.
  let fileStart: Int

  /// Where the bytes that the template hash covers lie, from `start`: a first piece, a second, and a number of zeros.
  ///
  /// Source: Linux, security/integrity/ima/ima_crypto.c, `ima_calc_field_array_hash_tfm`: all template data as
  /// recorded, but for the template `ima` the digest, the name without its length, and zeros up to 256 name bytes.
  public func hashedPieces(
    of frame: RecordFrame
  ) -> (first: Range<UInt32>, second: Range<UInt32>, zeroCount: UInt32) {
    let end = frame.dataStart + frame.dataByteCount
    guard frame.isLegacy else { return (frame.dataStart..<end, end..<end, 0) }
    let digestEnd = frame.dataStart + UInt32(Template.legacyDigestByteCount)
    let nameStart = digestEnd + 4
    let nameByteCount = end - nameStart
    let padded = UInt32(Template.legacyNameByteCount)
    return (
      frame.dataStart..<digestEnd, nameStart..<end, nameByteCount < padded ? padded - nameByteCount : 0
    )
  }

  /// The same batch without the records from the list's index `count` on.
  public func prefix(upTo count: Int) -> MeasurementBatch {
    var shorter = self
    shorter.frames = Array(frames.prefix(max(0, count - firstIndex)))
    return shorter
  }
}
