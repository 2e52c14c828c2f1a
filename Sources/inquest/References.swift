import ArgumentParser
import EvidenceIntake
import ReferenceStore
import Reports

struct References: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build, review and question sets of reference values.",
    discussion: """
      A store is one file that holds what packages, repositories, system images and lists say that files should contain, \
      with proof of where it says so. 'analyze --references STORE' compares measured files with it.
      """,
    subcommands: [
      ReferencesBuild.self, ReferencesCheck.self, ReferencesLookup.self, ReferencesList.self, ReferencesExport.self,
      ReferencesCompare.self,
    ])

  /// Opens a store, or ends the run: 66 when there is no such file, 65 when it is no whole store.
  static func open(_ path: String) throws -> ReferenceStore {
    do {
      return try ReferenceStore(file: path)
    } catch {
      Output.diagnostic("\(error.description); 'inquest references build' makes one")
      throw isThere(path) ? ExitCode.notEvidence : ExitCode.inputMissing
    }
  }

  /// Ends the run because a store that was opened cannot be read any further.
  static func unreadable(_ error: StoreError) -> ExitCode {
    Output.diagnostic(error.description)
    return .notEvidence
  }

  private static func isThere(_ path: String) -> Bool { resolved(FilePath(path)) != nil }
}
