/// The tables of a store. Rows are only ever added; identifiers are local to one file and never leave it.
///
/// A digest leads to files, a file to its package and path, a package to the sources that it was read from, a source to
/// the one that vouches for it. A digest of an image, which is over a part of a file only, never stands among those of files.
enum StoreSchema {
  /// `Inqr` in ASCII: what tells a store from other SQLite files (`PRAGMA application_id`).
  static let applicationID: Int32 = 0x496e_7172
  /// Counted up with each change of the tables (`PRAGMA user_version`).
  static let version: Int32 = 3

  static let statements = """
    CREATE TABLE source (
      id INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      path TEXT NOT NULL,
      byteCount INTEGER NOT NULL,
      sha256 BLOB NOT NULL,
      vouchedBy BLOB,
      date TEXT,
      validUntil TEXT,
      distribution TEXT NOT NULL,
      UNIQUE (sha256, kind)
    );
    CREATE TABLE signature (
      source INTEGER NOT NULL REFERENCES source,
      ordinal INTEGER NOT NULL,
      status TEXT NOT NULL,
      scheme TEXT NOT NULL,
      key TEXT NOT NULL,
      signer TEXT NOT NULL,
      createdAt TEXT,
      detail TEXT NOT NULL,
      PRIMARY KEY (source, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE package (
      id INTEGER PRIMARY KEY,
      content BLOB NOT NULL UNIQUE,
      format TEXT NOT NULL,
      name TEXT NOT NULL,
      version TEXT NOT NULL,
      architecture TEXT NOT NULL,
      sourceName TEXT,
      sourceVersion TEXT,
      distribution TEXT NOT NULL,
      date TEXT
    );
    CREATE INDEX packageByName ON package (name, format);
    CREATE TABLE provenance (
      package INTEGER NOT NULL REFERENCES package,
      source INTEGER NOT NULL REFERENCES source,
      PRIMARY KEY (package, source)
    ) WITHOUT ROWID;
    CREATE TABLE path (
      id INTEGER PRIMARY KEY,
      bytes BLOB NOT NULL UNIQUE
    );
    CREATE TABLE file (
      id INTEGER PRIMARY KEY,
      package INTEGER NOT NULL REFERENCES package,
      path INTEGER NOT NULL REFERENCES path,
      kind INTEGER NOT NULL,
      target BLOB,
      byteCount INTEGER,
      mode INTEGER,
      flags INTEGER NOT NULL,
      algorithms INTEGER NOT NULL,
      content INTEGER,
      detail BLOB,
      needed BLOB,
      signature BLOB
    );
    CREATE INDEX fileByPath ON file (path);
    CREATE INDEX fileByPackage ON file (package);
    CREATE INDEX fileBySoname ON file (detail) WHERE content >= 16;
    CREATE INDEX fileOfLinks ON file (kind) WHERE kind = 2;
    CREATE TABLE digest (
      algorithm INTEGER NOT NULL,
      value BLOB NOT NULL,
      file INTEGER NOT NULL REFERENCES file,
      origin INTEGER NOT NULL,
      PRIMARY KEY (algorithm, value, file)
    ) WITHOUT ROWID;
    CREATE TABLE eventLog (
      source INTEGER PRIMARY KEY REFERENCES source,
      bytes BLOB NOT NULL
    );
    CREATE TABLE image (
      file INTEGER PRIMARY KEY REFERENCES file,
      sbat BLOB
    );
    CREATE TABLE imageDigest (
      algorithm INTEGER NOT NULL,
      value BLOB NOT NULL,
      file INTEGER NOT NULL REFERENCES image,
      ordinal INTEGER NOT NULL,
      PRIMARY KEY (algorithm, value, file, ordinal)
    ) WITHOUT ROWID;
    CREATE INDEX imageDigestByFile ON imageDigest (file);
    CREATE TABLE imageCertificate (
      file INTEGER NOT NULL REFERENCES image,
      ordinal INTEGER NOT NULL,
      sha256 BLOB NOT NULL,
      subject TEXT NOT NULL,
      issuer TEXT NOT NULL,
      isSigner INTEGER NOT NULL,
      PRIMARY KEY (file, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE packageUpdate (
      content BLOB NOT NULL PRIMARY KEY,
      source INTEGER NOT NULL REFERENCES source,
      format TEXT NOT NULL,
      name TEXT NOT NULL,
      namesSource INTEGER NOT NULL,
      version TEXT NOT NULL,
      distribution TEXT NOT NULL,
      type TEXT NOT NULL,
      date TEXT,
      advisory TEXT,
      "references" TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX updateByName ON packageUpdate (name, namesSource, format);
    CREATE TABLE problem (
      sha256 BLOB NOT NULL,
      source TEXT NOT NULL,
      ordinal INTEGER NOT NULL,
      kind TEXT NOT NULL,
      subject TEXT,
      place INTEGER,
      message TEXT NOT NULL,
      expected TEXT,
      actual TEXT,
      PRIMARY KEY (sha256, source, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE property (
      name TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) WITHOUT ROWID;
    """
}
