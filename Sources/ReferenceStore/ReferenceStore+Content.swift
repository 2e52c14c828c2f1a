import Digests
import GRDB
import ReferenceManifests

/// One digest of one file of one package, for who writes all of them down.
public struct StoredContent: Sendable {
  /// `KnownPackage.id`.
  public var packageID: Int64
  public var path: [UInt8]
  public var digest: ReferenceDigest
  public var flags: ReferenceFile.Flags
  public var byteCount: UInt64?
  public var mode: UInt16?
  public var format: ReferencePackage.Format
  public var package: String
  public var version: String
  public var architecture: String
  public var distribution: String
  /// Nil when it has the package's own name.
  public var sourceName: String?
  public var sourceVersion: String?
  public var date: String?

  init(row: Row, algorithm: FileDigestAlgorithm) throws {
    packageID = try row.value("package")
    format = try row.value("format")
    path = try row.bytes("bytes") ?? []
    digest = ReferenceDigest(algorithm, try row.bytes("value") ?? [], origin: try row.value("origin"))
    flags = try row.value("flags")
    byteCount = try row.optional("byteCount")
    package = try row.value("name")
    version = try row.value("version")
    architecture = try row.value("architecture")
    distribution = try row.value("distribution")
    mode = try row.optional("mode")
    sourceName = try row.optional("sourceName")
    sourceVersion = try row.optional("sourceVersion")
    date = try row.optional("date")
  }
}

extension ReferenceStore {
  /// Every digest of one algorithm, by path, value and package. `package` keeps to packages of that name.
  public func eachContent(
    of algorithm: FileDigestAlgorithm, package: String? = nil, _ take: (StoredContent) throws -> Void
  ) throws(StoreError) {
    try perform(file) {
      try queue.read { db in
        let rows = try Row.fetchCursor(
          db,
          sql: """
            SELECT path.bytes, digest.value, digest.origin, file.flags, file.byteCount, package.format, package.name,
              package.version, package.architecture, package.distribution, package.sourceName, package.sourceVersion,
              package.date, file.mode, file.package
            FROM digest JOIN file ON file.id = digest.file JOIN path ON path.id = file.path
              JOIN package ON package.id = file.package
            WHERE digest.algorithm = ? AND (? IS NULL OR package.name = ?)
            ORDER BY path.bytes, digest.value, package.name, package.version, package.architecture, package.content,
              digest.origin
            """, arguments: [algorithm.rawValue, package, package])
        while let row = try rows.next() { try take(try StoredContent(row: row, algorithm: algorithm)) }
      }
    }
  }

  /// How many regular files have a digest, but none of this algorithm.
  public func countOfFiles(without algorithm: FileDigestAlgorithm, package: String? = nil) throws(StoreError) -> Int {
    try perform(file) {
      try queue.read { db in
        try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM file JOIN package ON package.id = file.package
            WHERE file.kind = 0 AND file.algorithms & ? = 0 AND (? IS NULL OR package.name = ?)
            """, arguments: [FileRow.bits(of: [algorithm]), package, package]) ?? 0
      }
    }
  }
}
