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

  init(row: Row) throws {
    id = try row.value("id")
    package = try row.value("package")
    path = try row.bytes("bytes") ?? []
    kind = try FileRow.kind(try row.value("kind"), target: try row.bytes("target"))
    byteCount = try row.optional("byteCount")
    mode = try row.optional("mode")
    flags = try row.value("flags")
    algorithms = FileRow.algorithms(try row.value("algorithms"))
    content = try FileRow.content(
      try row.optional("content"), detail: try row.bytes("detail"), needed: try row.bytes("needed"))
    signature = try row.bytes("signature") ?? []
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

  init(row: Row) throws {
    format = try row.value("format")
    id = try row.value("id")
    name = try row.value("name")
    version = try row.value("version")
    architecture = try row.value("architecture")
    sourceName = try row.optional("sourceName") ?? name
    sourceVersion = try row.optional("sourceVersion") ?? version
    distribution = try row.value("distribution")
    date = try row.optional("date")
  }
}

/// A name by which an image is called, in one form.
struct ImageName: Hashable {
  let text: String

  /// `debian`, `debian:latest` and `docker.io/library/debian` are one.
  init(_ written: some StringProtocol) {
    var text = String(written.split(separator: "@").first ?? "")
    for start in ["docker.io/", "library/"] where text.hasPrefix(start) { text = String(text.dropFirst(start.count)) }
    if text.hasSuffix(":latest") { text = String(text.dropLast(":latest".count)) }
    self.text = text
  }
}

extension KnownPackage {
  /// Empty for what is no image.
  var imageNames: Set<ImageName> {
    guard format == .image else { return [] }
    return Set(name.split(separator: ",").map { ImageName($0.drop { $0 == " " }) })
  }
}

extension ReferenceDigest {
  init(row: Row) throws {
    self.init(try row.value("algorithm"), try row.bytes("value") ?? [], origin: try row.value("origin"))
  }
}
