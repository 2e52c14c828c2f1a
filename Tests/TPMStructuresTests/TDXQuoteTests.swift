import ByteReading
import Digests
import TPMStructures
import TestSupport
import Testing

/// A quote of version 4 made by hand: each register is a run of one byte.
private func quote(version: UInt16 = 4, signature: [UInt8] = [1, 2, 3]) -> [UInt8] {
  func run(_ byte: UInt8, _ count: Int) -> [UInt8] { Array(repeating: byte, count: count) }
  let header = [UInt8(version), 0, 2, 0, 0x81, 0, 0, 0] + run(9, 40)
  let descriptor: [UInt8] = version == 5 ? [2, 0, 0x48, 0x02, 0, 0] : []
  let registers = (0..<4).flatMap { run(0xa0 + UInt8($0), 48) }
  return header + descriptor + run(8, 136) + run(0x77, 48) + run(7, 144) + registers + run(0x55, 64)
    + [UInt8(signature.count), 0, 0, 0] + signature
}

@Test(arguments: [4, 5] as [UInt16])
func theRegistersStandWhereTheVersionPutsThem(version: UInt16) throws {
  let parsed = try #require(TDXQuote.parse(quote(version: version), file: "q"))
  #expect(parsed.isWhole)
  #expect(parsed.value.version == version)
  #expect(parsed.value.mrtd == [UInt8](repeating: 0x77, count: 48))
  #expect(parsed.value.runtimeRegisters.map(\.first) == [0xa0, 0xa1, 0xa2, 0xa3])
  #expect(parsed.value.runtimeRegisters.allSatisfy { $0.count == 48 })
  #expect(parsed.value.reportData == [UInt8](repeating: 0x55, count: 64))
  #expect(parsed.value.registerValues[.sha384, 4]?.first == 0xa3)
}

@Test(arguments: [4, 5] as [UInt16])
func everyTruncationOfATDXQuoteIsSaid(version: UInt16) {
  let whole = quote(version: version)
  for length in 8..<whole.count {
    #expect(TDXQuote.parse(Array(whole.prefix(length)), file: "q")?.problems.count == 1)
  }
  #expect(TDXQuote.parse(Array(whole.prefix(7)), file: "q").map(\.value) == nil)
}

@Test func aBodyOfAnotherSizeIsAnError() {
  for size: UInt8 in [0, 1, 0xff] {
    var bytes = quote(version: 5)
    bytes[50] = size
    let parsed = TDXQuote.parse(bytes, file: "q")
    #expect(parsed?.isWhole == false)
  }
}

@Test(.enabled(if: Corpus.isPresent))
func theQuoteOfAConfidentialGuestHoldsItsRegisters() throws {
  let path = "eventlog/google__go-tdx-guest/testing/testdata/ccel/"
  let bytes = try Corpus.bytes(path + "cos-113-tdx-quote.dat")
  let parsed = try #require(TDXQuote.parse(bytes, file: "q"))
  #expect(parsed.isWhole)
  #expect(parsed.value.version == 4)
  #expect(parsed.value.runtimeRegisters[0] == Array(bytes[376..<424]))
  #expect(parsed.value.reportData == (try Corpus.bytes(path + "nonce.dat")))
}
