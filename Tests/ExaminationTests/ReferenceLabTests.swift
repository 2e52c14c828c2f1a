import Appraisal
import ByteReading
import EvidenceIntake
import Examination
import Foundation
import IMALog
import LabReferences
import ReferenceStore
import TestSupport
import Testing

private let lab = Corpus.url("lab")

@Suite(.enabled(if: Corpus.isPresent)) struct ReferenceLabTests {
  @Test func dump() throws {
    let store = try #require(LabStore.whole)
    let appraiser = try MeasurementAppraiser(stores: [store], policy: .standard, asOf: nil)
    let file = lab.appendingPathComponent("vmA-secureboot-ima-ng/boot1/q3/ima-after.bin")
    let bytes = [UInt8](try Data(contentsOf: file))
    let list = MeasurementList.parse(bytes, file: "x", format: try #require(MeasurementListFormat.detect(bytes)))
    let result = try appraiser.appraise(list.value)
    print(result.recordsByStatus, result.level, result.initramfsRecords as Any, result.missingLibraries.prefix(5))
    for entry in result.measurements where entry.status != .known && entry.status != .emptyFile {
      print(
        entry.records.first ?? -1, entry.status, entry.fileClass, entry.passedBy ?? "", entry.rule as Any,
        escapedText(entry.path), entry.package?.title ?? "", entry.reason, entry.supersededBy as Any)
    }
  }
}
