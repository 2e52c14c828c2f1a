import Digests
import XMLReading

extension ListReading {
  /// A list of hashdeep: a line names the columns, of which `filename` is the last and may hold commas.
  ///
  /// Source: hashdeep(1), "%%%% HASHDEEP-1.0".
  public init(hashdeep bytes: [UInt8], name: String, file: String) {
    var builder = ListBuilder(file: file)
    var files: [ReferenceFile] = []
    var columns: [String] = []
    forEachLine(of: bytes) { line, offset in
      guard !line.isEmpty, !line.starts(with: "##".utf8) else { return }
      if line.starts(with: "%%%%".utf8) {
        let text = trimmed(String(decoding: line.dropFirst(4), as: UTF8.self))
        if !text.hasPrefix("HASHDEEP-") { columns = text.lowercased().split(separator: ",").map(String.init) }
        return
      }
      let fields = line.split(separator: 0x2c, maxSplits: max(0, columns.count - 1), omittingEmptySubsequences: false)
      guard columns.last == "filename", fields.count == columns.count, let last = fields.last else {
        return builder.problem(
          at: offset, "The line does not have the columns that the header names.",
          expected: columns.joined(separator: ","), actual: Array(line))
      }
      guard let path = builder.path(last, at: offset) else { return }
      var entry = ReferenceFile(path: path)
      for (column, field) in zip(columns.dropLast(), fields) {
        if column == "size" {
          entry.byteCount = UInt64(String(decoding: field, as: UTF8.self))
          if entry.byteCount == nil { builder.problem(at: offset, "The size is no number.", actual: Array(field)) }
        } else if let algorithm = FileDigestAlgorithm(name: column) {
          if let digest = builder.digest(field, algorithm, at: offset) { entry.digests.append(digest) }
        } else {
          builder.passOver(algorithm: column)
        }
      }
      files.append(entry)
    }
    self = builder.finish(name: name, files)
  }
}
