import ByteReading
import Digests
import TPMStructures
import TestSupport
import Testing

@Suite struct RegisterFileTests {
  private func file(
    bankCount: UInt32 = 1, slot: [UInt8] = [0x0b, 0, 3, 0, 4, 0, 0, 0], listCount: UInt32 = 1, valueCount: UInt32 = 1,
    valueSize: [UInt8] = [32, 0], slack: UInt8 = 0xee
  ) -> [UInt8] {
    littleEndian(bankCount) + slot + [UInt8](repeating: slack, count: 15 * 8) + littleEndian(listCount)
      + littleEndian(valueCount) + valueSize + [UInt8](repeating: 7, count: 64)
      + [UInt8](repeating: slack, count: 7 * 66)
  }

  @Test func unusedSlotsAreNotLookedAt() throws {
    let read = try registerFile(file())
    #expect(read.selection.banks == [.init(rawAlgorithm: 0x0b, registers: [10])])
    #expect(read.values == [[UInt8](repeating: 7, count: 32)])
    #expect(read.registerValues[.sha256, 10] == [UInt8](repeating: 7, count: 32))
    #expect(try registerFile(file(slack: 0)) == read)
  }

  @Test(arguments: hostileCounts.filter { $0 != 1 })
  func aWrongCountIsAnErrorWhereverItStands(count: UInt32) {
    #expect(
      errorText { () throws(ParseError) in try registerFile(file(bankCount: count)) }
        == "quote.pcrs at 0x0: TPML_PCR_SELECTION.count: expected 1 to 16, found \(count)")
    #expect(
      errorText { () throws(ParseError) in try registerFile(file(listCount: count)) }
        == "quote.pcrs at 0x84: count of TPML_DIGEST: expected 1, found \(count)")
    #expect(throws: ParseError.self) { try registerFile(file(valueCount: count)) }
  }

  @Test func anErrorInAPartOfALargerFileCountsFromTheStartOfThatFile() {
    #expect(
      errorText { () throws(ParseError) in
        try file(bankCount: 0).read(file: "bundle", byteOrder: .littleEndian, base: 0x100) {
          reader throws(ParseError) in
          try RegisterFile(from: &reader)
        }
      } == "bundle at 0x100: TPML_PCR_SELECTION.count: expected 1 to 16, found 0")
    #expect(
      errorText { () throws(ParseError) in
        try file(valueCount: 0).read(file: "bundle", byteOrder: .littleEndian, base: 0x100) {
          reader throws(ParseError) in
          try RegisterFile(from: &reader)
        }
      }?.hasPrefix("bundle at 0x188: TPML_DIGEST: expected 1 value") == true)
  }

  @Test(arguments: [[65, 0], [0, 1], [0xff, 0xff], [20, 0], [0, 0], [64, 0]] as [[UInt8]])
  func aValueOfAnotherSizeThanItsBankIsAnError(size: [UInt8]) {
    #expect(throws: ParseError.self) { try registerFile(file(valueSize: size)) }
  }

  @Test(arguments: [0, 5, 0x80, 0xff] as [UInt8])
  func aBitmapOfAnotherSizeThanOneToFourBytesIsAnError(size: UInt8) {
    #expect(throws: ParseError.self) { try registerFile(file(slot: [0x0b, 0, size, 0, 4, 0, 0, 0])) }
  }

  @Test func anUnknownBankIsAnError() {
    #expect(throws: ParseError.self) { try registerFile(file(slot: [0x0e, 0, 3, 0, 4, 0, 0, 0])) }
  }

  @Test func aFileInTheOtherByteOrderIsAnError() {
    let bytes = file()
    #expect(throws: ParseError.self) {
      try bytes.read(file: "a", byteOrder: .bigEndian) { reader throws(ParseError) in try RegisterFile(from: &reader) }
    }
  }

  @Test func theSizesOfOneToSixtyFourListsArePlausibleAndNoOthers() {
    let plausible = (0...40_000).filter(RegisterFile.hasPlausibleByteCount)
    #expect(plausible == (1...64).map { 136 + 532 * $0 })
    for count in [Int.min, -396, -1, Int.max] { #expect(!RegisterFile.hasPlausibleByteCount(count)) }
  }

  @Test func bareValuesAreLabelledByTheSelection() throws {
    let selection = RegisterSelection(banks: [
      .init(rawAlgorithm: 0x0b, registers: [10]), .init(rawAlgorithm: 4, registers: [1, 10]),
    ])
    let bytes = [UInt8](repeating: 1, count: 32) + [UInt8](repeating: 2, count: 20) + [UInt8](repeating: 3, count: 20)
    let values = try #require(registerValues(ofBareValues: bytes, selection: selection))
    #expect(values[.sha256, 10] == [UInt8](repeating: 1, count: 32))
    #expect(values[.sha1, 1] == [UInt8](repeating: 2, count: 20))
    #expect(values[.sha1, 10] == [UInt8](repeating: 3, count: 20))
    for length in 0..<bytes.count {
      #expect(registerValues(ofBareValues: Array(bytes.prefix(length)), selection: selection) == nil)
    }
    #expect(registerValues(ofBareValues: bytes + [0], selection: selection) == nil)
    #expect(registerValues(ofBareValues: [], selection: RegisterSelection(banks: [])) == nil)
    let unknown = RegisterSelection(banks: [.init(rawAlgorithm: 0x99, registers: [0])])
    #expect(registerValues(ofBareValues: bytes, selection: unknown) == nil)
  }

  private static let real = [
    "quotes/lab-swtpm/rsassa-sha256first.pcrs", "quotes/lab-swtpm/rsassa-3banks.pcrs",
  ]

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func everyTruncationIsAnErrorAndNeverACrash(path: String) throws {
    let bytes = try Corpus.bytes(path)
    _ = try registerFile(bytes)
    for length in 0..<bytes.count {
      #expect(throws: ParseError.self, "\(length) bytes") { try registerFile(Array(bytes.prefix(length))) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aFlippedByteNeverCrashes(path: String) throws {
    let bytes = try Corpus.bytes(path)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0xff
      do { _ = try registerFile(changed).registerValues } catch { #expect(error.offset <= changed.count) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func bareValuesOfTheLabAreThoseOfTheDumpBesideThem() throws {
    let dump = try registerFile(try Corpus.bytes("lab/quotes-only/quotes/s1-pcrformat-serialized.pcrs"))
    let bare = try Corpus.bytes("lab/quotes-only/quotes/s1-pcrformat-values.pcrs")
    #expect(registerValues(ofBareValues: bare, selection: dump.selection) == dump.registerValues)
    #expect(throws: ParseError.self) { try registerFile(bare) }
  }
}
