/// Why an archive could not be read further. What was read before stays true.
public struct ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Equatable, Sendable {
    /// The file system refused; the message is the system's.
    case unreadable
    /// The bytes are no archive of the wanted kind, or end or break before their end; the message is libarchive's.
    case damaged
    /// One member cannot be unpacked; those behind it can.
    case damagedMember
    /// Reading on would go over a bound that was set.
    case limit(ArchiveLimit)
  }

  public var kind: Kind
  /// Bytes of this layer's input that were used before the fault; nil where that is not known. Only for the outermost
  /// layer is it an offset in a file.
  public var offset: Int?
  public var message: String

  public init(_ kind: Kind, offset: Int? = nil, message: String) {
    self.kind = kind
    self.offset = offset
    self.message = message
  }

  public var description: String { message }
}

/// One of the bounds of `ArchiveLimits`.
public enum ArchiveLimit: String, CaseIterable, Equatable, Sendable {
  case memberCount = "member count"
  case unpackedByteCount = "unpacked size"
  case ratio = "ratio of unpacked to packed size"
  case pathByteCount = "length of a path"
}

/// Bounds that hold while an archive is read, so that a hostile one cannot fill memory or time.
public struct ArchiveLimits: Equatable, Sendable {
  public var memberCount: Int
  /// Bytes that come out of one layer: a decompression, or the members of one archive.
  public var unpackedByteCount: UInt64
  /// Bytes that come out for each byte that went in, once more than `ratioFloor` came out.
  public var ratio: UInt64
  /// Bytes of a member's path or link target.
  public var pathByteCount: Int
  /// 64 MiB: below it the ratio is nobody's harm, and small files of zeros are common.
  public static let ratioFloor: UInt64 = 64 << 20

  public init(
    memberCount: Int = 1_000_000, unpackedByteCount: UInt64 = 16 << 30, ratio: UInt64 = 1000, pathByteCount: Int = 4096
  ) {
    self.memberCount = memberCount
    self.unpackedByteCount = unpackedByteCount
    self.ratio = ratio
    self.pathByteCount = pathByteCount
  }

  /// Throws when `unpacked` bytes out of `packed` are more than allowed.
  func check(unpacked: UInt64, packed: UInt64) throws(ArchiveError) {
    guard unpacked <= unpackedByteCount else {
      throw ArchiveError(
        .limit(.unpackedByteCount), offset: Int(clamping: packed),
        message: "unpacks to more than \(unpackedByteCount) bytes")
    }
    guard unpacked > Self.ratioFloor else { return }
    let (allowed, overflow) = max(packed, 1).multipliedReportingOverflow(by: ratio)
    guard overflow || unpacked <= allowed else {
      throw ArchiveError(
        .limit(.ratio), offset: Int(clamping: packed),
        message: "unpacks to more than \(ratio) times its size: \(unpacked) bytes out of \(packed)")
    }
  }
}
