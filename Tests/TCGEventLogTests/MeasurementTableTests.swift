import ByteReading
import TCGEventLog
import TestSupport
import Testing

/// A table made by hand: 0x10000 bytes at 0x12345000.
private var table: [UInt8] {
  var bytes =
    Array("CCEL".utf8) + [56, 0, 0, 0, 1, 0] + Array("MAKERA".utf8) + [UInt8](repeating: 0x20, count: 20)
    + [2, 0, 0, 0] + [0, 0, 1, 0, 0, 0, 0, 0] + [0, 0x50, 0x34, 0x12, 0, 0, 0, 0]
  bytes[9] = 0 &- bytes.reduce(0) { $0 &+ $1 }
  return bytes
}

@Test func theTableSaysWhereTheLogLies() throws {
  let parsed = try #require(MeasurementTable.parse(table, file: "CCEL"))
  #expect(parsed.isWhole)
  #expect(parsed.value.technologyName == "Intel TDX")
  #expect(parsed.value.logAreaByteCount == 0x10000)
  #expect(parsed.value.logAreaAddress == 0x1234_5000)
  #expect(parsed.value.hasValidChecksum)
}

@Test func everyTruncationAndEveryFlippedBitOfTheTableIsSaid() {
  for length in 4..<table.count {
    #expect(MeasurementTable.parse(Array(table.prefix(length)), file: "CCEL")?.isWhole == false)
  }
  for place in 4..<table.count {
    for bit in 0..<8 {
      var flipped = table
      flipped[place] ^= 1 << bit
      #expect(MeasurementTable.parse(flipped, file: "CCEL")?.isWhole == false)
    }
  }
}

@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [
    ("google__go-tdx-guest/testing/testdata/ccel/ccel_table.dat", 0x40000 as UInt64, 0xbedb_f000 as UInt64)
  ])
func theTableOfAGuestIsRead(path: String, size: UInt64, address: UInt64) throws {
  let parsed = try #require(MeasurementTable.parse(try Corpus.bytes("eventlog/" + path), file: path))
  #expect(parsed.isWhole)
  #expect(parsed.value.logAreaByteCount == size)
  #expect(parsed.value.logAreaAddress == address)
}
