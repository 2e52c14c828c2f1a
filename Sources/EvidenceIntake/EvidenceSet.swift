import ByteReading
import Digests
import Hashing

/// Every file of a case, read once, hashed, and recognised.
public struct EvidenceSet: Sendable {
  /// Name of the case: the last component of its path.
  public var name: String
  /// Sorted by path.
  public var files: [EvidenceFile]

  public init(name: String, files: [EvidenceFile]) {
    self.name = name
    self.files = files
  }

  /// Reads folders and files. With several of them, each path begins with the name of the one it came from,
  /// which gets a number when it is not the first of its name.
  ///
  /// - throws: `FileError` when one of `roots` itself cannot be read; what lies below a root never throws.
  public static func read(_ roots: [FilePath]) throws(FileError) -> EvidenceSet {
    var files: [EvidenceFile] = []
    var prefixes: Set<String> = []
    for root in roots {
      let prefix = roots.count > 1 ? unused(root.lastComponent, &prefixes) + "/" : ""
      switch try kind(of: root, following: true) {
      case .file: files.append(try evidenceFile(at: root, path: prefix + root.lastComponent))
      case .folder:
        _ = try names(in: root)
        walk(root, path: prefix, depth: 0, into: &files)
      case .symbolicLink, .special:
        throw FileError(path: root.text, reason: "Not a file or folder")
      }
    }
    files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    markDuplicates(&files)
    return EvidenceSet(name: caseName(roots), files: files)
  }

  /// Roots may have the same last component; a number keeps their files apart.
  private static func unused(_ name: String, _ used: inout Set<String>) -> String {
    var text = name
    var number = 2
    while !used.insert(text).inserted {
      text = "\(name)-\(number)"
      number += 1
    }
    return text
  }

  /// The folder's real name, so that `.` and the folder itself give the same report.
  private static func caseName(_ roots: [FilePath]) -> String {
    guard roots.count == 1, let root = roots.first else { return "case" }
    let name = (resolved(root) ?? root).lastComponent
    return name.isEmpty ? "case" : name
  }

  private static func walk(_ folder: FilePath, path: String, depth: Int, into files: inout [EvidenceFile]) {
    guard depth < 64 else {
      files.append(unreadable(path, "folders are nested more than 64 deep"))
      return
    }
    // Names that differ only in how a letter is composed are equal strings: whatever is looked up by path would take
    // one file for the other. The second one is spelled byte by byte.
    var texts: Set<String> = []
    do {
      for name in try names(in: folder) {
        var text = escapedText(name)
        if !texts.insert(text).inserted { text = escapedText(name, isASCII: true) }
        visit(folder.appending(name), path: path + text, depth: depth, into: &files)
      }
    } catch {
      files.append(unreadable(path, error.reason))
    }
  }

  private static func visit(_ place: FilePath, path: String, depth: Int, into files: inout [EvidenceFile]) {
    do {
      switch try kind(of: place, following: false) {
      case .folder: walk(place, path: path + "/", depth: depth + 1, into: &files)
      case .file: files.append(try evidenceFile(at: place, path: path))
      case .symbolicLink: files.append(unreadable(path, "a symbolic link, which is not followed"))
      case .special: files.append(unreadable(path, "neither a file nor a folder"))
      }
    } catch {
      files.append(unreadable(path, error.reason))
    }
  }

  private static func unreadable(_ path: String, _ reason: String) -> EvidenceFile {
    EvidenceFile(path: path, size: 0, sha256: nil, content: .unreadable(reason))
  }

  private static func markDuplicates(_ files: inout [EvidenceFile]) {
    var first: [[UInt8]: String] = [:]
    for index in files.indices {
      guard let digest = files[index].sha256, files[index].size > 0 else { continue }
      if let path = first[digest] { files[index].duplicateOf = path } else { first[digest] = files[index].path }
    }
  }
}

/// Hashes and recognises the bytes of one file.
public func evidenceFile(_ bytes: [UInt8], path: String) -> EvidenceFile {
  EvidenceFile(
    path: path, size: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes), content: identify(bytes, path: path))
}

/// Files up to this size are read whole, whatever they are; of a larger one, the beginning tells whether it is a log.
private let smallByteCount = 16 << 20
/// A larger log is not kept in memory.
private let largestLogByteCount = 2 << 30

/// Reads, hashes and recognises a file. Memory is bounded: a large file that is no log is only hashed.
public func evidenceFile(at place: FilePath, path: String) throws(FileError) -> EvidenceFile {
  let file = try OpenFile(place)
  if file.byteCount <= smallByteCount { return evidenceFile(try contents(of: place), path: path) }
  var piece = try file.next(1 << 20)
  let content: EvidenceContent
  if isDocument(piece), file.byteCount <= largestDocumentByteCount {
    return evidenceFile(try contents(of: place), path: path)
  }
  if !isLog(piece) {
    content = archive(piece) ?? .unrecognised(nil)
  } else if file.byteCount <= largestLogByteCount {
    return evidenceFile(try contents(of: place), path: path)
  } else {
    content = .unreadable("a log of more than 2 GiB, which only 'inquest replay' reads")
  }
  guard var digest = DigestStream(.sha256) else {
    return EvidenceFile(path: path, size: file.byteCount, sha256: nil, content: content)
  }
  var size = 0
  while !piece.isEmpty {
    digest.add(piece)
    size += piece.count
    piece = try file.next(1 << 20)
  }
  return EvidenceFile(path: path, size: size, sha256: digest.finish(), content: content)
}
