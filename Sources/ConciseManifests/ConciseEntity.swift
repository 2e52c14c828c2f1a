import ByteReading
import CBORReading

/// An organisation that a document names, with what it has to do with it.
public struct ConciseEntity: Equatable, Sendable {
  /// Escaped.
  public var name: String
  /// A URI; empty when the document has none.
  public var registrationID: String
  public var roles: [String]
}

extension ConciseEntity {
  /// An entity of CoRIM or CoMID, whose roles are numbered from 0 on in the order of `names`.
  init(_ value: CBORValue, _ field: String, roles names: [String], _ reading: inout ConciseReading) {
    name = reading.text(value[0], field)
    registrationID = value[1].flatMap { identifierText($0) } ?? ""
    roles = reading.oneOrMore(value[2]).compactMap { role in
      role.integer.map { names.indices.contains(Int(clamping: $0)) ? names[Int(clamping: $0)] : "\($0)" }
    }
  }

  /// An entity of CoSWID.
  ///
  /// Source: RFC 9393, section 2.6 and table 5.
  init(softwareEntity value: CBORValue, _ reading: inout ConciseReading) {
    let names = [
      1: "tag-creator", 2: "software-creator", 3: "aggregator", 4: "distributor", 5: "licensor", 6: "maintainer",
    ]
    name = reading.text(value[31], "entity-name")
    registrationID = value[32].flatMap { identifierText($0) } ?? ""
    roles = reading.oneOrMore(value[33]).compactMap { role in
      role.integer.map { names[Int(clamping: $0)] ?? "\($0)" } ?? role.text.map { escapedText($0.utf8) }
    }
  }
}
