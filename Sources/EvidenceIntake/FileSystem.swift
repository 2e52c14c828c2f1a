import ByteReading
import Glibc

/// Why a path could not be read.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  public var path: String
  /// The system's word for it, for example `No such file or directory`.
  public var reason: String
  public var description: String { "\(path): \(reason)" }

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

/// A path as the file system knows it: bytes that need not be text.
public struct FilePath: Hashable, Sendable {
  public var bytes: [UInt8]

  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Safe to print.
  public var text: String { escapedText(bytes) }
  /// What follows the last slash.
  public var lastComponent: String { escapedText(bytes.split(separator: UInt8(ascii: "/")).last ?? []) }

  /// The path of what stands under that name in this folder.
  public func appending(_ name: [UInt8]) -> FilePath {
    FilePath(bytes: bytes.last == UInt8(ascii: "/") ? bytes + name : bytes + [UInt8(ascii: "/")] + name)
  }

  var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}

/// What stands at a path.
public enum FileKind: Equatable, Sendable {
  case file(byteCount: Int)
  case folder
  case symbolicLink
  /// A device, pipe or socket: opening one could block or do something.
  case special
}

private func systemError() -> String {
  // Safe: strerror gives a string that ends with NUL and is copied at once.
  unsafe String(cString: strerror(errno))
}

/// Looks at a path. `following` decides about a link at its end.
public func kind(of path: FilePath, following: Bool) throws(FileError) -> FileKind {
  var information = stat()
  // Safe: the path ends with NUL and the structure is the callee's to fill.
  let status = unsafe following ? stat(path.cString, &information) : lstat(path.cString, &information)
  guard status == 0 else { throw FileError(path: path.text, reason: systemError()) }
  switch information.st_mode & S_IFMT {
  case S_IFREG: return .file(byteCount: Int(information.st_size))
  case S_IFDIR: return .folder
  case S_IFLNK: return .symbolicLink
  default: return .special
  }
}

/// Names in a folder, sorted by their bytes, without `.` and `..`.
public func names(in folder: FilePath) throws(FileError) -> [[UInt8]] {
  // Safe: the path ends with NUL; the handle is closed on every way out; each entry is copied before the next call.
  guard let handle = unsafe opendir(folder.cString) else {
    throw FileError(path: folder.text, reason: systemError())
  }
  defer { unsafe closedir(handle) }
  var found: [[UInt8]] = []
  // readdir tells the end of the folder and a failure apart only by errno.
  errno = 0
  while let entry = unsafe readdir(handle) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
    if name != [0x2e], name != [0x2e, 0x2e] { found.append(name) }
    errno = 0
  }
  guard errno == 0 else { throw FileError(path: folder.text, reason: systemError()) }
  return found.sorted { $0.lexicographicallyPrecedes($1) }
}

/// Reads a regular file whole. The file may be shorter or longer than it was when it was looked at.
public func contents(of path: FilePath) throws(FileError) -> [UInt8] {
  let size: Int
  switch try kind(of: path, following: true) {
  case .file(let byteCount): size = byteCount
  case .folder: throw FileError(path: path.text, reason: "Is a directory")
  case .symbolicLink, .special: throw FileError(path: path.text, reason: "Not a regular file")
  }
  // Safe: the path ends with NUL.
  let descriptor = unsafe open(path.cString, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw FileError(path: path.text, reason: systemError()) }
  defer { close(descriptor) }
  return try readAll(descriptor, expecting: size, path: path)
}

/// Reads standard input to its end.
public func contentsOfStandardInput() throws(FileError) -> [UInt8] {
  try readAll(0, expecting: 0, path: FilePath("-"))
}

private func readAll(_ descriptor: Int32, expecting size: Int, path: FilePath) throws(FileError) -> [UInt8] {
  var bytes: [UInt8] = []
  var failed = false
  // One byte more than expected, so that a file that did not grow is read in one call and found to end.
  var room = min(size, 1 << 32) + 1
  while true {
    let before = bytes.count
    let wanted = max(room - before, 1 << 16)
    // Safe: the buffer has `wanted` bytes; read says how many of them it filled.
    let chunk = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      let got = unsafe read(descriptor, buffer.baseAddress, wanted)
      failed = got < 0
      count = max(0, got)
    }
    if failed { throw FileError(path: path.text, reason: systemError()) }
    if chunk.isEmpty { return bytes }
    if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
    room = max(room, bytes.count)
  }
}

/// A file that is read window by window, for logs too large to keep.
public final class OpenFile: Sendable {
  public let path: FilePath
  /// Size when it was opened.
  public let byteCount: Int
  private let descriptor: Int32

  public init(_ path: FilePath) throws(FileError) {
    guard case .file(let byteCount) = try kind(of: path, following: true) else {
      throw FileError(path: path.text, reason: "Not a regular file")
    }
    self.byteCount = byteCount
    // Safe: the path ends with NUL.
    descriptor = unsafe open(path.cString, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path.text, reason: systemError()) }
    self.path = path
  }

  deinit { close(descriptor) }

  /// The next bytes, as many as asked for unless the file ends; empty at its end.
  public func next(_ byteCount: Int) throws(FileError) -> [UInt8] {
    var failed = false
    // Safe: the buffer has `byteCount` bytes; read says how many of them it filled.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      var filled = 0
      while filled < byteCount {
        let got = unsafe read(descriptor, buffer.baseAddress?.advanced(by: filled), byteCount - filled)
        failed = failed || got < 0
        guard got > 0 else { break }
        filled += got
      }
      count = filled
    }
    if failed { throw FileError(path: path.text, reason: systemError()) }
    return bytes
  }
}

/// The absolute path without links, `.` and `..`; nil when nothing stands there.
public func resolved(_ path: FilePath) -> FilePath? {
  // Safe: realpath with no buffer allocates one, which is copied and freed.
  guard let text = unsafe realpath(path.cString, nil) else { return nil }
  defer { unsafe free(text) }
  return FilePath(
    bytes: unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text))).map { UInt8(bitPattern: $0) })
}
