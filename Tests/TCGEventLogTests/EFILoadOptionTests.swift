import TestSupport
import Testing

@testable import TCGEventLog

private func node(_ type: UInt8, _ subtype: UInt8, _ data: [UInt8]) -> [UInt8] {
  [type, subtype] + LogBytes.le16(UInt16(data.count + 4)) + data
}

private let end = node(0x7f, 0xff, [])
private let image = node(4, 4, "\\A".utf16.flatMap { LogBytes.le16($0) } + [0, 0])

private func option(_ paths: [UInt8], attributes: UInt32 = 1, data: [UInt8] = []) throws -> EFILoadOption {
  let content =
    LogBytes.le32(attributes) + LogBytes.le16(UInt16(paths.count)) + [UInt8(ascii: "B"), 0, 0, 0] + paths + data
  let name = "Boot0001".utf16.flatMap { LogBytes.le16($0) }
  let sizes = LogBytes.le32(8) + LogBytes.le32(0) + LogBytes.le32(UInt32(content.count)) + LogBytes.le32(0)
  let record = LogBytes.record(
    register: 1, type: 0x8000_0002, digests: [(4, LogBytes.sha1Digest)],
    data: [UInt8](repeating: 0, count: 16) + sizes + name + content)
  let event = try #require(try parse(LogBytes.header() + record).value.events.first)
  guard case .variable(_, .loadOption(let option)) = event.content(file: "log.bin") else { throw NoLoadOption() }
  return option
}

private struct NoLoadOption: Error {}

@Suite struct EFILoadOptionTests {
  @Test func everyPathOfTheListIsRead() throws {
    let read = try option(node(1, 5, LogBytes.le32(7)) + end + image + end + image + end, data: [9])
    #expect(read.path.text == "Ctrl(0x7)" && read.path.hasEnd && read.path.trailing.isEmpty)
    #expect(read.furtherPaths.map(\.text) == ["File(\\A)", "File(\\A)"])
    #expect(read.optionalData == [9] && read.path.byteCount == 12)
    #expect(try option(image + end).furtherPaths.isEmpty && option([]).path.nodes.isEmpty)
  }

  @Test func whatBreaksAFurtherPathIsSaidAndItsBytesStand() throws {
    let read = try option(image + end + image + [1, 1, 3, 0, 5])
    #expect(read.path.problem == nil && read.furtherPaths.map(\.text) == ["File(\\A)"])
    #expect(read.furtherPaths.first?.problem?.found == "3" && read.furtherPaths.first?.trailing == [1, 1, 3, 0, 5])
    let first = try option(image + [1, 1, 3, 0, 5])
    #expect(first.path.trailing == [1, 1, 3, 0, 5] && first.furtherPaths.isEmpty)
    // A path without its end takes what is there.
    #expect(try !option(image + end + image).furtherPaths[0].hasEnd)
  }

  @Test func theCategoryIsRead() throws {
    #expect(try option([]).category == 0 && option([], attributes: 0x101).category == 1)
    #expect(try option([], attributes: 0xffff_ffff).category == 31)
  }

  /// Firmware of HP writes a node of its own first and the path of the image second.
  @Test(.enabled(if: Corpus.isPresent, "the corpus is absent")) func noPathOfTheCorpusStaysBytes() throws {
    let options = try DistinctEvents.inCorpus().compactMap { event in
      if case .variable(_, .loadOption(let option)) = event.content(file: "") { option } else { nil }
    }
    #expect(options.filter { !$0.furtherPaths.isEmpty }.count >= 30)
    for option in options {
      #expect(([option.path] + option.furtherPaths).allSatisfy { $0.trailing.isEmpty && $0.problem == nil })
    }
    #expect(
      options.contains { option in
        option.path.text == "VenHw(99e275e7-75a0-4b37-a2e6-c5385e6c00cb)"
          && option.furtherPaths.map(\.text).contains { $0.hasSuffix("File(\\EFI\\Microsoft\\Boot\\bootmgfw.efi)") }
      })
  }
}
