import ByteReading
import TCGEventLog

/// Numbers of fields and contents, which TLV and CBOR share.
///
/// Source: TCG Canonical Event Log Format 1.0, section 5.1; for 80, 82 and 108 go-tpm-tools, package `cel`.
enum FieldNumber {
  static let recordNumber: UInt8 = 0
  static let register: UInt8 = 1
  static let nvIndex: UInt8 = 2
  static let digests: UInt8 = 3
  /// A register of a TDX guest, as Google's containers log it.
  static let measurementRegister: UInt8 = 108
}

enum ContentNumber {
  static let management: UInt64 = 4
  static let firmware: UInt64 = 5
  static let imaTemplate: UInt64 = 7
  static let systemd: UInt64 = 11
  static let workload: UInt64 = 80
  static let host: UInt64 = 82

  /// The standard's name, else the number.
  static func name(_ number: UInt64) -> String {
    switch number {
    case management: "cel"
    case firmware: "pcclient_std"
    case imaTemplate: "ima_template"
    case 8: "ima_tlv"
    case systemd: "systemd"
    case workload: LauncherMeasurement.workload
    case host: LauncherMeasurement.host
    default: "\(number)"
    }
  }

  static func number(named name: String) -> UInt64? {
    [management, firmware, imaTemplate, systemd].first { Self.name($0) == name }
  }
}

extension CanonicalEventLog {
  /// A record number, then a register or an index, then digests of known length: 21 bytes at least that no other format
  /// has.
  static func isLikelyTLV(_ head: [UInt8]) -> Bool {
    guard head.first == FieldNumber.recordNumber else { return false }
    return head.read(file: "", byteOrder: .bigEndian) { reader in
      do throws(ParseError) {
        _ = try reader.tlvNumber("recnum", tags: [FieldNumber.recordNumber])
        _ = try reader.tlvNumber(
          "pcr", tags: [FieldNumber.register, FieldNumber.nvIndex, FieldNumber.measurementRegister])
        guard try reader.uint8("digests") == FieldNumber.digests else { return false }
        let byteCount = try reader.uint32("digests")
        return byteCount <= 1024
      } catch {
        return false
      }
    }
  }
}

extension RecordCollector {
  mutating func readTLV(_ bytes: [UInt8]) {
    bytes.read(file: file, byteOrder: .bigEndian) { reader in
      while !reader.isAtEnd {
        let start = reader.position
        do throws(ParseError) {
          try readTLVRecord(from: &reader)
        } catch {
          stop(error, at: start)
          return
        }
      }
    }
  }

  private mutating func readTLVRecord(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let number = try reader.tlvNumber("recnum", tags: [FieldNumber.recordNumber]).value
    let index = try reader.tlvNumber(
      "pcr", tags: [FieldNumber.register, FieldNumber.nvIndex, FieldNumber.measurementRegister])
    let target: Target =
      switch index.tag {
      case FieldNumber.register: .register(UInt32(clamping: index.value))
      case FieldNumber.nvIndex: .nvIndex(.init(handle: UInt32(clamping: index.value)))
      default: .measurementRegister(UInt32(clamping: index.value))
      }
    let digests = try tlvDigests(from: &reader)
    let contentStart = reader.position
    var whole = reader
    let head = try reader.tlvHead("content")
    let body = try reader.slice(head.byteCount, "CEL content")
    let encoded = try whole.bytes(reader.position - contentStart, "CEL content")
    append(
      start..<reader.position, number: number, target: target, digests: digests,
      content: tlvContent(head.tag, body, encoded: encoded, at: contentStart))
  }

  private func tlvDigests(from reader: inout ByteReader) throws(ParseError) -> [EventDigest] {
    let start = reader.position
    let list = try reader.tlvHead("digests")
    guard list.tag == FieldNumber.digests else {
      throw reader.failure("CEL digests", expected: "tag 3", found: "\(list.tag)", at: start)
    }
    var body = try reader.slice(list.byteCount, "CEL digests")
    var digests: [EventDigest] = []
    while !body.isAtEnd {
      let digest = try body.tlvHead("digests[\(digests.count)]")
      let offset = body.position
      let bytes = try body.bytes(digest.byteCount, "CEL digests[\(digests.count)]")
      digests.append(EventDigest(rawAlgorithm: UInt16(digest.tag), bytes: bytes, offset: offset))
    }
    return digests
  }

  private func tlvContent(
    _ tag: UInt8, _ body: consuming ByteReader, encoded: [UInt8], at start: Int
  ) -> Content {
    do throws(ParseError) {
      switch UInt64(tag) {
      case ContentNumber.management:
        return Content(content: .management(try management(from: &body)), data: encoded, dataOffset: start)
      case ContentNumber.firmware:
        let (type, data) = try twoFields("event_type", "event_data", of: &body) {
          (field: inout ByteReader) throws(ParseError) in
          try field.number("event_type")
        }
        return Content(
          content: .firmware, type: EventType(rawValue: UInt32(clamping: type)), data: data.bytes,
          dataOffset: data.offset)
      case ContentNumber.imaTemplate:
        let (name, data) = try twoFields("template_name", "template_data", of: &body) { field in field.rest() }
        return Content(content: .imaTemplate(name: name), data: data.bytes, dataOffset: data.offset)
      case ContentNumber.systemd: return try systemd(from: &body)
      case ContentNumber.workload, ContentNumber.host:
        // What is measured is the encoded content: that stays the data.
        return Content(content: launcher(UInt64(tag), body.rest()), data: encoded, dataOffset: start)
      default:
        return Content(content: .other(ContentNumber.name(UInt64(tag))), data: encoded, dataOffset: start)
      }
    } catch {
      return Content(
        content: .undecodable(kind: ContentNumber.name(UInt64(tag)), error), data: encoded, dataOffset: start)
    }
  }

  /// Field 0 and field 1 in either order, and nothing else.
  private func twoFields<First>(
    _ first: String, _ second: String, of body: inout ByteReader,
    _ read: (inout ByteReader) throws(ParseError) -> First
  ) throws(ParseError) -> (First, (bytes: [UInt8], offset: Int)) {
    var one: First?
    var other: (bytes: [UInt8], offset: Int)?
    while !body.isAtEnd {
      let start = body.position
      let head = try body.tlvHead(first)
      var field = try body.slice(head.byteCount, "CEL content")
      switch head.tag {
      case 0 where one == nil: one = try read(&field)
      case 1 where other == nil:
        let offset = field.position
        other = (field.rest(), offset)
      default:
        throw body.failure("CEL content", expected: "\(first) and \(second)", found: "field \(head.tag)", at: start)
      }
    }
    guard let one, let other else {
      throw body.failure("CEL content", expected: "\(first) and \(second)", found: "not both")
    }
    return (one, other)
  }

  private func management(from body: inout ByteReader) throws(ParseError) -> [CanonicalRecord.Management] {
    var found: [CanonicalRecord.Management] = []
    while !body.isAtEnd {
      let head = try body.tlvHead("cel")
      var field = try body.slice(head.byteCount, "CEL cel")
      switch head.tag {
      case 1:
        let major = try field.tlvNumber("cel_version.major", tags: [0]).value
        let minor = try field.tlvNumber("cel_version.minor", tags: [1]).value
        try field.expectEnd(of: "CEL cel_version")
        found.append(.version(major: major, minor: minor))
      case 2:
        try field.expectEnd(of: "CEL firmware_end")
        found.append(.firmwareEnd)
      // The standard counts in decimal, and a writer took its 80 and 81 for hexadecimal.
      case 80, 0x80: found.append(.timestamp(try field.number("cel_timestamp")))
      case 81, 0x81: found.append(.stateTransition(try field.number("state_trans")))
      default: found.append(.other(UInt64(head.tag)))
      }
    }
    return found
  }

  /// One field and nothing else; no standard says so, and content of another shape stays bytes.
  private func launcher(_ number: UInt64, _ body: [UInt8]) -> CanonicalRecord.Content {
    let kind = ContentNumber.name(number)
    return body.read(file: file, byteOrder: .bigEndian) { reader in
      do throws(ParseError) {
        let field = try reader.tlvHead("COS")
        let value = try reader.bytes(field.byteCount, "CEL COS")
        try reader.expectEnd(of: "CEL COS")
        return .launcher(LauncherMeasurement(kind: kind, type: field.tag, value: value))
      } catch {
        return .other(kind)
      }
    }
  }

  /// Source: libcel, `cel_types.h`: 0 the type, 1 the time, 2 the boot, 3 the string.
  private func systemd(from body: inout ByteReader) throws(ParseError) -> Content {
    var measurement = SystemdMeasurement(eventType: "", string: "", bootID: nil, timestamp: nil)
    var data: (bytes: [UInt8], offset: Int)?
    while !body.isAtEnd {
      let head = try body.tlvHead("systemd")
      var field = try body.slice(head.byteCount, "CEL systemd")
      switch head.tag {
      case 0: measurement.eventType = systemdTypeName(try field.number("systemd.eventType"))
      case 1: measurement.timestamp = try field.number("systemd.timestamp")
      case 2: measurement.bootID = hexText(field.rest())
      case 3:
        let offset = field.position
        data = (field.rest(), offset)
      default:
        throw body.failure("CEL systemd", expected: "fields 0 to 3", found: "field \(head.tag)")
      }
    }
    guard let data else { throw body.failure("CEL systemd", expected: "the string", found: "none") }
    measurement.string = String(decoding: data.bytes, as: UTF8.self)
    return Content(content: .systemd(measurement), data: data.bytes, dataOffset: data.offset)
  }
}

/// Source: systemd, `src/shared/tpm2-util.h`, in the order of the enumeration.
func systemdTypeName(_ number: UInt64) -> String {
  switch number {
  case 0: "phase"
  case 1: "filesystem"
  case 2: "volume-key"
  case 3: "machine-id"
  default: "\(number)"
  }
}

extension ByteReader {
  /// The tag and the length of a field; so many bytes follow.
  mutating func tlvHead(_ field: String) throws(ParseError) -> (tag: UInt8, byteCount: Int) {
    let tag = try uint8("CEL \(field).tag")
    return (tag, Int(try uint32("CEL \(field).length")))
  }

  /// A number of one to eight bytes under one of these tags. Writers differ in how many they use.
  mutating func tlvNumber(_ field: String, tags: [UInt8]) throws(ParseError) -> (tag: UInt8, value: UInt64) {
    let start = position
    let head = try tlvHead(field)
    guard tags.contains(head.tag) else {
      throw failure(
        "CEL \(field)", expected: "tag " + tags.map(String.init).joined(separator: " or "), found: "\(head.tag)",
        at: start)
    }
    var body = try slice(head.byteCount, "CEL \(field)")
    return (head.tag, try body.number(field))
  }

  /// All that is left, as a big-endian number.
  mutating func number(_ field: String) throws(ParseError) -> UInt64 {
    let start = position
    guard (1...8).contains(remaining) else {
      throw failure("CEL \(field)", expected: "1 to 8 bytes", found: "\(remaining)", at: start)
    }
    return rest().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
