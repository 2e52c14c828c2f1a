import ByteReading

/// What the data of an event says. The bytes themselves stay in `Event.data`.
///
/// Each specification has a file of its own that reads its structures; this type only knows which file to ask.
///
/// Indirect: most events have none of it, and a log has tens of thousands, which are moved and copied.
public indirect enum EventPayload: Equatable, Sendable {
  /// The locality from which the TPM was started.
  case startupLocality(UInt8)
  /// The platform measured itself before the TPM was started.
  case hcrtm
  case specificationID(SpecificationIDEvent)
  case variable(UEFIVariableData)
  /// The format is unknown to us; nothing is wrong.
  case opaque
  /// The format is known and the data breaks it.
  case undecodable(ParseError)

  init(of type: EventType, from reader: inout ByteReader) {
    do throws(ParseError) {
      switch type {
      case .noAction: self = try Self(noActionFrom: &reader)
      case .efiHCRTMEvent: self = .hcrtm
      case .efiVariableDriverConfig, .efiVariableBoot, .efiVariableBoot2, .efiVariableAuthority:
        self = .variable(try UEFIVariableData(from: &reader))
      default: self = .opaque
      }
    } catch {
      self = .undecodable(error)
    }
  }
}
