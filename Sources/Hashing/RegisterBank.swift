import COpenSSL
import Digests

/// The values of registers 0 to 23 of one bank, which are extended with many digests at a time.
public struct RegisterBank: Sendable {
  public static let registerCount = 24

  public let algorithm: HashAlgorithm
  /// All values one after another.
  private var values: [UInt8]

  /// All registers as after a TPM reset.
  public init(_ algorithm: HashAlgorithm) {
    self.algorithm = algorithm
    values = (0..<Self.registerCount).flatMap { resetValue(ofRegister: $0, bank: algorithm) }
  }

  /// The value of register 0 to 23, of the bank's width.
  public subscript(register: Int) -> [UInt8] {
    get { Array(values[register * algorithm.digestByteCount..<(register + 1) * algorithm.digestByteCount]) }
    set {
      precondition(newValue.count == algorithm.digestByteCount, "a register has the width of its bank")
      values.replaceSubrange(
        register * algorithm.digestByteCount..<(register + 1) * algorithm.digestByteCount, with: newValue)
    }
  }

  /// Extends registers of several banks with a digest a record, in order; false when OpenSSL lacks an algorithm.
  ///
  /// `registers` holds a register index for each record; from 24 on none is extended. The bank at each place is
  /// extended with the digests in the algorithm at the same place of `algorithms`, which are at most as wide as the
  /// bank; shorter ones are followed by zeros. `histories`, when not empty, holds an array a bank, which is replaced
  /// with the value of the record's register after each record (zeros where none is extended).
  public static func extend(
    _ banks: inout [RegisterBank], registers: [UInt8], with digests: DigestTable, algorithms: [HashAlgorithm],
    histories: inout [[UInt8]]
  ) -> Bool {
    precondition(banks.count == algorithms.count, "an algorithm for each bank")
    precondition(histories.isEmpty || histories.count == banks.count, "a history for each bank, or none")
    precondition(registers.count == digests.count, "a register for each digest")
    // More banks than a call takes are rare and go one after another.
    for first in stride(from: 0, to: banks.count, by: Int(COSSL_BANK_LIMIT)) {
      let range = first..<min(first + Int(COSSL_BANK_LIMIT), banks.count)
      var ready: [cossl_bank] = unsafe []
      guard
        unsafe extend(
          range, of: &banks, registers: registers, with: digests, algorithms: algorithms, histories: &histories, &ready)
      else { return false }
    }
    return true
  }

  /// Takes hold of the memory of one bank after another, then extends them all.
  private static func extend(
    _ range: Range<Int>, of banks: inout [RegisterBank], registers: [UInt8], with digests: DigestTable,
    algorithms: [HashAlgorithm], histories: inout [[UInt8]], _ ready: inout [cossl_bank]
  ) -> Bool {
    guard let index = range.first else {
      // Safe: see below; all memory is held by the callers of this call.
      return unsafe cossl_extend_banks(ready, ready.count, registers, registers.count) == 1
    }
    let bank = banks[index].algorithm
    let width = algorithms[index].digestByteCount
    precondition(width <= bank.digestByteCount, "digests are not wider than the bank")
    var values: [UInt8] = []
    swap(&values, &banks[index].values)
    defer { swap(&values, &banks[index].values) }
    var history: [UInt8] = []
    if !histories.isEmpty {
      swap(&history, &histories[index])
      if history.count != registers.count * bank.digestByteCount {
        history = [UInt8](repeating: 0, count: registers.count * bank.digestByteCount)
      }
    }
    defer { if !histories.isEmpty { swap(&history, &histories[index]) } }
    let keepsHistory = !histories.isEmpty
    let start = digests.start(of: algorithms[index])
    // Safe: `values` holds 24 registers, which the function does not leave; the table has a digest of `width` bytes
    // for each of the registers; `history` has room for a value a record. All three are held while the function runs,
    // which is inside the innermost call.
    return unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe history.withUnsafeMutableBufferPointer { history in
        unsafe digests.bytes.withUnsafeBufferPointer { digestBytes in
          guard let source = digestBytes.baseAddress else { return true }
          unsafe ready.append(
            cossl_bank(
              algorithm: bank.rawValue, registers: values.baseAddress, digests: source + start, digest_count: width,
              values: keepsHistory ? history.baseAddress : nil))
          return unsafe extend(
            range.dropFirst(), of: &banks, registers: registers, with: digests, algorithms: algorithms,
            histories: &histories, &ready)
        }
      }
    }
  }
}
