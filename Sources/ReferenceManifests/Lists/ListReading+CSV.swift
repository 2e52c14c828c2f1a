import ByteReading
import Digests

extension ListReading {
  /// A table whose first row names its columns. The names count without regard to case:
  ///
  /// - `path` (or `file`, `filename`): required.
  /// - a digest: columns named by an algorithm (`md5`, `sha1`, `sha256`, `sha-512`, `sm3` …), or a column `digest` with a
  ///   column `algorithm` beside it; without one the digest may be written `sha256:…`, or its length decides.
  /// - `package`, `version`, `architecture` (`arch`), `distribution`, `source`, `source-version`, `date` (RFC 3339),
  ///   `format` (`deb`, `rpm`, `list`, `image`): rows that agree in all of them are one package. Without a package's name, or with
  ///   `-` as its name, the row belongs to the list.
  /// - `type`: `file`, `dir`, `link`, `other`. `target`: a link's. `size`: bytes. `mode`: octal.
  /// - `flags`, between blanks or `|`: `config`, `ghost`, `doc`, `license`, `noreplace`, `script`, `package-record`,
  ///   `not-installed`, `diverted`. `origin`: passed over, since what stands in a list is only as good as the list.
  ///
  /// Other columns are passed over and said to be. Fields may be separated by tabs instead of commas.
  public init(csv bytes: [UInt8], name: String, file: String) {
    var rows = CSVRows(bytes)
    var builder = ListBuilder(file: file)
    let columns = CSVColumns(rows.next()?.fields ?? [])
    guard columns.areUsable else {
      builder.problem(at: 0, "The first row does not name a path and a digest column.")
      self = builder.finish([])
      return
    }
    if !columns.unknown.isEmpty {
      let names = columns.unknown.map { escapedText($0.utf8) }.joined(separator: ", ")
      builder.problem(at: 0, "Columns of unknown names were passed over: \(names).", kind: .unrecognised)
    }
    var packages: [ReferencePackage: [ReferenceFile]] = [:]
    while let row = rows.next() {
      if row.fields == [[]] { continue }
      guard row.isWellFormed, row.fields.count == columns.count else {
        let found = row.isWellFormed ? "\(row.fields.count) fields" : "a quote that is wrong"
        builder.problem(
          at: row.offset, "The row does not have the header's columns.", expected: "\(columns.count) fields",
          actual: Array(found.utf8))
        continue
      }
      let cells = CSVCells(columns: columns, row: row)
      guard let entry = cells.file(&builder) else { continue }
      packages[cells.package(listName: name, &builder), default: []].append(entry)
    }
    self = builder.finish(
      packages.map { key, files in
        var package = key
        package.files = files
        return package
      }.sorted { $0.sortKey.lexicographicallyPrecedes($1.sortKey) })
  }
}

extension ReferencePackage {
  fileprivate var sortKey: [String] {
    [name, version, architecture, distribution, format.rawValue, sourceName ?? "", sourceVersion ?? "", date ?? ""]
  }
}

/// Where the columns of a table stand.
struct CSVColumns {
  var count: Int
  private(set) var places: [String: Int] = [:]
  private(set) var digests: [(algorithm: FileDigestAlgorithm, place: Int)] = []
  private(set) var unknown: [String] = []

  private static let known: Set<String> = [
    "path", "digest", "algorithm", "package", "version", "architecture", "distribution", "source", "source-version",
    "date",
    "format", "type", "target", "size", "mode", "flags", "origin",
  ]
  private static let aliases = [
    "file": "path", "filename": "path", "arch": "architecture", "distro": "distribution", "hash": "digest",
    "alg": "algorithm", "source_version": "source-version",
  ]

  init(_ header: [[UInt8]]) {
    count = header.count
    for (place, field) in header.enumerated() {
      // A byte-order mark is what spreadsheets begin with.
      let bytes = place == 0 && field.starts(with: [0xef, 0xbb, 0xbf]) ? Array(field.dropFirst(3)) : field
      let written = trimmed(String(decoding: bytes, as: UTF8.self)).lowercased()
      let name = Self.aliases[written] ?? written
      if let algorithm = FileDigestAlgorithm(name: name) {
        digests.append((algorithm, place))
      } else if Self.known.contains(name), places[name] == nil {
        places[name] = place
      } else {
        unknown.append(written)
      }
    }
  }

  var areUsable: Bool { places["path"] != nil && (places["digest"] != nil || !digests.isEmpty) }
}

/// One row of a table.
private struct CSVCells {
  let columns: CSVColumns
  let row: CSVRows.Row

  /// Nil when the column is absent or the cell is empty.
  private func bytes(_ column: String) -> [UInt8]? {
    columns.places[column].map { row.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func text(_ column: String) -> String? { bytes(column).map { escapedText($0) } }

  func package(listName: String, _ builder: inout ListBuilder) -> ReferencePackage {
    let named = text("format")
    let format = named.flatMap { ReferencePackage.Format(rawValue: $0.lowercased()) }
    if named != nil, format == nil {
      builder.problem(
        at: row.offset, "The format is unknown.", expected: "deb, rpm, list or image", actual: bytes("format"))
    }
    // A dash stands for files of no package.
    let package = text("package").flatMap { $0 == "-" ? nil : $0 }
    return ReferencePackage(
      format: format ?? .list, name: package ?? listName, version: package == nil ? "" : text("version") ?? "",
      architecture: text("architecture") ?? "", sourceName: text("source"), sourceVersion: text("source-version"),
      distribution: text("distribution") ?? "", date: date(&builder))
  }

  private func date(_ builder: inout ListBuilder) -> String? {
    guard let written = text("date") else { return nil }
    if let date = rfc3339Text(ofDate: written) { return date }
    builder.problem(at: row.offset, "The date is none.", expected: "an RFC 3339 date or time", actual: bytes("date"))
    return nil
  }

  func file(_ builder: inout ListBuilder) -> ReferenceFile? {
    guard let path = builder.path(bytes("path") ?? [], at: row.offset) else { return nil }
    var file = ReferenceFile(path: path, kind: kind(&builder), flags: flags(&builder))
    file.byteCount = number("size", radix: 10, &builder)
    file.mode = number("mode", radix: 8, &builder).flatMap { UInt16(exactly: $0) }
    for (algorithm, place) in columns.digests where !row.fields[place].isEmpty {
      if let digest = builder.digest(row.fields[place], algorithm, at: row.offset) { file.digests.append(digest) }
    }
    if let written = bytes("digest"), let digest = digest(written, &builder) { file.digests.append(digest) }
    return file
  }

  private func digest(_ written: [UInt8], _ builder: inout ListBuilder) -> ReferenceDigest? {
    let parts = written.split(separator: 0x3a, maxSplits: 1)
    let name = text("algorithm") ?? (parts.count == 2 ? escapedText(parts[0]) : nil)
    let algorithm = name.flatMap { FileDigestAlgorithm(name: $0) }
    if let name, algorithm == nil {
      builder.passOver(algorithm: name)
      return nil
    }
    return builder.digest(parts.last ?? [], algorithm, at: row.offset)
  }

  private func number(_ column: String, radix: Int, _ builder: inout ListBuilder) -> UInt64? {
    guard let written = text(column) else { return nil }
    if let value = UInt64(written, radix: radix), radix == 10 || value <= 0o7777 { return value }
    builder.problem(at: row.offset, "The \(column) is no number.", actual: bytes(column))
    return nil
  }

  private func kind(_ builder: inout ListBuilder) -> ReferenceFile.Kind {
    switch text("type")?.lowercased() {
    case nil, "file": return .regular
    case "dir", "directory": return .directory
    case "link", "symlink": return .symbolicLink(target: bytes("target") ?? [])
    case "other": return .other
    default:
      builder.problem(
        at: row.offset, "The type is unknown.", expected: "file, dir, link or other", actual: bytes("type"))
      return .other
    }
  }

  private func flags(_ builder: inout ListBuilder) -> ReferenceFile.Flags {
    var flags: ReferenceFile.Flags = []
    for word in (bytes("flags") ?? []).split(whereSeparator: { $0 == 0x20 || $0 == 0x7c }) {
      if let flag = flagNames[String(decoding: word, as: UTF8.self).lowercased()] {
        flags.insert(flag)
      } else {
        builder.problem(at: row.offset, "The flag is unknown.", actual: Array(word))
      }
    }
    return flags
  }
}

private let flagNames: [String: ReferenceFile.Flags] = [
  "config": .configuration, "configuration": .configuration, "ghost": .ghost, "doc": .documentation,
  "documentation": .documentation, "license": .license, "noreplace": .noReplace, "script": .maintainerScript,
  "maintainer-script": .maintainerScript, "package-record": .packageRecord, "not-installed": .notInstalled,
  "diverted": .diverted,
]
