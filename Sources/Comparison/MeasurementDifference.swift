/// One record of a measurement list that is in one list only, or says something else in the other.
public struct MeasurementDifference: Equatable, Sendable {
  public enum Kind: String, Sendable {
    case gone
    case added
    case changed
  }

  /// Where a record stands.
  public struct Place: Equatable, Sendable {
    /// `Measurement.index`.
    public var record: Int
    /// Bytes from the start of the file.
    public var offset: Int
  }

  public var kind: Kind
  public var old: Place?
  public var new: Place?
  /// The path or name of the record; safe to print.
  public var path: String
  /// The file digest with its algorithm, of a record that is in one list only; nil when it has none.
  public var digest: String?
  /// The list that lacks this record has another one of the same path.
  public var isPathInBoth = false
  public var fields: [FieldDifference] = []
  /// What follows from data and template digest taken together, as a sentence without a full stop; empty when there is nothing to
  /// say.
  public var meaning = ""
}
