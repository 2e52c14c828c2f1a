import ByteReading
import Digests

/// A quote that Windows made over the registers and put into its own boot log, in an `EV_NO_ACTION` record of register
/// 0xffffffff.
///
/// Nothing extends the record, so whoever can write the log can put any quote there: what it is worth is what its
/// signature is worth.
///
/// Source: Windows SDK, `wbcl.h`, `SIPAEVENT_TRUSTPOINT_AGGREGATION`; tags are little-endian as in
/// `TCG_PCClientTaggedEvent`, the statement is as the TPM made it.
public struct TrustPoint: Equatable, Sendable {
  /// Index of the record; the quote is over what the records before it extend.
  public var record: Int
  /// Where the tag begins, in bytes from the start of the file.
  public var offset: Int
  /// What Windows calls the key, `Windows AIK` as a rule.
  public var keyName: String?
  /// SHA-1 of the key's public part in the layout of Windows.
  public var keyDigest: [UInt8]?
  /// `TPMS_ATTEST`, or `TPM_QUOTE_INFO2` of TPM 1.2 with the version behind it.
  public var statement: [UInt8]?
  /// RSA with PKCS #1 v1.5 and SHA-1, without any header.
  public var signature: [UInt8]?

  static let aggregation: UInt32 = 0xc001_0004
  private static let (statementTag, signatureTag): (UInt32, UInt32) = (0x8008_0001, 0x8008_0002)
  private static let (keyNameTag, keyDigestTag): (UInt32, UInt32) = (0x8008_0003, 0x8008_0004)

  /// Quotes in the order of the log; one may hold another, which is earlier.
  static func all(in data: [UInt8], record: Int, offset: Int, depth: Int = 0) -> [TrustPoint] {
    var inner: [TrustPoint] = []
    var point = TrustPoint(record: record, offset: offset)
    var isOne = false
    for tag in tags(data) {
      switch tag.identifier {
      case aggregation where depth < 4:
        inner += all(in: tag.bytes, record: record, offset: offset + tag.place, depth: depth + 1)
      case statementTag: (point.statement, isOne) = (tag.bytes, true)
      case signatureTag: point.signature = tag.bytes
      case keyNameTag: point.keyName = EventText(utf16: tag.bytes).text
      case keyDigestTag: point.keyDigest = tag.bytes
      default: break
      }
    }
    return inner + (isOne ? [point] : [])
  }

  struct Tag {
    var identifier: UInt32
    /// Where its data begin, in the data around it.
    var place: Int
    var bytes: [UInt8]
    /// What the tag says; more than `bytes` has in logs of TPM 1.2.
    var statedByteCount: Int
  }

  /// Logs of TPM 1.2 deviate, all that we have seen: the outer tag and that of the key's name say 557 bytes more than are
  /// there, and four zeros stand before the first inner tag. The name ends with its NUL then.
  static func tags(_ data: [UInt8]) -> [Tag] {
    var found: [Tag] = []
    var place = 0
    func number(at place: Int) -> UInt32 { data[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    while data.count - place >= 8 {
      let tag = number(at: place)
      if tag == 0 {
        place += 4
        continue
      }
      let rest = data[(place + 8)...]
      let stated = Int(number(at: place + 4))
      var size = min(stated, rest.count)
      if stated > rest.count {
        if tag == keyNameTag {
          let units = stride(from: 0, to: rest.count - 1, by: 2)
          let end = units.first { rest[rest.startIndex + $0] == 0 && rest[rest.startIndex + $0 + 1] == 0 }
          size = end.map { $0 + 2 } ?? size
        }
      }
      found.append(
        Tag(identifier: tag, place: place + 8, bytes: Array(rest.prefix(size)), statedByteCount: stated))
      place += 8 + size
    }
    return found
  }
}

extension EventLog {
  /// The quotes that Windows put into the log.
  public var trustPoints: [TrustPoint] {
    events.flatMap { event -> [TrustPoint] in
      guard event.recordedType == .noAction, event.registerIndex == .max, event.data.count <= 1 << 20 else { return [] }
      return TrustPoint.all(in: event.data, record: event.index, offset: event.dataOffset)
    }
  }
}
