/// Tells what the content of files is, from their pieces in order, one file after the other.
///
/// Scripts and PE images show in the first 4 KiB. The dynamic section of an ELF file and its strings may lie anywhere, so
/// an executable or library is held whole, up to 64 MiB; of a larger one only what lies in its first 64 MiB is known, which
/// includes the type. Object files and kernel modules have no dynamic section and are not held.
public struct FileContentScanner: Sendable {
  /// Bytes held of an ELF file that may have a dynamic section.
  public static let heldByteCount = 64 << 20
  /// Bytes held of every file.
  public static let headByteCount = 4096

  private var held: [UInt8] = []
  private var isEmpty = true

  public init() {}

  public mutating func add(_ piece: RawSpan) {
    guard !piece.isEmpty else { return }
    isEmpty = false
    let used = append(piece, from: 0, upTo: Self.headByteCount)
    // More is left only when the head is full, and then the head tells whether to go on.
    if used < piece.byteCount, ELFInformation.mayBeDynamic(held) {
      _ = append(piece, from: used, upTo: Self.heldByteCount)
    }
  }

  /// What the file is. The next piece belongs to the next file.
  public mutating func finish() -> FileContent {
    defer {
      held.removeAll(keepingCapacity: held.capacity <= 16 << 20)
      isEmpty = true
    }
    if isEmpty { return .empty }
    if let information = ELFInformation(held) { return .elf(information) }
    if let interpreter = Self.interpreter(of: held) { return .script(interpreter: interpreter) }
    return Self.isPE(held) ? .pe : .other
  }

  /// What `bytes`, a whole file, are.
  public static func content(of bytes: [UInt8]) -> FileContent {
    var scanner = FileContentScanner()
    // Safe: an array of bytes has no padding.
    scanner.add(unsafe bytes.span.bytes)
    return scanner.finish()
  }

  /// Copies bytes of the piece until `limit` are held; gives where in the piece it stopped.
  private mutating func append(_ piece: RawSpan, from start: Int, upTo limit: Int) -> Int {
    let end = start + max(0, min(piece.byteCount - start, limit - held.count))
    // Safe: the range lies in the piece, and the bytes are copied during the call.
    unsafe piece.extracting(start..<end).withUnsafeBytes { unsafe held.append(contentsOf: $0) }
    return end
  }

  /// The path after `#!`, as the kernel takes it; nil when the bytes are no script.
  ///
  /// Source: Linux, fs/binfmt_script.c: blanks before the path are skipped, it ends at a blank, the line's end or NUL.
  private static func interpreter(of bytes: [UInt8]) -> [UInt8]? {
    guard bytes.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "!")]) else { return nil }
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let line = bytes.dropFirst(2).prefix(254).prefix { $0 != 0x0a && $0 != 0 }
    let path = line.drop(while: isBlank).prefix { !isBlank($0) }
    return path.isEmpty ? nil : Array(path.prefix(127))
  }

  /// Source: PE Format, "MS-DOS Stub" and "Signature": at 0x3c the offset of `PE\0\0`.
  private static func isPE(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: [0x4d, 0x5a]), bytes.count >= 0x40 else { return false }
    let offset = (0..<4).reduce(0) { $0 | Int(bytes[0x3c + $1]) << (8 * $1) }
    return offset < bytes.count && bytes[offset...].starts(with: [0x50, 0x45, 0, 0])
  }
}
