import Appraisal

/// The result as `report.json`.
public enum JSONReport {
  /// The JSON Schema that every report of this form fulfils, the text of `schemas/report.schema.json`.
  public static var schema: String { ReportSchema.json }

  /// The whole document, UTF-8, with a newline at its end. Keys are always there; what is unknown is null.
  public static func render(_ result: AttestationResult) -> [UInt8] {
    JSONWriter.document { result.write(to: &$0) }
  }
}
