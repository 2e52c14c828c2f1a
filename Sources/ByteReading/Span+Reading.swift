import Glibc

/// Reads for formats whose frames are walked record by record, where a `ByteReader` for each would cost too much.
/// Offsets count from the start of the span.
extension Span<UInt8> {
  /// The integer of four bytes at `offset`; nil when it does not lie wholly inside.
  @inlinable
  public func uint32(at offset: Int, _ order: ByteOrder) -> UInt32? {
    guard offset >= 0, count >= 4, offset <= count - 4 else { return nil }
    // Safe: the guard compared the place with the end of the span; integers have no invalid bit patterns.
    let raw = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return order == .littleEndian ? UInt32(littleEndian: raw) : UInt32(bigEndian: raw)
  }

  /// Whether `byteCount` bytes from `offset` lie inside and are all zero.
  @inlinable
  public func isZero(at offset: Int, byteCount: Int) -> Bool {
    guard offset >= 0, byteCount >= 0, offset <= count, byteCount <= count - offset else { return false }
    for index in offset..<offset + byteCount where self[index] != 0 { return false }
    return true
  }

  /// The first place of `byte` at or after `start`; nil when it is not there.
  public func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    guard start >= 0, start < count else { return nil }
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      // Safe: the search covers exactly the bytes from `start`, which is inside, to the end of the span.
      guard let found = unsafe memchr(base + start, Int32(byte), buffer.count - start) else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }
}

/// Where two runs of bytes first differ; nil when one is the beginning of the other.
public func firstDifference(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int? {
  let common = min(left.count, right.count)
  let step = 4096
  var start = 0
  while start < common {
    let end = min(start + step, common)
    // Safe: both spans hold at least `end` bytes.
    let differs = unsafe left.withUnsafeBufferPointer { one in
      unsafe right.withUnsafeBufferPointer { other in
        guard let first = one.baseAddress, let second = other.baseAddress else { return false }
        return unsafe memcmp(first + start, second + start, end - start) != 0
      }
    }
    if differs { return (start..<end).first { left[$0] != right[$0] } }
    start = end
  }
  return nil
}
