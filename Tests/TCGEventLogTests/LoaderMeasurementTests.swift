import Testing

@testable import TCGEventLog

@Suite struct LoaderMeasurementTests {
  private func measurement(_ data: [UInt8]) throws -> LoaderMeasurement? {
    let record = LogBytes.record(register: 8, type: 13, digests: [(4, LogBytes.sha1Digest)], data: data)
    return LoaderMeasurement(try #require(try parse(LogBytes.header() + record).value.events.first))
  }

  @Test func behindALabelOfGRUBEveryByteIsText() throws {
    let label = Array("kernel_cmdline: ".utf8)
    let read = try #require(try measurement(label + Array("/a b\n\u{1b}[31m".utf8) + [0xff, 0]))
    #expect(read.kind == .kernelCommandLine && read.subject == "/a b\\n\\x1b[31m\\xff")
    #expect(read.text.closingNULCount == 1 && read.text.encoding == .utf8)
    #expect(try measurement(Array("grub_cmd: set x=\u{1}".utf8))?.kind == .grubCommand)
  }

  /// Bytes of a log of RHEL.
  @Test func aByteBehindTheNameOfAVariableOfShimIsSaid() throws {
    let read = try #require(try measurement(Array("MokList\0".utf8) + [0xaf]))
    #expect(read.kind == .shimVariable && read.subject == "MokList" && read.trailing == [0xaf])
    #expect(read.text.text == "MokList" && read.text.closingNULCount == 1)
    let usual = try #require(try measurement(Array("MokList\0".utf8)))
    #expect(usual.kind == .shimVariable && usual.trailing.isEmpty)
    #expect(try measurement(Array("MokList\0\0".utf8))?.trailing == [])
    #expect(try measurement(Array("MokList\0".utf8) + [0xaf, 1]) == nil)
    #expect(try measurement(Array("Mok\0".utf8) + [0xaf]) == nil)
  }

  @Test func withoutALabelBytesThatAreNoTextAreNone() throws {
    #expect(try measurement(Array("a file\u{1}".utf8)) == nil)
    #expect(try measurement(Array("a file".utf8))?.kind == .text)
  }
}
