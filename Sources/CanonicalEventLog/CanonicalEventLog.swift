import ByteReading
import Digests
import IMALog
import TCGEventLog

/// A Canonical Event Log in one of its encodings, read into the values that every other log gives.
///
/// Source: TCG Canonical Event Log Format 1.0, section 5; RFC 7464 and systemd's documentation for its log of user space.
public enum CanonicalEventLog: Sendable {
  /// Records of firmware, of systemd and of programs.
  case events(Parsed<EventLog>)
  /// Every record is one of the kernel's list.
  case measurements(Parsed<MeasurementList>)

  /// The largest log in JSON or CBOR that is read.
  public static let byteCountLimit = 64 << 20

  /// The encoding that a file begins like; nil when it is no such log. Its first few thousand bytes suffice.
  public static func encoding(of head: [UInt8]) -> EventLog.Format? {
    if isLikelyTLV(head) { return .canonicalTLV }
    if isLikelyCBOR(head) { return .canonicalCBOR }
    return encodingOfJSON(head)
  }

  /// Reads a log as far as its frames hold; nil when the bytes do not begin like one.
  ///
  /// A record whose content is damaged is kept, with the problem beside it: its digests count.
  public static func parse(_ bytes: [UInt8], file: String) -> CanonicalEventLog? {
    guard let encoding = encoding(of: Array(bytes.prefix(headByteCount))) else { return nil }
    guard encoding == .canonicalTLV || bytes.count <= byteCountLimit else { return nil }
    var records = RecordCollector(file: file, byteCount: bytes.count)
    switch encoding {
    case .canonicalTLV: records.readTLV(bytes)
    case .canonicalCBOR: records.readCBOR(bytes)
    case .canonicalJSON: records.readJSON(bytes)
    default: records.readJSONSequence(bytes)
    }
    return records.log(encoding)
  }

  static let headByteCount = 8192
}

/// The records of a log as they come out of its encoding.
struct RecordCollector {
  let file: String
  let byteCount: Int
  private(set) var events: [Event] = []
  var problems: [ParseError] = []
  /// Bytes that were not read because a frame before them is broken.
  var unread: Range<Int>
  private var family: EventLog.RegisterFamily?

  init(file: String, byteCount: Int) {
    self.file = file
    self.byteCount = byteCount
    unread = byteCount..<byteCount
  }

  /// What a record extends.
  enum Target {
    case register(UInt32)
    case nvIndex(CanonicalRecord.NVIndex)
    /// A register of a TDX guest, by its number in `EFI_CC_MR_INDEX`.
    case measurementRegister(UInt32)
  }

  /// A content with what of it is hashed.
  struct Content {
    var content: CanonicalRecord.Content
    var type = EventType.outsideProfile
    var data: [UInt8]
    /// Where the data, or the digits that give them, start in the file.
    var dataOffset: Int
  }

  mutating func append(
    _ range: Range<Int>, number: UInt64?, target: Target, digests: [EventDigest], content: Content
  ) {
    var record = CanonicalRecord(number: number, content: content.content)
    var register: UInt32
    let own: EventLog.RegisterFamily?
    switch target {
    case .register(let index): (register, own) = (index, .pcr)
    case .measurementRegister(let index): (register, own) = (index, .rtmr)
    case .nvIndex(let index):
      record.nvIndex = index
      // An index that is named only, or as small as a register's, must not be taken for one.
      (register, own) = (index.handle.map { $0 > 0xffff ? $0 : .max } ?? .max, nil)
    }
    family = family ?? own
    if let own, own != family {
      report(range.lowerBound, "register", expected: "one family of registers", found: own.rawValue)
      register = .max
    }
    for digest in digests { check(digest) }
    if case .undecodable(_, let error) = content.content { problems.append(error) }
    events.append(
      Event(
        index: events.count, byteRange: range, registerIndex: register, type: content.type, digests: digests,
        data: content.data, dataOffset: content.dataOffset, canonical: record, file: file))
  }

  private mutating func check(_ digest: EventDigest) {
    guard digest.algorithm == nil, let known = HashAlgorithm(rawValue: digest.rawAlgorithm) else { return }
    report(
      digest.offset, "digests", expected: "\(known.digestByteCount) bytes for \(known.name)",
      found: "\(digest.bytes.count)")
  }

  mutating func report(_ offset: Int, _ field: String, expected: String, found: String) {
    problems.append(
      ParseError(file: file, offset: offset, field: "CEL \(field)", expected: expected, found: found))
  }

  /// The log ends here: what follows `start` is not read.
  mutating func stop(_ error: ParseError, at start: Int) {
    problems.append(error)
    unread = start..<byteCount
  }

  mutating func log(_ format: EventLog.Format) -> CanonicalEventLog {
    if let list = measurementList() { return .measurements(list) }
    var banks: [HashAlgorithm] = []
    for algorithm in events.lazy.flatMap(\.digests).compactMap(\.algorithm) where !banks.contains(algorithm) {
      banks.append(algorithm)
    }
    var log = EventLog(
      format: format, events: events, banks: banks, padding: byteCount..<byteCount, registerFamily: family ?? .pcr)
    if case .specificationID(let specification)? = events.first?.payload { log.specification = specification }
    return .events(Parsed(value: log, problems: problems, unread: unread))
  }

  /// The kernel's list, when every record is one of it. Its recorded hash is the SHA-1 where all have one, as in the
  /// kernel's own file, else the first digest.
  private func measurementList() -> Parsed<MeasurementList>? {
    guard !events.isEmpty else { return nil }
    let hasSHA1 = events.allSatisfy { $0.digest(in: .sha1) != nil }
    var records = MeasurementList.Records(byteCount: byteCount)
    var problems = problems
    for event in events {
      guard case .imaTemplate(let name)? = event.canonical?.content, event.canonical?.nvIndex == nil else { return nil }
      let digest = hasSHA1 ? event.digest(in: .sha1) : event.digests.first?.bytes
      if let error = records.append(
        registerIndex: event.registerIndex, templateDigest: digest ?? [], templateName: name, templateData: event.data,
        range: event.byteRange, file: file)
      {
        problems.append(error)
      }
    }
    problems.sort { $0.offset < $1.offset }
    return records.list(file: file, problems: problems, unread: unread)
  }
}
