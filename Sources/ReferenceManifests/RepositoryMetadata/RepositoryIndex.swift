import ByteReading
import XMLReading

/// `repomd.xml`: the files of an RPM repository's metadata with their digests. Its signature vouches for all of them.
///
/// Source: createrepo_c, xml_dump_repomd.c.
public struct RepositoryIndex: Equatable, Sendable {
  /// Usually the seconds of its making; nil when absent.
  public var revision: String?
  /// What it says it is for: texts of `tags/distro` and `tags/repo`, in the order of the file.
  public var tags: [String] = []
  public var entries: [Entry] = []
  public var problems: [ParseError] = []

  /// One file of metadata.
  public struct Entry: Equatable, Sendable {
    /// For example `primary`, `filelists`, `filelists-ext`, `updateinfo`.
    public var type: String
    /// Relative to the repository's root; nil when it is absent or leads out, which is a problem, too.
    public var location: [UInt8]?
    /// Of the file as it lies there.
    public var checksum: MetadataChecksum?
    /// Of the content when unpacked.
    public var openChecksum: MetadataChecksum?
    public var byteCount: UInt64?
    public var openByteCount: UInt64?
    /// RFC 3339.
    public var date: String?
  }

  public init(_ document: [UInt8], file: String) {
    var index = RepositoryIndex()
    let (_, error) = readXMLRecords(document, file: file, root: "repomd") { node in
      switch node.name {
      case "revision": index.revision = node.text
      case "tags": index.tags += node.children.filter { ["distro", "repo"].contains($0.name) }.map(\.text)
      case "data": index.add(node, file: file)
      default: break
      }
    }
    if let error { index.problems.append(error) }
    self = index
  }

  private init() {}

  private mutating func add(_ node: XMLNode, file: String) {
    let href = node.child("location")?.attribute("href")
    let location = href.flatMap(repositoryPath)
    if location == nil {
      problems.append(node.fault(file, expected: "a location inside of the repository", found: href ?? "none"))
    }
    entries.append(
      Entry(
        type: node.attribute("type") ?? "", location: location,
        checksum: MetadataChecksum(node.child("checksum"), file: file, problems: &problems),
        openChecksum: MetadataChecksum(node.child("open-checksum"), file: file, problems: &problems),
        byteCount: node.number("size", file: file, problems: &problems),
        openByteCount: node.number("open-size", file: file, problems: &problems),
        date: rfc3339Text(node.number("timestamp", file: file, problems: &problems))))
  }
}
