import Foundation
import IMALog
import TestSupport
import Testing

@Suite struct MeasurementListFormatTests {
  @Test func whatIsNoListIsNotTakenForOne() throws {
    var state: UInt64 = 42
    for _ in 0..<2000 {
      let random = (0..<400).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return UInt8(truncatingIfNeeded: state >> 56)
      }
      #expect(MeasurementListFormat.detect(random) == nil, "seed 42")
    }
    for byte in [0, 1, 0x20, 0x30, 0xff] as [UInt8] {
      for count in [0, 1, 20, 32, 400, 5000] {
        #expect(MeasurementListFormat.detect(Array(repeating: byte, count: count)) == nil)
      }
    }
    for text in [
      "hello\n", "10 20 30\n", "10 abcdef ima-ng sha256:00 /x\n", "{\"a\": 1}", "this-is-an-invalid-ima-log-file\n",
    ] {
      #expect(MeasurementListFormat.detect(Array(text.utf8)) == nil)
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func otherEvidenceOfTheCorpusIsNotTakenForAList() throws {
    for folder in ["eventlog", "quotes", "lab", "seed"] {
      let files = FileManager.default.enumerator(at: Corpus.url(folder), includingPropertiesForKeys: [.fileSizeKey])
      while let url = files?.nextObject() as? URL {
        let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        guard !url.lastPathComponent.contains("ima"), !url.lastPathComponent.hasSuffix("runtime_measurements"),
          size > 0, size < 1 << 21, !url.hasDirectoryPath
        else { continue }
        let format = MeasurementListFormat.detect([UInt8](try Data(contentsOf: url)))
        #expect(format == nil, "\(url.path)")
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: [20, 40, 200, 1000, 5000])
  func aDamagedListIsStillDetected(cut: Int) throws {
    var bytes = try Corpus.bytes("lab/vmE-containers/boot1/q0/ima-after.bin")
    bytes.removeLast(cut)
    #expect(MeasurementListFormat.detect(bytes) == Build.little20)
    bytes.replaceSubrange(cut * 4..<cut * 4 + 40, with: Array(repeating: 0xff, count: 40))
    #expect(MeasurementListFormat.detect(bytes) == (cut < 40 ? nil : Build.little20))
  }
}
