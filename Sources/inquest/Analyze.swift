import Appraisal
import ArgumentParser
import ByteReading
import EvidenceIntake
import Examination
import Reports
import XMLReading

struct Analyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Examine a case and write its reports.",
    discussion: """
      A case is a folder (or several folders and files) with the archived quotes, event logs, IMA lists, keys and \
      certificates of one or many hosts. Only what is given here on the command line, or in the file given with \
      --description, decides trust; what a case says of itself is shown as a claim.
      """)

  @Argument(help: "Folders and files of the case.")
  var cases: [String]

  @Option(
    name: .customLong("references"),
    help: "Reference store made by 'inquest references build'. May be given several times.")
  var references: [String] = []

  @Option(
    help: """
      Revocation list that boot images are held against, beside the one that the event log measured: a dbx as a file of \
      efivarfs, as an authenticated update, or bare. May be given several times.
      """)
  var dbx: [String] = []

  @Option(
    name: .customLong("trust-anchor"), help: "PEM or DER certificate that attestation key certificates must lead to.")
  var trustAnchors: [String] = []

  @Option(name: .customLong("key"), help: "Attestation key to trust: PEM, TPM2B_PUBLIC, or certificate.")
  var keys: [String] = []

  @Option(
    name: .customLong("file-signing-key"),
    help:
      "Certificate or key (PEM or DER) whose signatures of files in IMA lists are trusted. May be given several times.")
  var fileSigningKeys: [String] = []

  @Option(help: "Policy file (YAML): what must be appraised before a verdict may be trusted.")
  var policy: String?

  @Option(name: .customLong("nonce"), help: "Nonce that was sent, in hexadecimal. May be given several times.")
  var nonces: [String] = []

  @Option(
    help: "Description of the case by you (YAML); unlike an inquest.yaml in the case it may name anchors and keys.")
  var description: String?

  @Option(
    name: .customLong("collected-at"),
    help: "RFC 3339 time of collection; goes before what an inquest.yaml in the case says.")
  var collectedAt: String?

  @Option(
    name: .customLong("as-of"), help: "Date at which certificates are judged when no time of collection is known.")
  var asOf: String?

  @Option(help: "Folder for the reports, made if needed; '-' writes one report to standard output.")
  var output = "inquest-report"

  @Option(
    help: """
      Files to write, separated by commas: html, xml and json for report.*; jsonl and csv for measurements.*, one line \
      a measured record; timeline-jsonl and timeline-csv for timeline.*, which Timesketch imports.
      """)
  var format = "html,xml,json,jsonl"

  @Option(help: "Number of threads. The result does not depend on it.")
  var jobs = processorCount()

  @Flag(name: .customLong("accept-inconclusive"), help: "Exit with 0 instead of 2 when the verdict is inconclusive.")
  var acceptsInconclusive = false

  func validate() throws {
    guard (1...1024).contains(jobs) else { throw ValidationError("--jobs: a number from 1 to 1024 was expected.") }
    for nonce in nonces where bytesOfHex(nonce).map({ (1...64).contains($0.count) }) != true {
      throw ValidationError("--nonce: 1 to 64 bytes in hexadecimal were expected, not '\(nonce)'.")
    }
    let formats = try reportFormats()
    if output == "-", formats.count != 1 { throw ValidationError("--output -: give exactly one --format.") }
  }

  private func reportFormats() throws -> [ReportFormat] {
    let formats = try format.split(separator: ",").map { name in
      guard let format = ReportFormat(rawValue: String(name)) else {
        throw ValidationError("--format: '\(name)' is not one of \(ReportFormat.names).")
      }
      return format
    }
    guard !formats.isEmpty else { throw ValidationError("--format: name at least one of \(ReportFormat.names).") }
    return formats
  }

  /// A report in the case would be evidence of the next run, and the case is never changed.
  private func refuseOutputInCase() throws {
    guard output != "-", let folder = Output.existingFolder(above: output) else { return }
    for root in cases {
      guard let root = resolved(FilePath(root)) else { continue }
      if folder == root.text || folder.hasPrefix(root.text == "/" ? "/" : root.text + "/") {
        throw ValidationError(
          "--output: '\(output)' lies in the case, which is never changed. Name a folder outside it.")
      }
    }
  }

  func run() throws {
    try refuseOutputInCase()
    let result = try examined()
    let written = try write(result)
    if output != "-" {
      try Output.line(summary(result))
      for path in written { try Output.line("report: \(path)") }
    }
    switch result.verdict {
    case .trusted: return
    case .untrusted: throw ExitCode.untrusted
    case .inconclusive:
      if result.hosts.isEmpty { throw ExitCode.notEvidence }
      if !acceptsInconclusive { throw ExitCode.inconclusive }
    }
  }

  private func examined() throws -> AttestationResult {
    var request = ExaminationRequest(roots: cases.map { FilePath($0) }, jobs: jobs, toolVersion: toolVersion)
    request.trustAnchors = trustAnchors.map { FilePath($0) }
    request.pinnedKeys = keys.map { FilePath($0) }
    request.fileSigningKeys = fileSigningKeys.map { FilePath($0) }
    request.references = references.map { FilePath($0) }
    request.revocations = dbx.map { FilePath($0) }
    request.policy = policy.map { FilePath($0) }
    request.description = description.map { FilePath($0) }
    request.nonces = nonces.compactMap { bytesOfHex($0) }
    request.collectedAt = collectedAt
    request.asOf = asOf
    do {
      return try examine(request)
    } catch {
      Output.diagnostic(error.description)
      switch error {
      case .unreadable, .references: throw ExitCode.inputMissing
      case .policy, .notAKey, .badValue: throw ExitCode(64)
      }
    }
  }

  private func write(_ result: AttestationResult) throws -> [String] {
    let formats = try reportFormats()
    do {
      if output == "-" {
        try formats[0].write(result) { try Output.bytes($0) }
        return []
      }
      try Output.makeFolder(output)
      return try formats.map { format in
        let path = (output.hasSuffix("/") ? output : output + "/") + format.fileName
        try Output.file(to: path) { sink in try format.write(result, to: sink) }
        return path
      }
    } catch let error as OutputError {
      Output.diagnostic(error.description)
      throw ExitCode.outputFailed
    }
  }
}

/// The files that can be written.
enum ReportFormat: String, CaseIterable {
  case html, xml, json, jsonl, csv
  case timelineLines = "timeline-jsonl"
  case timelineTable = "timeline-csv"

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  var fileName: String {
    switch self {
    case .html, .xml, .json: "report.\(rawValue)"
    case .jsonl, .csv: "measurements.\(rawValue)"
    case .timelineLines: "timeline.jsonl"
    case .timelineTable: "timeline.csv"
    }
  }

  /// Hands the file to `sink`: reports whole, streams in pieces.
  func write(_ result: AttestationResult, to sink: ([UInt8]) throws -> Void) throws {
    switch self {
    case .html: try sink(HTMLReport.render(result))
    case .json: try sink(JSONReport.render(result))
    case .xml:
      let report = XMLReport.render(result)
      if let problem = XMLValidator.problems(in: report, schema: XMLReport.schema).first {
        Output.diagnostic("the XML report is not valid by its own schema: \(problem.message)")
        throw ExitCode.internalError
      }
      try sink(report)
    case .jsonl: try MeasurementsExport.jsonLines.write(result, to: sink)
    case .csv: try MeasurementsExport.csv.write(result, to: sink)
    case .timelineLines: tell(omitted: try TimelineExport.jsonLines.write(result, to: sink))
    case .timelineTable: tell(omitted: try TimelineExport.csv.write(result, to: sink))
    }
  }

  private func tell(omitted: Int) {
    guard omitted > 0 else { return }
    Output.diagnostic(
      "\(fileName): \(omitted) events and findings that nobody dates are left out (times come from --collected-at and descriptions)"
    )
  }
}
