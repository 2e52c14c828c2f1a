/// A source whose every piece is seen once on its way, and whose first bytes can be looked at beforehand.
public final class WatchedSource: ByteSource {
  /// The first bytes; fewer than asked for only when the source has no more.
  public let head: [UInt8]
  /// Bytes of the source that were given out.
  public private(set) var byteCount: UInt64 = 0
  /// Zeros that were given out after the source's end, to fill its last block.
  public private(set) var paddingByteCount = 0
  private let blockByteCount: Int
  private let start: MemorySource
  private let rest: any ByteSource
  private let observer: (RawSpan) -> Void
  private var isInRest = false
  /// Kept as long as its piece may be read.
  private var zeros: MemorySource?

  /// Reads the first `headByteCount` bytes at once, and a little more where the source's pieces are larger.
  ///
  /// - parameter blockByteCount: above 1, the last block is filled with zeros that the observer does not see: some writers
  ///   of tar archives leave them out, and most readers do not miss them.
  public init(
    _ source: any ByteSource, headByteCount: Int = 0, blockByteCount: Int = 1,
    observer: @escaping (RawSpan) -> Void = { _ in }
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
    self.blockByteCount = blockByteCount
    self.observer = observer
  }

  public var isStale: Bool { rest.isStale }

  public func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer {
    if !isInRest {
      let piece = unsafe start.nextPiece()
      if unsafe !piece.isEmpty { return unsafe seen(piece) }
      isInRest = true
    }
    let piece = unsafe try rest.nextPiece()
    if unsafe piece.isEmpty, let padding = unsafe padding { return unsafe padding }
    return unsafe seen(piece)
  }

  /// The zeros that fill the last block, once; nil when none are missing.
  private var padding: UnsafeRawBufferPointer? {
    guard blockByteCount > 1, paddingByteCount == 0 else { return nil }
    let used = Int(byteCount % UInt64(blockByteCount))
    guard used > 0 else { return nil }
    paddingByteCount = blockByteCount - used
    let zeros = MemorySource([UInt8](repeating: 0, count: paddingByteCount))
    self.zeros = zeros
    return unsafe zeros.nextPiece()
  }

  private func seen(_ piece: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    byteCount &+= UInt64(piece.count)
    // Safe: the piece stays until the next call, which comes after the observer.
    if unsafe !piece.isEmpty { observer(unsafe piece.bytes) }
    return unsafe piece
  }
}
