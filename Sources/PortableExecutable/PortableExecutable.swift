import ByteReading

/// A PE/COFF image: a boot loader, a kernel with EFI stub, a unified kernel image, an EFI driver.
///
/// Only what the measuring of images needs is read: the places of the header fields that no digest covers, the sections, and
/// the attribute certificates. Little-endian throughout.
///
/// Source: Microsoft, "PE Format"; UEFI 2.10, section 2.1.1.
public struct PortableExecutable: Sendable {
  public enum Format: String, Sendable {
    case pe32 = "PE32"
    case pe32Plus = "PE32+"
  }

  public let format: Format
  /// `IMAGE_FILE_MACHINE_*`, for example 0x8664.
  public let machine: UInt16
  /// `IMAGE_SUBSYSTEM_*`.
  public let subsystem: UInt16
  /// In the order of the section table.
  public let sections: [Section]
  /// In the order of the certificate table; empty for an unsigned image.
  public let certificates: [AttributeCertificate]
  /// The bytes that an Authenticode digest covers, in the order in which they are hashed.
  public let digestedRanges: [Range<Int>]
  /// The whole file.
  public let bytes: [UInt8]

  /// A section header and where its bytes lie.
  public struct Section: Equatable, Sendable {
    /// Up to 8 bytes, without the NULs that fill them up.
    public var name: [UInt8]
    public var virtualSize: UInt32
    public var virtualAddress: UInt32
    /// The raw data in the file, without the padding behind `virtualSize`.
    public var content: Range<Int>
    /// The raw data in the file as the header gives them.
    public var rawData: Range<Int>
  }

  /// A `WIN_CERTIFICATE`.
  public struct AttributeCertificate: Equatable, Sendable {
    /// 2 for PKCS#7 `SignedData`.
    public var type: UInt16
    /// What follows the eight bytes of header; a PKCS#7 may have padding behind it.
    public var content: [UInt8]

    public static let pkcs7: UInt16 = 2
  }

  /// - throws: when the headers break off, contradict each other, or describe data that the file does not have.
  public init(_ bytes: [UInt8], file: String) throws(ParseError) {
    let headers = try bytes.read(file: file, byteOrder: .littleEndian) { (reader) throws(ParseError) in
      try PEHeaders(from: &reader)
    }
    self.bytes = bytes
    format = headers.format
    machine = headers.machine
    subsystem = headers.subsystem
    sections = headers.sections
    digestedRanges = try headers.digestedRanges(fileByteCount: bytes.count, file: file)
    certificates = try headers.certificates(bytes, file: file)
  }

  /// True for what firmware loads and measures: EFI applications, boot service and runtime drivers, and boot applications.
  ///
  /// Source: PE Format, "Windows Subsystem": 10 to 13, and 16.
  public var isBootImage: Bool { (10...13).contains(subsystem) || subsystem == 16 }

  /// The content of the first section of that name; nil when there is none.
  public func content(ofSection name: String) -> [UInt8]? {
    sections.first { $0.name.elementsEqual(name.utf8) }.map { Array(bytes[$0.content]) }
  }
}
