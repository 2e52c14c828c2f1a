import ByteReading
import CBORReading

/// A Concise Software Identification tag: which files a software has, or which were found on a device.
///
/// Source: RFC 9393.
public struct ConciseSoftwareTag: Equatable, Sendable {
  /// A file that the tag lists.
  public struct File: Equatable, Sendable {
    /// Root, folders and name, separated by `/`, as the tag nests them; escaped.
    public var path: String
    public var byteCount: UInt64?
    public var version: String
    public var digests: [ConciseDigest]
  }

  public var identifier: String
  public var version: UInt64?
  public var softwareName: String
  public var softwareVersion: String
  public var isPatch: Bool
  public var isSupplemental: Bool
  public var entities: [ConciseEntity]
  /// Files that the software has when it is installed.
  public var payload: [File]
  /// Files that somebody found on a device: a claim about that device and no reference.
  public var evidence: [File]

  /// The tag of CBOR that RFC 9393 registers for a whole document: `SWID` in ASCII.
  static let tag: UInt64 = 0x5357_4944

  /// Whether the item is a map with what every tag has: an identifier, a name, an entity, and a version of the tag, for which tags
  /// of the LVFS have only that of the software.
  static func isLikely(_ value: CBORValue) -> Bool {
    value[0].flatMap(identifierText) != nil && value[1]?.text != nil && value[2] != nil
      && (value[12]?.integer != nil || value[13]?.text != nil || value[6] != nil || value[3] != nil)
  }

  /// Nil, with a problem, when the item is no such map.
  init?(_ value: CBORValue, _ reading: inout ConciseReading) {
    guard let identifier = value[0].flatMap(identifierText), let name = value[1]?.text else {
      reading.report(value, "concise-swid-tag", expected: "a map with a tag-id and a software-name")
      return nil
    }
    self.identifier = identifier
    softwareName = escapedText(name.utf8)
    version = value[12]?.integer.flatMap { UInt64(exactly: $0) }
    softwareVersion = reading.text(value[13], "software-version")
    isPatch = value[9]?.content == .bool(true)
    isSupplemental = value[11]?.content == .bool(true)
    entities = []
    for entity in reading.oneOrMore(value[2]) { entities.append(ConciseEntity(softwareEntity: entity, &reading)) }
    payload = Self.files(value[6], &reading)
    evidence = Self.files(value[3], &reading)
  }

  private static func files(_ value: CBORValue?, _ reading: inout ConciseReading) -> [File] {
    var files: [File] = []
    for collection in reading.oneOrMore(value) { take(collection, folder: "", &files, &reading) }
    return files
  }

  /// No deeper than CBOR may be nested.
  private static func take(
    _ collection: CBORValue, folder: String, _ files: inout [File], _ reading: inout ConciseReading
  ) {
    for directory in reading.oneOrMore(collection[16]) {
      let path = path(of: directory, in: folder, &reading)
      // RFC 9393 nests what a folder holds below `path-elements`; makers' tools leave that out.
      take(directory[26] ?? directory, folder: path, &files, &reading)
    }
    for file in reading.oneOrMore(collection[17]) {
      files.append(
        File(
          path: path(of: file, in: folder, &reading),
          byteCount: file[20]?.integer.flatMap { UInt64(exactly: $0) },
          version: reading.text(file[21], "file-version"), digests: reading.digests(file[7], "file.hash")))
    }
  }

  /// Source: RFC 9393, section 2.9.2, `filesystem-item`.
  private static func path(of item: CBORValue, in folder: String, _ reading: inout ConciseReading) -> String {
    let parts = [
      folder, reading.text(item[25], "root"), reading.text(item[23], "location"), reading.text(item[24], "fs-name"),
    ]
    return parts.filter { !$0.isEmpty }.reduce("") { path, part in
      if path.isEmpty { return part }
      return path.hasSuffix("/") ? path + part.drop { $0 == "/" } : path + (part.hasPrefix("/") ? "" : "/") + part
    }
  }
}
