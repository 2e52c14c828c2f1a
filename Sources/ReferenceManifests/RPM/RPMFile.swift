import ByteReading

/// One entry of the file list of an RPM header.
public struct RPMFile: Equatable, Sendable {
  /// Place in the header's list, which the payload may refer to. Entries without a usable name are left out of `files`.
  public var index: Int
  /// As the header has it: absolute in binary packages, a bare name in source packages.
  public var path: [UInt8]
  /// Type and permission bits of `st_mode`; nil where the header does not say.
  public var mode: UInt16?
  public var byteCount: UInt64?
  /// Empty for what is no regular file and for ghosts: the header has none, or zeros.
  public var digest: [UInt8]
  public var flags: Flags
  /// What `rpm --verify` compares; bit 0 is the digest. All bits where the header does not say.
  public var verifyFlags: UInt32
  /// Empty for what is no symbolic link.
  public var linkTarget: [UInt8]
  /// Nil outside of databases.
  public var state: State?
  /// The `security.ima` value; empty where the package carries none.
  public var signature: [UInt8]
  /// Files of one number in one package are names of one inode; nil where the header does not say.
  public var inode: UInt64?

  /// Source: rpm, include/rpm/rpmfiles.h (`rpmfileAttrs_e`).
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let configuration = Flags(rawValue: 1)
    public static let documentation = Flags(rawValue: 2)
    public static let noReplace = Flags(rawValue: 16)
    public static let ghost = Flags(rawValue: 64)
    public static let license = Flags(rawValue: 128)
  }

  /// What became of the file on installation.
  ///
  /// Source: rpm, include/rpm/rpmfiles.h (`rpmfileState_e`).
  public enum State: UInt8, Sendable {
    case normal = 0
    case replaced, notInstalled, netShared, wrongColor
    case missing = 255
  }

  /// Bytes of all paths of one package. Real ones stay below a hundredth of it.
  static let maximumPathByteCount = 1 << 28

  /// The whole list. Columns whose length differs from the number of names are faults and left out whole: nobody can say
  /// which entry belongs to which file.
  static func list(_ reader: inout RPMValueReader, signatureHeader: RPMHeader?) -> [RPMFile] {
    let names = paths(&reader)
    guard !names.isEmpty else { return [] }
    var files = names.enumerated().map {
      RPMFile(
        index: $0, path: $1 ?? [], mode: nil, byteCount: nil, digest: [], flags: [], verifyFlags: .max, linkTarget: [],
        state: nil,
        signature: [], inode: nil)
    }
    reader.numbers(.fileModes, files.count) { files[$0].mode = UInt16(truncatingIfNeeded: $1) }
    reader.numbers(.fileSizes, files.count) { files[$0].byteCount = $1 }
    reader.numbers(.longFileSizes, files.count) { files[$0].byteCount = $1 }
    reader.numbers(.fileFlags, files.count) { files[$0].flags = Flags(rawValue: UInt32(truncatingIfNeeded: $1)) }
    reader.numbers(.fileVerifyFlags, files.count) { files[$0].verifyFlags = UInt32(truncatingIfNeeded: $1) }
    reader.numbers(.fileInodes, files.count) { files[$0].inode = $1 }
    reader.texts(.fileLinkTargets, files.count) { files[$0].linkTarget = $1 }
    reader.hexadecimal(.fileDigests, files.count) { files[$0].digest = $1 }
    reader.numbers(.fileStates, files.count, .added) {
      files[$0].state = State(rawValue: UInt8(truncatingIfNeeded: $1))
    }
    readSignatures(&reader, signatureHeader) {
      files[$0].signature = $1
    } count: {
      files.count
    }
    return zip(files, names).filter { $1 != nil }.map(\.0)
  }

  /// Nil in the place of a name that cannot be put together.
  private static func paths(_ reader: inout RPMValueReader) -> [[UInt8]?] {
    guard let names = reader.strings(.baseNames) else { return reader.strings(.oldFileNames) ?? [] }
    guard let folders = reader.strings(.directoryNames), let indexes = reader.integers(.directoryIndexes),
      indexes.count == names.count
    else {
      reader.problems.append(
        reader.header.failure(.directoryIndexes, expected: "\(names.count) indexes and their folders", found: "others"))
      return []
    }
    var room = maximumPathByteCount
    return zip(names, indexes).map { name, number in
      guard let index = Int(exactly: number), folders.indices.contains(index) else {
        reader.problems.append(
          reader.header.failure(.directoryIndexes, expected: "below \(folders.count)", found: "\(number)"))
        return nil
      }
      room -= folders[index].count + name.count
      guard room >= 0 else {
        reader.problems.append(
          reader.header.failure(.baseNames, expected: "\(maximumPathByteCount) bytes of paths at most", found: "more"))
        return nil
      }
      return folders[index] + name
    }
  }

  /// In a package the signatures stand in its signature header, in a database among the added values.
  private static func readSignatures(
    _ reader: inout RPMValueReader, _ signatureHeader: RPMHeader?, _ take: (Int, [UInt8]) -> Void, count: () -> Int
  ) {
    guard let signatureHeader else { return reader.hexadecimal(.fileSignatures, count(), .added, take) }
    var other = RPMValueReader(header: signatureHeader)
    other.hexadecimal(.signatureFileSignatures, count(), .region, take)
    other.hexadecimal(.signatureFileSignatures, count(), .added, take)
    reader.problems += other.problems
  }
}

extension RPMValueReader {
  fileprivate mutating func numbers(
    _ tag: RPMTag, _ count: Int, _ part: RPMHeader.Part = .region, _ take: (Int, UInt64) -> Void
  ) {
    guard let values = integers(tag, part), isColumn(tag, part, values.count, of: count) else { return }
    for (number, value) in values.enumerated() { take(number, value) }
  }

  fileprivate mutating func texts(
    _ tag: RPMTag, _ count: Int, _ part: RPMHeader.Part = .region, _ take: (Int, [UInt8]) -> Void
  ) {
    guard let values = strings(tag, part), isColumn(tag, part, values.count, of: count) else { return }
    for (number, value) in values.enumerated() { take(number, value) }
  }

  /// Bytes written in hexadecimal digits; zeros only and nothing at all both mean that there is none.
  fileprivate mutating func hexadecimal(
    _ tag: RPMTag, _ count: Int, _ part: RPMHeader.Part = .region, _ take: (Int, [UInt8]) -> Void
  ) {
    let header = header
    var faults: [ParseError] = []
    texts(tag, count, part) { number, text in
      guard let bytes = bytesOfHex(text) else {
        faults.append(header.failure(tag, part, expected: "hexadecimal digits", found: escapedText(text.prefix(40))))
        return
      }
      if bytes.contains(where: { $0 != 0 }) { take(number, bytes) }
    }
    problems += faults
  }

  private mutating func isColumn(_ tag: RPMTag, _ part: RPMHeader.Part, _ found: Int, of count: Int) -> Bool {
    if found == count { return true }
    problems.append(header.failure(tag, part, expected: "\(count) values, one a file", found: "\(found)"))
    return false
  }
}
