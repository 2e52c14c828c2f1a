import ByteReading
import ReferenceManifests

/// The file system that a container of an image begins with: its layers one over the other.
///
/// Only what the last layer leaves is kept. What a later layer replaces or removes is in no container of the image, so it
/// vouches for nothing.
struct ImageFileSystem {
  private struct Node {
    var children: [[UInt8]: Int] = [:]
    /// Nil for a folder that only stands on the way to something.
    var file: ReferenceFile?
  }

  /// The first is the root. Those that were removed stay until the end, out of reach.
  private var nodes = [Node()]
  private let nodeLimit: Int

  init(nodeLimit: Int) { self.nodeLimit = nodeLimit }

  /// Marks of a layer are about the layers below, whatever their place in its archive, and so they go first.
  mutating func apply(_ layer: ImageLayer, _ problems: inout ProblemList) {
    var removed: Set<[UInt8]> = []
    for change in layer.changes {
      switch change {
      case .whiteout(let path):
        remove(path)
        removed.insert(path)
      case .opaqueFolder(let path):
        if let place = place(of: path) { nodes[place].children = [:] }
      case .entry, .hardLink: break
      }
    }
    for change in layer.changes {
      switch change {
      case .entry(let file):
        if removed.contains(file.path) {
          problems.add(.damaged, "The layer both removes this and holds it; runtimes differ.", subject: file.path)
        }
        put(file, &problems)
      case .hardLink(let path, let target): link(path, to: target, &problems)
      case .whiteout, .opaqueFolder: break
      }
    }
  }

  /// Everything, sorted by path.
  func files() -> [ReferenceFile] {
    var files: [ReferenceFile] = []
    var waiting = [0]
    while let index = waiting.popLast() {
      if let file = nodes[index].file { files.append(file) }
      waiting += nodes[index].children.values
    }
    return files.sorted { $0.path.lexicographicallyPrecedes($1.path) }
  }

  private static func names(_ path: [UInt8]) -> [ArraySlice<UInt8>] { path.split(separator: UInt8(ascii: "/")) }

  private func place(of path: [UInt8]) -> Int? {
    var index = 0
    for name in Self.names(path) {
      guard let next = nodes[index].children[Array(name)] else { return nil }
      index = next
    }
    return index
  }

  private mutating func remove(_ path: [UInt8]) {
    let names = Self.names(path)
    var index = 0
    for name in names.dropLast() {
      guard let next = nodes[index].children[Array(name)] else { return }
      index = next
    }
    if let last = names.last { nodes[index].children[Array(last)] = nil }
  }

  private mutating func put(_ file: ReferenceFile, _ problems: inout ProblemList) {
    var index = 0
    var belowLink = false
    for name in Self.names(file.path) {
      if index != 0, let above = nodes[index].file, above.kind != .directory {
        if case .symbolicLink = above.kind { belowLink = true } else { nodes[index].file = nil }
      }
      if let next = nodes[index].children[Array(name)] {
        index = next
        continue
      }
      guard nodes.count < nodeLimit else {
        return problems.add(.refused, "The image has more folders and files than may be held.", subject: file.path)
      }
      nodes.append(Node())
      nodes[index].children[Array(name)] = nodes.count - 1
      index = nodes.count - 1
    }
    if belowLink {
      problems.add(
        .damaged, "It lies below a symbolic link; runtimes differ in where they unpack it.", subject: file.path)
    }
    // A folder joins the one below it; everything else takes the place with all that is in it.
    if file.kind != .directory { nodes[index].children = [:] }
    nodes[index].file = file
  }

  private mutating func link(_ path: [UInt8], to target: [UInt8], _ problems: inout ProblemList) {
    guard let place = place(of: target), var file = nodes[place].file, file.kind != .directory else {
      return problems.add(
        .damaged, "A hard link to a file that neither this layer nor one below holds.", subject: path,
        actual: escapedText(target))
    }
    // A link to itself would be lost with what stands in its place.
    guard path != target else { return }
    file.path = path
    put(file, &problems)
  }
}
