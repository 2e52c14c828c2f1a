import Archives

/// How the bytes of a file are packed, told by its first bytes.
enum Packing {
  case archive(ArchiveReader.Format, name: String)
  /// One file, compressed; what it unpacks to may be an archive.
  case compressed(Compression)
  /// An archive that is not opened: packages are references and no evidence.
  case closed(String)

  /// The bytes of a file's beginning that decide.
  static let headByteCount = 512

  init?(_ head: [UInt8]) {
    let magics: [([UInt8], Packing)] = [
      ([0x50, 0x4b, 0x03, 0x04], .archive(.zip, name: "zip")), ([0x50, 0x4b, 0x05, 0x06], .archive(.zip, name: "zip")),
      (Array("070701".utf8), .archive(.cpio, name: "cpio")), (Array("070702".utf8), .archive(.cpio, name: "cpio")),
      (Array("070707".utf8), .archive(.cpio, name: "cpio")),
      ([0x1f, 0x8b, 0x08], .compressed(.gzip)), (Array("BZh".utf8), .compressed(.bzip2)),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], .compressed(.xz)), ([0x28, 0xb5, 0x2f, 0xfd], .compressed(.zstd)),
      ([0x04, 0x22, 0x4d, 0x18], .compressed(.lz4)),
      (Array("!<arch>\n".utf8), .closed("ar")), ([0xed, 0xab, 0xee, 0xdb], .closed("rpm")),
      ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], .closed("7z")), (Array("Rar!".utf8), .closed("rar")),
    ]
    if let (_, packing) = magics.first(where: { head.starts(with: $0.0) }) {
      self = packing
    } else if Self.isTar(head) {
      self = .archive(.tar, name: "tar")
    } else {
      return nil
    }
  }

  /// The header's checksum, an octal number at 148, is the sum of its bytes with blanks in the checksum's own place.
  /// Told so, because the oldest tar archives have no magic.
  ///
  /// Source: POSIX.1-2017, pax, "ustar Interchange Format".
  private static func isTar(_ head: [UInt8]) -> Bool {
    guard head.count >= headByteCount, head[0] != 0 else { return false }
    let digits = head[148..<156].filter { $0 != 0 && $0 != 0x20 }
    guard let recorded = Int(String(decoding: digits, as: UTF8.self), radix: 8) else { return false }
    let sum = head[..<148].reduce(0) { $0 + Int($1) } + 8 * 0x20 + head[156..<512].reduce(0) { $0 + Int($1) }
    return sum == recorded
  }

  /// The endings of names that say how a file is compressed.
  static let suffixes = [".gz", ".bz2", ".xz", ".zst", ".lz4"]
}

/// How a file of the case was packed, and what kept it from being unpacked whole.
public struct EvidencePacking: Equatable, Sendable {
  /// `zip`, `tar, gzip`, `xz` and so on.
  public var kind: String
  /// Members of an archive, folders and links among them; nil for one compressed file and for what is not opened.
  public var memberCount: Int?
  public var problems: [Problem] = []

  public struct Problem: Equatable, Sendable {
    /// Reading on would have been dangerous; else something is damaged.
    public var isRefusal: Bool
    public var text: String

    public init(isRefusal: Bool, text: String) {
      self.isRefusal = isRefusal
      self.text = text
    }
  }

  public init(kind: String, memberCount: Int? = nil, problems: [Problem] = []) {
    self.kind = kind
    self.memberCount = memberCount
    self.problems = problems
  }
}
