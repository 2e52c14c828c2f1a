import BootStory
import ByteReading
import Digests
import Replay
import Reports
import TCGEventLog

/// What a person wants to know of an event log before its events: how it is written, who wrote it, and what it says was started.
///
/// All of it is the log's claim; nothing is verified.
func overview(_ log: EventLog, _ story: BootStory, problems: [ParseError]) -> InspectionValue {
  var fields: [InspectionValue.Field] = [
    .init("format", .text(format(log))),
    .init("banks", .text(log.banks.isEmpty ? "none" : log.banks.map(\.name).joined(separator: ", "))),
    .init("events", .number(log.events.count)), .init("registers", .text(registers(log))),
  ]
  fields += facts(story, .firmware, "firmware version (S-CRTM)").map { .init("firmwareVersion", .text($0)) }
  fields.append(.init("secureBoot", .text(secureBoot(story))))
  for (name, texts) in [
    ("loaders", facts(story, .bootLoader, "image")),
    ("kernel", facts(story, .kernel, "image") + facts(story, .kernel, "file")),
    ("commandLines", facts(story, .kernelCommandLine, "command line")),
  ] where !texts.isEmpty {
    fields.append(.init(name, .list(texts.map { .text($0) })))
  }
  let first = problems.first.map { ", the first: \($0)" } ?? ""
  fields.append(.init("problems", .text(problems.isEmpty ? "none" : "\(problems.count)\(first)")))
  return .fields(fields)
}

/// The layout, and the specification that the log names.
private func format(_ log: EventLog) -> String {
  guard let specification = log.specification else { return log.layoutName }
  let version = "\(specification.versionMajor).\(specification.versionMinor) errata \(specification.errata)"
  return "\(log.layoutName), \(specification.signature.rawValue) \(version)"
}

/// Registers with the number of their events, in the words of what the log extends. What is never extended is counted apart.
private func registers(_ log: EventLog) -> String {
  var counts: [UInt32: Int] = [:]
  var others = 0
  for event in log.events {
    if event.recordedType == .noAction || event.canonical?.nvIndex != nil {
      others += 1
    } else {
      counts[event.registerIndex, default: 0] += 1
    }
  }
  var parts = counts.sorted { $0.key < $1.key }.map { "\(log.name(ofRegister: $0.key)) (\($0.value))" }
  if parts.count > 40 { parts = parts.prefix(40) + ["\(parts.count - 40) more"] }
  if others > 0 { parts.append("in no register (\(others))") }
  return parts.isEmpty ? "none" : parts.joined(separator: ", ")
}

private func secureBoot(_ story: BootStory) -> String {
  let evidence = story.secureBoot
  guard let flag = evidence.secureBoot else { return "the log does not say" }
  let state =
    switch flag.value {
    case 1: "on"
    case 0: "off"
    case nil: "not on, the variable was empty"
    case let value?: "not on, the value \(value) is not defined"
    }
  let setup = evidence.setupMode?.value == 1 ? ", in setup mode" : ""
  let binding = flag.binding == .bound ? "" : ", in data that no digest covers whole"
  return "\(state)\(setup), as record \(flag.event) says\(binding)"
}

private func facts(_ story: BootStory, _ stage: BootStage, _ name: String) -> [String] {
  story.stages.filter { $0.stage == stage }.flatMap(\.facts).filter { $0.name == name }.map(\.value)
}
