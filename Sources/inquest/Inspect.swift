import ArgumentParser
import ByteReading
import EvidenceIntake
import Examination
import IMALog
import Reports
import TCGEventLog

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decode evidence files for a person.",
    discussion: """
      A quote, signature, key, certificate, PCR file, event log (TCG, Canonical, of systemd, CCEL and its table), IMA list, \
      TDX quote, listing of registers (as tools print it, or a table of JSON), SWID tag (Base RIM), CoRIM or CoSWID is told by \
      its content. Other manifests, and packages, are for 'references build', which verifies signatures; here they are only \
      shown.

      An event log begins with an overview. In text, bytes longer than a digest are cut; json, yaml and xml have them all.

      Exit status: 0 when every file was read whole, 65 when one is no evidence or is damaged (what could be read is \
      still printed).
      """)

  @Argument(help: "Evidence files; '-' is standard input.")
  var files: [String]

  @Option(help: "text, json, yaml or xml. An event log in yaml has the layout of tpm2_eventlog.")
  var format = Format.text

  @Option(help: "Show at most so many records of an IMA list; what is left out is said.")
  var limit = 100_000

  @Option(
    name: .customLong("measured-file"),
    help: """
      A boot loader, kernel, initrd or configuration that you have: events of a log whose digest is that of the file, of the \
      image or of one of its sections, say so. May be given several times.
      """)
  var measuredFiles: [String] = []

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

  /// Several files are one document in each format: a JSON list, YAML documents, an XML element around them.
  private func rendered(_ inspections: [Inspection]) -> [UInt8] {
    let parts = inspections.map(format.render)
    guard parts.count != 1 else { return parts[0] }
    switch format {
    case .text, .yaml: return Array(parts.joined(separator: format == .text ? [0x0a] : []))
    case .json:
      let items = parts.map { $0.last == 0x0a ? $0.dropLast() : $0[...] }
      return Array("[\n".utf8) + Array(items.joined(separator: Array(",\n".utf8))) + Array("\n]\n".utf8)
    case .xml:
      // Each part begins with a declaration, which a document has once.
      let bodies = parts.map { $0.drop { $0 != 0x0a }.dropFirst() }
      let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<inspections xmlns=\"\(InspectionXML.namespace)\">\n"
      return Array(head.utf8) + Array(bodies.joined()) + Array("</inspections>\n".utf8)
    }
  }

  func run() throws {
    var status = ExitCode.success
    var inspections: [Inspection] = []
    var measured = MeasuredFiles()
    for file in measuredFiles {
      do {
        try measured.add(fileAt: FilePath(file))
      } catch {
        Output.diagnostic(error.description)
        throw ExitCode.inputMissing
      }
    }
    for file in files {
      do {
        let path = escapedText(file.utf8)
        let found =
          try file == "-"
          ? evidenceFiles(contentsOfStandardInput(), path: path) : evidenceFiles(at: FilePath(file), path: path)
        for (index, file) in found.enumerated() {
          var (inspection, isWhole) = inspect(file, recordLimit: max(0, limit), measured: measured)
          if format == .yaml, case .eventLog(let log) = file.content {
            inspection.layout = eventLogLayout(log.value, file: file.path)
          }
          inspections.append(inspection)
          // What lies beside the evidence in an archive need not be any.
          if !isWhole, index == 0 || file.content.kind != "unrecognised", status == .success { status = .notEvidence }
        }
      } catch {
        Output.diagnostic(error.description)
        if status != .inputMissing { status = .inputMissing }
      }
    }
    try Output.bytes(rendered(inspections))
    if status != .success { throw status }
  }
}
