import ByteReading
import ContainerInventory
import EvidenceIntake

/// The inventories of a case, and which captures each belongs to.
///
/// A file belongs to the capture in whose folder, or below it, it lies. One that lies beside captures or above them belongs
/// to all captures below the nearest folder that has any: `web-01/containers/c1.json` to those of `web-01`. What a
/// description says belongs to the captures in and below the folder it speaks of.
struct CaseInventories: Sendable {
  /// What is known for one folder, as one inventory.
  struct Merged: Sendable {
    var inventory: ContainerInventory
    /// The files, sorted.
    var sources: [String]
    /// Where they contradict each other, or could not be read.
    var problems: [String]
    /// The user's own description names containers of it.
    var isVouched: Bool
  }

  /// Indexes of files in the evidence set, by the folder they belong to.
  private(set) var files: [String: [Int]] = [:]
  private let evidence: [EvidenceFile]
  private let statements: [CaseStatements.Inventory]

  /// - parameter captures: folders of the captures.
  init(_ evidence: [EvidenceFile], captures: [String], statements: CaseStatements? = nil) {
    self.evidence = evidence
    self.statements = statements?.inventories ?? []
    let own = Set(captures)
    // Every folder that has a capture in it or below.
    let above = Set(captures.flatMap { folders(above: $0) })
    for index in evidence.indices where evidence[index].content.containerInventory != nil {
      guard evidence[index].duplicateOf == nil || evidence[index].folder != duplicateFolder(of: index) else { continue }
      let chain = folders(above: evidence[index].folder)
      guard let home = chain.first(where: { own.contains($0) }) ?? chain.first(where: { above.contains($0) }) else {
        continue
      }
      files[home, default: []].append(index)
    }
  }

  private func duplicateFolder(of index: Int) -> String? {
    guard let path = evidence[index].duplicateOf else { return nil }
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// What is known of the host for a capture in that folder: the files that are nearest above it, and what descriptions say
  /// of it and of every folder above, the nearest word first. Nil when nothing is.
  func inventories(forFolder folder: String) -> Merged? {
    let chain = folders(above: folder)
    let nearest = chain.lazy.compactMap { files[$0] }.first ?? []
    let said = chain.flatMap { place in statements.filter { $0.folder == place } }
    guard !nearest.isEmpty || !said.isEmpty else { return nil }
    let read = nearest.map { evidence[$0] }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let parsed = read.compactMap(\.content.containerInventory)
    let (inventory, problems) = ContainerInventory.merged(parsed.map(\.value) + said.map(\.content))
    return Merged(
      inventory: inventory, sources: Set(read.map(\.path) + said.map(\.file)).sorted(),
      problems: parsed.flatMap { $0.problems.map(\.description) } + problems,
      isVouched: said.contains { !$0.isClaim && !$0.content.containers.isEmpty })
  }
}

/// The folder itself, then each one above it; the last is the case itself, written as nothing.
private func folders(above folder: String) -> [String] {
  var parts = folder.split(separator: "/")
  var found = [parts.joined(separator: "/")]
  while !parts.isEmpty {
    parts.removeLast()
    found.append(parts.joined(separator: "/"))
  }
  return found
}
