/// Bytes of event logs built by hand.
enum LogBytes {
  static func le16(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xff), UInt8(value >> 8)] }
  static func le32(_ value: UInt32) -> [UInt8] {
    [UInt8(value & 0xff), UInt8(value >> 8 & 0xff), UInt8(value >> 16 & 0xff), UInt8(value >> 24)]
  }

  static func sha1Record(
    register: UInt32 = 0, type: UInt32, digest: [UInt8] = Array(repeating: 0, count: 20), data: [UInt8],
    size: UInt32? = nil
  ) -> [UInt8] {
    le32(register) + le32(type) + digest + le32(size ?? UInt32(data.count)) + data
  }

  static func record(
    register: UInt32 = 0, type: UInt32, digests: [(UInt16, [UInt8])], data: [UInt8], count: UInt32? = nil,
    size: UInt32? = nil
  ) -> [UInt8] {
    var bytes = le32(register) + le32(type) + le32(count ?? UInt32(digests.count))
    for (algorithm, digest) in digests { bytes += le16(algorithm) + digest }
    return bytes + le32(size ?? UInt32(data.count)) + data
  }

  /// The body of a "Spec ID Event03".
  static func specification(
    algorithms: [(UInt16, UInt16)] = [(4, 20), (0xb, 32)], count: UInt32? = nil, vendorInfoSize: UInt8? = nil,
    vendorInfo: [UInt8] = []
  ) -> [UInt8] {
    var body = Array("Spec ID Event03".utf8) + [0, 0, 0, 0, 0, 0, 2, 105, 2]
    body += le32(count ?? UInt32(algorithms.count))
    for (algorithm, size) in algorithms { body += le16(algorithm) + le16(size) }
    return body + [vendorInfoSize ?? UInt8(vendorInfo.count)] + vendorInfo
  }

  static func header(_ body: [UInt8] = specification(), register: UInt32 = 0) -> [UInt8] {
    sha1Record(register: register, type: 3, data: body)
  }

  static let sha1Digest: [UInt8] = Array(repeating: 0x11, count: 20)
  static let sha256Digest: [UInt8] = Array(repeating: 0x22, count: 32)

  static let separator = record(
    register: 7, type: 4, digests: [(4, sha1Digest), (0xb, sha256Digest)], data: [0, 0, 0, 0])
  static let startupLocality = record(
    type: 3, digests: [(4, Array(repeating: 0, count: 20)), (0xb, Array(repeating: 0, count: 32))],
    data: Array("StartupLocality\0".utf8) + [3])
}
