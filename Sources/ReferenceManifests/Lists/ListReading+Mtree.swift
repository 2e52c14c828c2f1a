import ByteReading
import Digests

extension ListReading {
  /// An mtree specification: `/set` defaults, names with octal escapes, the form with folders entered and left by `..` and
  /// the form with full paths. Of the keywords type, mode, size, link and the digests are used.
  ///
  /// Source: mtree(5) of FreeBSD and libarchive.
  public init(mtree bytes: [UInt8], name: String, file: String) {
    var reader = MtreeReader(file: file)
    var pending: [UInt8] = []
    var start = 0
    forEachLine(of: bytes) { line, offset in
      if pending.isEmpty { start = offset }
      // A backslash at the end of a line continues it.
      if line.last == 0x5c, pending.count < 1 << 16 {
        pending += line.dropLast()
      } else {
        reader.read(pending + line, at: start)
        pending = []
      }
    }
    if !pending.isEmpty { reader.read(pending, at: start) }
    self = reader.builder.finish(name: name, reader.files)
  }
}

/// What is known between two lines of a specification.
private struct MtreeReader {
  var builder: ListBuilder
  var files: [ReferenceFile] = []
  private var defaults: [String: [UInt8]] = [:]
  /// Folders entered, outermost first.
  private var folders: [[UInt8]] = []
  /// Folders deeper than this are a problem: paths would grow without end.
  private let depthLimit = 256

  init(file: String) { builder = ListBuilder(file: file) }

  mutating func read(_ line: [UInt8], at offset: Int) {
    let words = line.split { $0 == 0x20 || $0 == 0x09 }.map(Array.init)
    guard let first = words.first, first.first != 0x23 else { return }
    switch String(decoding: first, as: UTF8.self) {
    case "/set": for (key, value) in words.dropFirst().map(keyword) { defaults[key] = value }
    case "/unset": for (key, _) in words.dropFirst().map(keyword) { defaults[key] = nil }
    case "..":
      if folders.popLast() == nil { builder.problem(at: offset, "More folders are left than were entered.") }
    default: readEntry(first, words.dropFirst(), at: offset)
    }
  }

  private mutating func readEntry(_ escaped: [UInt8], _ words: ArraySlice<[UInt8]>, at offset: Int) {
    var keywords = defaults
    for (key, value) in words.map(keyword) { keywords[key] = value }
    let isFolder = keywords["type"] == Array("dir".utf8)
    guard let name = unescaped(escaped) else {
      return builder.problem(at: offset, "The name has an escape that mtree does not know.", actual: escaped)
    }
    // A name with a slash is a full path and does not move between folders; a lone dot is where the list starts.
    let isRelative = !escaped.contains(0x2f)
    let whole = isRelative ? folders.flatMap { $0 + [0x2f] } + name : name
    if isRelative, isFolder {
      guard folders.count < depthLimit else {
        return builder.problem(at: offset, "Folders are nested too deeply.", kind: .refused)
      }
      folders.append(name)
    }
    guard let path = builder.path(whole, at: offset) else { return }
    files.append(entry(path, keywords, at: offset))
  }

  private mutating func entry(_ path: [UInt8], _ keywords: [String: [UInt8]], at offset: Int) -> ReferenceFile {
    var file = ReferenceFile(path: path, kind: kind(keywords))
    let text: (String) -> String? = { keywords[$0].map { String(decoding: $0, as: UTF8.self) } }
    file.mode = text("mode").flatMap { UInt16($0, radix: 8) }.flatMap { $0 <= 0o7777 ? $0 : nil }
    if text("mode") != nil, file.mode == nil {
      builder.problem(at: offset, "The mode is none.", actual: keywords["mode"])
    }
    guard file.kind == .regular else { return file }
    file.byteCount = text("size").flatMap { UInt64($0) }
    if text("size") != nil, file.byteCount == nil {
      builder.problem(at: offset, "The size is no number.", actual: keywords["size"])
    }
    for (key, algorithm) in digestKeywords {
      guard let digits = keywords[key], let digest = builder.digest(digits, algorithm, at: offset) else { continue }
      if !file.digests.contains(digest) { file.digests.append(digest) }
    }
    return file
  }

  private func kind(_ keywords: [String: [UInt8]]) -> ReferenceFile.Kind {
    switch keywords["type"].map({ String(decoding: $0, as: UTF8.self) }) {
    case nil, "file": .regular
    case "dir": .directory
    case "link": .symbolicLink(target: keywords["link"].flatMap(unescaped) ?? [])
    default: .other
    }
  }
}

private let digestKeywords: [(String, FileDigestAlgorithm)] = [
  ("md5", .md5), ("md5digest", .md5), ("sha1", .sha1), ("sha1digest", .sha1), ("sha256", .sha256),
  ("sha256digest", .sha256), ("sha384", .sha384), ("sha384digest", .sha384), ("sha512", .sha512),
  ("sha512digest", .sha512),
]

private func keyword(_ word: [UInt8]) -> (String, [UInt8]) {
  let parts = word.split(separator: 0x3d, maxSplits: 1, omittingEmptySubsequences: false)
  return (String(decoding: parts[0], as: UTF8.self), parts.count > 1 ? Array(parts[1]) : [])
}

/// A name as strsvis(3) and libarchive escape it: three octal digits, or a letter; nil for any other escape.
private func unescaped(_ name: [UInt8]) -> [UInt8]? {
  var bytes: [UInt8] = []
  var rest = name[...]
  while let byte = rest.popFirst() {
    guard byte == 0x5c else {
      bytes.append(byte)
      continue
    }
    let digits = rest.prefix(3)
    if digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
      let value = digits.reduce(0) { $0 << 3 | Int($1 & 7) }
      guard let octet = UInt8(exactly: value) else { return nil }
      bytes.append(octet)
      rest = rest.dropFirst(3)
    } else if let letter = rest.popFirst(), let octet = letters[letter] {
      bytes.append(octet)
    } else {
      return nil
    }
  }
  return bytes
}

private let letters: [UInt8: UInt8] = [
  0x5c: 0x5c, 0x23: 0x23, UInt8(ascii: "s"): 0x20, UInt8(ascii: "t"): 0x09, UInt8(ascii: "n"): 0x0a,
  UInt8(ascii: "r"): 0x0d, UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "v"): 0x0b,
  UInt8(ascii: "f"): 0x0c, UInt8(ascii: "0"): 0x00,
]
