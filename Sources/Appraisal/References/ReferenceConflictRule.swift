import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// One version of one package gives one digest for a path, whatever source it is read from.
struct ReferenceConflictRule {
  static let id = "reference.conflict"

  static func findings(in reviewed: ReviewedStore) throws(StoreError) -> [ReferenceFinding] {
    let store = reviewed.store
    var groups = try store.packagesWithSeveralContents()
    let single = Set(groups.joined().map(\.id))
    groups += try store.packagesWithRepeatedPaths().filter { !single.contains($0.id) }.map { [$0] }
    var contents: [[Content]] = []
    for group in groups {
      var files: [Content] = []
      for package in group {
        files += try store.files(of: package).filter(isComparable).map { Content(package: package, file: $0) }
      }
      contents.append(files)
    }
    // All digests are read once, whatever the number of groups.
    let flat = contents.joined().map(\.file)
    let digests = Dictionary(zip(flat.map(\.id), try store.digests(of: flat)), uniquingKeysWith: { first, _ in first })
    var findings: [ReferenceFinding] = []
    for (group, files) in zip(groups, contents) {
      let conflicts = conflicts(among: files, digests)
      if let first = conflicts.first {
        findings.append(conflict(first, count: conflicts.count, of: group, in: reviewed, try sources(of: group, store)))
      } else if group.count > 1 {
        findings.append(
          ReferenceFinding(
            .referenceDuplicate, store: reviewed.name, subject: reviewed.title(group[0]),
            message: "\(group.count) sources give the package with different content: \(try sources(of: group, store))."
          ))
      }
    }
    return findings
  }

  private struct Content {
    var package: KnownPackage
    var file: KnownFile
  }

  private struct Conflict {
    var path: [UInt8]
    var algorithm: FileDigestAlgorithm
    var digests: [[UInt8]]
  }

  /// Scriptlets share the pattern of their name; what is not installed or diverted is another file.
  private static func isComparable(_ file: KnownFile) -> Bool {
    file.kind == .regular && !file.algorithms.isEmpty
      && file.flags.isDisjoint(with: [.maintainerScript, .packageRecord, .ghost, .notInstalled, .diverted])
  }

  private static func conflicts(among files: [Content], _ digests: [Int64: [ReferenceDigest]]) -> [Conflict] {
    var byPath: [[UInt8]: [Content]] = [:]
    for content in files { byPath[content.file.path, default: []].append(content) }
    return byPath.filter { $0.value.count > 1 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap {
      path, contents in
      for algorithm in FileDigestAlgorithm.allCases {
        var values: [(distribution: String, bytes: [UInt8])] = []
        for content in contents {
          for digest in digests[content.file.id] ?? [] where digest.algorithm == algorithm {
            values.append((content.package.distribution, digest.bytes))
          }
        }
        let contradicts = values.contains { left in
          values.contains { $0.bytes != left.bytes && canBeSame($0.distribution, left.distribution) }
        }
        if contradicts {
          let sorted = Set(values.map(\.bytes)).sorted { $0.lexicographicallyPrecedes($1) }
          return Conflict(path: path, algorithm: algorithm, digests: sorted)
        }
      }
      return nil
    }
  }

  /// Two distributions may build the same version of a package, each its own.
  private static func canBeSame(_ left: String, _ right: String) -> Bool {
    left.isEmpty || right.isEmpty || left == right
  }

  private static func conflict(
    _ first: Conflict, count: Int, of group: [KnownPackage], in reviewed: ReviewedStore, _ sources: String
  ) -> ReferenceFinding {
    let path = escapedText(first.path)
    let package = group[0]
    let values = first.digests.prefix(2).map { "\(first.algorithm.name):\(hexText($0))" }
    let more = count > 1 ? " and \(count - 1) more paths" : ""
    guard !package.version.isEmpty else {
      // A list without versions may hold the history of a path.
      return ReferenceFinding(
        .referenceConflict, severity: .notice, effect: Effect.none, store: reviewed.name, source: sources,
        subject: path,
        message: "The list gives several digests for \(path)\(more); without versions it cannot be told which is when.")
    }
    return ReferenceFinding(
      .referenceConflict, store: reviewed.name, source: sources, subject: reviewed.title(package),
      message: "\(reviewed.title(package)) has \(first.digests.count) digests for \(path)\(more).",
      expected: values.first, actual: values.last)
  }

  private static func sources(of group: [KnownPackage], _ store: ReferenceStore) throws(StoreError) -> String {
    var paths: Set<String> = []
    for package in group { paths.formUnion(try store.sources(of: package).map(\.path)) }
    return paths.sorted().prefix(5).joined(separator: ", ") + (paths.count > 5 ? ", …" : "")
  }
}
