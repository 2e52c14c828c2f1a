import Appraisal
import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite struct TimelineExportTests {
  private func whole(_ export: TimelineExport, _ result: AttestationResult) -> (text: String, omitted: Int) {
    var bytes: [UInt8] = []
    let omitted = export.write(result) { bytes += $0 }
    return (String(decoding: bytes, as: UTF8.self), omitted)
  }

  private func rows(_ result: AttestationResult) throws -> [[String: Any]] {
    try whole(.jsonLines, result).text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func aSpanIsTwoRowsThatShareAnIdentifier() throws {
    let rows = try rows(SampleResult.measured).filter { $0["event_id"] as? String == "event-3" }
    #expect(rows.map { $0["bound"] as? String } == ["not-before", "not-after"])
    #expect(
      rows.map { $0["datetime"] as? String } == [
        "2026-05-05T08:00:00.000000+00:00", "2026-05-05T08:30:00.000000+00:00",
      ])
    #expect(rows.map { $0["timestamp"] as? Int } == [1_777_968_000_000_000, 1_777_969_800_000_000])
    #expect(rows[0]["timestamp_desc"] as? String == "Measured, not before (collector's time)")
    #expect(rows[0]["first_record"] as? Int == 990)
    #expect(rows[0]["not_after_clock"] as? Int == 1_860_000)
  }

  @Test func aMomentIsOneRow() throws {
    let rows = try rows(SampleResult.trusted).filter { $0["event_id"] as? String == "event-1" }
    #expect(rows.map { $0["bound"] as? String } == ["at"])
    #expect(rows.map { $0["timestamp_desc"] as? String } == ["Quote signed, collector's time"])
  }

  @Test func whatNobodyDatesIsCountedAndLeftOut() {
    var result = SampleResult.empty
    result.timeline = [
      .init(host: "a", boot: "reset 1", kind: "quote", message: "Signed.", notBeforeClock: 5, notAfterClock: 5),
      .init(host: "a", boot: "reset 1", kind: "reset", message: "Started.", notAfter: "yesterday"),
    ]
    #expect(whole(.jsonLines, result) == ("", 2))
    #expect(whole(.csv, result).text == TimelineExport.columns.joined(separator: ",") + "\r\n")
  }

  @Test func timesAreInUTCAndInOneFormWhateverTheCollectorWrote() throws {
    var result = SampleResult.empty
    result.timeline = ["2026-05-05", "2026-05-05T10:30:00.5+02:00", "1969-12-31T23:59:59.25Z"].map {
      .init(host: "a", boot: "b", kind: "quote", message: "m", notBefore: $0, notAfter: $0)
    }
    #expect(
      try rows(result).map { $0["datetime"] as? String } == [
        "2026-05-05T00:00:00.000000+00:00", "2026-05-05T08:30:00.500000+00:00", "1969-12-31T23:59:59.250000+00:00",
      ])
    #expect(try rows(result).map { $0["timestamp"] as? Int }.last == -750_000)
  }

  @Test func aFindingStandsWhenItsRecordWasMeasuredOrItsCaptureTaken() throws {
    var result = SampleResult.whatRan
    result.findings = [
      Finding(
        .containerCompromised, host: "web-01", boot: "reset 3", file: "ima.bin", record: 12, message: "It ran."),
      Finding(.quoteMalformed, host: "web-01", boot: "reset 3", file: "b/quote.bin", message: "It is cut."),
      Finding(.keyUnanchored, host: "web-01", boot: "reset 3", message: "Nobody vouches for it."),
    ]
    result.timeline = [
      .init(
        host: "web-01", boot: "reset 3", kind: "unknown", message: "x", notBefore: "2026-05-05T08:00:00Z",
        notAfter: "2026-05-05T08:30:00Z", file: "ima.bin", records: 12..<13)
    ]
    let rows = try rows(result)
    #expect(
      rows.map { $0["event_id"] as? String } == ["event-1", "event-1", "finding-1", "finding-1", "finding-2"])
    #expect(rows.prefix(4).allSatisfy { $0["code"] as? String == "container.compromised" })
    #expect(rows[2]["datetime"] as? String == rows[0]["datetime"] as? String)
    #expect(rows[4]["datetime"] as? String == "2026-05-05T08:30:00.000000+00:00")
    #expect(rows[4]["bound"] as? String == "not-after")
  }

  @Test func aValueTooLongForTheSearchEngineIsCutAndSaysSo() throws {
    var result = SampleResult.empty
    let long = String(repeating: "x\u{202e}", count: 40_000)
    result.timeline = [.init(host: "a", boot: "b", kind: "quote", message: long, notAfter: "2026-05-05")]
    let message = try #require(try rows(result)[0]["message"] as? String)
    #expect(message.utf8.count < 32_766)
    #expect(message.hasSuffix(" [cut, whole in report.json]"))
  }

  @Test func aClockThatTheSearchEngineCannotHoldIsLeftOut() throws {
    var result = SampleResult.empty
    result.timeline = [
      .init(host: "a", boot: "b", kind: "quote", message: "m", notAfterClock: .max, notAfter: "2026-05-05")
    ]
    #expect(try rows(result)[0]["not_after_clock"] == nil)
  }

  /// What the importer asks of a file: the three columns in every row, one form of times, `timestamp` in microseconds.
  @Test(.enabled(if: Tool.isInstalled("python3")), arguments: ["untrusted", "measured", "what-ran"])
  func bothFilesHoldWhatTheImporterAsksFor(sample: String) throws {
    let result = SampleResult.named(sample)
    let scratch = try ScratchCase("timeline")
    try scratch.write(whole(.csv, result).text, to: "timeline.csv")
    try scratch.write(whole(.jsonLines, result).text, to: "timeline.jsonl")
    let check = """
      import csv, json, sys
      from datetime import datetime
      folder = sys.argv[1]
      rows = list(csv.DictReader(open(folder + "/timeline.csv", encoding="utf-8", newline="")))
      lines = [json.loads(line) for line in open(folder + "/timeline.jsonl", encoding="utf-8")]
      assert len(rows) == len(lines) > 0
      for row, line in zip(rows, lines):
          for one in (row, line):
              assert one["message"] and one["datetime"] and one["timestamp_desc"]
              time = datetime.strptime(one["datetime"], "%Y-%m-%dT%H:%M:%S.%f%z")
              assert int(one["timestamp"]) == round(time.timestamp() * 1000000)
          assert all(not cell or cell[0] not in "=+-@" for name, cell in row.items() if name != "timestamp")
          assert all(value is not None for value in line.values())
      """
    let run = try Tool.run("python3", ["-c", check, scratch.path])
    #expect(run.status == 0)
  }

  @Test func theSameResultGivesTheSameBytes() {
    #expect(whole(.csv, SampleResult.untrusted) == whole(.csv, SampleResult.untrusted))
  }
}
