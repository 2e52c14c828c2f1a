import ByteReading
import Digests

/// Register values as text, in one of the layouts that are archived.
///
/// - `tpm2_pcrread`: a line `sha256:` for each bank, then lines `10: 0xHEX`;
/// - the kernel's sysfs, one register a line: `pcr-sha256/10 HEX`;
/// - the kernel's old `pcrs` file, which evmctl reads: `PCR-10: AB CD ...`, the bank told by the length;
/// - tables of JSON, as `RegisterTable` has them.
public struct RegisterListing: Equatable, Sendable {
  public var values: RegisterValues
  /// What stands in a table of JSON and is no register value, in the order of the file; lines of the other layouts have none.
  public var problems: [ParseError] = []

  public init(values: RegisterValues) { self.values = values }

  /// Reads any of the layouts; nil when the file holds no listing.
  public static func parse(_ bytes: [UInt8], file: String) -> RegisterListing? {
    RegisterListing(bytes) ?? RegisterListing(document: bytes, file: file)
  }

  /// Reads lines. Nil when the text holds no register value, or is something else that quotes a listing: more than one other line,
  /// and one more for every eight registers.
  public init?(_ bytes: [UInt8]) {
    guard let values = Self.values(bytes, of: Self.register) else { return nil }
    self.values = values
  }

  private typealias Line = (bank: HashAlgorithm, register: Int, value: [UInt8])

  private static func values(
    _ bytes: [UInt8], of line: (_ words: [String], _ bank: HashAlgorithm?) -> Line?
  ) -> RegisterValues? {
    guard bytes.count <= 1 << 20, bytes.allSatisfy({ $0 == 9 || $0 == 10 || $0 == 13 || (0x20..<0x7f).contains($0) })
    else { return nil }
    var values = RegisterValues()
    var bank: HashAlgorithm?
    var others = 0
    var registers = 0
    for text in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
      let words = text.split(whereSeparator: { $0 == 0x20 || $0 == 9 }).map { String(decoding: $0, as: UTF8.self) }
      if words.isEmpty || words == ["---"] { continue }
      if words.count == 1, words[0].last == ":", let named = HashAlgorithm(name: String(words[0].dropLast())) {
        bank = named
      } else if let (found, register, value) = line(words, bank) {
        guard values[found, register] == nil || values[found, register] == value else { return nil }
        values[found, register] = value
        registers += 1
      } else {
        others += 1
      }
    }
    return registers > 0 && others <= 1 + registers / 8 ? values : nil
  }

  /// The registers of a confidential guest as `inquest replay` prints them: as `tpm2_pcrread` does, with `RTMR0` in place of 0. They have
  /// the numbers under which a CCEL logs them, from 1 on. Nil when the text holds none, or is no such listing.
  public static func guestRegisters(_ bytes: [UInt8]) -> RegisterValues? {
    values(bytes) { words, bank in
      guard let bank, words.count == 2, let first = words.first, first.hasPrefix("RTMR"), first.last == ":",
        let index = Int(first.dropFirst(4).dropLast()), (0...3).contains(index), words[1].lowercased().hasPrefix("0x")
      else { return nil }
      return value(String(index + 1), String(words[1].dropFirst(2)), in: bank)
    }
  }

  private static func register(_ words: [String], bank: HashAlgorithm?) -> Line? {
    guard let first = words.first else { return nil }
    if first.hasPrefix("pcr-"), words.count == 2 {
      let parts = first.dropFirst(4).split(separator: "/")
      guard parts.count == 2, let named = HashAlgorithm(name: String(parts[0])) else { return nil }
      return value(String(parts[1]), words[1], in: named)
    }
    if first.hasPrefix("PCR-"), first.last == ":" {
      let hex = words.dropFirst().joined()
      guard
        let named = [HashAlgorithm.sha1, .sha256, .sha384, .sha512].first(where: { $0.digestByteCount * 2 == hex.count }
        )
      else { return nil }
      return value(String(first.dropFirst(4).dropLast()), hex, in: named)
    }
    guard let bank else { return nil }
    // `0 : 0xHEX` or `10: 0xHEX`
    let hex = words.last ?? ""
    let index = words.dropLast().joined()
    guard index.last == ":", hex.hasPrefix("0x") || hex.hasPrefix("0X") else { return nil }
    return value(String(index.dropLast()), String(hex.dropFirst(2)), in: bank)
  }

  private static func value(_ index: String, _ hex: String, in bank: HashAlgorithm) -> Line? {
    guard let register = Int(index), (0..<32).contains(register), let bytes = bytesOfHex(hex),
      bytes.count == bank.digestByteCount
    else { return nil }
    return (bank, register, bytes)
  }
}

extension RegisterValues {
  /// Register values as a file keeps them: a listing without problems, or the dump of tpm2-tools. Nil when the bytes are neither.
  public init?(archived bytes: [UInt8], file: String) {
    if let listing = RegisterListing.parse(bytes, file: file) {
      guard listing.problems.isEmpty else { return nil }
      self = listing.values
      return
    }
    guard RegisterFile.hasPlausibleByteCount(bytes.count) else { return nil }
    do {
      let dump = try bytes.read(file: file, byteOrder: .littleEndian) { reader throws(ParseError) in
        try RegisterFile(from: &reader)
      }
      self = dump.registerValues
    } catch {
      return nil
    }
  }
}
