/// Values of Platform Configuration Registers, by bank and index.
///
/// A register that is absent here is unknown; it is never taken for zero.
public struct RegisterValues: Equatable, Sendable {
  private var values: [HashAlgorithm: [Int: [UInt8]]] = [:]

  public init() {}

  public subscript(bank: HashAlgorithm, register: Int) -> [UInt8]? {
    get { values[bank]?[register] }
    set {
      values[bank, default: [:]][register] = newValue
      if values[bank]?.isEmpty == true { values[bank] = nil }
    }
  }

  public var isEmpty: Bool { values.isEmpty }
  /// Banks with at least one value, in the order of their algorithm numbers.
  public var banks: [HashAlgorithm] { values.keys.sorted() }

  /// Indexes with a value in `bank`, ascending.
  public func registers(of bank: HashAlgorithm) -> [Int] { (values[bank] ?? [:]).keys.sorted() }

  /// Takes every value of `other`; where both have one, `other` wins.
  public mutating func merge(_ other: RegisterValues) {
    for bank in other.banks {
      for register in other.registers(of: bank) { self[bank, register] = other[bank, register] }
    }
  }
}

/// What a register holds after a TPM reset, before anything extends it.
///
/// Source: TCG PC Client Platform TPM Profile, table of PCR attributes: 0 to 16 and 23 start at zero, 17 to 22 at
/// all ones until a dynamic launch.
public func resetValue(ofRegister register: Int, bank: HashAlgorithm) -> [UInt8] {
  Array(repeating: (17...22).contains(register) ? 0xff : 0, count: bank.digestByteCount)
}
