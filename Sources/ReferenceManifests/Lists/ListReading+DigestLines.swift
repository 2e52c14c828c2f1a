import ByteReading
import Digests

/// One line of a list as sha256sum and its like write it.
struct DigestLine: Equatable {
  /// Named by the line itself (BSD form); nil when its length has to tell.
  var algorithm: FileDigestAlgorithm?
  var digits: ArraySlice<UInt8>
  var path: [UInt8]

  /// Nil when the line has another form. A leading backslash says that the name is escaped.
  init?(_ line: ArraySlice<UInt8>) {
    let isEscaped = line.first == 0x5c
    let rest = isEscaped ? line.dropFirst() : line
    guard let parts = DigestLine.tagged(rest) ?? DigestLine.plain(rest) else { return nil }
    algorithm = parts.algorithm
    digits = parts.digits
    guard let name = isEscaped ? unescaped(parts.name) : Array(parts.name) else { return nil }
    path = name
  }

  private typealias Parts = (algorithm: FileDigestAlgorithm?, digits: ArraySlice<UInt8>, name: ArraySlice<UInt8>)

  /// `ALGORITHM (name) = digits`.
  private static func tagged(_ line: ArraySlice<UInt8>) -> Parts? {
    let closing = Array(") = ".utf8)
    guard let open = line.firstIndex(of: 0x28), open >= line.startIndex + 2, line[open - 1] == 0x20,
      let algorithm = FileDigestAlgorithm(name: String(decoding: line[..<(open - 1)], as: UTF8.self)),
      let space = line.lastIndex(of: 0x20), space - open >= 4, line[(space - 3)...space].elementsEqual(closing)
    else { return nil }
    return (algorithm, line[(space + 1)...], line[(open + 1)..<(space - 3)])
  }

  /// `digits  name`, where the second blank may be a `*`; one blank alone is taken, too.
  private static func plain(_ line: ArraySlice<UInt8>) -> Parts? {
    let digits = line.prefix { hexValue($0) != nil }
    var name = line[digits.endIndex...]
    guard digits.count >= 8, let blank = name.popFirst(), blank == 0x20 || blank == 0x09 else { return nil }
    if let mark = name.first, mark == 0x20 || mark == 0x2a { name = name.dropFirst() }
    return name.isEmpty ? nil : (nil, digits, name)
  }
}

/// A name as coreutils escapes it: `\n`, `\r`, `\\`; nil when anything else follows a backslash.
private func unescaped(_ name: ArraySlice<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  var rest = name
  while let byte = rest.popFirst() {
    guard byte == 0x5c else {
      bytes.append(byte)
      continue
    }
    switch rest.popFirst() {
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case 0x5c: bytes.append(0x5c)
    default: return nil
    }
  }
  return bytes
}

extension ListReading {
  /// A list of md5sum, sha1sum, sha256sum …, md5deep, their BSD form, and Keylime's older text allow lists. Empty lines and
  /// lines that start with `#` are passed over.
  ///
  /// Keylime's lists may hold `boot_aggregate` and `%keyring:` entries, which speak of no file; they are counted.
  ///
  /// Source: GNU coreutils, "md5sum invocation"; md5deep(1); keylime, ima/ima.py.
  public init(digestLines bytes: [UInt8], name: String, file: String) {
    var builder = ListBuilder(file: file)
    var files: [ReferenceFile] = []
    let hint = algorithmNamed(in: file)
    forEachLine(of: bytes) { line, offset in
      guard !line.isEmpty, line.first != 0x23 else { return }
      guard let entry = DigestLine(line) else {
        return builder.problem(
          at: offset, "The line is none of a digest list.", expected: "a digest and a name", actual: Array(line))
      }
      guard !isPseudoEntry(entry.path) else { return builder.passOverPseudoEntry() }
      guard let path = builder.path(entry.path, at: offset) else { return }
      let named = entry.algorithm ?? hint.flatMap { $0.digestByteCount * 2 == entry.digits.count ? $0 : nil }
      let digest = builder.digest(entry.digits, named, at: offset)
      files.append(ReferenceFile(path: path, digests: digest.map { [$0] } ?? []))
    }
    self = builder.finish(name: name, files)
  }
}

/// Names that the kernel and Keylime use for what is no file.
func isPseudoEntry(_ path: [UInt8]) -> Bool {
  path.elementsEqual("boot_aggregate".utf8) || path.starts(with: "%keyring:".utf8)
}
