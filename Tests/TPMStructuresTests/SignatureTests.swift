import ByteReading
import TPMStructures
import TestSupport
import Testing

@Suite struct SignatureTests {
  @Test func everySchemeIsReadIntoItsParts() throws {
    #expect(try signature([0, 0x14, 0, 0x0b] + sized([1, 2])) == .rsassa(hash: 0x0b, [1, 2]))
    #expect(try signature([0, 0x16, 0, 0x0c] + sized([1, 2])) == .rsapss(hash: 0x0c, [1, 2]))
    #expect(try signature([0, 0x18, 0, 4] + sized([1]) + sized([2, 3])) == .ecdsa(hash: 4, r: [1], s: [2, 3]))
    for scheme: UInt16 in [0x05, 0x1a, 0x1b, 0x1c] {
      #expect(try signature(bigEndian(scheme) + [1, 2, 3]) == .unsupported(scheme: scheme))
    }
  }

  @Test(arguments: [0, 0x10, 0x15, 0x17, 0x19, 0x1d, 0xffff] as [UInt16])
  func aNumberThatIsNoSignatureSchemeIsAnError(scheme: UInt16) {
    #expect(
      errorText { () throws(ParseError) in try signature(bigEndian(scheme) + [0, 0x0b, 0, 0]) }
        == "quote.sig at 0x0: TPMT_SIGNATURE.sigAlg: expected a signature scheme, found 0x\(String(scheme, radix: 16))")
  }

  @Test(arguments: [3, 0x7fff, 0x8000, 0xffff] as [UInt16])
  func aSizeLargerThanTheFileIsAnError(size: UInt16) {
    #expect(throws: ParseError.self) { try signature([0, 0x14, 0, 0x0b] + bigEndian(size) + [1, 2]) }
    #expect(throws: ParseError.self) { try signature([0, 0x18, 0, 0x0b] + bigEndian(size) + [1, 2]) }
    #expect(throws: ParseError.self) { try signature([0, 0x18, 0, 0x0b] + sized([1]) + bigEndian(size) + [1, 2]) }
  }

  @Test func bytesAfterASignatureAreAnError() {
    #expect(throws: ParseError.self) { try signature([0, 0x14, 0, 0x0b] + sized([1]) + [0]) }
    #expect(throws: ParseError.self) { try signature([0, 0x14, 0, 0x0b] + sized([]) + [0]) }
  }

  private static let real = [
    "quotes/lab-swtpm/rsassa-sha256-tss.sig", "quotes/lab-swtpm/rsapss-sha256-tss.sig",
    "quotes/lab-swtpm/ecdsa-p256-tss.sig",
  ]

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func everyTruncationIsAnErrorAndNeverACrash(path: String) throws {
    let bytes = try Corpus.bytes(path)
    _ = try signature(bytes)
    for length in 0..<bytes.count {
      #expect(throws: ParseError.self, "\(length) bytes") { try signature(Array(bytes.prefix(length))) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aFlippedByteNeverCrashesAndNeverGoesUnnoticed(path: String) throws {
    let bytes = try Corpus.bytes(path)
    let whole = try signature(bytes)
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xff] {
        var changed = bytes
        changed[index] ^= mask
        do { #expect(try signature(changed) != whole) } catch { #expect(error.offset <= changed.count) }
      }
    }
  }
}
