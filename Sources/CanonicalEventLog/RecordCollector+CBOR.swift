import ByteReading
import CBORReading
import Digests
import TCGEventLog

extension CanonicalEventLog {
  /// A map whose first key is 0, alone or as the first element of an array.
  static func isLikelyCBOR(_ head: [UInt8]) -> Bool {
    guard let first = head.first else { return false }
    let mapStart = isArrayHead(first) ? arrayHeadByteCount(first) : 0
    let next = Array(head.dropFirst(mapStart).prefix(5))
    // Each record has four fields or five, the first of them its number.
    guard next.count == 5, [0xa4, 0xa5, 0xbf].contains(next[0]), next[1] == 0 else { return false }
    return next[2] < 0x1c
  }

  private static func isArrayHead(_ byte: UInt8) -> Bool { byte >> 5 == 4 }

  private static func arrayHeadByteCount(_ byte: UInt8) -> Int {
    switch byte & 0x1f {
    case 24: 2
    case 25: 3
    case 26: 5
    case 27: 9
    default: 1
    }
  }
}

extension RecordCollector {
  /// An array of records, or records one after the other (RFC 8742).
  mutating func readCBOR(_ bytes: [UInt8]) {
    bytes.read(file: file, byteOrder: .bigEndian) { reader in
      var end = 0
      do throws(ParseError) {
        if let first = reader.peek(1)?.first, first >> 5 == 4 {
          try CBORValue.readElements(from: &reader) { record in
            end = record.range.upperBound
            take(record)
          }
          end = reader.position
          try reader.expectEnd(of: "CEL log")
        } else {
          while !reader.isAtEnd {
            take(try CBORValue(from: &reader))
            end = reader.position
          }
        }
      } catch {
        stop(error, at: end)
      }
    }
  }

  private mutating func take(_ record: CBORValue) {
    do throws(ParseError) {
      let digests = try digests(try required(record, 3, "digests"))
      append(
        record.range, number: try optionalNumber(field(record, 0, "recnum"), "recnum"), target: try target(record),
        digests: digests, content: content(record))
    } catch {
      problems.append(error)
    }
  }

  private func field(_ map: CBORValue, _ number: Int64, _ name: String) -> CBORValue? { map[number] ?? map[name] }

  private func required(_ map: CBORValue, _ number: Int64, _ name: String) throws(ParseError) -> CBORValue {
    guard let value = field(map, number, name) else { throw failure(map, name, expected: "the field", found: map.kind) }
    return value
  }

  private func failure(_ value: CBORValue, _ field: String, expected: String, found: String? = nil) -> ParseError {
    ParseError(
      file: file, offset: value.range.lowerBound, field: "CEL \(field)", expected: expected, found: found ?? value.kind)
  }

  private func number(_ value: CBORValue, _ field: String) throws(ParseError) -> UInt64 {
    guard case .unsigned(let number) = value.content else { throw failure(value, field, expected: "a whole number") }
    return number
  }

  private func optionalNumber(_ value: CBORValue?, _ field: String) throws(ParseError) -> UInt64? {
    guard let value else { return nil }
    return try number(value, field)
  }

  private func target(_ record: CBORValue) throws(ParseError) -> Target {
    if let register = field(record, 1, "pcr") { return .register(UInt32(clamping: try number(register, "pcr"))) }
    guard let index = field(record, 2, "nv_index") else {
      throw failure(record, "record", expected: "pcr or nv_index", found: "neither")
    }
    return .nvIndex(.init(handle: UInt32(clamping: try number(index, "nv_index"))))
  }

  private func digests(_ list: CBORValue) throws(ParseError) -> [EventDigest] {
    guard let elements = list.elements else { throw failure(list, "digests", expected: "an array") }
    var digests: [EventDigest] = []
    for element in elements {
      let algorithm = try required(element, 0, "hashAlg")
      let digest = try required(element, 1, "digest")
      guard let bytes = digest.bytes else { throw failure(digest, "digest", expected: "a byte string") }
      let raw: UInt16
      if let named = algorithm.text.flatMap({ HashAlgorithm(name: $0) }) {
        raw = named.rawValue
      } else {
        raw = UInt16(clamping: try number(algorithm, "hashAlg"))
      }
      digests.append(
        EventDigest(
          rawAlgorithm: raw, bytes: bytes, offset: digest.stringRange?.lowerBound ?? digest.range.lowerBound))
    }
    return digests
  }

  /// Under its own key, or in older form under the number of its kind.
  private func content(_ record: CBORValue) -> Content {
    if let type = field(record, 9, "content_type") {
      let kind: UInt64? =
        if case .unsigned(let number) = type.content { number } else { type.text.flatMap(ContentNumber.number(named:)) }
      guard let content = field(record, 10, "content") else {
        let error = failure(record, "content", expected: "the field", found: "none")
        return Content(
          content: .undecodable(kind: kind.map(ContentNumber.name) ?? type.kind, error), data: [],
          dataOffset: record.range.upperBound)
      }
      guard let kind else { return opaque(content, kind: escapedText((type.text ?? type.kind).utf8)) }
      return self.content(content, kind: kind)
    }
    let known = (record.pairs ?? []).first { pair in (pair.key.integer ?? 0) > 3 }
    guard let known, let kind = known.key.integer.map(UInt64.init(clamping:)) else {
      let error = failure(record, "content", expected: "the field", found: "none")
      return Content(content: .undecodable(kind: "none", error), data: [], dataOffset: record.range.upperBound)
    }
    return content(known.value, kind: kind)
  }

  private func content(_ value: CBORValue, kind: UInt64) -> Content {
    do throws(ParseError) {
      switch kind {
      case ContentNumber.management:
        var content = opaque(value, kind: "cel")
        let entries = value.elements ?? [value]
        content.content = .management(
          try entries.map { entry throws(ParseError) in try management(entry) })
        return content
      case ContentNumber.firmware:
        let type = try required(value, 0, "event_type")
        let data = try bytes(value, 1, "event_data")
        return Content(
          content: .firmware, type: try eventType(type), data: data.bytes, dataOffset: data.offset)
      case ContentNumber.imaTemplate:
        let name = try required(value, 0, "template_name")
        guard let text = name.text.map({ Array($0.utf8) }) ?? name.bytes else {
          throw failure(name, "template_name", expected: "a text")
        }
        let data = try bytes(value, 1, "template_data")
        return Content(content: .imaTemplate(name: text), data: data.bytes, dataOffset: data.offset)
      case ContentNumber.systemd where value.pairs != nil: return try systemd(value)
      default: return opaque(value, kind: ContentNumber.name(kind))
      }
    } catch {
      var content = opaque(value, kind: "")
      content.content = .undecodable(kind: ContentNumber.name(kind), error)
      return content
    }
  }

  private func eventType(_ value: CBORValue) throws(ParseError) -> EventType {
    if let name = value.text, let type = EventType(name: name) { return type }
    return EventType(rawValue: UInt32(clamping: try number(value, "event_type")))
  }

  private func bytes(
    _ map: CBORValue, _ number: Int64, _ name: String
  ) throws(ParseError) -> (bytes: [UInt8], offset: Int) {
    let value = try required(map, number, name)
    guard let bytes = value.bytes else { throw failure(value, name, expected: "a byte string") }
    return (bytes, value.stringRange?.lowerBound ?? value.range.lowerBound)
  }

  /// Of what we know no more: a string as it is; anything else is only pointed at.
  private func opaque(_ value: CBORValue, kind: String) -> Content {
    let data = value.bytes ?? value.text.map { Array($0.utf8) } ?? []
    return Content(
      content: .other(kind), data: data, dataOffset: value.stringRange?.lowerBound ?? value.range.lowerBound)
  }

  private func management(_ value: CBORValue) throws(ParseError) -> CanonicalRecord.Management {
    let type = try number(try required(value, 0, "type"), "type")
    guard type != 2 else { return .firmwareEnd }
    let data = try required(value, 1, "data")
    switch type {
    case 1:
      return .version(
        major: try number(try required(data, 0, "major"), "major"),
        minor: try number(try required(data, 1, "minor"), "minor"))
    case 80: return .timestamp(try number(data, "cel_timestamp"))
    case 81: return .stateTransition(try number(data, "state_trans"))
    default: return .other(type)
    }
  }

  private func systemd(_ value: CBORValue) throws(ParseError) -> Content {
    let string = try required(value, 3, "string")
    guard let bytes = string.text.map({ Array($0.utf8) }) ?? string.bytes else {
      throw failure(string, "systemd.string", expected: "a text")
    }
    let type = field(value, 0, "eventType")
    let boot = field(value, 2, "bootId")
    var typeName = type?.text
    if typeName == nil { typeName = try optionalNumber(type, "systemd.eventType").map(systemdTypeName) }
    let measurement = SystemdMeasurement(
      eventType: typeName ?? "",
      string: String(decoding: bytes, as: UTF8.self),
      bootID: boot?.text ?? boot?.bytes.map { hexText($0) },
      timestamp: try optionalNumber(field(value, 1, "timestamp"), "systemd.timestamp"))
    return Content(
      content: .systemd(measurement), data: bytes,
      dataOffset: string.stringRange?.lowerBound ?? string.range.lowerBound)
  }
}
