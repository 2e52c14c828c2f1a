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
}

extension ReferenceProblem {
  init?(row: Row) {
    guard let kind = Kind(rawValue: row["kind"]) else { return nil }
    self.init(
      kind, source: row["source"], subject: row["subject"], offset: row["place"], message: row["message"],
      expected: row["expected"], actual: row["actual"])
  }
}

extension ReferenceSource {
  init?(row: Row, signatures: [SourceSignature]) {
    guard let kind = Kind(rawValue: row["kind"]) else { return nil }
    self.init(
      kind: kind, path: row["path"], byteCount: row["byteCount"], sha256: ReferenceStorage.bytes(row, "sha256") ?? [],
      vouchedBy: ReferenceStorage.bytes(row, "vouchedBy"), signatures: signatures, date: row["date"],
      validUntil: row["validUntil"],
      distribution: row["distribution"])
  }
}

extension SourceSignature {
  init?(row: Row) {
    guard let status = Status(rawValue: row["status"]) else { return nil }
    self.init(
      status: status, scheme: row["scheme"], key: row["key"], signer: row["signer"], createdAt: row["createdAt"],
      detail: row["detail"])
  }
}

extension PackageUpdate {
  init?(row: Row) {
    guard let format = ReferencePackage.Format(rawValue: row["format"]), let type = UpdateType(rawValue: row["type"])
    else { return nil }
    let references: String = row["references"]
    self.init(
      format: format, name: row["name"], namesSource: row["namesSource"], version: row["version"],
      distribution: row["distribution"], type: type, date: row["date"], advisory: row["advisory"],
      references: references.split(separator: " ").map(String.init))
  }
}

/// What is read from the tables in more than one place.
enum ReferenceStorage {
  /// The bytes of a column; nil for NULL.
  static func bytes(_ row: Row, _ column: String) -> [UInt8]? {
    let data: Data? = row[column]
    return data.map { Array($0) }
  }

  /// One source with its signatures.
  static func source(_ db: Database, row: Row) throws -> ReferenceSource? {
    let id: Int64 = row["id"]
    let signatures = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM signature WHERE source = ? ORDER BY ordinal"), arguments: [id])
    return ReferenceSource(row: row, signatures: signatures.compactMap { SourceSignature(row: $0) })
  }

  /// All sources with their signatures, in the order of their digests.
  static func sources(_ db: Database) throws -> [(id: Int64, source: ReferenceSource)] {
    var signatures: [Int64: [SourceSignature]] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT * FROM signature ORDER BY source, ordinal") {
      if let signature = SourceSignature(row: row) { signatures[row["source"], default: []].append(signature) }
    }
    return try Row.fetchAll(db, sql: "SELECT * FROM source ORDER BY sha256, kind").compactMap { row in
      let id: Int64 = row["id"]
      return ReferenceSource(row: row, signatures: signatures[id] ?? []).map { (id, $0) }
    }
  }

  /// The SHA-256 over what the store says, whatever the order in which it was added: sources with their signatures, packages
  /// with the sources they came from, updates.
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
      digest.add(ReferenceStorage.bytes(row, "content"))
      digest.add(ReferenceStorage.bytes(row, "sha256"))
    }
    let updates = try Data.fetchCursor(db, sql: "SELECT content FROM packageUpdate ORDER BY content")
    while let content = try updates.next() { digest.add(Array(content)) }
    return digest.sha256
  }
}
