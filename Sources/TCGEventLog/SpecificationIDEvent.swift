import ByteReading
import Digests

/// The record that says by which specification a log is written.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.4.5.1, `TCG_EfiSpecIdEvent`; for `.bios` PC Client
/// Implementation 1.21, section 11.3.4.1; for `.efi12` TCG EFI Platform 1.22, section 7.4. Little-endian.
public struct SpecificationIDEvent: Equatable, Sendable {
  public enum Signature: String, Sendable, CaseIterable {
    /// A TPM 1.2 log of a BIOS.
    case bios = "Spec ID Event00"
    /// A TPM 1.2 log of UEFI firmware.
    case efi12 = "Spec ID Event02"
    /// A crypto-agile log.
    case cryptoAgile = "Spec ID Event03"

    /// The 16 bytes of the log: the text and a NUL.
    var bytes: [UInt8] { Array(rawValue.utf8) + [0] }
  }

  /// One row of the table of algorithms.
  ///
  /// Source: Platform Firmware Profile 1.05, section 10.4.5.1, `TCG_EfiSpecIdEventAlgorithmSize`.
  public struct AlgorithmSize: Equatable, Sendable {
    public var rawAlgorithm: UInt16
    /// nil when the number is unknown to us.
    public var algorithm: HashAlgorithm? { HashAlgorithm(rawValue: rawAlgorithm) }
    /// Bytes of one digest, as the log says.
    public var digestByteCount: UInt16
    /// Where the row starts, in bytes from the start of the file.
    public var offset: Int
  }

  public var signature: Signature
  /// 0 client, 1 server.
  public var platformClass: UInt32
  public var versionMinor: UInt8
  public var versionMajor: UInt8
  public var errata: UInt8
  /// Size of a `UINTN` in the log's pointers: 1 is four bytes, 2 is eight; nil in a BIOS log, which has none.
  public var uintnSize: UInt8?
  /// Empty in a SHA-1 log.
  public var algorithms: [AlgorithmSize]
  public var vendorInfo: [UInt8]

  /// Reads the body of the record. A fault behind the table of algorithms spoils nothing that the records need, so it
  /// goes into `problems`; one before it is thrown.
  init(from reader: inout ByteReader, problems: inout [ParseError]) throws(ParseError) {
    let start = reader.position
    let signatureBytes = try reader.bytes(16, "TCG_EfiSpecIdEvent.signature")
    guard let signature = Signature.allCases.first(where: { $0.bytes == signatureBytes }) else {
      throw reader.failure(
        "TCG_EfiSpecIdEvent.signature", expected: "Spec ID Event00, 02 or 03",
        found: escapedText(signatureBytes), at: start)
    }
    self.signature = signature
    platformClass = try reader.uint32("TCG_EfiSpecIdEvent.platformClass")
    versionMinor = try reader.uint8("TCG_EfiSpecIdEvent.specVersionMinor")
    versionMajor = try reader.uint8("TCG_EfiSpecIdEvent.specVersionMajor")
    errata = try reader.uint8("TCG_EfiSpecIdEvent.specErrata")
    let uintn = try reader.uint8("TCG_EfiSpecIdEvent.uintnSize")
    // The byte is reserved in a BIOS log.
    uintnSize = signature == .bios ? nil : uintn
    algorithms = []
    vendorInfo = []
    if signature == .cryptoAgile { try readAlgorithms(from: &reader, problems: &problems) }
    do throws(ParseError) {
      let vendorInfoSize = try reader.uint8("TCG_EfiSpecIdEvent.vendorInfoSize")
      vendorInfo = try reader.bytes(Int(vendorInfoSize), "TCG_EfiSpecIdEvent.vendorInfo")
      try reader.expectEnd(of: "TCG_EfiSpecIdEvent")
    } catch {
      problems.append(error)
    }
  }

  private mutating func readAlgorithms(from reader: inout ByteReader, problems: inout [ParseError])
    throws(ParseError)
  {
    let count = try reader.uint32("TCG_EfiSpecIdEvent.numberOfAlgorithms")
    var seen: Set<UInt16> = []
    // Every turn reads four bytes, so a count too large ends with the record.
    for number in 0..<count {
      let field = "TCG_EfiSpecIdEvent.digestSizes[\(number)]"
      let offset = reader.position
      let row = AlgorithmSize(
        rawAlgorithm: try reader.uint16(field + ".algorithmId"),
        digestByteCount: try reader.uint16(field + ".digestSize"), offset: offset)
      if !seen.insert(row.rawAlgorithm).inserted {
        problems.append(
          reader.failure(
            field + ".algorithmId", expected: "each algorithm once",
            found: "0x" + String(row.rawAlgorithm, radix: 16) + " again", at: offset))
        continue
      }
      if let known = row.algorithm, known.digestByteCount != Int(row.digestByteCount) {
        problems.append(
          reader.failure(
            field + ".digestSize", expected: "\(known.digestByteCount) for \(known.name)",
            found: "\(row.digestByteCount)", at: offset + 2))
      }
      algorithms.append(row)
    }
  }
}

/// How long the digests of a log are.
///
/// An algorithm we know has its registered length whatever the header says: a header that says otherwise is damaged,
/// and the records behind it are not. The header's table lets all others be stepped over.
struct DigestSizes {
  private var unknown: [UInt16: Int] = [:]

  init(_ specification: SpecificationIDEvent?) {
    for row in specification?.algorithms ?? [] where row.algorithm == nil {
      unknown[row.rawAlgorithm] = Int(row.digestByteCount)
    }
  }

  subscript(algorithm: UInt16) -> Int? {
    HashAlgorithm(rawValue: algorithm)?.digestByteCount ?? unknown[algorithm]
  }
}
