import ByteReading
import Testing

@Suite struct SpanReadingTests {
  @Test(arguments: [-1, Int.min, 2, 5, 6, Int.max])
  func anIntegerThatDoesNotLieWhollyInsideIsNil(offset: Int) {
    let bytes: [UInt8] = [1, 2, 3, 4, 5]
    #expect(integer(bytes, at: offset, .littleEndian) == nil)
  }

  @Test func anIntegerIsReadAtAnyPlaceInEitherOrder() {
    let bytes: [UInt8] = [1, 2, 3, 4, 5]
    #expect(integer(bytes, at: 0, .littleEndian) == 0x0403_0201)
    #expect(integer(bytes, at: 1, .bigEndian) == 0x0203_0405)
    #expect(integer([], at: 0, .bigEndian) == nil)
  }

  @Test func zeroesAreToldOnlyWhereTheyLieInside() {
    let bytes: [UInt8] = [1, 0, 0]
    #expect(isZero(bytes, at: 1, 2))
    #expect(isZero(bytes, at: 3, 0))
    #expect(!isZero(bytes, at: 0, 2))
    #expect(!isZero(bytes, at: 1, 3))
    #expect(!isZero(bytes, at: 1, Int.max))
    #expect(!isZero(bytes, at: -1, 1))
    #expect(!isZero(bytes, at: 1, -1))
  }

  @Test func aByteIsFoundAtOrAfterTheStart() {
    let bytes: [UInt8] = [10, 1, 10]
    #expect(place(of: 10, in: bytes, from: 0) == 0)
    #expect(place(of: 10, in: bytes, from: 1) == 2)
    #expect(place(of: 1, in: bytes, from: 2) == nil)
    #expect(place(of: 1, in: bytes, from: 3) == nil)
    #expect(place(of: 1, in: bytes, from: -1) == nil)
    #expect(place(of: 1, in: [], from: 0) == nil)
  }

  @Test(arguments: [0, 1, 4095, 4096, 4097, 8191, 8192, 9999])
  func theFirstDifferenceIsFoundOnBothSidesOfAStep(place: Int) {
    let left = [UInt8](repeating: 1, count: 10_000)
    var right = left
    right[place] = 2
    #expect(difference(left, right) == place)
    #expect(difference(left, Array(left.prefix(place))) == nil)
  }

  // A span may not stand inside `#expect`, which keeps the parts of an expression.

  private func integer(_ bytes: [UInt8], at offset: Int, _ order: ByteOrder) -> UInt32? {
    bytes.span.uint32(at: offset, order)
  }

  private func isZero(_ bytes: [UInt8], at offset: Int, _ byteCount: Int) -> Bool {
    bytes.span.isZero(at: offset, byteCount: byteCount)
  }

  private func place(of byte: UInt8, in bytes: [UInt8], from start: Int) -> Int? {
    bytes.span.firstIndex(of: byte, from: start)
  }

  private func difference(_ left: [UInt8], _ right: [UInt8]) -> Int? { firstDifference(left.span, right.span) }
}
