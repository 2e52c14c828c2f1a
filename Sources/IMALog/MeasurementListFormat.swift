import ByteReading

/// How a measurement list is written. No list says it of itself.
///
/// Source: Linux, security/integrity/ima/ima_fs.c, `ima_measurements_show` and `ima_ascii_measurements_show`.
public enum MeasurementListFormat: Hashable, Sendable {
  /// Records one after another; all integers in the order of the machine, or little-endian with `ima_canonical_fmt`.
  /// The width of template digests is that of the bank the file was read for: 20, 32, 48 or 64 bytes.
  case binary(byteOrder: ByteOrder, templateDigestByteCount: Int)
  /// One line a record, except where a name holds a newline.
  case ascii

  /// The widths of template digests that the kernel writes: SHA-1, SHA-256 (also SM3), SHA-384, SHA-512.
  public static let templateDigestByteCounts = [20, 32, 48, 64]

  /// The format under which most of these bytes are a measurement list; nil when under none they begin with a record.
  ///
  /// Give the whole file, or at least its first 64 KiB: a cut record at the end does not matter.
  public static func detect(_ bytes: [UInt8]) -> MeasurementListFormat? {
    var best: (format: MeasurementListFormat, byteCount: Int)?
    for byteOrder in [ByteOrder.littleEndian, .bigEndian] {
      for width in templateDigestByteCounts {
        let layout = RecordLayout(byteOrder: byteOrder, digestByteCount: width)
        let byteCount = layout.plausibleByteCount(of: bytes)
        if byteCount > best?.byteCount ?? 0 {
          best = (.binary(byteOrder: byteOrder, templateDigestByteCount: width), byteCount)
        }
      }
    }
    if let best { return best.format }
    return MeasurementLine.areLikelyRecords(bytes) ? .ascii : nil
  }
}

extension RecordLayout {
  /// How many bytes from the start are records that a kernel could have written. Looks at the first mebibyte only.
  fileprivate func plausibleByteCount(of bytes: [UInt8]) -> Int {
    let span = bytes.span
    var start = 0
    do throws(FrameFault) {
      while start < min(span.count, 1 << 20) {
        let frame = try frame(at: start, in: span, base: start)
        guard isPlausible(frame, at: start, in: span) else { return start }
        start += Int(frame.byteCount)
      }
    } catch {
      return start
    }
    return start
  }

  private func isPlausible(_ frame: RecordFrame, at start: Int, in bytes: Span<UInt8>) -> Bool {
    guard frame.registerIndex < FrameLimit.registerCount else { return false }
    for index in Int(frame.nameStart)..<Int(frame.nameStart) + Int(frame.nameByteCount) {
      guard (0x21...0x7e).contains(bytes[start + index]) else { return false }
    }
    guard !frame.isLegacy else { return true }
    return fieldsFill(start + Int(frame.dataStart), Int(frame.dataByteCount), in: bytes)
  }

  /// Whether the template data are fields with lengths and nothing else, at least one.
  private func fieldsFill(_ start: Int, _ byteCount: Int, in bytes: Span<UInt8>) -> Bool {
    let end = start + byteCount
    var cursor = start
    while cursor < end {
      guard let length = bytes.uint32(at: cursor, byteOrder), Int(length) <= end - cursor - 4 else { return false }
      cursor += 4 + Int(length)
    }
    return byteCount > 0
  }
}
