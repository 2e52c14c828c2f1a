import Digests
import GRDB
import ReferenceManifests

/// Why a store could not be opened, read or written.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  public var file: String
  public var reason: String

  public init(file: String, reason: String) {
    self.file = file
    self.reason = reason
  }

  public var description: String { "\(file): \(reason)" }
}

/// Adds readings to a store. A store that was begun earlier is added to; what it holds already is kept once.
///
/// Every call of `add` is one transaction, so that a run that is cut off leaves a store that holds less and can be gone on
/// with. Until `finish` it has no logical digest and cannot be opened for reading.
public final class StoreWriter {
  public let file: String
  private let queue: DatabaseQueue
  private var pathIDs: [[UInt8]: Int64] = [:]
  /// Sources that this writer read: what former runs found wrong with them is forgotten.
  private var readAgain: Set<ReadSource> = []

  /// Opens the store at a path of the file system, or begins one there.
  public init(file: String) throws(StoreError) {
    self.file = file
    queue = try perform(file) {
      var configuration = Configuration()
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -262144")
      }
      // The store is one file: no journal is left beside it.
      configuration.journalMode = .default
      let queue = try DatabaseQueue(path: file, configuration: configuration)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
        try db.inTransaction {
          try Self.prepare(db, file: file)
          return .commit
        }
      }
      return queue
    }
  }

  private static func prepare(_ db: Database, file: String) throws {
    let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
    if isEmpty, application == 0 {
      try db.execute(sql: "PRAGMA application_id = \(StoreSchema.applicationID)")
      try db.execute(sql: "PRAGMA user_version = \(StoreSchema.version)")
      try db.execute(sql: StoreSchema.statements)
    }
    try checkIdentity(db, file: file)
    try db.execute(sql: "DELETE FROM property WHERE name = 'logical-digest'")
  }

  // MARK: What is there already

  /// The sources that former runs read, so that they need not be read again.
  public func heldSources() throws(StoreError) -> HeldSources {
    try perform(file) { try queue.read { db in try HeldSources(db) } }
  }

  /// Whether a source of these bytes was read as that kind, in this run or a former one.
  public func contains(sha256: [UInt8], kind: ReferenceSource.Kind) throws(StoreError) -> Bool {
    try perform(file) {
      try queue.read { db in
        try Bool.fetchOne(
          db, sql: "SELECT EXISTS (SELECT 1 FROM source WHERE sha256 = ? AND kind = ?)",
          arguments: [blob(sha256), kind.rawValue]) ?? false
      }
    }
  }

  /// A fact about the store itself, such as the algorithms that it was built with; nil when nobody set it.
  public func property(_ name: StoreProperty) throws(StoreError) -> String? {
    try perform(file) {
      try queue.read { db in
        try String.fetchOne(db, sql: "SELECT value FROM property WHERE name = ?", arguments: [name.rawValue])
      }
    }
  }

  /// Sets a fact about the store; nil takes it away.
  public func setProperty(_ name: StoreProperty, to value: String?) throws(StoreError) {
    try perform(file) {
      try queue.write { db in
        try db.execute(sql: "DELETE FROM property WHERE name = ?", arguments: [name.rawValue])
        guard let value else { return }
        try db.execute(
          sql: "INSERT INTO property (name, value) VALUES (?, ?)", arguments: [name.rawValue, value])
      }
    }
  }

  // MARK: Adding

  /// Adds readings in one transaction. The order of calls has no influence on the store's logical digest.
  public func add(_ readings: [ManifestReading]) throws(StoreError) {
    try perform(file) {
      try queue.write { db in
        var digests: [DigestRow] = []
        for reading in readings { try add(reading, to: db, digests: &digests) }
        // In the order of the key: neighbours lie on one page.
        digests.sort()
        let insert = try db.cachedStatement(
          sql: "INSERT OR IGNORE INTO digest (algorithm, value, file, origin) VALUES (?, ?, ?, ?)")
        for row in digests {
          try insert.execute(arguments: [row.algorithm, blob(row.value), row.file, row.origin])
        }
      }
    }
  }

  /// Adds what is known now of sources that former runs read, such as an index that vouches for them. What was wrong with
  /// them stays.
  public func addKnown(_ sources: [ReferenceSource]) throws(StoreError) {
    try perform(file) {
      try queue.write { db in
        for source in sources { _ = try insert(source, into: db) }
      }
    }
  }

  /// Adds faults that no single reading tells, after the readings: one that reads a source again forgets its faults.
  ///
  /// - parameter sources: the SHA-256 of each source that was read, by its path. A fault of another path belongs to no
  ///   source that could be read.
  public func add(_ problems: [ReferenceProblem], of sources: [String: [UInt8]] = [:]) throws(StoreError) {
    try perform(file) {
      try queue.write { db in
        for (path, all) in Dictionary(grouping: problems, by: \.source).sorted(by: { $0.key < $1.key }) {
          try insert(all, of: sources[path] ?? [], into: db)
        }
      }
    }
  }

  /// Bytes that were read, and where they were found.
  private struct ReadSource: Hashable {
    var sha256: [UInt8]
    var path: String
  }

  private struct DigestRow: Comparable {
    var algorithm: UInt8
    var value: [UInt8]
    var file: Int64
    var origin: UInt8

    static func < (left: Self, right: Self) -> Bool {
      if left.algorithm != right.algorithm { return left.algorithm < right.algorithm }
      if left.value != right.value { return left.value.lexicographicallyPrecedes(right.value) }
      return (left.file, left.origin) < (right.file, right.origin)
    }
  }

  private func add(_ reading: ManifestReading, to db: Database, digests: inout [DigestRow]) throws {
    try forgetProblems(of: reading.source, in: db)
    // A file that could not be opened has no digest and is no source; only what is wrong with it is kept.
    if !reading.source.sha256.isEmpty {
      let source = try insert(reading.source, into: db)
      for package in reading.packages {
        let id = try insert(package, into: db, digests: &digests)
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO provenance (package, source) VALUES (?, ?)")
          .execute(arguments: [id, source])
      }
      for update in reading.updates { try insert(update, of: source, into: db) }
      if let log = reading.bootReference {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO eventLog (source, bytes) VALUES (?, ?)")
          .execute(arguments: [source, blob(log)])
      }
    }
    try insert(reading.problems, of: reading.source.sha256, into: db)
  }

  /// The same bytes are one source, whatever was said of it first.
  private func insert(_ source: ReferenceSource, into db: Database) throws -> Int64 {
    let key: StatementArguments = [blob(source.sha256), source.kind.rawValue]
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT * FROM source WHERE sha256 = ? AND kind = ?"), arguments: key)
    else { return try insertNew(source, into: db) }
    let id: Int64 = try row.value("id")
    let known = try ReferenceStorage.source(db, row: row)
    let merged = known.merged(with: source)
    guard merged != known else { return id }
    try db.cachedStatement(
      sql: "UPDATE source SET path = ?, vouchedBy = ?, date = ?, validUntil = ?, distribution = ? WHERE id = ?"
    ).execute(arguments: [
      merged.path, merged.vouchedBy.map { blob($0) }, merged.date, merged.validUntil, merged.distribution, id,
    ])
    if merged.signatures != known.signatures {
      try db.execute(sql: "DELETE FROM signature WHERE source = ?", arguments: [id])
      try insert(merged.signatures, of: id, into: db)
    }
    return id
  }

  private func insertNew(_ source: ReferenceSource, into db: Database) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO source (kind, path, byteCount, sha256, vouchedBy, date, validUntil, distribution)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      source.kind.rawValue, source.path, source.byteCount, blob(source.sha256), source.vouchedBy.map { blob($0) },
      source.date, source.validUntil, source.distribution,
    ])
    let id = db.lastInsertedRowID
    try insert(source.signatures, of: id, into: db)
    return id
  }

  private func insert(_ signatures: [SourceSignature], of source: Int64, into db: Database) throws {
    for (ordinal, signature) in signatures.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO signature VALUES (?, ?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
        source, ordinal, signature.status.rawValue, signature.scheme, signature.key, signature.signer,
        signature.createdAt, signature.detail,
      ])
    }
  }

  private func insert(_ package: ReferencePackage, into db: Database, digests: inout [DigestRow]) throws -> Int64 {
    let content = package.contentDigest
    if let id = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM package WHERE content = ?"), arguments: [blob(content)])
    {
      return id
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO package (content, format, name, version, architecture, sourceName, sourceVersion, distribution, date)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      blob(content), package.format.rawValue, package.name, package.version, package.architecture, package.sourceName,
      package.sourceVersion, package.distribution, package.date,
    ])
    let id = db.lastInsertedRowID
    for file in package.files { try insert(file, of: id, into: db, digests: &digests) }
    return id
  }

  private func insert(_ file: ReferenceFile, of package: Int64, into db: Database, digests: inout [DigestRow]) throws {
    let row = FileRow(file)
    try db.cachedStatement(
      sql: """
        INSERT INTO file
          (package, path, kind, target, byteCount, mode, flags, algorithms, content, detail, needed, signature)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      package, try pathID(file.path, in: db), row.kind, row.target.map { blob($0) },
      file.byteCount.flatMap { Int64(exactly: $0) }, file.mode, file.flags.rawValue,
      FileRow.algorithms(of: file), row.content,
      row.detail.map { blob($0) }, row.needed.map { blob($0) }, file.signature.isEmpty ? nil : blob(file.signature),
    ])
    let id = db.lastInsertedRowID
    if let image = file.image { try insert(image, of: id, into: db) }
    for digest in file.digests {
      digests.append(
        DigestRow(
          algorithm: digest.algorithm.rawValue, value: digest.bytes, file: id, origin: digest.origin.rawValue))
    }
  }

  private func insert(_ image: BootImage, of file: Int64, into db: Database) throws {
    try db.cachedStatement(sql: "INSERT INTO image VALUES (?, ?)")
      .execute(arguments: [file, image.sbat.map { blob($0) }])
    for (ordinal, digest) in image.digests.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO imageDigest VALUES (?, ?, ?, ?)")
        .execute(arguments: [digest.algorithm.rawValue, blob(digest.bytes), file, ordinal])
    }
    for (ordinal, certificate) in image.certificates.enumerated() {
      try db.cachedStatement(sql: "INSERT INTO imageCertificate VALUES (?, ?, ?, ?, ?, ?)").execute(arguments: [
        file, ordinal, blob(certificate.sha256), certificate.subject, certificate.issuer, certificate.isSigner,
      ])
    }
  }

  private func pathID(_ path: [UInt8], in db: Database) throws -> Int64 {
    if let id = pathIDs[path] { return id }
    // Most paths are new: one statement tells, and adds.
    try db.cachedStatement(sql: "INSERT INTO path (bytes) VALUES (?) ON CONFLICT DO NOTHING")
      .execute(arguments: [blob(path)])
    let id: Int64
    if db.changesCount > 0 {
      id = db.lastInsertedRowID
    } else {
      let statement = try db.cachedStatement(sql: "SELECT id FROM path WHERE bytes = ?")
      guard let stored = try Int64.fetchOne(statement, arguments: [blob(path)]) else {
        throw StoreError(file: file, reason: "a path that is there cannot be found")
      }
      id = stored
    }
    // Enough for the folders that many packages share; not for all paths of a release.
    if pathIDs.count > 100_000 { pathIDs.removeAll(keepingCapacity: true) }
    pathIDs[path] = id
    return id
  }

  private func insert(_ update: PackageUpdate, of source: Int64, into db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO packageUpdate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(
      arguments: [
        blob(update.contentDigest), source, update.format.rawValue, update.name, update.namesSource, update.version,
        update.distribution, update.type.rawValue, update.date, update.advisory,
        update.references.joined(separator: " "),
      ])
  }

  /// What an earlier run found wrong with a source is said anew by the run that reads it again.
  ///
  /// Only faults of the same bytes at the same place: another file may have the same path, and an index that disowned these
  /// bytes elsewhere still does. A fault without bytes stays, since nothing shows that it is mended.
  private func forgetProblems(of source: ReferenceSource, in db: Database) throws {
    guard !source.sha256.isEmpty,
      readAgain.insert(ReadSource(sha256: source.sha256, path: source.path)).inserted
    else { return }
    try db.cachedStatement(sql: "DELETE FROM problem WHERE sha256 = ? AND source = ?")
      .execute(arguments: [blob(source.sha256), source.path])
  }

  /// - parameter sha256: of the source that the faults are about; empty when it could not be read.
  private func insert(_ problems: [ReferenceProblem], of sha256: [UInt8], into db: Database) throws {
    for (source, all) in Dictionary(grouping: problems, by: \.source).sorted(by: { $0.key < $1.key }) {
      let known = try Self.problems(of: source, sha256, in: db)
      var seen = Set(known)
      var next = known.count
      for problem in all where seen.insert(problem).inserted {
        try db.cachedStatement(sql: "INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").execute(arguments: [
          blob(sha256), source, next, problem.kind.rawValue, problem.subject, problem.offset, problem.message,
          problem.expected, problem.actual,
        ])
        next += 1
      }
    }
  }

  private static func problems(of source: String, _ sha256: [UInt8], in db: Database) throws -> [ReferenceProblem] {
    try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM problem WHERE sha256 = ? AND source = ? ORDER BY ordinal"),
      arguments: [blob(sha256), source]
    ).map { try ReferenceProblem(row: $0) }
  }

  // MARK: The end

  /// Sets the logical digest and makes the file compact. Returns the digest.
  public func finish() throws(StoreError) -> [UInt8] {
    try perform(file) {
      let digest = try queue.write { db in
        let digest = try ReferenceStorage.logicalDigest(db)
        try db.execute(
          sql: "INSERT OR REPLACE INTO property (name, value) VALUES ('logical-digest', ?)",
          arguments: [digest.map { hexByte($0) }.joined()])
        return digest
      }
      try queue.writeWithoutTransaction { db in try db.execute(sql: "ANALYZE; VACUUM") }
      return digest
    }
  }
}

/// Facts about a store itself that are no part of what it says.
public enum StoreProperty: String, CaseIterable, Sendable {
  /// Digest algorithms that files were hashed with, by the kernel's names, separated by commas.
  case algorithms
  /// Fingerprints of the keys that the last run verified with, separated by commas.
  case keys
  /// Logical digest of the store that an unfinished one was begun from; empty when it was begun from nothing.
  case base
}

func hexByte(_ byte: UInt8) -> String {
  let text = String(byte, radix: 16)
  return text.count == 1 ? "0" + text : text
}
