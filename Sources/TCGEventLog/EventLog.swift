import ByteReading
import Digests

/// The log in which firmware, boot loaders and kernels say what they extended into the TPM.
///
/// Firmware writes two layouts: the TPM 1.2 log of SHA-1 digests, and the crypto-agile log whose first record, in the old
/// layout, names the algorithms. An ACPI CCEL area is the second with RTMR numbers in place of register indexes. A
/// Canonical Event Log, which `CanonicalEventLog` reads, has the same records in other encodings.
///
/// Source: TCG PC Client Platform Firmware Profile 1.05, section 10; little-endian.
public struct EventLog: Equatable, Sendable {
  public enum Format: String, Sendable {
    case sha1
    case cryptoAgile
    case canonicalTLV
    case canonicalJSON
    /// Records of JSON one after the other, as systemd writes them.
    case canonicalJSONSequence
    case canonicalCBOR

    public var isCanonical: Bool { self != .sha1 && self != .cryptoAgile }
  }

  /// What the events extend.
  public enum RegisterFamily: String, Sendable {
    /// Registers of a TPM.
    case pcr
    /// Runtime measurement registers of an Intel TDX guest. Index 0 is MRTD, which nothing extends, 1 to 4 are RTMR 0
    /// to 3.
    ///
    /// Source: UEFI 2.10, section 38.4.1, `EFI_CC_MR_INDEX`.
    case rtmr
  }

  public var format: Format
  public var registerFamily = RegisterFamily.pcr
  /// The register into which firmware measures Secure Boot: PCR 7, or RTMR 0, which stands for it in a guest.
  ///
  /// Source: TCG PC Client Platform Firmware Profile 1.05, section 3.3.4.8; UEFI 2.10, section 38.4.1.
  public var secureBootRegister: UInt32 { registerFamily == .pcr ? 7 : 1 }
  /// The first record of a crypto-agile log, which is no event; nil in a SHA-1 log.
  public var header: Event?
  /// The specification the log names: in `header`, or in the first record of a SHA-1 log. nil when it names none or
  /// the record is damaged.
  public var specification: SpecificationIDEvent?
  /// Every record read, without `header`: `index` 0 is the first one behind it. In a SHA-1 log every record counts.
  public var events: [Event]
  /// Known algorithms of the header's table in its order, then those that only events have.
  public var banks: [HashAlgorithm]
  /// Bytes 0x00 or 0xFF from the last record to the end of the file, as firmware leaves in the area it reserved; empty
  /// when there are none. They are unread, and nothing is wrong with them. A log that is cut inside the first zeros of
  /// a record looks the same.
  public var padding: Range<Int>

  /// `PCR 7`, or `RTMR 0` for the number under which a log of RTMRs has it.
  public func name(ofRegister index: UInt32) -> String {
    registerFamily == .pcr ? "PCR \(index)" : index == 0 ? "MRTD" : "RTMR \(index - 1)"
  }

  public init(
    format: Format, events: [Event], banks: [HashAlgorithm], padding: Range<Int>,
    registerFamily: RegisterFamily = .pcr
  ) {
    self.format = format
    self.events = events
    self.banks = banks
    self.padding = padding
    self.registerFamily = registerFamily
  }

  /// How the log is written, for a person.
  public var layoutName: String {
    switch format {
    case .sha1: "sha1"
    case .cryptoAgile: registerFamily == .rtmr ? "crypto-agile, of the RTMRs of a confidential guest" : "crypto-agile"
    case .canonicalTLV: "Canonical Event Log in TLV"
    case .canonicalJSON: "Canonical Event Log in JSON"
    case .canonicalJSONSequence: followsFirmware ? "log of systemd in user space" : "Canonical Event Log, JSON sequence"
    case .canonicalCBOR: "Canonical Event Log in CBOR"
    }
  }

  /// Whether the log goes on where the firmware's log of the same boot ends: it has records, all of them canonical, and
  /// none of firmware.
  public var followsFirmware: Bool {
    format.isCanonical && !events.isEmpty && registerFamily == .pcr
      && events.allSatisfy { event in if case .firmware? = event.canonical?.content { false } else { true } }
  }
}

extension EventLog {
  /// Reads a log as far as its frames hold.
  ///
  /// Problems and the unread range say what is missing; `unread` is `padding` when that alone follows the records.
  /// The answer is nil only when the bytes do not start like an event log at all.
  public static func parse(_ bytes: [UInt8], file: String) -> Parsed<EventLog>? {
    guard startsLikeARecord(bytes) else { return nil }
    let paddingStart = startOfPadding(in: bytes)
    return bytes.read(file: file, byteOrder: .littleEndian) { reader in
      var parser = EventLogParser(paddingStart: paddingStart, byteCount: bytes.count)
      parser.readAll(from: &reader)
      return Parsed(value: parser.log, problems: parser.problems, unread: parser.unread)
    }
  }

  /// Whether the bytes are an event log and nothing else we know of. Reads the first few records only.
  ///
  /// A list of IMA, text, DER and structures of a TPM never pass: a log starts with a small register index and one of
  /// forty event types, and where it ends another record begins.
  public static func isLikely(_ bytes: [UInt8]) -> Bool {
    guard startsLikeARecord(bytes) else { return false }
    if hasCryptoAgileSignature(bytes) { return true }
    return bytes.read(file: "", byteOrder: .littleEndian) { reader in
      let paddingStart = startOfPadding(in: bytes)
      for index in 0..<4 {
        if reader.position >= paddingStart || reader.isAtEnd { return index > 0 }
        guard let next = reader.peek(min(sha1RecordByteCount, reader.remaining)) else { return false }
        guard next.count == sha1RecordByteCount else { return index > 0 }
        guard startsLikeARecord(next) else { return false }
        do throws(ParseError) {
          _ = try Event(sha1From: &reader, index: index)
        } catch {
          // A log cut inside its data; one record that does not fit proves nothing.
          return index > 0
        }
      }
      return true
    }
  }

  /// Bytes of a SHA-1 record without data.
  private static let sha1RecordByteCount = 32

  /// A possible register index, then a known event type. A type of zero is met in no log, and often elsewhere.
  private static func startsLikeARecord(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= sha1RecordByteCount else { return false }
    func uint32(_ at: Int) -> UInt32 {
      bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    let register = uint32(0)
    let type = EventType(uint32(4))
    return (register < 32 || register == .max) && type.isKnown && type != .prebootCertificate
  }

  static func hasCryptoAgileSignature(_ bytes: [UInt8]) -> Bool {
    let signature = SpecificationIDEvent.Signature.cryptoAgile.bytes
    return bytes.count >= sha1RecordByteCount + signature.count
      && Array(bytes[4..<8]) == [3, 0, 0, 0]
      && bytes[sha1RecordByteCount...].starts(with: signature)
  }

  /// Where the run of equal bytes 0x00 or 0xFF starts that ends the file.
  private static func startOfPadding(in bytes: [UInt8]) -> Int {
    guard let last = bytes.last, last == 0 || last == 0xff else { return bytes.count }
    return bytes.lastIndex { $0 != last }.map { $0 + 1 } ?? 0
  }
}

/// The walk over the records.
private struct EventLogParser {
  var log = EventLog(format: .sha1, events: [], banks: [.sha1], padding: 0..<0)
  var problems: [ParseError] = []
  var unread: Range<Int>
  private let paddingStart: Int
  private let byteCount: Int

  init(paddingStart: Int, byteCount: Int) {
    self.paddingStart = paddingStart
    self.byteCount = byteCount
    unread = byteCount..<byteCount
    log.padding = unread
  }

  mutating func readAll(from reader: inout ByteReader) {
    let whole = reader.peek(48) ?? []
    if EventLog.hasCryptoAgileSignature(whole) {
      log.format = .cryptoAgile
      log.banks = []
      guard readHeader(from: &reader) else { return }
    }
    readEvents(from: &reader)
    if log.format == .sha1, case .specificationID(let specification)? = log.events.first?.payload {
      log.specification = specification
    }
  }

  /// False when the header's own frame is broken: then nothing behind it can be found.
  private mutating func readHeader(from reader: inout ByteReader) -> Bool {
    do throws(ParseError) {
      log.header = try Event(sha1From: &reader, index: 0)
    } catch {
      problems.append(error)
      unread = 0..<byteCount
      return false
    }
    guard let header = log.header else { return false }
    // The header of an agile log names register 0, that of a CCEL the first RTMR. Neither is extended.
    if header.registerIndex == 1 { log.registerFamily = .rtmr }
    if let digest = header.digests.first, digest.bytes.contains(where: { $0 != 0 }) {
      problems.append(
        reader.failure(
          "TCG_PCClientPCREvent.digest", expected: "zeros, for nothing is extended",
          found: hexText(digest.bytes), at: digest.offset))
    }
    do throws(ParseError) {
      log.specification = try header.data.read(
        file: reader.file, byteOrder: .littleEndian, base: header.dataOffset
      ) { body throws(ParseError) in
        try SpecificationIDEvent(from: &body, problems: &problems)
      }
    } catch {
      problems.append(error)
    }
    log.banks = log.specification?.algorithms.compactMap(\.algorithm) ?? []
    return true
  }

  private mutating func readEvents(from reader: inout ByteReader) {
    let sizes = DigestSizes(log.specification)
    while !reader.isAtEnd {
      let start = reader.position
      if start >= paddingStart {
        unread = start..<byteCount
        log.padding = unread
        return
      }
      do throws(ParseError) {
        try refuseEmptyRecord(reader)
        let index = log.events.count
        let event =
          switch log.format {
          case .cryptoAgile: try Event(cryptoAgileFrom: &reader, index: index, sizes: sizes)
          default: try Event(sha1From: &reader, index: index)
          }
        note(event, file: reader.file)
        log.events.append(event)
      } catch {
        problems.append(error)
        unread = start..<byteCount
        return
      }
    }
  }

  /// Sixteen zeros have the frame of a crypto-agile record without digests, and no firmware writes one: other bytes
  /// behind padding must not pass as events.
  private func refuseEmptyRecord(_ reader: borrowing ByteReader) throws(ParseError) {
    guard reader.nextAreZero(16) else { return }
    throw reader.failure(
      "TCG_PCR_EVENT2", expected: "a record, or padding to the end of the file",
      found: "zeros with other bytes behind them")
  }

  /// The first digest whose algorithm an earlier one has. Logs have two or three, which are compared without a set.
  private static func firstRepeated(_ digests: [EventDigest]) -> EventDigest? {
    guard digests.count > 8 else {
      return digests.indices.first { index in
        digests[..<index].contains { $0.rawAlgorithm == digests[index].rawAlgorithm }
      }.map { digests[$0] }
    }
    var seen: Set<UInt16> = []
    return digests.first { !seen.insert($0.rawAlgorithm).inserted }
  }

  /// Reports what a good frame may still get wrong in its list of digests, each fault once an event.
  private mutating func note(_ event: Event, file: String) {
    func report(_ digest: EventDigest, expected: String, found: String) {
      problems.append(
        ParseError(
          file: file, offset: digest.offset - 2, field: "TCG_PCR_EVENT2.digests", expected: expected, found: found))
    }
    if let repeated = Self.firstRepeated(event.digests) {
      report(repeated, expected: "one digest of each algorithm", found: "\(repeated.algorithmName) again")
    }
    for digest in event.digests {
      guard let bank = digest.algorithm, !log.banks.contains(bank) else { continue }
      log.banks.append(bank)
      // Without a readable header there is no table to compare with.
      if log.specification != nil {
        report(digest, expected: "an algorithm of the header's table", found: digest.algorithmName)
      }
    }
  }
}

extension EventDigest {
  fileprivate var algorithmName: String { algorithm?.name ?? "0x" + String(rawAlgorithm, radix: 16) }
}
