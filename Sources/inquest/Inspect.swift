import ArgumentParser

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Decode evidence files for a person.")
  @Argument(help: "Evidence files.") var files: [String]
}
