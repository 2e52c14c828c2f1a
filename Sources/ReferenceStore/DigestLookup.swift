import Digests
import GRDB
import GRDBSQLite
import ReferenceManifests

/// A digest's way to one file of the store.
struct DigestMatch {
  var file: Int64
  var origin: ReferenceDigest.Origin
}

extension ReferenceStore {
  /// The files of each digest, in the order asked. Digests are looked up in the order of the table, so that neighbours are
  /// found on one page; the statement is stepped without a row object, since this is where time is spent.
  func fileIDs(with digests: [FileDigest]) throws(StoreError) -> [[DigestMatch]] {
    var found = [[DigestMatch]](repeating: [], count: digests.count)
    let order = digests.indices.sorted { left, right in
      let (a, b) = (digests[left], digests[right])
      return a.algorithm == b.algorithm ? a.bytes.lexicographicallyPrecedes(b.bytes) : a.algorithm < b.algorithm
    }
    try perform(file) {
      try queue.read { db in
        let statement = try db.cachedStatement(
          sql: "SELECT file, origin FROM digest WHERE algorithm = ? AND value = ?")
        // Safe: the statement belongs to this connection, which is ours alone within `read`; it is reset after each use.
        let raw = unsafe statement.sqliteStatement
        defer { _ = unsafe sqlite3_clear_bindings(raw) }
        for index in order {
          unsafe Self.step(raw, digests[index]) { found[index].append($0) }
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
  /// call, and every column is read before the next step.
  @unsafe private static func step(_ statement: OpaquePointer, _ digest: FileDigest, _ take: (DigestMatch) -> Void) {
    unsafe digest.bytes.withUnsafeBytes { bytes in
      unsafe sqlite3_reset(statement)
      unsafe sqlite3_bind_int(statement, 1, Int32(digest.algorithm.rawValue))
      // A nil destructor is SQLITE_STATIC: the bytes outlive the steps below.
      unsafe sqlite3_bind_blob(statement, 2, bytes.baseAddress, Int32(truncatingIfNeeded: bytes.count), nil)
      while unsafe sqlite3_step(statement) == SQLITE_ROW {
        let origin = unsafe ReferenceDigest.Origin(
          rawValue: UInt8(truncatingIfNeeded: sqlite3_column_int(statement, 1)))
        take(DigestMatch(file: unsafe sqlite3_column_int64(statement, 0), origin: origin ?? .list))
      }
      unsafe sqlite3_reset(statement)
    }
  }
}
