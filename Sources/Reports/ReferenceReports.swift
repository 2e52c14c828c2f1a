import Appraisal

/// A review of references as `references.json`.
public enum ReferenceJSONReport {
  /// The JSON Schema that every report of this form fulfils, the text of `schemas/references.schema.json`.
  public static var schema: String { ReportSchema.referencesJSON }

  /// The whole document, UTF-8, with a newline at its end. Keys are always there; what is unknown is null.
  public static func render(_ result: ReferenceCheckResult) -> [UInt8] {
    JSONWriter.document { result.write(to: &$0) }
  }
}

/// A review of references as `references.xml`.
public enum ReferenceXMLReport {
  public static let namespace = "urn:inquest:references:1"
  /// The XML Schema that every report of this form fulfils, the text of `schemas/references.xsd`.
  public static var schema: String { ReportSchema.referencesXSD }

  /// The whole document, UTF-8: what `ReferenceJSONReport` holds, under the same names; what is unknown is left out.
  public static func render(_ result: ReferenceCheckResult) -> [UInt8] {
    XMLWriter.document("references", namespace: namespace) { result.write(to: &$0) }
  }
}
