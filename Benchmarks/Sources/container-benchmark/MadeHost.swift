import Digests
import Foundation
import Hashing
import ReferenceManifests
import ReferenceStore

/// Evidence of one host with `count` containers, GENERATED: a list of the template `ima-cont-id` (434 records of the host and
/// 19 of each container, the density of a real cluster), the quote that proves it, the inventory, and references.
struct MadeHost {
  static let hostRecords = 434
  static let recordsOfContainer = 19

  let folder: String
  let count: Int
  /// The container whose eighth record has content that nobody knows; nil when all is known.
  let bad: Int?

  var evidence: String { folder + "/case" }
  var store: String { folder + "/references.store" }
  var key: String { folder + "/ak.pem" }

  func make() throws {
    try FileManager.default.createDirectory(atPath: evidence + "/capture", withIntermediateDirectories: true)
    var register: [HashAlgorithm: [UInt8]] = [:]
    for bank in [HashAlgorithm.sha1, .sha256] { register[bank] = resetValue(ofRegister: 10, bank: bank) }
    var list: [UInt8] = []
    func add(_ device: String, _ path: String, _ content: String) {
      let data = [Array(device.utf8) + [0], Array("sha256:\0".utf8) + sha256(content), Array(path.utf8) + [0]]
        .flatMap { little(UInt32($0.count)) + $0 }
      for (bank, value) in register {
        let hash = bank.digest(of: data) ?? []
        register[bank] = bank.digest(of: value + hash)
        if bank == .sha1 { list += little(UInt32(10)) + hash }
      }
      list += little(UInt32(11)) + Array("ima-cont-id".utf8) + little(UInt32(data.count)) + data
    }
    add("", "boot_aggregate", "boot")
    for index in 1..<Self.hostRecords { add("8:1", "/usr/bin/program-\(index)", "program \(index)") }
    for container in 0..<count {
      for index in 1...Self.recordsOfContainer {
        let isBad = container == bad && index == 8
        add("253:\(container)", "/usr/bin/program-\(index)", isBad ? "implant" : "program \(index)")
      }
    }
    try write(list, to: evidence + "/capture/binary_runtime_measurements")
    try write(Array(inventory.utf8), to: evidence + "/inquest.yaml")
    try quote(register)
    try references()
  }

  private var inventory: String {
    "version: 1\nhosts:\n  host:\n    folders: [capture]\n    devices: [\"8:1\"]\ncontainers:\n"
      + (0..<count).map { "  - {id: \"\(identifier($0))\", name: service-\($0), devices: [\"253:\($0)\"]}\n" }.joined()
  }

  func identifier(_ container: Int) -> String {
    HashAlgorithm.sha256.digest(of: Array("container \(container)".utf8)).map { bytes in
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    } ?? ""
  }

  /// TPMS_ATTEST of PCR 10 in both banks, signed by a key that `openssl` makes; the values beside it.
  private func quote(_ register: [HashAlgorithm: [UInt8]]) throws {
    let values = (register[.sha1] ?? []) + (register[.sha256] ?? [])
    var attest: [UInt8] = big(UInt32(0xff54_4347)) + big(UInt16(0x8018)) + big(UInt16(34)) + [0, 0x0b]
    attest += [UInt8](repeating: 7, count: 32) + big(UInt16(0))
    attest += big(UInt64(1000)) + big(UInt32(1)) + big(UInt32(0)) + [1] + big(UInt64(1))
    attest += big(UInt32(2)) + [0, 4, 3, 0, 4, 0, 0, 0x0b, 3, 0, 4, 0]
    attest += big(UInt16(32)) + (HashAlgorithm.sha256.digest(of: values) ?? [])
    let place = evidence + "/capture/quote"
    try write(attest, to: place + ".attest")
    try write(values, to: place + ".pcrs")
    try openSSL("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder + "/ak.key")
    try openSSL("pkey", "-in", folder + "/ak.key", "-pubout", "-out", key)
    try openSSL("dgst", "-sha256", "-sign", folder + "/ak.key", "-out", folder + "/sig", place + ".attest")
    let signature = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/sig")))
    try write([0, 0x14, 0, 0x0b] + big(UInt16(signature.count)) + signature, to: place + ".sig")
  }

  private func references() throws {
    let writer = try StoreWriter(file: store)
    let files = (1..<Self.hostRecords).map { index in
      ReferenceFile(
        path: Array("/usr/bin/program-\(index)".utf8), byteCount: 1000, mode: 0o755,
        digests: [ReferenceDigest(.sha256, sha256("program \(index)"), origin: .payload)],
        content: .script(interpreter: [0x2f]))
    }
    let package = ReferencePackage(
      format: .deb, name: "programs", version: "1.0-1", architecture: "amd64", files: files)
    let source = ReferenceSource(kind: .deb, path: "programs.deb", byteCount: 1, sha256: sha256("programs.deb"))
    try writer.add([ManifestReading(source: source, packages: [package])])
    _ = try writer.finish()
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  private func openSSL(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = nil
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableRuntimeMismatch) }
  }
}

private func sha256(_ text: String) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array(text.utf8)) ?? [] }

private func big(_ number: some FixedWidthInteger) -> [UInt8] {
  stride(from: number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
}

private func little(_ number: UInt32) -> [UInt8] { big(number).reversed() }
