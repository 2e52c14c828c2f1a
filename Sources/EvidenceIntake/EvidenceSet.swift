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
      case .file:
        let bytes = try contents(of: root)
        files.append(evidenceFile(bytes, path: prefix + root.lastComponent))
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

  /// `.` and `/` have no last component of their own.
  private static func caseName(_ roots: [FilePath]) -> String {
    guard roots.count == 1, let root = roots.first else { return "case" }
    let name = root.lastComponent
    return name.isEmpty || name == "." || name == ".." ? "case" : name
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
      case .file: files.append(evidenceFile(try contents(of: place), path: path))
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
