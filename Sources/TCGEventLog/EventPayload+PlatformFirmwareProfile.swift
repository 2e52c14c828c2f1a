import ByteReading

/// Event data that the TCG PC Client Platform Firmware Profile defines.
extension EventPayload {
  /// The data of an `EV_NO_ACTION` event, told apart by a signature of 16 bytes.
  ///
  /// Source: Platform Firmware Profile 1.05, section 10.4.5.
  init(noActionFrom reader: inout ByteReader) throws(ParseError) {
    guard let signature = reader.peek(16) else {
      self = .opaque
      return
    }
    if signature == Self.startupLocalitySignature {
      _ = try reader.skip(16, "TCG_EfiStartupLocalityEvent.signature")
      // Coreboot writes bytes of padding behind the locality.
      self = .startupLocality(try reader.uint8("TCG_EfiStartupLocalityEvent.startupLocality"))
    } else if SpecificationIDEvent.Signature.allCases.contains(where: { $0.bytes == signature }) {
      var problems: [ParseError] = []
      let specification = try SpecificationIDEvent(from: &reader, problems: &problems)
      if let first = problems.first { throw first }
      self = .specificationID(specification)
    } else {
      self = .opaque
    }
  }

  private static let startupLocalitySignature = Array("StartupLocality\0".utf8)
}
