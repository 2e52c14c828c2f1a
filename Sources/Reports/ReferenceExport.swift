import Appraisal
import ByteReading
import Digests
import ReferenceManifests
import ReferenceStore

/// Writes the digests of a store in the forms that other tools read.
///
/// The text goes out piece by piece, so that a store of any size can be written. The package manager's own records and files
/// that are not installed are left out: no machine measures them under these paths.
public struct ReferenceExport {
  public enum Format: String, CaseIterable, Sendable {
    /// Keylime runtime policy, version 1.
    case keylime
    /// What `sha256sum --check` and its siblings read.
    case sha256sum
    /// RFC 4180, with a header.
    case csv
    case json
  }

  /// What was written and what was not.
  public struct Account: Equatable, Sendable {
    public var written = 0
    /// Records of the package manager and files that are not installed.
    public var notMeasured = 0
    /// Files of images, whose paths are those within containers.
    public var ofImages = 0
    /// Digests of packages that explain nothing, since they or what vouches for them were found faulty.
    public var refused = 0
    /// Regular files that have no digest of the algorithm.
    public var withoutDigest = 0
    /// Paths that the form cannot hold.
    public var unwritable = 0
    /// Paths with several digests, all of which were written.
    public var ambiguous = 0

    /// What a person should know who uses the file, a sentence each.
    public func sentences(_ algorithm: FileDigestAlgorithm) -> [String] {
      [
        (withoutDigest, "regular files have no \(algorithm.name) digest and are left out"),
        (refused, "digests are left out: their packages were refused; 'inquest references check' says why"),
        (notMeasured, "entries are left out: a package's own records, and files that are not installed"),
        (ofImages, "files of images are left out: no host has them at these paths; name one image with '--package'"),
        (
          unwritable,
          "paths are left out: the form cannot hold them (no UTF-8, or the same as another once spaces are underscores)"
        ),
        (ambiguous, "paths have several digests, of several versions or packages; all are written"),
      ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }
  }

  private let store: ReferenceStore
  private let format: Format
  private let algorithm: FileDigestAlgorithm
  private let package: String?

  public init(_ store: ReferenceStore, format: Format, algorithm: FileDigestAlgorithm, package: String? = nil) {
    self.store = store
    self.format = format
    self.algorithm = algorithm
    self.package = package
  }

  /// - parameter write: takes the text, about a mebibyte at a time.
  public func write(to write: @escaping ([UInt8]) throws -> Void) throws -> Account {
    var account = Account()
    var out = BufferedText(write)
    try begin(&out)
    var lastPath: [UInt8]?
    var digestsOfPath: [[UInt8]] = []
    // Names with underscores for spaces; a space sorts before an underscore, so what they hide comes later.
    var underscored: Set<[UInt8]> = []
    let refused = try store.refusedPackages()
    try store.eachContent(of: algorithm, package: package) { content in
      guard !refused.contains(content.packageID) else {
        account.refused += 1
        return
      }
      guard content.flags.isDisjoint(with: [.packageRecord, .notInstalled]) else {
        account.notMeasured += 1
        return
      }
      // A list does not say whose path it has: what a container may run must not be allowed on a host.
      guard content.format != .image || package != nil || format == .csv || format == .json else {
        account.ofImages += 1
        return
      }
      guard canHold(content.path), content.path == lastPath || !underscored.contains(shown(content.path)) else {
        account.unwritable += 1
        return
      }
      if content.path != lastPath {
        if format == .keylime, shown(content.path) != content.path { underscored.insert(shown(content.path)) }
        if format == .keylime { try closePath(digestsOfPath, &out) }
        digestsOfPath = []
        lastPath = content.path
        if format == .keylime { try openPath(content.path, isFirst: account.written == 0, &out) }
      }
      let isNew = digestsOfPath.last != content.digest.bytes
      if isNew { digestsOfPath.append(content.digest.bytes) }
      if isNew, digestsOfPath.count == 2 { account.ambiguous += 1 }
      // The lists have each path and digest once; the tables say of every package that it has them.
      guard isNew || format == .csv || format == .json else { return }
      try add(content, isFirst: account.written == 0, &out)
      account.written += 1
    }
    if format == .keylime { try closePath(digestsOfPath, &out) }
    try end(&out)
    try out.flush()
    account.withoutDigest = try store.countOfFiles(without: algorithm, package: package)
    return account
  }

  private func canHold(_ path: [UInt8]) -> Bool {
    format != .keylime || Array(String(decoding: path, as: UTF8.self).utf8) == path
  }

  // MARK: The forms

  private func begin(_ out: inout BufferedText) throws {
    switch format {
    case .keylime:
      // Source: Keylime, keylime/ima/ima.py, RUNTIME_POLICY_SCHEMA; generator 0 is an unknown one.
      try out.add("{\n  \"meta\": {\"version\": 1, \"generator\": 0},\n  \"release\": 0,\n  \"digests\": {")
    case .sha256sum: break
    case .csv:
      // What `references build` reads again, so that a table can be kept with a case.
      try out.add(
        "path,algorithm,digest,origin,size,mode,flags,format,package,version,architecture,distribution,source,source-version,date\r\n"
      )
    case .json:
      try out.add(
        "{\n  \"schema\": \"inquest-reference-export/1\",\n  \"logicalDigest\": \"\(store.logicalDigest)\",\n")
      try out.add("  \"algorithm\": \"\(algorithm.name)\",\n  \"files\": [")
    }
  }

  private func end(_ out: inout BufferedText) throws {
    switch format {
    case .keylime:
      try out.add("\n  },\n  \"excludes\": [],\n  \"keyrings\": {},\n")
      try out.add(
        "  \"ima\": {\"ignored_keyrings\": [], \"log_hash_alg\": \"sha1\", \"dm_policy\": null},\n  \"ima-buf\": {},\n  \"verification-keys\": \"\"\n}\n"
      )
    case .sha256sum, .csv: break
    case .json: try out.add("\n  ]\n}\n")
    }
  }

  private func openPath(_ path: [UInt8], isFirst: Bool, _ out: inout BufferedText) throws {
    try out.add((isFirst ? "\n    " : ",\n    ") + jsonLiteral(shown(path)) + ": [")
  }

  /// Keylime's agent cannot tell a space in a path from the end of a field, and writes an underscore.
  private func shown(_ path: [UInt8]) -> [UInt8] {
    path.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }
  }

  private func closePath(_ digests: [[UInt8]], _ out: inout BufferedText) throws {
    if !digests.isEmpty { try out.add(digests.map { "\"\(hexText($0))\"" }.joined(separator: ", ") + "]") }
  }

  private func add(_ content: StoredContent, isFirst: Bool, _ out: inout BufferedText) throws {
    switch format {
    case .keylime: break
    case .sha256sum: try out.add(sumLine(content))
    case .csv:
      let cells = [
        escapedText(content.path), algorithm.name, hexText(content.digest.bytes), content.digest.origin.name,
        content.byteCount.map { String($0) } ?? "", content.mode.map { String($0, radix: 8) } ?? "",
        content.flags.names.joined(separator: " "),
        content.format.rawValue, content.package, content.version, content.architecture, content.distribution,
        content.sourceName ?? "", content.sourceVersion ?? "", content.date ?? "",
      ]
      try out.add(cells.map(csvCell).joined(separator: ",") + "\r\n")
    case .json:
      var writer = JSONWriter()
      writer.braces { file in
        file.value("path", escapedText(content.path))
        file.value("digest", hexText(content.digest.bytes))
        file.value("origin", content.digest.origin.name)
        file.value("size", content.byteCount)
        file.sentences("flags", of: "flag", content.flags.names)
        file.value("format", content.format.rawValue)
        file.value("package", content.package)
        file.value("version", content.version)
        file.value("architecture", content.architecture)
        file.value("distribution", content.distribution)
      }
      try out.add((isFirst ? "\n" : ",\n") + String(decoding: writer.bytes, as: UTF8.self))
    }
  }

  /// coreutils, src/digest.c: a name with a backslash or a line break is escaped, and the line begins with a backslash.
  private func sumLine(_ content: StoredContent) -> [UInt8] {
    var name: [UInt8] = []
    var isEscaped = false
    for byte in content.path {
      switch byte {
      case 0x0a: name += Array("\\n".utf8)
      case 0x0d: name += Array("\\r".utf8)
      case UInt8(ascii: "\\"): name += Array("\\\\".utf8)
      default:
        name.append(byte)
        continue
      }
      isEscaped = true
    }
    return Array(((isEscaped ? "\\" : "") + hexText(content.digest.bytes) + "  ").utf8) + name + [0x0a]
  }

  /// RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
  private func csvCell(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@".contains($0) } ?? false
    let safe = (isFormula ? "'" : "") + harmless(text)
    guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return safe }
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// JSON holds every character: here the path itself is meant, not text to be shown.
  private func jsonLiteral(_ path: [UInt8]) -> String {
    var text = "\""
    for scalar in String(decoding: path, as: UTF8.self).unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5c: text += "\\\\"
      case 0..<0x20, 0x7f: text += "\\u00" + hexText([UInt8(truncatingIfNeeded: scalar.value)])
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}

/// Text that goes out in pieces of about a mebibyte.
private struct BufferedText {
  private var bytes: [UInt8] = []
  private let write: ([UInt8]) throws -> Void

  init(_ write: @escaping ([UInt8]) throws -> Void) { self.write = write }

  mutating func add(_ text: String) throws { try add(Array(text.utf8)) }

  mutating func add(_ more: [UInt8]) throws {
    bytes += more
    if bytes.count > 1 << 20 { try flush() }
  }

  mutating func flush() throws {
    try write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
