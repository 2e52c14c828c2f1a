import Digests
import GRDB
import ReferenceManifests

extension ReferenceStore {
  /// Reads the whole store and says what is wrong with it; nil when nothing is.
  ///
  /// SQLite's own check, the logical digest, and the content digest of every package and update, recomputed from the rows
  /// that lookups use: a single changed digest, path or version is found.
  public func damage() throws(StoreError) -> String? {
    do {
      return try perform(file) {
        try queue.read { db in
          let answer = try String.fetchOne(db, sql: "PRAGMA quick_check") ?? "no answer"
          if answer != "ok" { return answer }
          // No digest covers the texts of the faults; they must be readable at least.
          _ = try ReferenceStorage.problems(db)
          return try wrongLogicalDigest(db) ?? damagedUpdate(db) ?? damagedPackage(db)
        }
      }
    } catch {
      // A page that SQLite cannot read is the damage that was asked for.
      return error.reason
    }
  }

  /// Recomputes the logical digest and the content of updates, so that nobody shows a digest that the store merely claims.
  ///
  /// Cheap, since no file is looked at: the packages are believed to be what their content digests say, which `damage()`
  /// finds out.
  ///
  /// - throws: when the store says other things than its logical digest.
  public func checkLogicalDigest() throws(StoreError) {
    try perform(file) {
      try queue.read { db in
        guard let wrong = try wrongLogicalDigest(db) ?? damagedUpdate(db) else { return }
        throw StoreError(file: file, reason: "the store says other things than its logical digest: \(wrong)")
      }
    }
  }

  private func wrongLogicalDigest(_ db: Database) throws -> String? {
    let recomputed = try ReferenceStorage.logicalDigest(db).map { hexByte($0) }.joined()
    return recomputed == logicalDigest ? nil : "the logical digest is \(recomputed), not \(logicalDigest)"
  }

  private func damagedUpdate(_ db: Database) throws -> String? {
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM packageUpdate")
    while let row = try rows.next() {
      guard try PackageUpdate(row: row).contentDigest == row.bytes("content") else {
        return "an update of a package is not what its content digest says"
      }
    }
    return nil
  }

  /// Packages, files and digests are each read once, in the order in which they were added.
  private func damagedPackage(_ db: Database) throws -> String? {
    let packages = try Row.fetchCursor(db, sql: "SELECT * FROM package ORDER BY id")
    var files = try FileSequence(db)
    while let row = try packages.next() {
      var package = try ReferencePackage(row: row)
      package.files = try files.next(package: try row.value("id"))
      if try package.contentDigest != row.bytes("content") {
        return "\(package.name) \(package.version): the package is not what its content digest says"
      }
    }
    if let problem = files.problem { return problem }
    return files.isAtEnd ? nil : "there are files, digests or images that belong to no package"
  }
}

/// Files with their digests, package by package. The digests are kept by value, so SQLite sorts them by file first.
private struct FileSequence {
  private let files: RowCursor
  private let digests: RowCursor
  private var file: Row?
  private var digest: Row?
  /// Few of all files are images.
  private var images: [Int64: BootImage]
  private(set) var problem: String?

  init(_ db: Database) throws {
    files = try Row.fetchCursor(
      db, sql: "SELECT file.*, path.bytes FROM file JOIN path ON path.id = file.path ORDER BY file.id")
    digests = try Row.fetchCursor(db, sql: "SELECT file, algorithm, value, origin FROM digest ORDER BY file")
    images = try ReferenceStorage.images(db)
    file = try files.next()?.copy()
    digest = try digests.next()?.copy()
  }

  var isAtEnd: Bool { file == nil && digest == nil && images.isEmpty }

  mutating func next(package: Int64) throws -> [ReferenceFile] {
    var found: [ReferenceFile] = []
    while let row = file, try row.value("package") as Int64 == package {
      let known = try KnownFile(row: row)
      let digests = try digests(of: known.id)
      found.append(known.referenceFile(digests, images.removeValue(forKey: known.id)))
      if Set(known.algorithms) != Set(digests.map(\.algorithm)) {
        problem = "a file's list of algorithms is not that of its digests"
      }
      file = try files.next()?.copy()
    }
    return found
  }

  private mutating func digests(of id: Int64) throws -> [ReferenceDigest] {
    var found: [ReferenceDigest] = []
    while let row = digest, try row.value("file") as Int64 == id {
      found.append(try ReferenceDigest(row: row))
      digest = try digests.next()?.copy()
    }
    return found
  }
}

extension KnownFile {
  /// The file as its package's reading gave it.
  fileprivate func referenceFile(_ digests: [ReferenceDigest], _ image: BootImage?) -> ReferenceFile {
    ReferenceFile(
      path: path, kind: kind, byteCount: byteCount, mode: mode, flags: flags, digests: digests, content: content,
      image: image, signature: signature)
  }
}

extension ReferencePackage {
  /// The package without its files.
  init(row: Row) throws {
    self.init(
      format: try row.value("format"), name: try row.value("name"), version: try row.value("version"),
      architecture: try row.value("architecture"),
      sourceName: try row.optional("sourceName"), sourceVersion: try row.optional("sourceVersion"),
      distribution: try row.value("distribution"),
      date: try row.optional("date"))
  }
}
