import ByteReading
import ContainerInventory
import Digests
import IMALog
import IntegrityReports
import TPMStructures

/// What an integrity report carries, in the form in which other files bring it.
public struct CarriedEvidence: Sendable {
  public var report: IntegrityReport
  /// The kernel's records; nil when the report holds none. The problems are those of the whole document.
  public var list: Parsed<MeasurementList>?
  /// Problems of the document, in its order.
  public var problems: [ParseError]
  /// Devices of host and containers, where the report names them.
  public var inventory: Parsed<ContainerInventory>?

  /// Nil when the document is no report.
  init?(_ bytes: [UInt8], file: String) {
    guard let parsed = IntegrityReport.parse(bytes, file: file) else { return nil }
    report = parsed.value
    problems = parsed.problems
    inventory = ContainerInventory.parseXML(bytes, file: file)
    guard !report.records.isEmpty else { return }
    var records = MeasurementList.Records(byteCount: bytes.count)
    for record in report.records {
      if let error = records.append(
        registerIndex: UInt32(clamping: record.register), templateDigest: record.templateDigest,
        templateName: Array(record.templateName.utf8), templateData: record.templateData, range: record.range,
        file: file)
      {
        problems.append(error)
      }
    }
    problems.sort { $0.offset < $1.offset }
    list = records.list(file: file, problems: problems, unread: parsed.unread)
  }

  /// The report holds a TPM 1.2 quote, which this version does not verify.
  public var holdsQuote: Bool { !report.quotes.isEmpty }

  /// Register values that the report gives. Nothing has verified them.
  public var registers: RegisterValues? {
    guard !report.registers.isEmpty else { return nil }
    var values = RegisterValues()
    for (register, value) in report.registers { values[.sha1, register] = value }
    return values
  }
}

extension EvidenceContent {
  /// The measurement list that the file is or carries.
  public var measurementList: Parsed<MeasurementList>? {
    switch self {
    case .measurementList(let list): list
    case .integrityReport(let carried): carried.list
    default: nil
    }
  }

  /// The inventory of containers that the file is or carries. That of an `inquest.yaml` is read where descriptions are.
  public var containerInventory: Parsed<ContainerInventory>? {
    switch self {
    case .containerInventory(let inventory): inventory
    case .integrityReport(let carried): carried.inventory
    default: nil
    }
  }

  /// Register values that no quote vouches for.
  public var unsignedRegisters: RegisterValues? {
    switch self {
    case .registerListing(let listing): listing.values.isEmpty ? nil : listing.values
    case .integrityReport(let carried): carried.registers
    default: nil
    }
  }
}
