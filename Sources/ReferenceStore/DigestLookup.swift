import Digests
import GRDB
import GRDBSQLite
import ReferenceManifests

/// A digest's way to one file of the store.
struct DigestMatch {
  var file: Int64
  var origin: ReferenceDigest.Origin
}

/// One digest in the order of the table: its first bytes as a number tell nearly all of them apart at no cost.
private struct Probe {
  var key: UInt64
  var index: Int

  init(_ digest: FileDigest, index: Int) {
    key = digest.bytes.prefix(7).reduce(UInt64(digest.algorithm.rawValue)) { $0 << 8 | UInt64($1) }
    self.index = index
  }
}

extension ReferenceStore {
  /// The files of each digest, in the order asked. Digests are looked up in the order of the table, so that neighbours are
  /// found on one page; the statement is stepped without a row object, since this is where time is spent.
  func fileIDs(with digests: [FileDigest]) throws(StoreError) -> [[DigestMatch]] {
    var found = [[DigestMatch]](repeating: [], count: digests.count)
    let order = digests.indices.map { Probe(digests[$0], index: $0) }.sorted { left, right in
      if left.key != right.key { return left.key < right.key }
      return digests[left.index].bytes.lexicographicallyPrecedes(digests[right.index].bytes)
    }
    try perform(file) {
      try queue.read { db in
        let statement = try db.cachedStatement(
          sql: "SELECT file, origin FROM digest WHERE algorithm = ? AND value = ?")
        // Safe: the statement belongs to this connection, which is ours alone within `read`; it is reset after each use.
        let raw = unsafe statement.sqliteStatement
        defer { _ = unsafe sqlite3_clear_bindings(raw) }
        for probe in order {
          var isWrong = false
          let status = unsafe Self.step(raw, digests[probe.index]) { file, origin in
            guard let number = UInt8(exactly: origin), let origin = ReferenceDigest.Origin(rawValue: number) else {
              isWrong = true
              return
            }
            found[probe.index].append(DigestMatch(file: file, origin: origin))
          }
          if isWrong { throw WrongValue(column: "origin") }
          // A page that cannot be read is not the same as a digest that is not there.
          guard status == SQLITE_DONE else { throw StoreError(file: file, reason: db.lastErrorMessage ?? "unreadable") }
        }
      }
    }
    return found
  }

  /// How many of the digests the store holds: what the benchmark measures.
  public func count(of digests: [FileDigest]) throws(StoreError) -> Int {
    try fileIDs(with: digests).count { !$0.isEmpty }
  }

  /// Safe when the statement is the one of `fileIDs` and nobody else uses it: the bytes are bound only for the steps of this
  /// call, and every column is read before the next step. Gives SQLite's status after the last row.
  @unsafe private static func step(
    _ statement: OpaquePointer, _ digest: FileDigest, _ take: (_ file: Int64, _ origin: Int32) -> Void
  ) -> Int32 {
    unsafe digest.bytes.withUnsafeBytes { bytes in
      unsafe sqlite3_reset(statement)
      unsafe sqlite3_bind_int(statement, 1, Int32(digest.algorithm.rawValue))
      // A nil destructor is SQLITE_STATIC: the bytes outlive the steps below.
      unsafe sqlite3_bind_blob(statement, 2, bytes.baseAddress, Int32(truncatingIfNeeded: bytes.count), nil)
      var status = unsafe sqlite3_step(statement)
      while status == SQLITE_ROW {
        take(unsafe sqlite3_column_int64(statement, 0), unsafe sqlite3_column_int(statement, 1))
        status = unsafe sqlite3_step(statement)
      }
      unsafe sqlite3_reset(statement)
      return status
    }
  }
}
