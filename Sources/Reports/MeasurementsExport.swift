import Appraisal

/// Every record of every boot's list, one line each: `measurements.jsonl` and `measurements.csv`.
///
/// Records are told one at a time, so that a list of millions costs no memory beside that of the result.
public enum MeasurementsExport: Sendable {
  case jsonLines
  case csv

  /// The JSON Schema of one line of `measurements.jsonl`, the text of `schemas/measurement.schema.json`.
  public static var schema: String { ReportSchema.measurementJSON }

  /// Hands the file to `sink` in pieces. The same result gives the same bytes.
  public func write(_ result: AttestationResult, to sink: ([UInt8]) throws -> Void) rethrows {
    switch self {
    case .jsonLines: try write(result, with: JSONLineWriter(), to: sink)
    case .csv: try write(result, with: CSVLineWriter(), to: sink)
    }
  }

  private func write(
    _ result: AttestationResult, with writer: some LineWriter, to sink: ([UInt8]) throws -> Void
  ) rethrows {
    var lines = writer
    lines.header(Self.columns)
    for host in result.hosts {
      for boot in host.boots {
        guard let records = boot.records else { continue }
        let place = Place(caseName: result.caseName, host: host.name, boot: boot.label, list: records.file)
        for index in 0..<records.count {
          Self.write(records.row(at: index), at: place, origins: result.origins, to: &lines)
          lines.endLine()
          try lines.pass(to: sink)
        }
      }
    }
    try lines.passAll(to: sink)
  }

  private struct Place {
    var caseName: String
    var host: String
    var boot: String
    var list: String
  }

  static var columns: [String] {
    var columns = ColumnNames()
    write(nil, at: Place(caseName: "", host: "", boot: "", list: ""), origins: [], to: &columns)
    return columns.names
  }

  /// One line; without a record its columns alone. What is empty in the record is absent in the line.
  private static func write(
    _ record: MeasuredRecord?, at place: Place, origins: [AttestationResult.Origin], to line: inout some RowWriter
  ) {
    line.text("case", place.caseName)
    line.text("host", place.host)
    line.text("boot", place.boot)
    line.text("list", place.list)
    line.number("index", record?.index)
    line.number("offset", record?.offset)
    line.number("pcr", record?.registerIndex)
    line.text("template", record?.templateName)
    line.text("templateDigest", record?.templateDigest)
    line.text("path", record.flatMap { $0.path.isEmpty ? nil : $0.path })
    line.text("digest", record.flatMap { $0.digest.isEmpty ? nil : $0.digest })
    line.flag("violation", record?.isViolation ?? false)
    line.text("after", record?.bracket?.after)
    line.text("before", record?.bracket?.before)
    line.number("notBeforeClock", record?.bracket?.notBeforeClock)
    line.number("notAfterClock", record?.bracket?.notAfterClock)
    line.text("notBefore", record?.bracket?.notBefore)
    line.text("notAfter", record?.bracket?.notAfter)
    line.text("ownerKind", record?.attribution?.kind.rawValue)
    line.text("owner", record?.attribution?.owner)
    line.text("strategy", record?.attribution?.strategy)
    line.text("certainty", record?.attribution?.certainty.rawValue)
    line.text("status", record?.status?.rawValue)
    line.text("class", record?.fileClass?.rawValue)
    line.text("package", record?.package)
    line.text("packagedPath", record?.packagedPath)
    line.text("digestOrigin", record?.digestOrigin)
    let origin = record?.origin.flatMap { origins.indices.contains($0) ? origins[$0] : nil }
    line.number("origin", record?.origin)
    line.text("source", origin?.sources.first?.path)
    line.text("standing", origin?.standing)
    line.text("vouchedBy", origin?.detail)
    line.text("passedBy", record?.passedBy)
    line.text("signature", record?.signature?.rawValue)
  }
}
