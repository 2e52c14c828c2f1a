import Digests
import GRDB
import ReferenceManifests

/// A digest of file content to look up.
public struct FileDigest: Hashable, Sendable {
  public var algorithm: FileDigestAlgorithm
  public var bytes: [UInt8]

  public init(_ algorithm: FileDigestAlgorithm, _ bytes: [UInt8]) {
    self.algorithm = algorithm
    self.bytes = bytes
  }
}

/// A file of a package as a store holds it.
public struct KnownFile: Hashable, Sendable {
  /// Local to one store.
  public var id: Int64
  /// `KnownPackage.id`.
  public var package: Int64
  public var path: [UInt8]
  public var kind: ReferenceFile.Kind
  public var byteCount: UInt64?
  public var mode: UInt16?
  public var flags: ReferenceFile.Flags
  /// Those of which the store has a digest of this file.
  public var algorithms: [FileDigestAlgorithm]
  public var content: FileContent?
  public var signature: [UInt8]
  /// Who computed the digest that led here; nil when the file was not found by a digest.
  public var origin: ReferenceDigest.Origin?

  init(row: Row) {
    id = row["id"]
    package = row["package"]
    path = ReferenceStorage.bytes(row, "bytes") ?? []
    kind = FileRow.kind(row["kind"], target: ReferenceStorage.bytes(row, "target"))
    let size: Int64? = row["byteCount"]
    byteCount = size.flatMap { UInt64(exactly: $0) }
    mode = row["mode"]
    flags = ReferenceFile.Flags(rawValue: row["flags"])
    algorithms = FileRow.algorithms(row["algorithms"])
    content = FileRow.content(
      row["content"], detail: ReferenceStorage.bytes(row, "detail"), needed: ReferenceStorage.bytes(row, "needed"))
    signature = ReferenceStorage.bytes(row, "signature") ?? []
  }
}

/// A package as a store holds it, without its files.
public struct KnownPackage: Hashable, Sendable {
  /// Local to one store.
  public var id: Int64
  public var format: ReferencePackage.Format
  public var name: String
  public var version: String
  public var architecture: String
  /// The package's own name when the manifest names no other.
  public var sourceName: String
  public var sourceVersion: String
  public var distribution: String
  /// RFC 3339; nil where nobody says.
  public var date: String?

  init?(row: Row) {
    guard let format = ReferencePackage.Format(rawValue: row["format"]) else { return nil }
    self.format = format
    id = row["id"]
    name = row["name"]
    version = row["version"]
    architecture = row["architecture"]
    sourceName = row["sourceName"] ?? name
    sourceVersion = row["sourceVersion"] ?? version
    distribution = row["distribution"]
    date = row["date"]
  }
}
