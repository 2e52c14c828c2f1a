import ByteReading
import Digests

/// One record of an event log.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10.2: `TCG_PCClientPCREvent` (SHA-1) and
/// `TCG_PCR_EVENT2` (crypto-agile). Little-endian on every platform.
public struct Event: Equatable, Sendable {
  /// Place among `EventLog.events`, from 0.
  public var index: Int
  /// Where the record starts, in bytes from the start of the file.
  public var offset: Int
  /// The register the log names. Windows writes 0xFFFFFFFF for records of its own; a CCEL names RTMRs here, and a
  /// Canonical Event Log may name an NV index, which is never as small as a register's.
  public var registerIndex: UInt32
  /// What the log claims the event is.
  public var recordedType: EventType
  /// In the order of the log; an event may lack a bank that others have.
  public var digests: [EventDigest]
  public var data: [UInt8]
  /// Where `data` starts, in bytes from the start of the file.
  public var dataOffset: Int
  /// What `data` says.
  public var payload: EventPayload
  /// The bytes of the whole record.
  public var byteRange: Range<Int>
  /// What the record of a Canonical Event Log says beside these; nil in the logs that firmware writes.
  public var canonical: CanonicalRecord?

  /// The first digest of `bank`; nil when the record has none.
  public func digest(in bank: HashAlgorithm) -> [UInt8]? {
    digests.first { $0.algorithm == bank }?.bytes
  }
}

/// One digest of an event.
///
/// Source: TPM 2.0 Library, Part 2, `TPMT_HA`, little-endian here; a SHA-1 log has the bare 20 bytes.
public struct EventDigest: Equatable, Sendable {
  /// The number the log gives; 4 in a SHA-1 log.
  public var rawAlgorithm: UInt16
  /// nil when the number is unknown to us. When present, `bytes` has the length of the algorithm.
  public var algorithm: HashAlgorithm?
  public var bytes: [UInt8]
  /// Where `bytes` starts, in bytes from the start of the file.
  public var offset: Int
}

extension Event {
  /// A record of a SHA-1 log, and the first record of every log.
  init(sha1From reader: inout ByteReader, index: Int) throws(ParseError) {
    let start = reader.position
    let register = try reader.uint32("TCG_PCClientPCREvent.pcrIndex")
    let type = EventType(try reader.uint32("TCG_PCClientPCREvent.eventType"))
    let digestOffset = reader.position
    let digest = try reader.bytes(
      HashAlgorithm.sha1.digestByteCount, "TCG_PCClientPCREvent.digest")
    let size = try reader.uint32("TCG_PCClientPCREvent.eventDataSize")
    var body = try reader.slice(Int(size), "TCG_PCClientPCREvent.event")
    self.init(
      index: index, offset: start, registerIndex: register, recordedType: type,
      digests: [
        EventDigest(
          rawAlgorithm: HashAlgorithm.sha1.rawValue, algorithm: .sha1, bytes: digest,
          offset: digestOffset)
      ],
      body: &body)
  }

  /// A record of a crypto-agile log, its digests as long as `sizes` says.
  init(cryptoAgileFrom reader: inout ByteReader, index: Int, sizes: DigestSizes)
    throws(ParseError)
  {
    let start = reader.position
    let register = try reader.uint32("TCG_PCR_EVENT2.pcrIndex")
    let type = EventType(try reader.uint32("TCG_PCR_EVENT2.eventType"))
    let digestCount = try reader.uint32("TCG_PCR_EVENT2.digests.count")
    var digests: [EventDigest] = []
    digests.reserveCapacity(Int(min(digestCount, 4)))
    // Every turn reads bytes, so a count too large ends with the file.
    for number in 0..<digestCount {
      digests.append(
        try EventDigest(from: &reader, field: "TCG_PCR_EVENT2.digests[\(number)]", sizes: sizes))
    }
    let size = try reader.uint32("TCG_PCR_EVENT2.eventSize")
    var body = try reader.slice(Int(size), "TCG_PCR_EVENT2.event")
    self.init(
      index: index, offset: start, registerIndex: register, recordedType: type, digests: digests,
      body: &body)
  }

  private init(
    index: Int, offset: Int, registerIndex: UInt32, recordedType: EventType,
    digests: [EventDigest], body: inout ByteReader
  ) {
    self.index = index
    self.offset = offset
    self.registerIndex = registerIndex
    self.recordedType = recordedType
    self.digests = digests
    dataOffset = body.position
    data = body.peek(body.remaining) ?? []
    byteRange = offset..<dataOffset + data.count
    payload = EventPayload(of: recordedType, from: &body)
  }
}

extension EventDigest {
  init(from reader: inout ByteReader, field: @autoclosure () -> String, sizes: DigestSizes)
    throws(ParseError)
  {
    let start = reader.position
    rawAlgorithm = try reader.uint16(field() + ".hashAlg")
    algorithm = HashAlgorithm(rawValue: rawAlgorithm)
    guard let size = sizes[rawAlgorithm] else {
      throw reader.failure(
        field() + ".hashAlg", expected: "an algorithm of the header's table",
        found: "0x" + String(rawAlgorithm, radix: 16), at: start)
    }
    offset = reader.position
    bytes = try reader.bytes(size, field() + ".digest")
  }
}
