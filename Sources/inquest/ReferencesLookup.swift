import Appraisal
import ArgumentParser
import ReferenceStore
import Reports

struct ReferencesLookup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lookup",
    abstract: "Say which packages have a digest or a path, and what vouches for that.",
    discussion: """
      A digest is given in hexadecimal, alone or as sha256:…; a path begins with a slash. Exit status: 0 when each was \
      found, 1 when one was not, 64 usage, 65 no whole store, 66 no such file.
      """)

  @Option(name: .customLong("references"), help: "Store to ask. Several times.")
  var stores: [String]

  @Argument(help: "Digests and paths.")
  var questions: [String]

  @Option(help: "text or json.")
  var format = Format.text

  enum Format: String, ExpressibleByArgument {
    case text, json
  }

  func validate() throws {
    guard !stores.isEmpty else { throw ValidationError("--references: name at least one store.") }
    for question in questions where ReferenceQuestion(question) == nil {
      throw ValidationError("'\(question)' is neither a digest in hexadecimal nor a path that begins with a slash.")
    }
  }

  func run() throws {
    let opened = try stores.map(References.open)
    let answers: [[ReferenceAnswer]]
    do {
      answers = try ReferenceLookup(opened).answers(to: questions.compactMap { ReferenceQuestion($0) })
    } catch { throw References.unreadable(error) }
    let pairs = zip(questions, answers).map { (question: $0, answers: $1) }
    switch format {
    case .text: try Output.bytes(Array(ReferenceAnswers.text(pairs).utf8))
    case .json: try Output.bytes(ReferenceAnswers.json(pairs))
    }
    if answers.contains(where: \.isEmpty) { throw ExitCode.untrusted }
  }
}
