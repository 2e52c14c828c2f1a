import ByteReading

/// An integrity report: an XML document in which an attestation service of the time of TPM 1.2 keeps one capture, with its
/// quote, the register values and the measurements.
///
/// Source: TCG IWG Integrity Report Schema 1.0 as Open Attestation writes it, and the reports of HIRS.
public struct IntegrityReport: Equatable, Sendable {
  public enum Dialect: String, Equatable, Sendable {
    case openAttestation = "Open Attestation"
    case hirs = "HIRS"
  }

  public var dialect: Dialect
  /// The report's name for itself.
  public var identifier: String?
  /// Whose key the report says signed; Open Attestation puts the name of the host there.
  public var keyName: String?
  public var quotes: [ReportedQuote] = []
  /// SHA-1 register values that stand beside the quote. Nothing here has checked that they are the quoted ones.
  public var registers: [Int: [UInt8]] = [:]
  /// What the report says of the log of each register.
  public var snapshots: [RegisterSnapshot] = []
  /// Records of the kernel's measurement list, in the order of the report.
  public var records: [ReportedRecord] = []
  /// HIRS: how many records earlier reports of this boot hold.
  public var startIndex: Int?
  /// HIRS: the boot that the records belong to.
  public var bootCycle: String?
}

/// A TPM 1.2 quote as its parts stand in a report. It is not verified.
public struct ReportedQuote: Equatable, Sendable {
  /// `QUOT` or `QUT2`; the element's name does not decide.
  public var fixed: String?
  public var compositeDigest: [UInt8]?
  /// `externalData` of the quote.
  public var nonce: [UInt8]?
}

/// The log of one register between two values.
public struct RegisterSnapshot: Equatable, Sendable {
  public var register: Int
  public var start: [UInt8]?
  public var end: [UInt8]?
  public var eventCount: Int
}

/// One record of the kernel's list in the parts that its binary form has.
public struct ReportedRecord: Equatable, Sendable {
  public var register: Int
  public var templateName: String
  /// As recorded; of reports that do not hold it, computed.
  public var templateDigest: [UInt8]
  /// As the binary list has it, for template `ima` with the length of the name.
  public var templateData: [UInt8]
  /// Where it stands in the report, bytes from its start.
  public var range: Range<Int>
}
