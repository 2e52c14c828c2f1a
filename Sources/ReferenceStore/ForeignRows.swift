import GRDB
import GRDBSQLite

/// Rows of a table of numbered blobs in somebody else's SQLite file, which may be hostile.
///
/// SQLite writes beside a file that it opens (`-wal`, `-shm`, journals), so the file must be a private copy.
public enum ForeignRows {
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
  }

  /// Hands each row's number and blob to `body`, in the order of the numbers. Blobs longer than `maximumByteCount` come as
  /// nil. A view, virtual table or generated column in the table's place is refused: those could run anything.
  public static func forEach(
    ofTable table: String, column: String, in file: String, maximumByteCount: Int, maximumCount: Int,
    _ body: (_ number: Int64, _ blob: [UInt8]?) -> Void
  ) throws(Failure) {
    do {
      var configuration = Configuration()
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0")
        // Safe: the connection is open during this call.
        if let connection = unsafe db.sqliteConnection {
          _ = unsafe sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, Int32(clamping: maximumByteCount))
        }
      }
      let queue = try DatabaseQueue(path: file, configuration: configuration)
      try queue.inDatabase { db in
        try check(db, table, column)
        try read(db, table, column, maximumByteCount, maximumCount, body)
      }
    } catch let failure as Failure {
      throw failure
    } catch let error as DatabaseError {
      throw Failure(description: error.message ?? "SQLite error \(error.resultCode.rawValue)")
    } catch {
      throw Failure(description: "\(error)")
    }
  }

  private static func check(_ db: Database, _ table: String, _ column: String) throws {
    let kind = try Row.fetchOne(
      db, sql: "SELECT type, sql LIKE 'CREATE VIRTUAL%' AS virtual FROM sqlite_master WHERE name = ?",
      arguments: [table])
    guard let kind else { throw Failure(description: "has no table \(table)") }
    guard kind["type"] == "table", kind["virtual"] == 0 else {
      throw Failure(description: "\(table) is no plain table")
    }
    let columns = try Row.fetchAll(db, sql: "SELECT name, hidden FROM pragma_table_xinfo(?)", arguments: [table])
    guard columns.contains(where: { $0["name"] == column }), columns.allSatisfy({ $0["hidden"] == 0 }) else {
      throw Failure(description: "\(table) has no plain column \(column)")
    }
  }

  private static func read(
    _ db: Database, _ table: String, _ column: String, _ maximumByteCount: Int, _ maximumCount: Int,
    _ body: (Int64, [UInt8]?) -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT rowid, CASE WHEN length("\(column)") <= ? THEN CAST("\(column)" AS BLOB) END FROM "\(table)" ORDER BY rowid
        """, arguments: [maximumByteCount])
    var last: Int64?
    var count = 0
    while let row = try rows.next() {
      let number: Int64 = row[0]
      // A damaged tree can lead back into itself; its numbers then repeat.
      if let last, number <= last { throw Failure(description: "the rows of \(table) are out of order") }
      last = number
      count += 1
      guard count <= maximumCount else { throw Failure(description: "has more than \(maximumCount) rows") }
      let blob: [UInt8]? = row.bytes(at: 1)
      body(number, blob)
    }
  }
}

extension Row {
  fileprivate func bytes(at index: Int) -> [UInt8]? {
    guard case .blob(let data) = (self[index] as DatabaseValue).storage else { return nil }
    return [UInt8](data)
  }
}
