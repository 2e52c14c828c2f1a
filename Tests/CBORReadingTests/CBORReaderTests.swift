import ByteReading
import CBORReading
import Testing

private func parse(_ hex: String) throws -> CBORValue {
  let bytes = try #require(bytesOfHex(hex))
  return try CBORValue.parse(bytes, file: "a.cbor")
}

/// Every kind of item in one array.
private let whole =
  "8c 1903e8 3863 43010203 6449455446 82 0102 a2 6161 01 6162 82 0203 c1 1a514b67b0 f4 f6 f7 f9 3c00 5f 42 0102 41 03 ff"
  .filter { $0 != " " }

/// Examples of RFC 8949, appendix A.
@Test(arguments: [
  ("00", CBORValue.Content.unsigned(0)),
  ("17", .unsigned(23)),
  ("1818", .unsigned(24)),
  ("1903e8", .unsigned(1000)),
  ("1a000f4240", .unsigned(1_000_000)),
  ("1bffffffffffffffff", .unsigned(.max)),
  ("20", .negative(0)),
  ("3903e7", .negative(999)),
  ("3bffffffffffffffff", .negative(.max)),
  ("f90000", .float(0)),
  ("f93c00", .float(1)),
  ("f97bff", .float(65504)),
  ("fa47c35000", .float(100_000)),
  ("fb3ff199999999999a", .float(1.1)),
  ("f90001", .float(5.960464477539063e-8)),
  ("f9fc00", .float(-.infinity)),
  ("f4", .bool(false)),
  ("f5", .bool(true)),
  ("f6", .null),
  ("f7", .undefined),
  ("f0", .simple(16)),
  ("f8ff", .simple(255)),
  ("40", .bytes([])),
  ("4401020304", .bytes([1, 2, 3, 4])),
  ("60", .text("")),
  ("6449455446", .text("IETF")),
  ("62c3bc", .text("ü")),
  ("64f0908591", .text("𐅑")),
  ("80", .array([])),
  ("a0", .map([])),
  ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])),
  ("7f657374726561646d696e67ff", .text("streaming")),
  ("9fff", .array([])),
  ("bfff", .map([])),
])
func theExamplesOfTheStandardAreRead(encoded: String, expected: CBORValue.Content) throws {
  #expect(try parse(encoded).content == expected)
}

@Test func aNotANumberIsRead() throws {
  guard case .float(let number) = try parse("f97e00").content else {
    Issue.record("no float")
    return
  }
  #expect(number.isNaN)
}

@Test(arguments: [
  "83018202039f0405ff", "9f018202039f0405ffff", "9f01820203820405ff", "83018202039f0405ff", "83019f0203ff820405",
])
func openAndDefiniteLengthsGiveTheSameElements(encoded: String) throws {
  let value = try parse(encoded)
  let numbers = value.elements?.map { $0.integer.map { [$0] } ?? $0.elements?.compactMap(\.integer) ?? [] }
  #expect(numbers == [[1], [2, 3], [4, 5]])
}

@Test func mapsKeepTheirOrderAndAnswerByKey() throws {
  let value = try parse("a4 6162 01 6161 02 03 04 20 6178".filter { $0 != " " })
  #expect(value.pairs?.map(\.key.kind) == ["the text 'b'", "the text 'a'", "the number 3", "the number -1"])
  #expect(value["a"]?.integer == 2)
  #expect(value[3]?.integer == 4)
  #expect(value[-1]?.text == "x")
  #expect(value["c"] == nil)
}

@Test func everyItemKnowsItsBytes() throws {
  // Tag 18 around [h'a1', {}, text in pieces].
  let value = try CBORValue.parse(
    try #require(bytesOfHex("d28341a1a07f616161 62ff".filter { $0 != " " })), file: "a", base: 100)
  #expect(value.range == 100..<111)
  let inner = try #require(value.tagged)
  #expect(inner.number == 18)
  #expect(inner.value.range == 101..<111)
  #expect(inner.value.elements?.map(\.range) == [102..<104, 104..<105, 105..<111])
  #expect(inner.value.elements?[0].stringRange == 103..<104)
  #expect(inner.value.elements?[2].stringRange == nil)
}

@Test func itemsOfASequenceAreReadOneByOne() throws {
  let bytes: [UInt8] = [0x01, 0x61, 0x61, 0x80]
  let kinds = try bytes.read(file: "a", byteOrder: .littleEndian) { reader throws(ParseError) in
    var kinds: [String] = []
    while !reader.isAtEnd { kinds.append(try CBORValue(from: &reader).kind) }
    return kinds
  }
  #expect(kinds == ["the number 1", "the text 'a'", "an array of 0"])
}

@Test(arguments: [
  ("1c", "a.cbor at 0x0: CBOR head: expected additional information that is in use, found 0x1c"),
  ("1f", "a.cbor at 0x0: CBOR head: expected a number, found an open length"),
  ("ff", "a.cbor at 0x0: CBOR item: expected an item, found a break"),
  ("f814", "a.cbor at 0x0: CBOR simple value: expected at least 32 in two bytes, found 20"),
  ("61ff", "a.cbor at 0x1: CBOR text: expected UTF-8, found '\\xff'"),
  ("7f61c361bcff", "a.cbor at 0x2: CBOR text: expected UTF-8, found '\\xc3'"),
  (
    "5f6161ff",
    "a.cbor at 0x1: CBOR string: expected a piece of known length of the same type, or a break, found another item"
  ),
  (
    "5f5fffff",
    "a.cbor at 0x1: CBOR string: expected a piece of known length of the same type, or a break, found another item"
  ),
  ("a2 01 02 01 03", "a.cbor at 0x3: CBOR map: expected each key once, found the number 1 again"),
  ("a2 6161 02 6161 03", "a.cbor at 0x4: CBOR map: expected each key once, found the text 'a' again"),
  ("0000", "a.cbor at 0x1: CBOR item: expected the end, found 1 byte more"),
  ("bf01ff", "a.cbor at 0x2: CBOR item: expected an item, found a break"),
  (
    "9affffffff00",
    "a.cbor at 0x5: CBOR count: expected at most 1, which is what the bytes left could hold, found 4294967295"
  ),
  (
    "bb800000000000000000",
    "a.cbor at 0x9: CBOR count: expected at most 0, which is what the bytes left could hold, found 9223372036854775808"
  ),
  ("5bffffffffffffffff00", "a.cbor at 0x9: CBOR string: expected 9223372036854775807 bytes, found 1 byte"),
])
func whatIsNotCBORIsRefusedWithItsPlace(encoded: String, text: String) throws {
  #expect(throws: ParseError.self) { try parse(encoded.filter { $0 != " " }) }
  do { _ = try parse(encoded.filter { $0 != " " }) } catch let error as ParseError {
    #expect(error.description == text)
  }
}

@Test func anItemOfEveryKindIsWhole() throws { #expect(try parse(whole).elements?.count == 12) }

@Test(arguments: 0..<50)
func everyTruncationOfAnItemIsAnError(length: Int) throws {
  let bytes = try #require(bytesOfHex(whole))
  guard length < bytes.count else { return }
  #expect(throws: ParseError.self) { try CBORValue.parse(Array(bytes.prefix(length)), file: "a") }
}

@Test func everyFlippedBitIsReadOrRefused() throws {
  let bytes = try #require(bytesOfHex(whole))
  for index in bytes.indices {
    for bit in 0..<8 {
      var flipped = bytes
      flipped[index] ^= 1 << bit
      do throws(ParseError) {
        let value = try CBORValue.parse(flipped, file: "a")
        #expect(value.range == 0..<bytes.count)
      } catch {
        #expect(error.offset <= bytes.count)
      }
    }
  }
}

@Test(arguments: [[0x81] as [UInt8], [0xc1], [0x9f], [0xa1, 0x00], [0xbf, 0x00], [0xa1]])
func nestingWithoutEndIsRefused(level: [UInt8]) {
  let bytes = Array(repeatElement(level, count: 100_000).joined())
  do throws(ParseError) {
    _ = try CBORValue.parse(bytes, file: "a")
    Issue.record("it was read")
  } catch {
    #expect(error.expected.contains("64 levels") || error.expected.contains("each key once"))
  }
}

@Test func moreItemsThanAllowedAreRefused() throws {
  let bytes = [0x83] + [UInt8](repeating: 0, count: 3)
  #expect(try CBORValue.parse(bytes, file: "a", limits: CBORLimits(items: 4)).elements?.count == 3)
  #expect(throws: ParseError.self) { try CBORValue.parse(bytes, file: "a", limits: CBORLimits(items: 3)) }
  let pieces: [UInt8] = [0x5f, 0x40, 0x40, 0x40, 0xff]
  #expect(throws: ParseError.self) { try CBORValue.parse(pieces, file: "a", limits: CBORLimits(items: 3)) }
}
