import Appraisal
import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite struct MeasurementsExportTests {
  private func whole(_ export: MeasurementsExport, _ result: AttestationResult = SampleResult.whatRan) -> [UInt8] {
    var bytes: [UInt8] = []
    export.write(result) { bytes += $0 }
    return bytes
  }

  private func lines() throws -> [[String: Any]] {
    try String(decoding: whole(.jsonLines), as: UTF8.self).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func everyRecordIsOneLineWithItsKeysInTheOrderOfTheColumns() throws {
    let text = String(decoding: whole(.jsonLines), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == SampleResult.madePaths.count)
    #expect(text.hasSuffix("}\n"))
    for line in lines {
      let places = MeasurementsExport.columns.compactMap { line.range(of: "\"\($0)\":")?.lowerBound }
      #expect(places == places.sorted())
    }
    #expect(MeasurementsExport.columns.count == 33)
  }

  @Test func aRecordIsToldWithItsBracketOwnerStatusAndProvenance() throws {
    let line = try lines()[13]
    #expect(line["path"] as? String == #"two\nlines"#)
    #expect(line["index"] as? Int == 13)
    #expect(line["pcr"] as? Int == 10)
    #expect(line["after"] as? String == "a/quote.bin")
    #expect(line["before"] as? String == "b/quote.bin")
    #expect(line["notBeforeClock"] as? Int == 60_000)
    #expect(line["notAfter"] as? String == "2026-05-05T10:30:00.5+02:00")
    #expect(line["ownerKind"] as? String == "container")
    #expect(line["strategy"] as? String == "device-number")
    #expect(line["certainty"] as? String == "certain")
    #expect(line["status"] as? String == "changed")
    #expect(line["package"] as? String == "bash 5.2")
    #expect(line["standing"] as? String == "unsigned")
    #expect(line["digestOrigin"] as? String == "payload")
    #expect(line["signature"] == nil)
    #expect(try lines()[20]["violation"] as? Bool == true)
    #expect(try lines()[1]["signature"] as? String == "verified")
  }

  @Test func theSameResultGivesTheSameBytes() {
    #expect(whole(.jsonLines) == whole(.jsonLines))
    #expect(whole(.csv) == whole(.csv))
  }

  @Test func aResultWithoutListsGivesNoLinesAndAHeaderOnly() {
    #expect(whole(.jsonLines, SampleResult.empty) == [])
    let header = MeasurementsExport.columns.joined(separator: ",") + "\r\n"
    #expect(String(decoding: whole(.csv, SampleResult.empty), as: UTF8.self) == header)
  }

  @Test func aLongListIsHandedOnInPiecesOfAFewLines() {
    var result = SampleResult.whatRan
    let paths = (0..<3000).map { "/usr/lib/lib\($0).so" }
    result.hosts[0].boots[0].records = SampleResult.records(of: paths)
    for export in [MeasurementsExport.jsonLines, .csv] {
      var sizes: [Int] = []
      export.write(result) { sizes.append($0.count) }
      #expect(sizes.count > 5)
      #expect(sizes.allSatisfy { $0 < JSONLineWriter.pieceByteCount + 4096 })
      #expect(sizes.reduce(0, +) == whole(export, result).count)
    }
  }

  @Test func anErrorOfTheSinkEndsTheWriting() {
    struct Full: Error {}
    #expect(throws: Full.self) {
      try MeasurementsExport.jsonLines.write(SampleResult.whatRan) { _ in throw Full() }
    }
  }

  // MARK: CSV

  @Test func noCellBeginsLikeAFormula() {
    let text = String(decoding: whole(.csv), as: UTF8.self)
    for line in text.split(separator: "\r\n") {
      #expect(line.firstMatch(of: #/(^|,)"?[=+\-@\t\r]/#) == nil, "\(line)")
      #expect(line.utf8.allSatisfy { $0 >= 0x20 })
    }
    #expect(text.contains(#""'=cmd|' /C calc'!A0""#))
    #expect(text.contains(",'+1+1,"))
    #expect(text.contains(",'-2,"))
    #expect(text.contains(",'@SUM(A1),"))
    #expect(text.contains(#"," '=1","#) || text.contains(#","' =1","#))
    #expect(text.contains(#","'""=1""","#))
    #expect(text.contains(",''quoted,"))
    #expect(text.contains(#","'=package 5.2","#))
    #expect(text.contains(#",\t=1,"#))
  }

  @Test(.enabled(if: Tool.isInstalled("python3")))
  func pythonReadsTheCellsOfTheCSVBackToTheValuesOfTheLines() throws {
    let scratch = try ScratchCase("streams")
    try Data(whole(.csv)).write(to: scratch.folder.appendingPathComponent("measurements.csv"))
    try Data(whole(.jsonLines)).write(to: scratch.folder.appendingPathComponent("measurements.jsonl"))
    let check = """
      import csv, json, sys
      folder = sys.argv[1]
      rows = list(csv.DictReader(open(folder + "/measurements.csv", encoding="utf-8", newline="")))
      lines = [json.loads(line) for line in open(folder + "/measurements.jsonl", encoding="utf-8")]
      def undone(cell): return cell[1:] if cell.startswith("'") else cell
      def text(value): return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
      assert len(rows) == len(lines) == int(sys.argv[2]), len(rows)
      for row, line in zip(rows, lines):
          assert None not in row and None not in row.values()
          assert {k: undone(v) for k, v in row.items() if v} == {k: text(v) for k, v in line.items()}, (row, line)
      """
    let run = try Tool.run("python3", ["-c", check, scratch.path, String(SampleResult.madePaths.count)])
    #expect(run.status == 0)
  }

  @Test(.enabled(if: hasSchemaTool))
  func everyLineFulfilsThePublishedSchema() throws {
    let scratch = try ScratchCase("streams")
    try Data(whole(.jsonLines)).write(to: scratch.folder.appendingPathComponent("measurements.jsonl"))
    let check = """
      import json, sys
      from jsonschema import Draft202012Validator as Validator
      schema = json.load(open(sys.argv[1]))
      Validator.check_schema(schema)
      for line in open(sys.argv[2] + "/measurements.jsonl"): Validator(schema).validate(json.loads(line))
      print(",".join(schema["properties"]))
      """
    let schema = projectRoot.appendingPathComponent("schemas/measurement.schema.json").path
    let run = try Tool.run("python3", ["-c", check, schema, scratch.path])
    #expect(run.status == 0)
    #expect(run.output == MeasurementsExport.columns.joined(separator: ",") + "\n")
  }

  @Test func theSchemaInTheToolIsThePublishedOne() throws {
    let file = projectRoot.appendingPathComponent("schemas/measurement.schema.json")
    #expect(Array(MeasurementsExport.schema.utf8) == [UInt8](try Data(contentsOf: file)))
  }
}

private let hasSchemaTool =
  Tool.isInstalled("python3") && (try? Tool.run("python3", ["-c", "import jsonschema"]).status) == 0
