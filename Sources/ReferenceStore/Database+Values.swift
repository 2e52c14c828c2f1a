import Digests
import Foundation
import GRDB
import GRDBSQLite
import Hashing
import ReferenceManifests

/// Bytes as a value for SQLite.
func blob(_ bytes: [UInt8]) -> Data { Data(bytes) }

/// Runs what may fail in SQLite and says in whose file it failed.
func perform<Value>(_ file: String, _ body: () throws -> Value) throws(StoreError) -> Value {
  do {
    return try body()
  } catch let error as StoreError {
    throw error
  } catch let error as DatabaseError {
    throw StoreError(file: file, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
  } catch {
    throw StoreError(file: file, reason: "\(error)")
  }
}

/// Refuses what is no store or was written by another version.
func checkIdentity(_ db: Database, file: String) throws {
  let application = try Int32.fetchOne(db, sql: "PRAGMA application_id")
  guard application == StoreSchema.applicationID else {
    throw StoreError(file: file, reason: "a SQLite database, but no reference store")
  }
  let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
  guard version == StoreSchema.version else {
    throw StoreError(
      file: file, reason: "a reference store of version \(version); this program reads version \(StoreSchema.version)")
  }
  try checkSchema(db, file: file)
}

/// Refuses a store whose tables are not those of `StoreSchema`: a view or trigger in the place of a table could run anything,
/// and without end.
private func checkSchema(_ db: Database, file: String) throws {
  let expected = try DatabaseQueue().write { made in
    try made.execute(sql: StoreSchema.statements)
    return try SchemaEntry.all(made)
  }
  // What ANALYZE adds.
  let found = try SchemaEntry.all(db).subtracting(SchemaEntry.statistics)
  guard found == expected else {
    let names = Set(found.symmetricDifference(expected).map(\.name)).sorted().joined(separator: ", ")
    throw StoreError(file: file, reason: "the tables are not those of a reference store: \(names)")
  }
}

/// A row of `sqlite_schema`, without the place of the table.
private struct SchemaEntry: Hashable {
  var type: String
  var name: String
  var table: String
  /// Nil for the indexes that SQLite makes for keys.
  var sql: String?

  static let statistics: Set<SchemaEntry> = [
    SchemaEntry(
      type: "table", name: "sqlite_stat1", table: "sqlite_stat1", sql: "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    SchemaEntry(
      type: "table", name: "sqlite_stat4", table: "sqlite_stat4",
      sql: "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
  ]

  static func all(_ db: Database) throws -> Set<SchemaEntry> {
    let rows = try Row.fetchCursor(db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema")
    var entries: Set<SchemaEntry> = []
    while let row = try rows.next() {
      entries.insert(
        SchemaEntry(
          type: try row.value("type"), name: try row.value("name"), table: try row.value("tbl_name"),
          sql: try row.optional("sql")))
    }
    return entries
  }
}

extension ReferenceProblem {
  init(row: Row) throws {
    self.init(
      try row.value("kind"), source: try row.value("source"), subject: try row.optional("subject"),
      offset: try row.optional("place"), message: try row.value("message"),
      expected: try row.optional("expected"), actual: try row.optional("actual"))
  }
}

extension ReferenceSource {
  init(row: Row, signatures: [SourceSignature]) throws {
    self.init(
      kind: try row.value("kind"), path: try row.value("path"), byteCount: try row.value("byteCount"),
      sha256: try row.bytes("sha256") ?? [],
      vouchedBy: try row.bytes("vouchedBy"), signatures: signatures, date: try row.optional("date"),
      validUntil: try row.optional("validUntil"),
      distribution: try row.value("distribution"))
  }
}

extension SourceSignature {
  init(row: Row) throws {
    self.init(
      status: try row.value("status"), scheme: try row.value("scheme"), key: try row.value("key"),
      signer: try row.value("signer"), createdAt: try row.optional("createdAt"),
      detail: try row.value("detail"))
  }
}

extension PackageUpdate {
  init(row: Row) throws {
    let references: String = try row.value("references")
    self.init(
      format: try row.value("format"), name: try row.value("name"), namesSource: try row.value("namesSource"),
      version: try row.value("version"),
      distribution: try row.value("distribution"), type: try row.value("type"), date: try row.optional("date"),
      advisory: try row.optional("advisory"),
      references: references.split(separator: " ").map(String.init))
  }
}

/// What is read from the tables in more than one place.
enum ReferenceStorage {
  /// One source with its signatures.
  static func source(_ db: Database, row: Row) throws -> ReferenceSource {
    let id: Int64 = try row.value("id")
    let signatures = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM signature WHERE source = ? ORDER BY ordinal"), arguments: [id])
    return try ReferenceSource(row: row, signatures: signatures.map { try SourceSignature(row: $0) })
  }

  /// All sources with their signatures, in the order of their digests.
  static func sources(_ db: Database) throws -> [(id: Int64, source: ReferenceSource)] {
    var signatures: [Int64: [SourceSignature]] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT * FROM signature ORDER BY source, ordinal") {
      let source: Int64 = try row.value("source")
      signatures[source, default: []].append(try SourceSignature(row: row))
    }
    return try Row.fetchAll(db, sql: "SELECT * FROM source ORDER BY sha256, kind").map { row in
      let id: Int64 = try row.value("id")
      return (id, try ReferenceSource(row: row, signatures: signatures[id] ?? []))
    }
  }

  /// Everything that was wrong, by path, digest of the source and order.
  static func problems(_ db: Database) throws -> [ReferenceProblem] {
    try Row.fetchAll(db, sql: "SELECT * FROM problem ORDER BY source, sha256, ordinal").map {
      try ReferenceProblem(row: $0)
    }
  }

  /// The SHA-256 over what the store says, whatever the order in which it was added: sources with their signatures, packages
  /// with the sources they came from, updates, and what was wrong with which source, since that decides what counts.
  static func logicalDigest(_ db: Database) throws -> [UInt8] {
    var digest = ContentDigest()
    let all = try sources(db)
    digest.add(all.count)
    for (_, source) in all { digest.add(source.contentBytes) }
    let pairs = try Row.fetchCursor(
      db,
      sql: """
        SELECT package.content AS content, source.sha256 AS sha256, source.kind AS kind
        FROM package JOIN provenance ON provenance.package = package.id JOIN source ON source.id = provenance.source
        ORDER BY package.content, source.sha256, source.kind
        """)
    while let row = try pairs.next() {
      digest.add(try row.bytes("content"))
      digest.add(try row.bytes("sha256"))
    }
    let updates = try Data.fetchCursor(db, sql: "SELECT content FROM packageUpdate ORDER BY content")
    while let content = try updates.next() { digest.add(Array(content)) }
    try addProblems(db, to: &digest)
    return digest.sha256
  }

  /// Each fault by its kind, what it is about and the digest of the source; the path counts only where there is no digest,
  /// since the same file lies in other folders elsewhere.
  private static func addProblems(_ db: Database, to digest: inout ContentDigest) throws {
    let problems = try Row.fetchCursor(
      db,
      sql: """
        SELECT DISTINCT sha256, CASE WHEN length(sha256) = 0 THEN source ELSE '' END AS source, kind, subject FROM problem
        ORDER BY 1, 2, 3, 4
        """)
    while let row = try problems.next() {
      digest.add(try row.bytes("sha256"))
      for column in ["source", "kind", "subject"] { digest.add(try row.optional(column) as String?) }
    }
  }
}
