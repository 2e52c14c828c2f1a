import ByteReading
import Digests
import Hashing
import XMLReading

extension IntegrityReport {
  /// Reads a report. Gives nil when the document is none. Values that break a rule of the schema, such as an identifier
  /// used twice, are read all the same.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<IntegrityReport>? {
    var reading: ReportReading?
    var isOther = false
    let error = readXMLEvents(bytes, file: file) { event in
      if reading == nil {
        guard case .start(let root) = event, let dialect = dialect(of: root) else {
          isOther = true
          return false
        }
        reading = ReportReading(dialect, root, file: file)
      }
      reading?.take(event)
      return true
    }
    guard !isOther, let reading else { return nil }
    let end = error.map { min($0.offset, bytes.count) } ?? bytes.count
    return Parsed(
      value: reading.report, problems: reading.problems + (error.map { [$0] } ?? []), unread: end..<bytes.count)
  }

  private static func dialect(of root: XMLElement) -> Dialect? {
    switch root.name {
    case "Report" where root.namespace.contains("Integrity_Report"): .openAttestation
    case "integrityReport": .hirs
    default: nil
    }
  }
}

/// What stands open while a report is read.
private struct ReportReading {
  static let problemLimit = 1000

  var report: IntegrityReport
  var problems: [ParseError] = []
  private let file: String
  private var open: [XMLElement] = []
  private var text = ""
  /// Of the collection that is open: its events, whose register may be told only behind them.
  private var events: [Event] = []
  private var event: Event?
  private var snapshot: RegisterSnapshot?
  /// Of HIRS.
  private var path: String?
  private var digest: [UInt8]?
  private var recordStart = 0

  private struct Event {
    var type: String
    var image: [UInt8]?
    var hash: [UInt8]?
    var register: Int?
    var range: Range<Int>
  }

  init(_ dialect: IntegrityReport.Dialect, _ root: XMLElement, file: String) {
    report = IntegrityReport(dialect: dialect, identifier: root.attributes["ID"])
    self.file = file
  }

  mutating func take(_ event: XMLEvent) {
    switch event {
    case .start(let element):
      open.append(element)
      text = ""
      begin(element)
    case .text(let more): text += more
    case .end:
      if let element = open.popLast() { end(element, trimmed(text)) }
      text = ""
    }
  }

  private mutating func begin(_ element: XMLElement) {
    switch element.name {
    case "SnapshotCollection":
      events = []
      snapshot = nil
    case "Objects":
      event = Event(
        type: element.attributes["Type"] ?? "", image: bytes(element.attributes["Image"], element, "Objects.Image"),
        range: element.offset..<element.offset)
    case "QuoteInfo":
      report.quotes.append(
        ReportedQuote(
          fixed: element.attributes["Fixed"],
          compositeDigest: bytes(element.attributes["DigestValue"], element, "QuoteInfo.DigestValue"),
          nonce: bytes(element.attributes["ExternalData"], element, "QuoteInfo.ExternalData")))
    case "QuoteInfo2":
      report.quotes.append(
        ReportedQuote(
          fixed: element.attributes["Fixed"], compositeDigest: nil,
          nonce: bytes(element.attributes["ExternalData"], element, "QuoteInfo2.ExternalData")))
    case "imaRecords":
      path = nil
      digest = nil
      recordStart = element.offset
    case "PcrValue": digest = nil
    default: break
    }
  }

  private mutating func end(_ element: XMLElement, _ content: String) {
    switch element.name {
    case "CompositeHash":
      if let last = report.quotes.indices.last {
        report.quotes[last].compositeDigest = bytes(content, element, "CompositeHash")
      }
    case "KeyName": report.keyName = report.keyName ?? (content.isEmpty ? nil : content)
    case "PcrValue": endValue(element, content)
    case "digest": digest = bytes(content, element, "digest")
    case "Hash" where open.last?.name == "Objects":
      let hash = bytes(content, element, "Hash")
      event?.hash = hash
      event?.register = Self.register(ofIdentifier: element.attributes["Id"] ?? "")
    case "Objects":
      if var event {
        event.range = event.range.lowerBound..<max(event.range.lowerBound, element.offset)
        events.append(event)
      }
      event = nil
    case "PcrHash":
      guard let register = register(element.attributes["Number"], element) else { break }
      snapshot = RegisterSnapshot(
        register: register, start: bytes(element.attributes["StartHash"], element, "PcrHash.StartHash"),
        end: bytes(content, element, "PcrHash"), eventCount: events.count)
    case "SnapshotCollection": endCollection(element)
    case "bootcycleID": report.bootCycle = content
    case "startIndex":
      report.startIndex = Int(content).flatMap { $0 >= 0 ? $0 : nil }
      if report.startIndex == nil { fail(element, "startIndex", expected: "a number from 0", found: content) }
    case "path" where open.last?.name == "imaRecords": path = text
    case "imaRecords": endRecord(element)
    default: break
    }
  }

  private mutating func endValue(_ element: XMLElement, _ content: String) {
    guard let register = register(element.attributes["PcrNumber"], element) else { return }
    let value = content.isEmpty ? digest : bytes(content, element, "PcrValue")
    guard let value else { return }
    guard value.count == HashAlgorithm.sha1.digestByteCount else {
      return fail(element, "PcrValue", expected: "20 bytes", found: "\(value.count)")
    }
    if let known = report.registers[register], known != value {
      return fail(element, "PcrValue \(register)", expected: hexText(known), found: hexText(value))
    }
    report.registers[register] = value
  }

  private mutating func endCollection(_ element: XMLElement) {
    if let snapshot { report.snapshots.append(snapshot) }
    for event in events {
      // Boot events name their type in hexadecimal digits, records of the kernel their template.
      guard !event.type.isEmpty, bytesOfHex(event.type.utf8.count % 2 == 0 ? event.type : "0" + event.type) == nil
      else { continue }
      guard let register = event.register ?? snapshot?.register, let image = event.image, let hash = event.hash else {
        fail(element, "Objects", expected: "a register, an image and a hash", found: "less", at: event.range.lowerBound)
        continue
      }
      guard event.type != "ima" else {
        guard image.count >= 20 else {
          fail(
            element, "Objects.Image", expected: "a digest and a path", found: "\(image.count) bytes",
            at: event.range.lowerBound)
          continue
        }
        add(register, "ima", hash, legacyData(Array(image[..<20]), Array(image[20...])), event.range)
        continue
      }
      add(register, event.type, hash, image, event.range)
    }
    events = []
    snapshot = nil
  }

  /// Source: HIRS keeps digest and path only. Template `ima` hashes the digest and the path padded to 256 bytes.
  private mutating func endRecord(_ element: XMLElement) {
    guard let path, let digest, digest.count == 20 else {
      return fail(element, "imaRecords", expected: "a path and a SHA-1 digest", found: "less", at: recordStart)
    }
    let name = Array(path.utf8)
    guard name.count < 256 else {
      return fail(element, "imaRecords.path", expected: "at most 255 bytes", found: "\(name.count)", at: recordStart)
    }
    let isViolation = digest.allSatisfy { $0 == 0 }
    let padding = [UInt8](repeating: 0, count: 256 - name.count)
    let hash = isViolation ? digest : HashAlgorithm.sha1.digest(of: digest + name + padding)
    guard let hash else { return fail(element, "imaRecords", expected: "a SHA-1 function", found: "none") }
    add(10, "ima", hash, legacyData(digest, name), recordStart..<max(recordStart, element.offset))
  }

  private mutating func add(_ register: Int, _ name: String, _ hash: [UInt8], _ data: [UInt8], _ range: Range<Int>) {
    report.records.append(
      ReportedRecord(register: register, templateName: name, templateDigest: hash, templateData: data, range: range))
  }

  /// The data of template `ima` as the binary list has it.
  private func legacyData(_ digest: [UInt8], _ name: [UInt8]) -> [UInt8] {
    let count = UInt32(clamping: name.count)
    return digest + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + name
  }

  // MARK: Values

  private mutating func bytes(_ text: String?, _ element: XMLElement, _ field: String) -> [UInt8]? {
    guard let text else { return nil }
    guard let bytes = bytesOfBase64(text.utf8) else {
      fail(element, field, expected: "base64", found: text)
      return nil
    }
    return bytes
  }

  private mutating func register(_ text: String?, _ element: XMLElement) -> Int? {
    guard let text, let number = Int(text), (0..<24).contains(number) else {
      fail(element, "\(element.name) number", expected: "0 to 23", found: text ?? "none")
      return nil
    }
    return number
  }

  /// From `PCR_10_LV1_0_93_EVENT`.
  private static func register(ofIdentifier identifier: String) -> Int? {
    let parts = identifier.split(separator: "_")
    guard parts.count >= 2, parts[0] == "PCR", let number = Int(parts[1]), (0..<24).contains(number) else { return nil }
    return number
  }

  private mutating func fail(
    _ element: XMLElement, _ field: String, expected: String, found: String, at offset: Int? = nil
  ) {
    guard problems.count < Self.problemLimit else { return }
    problems.append(
      ParseError(
        file: file, offset: offset ?? element.offset, field: "XML, line \(element.line): \(field)", expected: expected,
        found: escapedText(found.utf8.prefix(80))))
  }
}
