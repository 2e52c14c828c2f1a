import ByteReading
import CanonicalEventLog
import Digests
import Hashing
import IMALog
import TCGEventLog
import Testing

func big(_ number: UInt64, _ byteCount: Int) -> [UInt8] {
  (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
}

func tlv(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] { [tag] + big(UInt64(value.count), 4) + value }

func sha256(_ bytes: [UInt8]) -> [UInt8] { HashAlgorithm.sha256.digest(of: bytes) ?? [] }

/// A record in TLV with a SHA-256 digest.
func tlvRecord(
  _ number: UInt64, numberByteCount: Int = 1, pcr: UInt64, digest: [UInt8], content: [UInt8]
) -> [UInt8] {
  tlv(0, big(number, numberByteCount)) + tlv(1, big(pcr, 1)) + tlv(3, tlv(0x0b, digest)) + content
}

func cborText(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + Array(text.utf8) }

func cborBytes(_ bytes: [UInt8]) -> [UInt8] {
  bytes.count < 24 ? [0x40 | UInt8(bytes.count)] + bytes : [0x58, UInt8(bytes.count)] + bytes
}

/// A record in CBOR with a SHA-256 digest.
func cborRecord(_ number: UInt8, pcr: UInt8, digest: [UInt8], type: UInt8, content: [UInt8]) -> [UInt8] {
  [0xa5, 0, number, 1, pcr, 3, 0x81, 0xa2, 0, 0x0b, 1] + cborBytes(digest) + [9, type, 10] + content
}

func jsonDigest(_ digest: [UInt8]) -> String { "[{\"hashAlg\":\"sha256\",\"digest\":\"\(hexText(digest))\"}]" }

/// A record as systemd writes it.
func systemdRecord(_ pcr: Int, _ type: String, _ string: String, measured: [UInt8]? = nil) -> String {
  """
  {"pcr":\(pcr),"digests":\(jsonDigest(sha256(measured ?? Array(string.utf8)))),"content_type":"systemd","content":\
  {"string":"\(string)","bootId":"0123456789abcdef0123456789abcdef","timestamp":4061113,"eventType":"\(type)"}}
  """
}

func sequence(_ records: [String]) -> [UInt8] { records.flatMap { [0x1e] + Array($0.utf8) + [0x0a] } }

func events(_ bytes: [UInt8], file: String = "a.cel") throws -> Parsed<EventLog> {
  guard case .events(let parsed)? = CanonicalEventLog.parse(bytes, file: file) else {
    throw NotALog()
  }
  return parsed
}

struct NotALog: Error {}

let separatorData: [UInt8] = [0, 0, 0, 0]

/// Three records in each encoding: the version of the log, a separator, a phase of systemd.
enum SameLog {
  static let tlvBytes =
    tlvRecord(
      0, pcr: 0, digest: [UInt8](repeating: 0, count: 32), content: tlv(4, tlv(1, tlv(0, [1]) + tlv(1, [0]))))
    + tlvRecord(
      1, numberByteCount: 8, pcr: 7, digest: sha256(separatorData),
      content: tlv(5, tlv(0, [4]) + tlv(1, separatorData)))
    + tlvRecord(
      2, pcr: 11, digest: sha256(Array("enter-initrd".utf8)),
      content: tlv(
        11, tlv(0, [0]) + tlv(1, [9]) + tlv(2, [UInt8](repeating: 0xab, count: 16)) + tlv(3, Array("enter-initrd".utf8))
      ))

  static let json = """
    [ {"recnum":0,"pcr":0,"digests":\(jsonDigest([UInt8](repeating: 0, count: 32))),"content_type":"cel",
       "content":{"type":"cel_version","data":{"major":1,"minor":0}}},
      {"recnum":1,"pcr":7,"digests":\(jsonDigest(sha256(separatorData))),"content_type":"pcclient_std",
       "content":{"event_type":"ev_separator","event_data":"00000000"}},
      {"recnum":2,"pcr":11,"digests":\(jsonDigest(sha256(Array("enter-initrd".utf8)))),"content_type":"systemd",
       "content":{"string":"enter-initrd","bootId":"\(hexText([UInt8](repeating: 0xab, count: 16)))","timestamp":9,"eventType":"phase"}} ]
    """

  static let cborRecords: [[UInt8]] = [
    cborRecord(
      0, pcr: 0, digest: [UInt8](repeating: 0, count: 32), type: 4, content: [0xa2, 0, 1, 1, 0xa2, 0, 1, 1, 0]),
    cborRecord(
      1, pcr: 7, digest: sha256(separatorData), type: 5, content: [0xa2, 0, 4, 1] + cborBytes(separatorData)),
    cborRecord(
      2, pcr: 11, digest: sha256(Array("enter-initrd".utf8)), type: 11,
      content: [0xa4, 0, 0, 1, 9, 2] + cborBytes([UInt8](repeating: 0xab, count: 16)) + [3]
        + cborText("enter-initrd")),
  ]

  static let all: [(EventLog.Format, [UInt8])] = [
    (.canonicalTLV, tlvBytes), (.canonicalJSON, Array(json.utf8)), (.canonicalCBOR, [0x83] + cborRecords.joined()),
    (.canonicalCBOR, Array(cborRecords.joined())),
  ]
}
