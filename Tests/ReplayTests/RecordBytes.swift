import Digests
import Hashing
import TCGEventLog
import Testing

/// Event logs built by hand, their digests computed by OpenSSL.
enum RecordBytes {
  static func le32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  static func le16(_ value: UInt16) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)] }

  static func header(_ banks: [HashAlgorithm] = [.sha1, .sha256]) -> [UInt8] {
    var body = Array("Spec ID Event03".utf8) + [0, 0, 0, 0, 0, 0, 2, 0, 2]
    body += le32(UInt32(banks.count))
    for bank in banks { body += le16(bank.rawValue) + le16(UInt16(bank.digestByteCount)) }
    body.append(0)
    let start = le32(0) + le32(3) + [UInt8](repeating: 0, count: 20)
    return start + le32(UInt32(body.count)) + body
  }

  /// A record whose digests are those of `measured`, or of its data.
  static func event(
    register: UInt32, type: EventType, data: [UInt8], measured: [UInt8]? = nil,
    banks: [HashAlgorithm] = [.sha1, .sha256]
  ) throws -> [UInt8] {
    let digests = try banks.map { ($0.rawValue, try #require($0.digest(of: measured ?? data))) }
    return record(register: register, type: type, digests: digests, data: data)
  }

  static func record(register: UInt32, type: EventType, digests: [(UInt16, [UInt8])], data: [UInt8]) -> [UInt8] {
    var bytes = le32(register) + le32(type.rawValue) + le32(UInt32(digests.count))
    for (algorithm, digest) in digests { bytes += le16(algorithm) + digest }
    return bytes + le32(UInt32(data.count)) + data
  }

  static func noAction(_ data: [UInt8], register: UInt32 = 0) -> [UInt8] {
    record(
      register: register, type: .noAction,
      digests: [(4, Array(repeating: 0, count: 20)), (0xb, Array(repeating: 0, count: 32))], data: data)
  }

  static func startupLocality(_ locality: UInt8) -> [UInt8] {
    noAction(Array("StartupLocality\0".utf8) + [locality])
  }

  static func log(_ records: [UInt8]..., banks: [HashAlgorithm] = [.sha1, .sha256]) throws -> EventLog {
    let parsed = try #require(EventLog.parse(header(banks) + records.flatMap { $0 }, file: "log.bin"))
    #expect(parsed.isWhole)
    return parsed.value
  }
}
