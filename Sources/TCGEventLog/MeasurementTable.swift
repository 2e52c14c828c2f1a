import ByteReading

/// The ACPI table `CCEL`, which says where the firmware of a confidential guest keeps its event log.
///
/// Source: ACPI 6.5, section 5.2.34, "Confidential Computing Event Log Table". Little-endian, 56 bytes.
public struct MeasurementTable: Equatable, Sendable {
  /// 2 for Intel TDX, 1 for AMD SEV.
  public var technology: UInt8
  public var subtype: UInt8
  /// Bytes reserved for the log.
  public var logAreaByteCount: UInt64
  /// Where the log lay in the guest's memory.
  public var logAreaAddress: UInt64
  public var manufacturer: [UInt8]
  /// The whole table adds up to zero.
  public var hasValidChecksum: Bool

  static let signature = Array("CCEL".utf8)
  static let byteCount = 56

  public var technologyName: String {
    switch technology {
    case 1: "AMD SEV"
    case 2: "Intel TDX"
    default: "\(technology)"
    }
  }

  /// Nil when the bytes do not begin with the table's signature.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<MeasurementTable>? {
    guard bytes.starts(with: signature), bytes.count <= 4096 else { return nil }
    return bytes.read(file: file, byteOrder: .littleEndian) { reader in
      var problems: [ParseError] = []
      do throws(ParseError) {
        let table = try MeasurementTable(from: &reader, whole: bytes, problems: &problems)
        return Parsed(value: table, problems: problems, unread: reader.position..<bytes.count)
      } catch {
        let nothing = MeasurementTable(
          technology: 0, subtype: 0, logAreaByteCount: 0, logAreaAddress: 0, manufacturer: [], hasValidChecksum: false)
        return Parsed(value: nothing, problems: [error], unread: 0..<bytes.count)
      }
    }
  }

  private init(
    technology: UInt8, subtype: UInt8, logAreaByteCount: UInt64, logAreaAddress: UInt64, manufacturer: [UInt8],
    hasValidChecksum: Bool
  ) {
    self.technology = technology
    self.subtype = subtype
    self.logAreaByteCount = logAreaByteCount
    self.logAreaAddress = logAreaAddress
    self.manufacturer = manufacturer
    self.hasValidChecksum = hasValidChecksum
  }

  private init(from reader: inout ByteReader, whole: [UInt8], problems: inout [ParseError]) throws(ParseError) {
    try reader.skip(4, "CCEL.Signature")
    let lengthOffset = reader.position
    let length = try reader.uint32("CCEL.Length")
    if Int(length) != whole.count || Int(length) < Self.byteCount {
      problems.append(
        reader.failure(
          "CCEL.Length", expected: "the file's \(whole.count) bytes", found: "\(length)", at: lengthOffset))
    }
    try reader.skip(2, "CCEL.Revision and Checksum")
    manufacturer = try reader.bytes(6, "CCEL.OEMID")
    try reader.skip(20, "CCEL.OEM and creator")
    technology = try reader.uint8("CCEL.CCType")
    subtype = try reader.uint8("CCEL.CCSubType")
    try reader.skip(2, "CCEL.Reserved")
    logAreaByteCount = try reader.uint64("CCEL.LAML")
    logAreaAddress = try reader.uint64("CCEL.LASA")
    hasValidChecksum = whole.reduce(UInt8(0)) { $0 &+ $1 } == 0
    if !hasValidChecksum {
      problems.append(
        reader.failure(
          "CCEL.Checksum", expected: "bytes that add up to zero", found: "others", at: 9))
    }
  }
}
