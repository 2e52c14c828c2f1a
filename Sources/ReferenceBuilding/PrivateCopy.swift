import EvidenceIntake
import Glibc

/// Copies of files in a folder that only this user may enter, and that goes with this value.
final class PrivateCopy {
  let folder: FilePath

  init() throws(FileError) {
    // Safe: the text of the environment ends with NUL and is copied at once.
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array((parent + "/inquest-XXXXXX").utf8).map { CChar(bitPattern: $0) } + [0]
    // Safe: mkdtemp changes the six letters in place.
    guard unsafe mkdtemp(&template) != nil else { throw Self.failure("mkdtemp") }
    folder = FilePath(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
  }

  deinit {
    // What cannot be removed is left to whoever cleans the folder of temporary files.
    do {
      for entry in try names(in: folder) { _ = unsafe unlink(Self.cString(folder.appending(entry))) }
    } catch {}
    // Safe: the path ends with NUL, as above.
    _ = unsafe rmdir(Self.cString(folder))
  }

  /// Copies a file and gives the path of the copy.
  func add(_ file: FilePath, as name: String) throws(FileError) -> FilePath {
    let source = try OpenFile(file)
    let copy = folder.appending(Array(name.utf8))
    // Safe: the path ends with NUL.
    let descriptor = unsafe open(Self.cString(copy), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("open") }
    defer { close(descriptor) }
    while true {
      let piece = try source.next(1 << 20)
      if piece.isEmpty { return copy }
      try Self.write(piece, to: descriptor)
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Safe: the slice lives through the call and its count is passed.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw failure("write") }
      rest = rest.dropFirst(count)
    }
  }

  private static func cString(_ path: FilePath) -> [CChar] { path.bytes.map { CChar(bitPattern: $0) } + [0] }

  private static func failure(_ call: String) -> FileError {
    // Safe: strerror gives a string that ends with NUL and is copied at once.
    FileError(path: "a temporary copy", reason: "\(call): " + (unsafe String(cString: strerror(errno))))
  }
}
