import ByteReading
import Digests
import XMLReading

/// A Base Reference Integrity Manifest: a SWID tag in which a manufacturer names the files that hold the expected event log or
/// register values of a platform, with their digests.
///
/// Source: TCG PC Client Reference Integrity Manifest Specification 1.04, section 3; TCG RIM Information Model 1.01, section 5;
/// ISO/IEC 19770-2:2015. Whether its signature holds is asked elsewhere.
public struct BaseRIM: Equatable, Sendable {
  /// Who made the tag or the software.
  public struct Entity: Equatable, Sendable {
    public var name: String
    public var registrationID: String
    /// For example `softwareCreator`, `tagCreator`.
    public var roles: [String]
  }

  /// A Support RIM that the payload names.
  public struct SupportFile: Equatable, Sendable {
    /// Folders and name, separated by `/`, as the tag nests them.
    public var path: String
    /// nil when the tag does not say.
    public var byteCount: UInt64?
    /// In the order of the document; each as long as its algorithm has it.
    public var digests: [Digest]
  }

  public struct Digest: Equatable, Sendable {
    public var algorithm: HashAlgorithm
    public var bytes: [UInt8]
  }

  public enum Form: String, Sendable {
    case primary
    case patch
    case supplemental
  }

  public var name: String
  public var tagID: String
  /// nil when it is no number.
  public var tagVersion: Int?
  public var version: String
  public var form: Form
  public var entities: [Entity]
  /// For example `PC Client RIM`; empty when the tag does not say that it is a RIM.
  public var bindingSpecification: String
  public var platformManufacturer: String
  public var platformModel: String
  public var firmwareManufacturer: String
  public var firmwareVersion: String
  /// Digest of the RIM that a patch or a supplement belongs to, as the tag writes it; empty when it names none.
  public var linkHash: String
  public var files: [SupportFile]
  /// Whether a signature stands below the root.
  public var isSigned: Bool
  /// How the signature names its key; empty when it does not.
  public var signingKeyName: String

  /// Platform and firmware, for a person.
  public var platform: String {
    let maker = [platformManufacturer, platformModel].filter { !$0.isEmpty }.joined(separator: " ")
    return firmwareVersion.isEmpty ? maker : maker + (maker.isEmpty ? "" : ", ") + "firmware " + firmwareVersion
  }

  /// The digest that `linkHash` spells; nil when it is empty or none of SHA-256.
  public var linkedManifest: [UInt8]? {
    let bytes = bytesOfHex(linkHash) ?? bytesOfBase64(Array(linkHash.utf8))
    return bytes?.count == HashAlgorithm.sha256.digestByteCount ? bytes : nil
  }

  static let rootName = "SoftwareIdentity"

  /// Reads a tag; nil when the root of the document is none. Texts are escaped.
  public static func parse(_ document: [UInt8], file: String) -> Parsed<BaseRIM>? {
    var reading = BaseRIMReading(file: file)
    let (root, error) = readXMLRecords(document, file: file, root: rootName) { reading.take($0) }
    guard let root else { return nil }
    var rim = reading.rim
    rim.take(root: root)
    var problems = reading.problems
    if let error { problems.append(error) }
    // Only what was read before the fault stands.
    return Parsed(
      value: rim, problems: problems,
      unread: (error?.offset ?? document.count)..<max(error?.offset ?? 0, document.count))
  }

  fileprivate init() {
    (name, tagID, version, bindingSpecification) = ("", "", "", "")
    (platformManufacturer, platformModel, firmwareManufacturer, firmwareVersion, linkHash) = ("", "", "", "", "")
    form = .primary
    (entities, files) = ([], [])
    (isSigned, signingKeyName) = (false, "")
  }

  private mutating func take(root: XMLElement) {
    func text(_ attribute: String) -> String { escapedText((root.attributes[attribute] ?? "").utf8) }
    (name, tagID, version) = (text("name"), text("tagId"), text("version"))
    tagVersion = Int(text("tagVersion"))
    func isSet(_ attribute: String) -> Bool { ["true", "1"].contains(text(attribute)) }
    if isSet("patch") { form = .patch } else if isSet("supplemental") { form = .supplemental }
  }
}

/// The walk over the parts of a tag.
private struct BaseRIMReading {
  var rim = BaseRIM()
  var problems: [ParseError] = []
  let file: String

  /// `http://www.w3.org/2001/04/xmlenc#sha256` and its like name the algorithm of an attribute `hash`.
  ///
  /// Source: XML Encryption 1.1, section 5.8; RFC 6931, section 2.1.
  private static let algorithms: [String: HashAlgorithm] = [
    "http://www.w3.org/2001/04/xmlenc#sha256": .sha256, "http://www.w3.org/2001/04/xmlenc#sha512": .sha512,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": .sha384, "http://www.w3.org/2000/09/xmldsig#sha1": .sha1,
  ]

  mutating func take(_ node: XMLNode) {
    func text(_ attribute: String) -> String { escapedText((node.attribute(attribute) ?? "").utf8) }
    switch node.name {
    case "Entity":
      rim.entities.append(
        .init(
          name: text("name"), registrationID: text("regid"),
          roles: text("role").split(separator: " ").map(String.init)))
    case "Meta":
      rim.bindingSpecification = text("bindingSpec")
      rim.platformManufacturer = text("platformManufacturerStr")
      rim.platformModel = text("platformModel")
      rim.firmwareManufacturer = text("firmwareManufacturerStr")
      rim.firmwareVersion = text("firmwareVersion")
      rim.linkHash = text("rimLinkHash")
    case "Payload": takeFiles(of: node, folder: "")
    case "Signature" where node.element.namespace == "http://www.w3.org/2000/09/xmldsig#":
      rim.isSigned = true
      rim.signingKeyName = escapedText((node.child("KeyInfo")?.child("KeyName")?.text ?? "").utf8)
    default: break
    }
  }

  /// No deeper than the reader's limit on nested elements.
  private mutating func takeFiles(of node: XMLNode, folder: String) {
    for child in node.children {
      let name = escapedText((child.attribute("name") ?? "").utf8)
      let path = folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
      switch child.name {
      case "Directory": takeFiles(of: child, folder: path)
      case "File":
        // Makers write folders into the name and wrong sizes; the digest tells the file, whatever it is called.
        rim.files.append(
          .init(
            path: path, byteCount: child.attribute("size").flatMap { UInt64($0) }, digests: digests(of: child)))
      default: break
      }
    }
  }

  private mutating func digests(of node: XMLNode) -> [BaseRIM.Digest] {
    var found: [BaseRIM.Digest] = []
    for attribute in node.element.qualifiedAttributes where attribute.name == "hash" {
      guard let algorithm = Self.algorithms[attribute.namespace] else {
        report(node, "a digest of a known algorithm", escapedText(attribute.namespace.utf8))
        continue
      }
      guard let bytes = bytesOfHex(attribute.value), bytes.count == algorithm.digestByteCount else {
        report(
          node, "\(algorithm.digestByteCount) bytes in hexadecimal digits", escapedText(attribute.value.utf8))
        continue
      }
      found.append(.init(algorithm: algorithm, bytes: bytes))
    }
    return found
  }

  private mutating func report(_ node: XMLNode, _ expected: String, _ found: String) {
    problems.append(
      ParseError(
        file: file, offset: node.element.offset, field: "File/@hash, line \(node.line)", expected: expected,
        found: found))
  }
}
