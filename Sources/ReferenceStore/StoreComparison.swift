import Digests
import ReferenceManifests

/// What differs between two stores: packages by name, version and architecture, files by path and digests.
public struct StoreComparison: Sendable {
  /// One package version; several packages of one version are one line.
  public struct Package: Hashable, Comparable, Sendable {
    public var format: ReferencePackage.Format
    public var name: String
    public var version: String
    public var architecture: String

    public var title: String {
      [name, version, architecture].filter { !$0.isEmpty }.joined(separator: " ") + " (\(format.rawValue))"
    }

    public static func < (left: Self, right: Self) -> Bool { left.title < right.title }
  }

  /// A path whose digests differ. Digests that both have are left out.
  public struct ChangedPath: Equatable, Sendable {
    public var path: [UInt8]
    public var gone: [FileDigest]
    public var added: [FileDigest]
  }

  public var addedPackages: [Package] = []
  public var gonePackages: [Package] = []
  /// The same version, with other files or other things said of them.
  public var changedPackages: [Package] = []
  /// Paths with digests in one of the stores only, by their bytes.
  public var addedPaths: [[UInt8]] = []
  public var gonePaths: [[UInt8]] = []
  public var changedPaths: [ChangedPath] = []

  /// True when both stores name the same packages and the same digests.
  public var isEmpty: Bool {
    addedPackages.isEmpty && gonePackages.isEmpty && changedPackages.isEmpty && addedPaths.isEmpty && gonePaths.isEmpty
      && changedPaths.isEmpty
  }

  /// Reads both stores whole; the first one's digests are held in memory.
  public init(from old: ReferenceStore, to new: ReferenceStore) throws(StoreError) {
    let (before, after) = (try Self.packages(old), try Self.packages(new))
    addedPackages = after.keys.filter { before[$0] == nil }.sorted()
    gonePackages = before.keys.filter { after[$0] == nil }.sorted()
    changedPackages = before.keys.filter { key in after[key].map { $0 != before[key] } ?? false }.sorted()
    let (left, right) = (try Self.contents(old), try Self.contents(new))
    addedPaths = Self.sorted(right.keys.filter { left[$0] == nil })
    gonePaths = Self.sorted(left.keys.filter { right[$0] == nil })
    changedPaths = Self.sorted(left.keys.filter { right[$0] != nil && right[$0] != left[$0] }).map { path in
      let (gone, added) = (left[path] ?? [], right[path] ?? [])
      return ChangedPath(
        path: path, gone: Self.sorted(gone.subtracting(added)), added: Self.sorted(added.subtracting(gone)))
    }
  }

  private static func packages(_ store: ReferenceStore) throws(StoreError) -> [Package: Set<[UInt8]>] {
    var found: [Package: Set<[UInt8]>] = [:]
    for (package, content) in try store.packageContents() {
      let key = Package(
        format: package.format, name: package.name, version: package.version, architecture: package.architecture)
      found[key, default: []].insert(content)
    }
    return found
  }

  private static func contents(_ store: ReferenceStore) throws(StoreError) -> [[UInt8]: Set<FileDigest>] {
    var found: [[UInt8]: Set<FileDigest>] = [:]
    for algorithm in FileDigestAlgorithm.allCases {
      try store.eachContent(of: algorithm) { content in
        found[content.path, default: []].insert(FileDigest(algorithm, content.digest.bytes))
      }
    }
    return found
  }

  private static func sorted(_ paths: [[UInt8]]) -> [[UInt8]] { paths.sorted { $0.lexicographicallyPrecedes($1) } }

  private static func sorted(_ digests: Set<FileDigest>) -> [FileDigest] {
    digests.sorted { left, right in
      left.algorithm == right.algorithm
        ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.algorithm < right.algorithm
    }
  }
}
