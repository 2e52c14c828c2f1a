/// What an appraisal has to look at before a verdict may be `trusted`.
///
/// `docs/policy.md` documents the file that says it. Without one, measurements are assessed, and since nothing can be
/// assessed without reference values, the best verdict is then `inconclusive`.
public struct Policy: Equatable, Sendable {
  public enum Scope: String, CaseIterable, Sendable {
    /// Content must be compared with reference values.
    case assess
    /// Content is not looked at: proof that it was measured is enough.
    case outOfScope = "out-of-scope"
  }

  /// Path as the user gave it; nil for the default.
  public var file: String?
  /// Content of the IMA list.
  public var measurements: Scope

  public init(file: String? = nil, measurements: Scope = .assess) {
    self.file = file
    self.measurements = measurements
  }
}
