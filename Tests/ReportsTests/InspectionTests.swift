import Foundation
import Reports
import TestSupport
import Testing

@Suite struct InspectionTests {
  private let sample = Inspection(
    file: "q/quote.bin", kind: "tpm2-quote",
    content: [
      "magic": .hex([0xff, 0x54, 0x43, 0x47]), "clock": .number(UInt64.max), "offset": .number(-3),
      "safe": .bool(true), "word": "no", "title": "a: \"b\" # c\\", "missing": .none, "empty": .hex([]),
      "hostile": .text(SampleResult.hostile), "TPML_PCR_SELECTION.count": .number(2),
      "selection": [["hash": "sha256", "registers": [.number(0), .number(10)]], [:], []],
      "signature": .hex(Array(repeating: 0xab, count: 40)),
    ],
    problems: ["quote.bin at 0xa: 4 bytes expected, 1 left"])

  @Test func thePersonsFormHasOneValueALineInTheirOrder() {
    let expected = #"""
      q/quote.bin: tpm2-quote
        magic:                    ff544347
        clock:                    18446744073709551615
        offset:                   -3
        safe:                     true
        word:                     no
        title:                    a: "b" # c\
        missing:                  none
        empty:                    no bytes
        hostile:                  evil"'<script>alert(1)</script>&amp;\n]]>\xe2\x80\xaegpj.\x00\x1b[31m\xef\xbf\xbfé\x0a
        TPML_PCR_SELECTION.count: 2
        selection:
          [0]
            hash: sha256
            registers:
              [0] 0
              [1] 10
          [1] none
          [2] none
        signature:                abababababababababababababababababababababababababababababababab
                                  abababababababab
      problem: quote.bin at 0xa: 4 bytes expected, 1 left

      """#
    #expect(String(decoding: InspectionText.render(sample), as: UTF8.self) == expected)
  }

  @Test func thePersonsFormCutsWhatIsLongerThanADigest() {
    func line(_ count: Int) -> String {
      let bytes = InspectionValue.hex(Array(repeating: 0xab, count: count))
      return String(
        decoding: InspectionText.render(Inspection(file: "f", kind: "k", content: ["x": bytes])), as: UTF8.self)
    }
    let digits = String(repeating: "ab", count: 32)
    #expect(line(64) == "f: k\n  x: \(digits)\n     \(digits)\n")
    #expect(line(65) == "f: k\n  x: \(digits)… (65 bytes)\n")
    let whole = Inspection(file: "f", kind: "k", content: .hex(Array(repeating: 0xab, count: 65)))
    for bytes in [InspectionJSON.render(whole), InspectionYAML.render(whole), InspectionXML.render(whole)] {
      #expect(String(decoding: bytes, as: UTF8.self).contains(digits + digits + "ab"))
    }
  }

  @Test func theJSONFormKeepsOrderAndExactNumbers() throws {
    let bytes = InspectionJSON.render(sample)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"clock\": 18446744073709551615,\n    \"offset\": -3,"))
    let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    let content = try #require(document?["content"] as? [String: Any])
    #expect(content["word"] as? String == "no")
    #expect(content["missing"] is NSNull)
    #expect((content["selection"] as? [Any])?.count == 3)
  }

  @Test(.enabled(if: hasYAML)) func theYAMLFormReadsAsTheSameValuesAsTheJSONForm() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-yaml-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(InspectionYAML.render(sample)).write(to: folder.appendingPathComponent("a.yaml"))
    try Data(InspectionJSON.render(sample)).write(to: folder.appendingPathComponent("a.json"))
    let compare =
      "import yaml, json; a = yaml.safe_load(open('a.yaml')); b = json.load(open('a.json')); print(a == b and list(a['content']) == list(b['content']))"
    #expect(try Tool.run("python3", ["-c", compare], in: folder).output == "True\n")
  }

  @Test func theYAMLFormQuotesWhatCouldBeTakenForSomethingElse() {
    for (text, yaml) in [
      ("no", "\"no\""), ("sha256", "sha256"), ("", "\"\""), ("1e3", "\"1e3\""), ("a b", "\"a b\""), ("~", "\"~\""),
      ("Null", "\"Null\""), ("a\\b", "\"a\\\\b\""), ("- x", "\"- x\""),
    ] {
      let document = InspectionYAML.render(Inspection(file: "f", kind: "k", content: .text(text)))
      #expect(String(decoding: document, as: UTF8.self).hasSuffix("content: \(yaml)\n"))
    }
  }

  @Test(.enabled(if: Tool.isInstalled("xmllint"))) func theXMLFormIsWellFormedAndWrittenAsLibxml2WouldWriteIt() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-\(UUID().uuidString).xml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(InspectionXML.render(sample)).write(to: file)
    let run = try Tool.run("xmllint", ["--nonet", "--format", file.path])
    #expect(Array(run.output.utf8) == InspectionXML.render(sample))
    #expect(run.output.contains("<field name=\"magic\" type=\"hex\">ff544347</field>"))
  }
}

private let hasYAML = Tool.isInstalled("python3") && (try? Tool.run("python3", ["-c", "import yaml"]).status) == 0
