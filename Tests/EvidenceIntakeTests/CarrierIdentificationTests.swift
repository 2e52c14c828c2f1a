import EvidenceIntake
import Foundation
import TCGEventLog
import TestSupport
import Testing

/// A seed of the fuzz target without the byte that says how it is read.
private func seed(_ name: String) throws -> [UInt8] {
  let place = projectRoot.appendingPathComponent("Fuzz/Seeds/carriers/\(name)")
  return [UInt8](try Data(contentsOf: place).dropFirst())
}

@Test(arguments: [
  ("cel-tlv", "tcg-canonical-event-log"), ("cel-json", "tcg-canonical-event-log"),
  ("cel-cbor", "tcg-canonical-event-log"), ("cel-cbor-sequence", "tcg-canonical-event-log"),
  ("systemd", "systemd-event-log"), ("table", "acpi-ccel-table"), ("tdx-4", "tdx-quote"), ("tdx-5", "tdx-quote"),
  ("ccel", "ccel-event-log"),
])
func carriersAreToldByTheirContent(name: String, kind: String) throws {
  #expect(identify(try seed(name), path: "any.bin").kind == kind)
}

@Test func everyTruncationOfACarrierIsReadOrLeftAlone() throws {
  for name in ["cel-tlv", "cel-json", "cel-cbor", "systemd", "table", "tdx-4", "ccel"] {
    let bytes = try seed(name)
    for length in 0...bytes.count { _ = evidenceFile(Array(bytes.prefix(length)), path: "any.bin") }
  }
}

@Test func anEmptyLogOfUserSpaceIsALog() {
  #expect(identify([], path: "run/log/systemd/tpm2-measure.log").kind == "tcg-event-log-empty")
}

@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [
    ("google__go-tdx-guest/testing/testdata/ccel/ccel_table.dat", "acpi-ccel-table"),
    ("google__go-tdx-guest/testing/testdata/ccel/cos-113-tdx-quote.dat", "tdx-quote"),
    ("google__go-eventlog/testdata/eventlogs/ccel/cos-113-intel-tdx.bin", "ccel-event-log"),
    (
      "GoogleCloudPlatform__confidential-space/server/host/testdata/cel_launch_event_log.bin", "tcg-canonical-event-log"
    ),
  ])
func carriersOfTheCorpusAreToldByTheirContent(path: String, kind: String) throws {
  #expect(identify(try Corpus.bytes("eventlog/" + path), path: path).kind == kind)
}
