import ByteReading
import Digests

/// The register values that `tpm2_quote -o` writes beside a quote: a dump of tpm2-tools' own structures.
///
/// Layout, all integers little-endian: `TPML_PCR_SELECTION` as 32-bit count and 16 slots of 8 bytes (hash, size, four
/// bytes of bitmap, one of padding); a 32-bit count of lists; each list a 32-bit count and 8 slots of 66 bytes (16-bit
/// size, 64 bytes). Unused slots hold whatever was in memory and are not looked at.
///
/// Source: tpm2-tools, `lib/pcr.c` and `tools/tpm2_quote.c`, format `serialized`.
public struct RegisterFile: Equatable, Sendable {
  public var selection: RegisterSelection
  /// Values in the order of the selection.
  public var values: [[UInt8]]

  static let fixedByteCount = 136
  static let listByteCount = 532

  /// True for a size that this layout can have.
  public static func hasPlausibleByteCount(_ count: Int) -> Bool {
    count > fixedByteCount && (count - fixedByteCount) % listByteCount == 0
      && count <= fixedByteCount + 64 * listByteCount
  }

  /// The reader must be little-endian and hold the whole file.
  public init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let bankCount = try reader.uint32("TPML_PCR_SELECTION.count")
    guard (1...16).contains(bankCount) else {
      throw reader.failure("TPML_PCR_SELECTION.count", expected: "1 to 16", found: "\(bankCount)", at: start)
    }
    var banks: [RegisterSelection.Bank] = []
    for slot in 0..<16 {
      let algorithm = try reader.uint16("TPMS_PCR_SELECTION.hash")
      let size = Int(try reader.uint8("TPMS_PCR_SELECTION.sizeofSelect"))
      let bitmap = try reader.bytes(4, "TPMS_PCR_SELECTION.pcrSelect")
      try reader.skip(1, "padding")
      guard slot < bankCount else { continue }
      guard (1...4).contains(size), HashAlgorithm(rawValue: algorithm) != nil else {
        throw reader.failure(
          "TPMS_PCR_SELECTION", expected: "a known hash and 1 to 4 bytes of bitmap",
          found: "hash 0x\(String(algorithm, radix: 16)), \(size) bytes", at: reader.position - 8)
      }
      banks.append(
        RegisterSelection.Bank(rawAlgorithm: algorithm, registers: registers(of: Array(bitmap.prefix(size)))))
    }
    selection = RegisterSelection(banks: banks)
    values = try Self.lists(&reader)
    try reader.expectEnd(of: "the PCR file")
    let sizes = selection.order.map { $0.bank?.digestByteCount ?? 0 }
    guard sizes == values.map(\.count) else {
      throw reader.failure(
        "TPML_DIGEST", expected: "\(sizes.count) values of the selected banks' sizes",
        found: "\(values.count) values of \(values.map { String($0.count) }.joined(separator: ", ")) bytes",
        at: start + Self.fixedByteCount)
    }
  }

  private static func lists(_ reader: inout ByteReader) throws(ParseError) -> [[UInt8]] {
    let count = try reader.uint32("count of TPML_DIGEST")
    guard Int(count) * listByteCount == reader.remaining else {
      throw reader.failure(
        "count of TPML_DIGEST", expected: "\(reader.remaining / listByteCount)", found: "\(count)",
        at: reader.position - 4)
    }
    var values: [[UInt8]] = []
    for _ in 0..<count {
      let used = try reader.uint32("TPML_DIGEST.count")
      guard used <= 8 else {
        throw reader.failure("TPML_DIGEST.count", expected: "at most 8", found: "\(used)", at: reader.position - 4)
      }
      for slot in 0..<8 {
        let size = Int(try reader.uint16("TPM2B_DIGEST.size"))
        let buffer = try reader.bytes(64, "TPM2B_DIGEST.buffer")
        guard slot < used else { continue }
        guard size <= 64 else {
          throw reader.failure("TPM2B_DIGEST.size", expected: "at most 64", found: "\(size)", at: reader.position - 66)
        }
        values.append(Array(buffer.prefix(size)))
      }
    }
    return values
  }

  /// The values by bank and register.
  public var registerValues: RegisterValues { assign(values, to: selection) }
}

/// Splits bare values (`tpm2_quote --pcrs_format=values`) as the selection says; nil when their size does not fit it.
public func registerValues(ofBareValues bytes: [UInt8], selection: RegisterSelection) -> RegisterValues? {
  var rest = bytes[...]
  var values: [[UInt8]] = []
  for (bank, _) in selection.order {
    guard let size = bank?.digestByteCount, rest.count >= size else { return nil }
    values.append(Array(rest.prefix(size)))
    rest = rest.dropFirst(size)
  }
  return rest.isEmpty && !values.isEmpty ? assign(values, to: selection) : nil
}

private func assign(_ values: [[UInt8]], to selection: RegisterSelection) -> RegisterValues {
  var byRegister = RegisterValues()
  for ((bank, register), value) in zip(selection.order, values) {
    if let bank { byRegister[bank, register] = value }
  }
  return byRegister
}
