import COpenSSL
import Digests

/// One register that is extended with digest after digest until it has one of some wanted values.
///
/// This is the inner loop of searches that try many changed lists, so it takes digests where they lie.
public struct RegisterChase: Sendable {
  public let bank: HashAlgorithm
  public private(set) var value: [UInt8]

  /// - parameter value: of the bank's width.
  public init(_ bank: HashAlgorithm, from value: [UInt8]) {
    precondition(value.count == bank.digestByteCount, "a register has the width of its bank")
    self.bank = bank
    self.value = value
  }

  /// Where a wanted value was met.
  public struct Hit: Equatable, Sendable {
    /// Index in `WantedValues`.
    public var wanted: Int
    /// Number of digests that were taken.
    public var extends: Int
  }

  /// Extends with the digests of these indexes in `digests`, and stops after the one that gives a wanted value.
  ///
  /// An algorithm that OpenSSL lacks gives nothing: nobody has digests of it then.
  public mutating func extend(with digests: [UInt8], _ range: Range<Int>, until wanted: WantedValues) -> Hit? {
    guard !range.isEmpty else { return nil }
    let width = bank.digestByteCount
    precondition(wanted.bank == bank, "values are of the bank")
    precondition(range.lowerBound >= 0 && range.upperBound <= digests.count / width, "digests lie in their array")
    let start = range.lowerBound * width
    var extended = 0
    // Safe: `value` and every wanted value have the width of the bank, and the precondition holds the digests of the
    // range inside their array; all are held while the function runs.
    let found = unsafe value.withUnsafeMutableBufferPointer { value in
      unsafe digests.withUnsafeBufferPointer { digests in
        guard let first = digests.baseAddress else { return Int32(0) }
        return unsafe cossl_extend_until(
          bank.rawValue, value.baseAddress, first + start, range.count, wanted.bytes, wanted.count, &extended)
      }
    }
    return found > 0 ? Hit(wanted: Int(found) - 1, extends: extended) : nil
  }
}

/// Values of one bank's width, one after another.
public struct WantedValues: Sendable {
  public let bank: HashAlgorithm
  public let count: Int
  let bytes: [UInt8]

  public init(_ bank: HashAlgorithm, _ values: [[UInt8]]) {
    precondition(values.allSatisfy { $0.count == bank.digestByteCount }, "values have the width of their bank")
    self.bank = bank
    count = values.count
    bytes = values.flatMap { $0 }
  }
}
