import Digests
import EvidenceIntake
import Glibc
import ReferenceManifests
import ReferenceStore

/// Where a store lies, and the file beside it in which it is made.
///
/// A store is never written to in its place: a copy of it is added to and then takes its place in one step, so that who
/// opens the store meanwhile, or after a run that was cut off, finds the old one whole. The copy costs far less than what
/// is added; it stays when the run is cut off, and the next run goes on with it.
struct StorePlace {
  let store: FilePath
  let working: FilePath

  init(_ store: FilePath) {
    self.store = store
    working = FilePath(bytes: store.bytes + Array(".part".utf8))
  }

  /// Opens the file in which the store is made: the one that a cut-off run left, if it was begun from the store that is
  /// there now, else a copy of that store, else a new one.
  func open(for options: BuildOptions) throws(BuildError) -> StoreWriter {
    let algorithms = options.algorithms.map(\.name).joined(separator: ",")
    let base = try baseDigest()
    if let writer = try leftWriter(base: base) {
      try check(writer, algorithms)
      return writer
    }
    do {
      try remove(working)
      if base != nil { try copy(store, to: working) }
    } catch { throw .output(error) }
    let writer = try writer()
    try check(writer, algorithms)
    do { try writer.setProperty(.base, to: base ?? "") } catch { throw output(error) }
    return writer
  }

  /// Puts the finished file in the store's place.
  func replaceStore() throws(FileError) {
    // Safe: both paths end with NUL.
    guard unsafe rename(working.cText, store.cText) == 0 else { throw failure(store) }
  }

  /// Logical digest of the store that is there; nil when there is none.
  private func baseDigest() throws(BuildError) -> String? {
    guard exists(store) else { return nil }
    do { return try ReferenceStore(file: store.systemText).logicalDigest } catch { throw .noStore(error) }
  }

  private func leftWriter(base: String?) throws(BuildError) -> StoreWriter? {
    guard exists(working) else { return nil }
    do {
      let writer = try StoreWriter(file: working.systemText)
      return try writer.property(.base) == base ?? "" ? writer : nil
    } catch {
      // What is left of an earlier run is not worth more than a new start.
      return nil
    }
  }

  private func writer() throws(BuildError) -> StoreWriter {
    do { return try StoreWriter(file: working.systemText) } catch { throw output(error) }
  }

  private func check(_ writer: StoreWriter, _ algorithms: String) throws(BuildError) {
    do {
      guard let held = try writer.property(.algorithms) else {
        return try writer.setProperty(.algorithms, to: algorithms)
      }
      guard held == algorithms else {
        throw BuildError.otherAlgorithms(store: store.text, held: held, wanted: algorithms)
      }
    } catch let error as StoreError {
      throw output(error)
    } catch let error as BuildError {
      throw error
    } catch {
      throw .output(FileError(path: store.text, reason: "\(error)"))
    }
  }

  private func output(_ error: StoreError) -> BuildError { .output(FileError(path: error.file, reason: error.reason)) }
}

private func exists(_ path: FilePath) -> Bool {
  do {
    _ = try kind(of: path, following: true)
    return true
  } catch { return false }
}

private func failure(_ path: FilePath) -> FileError {
  // Safe: strerror gives a string that ends with NUL and is copied at once.
  FileError(path: path.text, reason: unsafe String(cString: strerror(errno)))
}

private func remove(_ path: FilePath) throws(FileError) {
  for suffix in ["", "-journal"] {
    let file = FilePath(bytes: path.bytes + Array(suffix.utf8))
    // Safe: the path ends with NUL.
    if unsafe unlink(file.cText) != 0, errno != ENOENT { throw failure(file) }
  }
}

private func copy(_ source: FilePath, to copy: FilePath) throws(FileError) {
  let file = try OpenFile(source)
  // Safe: the path ends with NUL.
  let descriptor = unsafe open(copy.cText, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
  guard descriptor >= 0 else { throw failure(copy) }
  var isWhole = true
  while true {
    let piece = try file.next(1 << 20)
    if piece.isEmpty { break }
    var rest = piece[...]
    while !rest.isEmpty {
      // Safe: the slice gives its own address and count.
      let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 else {
        isWhole = false
        break
      }
      rest = rest.dropFirst(written)
    }
    if !isWhole { break }
  }
  let error = failure(copy)
  guard close(descriptor) == 0, isWhole else { throw error }
}

extension FilePath {
  /// For the system's calls.
  fileprivate var cText: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
  /// For SQLite, which takes text.
  fileprivate var systemText: String { String(decoding: bytes, as: UTF8.self) }
}
