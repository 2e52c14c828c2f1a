import Digests
import GRDB
import ReferenceManifests

extension ReferenceStore {
  /// The files that are a PE image of each of the Authenticode digests, in the order asked; an empty list where none is.
  public func images(with digests: [FileDigest]) throws(StoreError) -> [[KnownFile]] {
    try perform(file) {
      try queue.read { db in
        let statement = try db.cachedStatement(
          sql: """
            SELECT file.*, path.bytes FROM imageDigest JOIN file ON file.id = imageDigest.file
              JOIN path ON path.id = file.path
            WHERE imageDigest.algorithm = ? AND imageDigest.value = ? ORDER BY file.id
            """)
        return try digests.map { digest in
          try Row.fetchAll(statement, arguments: [digest.algorithm.rawValue, blob(digest.bytes)])
            .map { try KnownFile(row: $0) }
        }
      }
    }
  }

  /// What each file is as an image; nil for a file that is none.
  public func images(of files: [KnownFile]) throws(StoreError) -> [BootImage?] {
    try perform(file) {
      try queue.read { db in
        try files.map { try ReferenceStorage.images(db, of: $0.id)[$0.id] }
      }
    }
  }

  /// True when some file of the store is an image for firmware: without one the store says nothing about what booted.
  public func holdsImages() throws(StoreError) -> Bool {
    try perform(file) {
      try queue.read { db in try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM image)") ?? false }
    }
  }
}

extension ReferenceStorage {
  /// All images, or that of one file. Rows that belong to no image are an image of their own, so that they do not go unseen.
  static func images(_ db: Database, of file: Int64? = nil) throws -> [Int64: BootImage] {
    func rows(_ table: String, _ order: String) throws -> RowCursor {
      let all = "SELECT * FROM \(table)"
      guard let file else { return try Row.fetchCursor(db, sql: all + " ORDER BY file\(order)") }
      return try Row.fetchCursor(
        db.cachedStatement(sql: all + " WHERE file = ? ORDER BY file\(order)"), arguments: [file])
    }
    var found: [Int64: BootImage] = [:]
    let images = try rows("image", "")
    while let row = try images.next() {
      found[try row.value("file")] = BootImage(digests: [], sbat: try row.bytes("sbat"))
    }
    let digests = try rows("imageDigest", ", ordinal")
    while let row = try digests.next() {
      found[try row.value("file"), default: BootImage(digests: [])].digests.append(
        BootImage.ImageDigest(try row.value("algorithm"), try row.bytes("value") ?? []))
    }
    let certificates = try rows("imageCertificate", ", ordinal")
    while let row = try certificates.next() {
      found[try row.value("file"), default: BootImage(digests: [])].certificates.append(
        BootImage.Certificate(
          sha256: try row.bytes("sha256") ?? [], subject: try row.value("subject"), issuer: try row.value("issuer"),
          isSigner: try row.value("isSigner")))
    }
    return found
  }
}
