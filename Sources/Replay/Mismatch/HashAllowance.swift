/// Hash operations that a search may still make.
///
/// They are counted, never timed, so that the same evidence gives the same outcome on every machine.
struct HashAllowance {
  /// What is left; below zero after a change that cost more than was left.
  private(set) var left: Int

  init(_ count: Int) { left = count }

  var isUsedUp: Bool { left <= 0 }

  mutating func spend(_ count: Int = 1) { left -= count }
}
