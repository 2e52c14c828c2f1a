import Digests
import Hashing

/// What a quote says whose PCR file is absent: one digest over the values of several registers.
///
/// Source: TPM 2.0 Library, Part 2, section 10.12.1, `TPMS_QUOTE_INFO`; Part 3, section 18.4, `TPM2_Quote`.
public struct QuotedDigest: Equatable, Sendable {
  /// A register of the selection with the value that was calculated for it.
  public struct Entry: Equatable, Sendable {
    public var bank: HashAlgorithm
    public var register: Int
    public var calculated: [UInt8]

    public init(bank: HashAlgorithm, register: Int, calculated: [UInt8]) {
      self.bank = bank
      self.register = register
      self.calculated = calculated
    }
  }

  /// Hash that made the digest.
  public var algorithm: HashAlgorithm
  /// `TPMS_QUOTE_INFO.pcrDigest`.
  public var digest: [UInt8]
  /// In the order in which the digest takes the values.
  public var entries: [Entry]

  public init(algorithm: HashAlgorithm, digest: [UInt8], entries: [Entry]) {
    self.algorithm = algorithm
    self.digest = digest
    self.entries = entries
  }

  /// Each register once, ascending.
  public var registers: [Int] { Set(entries.map(\.register)).sorted() }

  /// Each bank once, ascending.
  public var banks: [HashAlgorithm] { Set(entries.map(\.bank)).sorted() }

  /// Whether the calculated values hash to the digest, with these values of one register in place of its own.
  func isGiven(_ register: Int, by values: [HashAlgorithm: [UInt8]]) -> Bool {
    let text = entries.flatMap { $0.register == register ? values[$0.bank] ?? $0.calculated : $0.calculated }
    return algorithm.digest(of: text) == digest
  }

  /// Blocks of the hashed text: a long selection costs as much as several extends.
  var blockCount: Int { 1 + entries.reduce(0) { $0 + $1.calculated.count } / 64 }
}
