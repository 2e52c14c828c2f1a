import CLibArchive

/// How one stream of bytes is compressed.
public enum Compression: String, CaseIterable, Sendable {
  case none
  case gzip
  case bzip2
  case xz
  case lzma
  case zstd
  case lz4
}

/// A compressed stream as a source of what it unpacks to.
@safe public final class Decompression: ByteSource {
  private let handle: ArchiveHandle
  private let limits: ArchiveLimits
  private let wanted: Compression?
  private var isStarted = false
  private var isEnded = false
  /// Bytes given out.
  public private(set) var unpackedByteCount: UInt64 = 0

  /// Without `compression`, the first bytes decide, and bytes of no known compression are given as they are.
  public init(
    _ source: any ByteSource, _ compression: Compression? = nil, limits: ArchiveLimits = ArchiveLimits()
  ) throws(ArchiveError) {
    wanted = compression
    self.limits = limits
    handle = unsafe try ArchiveHandle(source) { archive in
      // An empty stream is a format of its own.
      unsafe archive_read_support_format_empty(archive)
      unsafe archive_read_support_format_raw(archive)
      for filter in compression.map({ [$0] }) ?? Compression.allCases {
        unsafe archive_read_support_filter_by_code(archive, filter.code)
      }
    }
  }

  public var isStale: Bool { handle.isStale }

  public func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer {
    if !isStarted { try start() }
    let end = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    guard !isEnded, let piece = unsafe try handle.nextBlock().piece else {
      isEnded = true
      return unsafe end
    }
    unpackedByteCount &+= UInt64(piece.count)
    try limits.check(unpacked: unpackedByteCount, packed: handle.packedByteCount)
    return unsafe piece
  }

  private func start() throws(ArchiveError) {
    isStarted = true
    let isThere: Bool? = unsafe try handle.nextHeader { _, _ in true }
    if let wanted, handle.filterCode != wanted.code {
      isEnded = true
      throw ArchiveError(.damaged, offset: 0, message: "is not compressed as \(wanted.rawValue)")
    }
    isEnded = isThere == nil
  }
}

extension Compression {
  /// libarchive's number of the filter.
  fileprivate var code: Int32 {
    switch self {
    case .none: ARCHIVE_FILTER_NONE
    case .gzip: ARCHIVE_FILTER_GZIP
    case .bzip2: ARCHIVE_FILTER_BZIP2
    case .xz: ARCHIVE_FILTER_XZ
    case .lzma: ARCHIVE_FILTER_LZMA
    case .zstd: ARCHIVE_FILTER_ZSTD
    case .lz4: ARCHIVE_FILTER_LZ4
    }
  }
}
