import ArgumentParser

@main
struct Inquest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inquest",
    abstract: "Say from archived TPM evidence what booted, what ran, and how far the evidence can be trusted.",
    discussion: """
      Nothing is sent anywhere and nothing is read from this machine. The same input gives the same output, always.

      Exit status: 0 trusted, 1 untrusted, 2 inconclusive, 64 usage, 65 no evidence, 66 input unreadable, \
      70 internal error, 74 output could not be written.
      """,
    version: toolVersion,
    subcommands: [Analyze.self, Inspect.self, Replay.self, Compare.self, References.self, Explain.self])
}

/// Version of the tool and of the reports it writes.
let toolVersion = "0.1.0"
