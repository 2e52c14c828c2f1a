import Appraisal
import ArgumentParser

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a finding means, what causes it, and what to do next.")

  @Argument(help: "A finding code, such as log.replay-mismatch. Without one, all codes are listed.")
  var code: String?

  @Flag(help: "Explain every code, as Markdown (docs/findings.md is this).")
  var all = false

  func run() throws {
    if all { return try FindingCode.allCases.forEach(explainAsMarkdown) }
    guard let code else {
      for known in FindingCode.allCases { try Output.line("\(known.rawValue)  \(known.severity.rawValue)") }
      return
    }
    guard let known = FindingCode(rawValue: code) else {
      let near = FindingCode.allCases.filter { $0.rawValue.hasPrefix(code) || $0.rawValue.hasSuffix(code) }
      let hint =
        near.isEmpty
        ? "'inquest explain' lists all codes" : "did you mean \(near.map(\.rawValue).joined(separator: ", "))?"
      Output.diagnostic("'\(code)' is no finding code; \(hint)")
      throw ExitCode(64)
    }
    try Output.line(
      """
      \(known.rawValue)
      severity: \(known.severity.rawValue), effect on the verdict: \(known.effect.rawValue)

      \(known.meaning)

      Causes: \(known.causes)

      Next: \(known.nextSteps)
      """)
  }

  private func explainAsMarkdown(_ code: FindingCode) throws {
    if code == FindingCode.allCases.first { try Output.line("# Finding codes\n\nMade by `inquest explain --all`.") }
    try Output.line(
      """

      ## `\(code.rawValue)`

      *\(code.severity.rawValue), effect on the verdict: \(code.effect.rawValue)*

      \(code.meaning)

      **Causes:** \(code.causes)

      **Next:** \(code.nextSteps)
      """)
  }
}
