import Digests
import GRDB
import ReferenceManifests

/// How many of a package's regular files have which digests.
public struct PackageDigestCounts: Equatable, Sendable {
  /// `KnownPackage.id`.
  public var package: Int64
  public var files: Int
  /// Files that have digests, and only such for which collisions can be made.
  public var weakOnly: Int
  /// Files that should have a digest and have none: ghosts and files that are not installed are not counted.
  public var withoutDigest: Int
}

/// Questions about the whole store, for who reviews it.
extension ReferenceStore {
  /// For every package with regular files, by the order of its identifier.
  public func digestCounts() throws(StoreError) -> [PackageDigestCounts] {
    let strong = FileRow.bits(of: FileDigestAlgorithm.allCases.filter { $0.strength == .strong })
    let absent = ReferenceFile.Flags([.ghost, .notInstalled]).rawValue
    return try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT package, count(*) AS files, sum(algorithms != 0 AND algorithms & ? = 0) AS weakOnly,
              sum(algorithms = 0 AND flags & ? = 0) AS withoutDigest
            FROM file WHERE kind = 0 GROUP BY package ORDER BY package
            """, arguments: [strong, absent]
        ).map { row in
          try PackageDigestCounts(
            package: row.value("package"), files: row.value("files"), weakOnly: row.value("weakOnly"),
            withoutDigest: row.value("withoutDigest"))
        }
      }
    }
  }

  /// Every package with the digest of all that is said of it, which is equal in two stores that say the same.
  public func packageContents() throws(StoreError) -> [(package: KnownPackage, content: [UInt8])] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM package ORDER BY content").map { row in
          (try KnownPackage(row: row), try row.bytes("content") ?? [])
        }
      }
    }
  }

  /// Every path once, by its bytes.
  public func eachPath(_ take: ([UInt8]) throws -> Void) throws(StoreError) {
    try perform(file) {
      try queue.read { db in
        let rows = try Row.fetchCursor(db, sql: "SELECT bytes FROM path ORDER BY bytes")
        while let row = try rows.next() { try take(try row.bytes("bytes") ?? []) }
      }
    }
  }

  /// Packages that share format, name, version and architecture and do not say the same, in groups of two or more.
  public func packagesWithSeveralContents() throws(StoreError) -> [[KnownPackage]] {
    try perform(file) {
      try queue.read { db in
        let packages = try Row.fetchAll(
          db,
          sql: """
            SELECT package.* FROM package JOIN (
              SELECT format, name, version, architecture FROM package
              GROUP BY format, name, version, architecture HAVING count(*) > 1
            ) USING (format, name, version, architecture)
            ORDER BY name, format, version, architecture, content
            """
        ).map { try KnownPackage(row: $0) }
        return packages.reduce(into: [[KnownPackage]]()) { groups, package in
          if let last = groups.indices.last, groups[last][0].isSameVersion(as: package) {
            groups[last].append(package)
          } else {
            groups.append([package])
          }
        }
      }
    }
  }

  /// Packages of which one path is listed several times as a regular file.
  public func packagesWithRepeatedPaths() throws(StoreError) -> [KnownPackage] {
    // Scriptlets share the pattern of their name, and a package's records are no files of it.
    let others = ReferenceFile.Flags([.maintainerScript, .packageRecord, .ghost]).rawValue
    return try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT * FROM package WHERE id IN (
              SELECT package FROM file WHERE kind = 0 AND flags & ? = 0 GROUP BY package, path HAVING count(*) > 1)
            ORDER BY name, format, version, architecture, content
            """, arguments: [others]
        ).map { try KnownPackage(row: $0) }
      }
    }
  }
}

extension KnownPackage {
  /// True when both claim to be the same version of the same package.
  public func isSameVersion(as other: KnownPackage) -> Bool {
    format == other.format && name == other.name && version == other.version && architecture == other.architecture
  }
}
