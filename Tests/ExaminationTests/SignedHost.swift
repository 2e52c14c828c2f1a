import Appraisal
import Digests
import Examination
import Foundation
import SampleEvidence
import TestSupport
import Testing

/// A made host whose quotes `openssl` signs, with a key that the user trusts or does not.
struct SignedHost {
  let scratch: ScratchCase
  private let secrets: ScratchCase

  init() throws {
    scratch = try ScratchCase()
    secrets = try ScratchCase()
    try #require(Tool.run("openssl", ["genrsa", "-out", "key.pem", "2048"], in: secrets.folder).status == 0)
    let made = try Tool.run("openssl", ["rsa", "-in", "key.pem", "-pubout", "-out", "ak.pem"], in: secrets.folder)
    try #require(made.status == 0)
  }

  /// What the registers hold after these events.
  static func values(_ events: [MadeEvent]) -> RegisterValues {
    var values = RegisterValues()
    for register in Set(events.map(\.register)) {
      values[.sha256, Int(register)] = extended(
        .sha256, events.filter { $0.register == register }.map(\.digest), register: Int(register))
    }
    return values
  }

  func addLog(_ events: [MadeEvent], _ path: String) throws {
    try scratch.write(madeEventLogBytes(events), to: path)
  }

  func addQuote(_ stem: String, _ values: RegisterValues, reset: UInt32 = 1, hasValues: Bool = true) throws {
    var quote = MadeQuote(stem, values: values)
    quote.resetCount = reset
    quote.clock = UInt64(reset) * 100_000
    try scratch.write(quote.bytes, to: stem + ".attest")
    if hasValues {
      try scratch.write(
        values.banks.flatMap { bank in values.registers(of: bank).flatMap { values[bank, $0] ?? [] } },
        to: stem + ".pcrs")
    }
    let key = secrets.folder.appendingPathComponent("key.pem").path
    let signed = try Tool.run(
      "openssl", ["dgst", "-sha256", "-sign", key, "-out", stem + ".sig", stem + ".attest"], in: scratch.folder)
    try #require(signed.status == 0)
  }

  func examined(isKeyTrusted: Bool = true, policy: URL? = nil) throws -> AttestationResult {
    let key = secrets.folder.appendingPathComponent("ak.pem")
    if !isKeyTrusted { try scratch.copy(key, to: "ak.pem") }
    return try examine(request(scratch.folder, keys: isKeyTrusted ? [key] : [], policy: policy))
  }
}
