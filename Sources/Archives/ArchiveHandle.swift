import CLibArchive
import Glibc

/// The one door to libarchive: an archive that is open for reading from a `ByteSource`.
///
/// Safe: the handle is private to this object, freed once, and freed before the source it reads from.
@safe final class ArchiveHandle {
  private let archive: OpaquePointer
  private let feed: Feed
  private var isOpen = false
  private var isDrained = false

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
      case ARCHIVE_FAILED: throw failure(.damagedMember)
      default: throw failure()
      }
    }
  }

  /// Reads what follows the last thing that libarchive used to the end of the source. Nothing can be read after it.
  func drain() throws(ArchiveError) -> (byteCount: Int, hasContent: Bool) {
    try checkSource()
    isDrained = true
    // libarchive takes whole pieces; what it did not use of the last one is looked at first.
    let left = feed.tail(max(0, Int(clamping: packedByteCount) - position))
    let rest = try feed.source.drain()
    return (left.byteCount + rest.byteCount, left.hasContent || rest.hasContent)
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
    unsafe archive_read_set_callback_data(archive, Unmanaged.passUnretained(feed).toOpaque())
    unsafe archive_read_set_read_callback(archive) { _, data, piece in
      guard let data = unsafe data else { return Int(ARCHIVE_FATAL) }
      return unsafe Unmanaged<Feed>.fromOpaque(data).takeUnretainedValue().give(piece)
    }
    if feed.source is any SeekableSource {
      unsafe archive_read_set_seek_callback(archive) { _, data, offset, origin in
        guard let data = unsafe data else { return Int64(ARCHIVE_FATAL) }
        return unsafe Unmanaged<Feed>.fromOpaque(data).takeUnretainedValue().seek(offset, from: origin)
      }
    }
    let status = unsafe archive_read_open1(archive)
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure() }
  }

  /// The source's own fault when there is one, libarchive's otherwise.
  private func failure(_ kind: ArchiveError.Kind = .damaged) -> ArchiveError {
    feed.failure ?? ArchiveError(kind, offset: position, message: message)
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
///
/// Safe: the last piece is looked at only until the source is asked for the next one.
@safe private final class Feed {
  private var last = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  /// The last bytes that were given out: one block of a tar, which is more than a header of any format.
  private var recent: [UInt8] = []
  private static let recentCount = 512

  let source: any ByteSource
  var byteCount: UInt64 = 0
  var failure: ArchiveError?

  init(_ source: any ByteSource) { self.source = source }

  func give(_ place: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    do {
      // Safe: the source keeps the piece until the next call, which is as long as libarchive uses it.
      let piece = unsafe try source.nextPiece()
      unsafe place?.pointee = piece.baseAddress
      unsafe keep(piece)
      byteCount &+= UInt64(piece.count)
      return piece.count
    } catch {
      failure = error
      return Int(ARCHIVE_FATAL)
    }
  }

  /// Goes to another place of the source; gives the place, or libarchive's code of a failure.
  func seek(_ offset: Int64, from origin: Int32) -> Int64 {
    guard let source = source as? any SeekableSource else { return Int64(ARCHIVE_FATAL) }
    let base =
      switch origin {
      case SEEK_SET: 0
      case SEEK_CUR: source.position
      default: source.byteCount
      }
    let (place, overflow) = Int64(base).addingReportingOverflow(offset)
    guard !overflow, let place = Int(exactly: place), (0...source.byteCount).contains(place) else {
      return Int64(ARCHIVE_FATAL)
    }
    do {
      try source.seek(to: place)
      return Int64(place)
    } catch {
      failure = error
      return Int64(ARCHIVE_FATAL)
    }
  }

  /// Whether the last `count` bytes that were given out are zeros. They lie in the last piece, or, when libarchive asked in
  /// vain for more, in the copy of the piece before. More than that is never left, and would count as content.
  func tail(_ count: Int) -> (byteCount: Int, hasContent: Bool) {
    if unsafe last.count >= count { return (count, unsafe last.suffix(count).contains { $0 != 0 }) }
    return (count, count > recent.count || recent.suffix(count).contains { $0 != 0 })
  }

  private func keep(_ piece: UnsafeRawBufferPointer) {
    unsafe last = piece
    if piece.count < Self.recentCount {
      recent.removeFirst(max(0, recent.count + piece.count - Self.recentCount))
    } else {
      recent.removeAll(keepingCapacity: true)
    }
    unsafe recent.append(contentsOf: piece.suffix(Self.recentCount))
  }
}
