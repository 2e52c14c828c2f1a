/// A source whose every piece is seen once on its way, and whose first bytes can be looked at beforehand.
public final class WatchedSource: ByteSource {
  /// The first bytes; fewer than asked for only when the source has no more.
  public let head: [UInt8]
  /// Bytes given out.
  public private(set) var byteCount: UInt64 = 0
  private let start: MemorySource
  private let rest: any ByteSource
  private let observer: (RawSpan) -> Void
  private var isInRest = false

  /// Reads the first `headByteCount` bytes at once, and a little more where the source's pieces are larger.
  public init(
    _ source: any ByteSource, headByteCount: Int = 0, observer: @escaping (RawSpan) -> Void = { _ in }
  ) throws(ArchiveError) {
    var held: [UInt8] = []
    while held.count < headByteCount {
      // Safe: the piece is copied before the next call.
      let piece = unsafe try source.nextPiece()
      if unsafe piece.isEmpty { break }
      unsafe held.append(contentsOf: piece)
    }
    head = held
    start = MemorySource(held)
    rest = source
    self.observer = observer
  }

  public var isStale: Bool { rest.isStale }

  public func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer {
    if !isInRest {
      let piece = unsafe start.nextPiece()
      if unsafe !piece.isEmpty { return unsafe seen(piece) }
      isInRest = true
    }
    return unsafe seen(try rest.nextPiece())
  }

  private func seen(_ piece: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    byteCount &+= UInt64(piece.count)
    // Safe: the piece stays until the next call, which comes after the observer.
    if unsafe !piece.isEmpty { observer(unsafe piece.bytes) }
    return unsafe piece
  }
}
