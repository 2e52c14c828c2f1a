import ByteReading
import Testing

@Suite struct ByteReaderTests {
  @Test func integersAreReadInTheByteOrderOfTheReader() throws {
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    try bytes.read(file: "a", byteOrder: .bigEndian) { reader throws(ParseError) in
      #expect(try reader.uint8("a") == 1)
      #expect(try reader.uint16("b") == 0x0203)
      #expect(try reader.uint32("c") == 0x0405_0607)
      #expect(try reader.uint64("d") == 0x0809_0a0b_0c0d_0e0f)
      #expect(reader.isAtEnd == true)
    }
    try bytes.read(file: "a", byteOrder: .littleEndian) { reader throws(ParseError) in
      #expect(try reader.uint8("a") == 1)
      #expect(try reader.uint16("b") == 0x0302)
      #expect(try reader.uint32("c") == 0x0706_0504)
      #expect(try reader.uint64("d") == 0x0f0e_0d0c_0b0a_0908)
    }
  }

  @Test func theByteOrderMayChangeBetweenTwoReads() throws {
    let bytes: [UInt8] = [0, 1, 0, 1]
    try bytes.read(file: "a", byteOrder: .bigEndian) { reader throws(ParseError) in
      #expect(try reader.uint16("first") == 1)
      reader.byteOrder = .littleEndian
      #expect(try reader.uint16("second") == 256)
    }
  }

  @Test func positionsInSlicesOfSlicesCountFromTheStartOfTheFile() throws {
    try Array(0..<20).read(file: "a", byteOrder: .bigEndian, base: 100) { reader throws(ParseError) in
      try reader.skip(4, "head")
      var outer = try reader.slice(10, "outer")
      #expect(reader.position == 114)
      #expect(outer.position == 104)
      try outer.skip(3, "head of outer")
      var inner = try outer.slice(2, "inner")
      #expect(inner.position == 107)
      #expect(try inner.uint8("x") == 7)
      #expect(inner.position == 108)
      #expect(inner.remaining == 1)
      #expect(outer.position == 109)
      #expect(outer.rest() == [9, 10, 11, 12, 13])
      #expect(reader.rest() == [14, 15, 16, 17, 18, 19])
    }
  }

  @Test func aSliceCannotRunOverItsEndIntoTheBytesOfItsParent() throws {
    try Array(repeating: UInt8(7), count: 8).read(file: "log", byteOrder: .bigEndian) { reader throws(ParseError) in
      var slice = try reader.slice(3, "part")
      let runsOver = fails(&slice) { reader throws(ParseError) in _ = try reader.uint32("wide") }
      #expect(runsOver)
      #expect(slice.peek(4) == nil)
      #expect(slice.remaining == 3)
      #expect(reader.remaining == 5)
    }
  }

  @Test(arguments: [-1, Int.min, 4, 5, Int.max, Int(UInt32.max)])
  func aCountThatDoesNotFitIsAnErrorForEveryReadAndMovesNothing(count: Int) {
    [UInt8](arrayLiteral: 1, 2, 3).read(file: "a", byteOrder: .bigEndian) { reader in
      let bytesFail = fails(&reader) { reader throws(ParseError) in _ = try reader.bytes(count, "field") }
      #expect(bytesFail)
      let skipFails = fails(&reader) { reader throws(ParseError) in _ = try reader.skip(count, "field") }
      #expect(skipFails)
      let sliceFails = fails(&reader) { reader throws(ParseError) in _ = try reader.slice(count, "field") }
      #expect(sliceFails)
      #expect(reader.peek(count) == nil)
      #expect(reader.position == 0)
      #expect(reader.remaining == 3)
    }
  }

  @Test func anErrorSaysFileOffsetFieldAndHowMuchIsMissing() {
    let error = error(of: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]) { reader throws(ParseError) in
      try reader.skip(10, "head")
      _ = try reader.uint32("TPMS_ATTEST.extraData")
    }
    #expect(error?.description == "quote.bin at 0xa: TPMS_ATTEST.extraData: expected 4 bytes, found 1 byte")
    #expect(error?.missingByteCount == 3)
  }

  @Test func aSizeWithoutItsBytesIsReportedAtTheBytes() {
    let error = error(of: [0, 5, 1, 2]) { reader throws(ParseError) in _ = try reader.sizedBytes("name") }
    #expect(error?.description == "quote.bin at 0x2: name.buffer: expected 5 bytes, found 2 bytes")
    let noSize = self.error(of: [0]) { reader throws(ParseError) in _ = try reader.sizedBytes("name") }
    #expect(noSize?.description == "quote.bin at 0x0: name.size: expected 2 bytes, found 1 byte")
  }

  @Test func anUnexpectedConstantIsReportedWhereItBegins() {
    let error = error(of: [9, 0xff, 0x54, 0x43, 0x48]) { reader throws(ParseError) in
      try reader.skip(1, "head")
      try reader.expect(0xff54_4347, "TPMS_ATTEST.magic")
    }
    #expect(error?.description == "quote.bin at 0x1: TPMS_ATTEST.magic: expected 0xff544347, found 0xff544348")
    #expect(error?.missingByteCount == nil)
  }

  @Test func bytesAfterTheEndOfAStructureAreAnError() {
    let error = error(of: [1, 2, 3]) { reader throws(ParseError) in
      try reader.skip(1, "head")
      try reader.expectEnd(of: "TPMS_ATTEST")
    }
    #expect(error?.description == "quote.bin at 0x1: TPMS_ATTEST: expected the end, found 2 bytes more")
  }

  @Test func anEmptyFileHasNothingToReadAndNothingLeft() {
    [UInt8]().read(file: "a", byteOrder: .bigEndian) { reader in
      #expect(reader.isAtEnd == true)
      #expect(reader.rest() == [])
      #expect(reader.peek(0) == [])
      #expect(reader.peek(1) == nil)
      let nothingToRead = fails(&reader) { reader throws(ParseError) in _ = try reader.uint8("x") }
      #expect(nothingToRead)
    }
  }

  /// True when the read throws.
  private func fails(_ reader: inout ByteReader, _ read: (inout ByteReader) throws(ParseError) -> Void) -> Bool {
    do {
      try read(&reader)
      return false
    } catch { return true }
  }

  private func error(
    of bytes: [UInt8], _ body: (inout ByteReader) throws(ParseError) -> Void
  ) -> ParseError? {
    do {
      try bytes.read(file: "quote.bin", byteOrder: .bigEndian, body)
      return nil
    } catch { return error }
  }
}
