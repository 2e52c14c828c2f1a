import Appraisal
import ArgumentParser
import ByteReading
import EvidenceIntake
import Examination
import IMALog
import ReferenceStore
import Reports
import XMLReading

struct ReferencesCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Review stores: whole, signed, current, free of conflicts, and enough for a machine?",
    discussion: """
      Exit status: 0 clean, 1 faults found, 2 when nothing is wrong and something needed is absent, 64 usage, 65 no whole \
      store, 66 input unreadable, 74 output could not be written.
      """)

  @Argument(help: "Stores to review.")
  var stores: [String]

  @Option(
    help: "Folder of a machine that is known to be good: would the stores explain its measurements? Several times.")
  var capture: [String] = []

  @Option(help: "Policy file (YAML) whose classes and exemptions hold for the captures; the default policy without it.")
  var policy: String?

  @Option(name: .customLong("as-of"), help: "RFC 3339 date at which validity and versions are judged.")
  var asOf: String?

  @Option(
    name: .customLong("trusted-key"),
    help: "Fingerprint of a key that may vouch, at least its last 16 digits. Several times; without it all keys count.")
  var trustedKeys: [String] = []

  @Option(help: "Folder for the reports, made if needed; '-' writes one report to standard output.")
  var output = "inquest-references"

  @Option(help: "Reports to write: any of html, xml, json, separated by commas.")
  var format = "html,xml,json"

  func validate() throws {
    let formats = try reportFormats()
    if output == "-", formats.count != 1 { throw ValidationError("--output -: give exactly one --format.") }
    for key in trustedKeys where key.count < 16 || bytesOfHex(key) == nil {
      throw ValidationError("--trusted-key: a fingerprint in hexadecimal was expected, not '\(key)'.")
    }
    if let asOf, !isDate(asOf) { throw ValidationError("--as-of: an RFC 3339 date was expected, not '\(asOf)'.") }
  }

  private func reportFormats() throws -> [ReferenceReportFormat] {
    let formats = try format.split(separator: ",").map { name in
      guard let format = ReferenceReportFormat(rawValue: String(name)) else {
        throw ValidationError("--format: '\(name)' is not one of html, xml, json.")
      }
      return format
    }
    guard !formats.isEmpty else { throw ValidationError("--format: name at least one of html, xml, json.") }
    return formats
  }

  private func isDate(_ text: String) -> Bool {
    let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.count) == [4, 2, 2] && parts.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
      && (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
  }

  func run() throws {
    let opened = try stores.map(References.open)
    var request = ReferenceCheckRequest(
      asOf: asOf, trustedKeys: trustedKeys.map { $0.uppercased() }, lists: try lists(), toolVersion: toolVersion)
    request.policy = try readPolicy()
    let result: ReferenceCheckResult
    do {
      result = try ReferenceChecker.check(opened, request)
    } catch { throw References.unreadable(error) }
    let written = try write(result)
    if output != "-" {
      try show(result)
      for path in written { try Output.line("report: \(path)") }
    }
    switch result.outcome {
    case .clean: return
    case .faults: throw ExitCode.untrusted
    case .inconclusive: throw ExitCode.inconclusive
    }
  }

  private func readPolicy() throws -> Policy {
    guard let policy else { return .standard }
    do {
      return try Policy(try contents(of: FilePath(policy)), file: policy)
    } catch let error as PolicyError {
      Output.diagnostic(error.description)
      throw ExitCode(64)
    } catch let error as FileError {
      Output.diagnostic(error.description)
      throw ExitCode.inputMissing
    }
  }

  /// The measurement lists of the captures. Copies of one list are appraised once.
  private func lists() throws -> [(path: String, list: MeasurementList)] {
    guard !capture.isEmpty else { return [] }
    do {
      let evidence = try EvidenceSet.read(capture.map { FilePath($0) })
      let found = evidence.files.compactMap { file -> (path: String, list: MeasurementList)? in
        guard let parsed = file.content.measurementList, file.duplicateOf == nil else { return nil }
        return (file.path, parsed.value)
      }
      guard found.isEmpty else { return found }
    } catch {
      Output.diagnostic(error.description)
      throw ExitCode.inputMissing
    }
    Output.diagnostic("--capture: there is no measurement list in it")
    throw ExitCode.notEvidence
  }

  private func show(_ result: ReferenceCheckResult) throws {
    try Output.line("references: \(result.outcome.rawValue)")
    for store in result.stores {
      try Output.line(
        "store \(store.name): \(store.packages.signed) packages signed, \(store.packages.unsigned) unsigned, \(store.packages.refused) refused"
      )
      try Output.line("  logical digest: \(store.logicalDigest)")
    }
    for check in result.checks.sorted(by: { $0.code.severity < $1.code.severity }) where check.count > 0 {
      try Output.line("\(check.code.severity.rawValue) \(check.code.rawValue): \(check.count)")
      for finding in result.findings.filter({ $0.code == check.code }).prefix(3) {
        let place = [finding.source, finding.subject].compactMap { $0 }.joined(separator: ", ")
        try Output.line("  \(place.isEmpty ? "" : place + ": ")\(finding.message)")
      }
    }
    for list in result.coverage {
      try Output.line("coverage of \(list.list): \(list.explained) of \(list.records) records")
      for group in list.missing.prefix(10) {
        try Output.line("  missing: \(group.kind.rawValue) \(group.name), \(group.records) records")
      }
    }
  }

  private func write(_ result: ReferenceCheckResult) throws -> [String] {
    let formats = try reportFormats()
    do {
      if output == "-" {
        try Output.bytes(formats[0].render(result))
        return []
      }
      try Output.makeFolder(output)
      return try formats.map { format in
        let path = (output.hasSuffix("/") ? output : output + "/") + format.fileName
        let report = format.render(result)
        if format == .xml,
          let problem = XMLValidator.problems(in: report, schema: ReferenceXMLReport.schema).first
        {
          Output.diagnostic("the XML report is not valid by its own schema: \(problem.message)")
          throw ExitCode.internalError
        }
        try Output.file(report, to: path)
        return path
      }
    } catch let error as OutputError {
      Output.diagnostic(error.description)
      throw ExitCode.outputFailed
    }
  }
}

/// The reports that a review can write.
private enum ReferenceReportFormat: String {
  case html, xml, json

  var fileName: String { "references.\(rawValue)" }

  func render(_ result: ReferenceCheckResult) -> [UInt8] {
    switch self {
    case .html: ReferenceHTMLReport.render(result)
    case .xml: ReferenceXMLReport.render(result)
    case .json: ReferenceJSONReport.render(result)
    }
  }
}
