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
          let recomputed = try ReferenceStorage.logicalDigest(db).map { hexByte($0) }.joined()
          if recomputed != logicalDigest { return "the logical digest is \(recomputed), not \(logicalDigest)" }
          return try damagedUpdate(db) ?? damagedPackage(db)
        }
      }
    } catch {
      // A page that SQLite cannot read is the damage that was asked for.
      return error.reason
    }
  }

  private func damagedUpdate(_ db: Database) throws -> String? {
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM packageUpdate")
    while let row = try rows.next() {
      guard let update = PackageUpdate(row: row), update.contentDigest == ReferenceStorage.bytes(row, "content") else {
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
      guard var package = ReferencePackage(row: row) else { return "a package has a format that is not known" }
      package.files = try files.next(package: row["id"])
      if package.contentDigest != ReferenceStorage.bytes(row, "content") {
        return "\(package.name) \(package.version): the package is not what its content digest says"
      }
    }
    if let problem = files.problem { return problem }
    return files.isAtEnd ? nil : "there are files or digests that belong to no package"
  }
}

/// Files with their digests, package by package. The digests are kept by value, so SQLite sorts them by file first.
private struct FileSequence {
  private let files: RowCursor
  private let digests: RowCursor
  private var file: Row?
  private var digest: Row?
  private(set) var problem: String?

  init(_ db: Database) throws {
    files = try Row.fetchCursor(
      db, sql: "SELECT file.*, path.bytes FROM file JOIN path ON path.id = file.path ORDER BY file.id")
    digests = try Row.fetchCursor(db, sql: "SELECT file, algorithm, value, origin FROM digest ORDER BY file")
    file = try files.next()?.copy()
    digest = try digests.next()?.copy()
  }

  var isAtEnd: Bool { file == nil && digest == nil }

  mutating func next(package: Int64) throws -> [ReferenceFile] {
    var found: [ReferenceFile] = []
    while let row = file, row["package"] == package {
      let known = KnownFile(row: row)
      let digests = try digests(of: known.id)
      found.append(
        ReferenceFile(
          path: known.path, kind: known.kind, byteCount: known.byteCount, mode: known.mode, flags: known.flags,
          digests: digests, content: known.content, signature: known.signature))
      if Set(known.algorithms) != Set(digests.map(\.algorithm)) {
        problem = "a file's list of algorithms is not that of its digests"
      }
      file = try files.next()?.copy()
    }
    return found
  }

  private mutating func digests(of id: Int64) throws -> [ReferenceDigest] {
    var found: [ReferenceDigest] = []
    while let row = digest, row["file"] == id {
      if let algorithm = FileDigestAlgorithm(rawValue: row["algorithm"]),
        let origin = ReferenceDigest.Origin(rawValue: row["origin"])
      {
        found.append(ReferenceDigest(algorithm, ReferenceStorage.bytes(row, "value") ?? [], origin: origin))
      } else {
        problem = "a digest has an algorithm or origin that is not known"
      }
      digest = try digests.next()?.copy()
    }
    return found
  }
}

extension ReferencePackage {
  /// The package without its files.
  fileprivate init?(row: Row) {
    guard let format = Format(rawValue: row["format"]) else { return nil }
    self.init(
      format: format, name: row["name"], version: row["version"], architecture: row["architecture"],
      sourceName: row["sourceName"], sourceVersion: row["sourceVersion"], distribution: row["distribution"],
      date: row["date"])
  }
}
