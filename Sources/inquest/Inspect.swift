import ArgumentParser
import ByteReading
import EvidenceIntake
import IMALog
import Reports
import TCGEventLog

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decode evidence files for a person.",
    discussion: """
      A quote, signature, key, certificate, PCR file, event log, IMA list or listing of registers is told by its content.

      Exit status: 0 when every file was read whole, 65 when one is no evidence or is damaged (what could be read is
      still printed).
      """)

  @Argument(help: "Evidence files; '-' is standard input.")
  var files: [String]

  @Option(help: "text, json, yaml or xml.")
  var format = Format.text

  enum Format: String, ExpressibleByArgument {
    case text, json, yaml, xml

    func render(_ inspection: Inspection) -> [UInt8] {
      switch self {
      case .text: InspectionText.render(inspection)
      case .json: InspectionJSON.render(inspection)
      case .yaml: InspectionYAML.render(inspection)
      case .xml: InspectionXML.render(inspection)
      }
    }
  }

  func run() throws {
    var status = ExitCode.success
    for file in files {
      let bytes: [UInt8]
      do {
        bytes = try file == "-" ? contentsOfStandardInput() : contents(of: FilePath(file))
      } catch {
        Output.diagnostic(error.description)
        if status == .success || status == .notEvidence { status = .inputMissing }
        continue
      }
      let found = evidenceFile(bytes, path: escapedText(file.utf8))
      let (inspection, isWhole) = inspect(found)
      Output.bytes(format.render(inspection))
      for problem in inspection.problems { Output.diagnostic(problem) }
      if !isWhole, status == .success { status = .notEvidence }
    }
    if status != .success { throw status }
  }
}
