import ByteReading
import Digests

/// Which registers of which banks a structure speaks of, in the order in which it names the banks.
///
/// Source: TPM 2.0 Library, Part 2, section 10.9.7, `TPML_PCR_SELECTION`.
public struct RegisterSelection: Equatable, Sendable {
  public struct Bank: Equatable, Sendable {
    /// The `TPM_ALG_ID` as it stands.
    public var rawAlgorithm: UInt16
    /// Nil when we do not know the algorithm.
    public var algorithm: HashAlgorithm? { HashAlgorithm(rawValue: rawAlgorithm) }
    /// Ascending.
    public var registers: [Int]

    public init(rawAlgorithm: UInt16, registers: [Int]) {
      self.rawAlgorithm = rawAlgorithm
      self.registers = registers
    }
  }

  public var banks: [Bank]

  public init(banks: [Bank]) { self.banks = banks }

  /// Nothing is selected: a digest over it proves nothing about any register.
  public var isEmpty: Bool { banks.allSatisfy(\.registers.isEmpty) }

  /// Bank and register of every selected register, in the order in which a PCR digest takes their values.
  public var order: [(bank: HashAlgorithm?, register: Int)] {
    banks.flatMap { bank in bank.registers.map { (bank.algorithm, $0) } }
  }

  /// The same registers of the same banks; banks without registers do not count, nor does the order of the banks.
  public func selectsSame(as other: RegisterSelection) -> Bool { registersByBank == other.registersByBank }

  private var registersByBank: [UInt16: Set<Int>] {
    var sets: [UInt16: Set<Int>] = [:]
    for bank in banks where !bank.registers.isEmpty { sets[bank.rawAlgorithm, default: []].formUnion(bank.registers) }
    return sets
  }

  init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let count = try reader.uint32("TPML_PCR_SELECTION.count")
    // TPM2_NUM_PCR_BANKS is 16 in every implementation; each selection takes three bytes at least.
    guard count <= 16 else {
      throw reader.failure("TPML_PCR_SELECTION.count", expected: "at most 16", found: "\(count)", at: start)
    }
    banks = []
    for _ in 0..<count {
      let algorithm = try reader.uint16("TPMS_PCR_SELECTION.hash")
      let size = Int(try reader.uint8("TPMS_PCR_SELECTION.sizeofSelect"))
      guard size <= 4 else {
        throw reader.failure(
          "TPMS_PCR_SELECTION.sizeofSelect", expected: "at most 4", found: "\(size)", at: reader.position - 1)
      }
      banks.append(Bank(rawAlgorithm: algorithm, registers: registers(of: try reader.bytes(size, "pcrSelect"))))
    }
  }
}

/// Indexes of the bits that are set; bit 0 of byte 0 is register 0.
func registers(of bitmap: [UInt8]) -> [Int] {
  (0..<bitmap.count * 8).filter { bitmap[$0 / 8] & (1 << UInt8($0 % 8)) != 0 }
}
