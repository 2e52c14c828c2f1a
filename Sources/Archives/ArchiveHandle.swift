import CLibArchive
import Glibc

/// The one door to libarchive: an archive that is open for reading from a `ByteSource`.
///
/// Safe: the handle is private to this object, freed once, and freed before the source it reads from.
@safe final class ArchiveHandle {
  private let archive: OpaquePointer
  private let feed: Feed
  private var isOpen = false

  /// `configure` says which formats and filters may be recognised.
  init(_ source: any ByteSource, configure: (OpaquePointer) -> Void) throws(ArchiveError) {
    guard let archive = unsafe archive_read_new() else {
      throw ArchiveError(.damaged, message: "libarchive has no memory")
    }
    unsafe self.archive = archive
    feed = Feed(source)
    unsafe configure(archive)
  }

  deinit { unsafe archive_read_free(archive) }

  /// Bytes that were taken from the source.
  var packedByteCount: UInt64 { feed.byteCount }

  /// Bytes of the source that were used up; fewer than were taken.
  var position: Int { unsafe Int(clamping: archive_filter_bytes(archive, -1)) }

  /// libarchive's code of the outermost filter, `ARCHIVE_FILTER_NONE` when there is none.
  var filterCode: Int32 { unsafe archive_filter_code(archive, 0) }

  /// Reads the next header; nil at the end. `body` gets the entry and libarchive's warning about it, if there is one.
  func nextHeader<Value>(_ body: (OpaquePointer, String?) throws(ArchiveError) -> Value) throws(ArchiveError) -> Value?
  {
    try checkSource()
    if !isOpen { try open() }
    // Names in pax headers are UTF-8, and libarchive turns them into the locale's bytes. The process may run in any
    // locale; the thread's own makes the result always the same.
    let outer = unsafe uselocale(Self.utf8)
    defer { _ = unsafe uselocale(outer) }
    var entry: OpaquePointer?
    let status = unsafe archive_read_next_header(archive, &entry)
    switch status {
    case ARCHIVE_EOF: return nil
    case ARCHIVE_OK, ARCHIVE_WARN:
      guard let entry = unsafe entry else { throw failure() }
      return unsafe try body(entry, status == ARCHIVE_WARN ? message : nil)
    default: throw failure()
    }
  }

  /// The next piece of the present entry's data with its offset in the entry; no piece at its end.
  func nextBlock() throws(ArchiveError) -> (piece: UnsafeRawBufferPointer?, offset: Int64) {
    try checkSource()
    while true {
      var start: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      switch unsafe archive_read_data_block(archive, &start, &count, &offset) {
      case ARCHIVE_EOF: return (nil, offset)
      case ARCHIVE_OK, ARCHIVE_WARN:
        // An empty piece is not the end.
        if count > 0 { return (unsafe UnsafeRawBufferPointer(start: start, count: count), offset) }
      default: throw failure()
      }
    }
  }

  /// libarchive may still point into a piece of the source, which is gone when the source's own reader went on.
  private func checkSource() throws(ArchiveError) {
    if feed.source.isStale {
      throw ArchiveError(.damaged, message: "the member it lies in is no longer the present one")
    }
  }

  /// True when the member that this archive lies in is no longer the present one.
  var isStale: Bool { feed.source.isStale }

  private func open() throws(ArchiveError) {
    isOpen = true
    // Safe: the feed lives as long as this object, and libarchive reads only during calls of this object.
    let status = unsafe archive_read_open(
      archive, Unmanaged.passUnretained(feed).toOpaque(), nil,
      { _, data, piece in
        guard let data = unsafe data else { return Int(ARCHIVE_FATAL) }
        return unsafe Unmanaged<Feed>.fromOpaque(data).takeUnretainedValue().give(piece)
      }, nil)
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure() }
  }

  /// The source's own fault when there is one, libarchive's otherwise.
  private func failure() -> ArchiveError {
    feed.failure ?? ArchiveError(.damaged, offset: position, message: message)
  }

  private var message: String {
    // Safe: the text ends with NUL and is copied at once.
    guard let text = unsafe archive_error_string(archive) else { return "libarchive gives no reason" }
    return unsafe String(cString: text)
  }

  // Safe: made once and never changed or freed. Bit 0 is LC_CTYPE_MASK, which is no constant for Swift.
  nonisolated(unsafe) private static let utf8 = unsafe newlocale(1, "C.UTF-8", nil)
}

/// What libarchive's callback reads from.
private final class Feed {
  let source: any ByteSource
  var byteCount: UInt64 = 0
  var failure: ArchiveError?

  init(_ source: any ByteSource) { self.source = source }

  func give(_ place: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    do {
      // Safe: the source keeps the piece until the next call, which is as long as libarchive uses it.
      let piece = unsafe try source.nextPiece()
      unsafe place?.pointee = piece.baseAddress
      byteCount &+= UInt64(piece.count)
      return piece.count
    } catch {
      failure = error
      return Int(ARCHIVE_FATAL)
    }
  }
}
