import ArgumentParser
import BootStory
import ByteReading
import Comparison
import EvidenceIntake
import Reports
import TPMStructures

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Say what differs between two boots: two captures, event logs, IMA lists, quotes or files of register values.",
    discussion: """
      '-' stands before what only A has, '+' before what only B has, '~' before what differs, '>' before what moved. Of \
      event logs it is said by the stage of the boot. What changes on every boot, such as addresses in memory, is left out \
      and counted, unless a digest speaks against it. Nothing is verified here: analyze does that.

      Exit status: 0 when nothing differs but what was left out, 1 when something differs, 64 usage, 65 when there is \
      nothing to compare or a log is damaged (what could be read is still compared), 66 no such file.
      """)

  @Argument(help: "A file or the folder of a capture, the earlier one; '-' is standard input.")
  var first: String

  @Argument(help: "The file or folder that is held against it.")
  var second: String

  @Flag(help: "Leave nothing out.")
  var all = false

  @Option(help: "text, json, yaml or xml.")
  var format = Inspect.Format.text

  func validate() throws {
    if first == "-", second == "-" { throw ValidationError("Standard input can be one of the two only.") }
  }

  func run() throws {
    let (old, new) = (try evidence(first), try evidence(second))
    let comparison = CaptureComparison(old, new, showsAll: all) { $0.bootStages.map(\.rawValue) }
    guard comparison.hasCounterparts else {
      Output.diagnostic(
        "nothing to compare: \(kinds(old)) in \(escapedText(first.utf8)), \(kinds(new)) in \(escapedText(second.utf8)). Where a folder "
          + "holds several of a kind under other names than the other, name the captures or files themselves.")
      throw ExitCode.notEvidence
    }
    let problems = (old.files + new.files).flatMap(problems)
    let names = (escapedText(first.utf8), escapedText(second.utf8))
    if format == .text {
      try Output.bytes(comparisonText(comparison, names: names, problems: problems, showsAll: all))
    } else {
      let inspection = Inspection(
        file: names.0, kind: "comparison", content: tree(comparison, second: names.1), problems: problems)
      try Output.bytes(format.render(inspection))
    }
    if !problems.isEmpty { throw ExitCode.notEvidence }
    if !comparison.isEmpty { throw ExitCode.untrusted }
  }

  private func evidence(_ path: String) throws -> EvidenceSet {
    do {
      guard path == "-" else { return try EvidenceSet.read([FilePath(path)]) }
      var set = EvidenceSet(name: "-", files: evidenceFiles(try contentsOfStandardInput(), path: "-"))
      set.isSingleFile = set.files.count == 1
      return set
    } catch {
      Output.diagnostic(error.description)
      throw ExitCode.inputMissing
    }
  }

  /// What a set holds, in the words of `inspect`.
  private func kinds(_ evidence: EvidenceSet) -> String {
    let kinds = Set(evidence.files.map(\.content.kind)).sorted()
    return kinds.isEmpty ? "no file" : kinds.joined(separator: ", ")
  }

  /// What is wrong with what is compared.
  private func problems(_ file: EvidenceFile) -> [String] {
    switch file.content {
    case .eventLog(let log): log.problems.map(\.description)
    case .measurementList(let list): list.problems.map(\.description)
    case .integrityReport(let carried): carried.problems.map(\.description)
    case .registerListing(let listing): listing.problems.map(\.description)
    case .malformedAttestation(let error): [error.description]
    default: []
    }
  }
}
