import ArgumentParser

@main
struct Inquest: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inquest", abstract: "Analyze archived TPM attestation evidence.", version: "0.1.0")
}
