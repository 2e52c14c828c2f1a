import Glibc

/// Bytes that come piece by piece: a file, an array, what a decompression gives, or a member of an archive. One layer
/// reads from the one below it, so that an archive in a member of an archive is never held whole.
///
/// A source is used by one reader on one thread.
public protocol ByteSource: AnyObject {
  /// The next piece, empty at the end. It stays where it is until the next call.
  func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer

  /// True when pieces that were given out may be gone, because the archive that they lie in was read on.
  var isStale: Bool { get }
}

/// A source that can be read at any place, as a zip wants, whose directory stands at its end.
public protocol SeekableSource: ByteSource {
  var byteCount: Int { get }
  /// Where the next piece begins, in bytes from the start.
  var position: Int { get }
  /// - parameter position: at most `byteCount`.
  func seek(to position: Int) throws(ArchiveError)
}

extension ByteSource {
  public var isStale: Bool { false }

  /// Hands every piece that is left to `body`, where it lies.
  public func forEachPiece(_ body: (RawSpan) -> Void) throws(ArchiveError) {
    while true {
      let piece = unsafe try nextPiece()
      if unsafe piece.isEmpty { return }
      // Safe: the piece stays until the next call of `nextPiece`, which comes after `body`.
      body(unsafe piece.bytes)
    }
  }

  /// All bytes that are left, at most `limit`.
  public func remainingBytes(limit: Int) throws(ArchiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      // Safe: the piece is copied before the next call.
      let piece = unsafe try nextPiece()
      if unsafe piece.isEmpty { return bytes }
      guard piece.count <= limit - bytes.count else {
        throw ArchiveError(.limit(.unpackedByteCount), message: "has more than the \(limit) bytes that may be held")
      }
      unsafe bytes.append(contentsOf: piece)
    }
  }

  /// Reads what is left and says how many bytes of it are not zero: archives are padded with zeros, and what else
  /// follows their end is no padding.
  public func drain() throws(ArchiveError) -> (byteCount: Int, hasContent: Bool) {
    var byteCount = 0
    var hasContent = false
    while true {
      // Safe: the piece is looked at before the next call.
      let piece = unsafe try nextPiece()
      if unsafe piece.isEmpty { return (byteCount, hasContent) }
      byteCount += piece.count
      if !hasContent { hasContent = unsafe piece.contains { $0 != 0 } }
    }
  }
}

/// A regular file, read in pieces of 128 KiB.
@safe public final class FileSource: SeekableSource {
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private let observer: (RawSpan) -> Void
  /// Size when it was opened.
  public let byteCount: Int
  /// Bytes given out.
  public private(set) var readCount = 0
  public private(set) var position: Int

  /// Opens a file given by the bytes of its path. `observer` sees every piece once, before it is given out.
  public init(
    path: [UInt8], startingAt offset: Int = 0, observer: @escaping (RawSpan) -> Void = { _ in }
  ) throws(ArchiveError) {
    // Safe: the path ends with NUL.
    descriptor = unsafe open(path.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw systemError() }
    var information = stat()
    // Safe: the structure is the callee's to fill.
    guard unsafe fstat(descriptor, &information) == 0, lseek(descriptor, offset, SEEK_SET) == offset else {
      let error = systemError()
      close(descriptor)
      throw error
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ArchiveError(.unreadable, message: "Not a regular file")
    }
    byteCount = Int(information.st_size)
    position = offset
    self.observer = observer
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 64)
  }

  deinit {
    close(descriptor)
    // Safe: nobody keeps a piece longer than the source.
    unsafe buffer.deallocate()
  }

  public func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer {
    // Safe: read fills at most the buffer and says how much of it.
    let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
    guard count >= 0 else { throw systemError() }
    let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
    readCount += count
    position += count
    if count > 0 { observer(unsafe piece.bytes) }
    return unsafe piece
  }

  public func seek(to position: Int) throws(ArchiveError) {
    guard lseek(descriptor, position, SEEK_SET) == position else { throw systemError() }
    self.position = position
  }
}

/// Bytes in memory.
@safe public final class MemorySource: SeekableSource {
  private let buffer: UnsafeMutableRawBufferPointer
  public let byteCount: Int
  public private(set) var position = 0

  public init(_ bytes: [UInt8]) {
    byteCount = bytes.count
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    unsafe buffer.copyBytes(from: bytes)
  }

  // Safe: nobody keeps a piece longer than the source.
  deinit { unsafe buffer.deallocate() }

  public func nextPiece() -> UnsafeRawBufferPointer {
    defer { position = byteCount }
    return unsafe UnsafeRawBufferPointer(rebasing: buffer[position...])
  }

  public func seek(to position: Int) { self.position = min(max(0, position), byteCount) }
}

private func systemError() -> ArchiveError {
  // Safe: strerror gives a string that ends with NUL and is copied at once.
  ArchiveError(.unreadable, message: unsafe String(cString: strerror(errno)))
}
