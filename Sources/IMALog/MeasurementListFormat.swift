import ByteReading

/// How a measurement list is written. No list says it of itself.
///
/// Source: Linux, security/integrity/ima/ima_fs.c, `ima_measurements_show` and `ima_ascii_measurements_show`.
public enum MeasurementListFormat: Hashable, Sendable {
  /// Records one after another; all integers in the order of the machine, or little-endian with `ima_canonical_fmt`.
  /// The width of template digests is that of the bank the file was read for: 20, 32, 48 or 64 bytes.
  case binary(byteOrder: ByteOrder, templateDigestByteCount: Int)
  /// As `binary`, with the width of the template digest as 4 bytes before it: kernels patched for template hashes other
  /// than SHA-1, whose text list has `sha256:` or 64 digits.
  case binaryWithDigestLengths(byteOrder: ByteOrder, templateDigestByteCount: Int)
  /// As `binary`, behind the header under which a kernel hands its list to the next one; carved from memory.
  ///
  /// Source: Linux, security/integrity/ima/ima.h, `ima_kexec_hdr`.
  case kexecBuffer(byteOrder: ByteOrder, templateDigestByteCount: Int)
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
      let isCarried = KexecHeader.isLikely(bytes, byteOrder)
      for width in templateDigestByteCounts {
        var formats = [
          MeasurementListFormat.binary(byteOrder: byteOrder, templateDigestByteCount: width),
          .binaryWithDigestLengths(byteOrder: byteOrder, templateDigestByteCount: width),
        ]
        if isCarried { formats.append(.kexecBuffer(byteOrder: byteOrder, templateDigestByteCount: width)) }
        for format in formats {
          let byteCount = format.layout?.plausibleByteCount(of: bytes, from: format.headByteCount) ?? 0
          if byteCount > best?.byteCount ?? 0 { best = (format, byteCount) }
        }
      }
    }
    if let best { return best.format }
    return MeasurementLine.areLikelyRecords(bytes) ? .ascii : nil
  }

  /// How records of a binary list lie; nil for text.
  var layout: RecordLayout? {
    switch self {
    case .binary(let byteOrder, let width), .kexecBuffer(let byteOrder, let width):
      RecordLayout(byteOrder: byteOrder, digestByteCount: width)
    case .binaryWithDigestLengths(let byteOrder, let width):
      RecordLayout(byteOrder: byteOrder, digestByteCount: width, hasDigestLength: true)
    case .ascii: nil
    }
  }

  /// Bytes before the first record.
  var headByteCount: Int {
    if case .kexecBuffer = self { KexecHeader.byteCount } else { 0 }
  }
}

extension MeasurementListFormat: CustomStringConvertible {
  /// For a person: `binary, little-endian, 20-byte template digests`.
  public var description: String {
    switch self {
    case .binary(let order, let width): "binary, \(order.rawValue), \(width)-byte template digests"
    case .binaryWithDigestLengths(let order, let width):
      "binary, \(order.rawValue), \(width)-byte template digests with their length"
    case .kexecBuffer(let order, let width): "kexec buffer, \(order.rawValue), \(width)-byte template digests"
    case .ascii: "text"
    }
  }
}

/// What stands before a list that one kernel hands to the next.
///
/// Source: Linux, security/integrity/ima/ima.h, `ima_kexec_hdr`: u16 version, u16 and u32 reserved, u64 size of the
/// buffer with this header, u64 number of records.
struct KexecHeader: Equatable {
  static let byteCount = 24

  /// Bytes from the start of the header to the end of the last record.
  var bufferSize: UInt64
  var count: UInt64

  init(from reader: inout ByteReader) throws(ParseError) {
    let version = try reader.uint16("ima_kexec_hdr.version")
    guard version == 1 else {
      throw reader.failure("ima_kexec_hdr.version", expected: "1", found: "\(version)", at: reader.position - 2)
    }
    _ = try reader.uint16("ima_kexec_hdr._reserved0")
    try reader.expect(0, "ima_kexec_hdr._reserved1")
    bufferSize = try reader.uint64("ima_kexec_hdr.buffer_size")
    count = try reader.uint64("ima_kexec_hdr.count")
  }

  static func isLikely(_ bytes: [UInt8], _ byteOrder: ByteOrder) -> Bool {
    do throws(ParseError) {
      let header = try Array(bytes.prefix(byteCount)).read(file: "", byteOrder: byteOrder) {
        (reader: inout ByteReader) throws(ParseError) in try KexecHeader(from: &reader)
      }
      return header.bufferSize > UInt64(byteCount) && header.bufferSize <= 1 << 32 && header.count > 0
    } catch {
      // Not this header: the bytes may be a plain list.
      return false
    }
  }
}

extension RecordLayout {
  /// How many bytes up to the end of the last record that a kernel could have written, from `head` on; 0 when not even
  /// the first is one. Looks at the first mebibyte only.
  fileprivate func plausibleByteCount(of bytes: [UInt8], from head: Int) -> Int {
    let end = plausibleEnd(of: bytes, from: head)
    return end > head ? end : 0
  }

  private func plausibleEnd(of bytes: [UInt8], from head: Int) -> Int {
    let span = bytes.span
    var start = head
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
