import ArgumentParser
import Digests
import ReferenceStore
import Reports

struct ReferencesExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the digests of a store as a Keylime policy, a sha256sum list, CSV or JSON.",
    discussion: """
      The text goes to standard output. What it leaves out is said on standard error. Exit status: 0, 1 when nothing was \
      written, 64 usage, 65 no whole store, 66 no such file, 74 output could not be written.
      """)

  @Argument(help: "The store.")
  var store: String

  @Option(help: "keylime, sha256sum, csv or json.")
  var format: ReferenceExport.Format

  @Option(help: "Algorithm of the digests. With sha256sum, the list is that of the algorithm's own tool.")
  var algorithm = "sha256"

  @Option(help: "Only packages of this name.")
  var package: String?

  func validate() throws {
    guard FileDigestAlgorithm(name: algorithm) != nil else {
      let known = FileDigestAlgorithm.allCases.map(\.name).joined(separator: ", ")
      throw ValidationError("--algorithm: '\(algorithm)' is not one of \(known).")
    }
  }

  func run() throws {
    guard let algorithm = FileDigestAlgorithm(name: algorithm) else { throw ExitCode(64) }
    let export = ReferenceExport(
      try References.open(store), format: format, algorithm: algorithm, package: package)
    let account: ReferenceExport.Account
    do {
      account = try export.write { try Output.bytes($0) }
    } catch let error as StoreError {
      throw References.unreadable(error)
    }
    for sentence in account.sentences(algorithm) { Output.diagnostic(sentence) }
    if account.written == 0 { throw ExitCode.untrusted }
  }
}

extension ReferenceExport.Format: ExpressibleByArgument {}
