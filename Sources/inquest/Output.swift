import ArgumentParser
import ByteReading
import EvidenceIntake
import Glibc

/// Writes results and diagnostics. A file is written beside its place and then moved there, so no half of one is left.
enum Output {
  static func line(_ text: String) throws { try bytes(Array((text + "\n").utf8)) }

  /// Writes to standard output. Ends the run with its own exit status when that cannot be done.
  static func bytes(_ bytes: [UInt8]) throws {
    guard write(bytes, to: 1) else {
      diagnostic("standard output: \(systemError())")
      throw ExitCode.outputFailed
    }
  }

  static func diagnostic(_ text: String) { _ = write(Array("inquest: \(text)\n".utf8), to: 2) }

  /// Rewrites the one line of progress on the terminal; empty text takes it away.
  static func progress(_ text: String) { _ = write(Array("\r\u{1b}[K\(text.prefix(120))".utf8), to: 2) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Safe: the slice gives its own address and count.
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }

  private static func systemError() -> String {
    // Safe: strerror gives a string that ends with NUL and is copied at once.
    unsafe String(cString: strerror(errno))
  }

  /// The folder itself, or the nearest one above it that is there already: where files of it will lie.
  static func existingFolder(above path: String) -> String? {
    var place = path.hasPrefix("/") ? path : (resolved(FilePath("."))?.text ?? "") + "/" + path
    while !place.isEmpty {
      if let found = resolved(FilePath(place)) { return found.text }
      place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
    }
    return "/"
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made == "/" ? "" : "/") + part
      // Safe: the string is passed as one that ends with NUL.
      if unsafe mkdir(made, 0o777) != 0, errno != EEXIST { throw failure(made) }
    }
  }

  /// Writes a file whole or not at all.
  static func file(_ bytes: [UInt8], to path: String) throws { try file(to: path) { try $0(bytes) } }

  /// Writes a file whole or not at all, in the pieces that `body` hands to its argument.
  static func file<Value>(to path: String, _ body: (([UInt8]) throws -> Void) throws -> Value) throws -> Value {
    let temporary = path + ".part"
    // Safe: the strings are passed as ones that end with NUL.
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw failure(temporary) }
    let value: Value
    do {
      value = try body { piece in
        guard write(piece, to: descriptor) else { throw failure(temporary) }
      }
    } catch {
      close(descriptor)
      unsafe unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, unsafe rename(temporary, path) == 0 else { throw failure(path) }
    return value
  }

  private static func failure(_ path: String) -> OutputError {
    OutputError(path: path, reason: systemError())
  }
}

struct OutputError: Error, CustomStringConvertible {
  var path: String
  var reason: String
  var description: String { "\(path): \(reason)" }
}

/// Number of processors that this process may use.
func processorCount() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
