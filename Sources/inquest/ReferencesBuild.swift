import Appraisal
import ArgumentParser
import Digests
import EvidenceIntake
import Examination
import Glibc
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import ReferenceStore

struct ReferencesBuild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Read packages, repositories, system and container images and lists into a store.",
    discussion: """
      Inputs are told by their content: .deb and .rpm files, mirrored repositories with their signed indexes, the package \
      databases of an offline system, images of containers (of 'docker save', 'docker export', OCI layouts), lists of \
      digests, Keylime policies, archived advisories, Base and Support RIMs of firmware, CoRIM and CoSWID. Symbolic links \
      are not followed. A store that is there already is added to; what it holds is not read again, and a run that was \
      cut off goes on where it ended.

      Only keys that are given here vouch for anything; those among the inputs do not. A folder that is given as a baseline \
      is examined first: nothing is built when its own quotes contradict its event logs or leave a part of them unproven.

      Exit status: 0 clean, 1 when something is wrong with an input, 2 when only signatures, keys or files are missing, 64 \
      usage, 65 when no input was recognised or the store is none, 66 when an input cannot be read, 74 when the store could \
      not be written. The store is made in each of the first three cases.
      """)

  @Argument(help: "Files and folders to read.")
  var inputs: [String] = []

  @Option(help: "The store: a new file, or one to add to.")
  var output: String

  @Option(
    name: .customLong("key"),
    help:
      "OpenPGP certificates, binary or armoured, or X.509 certificates, public keys and JSON Web Keys (of RIMs and CoRIM), of who may vouch. Several times."
  )
  var keys: [String] = []

  @Option(
    name: .customLong("baseline"),
    help:
      "A capture or an event log of a boot that you know to be good: other boots are compared with it. Several times.")
  var baselines: [String] = []

  @Option(help: "Digests to compute of every file that is read, separated by commas.")
  var algorithms = "sha1,sha256"

  @Option(help: "What packages are for whose manifest does not say, such as 'Debian bookworm'.")
  var distribution = ""

  @Option(help: "Number of threads. The store does not depend on it.")
  var jobs = processorCount()

  func validate() throws {
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs: a number from 1 to 1024 was expected.") }
    _ = try wantedAlgorithms()
    if inputs.isEmpty, baselines.isEmpty { throw ValidationError("Name at least one input or --baseline.") }
    if output == "-" || output.isEmpty { throw ValidationError("--output: the name of a file was expected.") }
  }

  private func wantedAlgorithms() throws -> [FileDigestAlgorithm] {
    let wanted = try algorithms.split(separator: ",").map { name in
      guard let algorithm = FileDigestAlgorithm(name: String(name)) else {
        let known = FileDigestAlgorithm.allCases.map(\.name).joined(separator: ", ")
        throw ValidationError("--algorithms: '\(name)' is not one of \(known).")
      }
      return algorithm
    }
    guard !wanted.isEmpty else { throw ValidationError("--algorithms: name at least one.") }
    return Set(wanted).sorted()
  }

  func run() throws {
    try refuseOutputAmongInputs()
    for baseline in baselines { try refuseContradiction(in: baseline) }
    let given = try keyFiles()
    let options = BuildOptions(
      algorithms: try wantedAlgorithms(), keys: given.keys, manifestSigners: given.signers, keyFiles: given.files)
    let request = BuildRequest(
      inputs: inputs.map { FilePath($0) }, store: FilePath(output), options: options,
      baselines: baselines.map { FilePath($0) }, jobs: jobs, distribution: distribution)
    let summary = try built(request)
    let standings = try standings()
    try show(summary, standings)
    if summary.counts.sources == 0 {
      Output.diagnostic("no input was recognised; 'inquest references build --help' says what is read")
      throw ExitCode.notEvidence
    }
    let effects = Set(summary.problems.map(\.kind.findingCode.effectOnReferences))
    if effects.contains(.untrusted) { throw ExitCode.untrusted }
    if effects.contains(.inconclusive) || standings.unsigned > 0 || standings.refused > 0 {
      throw ExitCode.inconclusive
    }
  }

  /// The store would be an input of the next run.
  private func refuseOutputAmongInputs() throws {
    guard let folder = Output.existingFolder(above: output) else { return }
    for input in inputs + baselines {
      guard let input = resolved(FilePath(input)), !input.text.isEmpty else { continue }
      if folder == input.text || folder.hasPrefix(input.text == "/" ? "/" : input.text + "/") {
        throw ValidationError("--output: '\(output)' lies among the inputs. Name a file outside them.")
      }
    }
  }

  /// A boot whose log is not what its quotes say is nothing to hold others against, and neither are events that they do not prove. A
  /// log alone, without its capture, is taken at the user's word.
  private func refuseContradiction(in baseline: String) throws {
    guard case .folder = try? kind(of: FilePath(baseline), following: true) else { return }
    let result: AttestationResult
    do {
      result = try examine(ExaminationRequest(roots: [FilePath(baseline)], jobs: jobs, toolVersion: toolVersion))
    } catch {
      Output.diagnostic("--baseline: \(error)")
      throw ExitCode.inputMissing
    }
    let findings = result.findings.filter { $0.effect == .untrusted }
    var reasons = findings.map { "\($0.code.rawValue): \($0.file.map { "\($0): " } ?? "")\($0.message)" }
    let captures = result.hosts.flatMap(\.boots).flatMap(\.captures)
    if findings.isEmpty, captures.contains(where: { !$0.quotes.isEmpty }) {
      for log in captures.flatMap(\.logs) where log.kind == .eventLog && log.copyOf == nil {
        let proven = log.provenRecords ?? 0
        if proven < log.records {
          reasons.append("\(log.file): the capture's quotes prove \(proven) of \(log.records) events")
          if result.findings.contains(where: { $0.code == .keyMissing }) {
            reasons.append(
              "the key that signed a quote is not in the folder: put its public part, in PEM, beside the quote")
          }
        }
      }
    }
    guard let first = reasons.first else { return }
    Output.diagnostic(
      "--baseline: '\(baseline)' is no boot to hold others against: its evidence does not prove its event logs")
    for reason in [first] + reasons.dropFirst().prefix(2) { Output.diagnostic("  \(reason)") }
    if reasons.count > 3 { Output.diagnostic("  \(reasons.count - 3) more; 'inquest analyze' lists them") }
    Output.diagnostic("  an event log that is given by itself is taken at your word")
    throw ExitCode.untrusted
  }

  private func keyFiles() throws -> (keys: OpenPGPKeyring, signers: [ManifestSigner], files: [[UInt8]]) {
    var files: [[UInt8]] = []
    var signers: [ManifestSigner] = []
    var all: [[UInt8]] = []
    for key in keys {
      do {
        let bytes = try contents(of: FilePath(key))
        all.append(bytes)
        let found = ManifestSigner.all(in: bytes)
        if found.isEmpty { files.append(bytes) } else { signers += found }
      } catch {
        Output.diagnostic(error.description)
        throw ExitCode.inputMissing
      }
    }
    let keyring = OpenPGPKeyring(certificates: files)
    for problem in keyring.problems { Output.diagnostic("--key: \(problem)") }
    if !keys.isEmpty, keyring.certificates.isEmpty, signers.isEmpty {
      Output.diagnostic("--key: no OpenPGP certificate, X.509 certificate or public key could be read")
      throw ExitCode(64)
    }
    return (keyring, signers, all)
  }

  private func built(_ request: BuildRequest) throws -> BuildSummary {
    var line = ProgressLine()
    defer { line.clear() }
    do {
      return try ReferenceBuilder.build(request) { line.show($0) }
    } catch {
      line.clear()
      Output.diagnostic(error.description)
      switch error {
      case .input: throw ExitCode.inputMissing
      case .noStore: throw ExitCode.notEvidence
      case .otherAlgorithms: throw ExitCode(64)
      case .output: throw ExitCode.outputFailed
      }
    }
  }

  private func standings() throws -> ReferenceCheckResult.Standings {
    do { return try ReferenceStore(file: output).standings() } catch { throw References.unreadable(error) }
  }

  private func show(_ summary: BuildSummary, _ standings: ReferenceCheckResult.Standings) throws {
    let counts = summary.counts
    let held = summary.heldCount > 0 ? ", \(summary.heldCount) were held already" : ""
    try Output.line("read: \(summary.readCount) sources\(held)")
    try Output.line(
      "store: \(counts.sources) sources, \(counts.packages) packages, \(counts.files) files, \(counts.updates) updates")
    try Output.line(
      "packages: \(standings.signed) signed, \(standings.unsigned) unsigned, \(standings.refused) refused")
    let digests = counts.digests.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.name)" }
    try Output.line("digests: \(digests.isEmpty ? "none" : digests.joined(separator: ", "))")
    try showProblems(summary.problems)
    try Output.line("logical digest: \(summary.logicalDigest)")
    try Output.line(output)
  }

  /// The first of each kind, worst first; 'references check' lists more.
  private func showProblems(_ problems: [ReferenceProblem]) throws {
    let kinds = Dictionary(grouping: problems, by: \.kind).sorted { left, right in
      let (a, b) = (left.key.findingCode.severity, right.key.findingCode.severity)
      return a == b ? left.key.rawValue < right.key.rawValue : a < b
    }
    for (kind, all) in kinds {
      let code = kind.findingCode
      try Output.line("\(code.severity.rawValue) \(code.rawValue): \(all.count)")
      for problem in all.prefix(3) {
        let subject = problem.subject.map { " (\($0))" } ?? ""
        try Output.line("  \(problem.source)\(subject): \(problem.message)")
      }
    }
  }
}

/// One line on the terminal that says how far the build is. Without a terminal there is none; colours are never used, and
/// NO_COLOR, which asks for plain output, turns the rewriting of the line off as well.
private struct ProgressLine {
  private let isShown: Bool
  private var shownPercent = -1

  init() {
    // Safe: the name ends with NUL, and only the answer's presence is looked at.
    let isPlain = unsafe getenv("NO_COLOR") != nil
    isShown = isatty(2) == 1 && !isPlain
  }

  mutating func show(_ progress: BuildProgress) {
    guard isShown else { return }
    let percent = progress.byteCount > 0 ? progress.doneByteCount / max(1, progress.byteCount / 100) : 100
    guard percent != shownPercent || progress.doneTasks % 100 == 0 else { return }
    shownPercent = percent
    Output.progress("\(min(100, percent)) % of \(progress.tasks) files: \(progress.label)")
  }

  func clear() { if isShown { Output.progress("") } }
}
