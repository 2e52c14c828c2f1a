import Digests

/// A register that has another value in the second place than in the first.
public struct RegisterDifference: Equatable, Sendable {
  public var bank: HashAlgorithm
  public var register: Int
  /// nil when only the second place has a value.
  public var old: [UInt8]?
  /// nil when only the first place has a value.
  public var new: [UInt8]?

  /// By bank and register, of the banks that both places have. A register that one place does not know is a difference only
  /// when `countingUnknown`.
  static func between(_ old: RegisterValues, _ new: RegisterValues, countingUnknown: Bool) -> [RegisterDifference] {
    old.banks.filter(new.banks.contains).flatMap { bank in
      Set(old.registers(of: bank) + new.registers(of: bank)).sorted().compactMap { register in
        let (left, right) = (old[bank, register], new[bank, register])
        guard left != right, countingUnknown || (left != nil && right != nil) else { return nil }
        return RegisterDifference(bank: bank, register: register, old: left, new: right)
      }
    }
  }
}
