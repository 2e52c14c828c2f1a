import TestSupport
import Testing

@testable import TCGEventLog

private func tag(_ identifier: UInt32, _ data: [UInt8]) throws -> TaggedEvent {
  let record = LogBytes.record(
    register: 2, type: 6, digests: [(4, LogBytes.sha1Digest)],
    data: LogBytes.le32(identifier) + LogBytes.le32(UInt32(data.count)) + data)
  let event = try #require(try parse(LogBytes.header() + record).value.events.first)
  guard case .tags(let tags) = event.content(file: "log.bin") else { throw NoTag() }
  return try #require(tags.first)
}

private struct NoTag: Error {}

@Suite struct ConventionalTagTests {
  private static let digest = [UInt8](1...20)

  @Test func anOptionROMHasItsAddressAndDigest() throws {
    let read = try tag(7, [0, 0, 0xca, 3] + Self.digest)
    guard case .optionROM(let code) = read.value else { throw NoTag() }
    #expect(read.name == "Option ROM" && code.addressText == "03:19.2" && code.reserved == 0)
    #expect(code.digest == Self.digest)
    #expect(try tag(7, [0, 0] + Self.digest).value == .opaque)
  }

  @Test func tagsHaveNamesAndSomeADigest() throws {
    #expect(try tag(1, Self.digest).value == .digest(Self.digest) && tag(1, Self.digest).name == "SMBIOS structure")
    #expect(try tag(1, [1, 2]).value == .opaque && tag(5, Self.digest).value == .opaque)
    #expect(try tag(14, []).name == "Table of devices" && tag(9, []).name == nil && tag(15, []).name == nil)
  }

  @Test(.enabled(if: Corpus.isPresent, "the corpus is absent")) func firmwareOfHPNamesTheAdaptersItRan() throws {
    let path = "eventlog/grawity__tpm_futurepcr/fixtures/ACTUAL_SYSTEMS/HP_Compaq_TPM1.2_UEFI_SB_Windows.log"
    let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
    let addresses = log.events.flatMap { $0.asTags(file: path) }.compactMap { tag in
      if case .optionROM(let code) = tag.value { code.addressText } else { nil }
    }
    #expect(addresses == ["01:00.0", "00:19.0"])
  }
}
