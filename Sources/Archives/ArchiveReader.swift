import CLibArchive
import Glibc

/// What one member's header says. Nothing in it is trusted: a path may lead anywhere.
public struct ArchiveMember: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case regular
    case directory
    case symbolicLink(target: [UInt8])
    /// One more name of the member with this path. The data, if any, is that of the file.
    case hardLink(target: [UInt8])
    /// Devices, sockets, pipes.
    case other
  }

  /// As it stands in the archive, without a terminating NUL.
  public var path: [UInt8]
  public var kind: Kind
  /// Nil where the header does not say.
  public var byteCount: UInt64?
  /// Permission bits with set-user-id and the like (`07777`).
  public var mode: UInt16
  /// Seconds since 1970; nil where the header does not say.
  public var modifiedAt: Int64?
  /// What libarchive finds odd in the header, for example a path that is not the UTF-8 it should be.
  public var warning: String?
}

/// Members of an archive and their data, one after the other. Nothing is ever written to disk.
///
/// libarchive stops without a word at the end marker of an archive, even when another archive follows, as in an
/// initramfs. `drain` says whether something follows, and `position` where it begins.
@safe public final class ArchiveReader {
  public enum Format: Sendable {
    /// BSD and GNU `ar`.
    case ar
    /// v7, ustar, pax and GNU `tar`.
    case tar
    /// odc, newc and the older binary forms.
    case cpio
    /// As its central directory says where the source can be read at any place, else as the members' own headers say.
    case zip
  }

  private let handle: ArchiveHandle
  private let limits: ArchiveLimits
  /// Members met.
  public private(set) var memberCount = 0
  /// Bytes of members given out.
  public private(set) var unpackedByteCount: UInt64 = 0

  // The present member's data.
  private var delivered: Int64 = 0
  private var waiting: (piece: UnsafeRawBufferPointer?, offset: Int64)?
  private var isSparse = false
  private var isAtEndOfMember = true
  private var zeros: UnsafeMutableRawBufferPointer?

  /// Reads an archive that is not compressed; compressed ones come through `Decompression`.
  public init(_ source: any ByteSource, _ format: Format, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveError)
  {
    self.limits = limits
    unsafe waiting = nil
    unsafe zeros = nil
    handle = unsafe try ArchiveHandle(source) { archive in
      switch format {
      case .ar: unsafe archive_read_support_format_ar(archive)
      case .tar: unsafe archive_read_support_format_tar(archive)
      case .cpio: unsafe archive_read_support_format_cpio(archive)
      case .zip: unsafe archive_read_support_format_zip(archive)
      }
    }
  }

  // Safe: nobody keeps a piece longer than the reader.
  deinit { unsafe zeros?.deallocate() }

  /// Reads what follows the archive's end marker to the end of the source, and says whether there is more than padding.
  /// Nothing can be read after it.
  public func drain() throws(ArchiveError) -> (byteCount: Int, hasContent: Bool) {
    isAtEndOfMember = true
    return try handle.drain()
  }

  fileprivate var isStale: Bool { handle.isStale }

  /// Bytes of the source that were used up.
  public var position: Int { handle.position }

  /// The next member; nil at the end of the archive. Data of the one before that was not read is skipped.
  public func next() throws(ArchiveError) -> ArchiveMember? {
    unsafe waiting = nil
    delivered = 0
    let header = unsafe try handle.nextHeader { (entry, warning) throws(ArchiveError) in
      unsafe (member: ArchiveMember(entry, warning: warning), isSparse: archive_entry_sparse_count(entry) > 0)
    }
    guard let header else { return nil }
    isSparse = header.isSparse
    isAtEndOfMember = false
    memberCount += 1
    try check(header.member)
    return header.member
  }

  /// Hands the data of the present member to `body`, piece by piece, where it lies. Gaps of sparse files come as zeros.
  /// What `body` throws ends the reading.
  public func forEachPiece(_ body: (RawSpan) -> Void) throws(ArchiveError) {
    while true {
      let piece = unsafe try nextPiece()
      if unsafe piece.isEmpty { return }
      // Safe: the piece stays until the next call of libarchive, which comes after `body`.
      body(unsafe piece.bytes)
    }
  }

  /// The present member's data as the source of a further layer, which must be done before the next member is asked for.
  public var memberData: any ByteSource { MemberSource(self) }

  fileprivate func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer {
    let end = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    if isAtEndOfMember { return unsafe end }
    var next = unsafe waiting
    if unsafe next == nil { unsafe next = try handle.nextBlock() }
    guard let block = unsafe next else { return unsafe end }
    let gap = unsafe block.offset - delivered
    let piece: UnsafeRawBufferPointer
    if gap > 0, unsafe block.piece != nil || isSparse {
      unsafe waiting = block
      unsafe piece = zeroes(min(gap, 1 << 16))
    } else if let data = unsafe block.piece {
      guard gap == 0 else {
        throw ArchiveError(.damaged, offset: position, message: "a sparse file's pieces overlap")
      }
      unsafe waiting = nil
      unsafe piece = data
    } else {
      isAtEndOfMember = true
      return unsafe end
    }
    delivered += Int64(piece.count)
    unpackedByteCount &+= UInt64(piece.count)
    try limits.check(unpacked: unpackedByteCount, packed: handle.packedByteCount)
    return unsafe piece
  }

  private func zeroes(_ count: Int64) -> UnsafeRawBufferPointer {
    let buffer = unsafe zeros ?? .allocate(byteCount: 1 << 16, alignment: 64)
    if unsafe zeros == nil { _ = unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0) }
    unsafe zeros = buffer
    return unsafe UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)])
  }

  private func check(_ member: ArchiveMember) throws(ArchiveError) {
    guard memberCount <= limits.memberCount else {
      throw ArchiveError(.limit(.memberCount), offset: position, message: "has more than \(limits.memberCount) members")
    }
    let target =
      switch member.kind {
      case .symbolicLink(let target), .hardLink(let target): target
      default: [UInt8]()
      }
    guard max(member.path.count, target.count) <= limits.pathByteCount else {
      throw ArchiveError(
        .limit(.pathByteCount), offset: position,
        message: "member \(memberCount) has a path of more than \(limits.pathByteCount) bytes")
    }
  }
}

/// The data of the member at which a reader stands.
private final class MemberSource: ByteSource {
  private let reader: ArchiveReader
  private let number: Int

  init(_ reader: ArchiveReader) {
    self.reader = reader
    number = reader.memberCount
  }

  var isStale: Bool { reader.memberCount != number || reader.isStale }

  func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer { unsafe try reader.nextPiece() }
}

extension ArchiveMember {
  /// Copies what libarchive read of a header.
  fileprivate init(_ entry: OpaquePointer, warning: String?) {
    // Safe: the entry belongs to the archive until the next header is read; texts end with NUL and are copied here.
    path = unsafe bytes(archive_entry_pathname(entry))
    mode = unsafe UInt16(truncatingIfNeeded: archive_entry_perm(entry))
    byteCount = unsafe archive_entry_size_is_set(entry) != 0 ? UInt64(exactly: archive_entry_size(entry)) : nil
    modifiedAt = unsafe archive_entry_mtime_is_set(entry) != 0 ? Int64(archive_entry_mtime(entry)) : nil
    self.warning = warning
    if let target = unsafe archive_entry_hardlink(entry) {
      kind = .hardLink(target: unsafe bytes(target))
      return
    }
    switch unsafe archive_entry_filetype(entry) & 0o170000 {
    case 0o100000: kind = .regular
    case 0o040000: kind = .directory
    case 0o120000: kind = .symbolicLink(target: unsafe bytes(archive_entry_symlink(entry)))
    default: kind = .other
    }
  }
}

/// The bytes of a C string; none for NULL.
private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
  guard let text = unsafe text else { return [] }
  // Safe: the caller's text ends with NUL.
  return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}
