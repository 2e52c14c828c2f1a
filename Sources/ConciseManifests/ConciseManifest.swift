import ByteReading
import CBORReading

/// A Concise Reference Integrity Manifest: modules and software tags in one document, signed or not. A module or tag that stands
/// alone is one without an envelope.
///
/// Source: draft-ietf-rats-corim; RFC 9393 (CoSWID); RFC 9052 (the signature). Whether the signature holds is asked elsewhere.
public struct ConciseManifest: Equatable, Sendable {
  public enum Form: String, Sendable {
    case corim = "CoRIM"
    case comid = "CoMID"
    case coswid = "CoSWID"
  }

  /// What the document is, within its signature.
  public var form: Form
  /// Nil when nothing signs the document.
  public var signed: COSESignedMessage?
  /// Of the manifest, or of the module or tag that stands alone.
  public var identifier: String
  /// URI or object identifier of the rules that the document follows; empty when it names none.
  public var profile: String
  /// Seconds since 1970-01-01 UTC; nil where the document says nothing.
  public var notBefore: Int64?
  public var notAfter: Int64?
  public var entities: [ConciseEntity]
  /// URIs of further manifests, in the order of the document. They are not fetched.
  public var dependentManifests: [String]
  public var modules: [ConciseModule]
  public var softwareTags: [ConciseSoftwareTag]
  /// Tags of parts that are not read, ascending.
  public var otherTags: [UInt64]

  /// Vendor and model of the first module that says them, for a person.
  public var platform: String {
    let environments = modules.flatMap { ($0.references + $0.endorsements).map(\.environment) }
    guard let first = environments.first(where: { !$0.vendor.isEmpty || !$0.model.isEmpty }) else { return "" }
    return [first.vendor, first.model].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether the first bytes may be those of such a document: nothing of XML, JSON or a package begins so.
  public static func isLikely(_ start: [UInt8]) -> Bool {
    guard let first = start.first else { return false }
    // COSE_Sign1 with its tag and without, tags 500 to 506, CoSWID's tag, a map.
    return first == 0xd2 || first == 0x84 || start.starts(with: [0xd9, 0x01])
      || start.starts(with: [0xda, 0x53, 0x57, 0x49, 0x44]) || (0xa1...0xbb).contains(first) || first == 0xbf
  }

  /// Reads a document; nil when the bytes are none.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<ConciseManifest>? {
    guard isLikely(bytes) else { return nil }
    let root: CBORValue
    do { root = try CBORValue.parse(bytes, file: file) } catch { return damaged(bytes, error) }
    var reading = ConciseReading(file: file)
    guard let manifest = ConciseManifest(root, &reading) else { return nil }
    return Parsed(value: manifest, problems: reading.problems, unread: bytes.count..<bytes.count)
  }

  /// What says by its tag that it is a manifest, and cannot be read.
  private static func damaged(_ bytes: [UInt8], _ error: ParseError) -> Parsed<ConciseManifest>? {
    let marks: [[UInt8]] = [
      [0xd9, 0x01, 0xf4], [0xd9, 0x01, 0xf5], [0xd9, 0x01, 0xf6], [0xd9, 0x01, 0xf9], [0xd9, 0x01, 0xfa],
      [0xda, 0x53, 0x57, 0x49, 0x44],
    ]
    // The media types of manifests in the header of a signature.
    let types = ["application/rim+cbor", "application/corim", "application/swid"].map { Array($0.utf8) }
    let start = bytes.prefix(256)
    let isNamed =
      bytes.first == 0xd2
      && types.contains { type in start.indices.contains { start[$0...].starts(with: type) } }
    guard isNamed || marks.contains(where: { bytes.starts(with: $0) }) else { return nil }
    return Parsed(value: ConciseManifest(.corim), problems: [error], unread: 0..<bytes.count)
  }

  private init(_ form: Form) {
    self.form = form
    (identifier, profile) = ("", "")
    (entities, dependentManifests, modules, softwareTags, otherTags) = ([], [], [], [], [])
  }

  // MARK: Envelopes

  private init?(_ root: CBORValue, _ reading: inout ConciseReading) {
    var item = root
    // A few tags at most stand around a document: 500 and 502 of older drafts, and one that names what follows.
    var depth = 0
    while let (number, inner) = item.tagged, [500, 502, COSESignedMessage.tag].contains(number), depth < 4 {
      (item, depth) = (inner, depth + 1)
    }
    guard item.elements != nil else {
      self.init(unsigned: item, &reading)
      return
    }
    let message: COSESignedMessage
    do {
      guard let found = try COSESignedMessage(item, file: reading.file) else { return nil }
      message = found
    } catch {
      return nil
    }
    guard let payload = message.payload else { return nil }
    let content: CBORValue
    do {
      content = try CBORValue.parse(payload, file: reading.file, base: message.payloadOffset)
    } catch {
      guard message.namesManifest else { return nil }
      self.init(.corim)
      signed = message
      reading.report(error)
      return
    }
    self.init(unsigned: content, &reading)
    signed = message
  }

  private init?(unsigned root: CBORValue, _ reading: inout ConciseReading) {
    var item = root
    if let (number, inner) = root.tagged, [500, 501].contains(number) { item = inner }
    if let (number, inner) = item.tagged {
      if number == 501 {
        item = inner
      } else {
        self.init(lone: number, inner, &reading)
        return
      }
    }
    if item[1]?.elements != nil, item[1]?.elements?.isEmpty == false, root.tagged != nil || Self.isLikely(item) {
      self.init(.corim)
      take(item, &reading)
    } else if root.tagged != nil, root.tagged?.number == 501 {
      self.init(.corim)
      reading.report(item, "corim-map", expected: "a map with tags")
    } else if ConciseModule.isLikely(item) {
      self.init(lone: 506, item, &reading)
    } else if ConciseSoftwareTag.isLikely(item) {
      self.init(lone: 505, item, &reading)
    } else {
      return nil
    }
  }

  /// Whether a map without a tag is a manifest: it has parts, and each is one that is tagged.
  private static func isLikely(_ map: CBORValue) -> Bool {
    (map[1]?.elements ?? []).allSatisfy { part in
      if let number = part.tagged?.number { return [505, 506, 508].contains(number) }
      return part.bytes.map { $0.starts(with: [0xd9, 0x01]) } ?? false
    }
  }

  /// A module or tag without an envelope.
  private init?(lone number: UInt64, _ content: CBORValue, _ reading: inout ConciseReading) {
    switch number {
    case 506: self.init(.comid)
    case 505, ConciseSoftwareTag.tag: self.init(.coswid)
    default: return nil
    }
    take(part: number, content, &reading)
    identifier = modules.first?.identifier ?? softwareTags.first?.identifier ?? ""
  }

  // MARK: Content

  /// Source: draft-ietf-rats-corim, `corim-map`.
  private mutating func take(_ map: CBORValue, _ reading: inout ConciseReading) {
    identifier = map[0].flatMap(identifierText) ?? ""
    for part in reading.elements(map[1], "corim.tags") {
      // Older documents have the tag within the byte string, newer ones around it.
      guard let item = part.tagged != nil ? part : reading.embedded(part, "corim.tags") else { continue }
      guard let (number, content) = item.tagged else {
        reading.report(part, "corim.tags", expected: "a tagged module or software tag")
        continue
      }
      take(part: number, content, &reading)
    }
    dependentManifests = reading.elements(map[2], "corim.dependent-rims").flatMap { locator in
      reading.oneOrMore(locator[0]).compactMap { identifierText($0) }
    }
    profile =
      map[3].map { profile in reading.oneOrMore(profile).compactMap(identifierText).joined(separator: ", ") } ?? ""
    notBefore = map[4]?[0].flatMap(Self.time)
    notAfter = map[4]?[1].flatMap(Self.time)
    entities = reading.elements(map[5], "corim.entities").map {
      ConciseEntity($0, "corim.entities", roles: ["", "manifest-creator", "manifest-signer"], &reading)
    }
    otherTags.sort()
  }

  private mutating func take(part number: UInt64, _ content: CBORValue, _ reading: inout ConciseReading) {
    switch number {
    case 506:
      guard let item = reading.embedded(content, "concise-mid-tag"), let module = ConciseModule(item, &reading) else {
        return
      }
      modules.append(module)
    case 505, ConciseSoftwareTag.tag:
      guard var item = reading.embedded(content, "concise-swid-tag") else { return }
      if let (number, inner) = item.tagged, [505, ConciseSoftwareTag.tag].contains(number) { item = inner }
      guard let tag = ConciseSoftwareTag(item, &reading) else { return }
      softwareTags.append(tag)
    default: otherTags.append(number)
    }
  }

  /// Tag 1 with whole or broken seconds.
  private static func time(_ value: CBORValue) -> Int64? {
    let number = value.tagged?.value ?? value
    if case .float(let seconds) = number.content { return Int64(exactly: seconds.rounded(.down)) }
    return number.integer
  }
}

extension COSESignedMessage {
  /// Whether the header says that a manifest is signed.
  ///
  /// Source: draft-ietf-rats-corim, section "Media Types"; RFC 9393, section 10.3.
  var namesManifest: Bool {
    ["application/rim+cbor", "application/corim", "application/swid"].contains { contentType.hasPrefix($0) }
  }
}
