/// Which first parts of a log give wanted register values.
///
/// Counts, not indexes: `3...5` means the first 3, 4 or 5 records.
public enum PrefixMatch: Equatable, Sendable {
  case found(ClosedRange<Int>)
  /// No first part gives all values. `mismatching` names the registers that cannot be explained, ascending; it is empty
  /// when there was no register to compare.
  case none(mismatching: [Int])
}
