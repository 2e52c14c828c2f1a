import ByteReading
import Digests
import JSONReading
import TCGEventLog

/// Before each record of a sequence.
///
/// Source: RFC 7464, section 2.2.
private let recordSeparator: UInt8 = 0x1e

extension CanonicalEventLog {
  /// JSON in which digests are spoken of, or a file that begins with the separator of a sequence.
  static func encodingOfJSON(_ head: [UInt8]) -> EventLog.Format? {
    let start = head.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
    guard let first = start.first else { return nil }
    if first == recordSeparator {
      let next = start.dropFirst().first { ![0x20, 0x09, 0x0a, 0x0d, recordSeparator].contains($0) }
      return next == nil || next == UInt8(ascii: "{") ? .canonicalJSONSequence : nil
    }
    guard JSONDocument.isLikely(start), contains(start, "\"digests\""),
      contains(start, "\"pcr\"") || contains(start, "\"nv_index\"")
    else { return nil }
    return first == UInt8(ascii: "[") ? .canonicalJSON : .canonicalJSONSequence
  }

  private static func contains(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
    let word = Array(word.utf8)
    return bytes.indices.contains { bytes[$0] == word[0] && bytes[$0...].starts(with: word) }
  }
}

extension RecordCollector {
  /// An array of records.
  mutating func readJSON(_ bytes: [UInt8]) {
    let document = JSONDocument(bytes, file: file)
    var elements = document.root?.elements ?? []
    if let fault = document.fault {
      let isCut = elements.last?.isWhole == false
      let start = isCut ? elements.removeLast().offset : elements.last?.end ?? 0
      for element in elements { take(element) }
      stop(missing(fault), at: start)
    } else {
      for element in elements { take(element) }
    }
  }

  /// Records behind separators, or one a line. A broken one does not take the next with it.
  mutating func readJSONSequence(_ bytes: [UInt8]) {
    let separator = bytes.contains(recordSeparator) ? recordSeparator : 0x0a
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: separator) ?? bytes.count
      readPiece(Array(bytes[start..<end]), at: start, isLast: end == bytes.count)
      start = end + 1
    }
    if bytes.last == recordSeparator {
      stop(
        ParseError(
          file: file, offset: bytes.count, field: "CEL record", expected: "a record behind the separator",
          found: "the end of the file", missingByteCount: 1), at: bytes.count - 1)
    }
  }

  private mutating func readPiece(_ piece: [UInt8], at start: Int, isLast: Bool) {
    guard piece.contains(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else { return }
    let document = JSONDocument(piece, file: file, base: start)
    if let fault = document.fault {
      let error = missing(fault)
      // What is cut off at the end of the file was not written whole; anything else is a damaged record among others.
      if isLast, error.missingByteCount != nil { stop(error, at: start) } else { problems.append(error) }
    } else if let root = document.root {
      // Some writers put an indented document where one record a line is expected.
      take(root)
    }
  }

  private func missing(_ fault: ParseError) -> ParseError {
    var error = fault
    if fault.found == "the end of the file" { error.missingByteCount = 1 }
    return error
  }

  private mutating func take(_ record: JSONNode) {
    do throws(ParseError) {
      let target = try target(record)
      let digests = try digests(record)
      let number = try record["recnum"].map { node throws(ParseError) in try self.number(node, "recnum") }
      append(
        record.offset..<record.end, number: number, target: target, digests: digests, content: content(record))
    } catch {
      problems.append(error)
    }
  }

  private func failure(_ node: JSONNode, _ field: String, expected: String, found: String? = nil) -> ParseError {
    ParseError(file: file, offset: node.offset, field: "CEL \(field)", expected: expected, found: found ?? node.kind)
  }

  private func number(_ node: JSONNode, _ field: String) throws(ParseError) -> UInt64 {
    guard case .number(let text) = node.value, let number = UInt64(text) else {
      throw failure(node, field, expected: "a whole number")
    }
    return number
  }

  private func required(_ node: JSONNode, _ name: String) throws(ParseError) -> JSONNode {
    guard let member = node[name] else { throw failure(node, name, expected: "the member", found: node.kind) }
    return member
  }

  private func text(_ node: JSONNode, _ name: String) throws(ParseError) -> String {
    let member = try required(node, name)
    guard let text = member.string else { throw failure(member, name, expected: "a text") }
    return text
  }

  private func hexadecimal(_ node: JSONNode, _ name: String) throws(ParseError) -> (bytes: [UInt8], offset: Int) {
    let member = try required(node, name)
    guard let bytes = member.string.flatMap({ bytesOfHex($0) }) else {
      throw failure(member, name, expected: "hexadecimal digits")
    }
    return (bytes, member.offset + 1)
  }

  private func target(_ record: JSONNode) throws(ParseError) -> Target {
    if let register = record["pcr"] { return .register(UInt32(clamping: try number(register, "pcr"))) }
    let name = record["content"]?.string(of: "nvIndexName")
    guard let index = record["nv_index"] else {
      guard let name else { throw failure(record, "record", expected: "pcr or nv_index", found: "neither") }
      return .nvIndex(.init(handle: nil, name: name))
    }
    return .nvIndex(.init(handle: UInt32(clamping: try number(index, "nv_index")), name: name))
  }

  private func digests(_ record: JSONNode) throws(ParseError) -> [EventDigest] {
    let list = try required(record, "digests")
    guard let elements = list.elements else { throw failure(list, "digests", expected: "a list") }
    var digests: [EventDigest] = []
    for element in elements {
      let algorithm = try required(element, "hashAlg")
      let digest = try hexadecimal(element, "digest")
      let raw: UInt16
      if let name = algorithm.string {
        guard let known = HashAlgorithm(name: name.lowercased()) else {
          throw failure(algorithm, "hashAlg", expected: "a hash algorithm of TPMs")
        }
        raw = known.rawValue
      } else {
        raw = UInt16(clamping: try number(algorithm, "hashAlg"))
      }
      digests.append(EventDigest(rawAlgorithm: raw, bytes: digest.bytes, offset: digest.offset))
    }
    return digests
  }

  /// FAPI of older tpm2-tss calls the members `type` and `sub_event`.
  private func content(_ record: JSONNode) -> Content {
    let type = record["content_type"] ?? record["type"]
    let kind: String
    switch type?.value {
    case .string(let name)?: kind = name
    case .number(let text)?: kind = UInt64(text).map(ContentNumber.name) ?? text
    default: kind = "none"
    }
    guard let content = record["content"] ?? record["sub_event"] else {
      let error = failure(record, "content", expected: "the member", found: "none")
      return Content(content: .undecodable(kind: kind, error), data: [], dataOffset: record.end)
    }
    do throws(ParseError) {
      switch kind {
      case "cel":
        let entries = try (content.elements ?? [content]).map { entry throws(ParseError) in try management(entry) }
        return Content(content: .management(entries), data: [], dataOffset: content.offset)
      case "pcclient_std":
        let data = try hexadecimal(content, "event_data")
        return Content(
          content: .firmware, type: try eventType(try required(content, "event_type")), data: data.bytes,
          dataOffset: data.offset)
      case "ima_template":
        let data = try hexadecimal(content, "template_data")
        return Content(
          content: .imaTemplate(name: Array(try text(content, "template_name").utf8)), data: data.bytes,
          dataOffset: data.offset)
      case "systemd": return try systemd(content)
      default: return Content(content: .other(kind), data: [], dataOffset: content.offset)
      }
    } catch {
      return Content(content: .undecodable(kind: kind, error), data: [], dataOffset: content.offset)
    }
  }

  private func eventType(_ node: JSONNode) throws(ParseError) -> EventType {
    if let name = node.string {
      guard let type = EventType(name: name) else { throw failure(node, "event_type", expected: "a known type") }
      return type
    }
    return EventType(rawValue: UInt32(clamping: try number(node, "event_type")))
  }

  private func management(_ entry: JSONNode) throws(ParseError) -> CanonicalRecord.Management {
    let type = try required(entry, "type")
    let names: [String: UInt64] = ["cel_version": 1, "firmware_end": 2, "cel_timestamp": 80, "state_trans": 81]
    let number: UInt64
    if let known = type.string.flatMap({ names[$0] }) { number = known } else { number = try self.number(type, "type") }
    guard number != 2 else { return .firmwareEnd }
    let data = try required(entry, "data")
    switch number {
    case 1:
      return .version(
        major: try self.number(try required(data, "major"), "major"),
        minor: try self.number(try required(data, "minor"), "minor"))
    case 80: return .timestamp(try self.number(data, "cel_timestamp"))
    case 81:
      let states = ["suspend", "hibernate", "kexec"]
      if let state = data.string.flatMap({ states.firstIndex(of: $0) }) { return .stateTransition(UInt64(state)) }
      return .stateTransition(try self.number(data, "state_trans"))
    default: return .other(number)
    }
  }

  private func systemd(_ content: JSONNode) throws(ParseError) -> Content {
    let string = try text(content, "string")
    let offset = try required(content, "string").offset + 1
    let measurement = SystemdMeasurement(
      eventType: content.string(of: "eventType") ?? "", string: string, bootID: content.string(of: "bootId"),
      timestamp: try content["timestamp"].map { node throws(ParseError) in try number(node, "timestamp") })
    return Content(content: .systemd(measurement), data: Array(string.utf8), dataOffset: offset)
  }
}
