import ByteReading

/// Where the parts of one record lie. Starts count bytes from the start of the record's batch.
///
/// Source: Linux, security/integrity/ima/ima_fs.c, `ima_measurements_show`: u32 register, template digest, u32 name
/// length, name, u32 data length (absent for the template `ima`), data. Some patched kernels write u32 digest length
/// before the template digest.
public struct RecordFrame: Equatable, Sendable {
  public let start: UInt32
  public let byteCount: UInt32
  /// The register as recorded; policies allow 0 to 63, a TPM has 0 to 23.
  public let registerIndex: UInt32
  /// Start of the template data.
  public let dataStart: UInt32
  public let dataByteCount: UInt32
  public let nameByteCount: UInt16
  /// The recorded template digest is all zero: the kernel extended 0xff bytes.
  public let isViolation: Bool
  /// The template is `ima`: what is hashed is not the data as it stands (`MeasurementBatch.hashedPieces`).
  public let isLegacy: Bool

  /// Start of the template name, which ends where the data length or the data begins.
  public var nameStart: UInt32 { dataStart - (isLegacy ? 0 : 4) - UInt32(nameByteCount) }
}

/// Why no record could be read at a place.
enum FrameFault: Error, Equatable {
  /// The bytes end before the record does, which has at least `needed` bytes.
  case cut(needed: Int, field: String, fieldStart: Int)
  /// The bytes there cannot be a record.
  case broken(field: String, fieldStart: Int, expected: String, found: String)
}

/// Bounds of a believable frame. They keep a hostile length from being waited or allocated for.
enum FrameLimit {
  /// A template name is at most 15 field identifiers of 16 characters, joined.
  static let nameByteCount: UInt32 = 256
  /// The kernel allocates each field with kmalloc, which ends at 4 MiB.
  static let dataByteCount: UInt32 = 16 << 20
  /// Policies refuse `pcr=64` and above (ima_policy.c, `INVALID_PCR`).
  static let registerCount: UInt32 = 64
}

extension RecordLayout {
  /// Reads the frame at `start`; the result counts from `base`, which lies at most 1 GiB before.
  @inline(__always)
  func frame(at start: Int, in bytes: Span<UInt8>, base: Int) throws(FrameFault) -> RecordFrame {
    let digest = start + digestStart
    let nameLengthStart = digest + digestByteCount
    if hasDigestLength { try checkDigestLength(at: start + 4, in: bytes) }
    guard let register = bytes.uint32(at: start, byteOrder),
      let nameByteCount = bytes.uint32(at: nameLengthStart, byteOrder)
    else { throw cutHead(start: start, count: bytes.count) }
    guard nameByteCount > 0, nameByteCount <= FrameLimit.nameByteCount else {
      throw .broken(
        field: "template name length", fieldStart: nameLengthStart, expected: "1 to \(FrameLimit.nameByteCount)",
        found: "\(nameByteCount)")
    }
    let nameStart = nameLengthStart + 4
    let nameEnd = nameStart + Int(nameByteCount)
    let isLegacy = nameByteCount == 3 && isLegacyName(at: nameStart, in: bytes)
    // Template `ima` has a bare digest here and the length of the file's name behind it.
    let lengthStart = isLegacy ? nameEnd + Template.legacyDigestByteCount : nameEnd
    guard let length = bytes.uint32(at: lengthStart, byteOrder) else {
      throw .cut(needed: lengthStart + 4 - start, field: lengthField(isLegacy), fieldStart: lengthStart)
    }
    guard length <= FrameLimit.dataByteCount else {
      throw .broken(
        field: lengthField(isLegacy), fieldStart: lengthStart, expected: "at most \(FrameLimit.dataByteCount)",
        found: "\(length)")
    }
    let end = lengthStart + 4 + Int(length)
    guard end <= bytes.count else {
      throw .cut(
        needed: end - start, field: isLegacy ? "file name" : "template data", fieldStart: lengthStart + 4)
    }
    let dataStart = isLegacy ? nameEnd : nameEnd + 4
    return RecordFrame(
      start: UInt32(start - base), byteCount: UInt32(end - start), registerIndex: register,
      dataStart: UInt32(dataStart - base), dataByteCount: UInt32(end - dataStart),
      nameByteCount: UInt16(nameByteCount),
      isViolation: bytes[digest] == 0 && bytes.isZero(at: digest, byteCount: digestByteCount),
      isLegacy: isLegacy)
  }

  @inline(never)
  private func checkDigestLength(at place: Int, in bytes: Span<UInt8>) throws(FrameFault) {
    guard let length = bytes.uint32(at: place, byteOrder) else {
      throw cutHead(start: place - 4, count: bytes.count)
    }
    guard Int(length) == digestByteCount else {
      throw .broken(
        field: "template digest length", fieldStart: place, expected: "\(digestByteCount)", found: "\(length)")
    }
  }

  private func isLegacyName(at start: Int, in bytes: Span<UInt8>) -> Bool {
    guard bytes.count - start >= 3 else { return false }
    return bytes[start] == UInt8(ascii: "i") && bytes[start + 1] == UInt8(ascii: "m")
      && bytes[start + 2] == UInt8(ascii: "a")
  }

  private func lengthField(_ isLegacy: Bool) -> String { isLegacy ? "file name length" : "template data length" }

  private func cutHead(start: Int, count: Int) -> FrameFault {
    let remaining = count - start
    let nameLengthStart = digestStart + digestByteCount
    let (field, offset) =
      remaining < 4
      ? ("PCR index", 0)
      : remaining < digestStart
        ? ("template digest length", 4)
        : remaining < nameLengthStart ? ("template digest", digestStart) : ("template name length", nameLengthStart)
    return .cut(needed: nameLengthStart + 4, field: field, fieldStart: start + offset)
  }
}
