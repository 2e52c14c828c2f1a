import ByteReading

extension ELFInformation {
  /// Most names of needed libraries that are read of one file, and most bytes of one name: real files stay far below.
  private static let neededCount = 4096
  private static let nameByteCount = 4096

  /// Reads the first bytes of an ELF file, or all of it; nil when they are none. What lies beyond them or makes no sense
  /// is left out: the kernel's loader refuses such files, and their digest says what they are.
  ///
  /// Source: System V gABI, "ELF Header", "Program Header" and "Dynamic Section".
  public init?(_ bytes: [UInt8]) {
    guard let file = ELFFile(bytes), let header = try? file.header() else { return nil }
    self.init(
      type: ObjectType(rawValue: header.type) ?? .none, hasInterpreter: false, soname: nil, needed: [])
    let segments = file.segments(header)
    hasInterpreter = segments.contains { $0.type == ELFFile.interpreterSegment }
    guard let dynamic = segments.first(where: { $0.type == ELFFile.dynamicSegment }) else { return }
    let entries = file.dynamicEntries(dynamic)
    guard let strings = entries.first(where: { $0.tag == ELFFile.stringTableTag }),
      let table = ELFFile.offset(of: strings.value, in: segments)
    else { return }
    let name = { (value: UInt64) in file.name(at: value, in: table, limit: Self.nameByteCount) }
    soname = entries.first { $0.tag == ELFFile.sonameTag }.flatMap { name($0.value) }
    needed = entries.filter { $0.tag == ELFFile.neededTag }.prefix(Self.neededCount).compactMap { name($0.value) }
  }

  /// True when these first bytes are of an executable or a shared object, so that the rest is worth holding.
  static func mayBeDynamic(_ bytes: [UInt8]) -> Bool {
    guard let file = ELFFile(bytes), let header = try? file.header() else { return false }
    return header.type == ObjectType.executable.rawValue || header.type == ObjectType.shared.rawValue
  }
}

/// The bytes of an ELF file with its class and byte order. Every offset is the file's claim.
private struct ELFFile {
  static let dynamicSegment: UInt32 = 2
  static let interpreterSegment: UInt32 = 3
  static let loadSegment: UInt32 = 1
  static let neededTag: UInt64 = 1
  static let stringTableTag: UInt64 = 5
  static let sonameTag: UInt64 = 14

  struct Header {
    var type: UInt16
    var segmentsOffset: UInt64
    var segmentByteCount: Int
    var segmentCount: Int
  }

  struct Segment {
    var type: UInt32
    var offset: UInt64
    var address: UInt64
    var byteCount: UInt64
  }

  let bytes: [UInt8]
  let is64Bit: Bool
  let byteOrder: ByteOrder

  init?(_ bytes: [UInt8]) {
    guard bytes.count > 16, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    guard bytes[4] == 1 || bytes[4] == 2, bytes[5] == 1 || bytes[5] == 2 else { return nil }
    self.bytes = bytes
    is64Bit = bytes[4] == 2
    byteOrder = bytes[5] == 1 ? .littleEndian : .bigEndian
  }

  func header() throws(ParseError) -> Header {
    try read(at: 16) { reader throws(ParseError) in
      let type = try reader.uint16("e_type")
      try reader.skip(6, "e_machine, e_version")
      _ = try word(&reader, "e_entry")
      let offset = try word(&reader, "e_phoff")
      _ = try word(&reader, "e_shoff")
      try reader.skip(6, "e_flags, e_ehsize")
      let size = Int(try reader.uint16("e_phentsize"))
      return Header(
        type: type, segmentsOffset: offset, segmentByteCount: size, segmentCount: Int(try reader.uint16("e_phnum")))
    }
  }

  /// Program headers up to the first that the bytes do not hold.
  func segments(_ header: Header) -> [Segment] {
    var segments: [Segment] = []
    guard header.segmentByteCount >= (is64Bit ? 56 : 32), var offset = Int(exactly: header.segmentsOffset) else {
      return []
    }
    while segments.count < header.segmentCount, let segment = try? read(at: offset, segment) {
      segments.append(segment)
      // No overflow: the read showed that the offset lies in the bytes.
      offset += header.segmentByteCount
    }
    return segments
  }

  private func segment(_ reader: inout ByteReader) throws(ParseError) -> Segment {
    let type = try reader.uint32("p_type")
    if is64Bit { try reader.skip(4, "p_flags") }
    let offset = try word(&reader, "p_offset")
    let address = try word(&reader, "p_vaddr")
    _ = try word(&reader, "p_paddr")
    return Segment(type: type, offset: offset, address: address, byteCount: try word(&reader, "p_filesz"))
  }

  /// Entries of the dynamic section up to `DT_NULL` or the end of the bytes; only those that are looked at.
  func dynamicEntries(_ segment: Segment) -> [(tag: UInt64, value: UInt64)] {
    guard let offset = Int(exactly: segment.offset) else { return [] }
    let entries = try? read(at: offset) { reader throws(ParseError) in
      var entries: [(tag: UInt64, value: UInt64)] = []
      let count = min(segment.byteCount, UInt64(reader.remaining)) / (is64Bit ? 16 : 8)
      for _ in 0..<count {
        let tag = try word(&reader, "d_tag")
        let value = try word(&reader, "d_val")
        if tag == 0 { break }
        if [Self.neededTag, Self.stringTableTag, Self.sonameTag].contains(tag) { entries.append((tag, value)) }
      }
      return entries
    }
    return entries ?? []
  }

  /// Where in the file the byte lies that is loaded at `address`.
  static func offset(of address: UInt64, in segments: [Segment]) -> UInt64? {
    for segment in segments where segment.type == loadSegment && address >= segment.address {
      let distance = address - segment.address
      guard distance < segment.byteCount else { continue }
      let (offset, overflow) = segment.offset.addingReportingOverflow(distance)
      return overflow ? nil : offset
    }
    return nil
  }

  /// The text at an index of the string table; nil when it lies outside of the bytes or is too long.
  func name(at index: UInt64, in table: UInt64, limit: Int) -> [UInt8]? {
    let (sum, overflow) = table.addingReportingOverflow(index)
    guard !overflow, let start = Int(exactly: sum), start < bytes.count else { return nil }
    let text = bytes[start...].prefix(limit + 1).prefix { $0 != 0 }
    guard text.count <= limit, text.endIndex < bytes.count else { return nil }
    return Array(text)
  }

  /// An address or offset of the file's class.
  private func word(_ reader: inout ByteReader, _ field: String) throws(ParseError) -> UInt64 {
    is64Bit ? try reader.uint64(field) : UInt64(try reader.uint32(field))
  }

  private func read<Value>(
    at offset: Int, _ body: (inout ByteReader) throws(ParseError) -> Value
  ) throws(ParseError) -> Value {
    try bytes.read(file: "ELF", byteOrder: byteOrder) { (reader) throws(ParseError) in
      try reader.skip(offset, "offset")
      return try body(&reader)
    }
  }
}
