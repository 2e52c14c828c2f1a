import ByteReading
import Digests
import Foundation
import Replay
import TCGEventLog
import TestSupport
import Testing
import Yams

/// `inspect --format yaml` of event logs beside what `tpm2_eventlog` writes: its own fixtures, hand-corrected output of other
/// people, and the installed tool on every log that it reads.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is absent"))
struct EventLogLayoutTests {
  private static let fixtures = "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/"
  private static let names = [
    "event-arch-linux", "event-bootorder", "event-gce-ubuntu-2104-log", "event-moklisttrusted", "event-postcode",
    "event-sd-boot-fedora37", "event-uefi-sha1-log", "event-uefiaction", "event-uefiservices", "event-uefivar",
  ]

  @Test(arguments: ["event-raw", "event-pretty", "event-pretty-39"])
  func theFixturesOfTPM2ToolsAreReproduced(folder: String) throws {
    for name in Self.names {
      let log = Self.fixtures + name + ".bin"
      let golden = String(decoding: try Corpus.bytes(Self.fixtures + folder + "/" + name + ".bin.yaml"), as: UTF8.self)
      try expectSame(log, golden: golden, what: "\(folder)/\(name)")
    }
  }

  @Test func theTwoFixturesBesideThemAreReproduced() throws {
    for name in ["event", "specid-vendordata"] {
      let golden = String(decoding: try Corpus.bytes(Self.fixtures + name + ".bin.yaml"), as: UTF8.self)
      try expectSame(Self.fixtures + name + ".bin", golden: golden, what: name)
    }
  }

  @Test func handCorrectedOutputOfOthersIsReproduced() throws {
    let rows = try Corpus.index("eventlog")
    var count = 0
    for row in rows where row["kind"] == "golden-json" && row["file"]?.contains("/fixed/") == true {
      let file = try #require(row["file"])
      let base = try #require(file.split(separator: "/").last?.dropLast(5).description)
      let log = try #require(
        rows.first { row in
          guard row["kind"]?.hasPrefix("eventlog") == true, let path = row["origin path"] else { return false }
          return path.hasSuffix("/" + base + ".bin")
        }?["file"], "\(base)")
      try expectSame(
        "eventlog/" + log, golden: String(decoding: try Corpus.bytes("eventlog/" + file), as: UTF8.self), what: base,
        hasEscapedText: true)
      count += 1
    }
    #expect(count == 12)
  }

  @Test(.enabled(if: Tool.isInstalled("tpm2_eventlog"), "tpm2_eventlog is not installed"))
  func everyLogThatTheToolReadsIsWrittenAsItWritesIt() throws {
    var read = 0
    for path in try EventLogCorpus.paths() {
      let file = Corpus.url(path).path
      let (status, output) = try Tool.run("tpm2_eventlog", ["--eventlog-version=2", file])
      guard status == 0 else { continue }
      // This log's text has control characters, which the tool prints as they are.
      if path.contains("HP_ProLiant_TPM1.2_BIOS_Linux") { continue }
      read += 1
      try expectSame(path, golden: output, what: path, hasEscapedText: true)
    }
    #expect(read >= 70)
  }

  // MARK: Comparison

  private func expectSame(_ log: String, golden: String, what: String, hasEscapedText: Bool = false) throws {
    let file = Corpus.url(log).path
    let (_, output) = try Tool.run(
      projectRoot.appendingPathComponent(".build/debug/inquest").path, ["inspect", "--format", "yaml", file])
    let ours = try #require(try Yams.compose(yaml: output), "\(what)")
    let theirs = try #require(try Yams.compose(yaml: withListOfEvents(golden)), "\(what)")
    let parsed = try #require(EventLog.parse(try Corpus.bytes(log), file: log)?.value)
    let events = [parsed.header].compactMap { $0 } + parsed.events
    var comparison = LayoutComparison(
      name: what, events: events, registers: EventLogReplay(parsed).values, hasEscapedText: hasEscapedText)
    comparison.compare(theirs, ours, at: [])
    #expect(comparison.unexplained == [], "\(what)")
  }

  /// In a log of SHA-1 records the tool writes the events as one mapping whose keys repeat, of which no reader keeps more than
  /// the last event.
  private func withListOfEvents(_ text: String) -> String {
    guard let start = text.range(of: "\nevents:\n  PCRIndex:") else { return text }
    let head = text[..<start.lowerBound] + "\nevents:\n"
    let body = text[start.lowerBound...].dropFirst("\nevents:\n".count)
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("  PCRIndex:") ? "- " + line.dropFirst(2) : line.description
    }
    return head + lines.joined(separator: "\n")
  }
}

/// Walks both trees and keeps what differs and is none of the listed deviations of the other tool.
private struct LayoutComparison {
  /// Of the golden file, for deviations of one log.
  let name: String
  let events: [Event]
  /// What the log replays to, by `ReplayTests`' word.
  let registers: RegisterValues
  /// Text was written with escapes that cannot be taken back: version 5.4, and JSON made from it.
  let hasEscapedText: Bool
  private(set) var unexplained: [String] = []

  init(name: String, events: [Event], registers: RegisterValues, hasEscapedText: Bool) {
    self.name = name
    self.events = events
    self.registers = registers
    self.hasEscapedText = hasEscapedText
  }

  mutating func compare(_ theirs: Node, _ ours: Node, at path: [String]) {
    if let left = theirs.mapping, let right = ours.mapping {
      // A key is its text: whether it stands in quotes is another matter.
      let (theirs, ours) = (fields(left), fields(right))
      for name in Set(theirs.keys).union(ours.keys).sorted() {
        switch (theirs[name], ours[name]) {
        case (let theirs?, let ours?): compare(theirs, ours, at: path + [name])
        case (let theirs, let ours): note(theirs.map { text($0) }, ours.map { text($0) }, at: path + [name])
        }
      }
    } else if let left = theirs.sequence, let right = ours.sequence {
      if left.count != right.count, !leavesOutTrustPoint(left.count, right.count) {
        unexplained.append("\(path): \(left.count) items, ours \(right.count)")
      }
      for (index, pair) in zip(left, right).enumerated() { compare(pair.0, pair.1, at: path + [String(index)]) }
    } else if theirs.scalar == nil || ours.scalar == nil || text(theirs) != text(ours) {
      note(text(theirs), text(ours), at: path)
    }
  }

  private func fields(_ mapping: Node.Mapping) -> [String: Node] {
    Dictionary(mapping.compactMap { key, value in key.string.map { ($0, value) } }, uniquingKeysWith: { $1 })
  }

  private static let structure = "(structure)"

  private func text(_ node: Node) -> String { node.scalar?.string ?? Self.structure }

  private mutating func note(_ theirs: String?, _ ours: String?, at path: [String]) {
    guard !isSameValue(theirs, ours), !isExplained(theirs, ours, path) else { return }
    unexplained.append("\(path.joined(separator: "/")): \(theirs ?? "nothing"), ours \(ours ?? "nothing")")
  }

  /// The deviations, each with the reason that `docs/formats/event-log.md` gives.
  private func isExplained(_ theirs: String?, _ ours: String?, _ path: [String]) -> Bool {
    switch path.last ?? "" {
    // The first layout; ours is the second.
    case "version": return theirs == "1" && ours == "2"
    case "EventNum": return theirs == nil && name.contains("event-uefi-sha1-log") || theirs == nil && isSHA1
    // Corrected files that end where the tool broke off.
    case "pcrs": return theirs == nil && path.count == 1 && endsEarly
    case "0" where path.count == 3 && path[0] == "pcrs":
      // EV_NO_ACTION extended, or the startup locality or H-CRTM left out: ours is what the log replays to.
      guard startsElsewhere, let bank = HashAlgorithm(name: path[1]), let value = registers[bank, 0] else {
        return false
      }
      return ours == "0x" + hexText(value)
    default:
      guard path.count > 2, path[0] == "events", let index = Int(path[1]), events.indices.contains(index) else {
        return false
      }
      return isExplained(theirs, ours, path, events[index])
    }
  }

  /// Output of logs with a record of Windows, at whose register the tool breaks off.
  private var endsEarly: Bool {
    ["ideapad1", "thyme-eventlog", "p511"].contains(name) && events.last?.registerIndex == .max
  }

  private func leavesOutTrustPoint(_ theirs: Int, _ ours: Int) -> Bool {
    endsEarly && theirs + 1 == ours && ours == events.count
  }

  private var isSHA1: Bool { events.allSatisfy { $0.digests.count <= 1 } && registers.banks == [.sha1] }

  private func isExplained(_ theirs: String?, _ ours: String?, _ path: [String], _ event: Event) -> Bool {
    switch path.last ?? "" {
    case "VariableData" where path.count == 4:
      let content = event.variableContent.map { hexText($0) } ?? ""
      // The first layout leaves variables as bytes, and both leave those without data out, or not.
      return theirs == content && ours == Self.structure || content.isEmpty && (theirs ?? "").isEmpty
    case "Event" where path.count == 3: return isExplainedData(theirs ?? "", ours ?? "", event)
    case "DevicePath":
      guard let theirs, let ours else { return false }
      // A path of no bytes: the tool prints what lies behind the event.
      if case .imageLoad(let image) = event.content(file: ""), image.devicePathLength == 0 { return ours.isEmpty }
      // Without libefivar the tool leaves the path as bytes: nothing but those of the event.
      if let bytes = bytesOfHex(theirs), hexText(event.data).contains(theirs) {
        return bytes.count >= 4 && (!ours.isEmpty || bytes.starts(with: [0x7f, 0xff]))
      }
      // libefivar leaves commas and fields out of an IPv4 node.
      if theirs.hasSuffix("IPv4(0.0.0.00.0.0.0,0,0)") { return ours.hasPrefix(theirs.dropLast(18)) }
      // libefivar from 39 on writes a file's path alone.
      return ours.replacing(/File\(([^)]*)\)/, with: { $0.output.1 }) == theirs
    case "String":
      guard hasEscapedText, let theirs, let ours else { return false }
      return text(ofTheTool: theirs, is: ours)
    // Types that the tool has no name for.
    case "EventType": return theirs == "Unknown event type" && ours == event.recordedType.name
    // The tool takes one byte too few.
    case "BlobDescription": return theirs.map { ours?.hasPrefix($0) == true && ours?.count == $0.count + 2 } ?? false
    // The tool cannot convert the name.
    case "PartitionName": return theirs == "(null)" && event.recordedType == .efiGPTEvent
    // Bytes behind the record that its size leaves out; read as vendor information by the tool.
    case "vendorInfo", "vendorInfoSize":
      return name.hasSuffix("specid-vendordata") || name.contains("specid-vendordata.bin")
    default: return false
    }
  }

  private func isExplainedData(_ theirs: String, _ ours: String, _ event: Event) -> Bool {
    let bytes = hexText(event.data)
    switch event.recordedType {
    // The first layout leaves partition tables as bytes.
    case .efiGPTEvent: return theirs == bytes && ours == Self.structure
    // The tool reads no text of an H-CRTM event.
    case .efiHCRTMEvent: return theirs == bytes && ours == EventText(event.data)?.text
    // The tool takes the first sixteen bytes of text for an address and a length.
    case .sCRTMContents, .postCode, .efiPlatformFirmwareBlob:
      let isText = EventText(event.data) != nil
      return isText && theirs == Self.structure && (ours == bytes || ours == EventText(event.data)?.text)
    // Long data are cut.
    default: return ours == bytes && theirs.count >= 2048 && bytes.hasPrefix(theirs)
    }
  }

  private var startsElsewhere: Bool { events.dropFirst().contains { $0.recordedType == .noAction } || hasHCRTM }
  private var hasHCRTM: Bool { events.contains { $0.recordedType == .efiHCRTMEvent } }

  /// Version 5.4 writes every line of the text in quotes of its own, with escapes; later ones leave NULs out. Compared are the
  /// printable ASCII characters that no escaping touches.
  private func text(ofTheTool theirs: String, is ours: String) -> Bool {
    var unescaped = theirs.replacing("\\\\", with: "")
    for escape in ["\\t", "\\n", "\\0"] { unescaped = unescaped.replacing(escape, with: "") }
    func plain(_ text: String) -> [Unicode.Scalar] {
      text.unicodeScalars.filter { (0x21..<0x7f).contains($0.value) && !["\"", "'", "\\"].contains($0) }
    }
    return plain(unescaped) == plain(ours)
  }

  /// JSON has numbers where the tool writes digits of another base, and null for nothing.
  private func isSameValue(_ theirs: String?, _ ours: String?) -> Bool {
    if theirs == "null" { return ours ?? "" == "" }
    guard let theirs, let ours, ours.hasPrefix("0x") else { return false }
    // Exact for addresses; register values were rounded to what a number of JSON holds.
    guard let number = Double(theirs), !theirs.hasPrefix("0x") else { return false }
    let value = ours.dropFirst(2).reduce(0.0) { $0 * 16 + Double($1.hexDigitValue ?? 0) }
    return abs(value - number) <= number * 1e-15
  }
}
