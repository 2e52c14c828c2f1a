import Appraisal

/// The result as `report.xml`.
public enum XMLReport {
  public static let namespace = "urn:inquest:report:1"
  /// The XML Schema that every report of this form fulfils, the text of `schemas/report.xsd`.
  public static var schema: String { ReportSchema.xsd }

  /// The whole document, UTF-8: what `JSONReport` holds, under the same names; what is unknown is left out.
  public static func render(_ result: AttestationResult) -> [UInt8] {
    XMLWriter.document("report", namespace: namespace) { result.write(to: &$0) }
  }
}
