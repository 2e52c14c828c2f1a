import ArgumentParser
import ReferenceStore
import Reports

struct ReferencesList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the sources and packages of a store.",
    discussion: """
      Exit status: 0, or 1 when --package names a package that the store does not have, 64 usage, 65 no whole store, 66 no \
      such file.
      """)

  @Argument(help: "The store.")
  var store: String

  @Option(help: "Only packages of this name, and their sources.")
  var package: String?

  @Option(help: "text or json.")
  var format = ReferencesLookup.Format.text

  func run() throws {
    let opened = try References.open(store)
    let listing: ReferenceListing
    do { listing = try ReferenceListing(opened, package: package) } catch { throw References.unreadable(error) }
    switch format {
    case .text: try Output.bytes(Array(listing.text.utf8))
    case .json: try Output.bytes(listing.json)
    }
    if package != nil, listing.isEmpty { throw ExitCode.untrusted }
  }
}
