import ByteReading
import IMALog
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct LabListTests {
  static let captures =
    (0..<4).map { "lab/vmA-secureboot-ima-ng/boot1/q\($0)" } + (0..<2).map { "lab/vmB-nosb-ima-sig/boot1/q\($0)" }
    + (0..<4).map { "lab/vmE-containers/boot1/q\($0)" } + (0..<2).map { "lab/vmG-legacy-ima-sha1/boot1/q\($0)" }

  @Test(arguments: captures)
  func theTextListOfACaptureHasTheRecordsOfTheBinaryOne(capture: String) throws {
    let binary = try readList(capture + "/ima-after.bin")
    let text = try readList(capture + "/ima-after.ascii")
    #expect(binary.isWhole && text.isWhole)
    #expect(text.value.format == .ascii)
    #expect(binary.value.format == .binary(byteOrder: .littleEndian, templateDigestByteCount: 20))
    #expect(binary.value.count == text.value.count)
    #expect(text.value.firstDifference(from: binary.value) == nil)
    for index in 0..<min(binary.value.count, text.value.count) {
      var (left, right) = (binary.value.record(at: index), text.value.record(at: index))
      left.offset = 0
      left.byteCount = 0
      right.offset = 0
      right.byteCount = 0
      #expect(left == right)
      #expect(left.fieldProblem == nil)
    }
  }
}

func readList(_ path: String) throws -> Parsed<MeasurementList> {
  let bytes = try Corpus.bytes(path)
  let format = try #require(MeasurementListFormat.detect(bytes), "\(path) is a list")
  return MeasurementList.parse(bytes, file: path, format: format)
}
