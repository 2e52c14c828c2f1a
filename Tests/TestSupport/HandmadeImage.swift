/// A PE32+ or PE32 image made by hand, byte by byte after the table of fields in "PE Format".
public struct HandmadeImage {
  public var isPlus = true
  public var directoryCount = 16
  public var subsystem: UInt16 = 10
  /// Name, virtual size, content; each is put at a multiple of 64.
  public var sections: [(name: String, virtualSize: Int, content: [UInt8])] = [
    (".text", 100, [UInt8](repeating: 0x90, count: 128)),
    (".sbat", 5, Array("sbat,".utf8) + [UInt8](repeating: 0, count: 59)),
  ]
  public var trailing: [UInt8] = []
  /// The content of one PKCS#7 entry.
  public var signature: [UInt8]?

  public init(
    isPlus: Bool = true, sections: [(name: String, virtualSize: Int, content: [UInt8])]? = nil
  ) {
    self.isPlus = isPlus
    if let sections { self.sections = sections }
  }

  public static let peOffset = 0x80
  public static let optionalOffset = peOffset + 24
  public static let checkSumOffset = optionalOffset + 64
  public var certificateEntryOffset: Int { Self.optionalOffset + (isPlus ? 144 : 128) }
  public var sectionTableOffset: Int { Self.optionalOffset + (isPlus ? 112 : 96) + 8 * directoryCount }
  public var headerByteCount: Int { (sectionTableOffset + 40 * sections.count + 63) / 64 * 64 }

  public static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  public var bytes: [UInt8] {
    var image = [UInt8](repeating: 0, count: headerByteCount)
    func put(_ value: Int, _ count: Int, at offset: Int) {
      image.replaceSubrange(offset..<offset + count, with: Self.little(value, count))
    }
    put(0x5a4d, 2, at: 0)
    put(Self.peOffset, 4, at: 0x3c)
    put(0x4550, 4, at: Self.peOffset)
    put(0x8664, 2, at: Self.peOffset + 4)
    put(sections.count, 2, at: Self.peOffset + 6)
    put(sectionTableOffset - Self.optionalOffset, 2, at: Self.peOffset + 20)
    put(isPlus ? 0x20b : 0x10b, 2, at: Self.optionalOffset)
    put(headerByteCount, 4, at: Self.optionalOffset + 60)
    put(0x1234_5678, 4, at: Self.checkSumOffset)
    put(Int(subsystem), 2, at: Self.optionalOffset + 68)
    put(directoryCount, 4, at: Self.optionalOffset + (isPlus ? 108 : 92))
    var place = headerByteCount
    for (index, section) in sections.enumerated() {
      let header = sectionTableOffset + 40 * index
      image.replaceSubrange(header..<header + section.name.utf8.count, with: section.name.utf8)
      put(section.virtualSize, 4, at: header + 8)
      put(0x1000 * (index + 1), 4, at: header + 12)
      put(section.content.count, 4, at: header + 16)
      put(place, 4, at: header + 20)
      place += section.content.count
    }
    for section in sections { image += section.content }
    image += trailing
    if let signature {
      image += [UInt8](repeating: 0, count: (8 - image.count % 8) % 8)
      let entry = Self.little(signature.count + 8, 4) + [0, 2, 2, 0] + signature
      let table = entry + [UInt8](repeating: 0, count: (8 - entry.count % 8) % 8)
      put(image.count, 4, at: certificateEntryOffset)
      put(table.count, 4, at: certificateEntryOffset + 4)
      image += table
    }
    return image
  }
}
