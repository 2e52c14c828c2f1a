import Digests
import GRDB
import ReferenceManifests

/// A store opened for reading. It is never written to, and nothing is left beside it.
public final class ReferenceStore: Sendable {
  /// As the user named it.
  public let file: String
  /// Lower-case hexadecimal SHA-256 over what the store says: equal for two stores that say the same.
  public let logicalDigest: String
  let queue: DatabaseQueue

  /// The last part of `file`: what reports show, since the folder differs from machine to machine.
  public var name: String { file.split(separator: "/").last.map(String.init) ?? file }

  public init(file: String) throws(StoreError) {
    self.file = file
    let opened: (DatabaseQueue, String) = try perform(file) {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.prepareDatabase { db in
        try db.execute(
          sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 17179869184")
      }
      let queue = try DatabaseQueue(path: file, configuration: configuration)
      let digest = try queue.read { db in
        try checkIdentity(db, file: file)
        return try String.fetchOne(db, sql: "SELECT value FROM property WHERE name = 'logical-digest'")
      }
      guard let digest else {
        throw StoreError(file: file, reason: "the store was never finished: run 'inquest references build' on it again")
      }
      return (queue, digest)
    }
    (queue, logicalDigest) = opened
  }

  /// A fact about the store itself; nil when nobody set it.
  public func property(_ name: StoreProperty) throws(StoreError) -> String? {
    try perform(file) {
      try queue.read { db in
        try String.fetchOne(db, sql: "SELECT value FROM property WHERE name = ?", arguments: [name.rawValue])
      }
    }
  }

  // MARK: Lookups

  /// The files that have each of the digests, in the order asked; an empty list where none has.
  public func files(with digests: [FileDigest]) throws(StoreError) -> [[KnownFile]] {
    let found = try fileIDs(with: digests)
    let details = try knownFiles(Set(found.lazy.flatMap { $0 }.map(\.file)))
    return found.map { matches in
      matches.compactMap { match in
        details[match.file].map { file in
          var file = file
          file.origin = match.origin
          return file
        }
      }
    }
  }

  /// The files and links that stand at each of the paths in some package, in the order asked.
  public func files(at paths: [[UInt8]]) throws(StoreError) -> [[KnownFile]] {
    try perform(file) {
      try queue.read { db in
        let statement = try db.cachedStatement(
          sql:
            "SELECT file.*, path.bytes FROM path JOIN file ON file.path = path.id WHERE path.bytes = ? ORDER BY file.id"
        )
        return try paths.map { path in
          try Row.fetchAll(statement, arguments: [blob(path)]).map { try KnownFile(row: $0) }
        }
      }
    }
  }

  /// The digests of each file. All digests are read once: they are kept in the order of their values, not of files.
  public func digests(of files: [KnownFile]) throws(StoreError) -> [[ReferenceDigest]] {
    let wanted = Set(files.map(\.id))
    guard !wanted.isEmpty else { return [] }
    var byFile: [Int64: [ReferenceDigest]] = [:]
    try eachDigest { id, digest in
      if wanted.contains(id) { byFile[id, default: []].append(digest) }
    }
    return files.map { byFile[$0.id] ?? [] }
  }

  /// Every digest of the store with the `KnownFile.id` of its file, in the order of algorithm and value.
  public func eachDigest(_ take: (Int64, ReferenceDigest) throws -> Void) throws(StoreError) {
    try perform(file) {
      try queue.read { db in
        let rows = try Row.fetchCursor(
          db, sql: "SELECT algorithm, value, file, origin FROM digest ORDER BY algorithm, value, file")
        while let row = try rows.next() {
          try take(try row.value("file"), try ReferenceDigest(row: row))
        }
      }
    }
  }

  private func knownFiles(_ ids: Set<Int64>) throws(StoreError) -> [Int64: KnownFile] {
    try perform(file) {
      try queue.read { db in
        let statement = try db.cachedStatement(
          sql: "SELECT file.*, path.bytes FROM file JOIN path ON path.id = file.path WHERE file.id = ?")
        var found: [Int64: KnownFile] = [:]
        found.reserveCapacity(ids.count)
        for id in ids.sorted() {
          if let row = try Row.fetchOne(statement, arguments: [id]) { found[id] = try KnownFile(row: row) }
        }
        return found
      }
    }
  }

  /// The symbolic links of all packages, by path.
  public func symbolicLinks() throws(StoreError) -> [KnownFile] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT file.*, path.bytes FROM file JOIN path ON path.id = file.path
            WHERE file.kind = 2 ORDER BY path.bytes, file.id
            """
        ).map { try KnownFile(row: $0) }
      }
    }
  }

  /// True when an ELF file of a package that is no image has that `DT_SONAME`.
  public func holdsLibrary(_ soname: [UInt8]) throws(StoreError) -> Bool {
    try perform(file) {
      try queue.read { db in
        try Bool.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT EXISTS (
                SELECT 1 FROM file JOIN package ON package.id = file.package
                WHERE file.content >= 16 AND file.detail = ? AND package.format <> 'image')
              """), arguments: [blob(soname)]) ?? false
      }
    }
  }

  /// The algorithms of which the store has digests.
  public func algorithms() throws(StoreError) -> Set<FileDigestAlgorithm> {
    try perform(file) {
      try queue.read { db in
        Set(
          try FileDigestAlgorithm.allCases.filter { algorithm in
            try Bool.fetchOne(
              db, sql: "SELECT EXISTS (SELECT 1 FROM digest WHERE algorithm = ?)", arguments: [algorithm.rawValue])
              ?? false
          })
      }
    }
  }

  // MARK: Packages

  public func package(_ id: Int64) throws(StoreError) -> KnownPackage? {
    try perform(file) {
      try queue.read { db in
        try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM package WHERE id = ?"), arguments: [id])
          .map { try KnownPackage(row: $0) }
      }
    }
  }

  /// All packages of that name, in the order of their identifiers.
  public func packages(named name: String, format: ReferencePackage.Format) throws(StoreError) -> [KnownPackage] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db.cachedStatement(sql: "SELECT * FROM package WHERE name = ? AND format = ? ORDER BY content"),
          arguments: [name, format.rawValue]
        ).map { try KnownPackage(row: $0) }
      }
    }
  }

  /// Every package of a format, in the order of their content.
  public func packages(format: ReferencePackage.Format) throws(StoreError) -> [KnownPackage] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db, sql: "SELECT * FROM package WHERE format = ? ORDER BY content", arguments: [format.rawValue]
        ).map { try KnownPackage(row: $0) }
      }
    }
  }

  /// Every package, by name, architecture, version and content.
  public func packages() throws(StoreError) -> [KnownPackage] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db, sql: "SELECT * FROM package ORDER BY name, format, architecture, version, content"
        ).map { try KnownPackage(row: $0) }
      }
    }
  }

  /// The files of one package, by path.
  public func files(of package: KnownPackage) throws(StoreError) -> [KnownFile] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db.cachedStatement(
            sql: """
              SELECT file.*, path.bytes FROM file JOIN path ON path.id = file.path
              WHERE file.package = ? ORDER BY path.bytes, file.id
              """), arguments: [package.id]
        ).map { try KnownFile(row: $0) }
      }
    }
  }

  /// What the archived advisories say of a package, binary or source.
  public func updates(
    of name: String, isSource: Bool, format: ReferencePackage.Format
  ) throws(StoreError) -> [PackageUpdate] {
    try perform(file) {
      try queue.read { db in
        try Row.fetchAll(
          db.cachedStatement(
            sql: "SELECT * FROM packageUpdate WHERE name = ? AND namesSource = ? AND format = ? ORDER BY content"),
          arguments: [name, isSource, format.rawValue]
        ).map { try PackageUpdate(row: $0) }
      }
    }
  }

  /// The images of that identifier or name, in the order of their content.
  ///
  /// A digest (`sha256:…`) is that of the configuration, which is the identifier of an image, or that of a manifest or index
  /// above it, which newer runtimes give in its place. A name is one of the image's tags; without a tag `latest` is meant,
  /// and `docker.io/library/` may be left out. The archive of a root file system is called by its name without ending.
  public func packages(ofImage image: String) throws(StoreError) -> [KnownPackage] {
    let wanted = ImageName(image)
    let digest = imageDigest(image.split(separator: "@").last ?? "")
    return try perform(file) {
      try queue.read { db in
        let all = try Row.fetchAll(
          db.cachedStatement(sql: "SELECT * FROM package WHERE format = 'image' ORDER BY content")
        ).map { try KnownPackage(row: $0) }
        guard let digest else { return all.filter { $0.imageNames.contains(wanted) } }
        // Bounded: sources that were tampered with could vouch for each other in a ring.
        let below = try Int64.fetchSet(
          db,
          sql: """
            WITH RECURSIVE below (sha256, depth) AS (
              VALUES (?, 0) UNION
              SELECT source.sha256, depth + 1 FROM source JOIN below ON source.vouchedBy = below.sha256
              WHERE depth < 6 AND source.kind IN ('image-index', 'image-manifest', 'image-config')
            )
            SELECT provenance.package FROM below JOIN source ON source.sha256 = below.sha256
              JOIN provenance ON provenance.source = source.id WHERE source.kind = 'image-config'
            """, arguments: [blob(digest)])
        let identifier = "sha256:" + digest.map { hexByte($0) }.joined()
        return all.filter { $0.version == identifier || below.contains($0.id) }
      }
    }
  }

  // MARK: Provenance

  /// Every source, in the order of their digests.
  public func sources() throws(StoreError) -> [ReferenceSource] {
    try perform(file) { try queue.read { db in try ReferenceStorage.sources(db).map(\.source) } }
  }

  /// The sources that a package was read from.
  public func sources(of package: KnownPackage) throws(StoreError) -> [ReferenceSource] {
    try perform(file) {
      try queue.read { db in
        let rows = try Row.fetchAll(
          db.cachedStatement(
            sql: """
              SELECT source.* FROM provenance JOIN source ON source.id = provenance.source
              WHERE provenance.package = ? ORDER BY source.sha256, source.kind
              """), arguments: [package.id])
        return try rows.map { try ReferenceStorage.source(db, row: $0) }
      }
    }
  }

  /// The sources of these bytes: what an index that vouches for another one is looked up by.
  public func sources(sha256: [UInt8]) throws(StoreError) -> [ReferenceSource] {
    try perform(file) {
      try queue.read { db in
        let rows = try Row.fetchAll(
          db.cachedStatement(sql: "SELECT * FROM source WHERE sha256 = ? ORDER BY kind"), arguments: [blob(sha256)])
        return try rows.map { try ReferenceStorage.source(db, row: $0) }
      }
    }
  }

  /// What was wrong with what was read when the store was built.
  public func problems() throws(StoreError) -> [ReferenceProblem] {
    try perform(file) { try queue.read { db in try ReferenceStorage.problems(db) } }
  }

  /// SHA-256 of the sources with which one of these faults was found, at whatever path.
  public func sourcesWithProblems(_ kinds: Set<ReferenceProblem.Kind>) throws(StoreError) -> Set<[UInt8]> {
    try perform(file) {
      try queue.read { db in
        var found: Set<[UInt8]> = []
        let rows = try Row.fetchCursor(db, sql: "SELECT DISTINCT sha256, kind FROM problem")
        while let row = try rows.next() {
          guard kinds.contains(try row.value("kind")) else { continue }
          found.insert(try row.bytes("sha256") ?? [])
        }
        // The faults of files that could not be read belong to no source.
        found.remove([])
        return found
      }
    }
  }

  /// How many rows the store has of each kind.
  public func counts() throws(StoreError) -> StoreCounts {
    try perform(file) {
      try queue.read { db in
        func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(sql)") ?? 0 }
        var byAlgorithm: [FileDigestAlgorithm: Int] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT algorithm, count(*) AS n FROM digest GROUP BY algorithm") {
          byAlgorithm[try row.value("algorithm")] = try row.value("n")
        }
        return StoreCounts(
          sources: try count("source"), packages: try count("package"), files: try count("file WHERE kind = 0"),
          paths: try count("path"), digests: byAlgorithm, updates: try count("packageUpdate"),
          problems: try count("problem"))
      }
    }
  }
}

public struct StoreCounts: Equatable, Sendable {
  public var sources: Int
  public var packages: Int
  /// Regular files.
  public var files: Int
  public var paths: Int
  public var digests: [FileDigestAlgorithm: Int]
  public var updates: Int
  public var problems: Int

  public init(
    sources: Int, packages: Int, files: Int, paths: Int, digests: [FileDigestAlgorithm: Int], updates: Int,
    problems: Int
  ) {
    self.sources = sources
    self.packages = packages
    self.files = files
    self.paths = paths
    self.digests = digests
    self.updates = updates
    self.problems = problems
  }
}
