import ArgumentParser
import ByteReading
import Digests
import ReferenceStore

struct ReferencesCompare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say what one store has that another has not.",
    discussion: """
      '+' stands before what only the second store has, '-' before what only the first has, '~' before what differs. Exit \
      status: 0 when both name the same packages and digests, 1 when they differ, 64 usage, 65 no whole store, 66 no such \
      file.
      """)

  @Argument(help: "The first store.")
  var first: String

  @Argument(help: "The second store.")
  var second: String

  func run() throws {
    let (left, right) = (try References.open(first), try References.open(second))
    let difference: StoreComparison
    do { difference = try StoreComparison(from: left, to: right) } catch { throw References.unreadable(error) }
    try show(difference)
    if !difference.isEmpty { throw ExitCode.untrusted }
  }

  private func show(_ difference: StoreComparison) throws {
    try Output.line(
      "packages: \(difference.addedPackages.count) added, \(difference.gonePackages.count) gone, \(difference.changedPackages.count) changed"
    )
    for package in difference.addedPackages { try Output.line("+ \(escapedText(package.title.utf8))") }
    for package in difference.gonePackages { try Output.line("- \(escapedText(package.title.utf8))") }
    for package in difference.changedPackages { try Output.line("~ \(escapedText(package.title.utf8))") }
    try Output.line(
      "files: \(difference.addedPaths.count) added, \(difference.gonePaths.count) gone, \(difference.changedPaths.count) changed"
    )
    for path in difference.addedPaths { try Output.line("+ \(escapedText(path))") }
    for path in difference.gonePaths { try Output.line("- \(escapedText(path))") }
    for changed in difference.changedPaths {
      try Output.line("~ \(escapedText(changed.path))")
      for digest in changed.gone { try Output.line("  - \(digest.algorithm.name):\(hexText(digest.bytes))") }
      for digest in changed.added { try Output.line("  + \(digest.algorithm.name):\(hexText(digest.bytes))") }
    }
  }
}
