import Digests
import Examination
import Hashing
import Replay
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

/// Files at hand, and the events whose digests are theirs.
@Suite struct MeasuredFilesTests {
  private func rules(_ events: [MadeEvent], _ files: MeasuredFiles) throws -> [String] {
    checkEventDigests(try #require(madeEventLog(events)).log, known: files.content).map(\.derivation)
  }

  @Test func anEventWithTheDigestOfAFileOfItsImageOrOfASectionSaysSo() throws {
    var image = HandmadeImage(sections: [(".linux", 5, Array("linux".utf8) + [UInt8](repeating: 0, count: 59))])
    let unsigned = image.bytes
    image.signature = [1, 2, 3]
    var files = MeasuredFiles()
    files.add(image.bytes, name: "uki.efi")
    files.add(Array("set default=0".utf8), name: "grub.cfg")
    let path = [UInt8](repeating: 0, count: 24) + [4, 0, 0, 0, 0, 0, 0, 0] + [0x7f, 0xff, 4, 0]
    // The signature is no part of what firmware measures, nor is the checksum.
    let checkSum = HandmadeImage.checkSumOffset
    let entry = image.certificateEntryOffset
    let hashed = Array(unsigned[..<checkSum] + unsigned[(checkSum + 4)..<entry] + unsigned[(entry + 8)...])
    let found = try rules(
      [
        MadeEvent(4, .efiBootServicesApplication, path, measured: hashed),
        MadeEvent(11, .ipl, Array(".linux".utf8) + [0], measured: Array("linux".utf8)),
        MadeEvent(9, .ipl, Array("(hd0,gpt2)/grub.cfg".utf8) + [0], measured: Array("set default=0".utf8)),
        MadeEvent(9, .ipl, Array("(hd0,gpt2)/grub.cfg".utf8) + [0], measured: Array("set default=1".utf8)),
      ], files)
    #expect(found[0] == "of a file that is given: Authenticode sha256 of uki.efi")
    #expect(found[1] == "of a file that is given: the content's sha256 of section .linux of uki.efi")
    #expect(found[2] == "of a file that is given: the file's sha256 of grub.cfg")
    #expect(found[3] == "not derivable from the log: the content of a file that the loader read")
  }
}
