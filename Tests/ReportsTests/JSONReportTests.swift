import Appraisal
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct JSONReportTests {
  @Test(arguments: SampleResult.all.map(\.name))
  func everyReportIsValidJSONWithTheContractsKeysFirst(sample: String) throws {
    let bytes = JSONReport.render(SampleResult.named(sample))
    let report = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    #expect(report["schema"] as? String == "inquest-report/1")
    #expect(bytes.last == 0x0a)
    let start = String(decoding: bytes.prefix(60), as: UTF8.self)
    #expect(start.hasPrefix("{\n  \"schema\": \"inquest-report/1\",\n  \"verdict\": \""))
  }

  @Test func anEmptyResultIsWrittenByteForByteAsExpected() {
    let expected = """
      {
        "schema": "inquest-report/1",
        "verdict": "inconclusive",
        "verdictNow": "inconclusive",
        "level": null,
        "caseName": "empty",
        "toolVersion": "0.1.0",
        "reasons": [],
        "parameters": [],
        "claims": [],
        "inputs": [],
        "hosts": [],
        "measurements": {
          "notVerified": 0
        },
        "stores": [],
        "origins": [],
        "findings": [],
        "timeline": [],
        "limits": []
      }

      """
    #expect(String(decoding: JSONReport.render(SampleResult.empty), as: UTF8.self) == expected)
  }

  @Test func aQuoteHoldsItsChecksAsPlainWordsAndItsRegistersByBankAndIndex() throws {
    let quote = try #require(try firstQuote(of: SampleResult.untrusted))
    let checks = try #require(quote["checks"] as? [String: String])
    #expect(
      checks == [
        "signature": "passed", "structure": "passed", "nonce": "undetermined", "key": "passed", "pcrDigest": "passed",
      ])
    let registers = try #require(quote["pcrs"] as? [String: [String: String]])
    #expect(registers["sha256"]?["10"] == String(repeating: "af", count: 32))
    #expect((quote["checkDetails"] as? [Any])?.count == 7)
  }

  @Test func aClockOfAllOnesStaysAnExactInteger() {
    let text = String(decoding: JSONReport.render(SampleResult.untrusted), as: UTF8.self)
    #expect(text.contains("\"clock\": 18446744073709551615,"))
  }

  @Test func whatIsUnknownIsNullAndNotLeftOut() throws {
    let report = try object(JSONReport.render(SampleResult.untrusted))
    let findings = try #require(report["findings"] as? [[String: Any]])
    let names: Set = [
      "code", "severity", "effect", "host", "boot", "capture", "file", "offset", "record", "range", "message",
      "expected", "actual",
    ]
    #expect(findings.allSatisfy { Set($0.keys) == names })
    #expect(findings[1]["record"] is NSNull)
    #expect(findings[0]["range"] as? [Int] == [1288, 1931])
  }

  @Test func aBracketGivesTheFirstAndTheLastRecord() throws {
    let report = String(decoding: JSONReport.render(SampleResult.trusted), as: UTF8.self)
    #expect(report.contains("\"first\": 921,\n"))
    #expect(report.contains("\"last\": 1203\n"))
  }

  @Test func hostileTextStaysOneHarmlessLine() throws {
    let bytes = JSONReport.render(SampleResult.untrusted)
    #expect(!String(decoding: bytes, as: UTF8.self).unicodeScalars.contains("\u{202e}"))
    #expect(bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0a })
    let report = try object(bytes)
    #expect(
      report["caseName"] as? String
        == "incident evil\"'<script>alert(1)</script>&amp;\\n]]>\\xe2\\x80\\xaegpj.\\x00\\x1b[31m\\xef\\xbf\\xbfé\\x0a")
  }

  @Test(.enabled(if: hasJSONSchema), arguments: SampleResult.all.map(\.name))
  func everyReportFulfilsThePublishedSchema(sample: String) throws {
    let report = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-\(sample)-\(getpid()).json")
    defer { try? FileManager.default.removeItem(at: report) }
    try Data(JSONReport.render(SampleResult.named(sample))).write(to: report)
    let check = """
      import json, sys
      from jsonschema import Draft202012Validator as Validator
      schema = json.load(open(sys.argv[1]))
      Validator.check_schema(schema)
      errors = [str(e.json_path) + ": " + e.message for e in Validator(schema).iter_errors(json.load(open(sys.argv[2])))]
      print("\\n".join(errors[:5]), end="")
      """
    let schema = projectRoot.appendingPathComponent("schemas/report.schema.json")
    let run = try Tool.run("python3", ["-c", check, schema.path, report.path])
    #expect(run.status == 0)
    #expect(run.output == "")
  }

  @Test func theSchemaInTheToolIsThePublishedOne() throws {
    let file = projectRoot.appendingPathComponent("schemas/report.schema.json")
    #expect(Array(JSONReport.schema.utf8) == [UInt8](try Data(contentsOf: file)))
  }

  private func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private func firstQuote(of result: AttestationResult) throws -> [String: Any]? {
    let hosts = try object(JSONReport.render(result))["hosts"] as? [[String: Any]]
    let boots = hosts?.first?["boots"] as? [[String: Any]]
    let captures = boots?.first?["captures"] as? [[String: Any]]
    return (captures?.first?["quotes"] as? [[String: Any]])?.first
  }
}

private let hasJSONSchema =
  Tool.isInstalled("python3") && (try? Tool.run("python3", ["-c", "import jsonschema"]).status) == 0

extension SampleResult {
  static func named(_ name: String) -> AttestationResult { all.first { $0.name == name }?.result ?? empty }
}
