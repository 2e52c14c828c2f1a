import ByteReading
import Digests

/// What a TPM 1.2 signs when it quotes, as `TPM_Quote2` makes it.
///
/// Source: TPM 1.2 Main, Part 2, sections 8.9 and 11.3, `TPM_QUOTE_INFO2` and `TPM_PCR_INFO_SHORT`. Big-endian.
public struct TPM12Quote: Equatable, Sendable {
  /// 20 bytes.
  public var nonce: [UInt8]
  /// Of the one bank that a TPM 1.2 has.
  public var registers: [Int]
  /// SHA-1 over a `TPM_PCR_COMPOSITE` of the registers.
  public var digest: [UInt8]
  /// The selection as it stands, which the composite begins with: a size of 16 bits and the bitmap.
  public var selection: [UInt8]
  /// Everything that the signature is over: the structure, and the TPM's version where it was asked for.
  public var signedBytes: [UInt8]

  static let mark = Array("QUT2".utf8)

  /// Whether bytes begin like one.
  public static func isLikely(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x00, 0x36] + mark) }

  /// The reader must be big-endian and hold the structure and nothing else but a `TPM_CAP_VERSION_INFO`.
  public init(from reader: inout ByteReader) throws(ParseError) {
    signedBytes = reader.peek(reader.remaining) ?? []
    let start = reader.position
    let head = try reader.bytes(6, "TPM_QUOTE_INFO2.tag")
    guard Self.isLikely(head) else {
      throw reader.failure("TPM_QUOTE_INFO2.tag", expected: "0x0036 and QUT2", found: hexText(head), at: start)
    }
    nonce = try reader.bytes(20, "TPM_QUOTE_INFO2.externalData")
    let place = reader.position
    let size = Int(try reader.uint16("TPM_PCR_SELECTION.sizeOfSelect"))
    guard (1...4).contains(size) else {
      throw reader.failure("TPM_PCR_SELECTION.sizeOfSelect", expected: "1 to 4", found: "\(size)", at: place)
    }
    let bitmap = try reader.bytes(size, "TPM_PCR_SELECTION.pcrSelect")
    selection = [0, UInt8(size)] + bitmap
    registers = TPMStructures.registers(of: bitmap)
    try reader.skip(1, "TPM_PCR_INFO_SHORT.localityAtRelease")
    digest = try reader.bytes(20, "TPM_PCR_INFO_SHORT.digestAtRelease")
  }

  /// What the digest is over, for register values in the order of `registers`.
  ///
  /// Source: TPM 1.2 Main, Part 2, section 8.2, `TPM_PCR_COMPOSITE`.
  public func composite(_ values: [[UInt8]]) -> [UInt8] {
    let size = UInt32(clamping: values.reduce(0) { $0 + $1.count })
    return selection + (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + values.flatMap { $0 }
  }
}
