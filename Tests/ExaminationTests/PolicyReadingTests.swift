import Appraisal
import Testing

@testable import Examination

@Suite struct PolicyReadingTests {
  private func policy(_ text: String) throws(PolicyError) -> Policy { try Policy(Array(text.utf8), file: "p.yaml") }

  @Test func bothScopesAreRead() throws {
    #expect(try policy("version: 1\nscope:\n  measurements: out-of-scope\n").measurements == .outOfScope)
    #expect(try policy("version: 1\nscope:\n  measurements: assess\n").measurements == .assess)
    #expect(try policy("version: 1").measurements == .assess)
    #expect(try policy("version: 1").file == "p.yaml")
  }

  @Test(arguments: [
    ("", "a mapping was expected at the top"), ("- 1", "a mapping was expected at the top"),
    ("a: [", "not valid YAML"), ("scope: {}", "'version: 1' was expected"), ("version: 2", "'version: 1' was expected"),
    ("version: one", "'version: 1' was expected"), ("version: 1\nscopes: {}", "'scopes' is no key of a policy"),
    ("version: 1\nscope:\n  boot: assess", "scope: 'boot' is no scope"),
    ("version: 1\nscope:\n  measurements: never", "scope.measurements: one of assess, out-of-scope was expected"),
    ("version: 1\nscope:\n  measurements: [assess]", "scope.measurements: one of assess, out-of-scope was expected"),
    ("version: 1\nscope: out-of-scope", "scope: a mapping was expected"),
    ("version: 1\nscope: [measurements]", "scope: a mapping was expected"),
    ("version: 1\nversion: 1", "not valid YAML"),
  ])
  func whatIsNotUnderstoodIsRefused(text: String, reason: String) {
    #expect(throws: PolicyError(file: "p.yaml", reason: reason)) { try policy(text) }
  }

  @Test func theErrorNamesTheFileAndEscapesWhatItQuotes() {
    #expect("\(PolicyError(file: "p.yaml", reason: "why"))" == "p.yaml: why")
    let error = #expect(throws: PolicyError.self) { try policy("version: 1\n\"a\\u001b[2J\": 1") }
    #expect(error?.reason.contains("\u{1b}") == false)
  }
}
