import Digests
import FileSignatures
import Foundation
import Hashing
import IMALog
import PublicKeys
import TestSupport

/// Keys and signatures by OpenSSL and evmctl, in a folder that goes with the value.
final class Signing {
  static var isPossible: Bool { Tool.isInstalled("evmctl") && Tool.isInstalled("openssl") }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("file-signatures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Failed: Error { var command: String }

  @discardableResult
  func run(_ tool: String, _ arguments: [String]) throws -> String {
    let (status, output) = try Tool.run(tool, arguments, in: folder)
    guard status == 0 else { throw Failed(command: ([tool] + arguments).joined(separator: " ")) }
    return output
  }

  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Makes `NAME.key` and the certificates `NAME.pem`, `NAME.der`. `kind` is `rsa:2048` or a curve.
  func makeKey(_ name: String, _ kind: String, identifier: String? = nil) throws {
    let algorithm =
      kind.hasPrefix("rsa") ? ["-newkey", kind] : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(kind)"]
    try run(
      "openssl",
      ["req", "-x509", "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name] + algorithm
        + (identifier.map { ["-addext", "subjectKeyIdentifier=" + $0] } ?? []))
    try run("openssl", ["x509", "-in", name + ".pem", "-outform", "der", "-out", name + ".der"])
  }

  func certificate(_ name: String) throws -> Certificate {
    guard let certificate = Certificate(der: try read(name + ".der")) else { throw Failed(command: name) }
    return certificate
  }

  func key(_ name: String) throws -> SigningKey {
    SigningKey(certificate: try certificate(name), origin: .given(file: name + ".der"))
  }

  /// evmctl's signature of a file of this content.
  func sign(_ content: [UInt8], key: String, hash: HashAlgorithm, identifier: String? = nil) throws -> [UInt8] {
    try write(content, "signed")
    let named = identifier.map { ["--keyid", $0] } ?? []
    try run("evmctl", ["ima_sign", "--sigfile", "-a", hash.name, "--key", key + ".key"] + named + ["signed"])
    return try read("signed.sig")
  }

  /// What `evmctl ima_measurement --verify-sig` says of each path: verified or not.
  func evmctl(_ list: [UInt8], keys: [String]) throws -> Set<String> {
    try write(list, "list")
    let names = keys.map { $0 + ".der" }.joined(separator: ",")
    let (_, output) = try Tool.run(
      "sh", ["-c", "evmctl -v ima_measurement --verify-sig --key \(names) list 2>&1"], in: folder)
    return Set(
      output.split(separator: "\n").filter { $0.hasSuffix(": verification is OK") }
        .map { String($0.prefix { $0 != ":" }) })
  }
}

/// Bytes of records made by hand, little-endian, with 20-byte template digests.
enum Made {
  static func word(_ value: Int) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func field(_ bytes: [UInt8]) -> [UInt8] { word(bytes.count) + bytes }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

  static func digest(_ content: [UInt8], _ hash: HashAlgorithm, type: String = "") -> [UInt8] {
    text(type + hash.name + ":") + (hash.digest(of: content) ?? [])
  }

  static func record(_ template: String, _ fields: [[UInt8]], isViolation: Bool = false) -> [UInt8] {
    let data = fields.flatMap(field)
    let hash = isViolation ? [UInt8](repeating: 0, count: 20) : HashAlgorithm.sha1.digest(of: data) ?? []
    return word(10) + hash + field(Array(template.utf8)) + field(data)
  }

  static func signed(
    _ content: [UInt8], _ signature: [UInt8], _ hash: HashAlgorithm = .sha256, path: String = "/usr/bin/tool",
    isViolation: Bool = false
  ) -> [UInt8] {
    record("ima-sig", [digest(content, hash), text(path), signature], isViolation: isViolation)
  }

  static func measuredKey(_ certificate: Certificate, keyring: String = ".ima") -> [UInt8] {
    record("ima-buf", [digest(certificate.der, .sha256), text(keyring), certificate.der])
  }

  static func list(_ records: [[UInt8]]) -> MeasurementList {
    MeasurementList.parse(
      records.flatMap { $0 }, file: "list", format: .binary(byteOrder: .littleEndian, templateDigestByteCount: 20)
    ).value
  }
}

func outcomes(_ records: [[UInt8]], _ keys: [SigningKey] = [], jobs: Int = 1) -> [SignatureOutcome] {
  ListSignatureVerifier(given: keys, jobs: jobs).verify(Made.list(records)).records.map(\.outcome)
}
