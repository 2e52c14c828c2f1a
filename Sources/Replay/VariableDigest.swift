import Digests
import Hashing
import TCGEventLog

extension Event {
  /// Whether the digest of a bank is that of a measured variable, by any rule that firmware and shim follow: the whole structure, the
  /// structure without its last byte, or the content alone. Asked of events of which the data tell a variable, whatever their type.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; the deviations of `DigestDeviation`.
  public func isDigestOfVariable(in bank: HashAlgorithm) -> Bool {
    guard let digest = digest(in: bank) else { return false }
    if bank.digest(of: data) == digest || bank.digest(of: data.dropLast()) == digest { return true }
    guard let (variable, _) = asVariable(file: "") else { return false }
    let content = data.dropFirst(variable.contentRange.lowerBound - dataOffset).prefix(variable.contentRange.count)
    return bank.digest(of: Array(content)) == digest
  }

  /// Whether every digest that can be computed here, and is not all zeros, is that of the variable.
  public var bindsVariable: Bool {
    let banks = digests.filter { digest in digest.bytes.contains { $0 != 0 } }.compactMap(\.algorithm)
      .filter { $0.digest(of: []) != nil }
    return !banks.isEmpty && banks.allSatisfy { isDigestOfVariable(in: $0) }
  }
}
