import ByteReading
import Digests
import Hashing
import QuoteVerification
import TPMStructures

/// A statement made by hand. Nobody signs it, so it is never authentic; its values hash to its digest all the same.
public struct MadeQuote {
  public var file: String
  public var magic: UInt32 = 0xff54_4347
  public var signer: [UInt8] = [0, 0x0b] + [UInt8](repeating: 7, count: 32)
  public var nonce: [UInt8] = []
  public var clock: UInt64 = 1000
  public var resetCount: UInt32 = 1
  public var restartCount: UInt32 = 0
  public var isSafe = true
  /// What is quoted: every register of every bank.
  public var values: RegisterValues
  /// The PCR file is archived too.
  public var hasRegisterFile = true

  public init(_ file: String, values: RegisterValues = RegisterValues()) {
    self.file = file
    self.values = values
  }

  /// Nobody's key: the statement verified without any signature.
  public func verified() throws -> VerifiedQuote {
    QuoteVerifier(ring: KeyRing([]), anchors: []).verify(try unverified(), at: nil)
  }

  public func unverified() throws -> UnverifiedQuote {
    UnverifiedQuote(
      file: file, attestation: .present(try attestation(bytes)), registerFile: hasRegisterFile ? file + ".pcrs" : nil,
      registers: hasRegisterFile ? .present(.bare(concatenated)) : .absent)
  }

  public var bytes: [UInt8] {
    var selection = big(UInt32(values.banks.count))
    for bank in values.banks {
      var bitmap: [UInt8] = [0, 0, 0]
      for register in values.registers(of: bank) { bitmap[register / 8] |= 1 << (register % 8) }
      selection += big(bank.rawValue) + [3] + bitmap
    }
    return head(type: 0x8018) + selection + sized(HashAlgorithm.sha256.digest(of: concatenated) ?? [])
  }

  /// A certification of another key by the same signer: signed by a TPM, and no quote.
  public var certification: [UInt8] { head(type: 0x8017) + sized(signer) + sized(signer) }

  private func head(type: UInt16) -> [UInt8] {
    big(magic) + big(type) + sized(signer) + sized(nonce) + big(clock) + big(resetCount) + big(restartCount)
      + [isSafe ? 1 : 0] + big(UInt64(1))
  }

  private var concatenated: [UInt8] {
    values.banks.flatMap { bank in values.registers(of: bank).flatMap { values[bank, $0] ?? [] } }
  }
}

public func attestation(_ bytes: [UInt8]) throws(ParseError) -> Attestation {
  try bytes.read(file: "made", byteOrder: .bigEndian) { reader throws(ParseError) in try Attestation(from: &reader) }
}

func big(_ number: some FixedWidthInteger) -> [UInt8] {
  stride(from: number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
}

func little(_ number: some FixedWidthInteger) -> [UInt8] { big(number).reversed() }

private func sized(_ bytes: [UInt8]) -> [UInt8] { big(UInt16(bytes.count)) + bytes }
