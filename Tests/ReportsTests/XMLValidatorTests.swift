import Reports
import Testing
import XMLReading

@Suite struct XMLValidatorTests {
  private let valid = String(decoding: XMLReport.render(SampleResult.empty), as: UTF8.self)

  private func problems(_ document: String) -> [XMLValidator.Problem] {
    XMLValidator.problems(in: Array(document.utf8), schema: XMLReport.schema)
  }

  @Test func aReportIsValid() { #expect(problems(valid) == []) }

  @Test func aWordThatTheSchemaDoesNotKnowIsNamedWithItsLine() throws {
    let problem = try #require(problems(valid.replacing("verdict=\"inconclusive\"", with: "verdict=\"fine\"")).first)
    #expect(problem.line == 2)
    #expect(problem.message.contains("'fine' is not an element of the set"))
  }

  @Test func anElementThatTheSchemaDoesNotKnowIsNamedWithItsLine() throws {
    let problem = try #require(problems(valid.replacing("<limits/>", with: "<limits/>\n<extra/>")).first)
    #expect(problem.line == 14)
    #expect(problem.message.contains("extra"))
  }

  @Test func aDoctypeIsRefusedBeforeItActs() {
    let bomb = "<!DOCTYPE report [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><report>&a;</report>"
    #expect(problems(bomb).first == .init(line: 1, message: "a DOCTYPE is refused"))
  }

  @Test(arguments: ["", "<", "<report", "\u{0}", "<report xmlns='urn:inquest:report:1'>", "no markup"])
  func whatIsNotWellFormedIsNeverValid(document: String) { #expect(!problems(document).isEmpty) }

  @Test func everyTruncationOfAReportIsInvalid() {
    for length in stride(from: 0, to: valid.utf8.count - 1, by: 7) {
      #expect(!XMLValidator.problems(in: Array(valid.utf8.prefix(length)), schema: XMLReport.schema).isEmpty)
    }
  }

  @Test func aThousandFaultsGiveAHundredMessages() {
    let many = valid.replacing(
      "<limits/>", with: "<limits>" + String(repeating: "<limit a=''/>", count: 1000) + "</limits>")
    #expect(problems(many).count == 100)
  }

  @Test func aBrokenSchemaIsSaidAndNothingPasses() {
    #expect(!XMLValidator.problems(in: Array(valid.utf8), schema: "<nonsense/>").isEmpty)
    #expect(!XMLValidator.problems(in: Array(valid.utf8), schema: "").isEmpty)
  }
}
