import ByteReading
import EvidenceIntake
import ReferenceManifests

/// The regular files below a folder, by their paths relative to it. Symbolic links are not followed: a mirror's `stable`
/// is a link to what is found under its own name, and a link may lead anywhere.
struct FolderListing: Sendable {
  let folder: FilePath
  /// Sorted by their bytes.
  private(set) var paths: [[UInt8]] = []
  /// Folders that could not be read.
  private(set) var problems: [ReferenceProblem] = []
  private var known: Set<[UInt8]> = []
  /// Folders that hold something, with a slash at their end; the input itself is empty.
  private var folders: Set<[UInt8]> = []

  /// Folders below folders that are looked into.
  private static let depth = 64

  init(_ folder: FilePath, name: String) {
    self.folder = folder
    add([], name: name, depth: 0)
    paths.sort { $0.lexicographicallyPrecedes($1) }
    known = Set(paths)
  }

  func contains(_ path: [UInt8]) -> Bool { known.contains(path) }

  func containsFolder(_ path: [UInt8]) -> Bool { folders.contains(path) }

  func place(_ path: [UInt8]) -> FilePath { folder.appending(path) }

  /// Bytes of a file; nil where it is no longer to be seen.
  func byteCount(_ path: [UInt8]) -> Int? {
    if case .file(let byteCount)? = try? kind(of: place(path), following: false) { byteCount } else { nil }
  }

  /// The bytes of a file, or why they cannot be had.
  func contents(_ path: [UInt8], limit: Int) -> (bytes: [UInt8], failure: String?) {
    heldContents(of: place(path), limit: limit)
  }

  private mutating func add(_ path: [UInt8], name: String, depth: Int) {
    let failed = { (reason: String) in
      let source = path.isEmpty ? name : "\(name)/\(escapedText(path))"
      return ReferenceProblem(.damaged, source: source, message: "The folder cannot be read: \(reason).")
    }
    guard depth < Self.depth else { return problems.append(failed("it lies too deep")) }
    do {
      let entries = try names(in: path.isEmpty ? folder : place(path))
      if !entries.isEmpty { folders.insert(path.isEmpty ? [] : path + [UInt8(ascii: "/")]) }
      for entry in entries {
        look(at: path.isEmpty ? entry : path + [UInt8(ascii: "/")] + entry, name: name, depth: depth)
      }
    } catch {
      problems.append(failed(error.reason))
    }
  }

  private mutating func look(at path: [UInt8], name: String, depth: Int) {
    do {
      switch try kind(of: place(path), following: false) {
      case .file: paths.append(path)
      case .folder: add(path, name: name, depth: depth + 1)
      case .symbolicLink, .special: break
      }
    } catch {
      problems.append(
        ReferenceProblem(
          .damaged, source: "\(name)/\(escapedText(path))", message: "It cannot be looked at: \(error.reason)."))
    }
  }
}

/// The bytes of a regular file of at most `limit` bytes, or why they cannot be had.
func heldContents(of path: FilePath, limit: Int) -> (bytes: [UInt8], failure: String?) {
  do {
    if case .file(let byteCount) = try kind(of: path, following: true), byteCount > limit {
      return ([], "it has more than the \(limit) bytes that may be held")
    }
    return (try contents(of: path), nil)
  } catch {
    return ([], error.reason)
  }
}

/// The part of a path up to and with the last slash; empty when there is none.
func folder(of path: [UInt8]) -> [UInt8] { Array(path[..<((path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)]) }

/// The part of a path after the last slash.
func lastComponent(of path: [UInt8]) -> [UInt8] { Array(path[((path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...]) }

extension Array where Element == UInt8 {
  /// Without `suffix`; nil when it does not end so.
  func dropping(suffix: String) -> [UInt8]? {
    count >= suffix.utf8.count && self[(count - suffix.utf8.count)...].elementsEqual(suffix.utf8)
      ? Array(prefix(count - suffix.utf8.count)) : nil
  }
}
