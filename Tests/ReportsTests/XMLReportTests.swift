import Foundation
import Reports
import TestSupport
import Testing
import XMLReading

@Suite struct XMLReportTests {
  @Test(arguments: SampleResult.all.map(\.name))
  func everyReportFulfilsTheSchema(sample: String) {
    #expect(XMLValidator.problems(in: XMLReport.render(SampleResult.named(sample)), schema: XMLReport.schema) == [])
  }

  @Test(.enabled(if: Tool.isInstalled("xmllint")), arguments: SampleResult.all.map(\.name))
  func xmllintFindsEveryReportValid(sample: String) throws {
    let schema = projectRoot.appendingPathComponent("schemas/report.xsd").path
    let run = try withReport(sample) { try Tool.run("xmllint", ["--nonet", "--noout", "--schema", schema, $0]) }
    #expect(run.status == 0)
  }

  @Test(.enabled(if: Tool.isInstalled("xmllint")), arguments: SampleResult.all.map(\.name))
  func libxml2WritesTheSameBytes(sample: String) throws {
    let run = try withReport(sample) { try Tool.run("xmllint", ["--nonet", "--format", $0]) }
    #expect(Array(run.output.utf8) == XMLReport.render(SampleResult.named(sample)))
  }

  @Test func hostileTextIsEscapedAndHoldsNothingThatXMLForbids() throws {
    let text = String(decoding: XMLReport.render(SampleResult.untrusted), as: UTF8.self)
    let shown =
      #"evil&quot;'&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;\n]]&gt;\xe2\x80\xaegpj.\x00\x1b[31m\xef\xbf\xbfé\x0a"#
    #expect(text.contains("caseName=\"incident \(shown)\""))
    #expect(!text.contains("<script>"))
    #expect(!text.unicodeScalars.contains("\u{202e}"))
  }

  @Test func theSchemaInTheToolIsThePublishedOne() throws {
    let file = projectRoot.appendingPathComponent("schemas/report.xsd")
    #expect(Array(XMLReport.schema.utf8) == [UInt8](try Data(contentsOf: file)))
  }

  @Test func theJSONReportHoldsTheSameTextsAndNumbers() throws {
    let json = try JSONSerialization.jsonObject(with: Data(JSONReport.render(SampleResult.untrusted)))
    let xml = String(decoding: XMLReport.render(SampleResult.untrusted), as: UTF8.self)
    for text in texts(of: json) {
      let escaped = text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        .replacingOccurrences(of: ">", with: "&gt;")
      let isThere = xml.contains(escaped) || xml.contains(escaped.replacingOccurrences(of: "\"", with: "&quot;"))
      #expect(isThere, "\(text)")
    }
  }

  private func texts(of value: Any) -> Set<String> {
    switch value {
    case let text as String: [text]
    case let list as [Any]: list.reduce(into: []) { $0.formUnion(texts(of: $1)) }
    case let fields as [String: Any]: fields.values.reduce(into: []) { $0.formUnion(texts(of: $1)) }
    case let number as NSNumber where isNumber(number): [number.stringValue]
    default: []
    }
  }

  private func isNumber(_ number: NSNumber) -> Bool { String(cString: number.objCType) != "c" }

  private func withReport<Value>(_ sample: String, _ body: (String) throws -> Value) throws -> Value {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-\(UUID().uuidString).xml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(XMLReport.render(SampleResult.named(sample))).write(to: file)
    return try body(file.path)
  }
}
