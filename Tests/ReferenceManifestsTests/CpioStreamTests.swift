import ByteReading
import ReferenceManifests
import Testing

private struct Collected: CpioStream.Receiver {
  var sizes: [Int: UInt64] = [:]
  var entries: [CpioStream.Entry] = []
  var contents: [[UInt8]] = []
  var endCount = 0

  func byteCount(ofFile index: Int) -> UInt64? { sizes[index] }
  mutating func begin(_ entry: CpioStream.Entry) {
    entries.append(entry)
    contents.append([])
  }
  mutating func add(_ piece: RawSpan) {
    for offset in 0..<piece.byteCount {
      contents[contents.count - 1].append(piece.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }
  }
  mutating func end() { endCount += 1 }
}

private func hex8(_ value: Int) -> [UInt8] {
  let digits = String(value, radix: 16)
  return Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
}

private func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + Array(repeating: 0, count: (4 - bytes.count % 4) % 4) }

private func entry(_ name: String, _ data: [UInt8], mode: Int = 0o100644, inode: Int = 1) -> [UInt8] {
  let fields = [inode, mode, 0, 0, 1, 0, data.count, 0, 0, 0, 0, name.utf8.count + 1, 0]
  return padded(Array("070701".utf8) + fields.flatMap(hex8) + Array(name.utf8) + [0]) + padded(data)
}

private func stripped(_ index: Int, _ data: [UInt8]) -> [UInt8] {
  padded(Array("07070X".utf8) + hex8(index)) + padded(data)
}

private let archive = entry("./a", [1, 2, 3]) + entry("./empty", []) + stripped(4, [9, 9]) + entry("TRAILER!!!", [])

private func read(
  _ bytes: [UInt8], step: Int, members: Int = 100
) throws(ParseError) -> (collected: Collected, stream: CpioStream) {
  var collected = Collected(sizes: [4: 2])
  var stream = CpioStream(file: "payload", maximumPathByteCount: 100, maximumEntryCount: members)
  var start = 0
  while start < bytes.count {
    let piece = Array(bytes[start..<min(start + step, bytes.count)])
    try stream.add(piece.span.bytes, to: &collected)
    start += step
  }
  try stream.finish()
  return (collected, stream)
}

@Test(arguments: [1, 2, 3, 7, 64, 4096]) func membersAreTheSameHoweverThePiecesAreCut(step: Int) throws {
  let (collected, stream) = try read(archive, step: step)
  #expect(collected.entries.map(\.name) == [.path(Array("./a".utf8)), .path(Array("./empty".utf8)), .index(4)])
  #expect(collected.contents == [[1, 2, 3], [], [9, 9]] && collected.endCount == 3)
  #expect(!stream.hasTrailingContent)
  #expect(try read(archive + [0, 0, 0, 0], step: step).stream.hasTrailingContent == false)
  #expect(try read(archive + [0, 0, 1, 0], step: step).stream.hasTrailingContent)
}

@Test func everyTruncationOfAnArchiveIsAnError() {
  // The last three bytes are padding.
  for length in 0..<archive.count - 3 {
    #expect(throws: ParseError.self) { try read(Array(archive.prefix(length)), step: 16) }
  }
}

@Test func flippedBitsOfAnArchiveNeverCrash() {
  for index in archive.indices {
    for bit in 0..<8 {
      var changed = archive
      changed[index] ^= 1 << UInt8(bit)
      do throws(ParseError) { _ = try read(changed, step: 61) } catch { #expect(error.file == "payload") }
    }
  }
}

@Test func hostileArchivesAreRefused() {
  #expect(throws: ParseError.self) { try read(stripped(5, [1]), step: 8) }
  #expect(throws: ParseError.self) { try read(entry(String(repeating: "x", count: 100), []), step: 8) }
  #expect(throws: ParseError.self) { try read(archive, step: 8, members: 2) }
  let error = #expect(throws: ParseError.self) {
    try read(Array("070702".utf8) + Array(repeating: 0x78, count: 104), step: 200)
  }
  #expect(error?.description.contains("expected hexadecimal digits") == true)
}
