import ByteReading

/// The headers as far as the digest of an image depends on them.
///
/// Source: PE Format, "MS-DOS Stub", "COFF File Header", "Optional Header", "Section Table".
struct PEHeaders {
  var format: PortableExecutable.Format
  var machine: UInt16
  var subsystem: UInt16
  var sections: [PortableExecutable.Section] = []
  /// Where `CheckSum` stands, four bytes.
  private var checkSum: Int
  /// Where the directory entry of the certificate table stands, eight bytes; nil when the directory is too short for one.
  private var certificateEntry: Int?
  private var certificateTable: Range<Int> = 0..<0
  private var headerByteCount: Int

  private static let certificateDirectory: UInt32 = 4

  init(from reader: inout ByteReader) throws(ParseError) {
    let fileByteCount = reader.remaining
    var coff = try Self.coffHeader(&reader)
    machine = try coff.uint16("IMAGE_FILE_HEADER.Machine")
    let sectionCount = Int(try coff.uint16("IMAGE_FILE_HEADER.NumberOfSections"))
    try coff.skip(12, "IMAGE_FILE_HEADER.TimeDateStamp")
    let optionalByteCount = Int(try coff.uint16("IMAGE_FILE_HEADER.SizeOfOptionalHeader"))
    try coff.skip(2, "IMAGE_FILE_HEADER.Characteristics")

    let optionalStart = coff.position
    var optional = try coff.slice(optionalByteCount, "IMAGE_OPTIONAL_HEADER")
    format = try Self.format(&optional)
    try optional.skip(58, "IMAGE_OPTIONAL_HEADER.MajorLinkerVersion")
    let headerPlace = optional.position
    headerByteCount = Int(try optional.uint32("IMAGE_OPTIONAL_HEADER.SizeOfHeaders"))
    checkSum = optional.position
    try optional.skip(4, "IMAGE_OPTIONAL_HEADER.CheckSum")
    subsystem = try optional.uint16("IMAGE_OPTIONAL_HEADER.Subsystem")
    try optional.skip(format == .pe32 ? 22 : 38, "IMAGE_OPTIONAL_HEADER.DllCharacteristics")
    let directoryCount = try optional.uint32("IMAGE_OPTIONAL_HEADER.NumberOfRvaAndSizes")
    if directoryCount > Self.certificateDirectory {
      try optional.skip(32, "IMAGE_OPTIONAL_HEADER.DataDirectory")
      certificateEntry = optional.position
      certificateTable = try Self.certificateTable(&optional, fileByteCount)
    }
    for _ in 0..<sectionCount { sections.append(try Self.section(&coff, fileByteCount)) }
    // Both places that the digest leaves out must lie in the header, or the digest would begin within them.
    guard headerByteCount >= optionalStart + optionalByteCount, headerByteCount <= fileByteCount else {
      throw reader.failure(
        "IMAGE_OPTIONAL_HEADER.SizeOfHeaders",
        expected: "from \(optionalStart + optionalByteCount) to \(fileByteCount)", found: "\(headerByteCount)",
        at: headerPlace)
    }
  }

  /// The COFF header and what follows it.
  @_lifetime(copy reader)
  private static func coffHeader(_ reader: inout ByteReader) throws(ParseError) -> ByteReader {
    let magic = try reader.uint16("IMAGE_DOS_HEADER.e_magic")
    guard magic == 0x5a4d else {
      throw reader.failure("IMAGE_DOS_HEADER.e_magic", expected: "MZ", found: "0x\(String(magic, radix: 16))", at: 0)
    }
    try reader.skip(0x3a, "IMAGE_DOS_HEADER")
    let offset = Int(try reader.uint32("IMAGE_DOS_HEADER.e_lfanew"))
    guard offset >= 0x40 else {
      throw reader.failure("IMAGE_DOS_HEADER.e_lfanew", expected: "at least 64", found: "\(offset)", at: 0x3c)
    }
    try reader.skip(offset - 0x40, "MS-DOS stub")
    try reader.expect(0x0000_4550, "PE signature")
    return try reader.slice(reader.remaining, "IMAGE_FILE_HEADER")
  }

  private static func format(_ optional: inout ByteReader) throws(ParseError) -> PortableExecutable.Format {
    let place = optional.position
    switch try optional.uint16("IMAGE_OPTIONAL_HEADER.Magic") {
    case 0x10b: return .pe32
    case 0x20b: return .pe32Plus
    case let other:
      throw optional.failure(
        "IMAGE_OPTIONAL_HEADER.Magic", expected: "0x10b or 0x20b", found: "0x\(String(other, radix: 16))", at: place)
    }
  }

  /// The only directory whose address is an offset in the file.
  private static func certificateTable(
    _ optional: inout ByteReader, _ fileByteCount: Int
  ) throws(ParseError) -> Range<Int> {
    let place = optional.position
    let start = Int(try optional.uint32("certificate table.VirtualAddress"))
    let count = Int(try optional.uint32("certificate table.Size"))
    if count == 0 { return 0..<0 }
    // Firmware hashes up to the file's size less that of the table: only for a table at the end is that the same as
    // leaving the table out.
    guard start <= fileByteCount, fileByteCount - start == count else {
      throw optional.failure(
        "certificate table", expected: "to end with the file, at \(fileByteCount)",
        found: "\(count) bytes at \(start)", at: place)
    }
    return start..<fileByteCount
  }

  private static func section(
    _ table: inout ByteReader, _ fileByteCount: Int
  ) throws(ParseError) -> PortableExecutable.Section {
    let name = try table.bytes(8, "IMAGE_SECTION_HEADER.Name")
    let virtualSize = try table.uint32("IMAGE_SECTION_HEADER.VirtualSize")
    let virtualAddress = try table.uint32("IMAGE_SECTION_HEADER.VirtualAddress")
    let place = table.position
    let count = Int(try table.uint32("IMAGE_SECTION_HEADER.SizeOfRawData"))
    let start = Int(try table.uint32("IMAGE_SECTION_HEADER.PointerToRawData"))
    try table.skip(16, "IMAGE_SECTION_HEADER.PointerToRelocations")
    // A section of zeros has no data in the file, whatever its pointer says.
    let rawStart = count == 0 ? 0 : start
    guard rawStart <= fileByteCount, count <= fileByteCount - rawStart else {
      throw table.failure(
        "IMAGE_SECTION_HEADER.SizeOfRawData", expected: "data inside the file of \(fileByteCount) bytes",
        found: "\(count) bytes at \(start)", at: place)
    }
    let contentCount = virtualSize == 0 ? count : min(count, Int(virtualSize))
    return PortableExecutable.Section(
      name: Array(name.prefix { $0 != 0 }), virtualSize: virtualSize, virtualAddress: virtualAddress,
      content: rawStart..<rawStart + contentCount, rawData: rawStart..<rawStart + count)
  }

  /// The headers without `CheckSum` and the certificate table's directory entry, the sections by their place in the file,
  /// and what follows them up to the certificate table.
  ///
  /// Source: Microsoft, "Windows Authenticode Portable Executable Signature Format", "Calculating the PE Image Hash";
  /// EDK II, `MeasurePeImageAndExtend`.
  func digestedRanges(fileByteCount: Int, file: String) throws(ParseError) -> [Range<Int>] {
    var ranges = [0..<checkSum]
    if let entry = certificateEntry {
      ranges += [checkSum + 4..<entry, entry + 8..<headerByteCount]
    } else {
      ranges.append(checkSum + 4..<headerByteCount)
    }
    var hashed = headerByteCount
    let end = fileByteCount - certificateTable.count
    let inOrder = sections.enumerated().sorted { left, right in
      (left.element.rawData.lowerBound, left.offset) < (right.element.rawData.lowerBound, right.offset)
    }
    for (_, section) in inOrder where !section.rawData.isEmpty {
      hashed += section.rawData.count
      // Sections of which each may be as large as the file: without a bound the work has none, and what the firmware
      // would measure past its own count is not defined.
      guard hashed <= end else {
        throw ParseError(
          file: file, offset: section.rawData.lowerBound, field: "section \(escapedText(section.name))",
          expected: "sections that lie side by side before byte \(end)",
          found: "\(hashed) bytes of headers and sections")
      }
      ranges.append(section.rawData)
    }
    if hashed < end { ranges.append(hashed..<end) }
    return ranges
  }

  /// Source: PE Format, "The Attribute Certificate Table": each entry begins at a multiple of eight.
  func certificates(
    _ bytes: [UInt8], file: String
  ) throws(ParseError) -> [PortableExecutable.AttributeCertificate] {
    let base = certificateTable.lowerBound
    return try Array(bytes[certificateTable]).read(file: file, byteOrder: .littleEndian, base: base) {
      (table) throws(ParseError) in
      var found: [PortableExecutable.AttributeCertificate] = []
      while !table.isAtEnd {
        let place = table.position
        let count = Int(try table.uint32("WIN_CERTIFICATE.dwLength"))
        guard count >= 8 else {
          throw table.failure("WIN_CERTIFICATE.dwLength", expected: "at least 8", found: "\(count)", at: place)
        }
        try table.skip(2, "WIN_CERTIFICATE.wRevision")
        let type = try table.uint16("WIN_CERTIFICATE.wCertificateType")
        found.append(.init(type: type, content: try table.bytes(count - 8, "WIN_CERTIFICATE.bCertificate")))
        try table.skip(min((8 - count % 8) % 8, table.remaining), "WIN_CERTIFICATE padding")
      }
      return found
    }
  }
}
