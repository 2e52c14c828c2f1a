import ByteReading
import CBORReading

/// A Concise Module Identifier: what a maker says of the parts of a platform.
///
/// Source: draft-ietf-rats-corim, section "Concise Module Identifier (CoMID)".
public struct ConciseModule: Equatable, Sendable {
  /// A statement about one part: values that its evidence must have, or that hold when it has been recognised.
  public struct Triple: Equatable, Sendable {
    public var environment: Environment
    public var measurements: [Measurement]
  }

  /// What the statement is about. Texts are escaped and empty where the document says nothing.
  public struct Environment: Equatable, Sendable {
    public var classIdentifier = ""
    public var vendor = ""
    public var model = ""
    public var layer: UInt64?
    public var index: UInt64?
    public var instance = ""
    public var group = ""
  }

  public struct Measurement: Equatable, Sendable {
    public enum Key: Equatable, Sendable {
      case number(UInt64)
      case text(String)
      /// A UUID, an object identifier or bytes, as text.
      case identifier(String)
    }

    public var key: Key?
    /// Empty when the document has none.
    public var name = ""
    public var version = ""
    /// `svn`; the smallest one that is accepted where `isMinimumSecurityVersion` is set.
    public var securityVersion: UInt64?
    public var isMinimumSecurityVersion = false
    public var digests: [ConciseDigest] = []
    public var rawValue: [UInt8]?
    /// As long as the raw value; bits that are zero are not compared. Nil when all are.
    public var rawValueMask: [UInt8]?
    public var serialNumber = ""
    public var registers: [Register] = []
    /// Numbers of the claims that stand beside these, ascending: they are not compared.
    public var otherClaims: [Int64] = []
  }

  /// An integrity register: each of the digests is a value that it may have.
  public struct Register: Equatable, Sendable {
    /// A number, or the number that a text such as `PCR 7` has; nil for other texts.
    public var index: UInt64?
    public var name: String
    public var digests: [ConciseDigest]
  }

  public var identifier: String
  public var version: UInt64?
  public var entities: [ConciseEntity]
  public var references: [Triple]
  public var endorsements: [Triple]
  /// Numbers of other kinds of triples, with how many there are of each, ascending. They are not used.
  public var otherTriples: [OtherTriples]

  public struct OtherTriples: Equatable, Sendable {
    public var number: Int64
    public var count: Int

    /// Source: draft-ietf-rats-corim, `triples-map`.
    public var name: String {
      switch number {
      case 2: "identity"
      case 3: "attest-key"
      case 4: "dependency"
      case 5: "membership"
      case 6: "coswid"
      case 8: "conditional-endorsement-series"
      case 10: "conditional-endorsement"
      default: "\(number)"
      }
    }
  }

  /// Whether the item is a map with the two entries that every module has.
  static func isLikely(_ value: CBORValue) -> Bool { value[1]?[0] != nil && value[4]?.pairs != nil }

  /// Nil, with a problem, when the item is no such map.
  init?(_ value: CBORValue, _ reading: inout ConciseReading) {
    guard let identity = value[1], let identifier = identity[0].flatMap(identifierText), let triples = value[4],
      let kinds = triples.pairs
    else {
      reading.report(value, "concise-mid-tag", expected: "a map with a tag-identity and triples")
      return nil
    }
    self.identifier = identifier
    version = identity[1]?.integer.flatMap { UInt64(exactly: $0) }
    entities = reading.elements(value[2], "comid.entities").map {
      ConciseEntity($0, "comid.entities", roles: ["tag-creator", "creator", "maintainer"], &reading)
    }
    references = Self.triples(triples[0], "reference-triples", &reading)
    endorsements = Self.triples(triples[1], "endorsed-triples", &reading)
    otherTriples = kinds.compactMap { pair in
      guard let number = pair.key.integer, number != 0, number != 1 else { return nil }
      return OtherTriples(number: number, count: pair.value.elements?.count ?? 1)
    }.sorted { $0.number < $1.number }
  }

  private static func triples(_ value: CBORValue?, _ field: String, _ reading: inout ConciseReading) -> [Triple] {
    var triples: [Triple] = []
    for record in reading.elements(value, field) {
      guard let parts = record.elements, parts.count == 2, parts[0].pairs != nil else {
        reading.report(record, field, expected: "an environment and its measurements")
        continue
      }
      // Older documents have one measurement where newer ones have a list.
      let records = parts[1].pairs == nil ? reading.elements(parts[1], field) : [parts[1]]
      var measurements: [Measurement] = []
      for record in records {
        if let measurement = Measurement(record, &reading) { measurements.append(measurement) }
      }
      triples.append(Triple(environment: Environment(parts[0], &reading), measurements: measurements))
    }
    return triples
  }
}

extension ConciseModule.Environment {
  fileprivate init(_ value: CBORValue, _ reading: inout ConciseReading) {
    if let kind = value[0] {
      classIdentifier = kind[0].flatMap(identifierText) ?? ""
      vendor = reading.text(kind[1], "class.vendor")
      model = reading.text(kind[2], "class.model")
      layer = kind[3]?.integer.flatMap { UInt64(exactly: $0) }
      index = kind[4]?.integer.flatMap { UInt64(exactly: $0) }
    }
    instance = value[1].flatMap(identifierText) ?? ""
    group = value[2].flatMap(identifierText) ?? ""
  }
}

extension ConciseModule.Measurement {
  fileprivate init?(_ value: CBORValue, _ reading: inout ConciseReading) {
    guard let values = value[1], let claims = values.pairs else {
      reading.report(value, "measurement-map", expected: "a map with the measurement's values")
      return nil
    }
    if let found = value[0] {
      switch found.content {
      case .unsigned(let number): key = .number(number)
      case .text(let text): key = .text(escapedText(text.utf8))
      default: key = identifierText(found).map { .identifier($0) }
      }
    }
    version = values[0].map { reading.text($0[0], "version") } ?? ""
    take(securityVersion: values[1])
    digests = reading.digests(values[2], "digests")
    take(rawValue: values[4])
    serialNumber = reading.text(values[8], "serial-number")
    name = reading.text(values[11], "name")
    registers = (values[14]?.pairs ?? []).map { .init($0, &reading) }
    let read: Set<Int64> = [0, 1, 2, 4, 8, 11, 14]
    otherClaims = claims.compactMap { $0.key.integer }.filter { !read.contains($0) }.sorted()
  }

  private mutating func take(securityVersion value: CBORValue?) {
    let (tag, number) = (value?.tagged?.number, value?.tagged?.value.integer ?? value?.integer)
    securityVersion = number.flatMap { UInt64(exactly: $0) }
    isMinimumSecurityVersion = tag == 553
  }

  private mutating func take(rawValue value: CBORValue?) {
    guard let value else { return }
    // tagged-masked-raw-value: the value and its mask.
    if let (tag, inner) = value.tagged, tag == 563, let parts = inner.elements, parts.count == 2 {
      (rawValue, rawValueMask) = (parts[0].bytes, parts[1].bytes)
    } else {
      rawValue = value.tagged?.value.bytes ?? value.bytes
    }
  }
}

extension ConciseModule.Register {
  fileprivate init(_ pair: CBORPair, _ reading: inout ConciseReading) {
    name = identifierText(pair.key) ?? ""
    switch pair.key.content {
    case .unsigned(let number): index = number
    case .text(let text): index = registerIndex(ofName: text)
    default: index = nil
    }
    digests = reading.digests(pair.value, "integrity-registers")
  }
}

/// The number in `PCR 7`, `pcr7`, `PCR-07`, `pcr_7` or `7`; nil for every other text.
func registerIndex(ofName text: String) -> UInt64? {
  var rest = Array(text.utf8)
  if rest.count > 3, String(decoding: rest.prefix(3), as: UTF8.self).lowercased() == "pcr" {
    rest.removeFirst(3)
    if rest.count > 1, let first = rest.first, " -_".utf8.contains(first) { rest.removeFirst() }
  }
  guard (1...2).contains(rest.count), rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return UInt64(String(decoding: rest, as: UTF8.self))
}
