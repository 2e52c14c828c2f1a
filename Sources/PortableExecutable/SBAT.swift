import ByteReading

/// Generation numbers of boot components, as an image carries them in `.sbat` and as `SbatLevel` demands them.
///
/// Source: shim, SBAT.md: lines of comma-separated values, the first two being the component's name and its generation.
public struct SBAT: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var component: String
    public var generation: UInt32
    /// The further values of the line: vendor, package, version, address; for a level the date.
    public var details: [String]
  }

  /// In the order of the text.
  public var entries: [Entry]
  /// Lines that are no entry, escaped. Shim refuses an image with such a line.
  public var faults: [String]

  /// The text ends at the first NUL. At most 4096 lines are read.
  public init(_ text: [UInt8]) {
    entries = []
    faults = []
    let lines = text.prefix { $0 != 0 }.split(separator: 0x0a, maxSplits: Self.lineCount)
    for line in lines.prefix(Self.lineCount) {
      let values = line.filter { $0 != 0x0d }.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { escapedText($0) }
      if values.count >= 2, !values[0].isEmpty, let generation = UInt32(values[1]), generation > 0 {
        entries.append(Entry(component: values[0], generation: generation, details: Array(values.dropFirst(2))))
      } else if !line.isEmpty {
        faults.append(escapedText(line))
      }
    }
  }

  private static let lineCount = 4096

  /// A component of an image whose generation is lower than a level demands.
  public struct Revocation: Equatable, Sendable {
    public var component: String
    public var generation: UInt32
    public var required: UInt32
  }

  /// The components of this image that `level` revokes, in the order of the image. A component that the level does not name
  /// is not revoked.
  public func revoked(by level: SBAT) -> [Revocation] {
    // Of a component that the level names twice, the higher generation is demanded.
    let required = Dictionary(level.entries.map { ($0.component, $0.generation) }, uniquingKeysWith: max)
    return entries.compactMap { entry in
      guard let least = required[entry.component], entry.generation < least else { return nil }
      return Revocation(component: entry.component, generation: entry.generation, required: least)
    }
  }
}
