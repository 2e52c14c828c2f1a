import Digests
import Foundation
import Hashing

/// Writes a valid `ima-ng` list with SHA-256 file digests and tells the register values it leads to.
///
/// Values are computed one record at a time with OpenSSL's EVP functions: not the way that is measured.
struct ListGenerator {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  private(set) var sha1 = [UInt8](repeating: 0, count: 20)
  private(set) var sha256 = [UInt8](repeating: 0, count: 32)
  private(set) var dataByteCount = 0

  private static let folders = [
    "/usr/lib/x86_64-linux-gnu", "/usr/bin", "/usr/lib/python3/dist-packages", "/usr/share/perl5/Debian",
    "/usr/lib/modules/6.1.0-56-amd64/kernel/drivers/net/ethernet", "/etc/systemd/system", "/var/lib/dpkg/info",
    "/var/lib/docker/overlay2/2108441f9941c34e023bf5e06d3131e2/diff/usr/lib", "/opt/service/current/lib",
  ]
  private static let words = ["libsystemd", "core", "update", "session", "network", "manager", "parser", "cache"]

  mutating func write(_ count: Int, to path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? handle.close() }
    var buffer = Data()
    for index in 0..<count {
      buffer.append(contentsOf: record(index))
      if buffer.count > 1 << 20 {
        try handle.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    try handle.write(contentsOf: buffer)
  }

  private mutating func record(_ index: Int) -> [UInt8] {
    var name = Self.folders[Int(random() % UInt64(Self.folders.count))]
    for _ in 0..<(2 + random() % 2) { name += "/" + Self.words[Int(random() % UInt64(Self.words.count))] }
    name += "-\(index).so"
    var digest: [UInt8] = []
    for _ in 0..<4 { withUnsafeBytes(of: random()) { digest += Array($0) } }
    var data = word(40) + Array("sha256:".utf8) + [0] + digest
    data += word(name.utf8.count + 1) + Array(name.utf8) + [0]
    dataByteCount += data.count
    let isViolation = index % 5003 == 5002
    let hash1 = isViolation ? [UInt8](repeating: 0xff, count: 20) : HashAlgorithm.sha1.digest(of: data) ?? []
    let hash256 = isViolation ? [UInt8](repeating: 0xff, count: 32) : HashAlgorithm.sha256.digest(of: data) ?? []
    sha1 = HashAlgorithm.sha1.extend(sha1, with: hash1) ?? []
    sha256 = HashAlgorithm.sha256.extend(sha256, with: hash256) ?? []
    let recorded = isViolation ? [UInt8](repeating: 0, count: 20) : hash1
    return word(10) + recorded + word(6) + Array("ima-ng".utf8) + word(data.count) + data
  }

  private func word(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) } }

  private mutating func random() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
