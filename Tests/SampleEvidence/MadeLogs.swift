import Correlation
import Digests
import Hashing
import IMALog
import TCGEventLog

/// A record of a measurement list, template `ima-ng`, made by hand.
public struct MadeRecord {
  public var path: String
  public var register: UInt32 = 10
  /// `sha256:` and this digest.
  public var digest: [UInt8]
  /// nil for the SHA-1 of the data; zeros for a violation.
  public var recordedHash: [UInt8]?

  public init(_ path: String, register: UInt32 = 10, digest: [UInt8]? = nil, recordedHash: [UInt8]? = nil) {
    self.path = path
    self.register = register
    self.digest = digest ?? HashAlgorithm.sha256.digest(of: Array(path.utf8)) ?? []
    self.recordedHash = recordedHash
  }

  public var data: [UInt8] {
    let field = Array("sha256:\0".utf8) + digest
    return little(UInt32(field.count)) + field + little(UInt32(path.utf8.count + 1)) + Array(path.utf8) + [0]
  }

  public var bytes: [UInt8] {
    little(register) + (recordedHash ?? HashAlgorithm.sha1.digest(of: data) ?? []) + little(UInt32(6))
      + Array("ima-ng".utf8) + little(UInt32(data.count)) + data
  }
}

public func madeList(_ records: [MadeRecord], file: String = "capture/list", capture: String = "capture")
  -> ArchivedLog<MeasurementList>
{
  let format = MeasurementListFormat.binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
  return ArchivedLog(
    file: file, capture: capture,
    log: MeasurementList.parse(records.flatMap(\.bytes), file: file, format: format).value)
}

/// An event of a crypto-agile log with a SHA-256 bank only, made by hand.
public struct MadeEvent: Sendable {
  public var register: UInt32
  public var type: EventType
  public var data: [UInt8]
  /// What was hashed, where that is not the data.
  public var measured: [UInt8]?

  public init(_ register: UInt32, _ type: EventType, _ data: [UInt8], measured: [UInt8]? = nil) {
    self.register = register
    self.type = type
    self.data = data
    self.measured = measured
  }

  public var digest: [UInt8] { HashAlgorithm.sha256.digest(of: measured ?? data) ?? [] }

  var bytes: [UInt8] {
    little(register) + little(type.rawValue) + little(UInt32(1)) + little(UInt16(0x0b)) + digest
      + little(UInt32(data.count)) + data
  }
}

/// A crypto-agile log of the SHA-256 bank.
public func madeEventLogBytes(_ events: [MadeEvent]) -> [UInt8] {
  var body = Array("Spec ID Event03".utf8) + [0, 0, 0, 0, 0, 0, 2, 0, 2]
  body += little(UInt32(1)) + little(UInt16(0x0b)) + little(UInt16(32)) + [0]
  let header = little(UInt32(0)) + little(UInt32(3)) + [UInt8](repeating: 0, count: 20) + little(UInt32(body.count))
  return header + body + events.flatMap(\.bytes)
}

public func madeEventLog(_ events: [MadeEvent], file: String = "capture/events", capture: String = "capture")
  -> ArchivedLog<EventLog>?
{
  EventLog.parse(madeEventLogBytes(events), file: file).map {
    ArchivedLog(file: file, capture: capture, log: $0.value)
  }
}

/// A register after these digests, from its reset value.
public func extended(_ bank: HashAlgorithm, _ digests: [[UInt8]], register: Int = 0) -> [UInt8] {
  digests.reduce(resetValue(ofRegister: register, bank: bank)) { bank.digest(of: $0 + $1) ?? [] }
}
