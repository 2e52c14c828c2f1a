import ByteReading
import Digests
import XMLReading

/// `primary.xml`: the packages of an RPM repository with their digests and places.
///
/// Source: createrepo_c, xml_dump_primary.c.
public struct RepositoryPackages: Equatable, Sendable {
  public var packages: [Package] = []
  public var problems: [ParseError] = []

  public struct Package: Equatable, Sendable {
    public var name: String
    public var architecture: String
    /// As `ReferencePackage.version`: `epoch:version-release`; the metadata writes 0 for no epoch, which is left out.
    public var version: String
    /// Of the package's file.
    public var checksum: MetadataChecksum?
    /// Relative to the repository's root; nil when it is absent or leads out, which is a problem, too.
    public var location: [UInt8]?
    /// Of the package's file.
    public var byteCount: UInt64?
    /// RFC 3339.
    public var buildTime: String?
    /// File name of the source package; nil when absent.
    public var sourcePackage: String?
  }

  public init(_ document: [UInt8], file: String) {
    var packages: [Package] = []
    var problems: [ParseError] = []
    let (_, error) = readXMLRecords(document, file: file, root: "metadata") { node in
      guard node.name == "package" else { return }
      if let package = Package(node, file: file, problems: &problems) { packages.append(package) }
    }
    if let error { problems.append(error) }
    self.packages = packages
    self.problems = problems
  }
}

extension RepositoryPackages.Package {
  /// Nil, with a problem, when it has no name or version.
  fileprivate init?(_ node: XMLNode, file: String, problems: inout [ParseError]) {
    guard let name = node.child("name")?.text, !name.isEmpty, let version = node.child("version")?.packageVersion else {
      problems.append(node.fault(file, expected: "a name and a version", found: node.child("name")?.text ?? "no name"))
      return nil
    }
    let href = node.child("location")?.attribute("href")
    let location = href.flatMap(repositoryPath)
    if location == nil {
      problems.append(node.fault(file, expected: "a location inside of the repository", found: href ?? "none"))
    }
    self.init(
      name: name, architecture: node.child("arch")?.text ?? "", version: version,
      checksum: MetadataChecksum(node.child("checksum"), file: file, problems: &problems), location: location,
      byteCount: node.number("size", "package", file: file, problems: &problems),
      buildTime: rfc3339Text(node.number("time", "build", file: file, problems: &problems)),
      sourcePackage: node.child("format")?.child("sourcerpm").map(\.text).flatMap { $0.isEmpty ? nil : $0 })
  }
}

extension XMLNode {
  /// `epoch:version-release` of the attributes `epoch`, `ver` and `rel`; nil without a version.
  var packageVersion: String? {
    rpmVersion(epoch: attribute("epoch"), version: attribute("ver"), release: attribute("rel"))
  }
}

/// `epoch:version-release`, an epoch of 0 left out; nil without a version.
func rpmVersion(epoch: String?, version: String?, release: String?) -> String? {
  guard let version, !version.isEmpty else { return nil }
  let prefix = ["", "0"].contains(epoch ?? "") ? "" : (epoch ?? "") + ":"
  return prefix + version + ((release ?? "").isEmpty ? "" : "-" + (release ?? ""))
}

/// `filelists-ext.xml`: the files of each package with their digests, where a repository was made with them.
///
/// Source: createrepo_c, xml_dump_filelists.c. The algorithm stands in the `checksum` element of the package; where it is
/// absent, the digest's length decides.
public struct RepositoryFileDigests: Equatable, Sendable {
  public var packages: [ReferencePackage] = []
  public var problems: [ParseError] = []

  public init(_ document: [UInt8], file: String) {
    var packages: [ReferencePackage] = []
    var problems: [ParseError] = []
    let (_, error) = readXMLRecords(document, file: file, root: "filelists-ext") { node in
      guard node.name == "package" else { return }
      guard let name = node.attribute("name"), let version = node.child("version")?.packageVersion else {
        problems.append(node.fault(file, expected: "a name and a version", found: node.attribute("name") ?? "no name"))
        return
      }
      let algorithm = node.child("checksum")?.attribute("type")
      packages.append(
        ReferencePackage(
          format: .rpm, name: name, version: version, architecture: node.attribute("arch") ?? "",
          files: node.children(named: "file").map { ReferenceFile($0, algorithm, file: file, problems: &problems) }))
    }
    if let error { problems.append(error) }
    self.packages = packages
    self.problems = problems
  }
}

extension ReferenceFile {
  fileprivate init(_ node: XMLNode, _ algorithm: String?, file: String, problems: inout [ParseError]) {
    let type = node.attribute("type")
    self.init(
      path: Array(node.text.utf8), kind: type == "dir" ? .directory : .regular, flags: type == "ghost" ? .ghost : [])
    guard let hash = node.attribute("hash"), !hash.isEmpty, !hash.allSatisfy({ $0 == "0" }) else { return }
    let name = algorithm ?? DigestAlgorithmGuess(byteCount: hash.utf8.count / 2)?.algorithm.name ?? ""
    if let checksum = MetadataChecksum(type: name, digits: hash) {
      digests = [ReferenceDigest(checksum.algorithm, checksum.bytes, origin: .list)]
    } else {
      problems.append(
        node.fault(file, expected: "a digest in \(name.isEmpty ? "a known algorithm" : name)", found: hash))
    }
  }
}
