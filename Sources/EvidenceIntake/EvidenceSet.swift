import ByteReading

/// Every file of a case, read once, hashed, and recognised.
public struct EvidenceSet: Sendable {
  /// Name of the case: the last component of its path.
  public var name: String
  /// Sorted by path.
  public var files: [EvidenceFile]
  /// The folder that is the case itself, with a slash behind it; empty but for an archive that holds one folder and
  /// nothing beside it.
  public var base = ""
  /// One file was named, and it holds no others.
  public var isSingleFile = false

  public init(name: String, files: [EvidenceFile]) {
    self.name = name
    self.files = files
  }

  /// The first component of a folder's path, from the folder that is the case; empty for the case itself.
  public func topFolder(of folder: String) -> String {
    let path = (folder + "/").hasPrefix(base) ? (folder + "/").dropFirst(base.count) : folder[...]
    return path.split(separator: "/").first.map(String.init) ?? ""
  }

  /// Reads folders and files. A file that is an archive is a case as the folder would be that it unpacks to. With several of them, each path begins with the name of the one it came from,
  /// which gets a number when it is not the first of its name.
  ///
  /// - throws: `FileError` when one of `roots` itself cannot be read; what lies below a root never throws.
  public static func read(_ roots: [FilePath]) throws(FileError) -> EvidenceSet {
    var reader = EvidenceReader()
    var prefixes: Set<String> = []
    var base = ""
    var isFile = false
    for root in roots {
      let prefix = roots.count > 1 ? unused(root.lastComponent, &prefixes) + "/" : ""
      switch try kind(of: root, following: true) {
      case .file:
        let place = try reader.add(fileAt: root, path: prefix + root.lastComponent, members: prefix)
        if roots.count == 1 { base = onlyFolder(reader.files, besides: place) }
        isFile = true
      case .folder:
        _ = try names(in: root)
        walk(root, path: prefix, depth: 0, into: &reader)
      case .symbolicLink, .special:
        throw FileError(path: root.text, reason: "Not a file or folder")
      }
    }
    var files = reader.files
    files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    markDuplicates(&files)
    var set = EvidenceSet(name: caseName(roots), files: files)
    set.base = base
    set.isSingleFile = isFile && files.count == 1
    return set
  }

  /// The one folder in which all files of an archive lie, with a slash; empty when there is none.
  private static func onlyFolder(_ files: [EvidenceFile], besides archive: Int) -> String {
    var folder: Substring?
    for index in files.indices where index != archive {
      guard let slash = files[index].path.firstIndex(of: "/") else { return "" }
      let top = files[index].path[...slash]
      if folder == nil { folder = top }
      if folder != top { return "" }
    }
    return folder.map(String.init) ?? ""
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

  private static func walk(_ folder: FilePath, path: String, depth: Int, into reader: inout EvidenceReader) {
    guard depth < 64 else {
      reader.add(unreadable(path, "folders are nested more than 64 deep"))
      return
    }
    // Names that differ only in how a letter is composed are equal strings: whatever is looked up by path would take
    // one file for the other. The second one is spelled byte by byte.
    var texts: Set<String> = []
    do {
      for name in try names(in: folder) {
        var text = escapedText(name)
        if !texts.insert(text).inserted { text = escapedText(name, isASCII: true) }
        visit(folder.appending(name), path: path + text, depth: depth, into: &reader)
      }
    } catch {
      reader.add(unreadable(path, error.reason))
    }
  }

  private static func visit(_ place: FilePath, path: String, depth: Int, into reader: inout EvidenceReader) {
    do {
      switch try kind(of: place, following: false) {
      case .folder: walk(place, path: path + "/", depth: depth + 1, into: &reader)
      case .file: try reader.add(fileAt: place, path: path)
      case .symbolicLink: reader.add(unreadable(path, "a symbolic link, which is not followed"))
      case .special: reader.add(unreadable(path, "neither a file nor a folder"))
      }
    } catch {
      reader.add(unreadable(path, error.reason))
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
