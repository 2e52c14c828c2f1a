import Digests
import Hashing
import TCGEventLog

/// What the profile has extended at the end of the firmware's part: four bytes.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.2.2 and 3.3.4.1.
public enum SeparatorValue {
  public static let usual: [UInt8] = [0, 0, 0, 0]
  public static let ends: [[UInt8]] = [usual, [0xff, 0xff, 0xff, 0xff]]
  /// The number 1, whichever order the firmware's bytes have.
  public static let errors: [[UInt8]] = [[1, 0, 0, 0], [0, 0, 0, 1]]

  static let all = ends + errors
}

extension Event {
  /// Whether the digests of the known banks are those of a separator, whatever type the log claims: of one that ends the firmware's part,
  /// or of one that marks an error. No digest covers a type.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, sections 3.3.2.2 and 3.3.4.1.
  public var hasSeparatorDigest: Bool {
    let known = digests.compactMap { digest in digest.algorithm.map { ($0, digest.bytes) } }
    guard !known.isEmpty else { return false }
    return SeparatorValue.all.contains { data in
      known.allSatisfy { $0.0.digest(of: data) == $0.1 }
    }
  }
}
