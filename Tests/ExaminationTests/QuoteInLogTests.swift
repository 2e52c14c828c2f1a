import Appraisal
import Digests
import Examination
import Foundation
import Hashing
import SampleEvidence
import TestSupport
import Testing

/// A log of Windows with a quote in it, made here with a key of openssl's, so that all of it can be known and changed.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "needs openssl")) struct QuoteInLogTests {
  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func big(_ value: Int, _ count: Int) -> [UInt8] { little(value, count).reversed() }

  private static func record(_ register: Int, _ type: Int, _ digest: [UInt8], _ data: [UInt8]) -> [UInt8] {
    little(register, 4) + little(type, 4) + digest + little(data.count, 4) + data
  }

  private static func sha1(_ bytes: [UInt8]) throws -> [UInt8] { try #require(HashAlgorithm.sha1.digest(of: bytes)) }

  /// Writes `log` and `key.pem`. The quote is over PCR 0, 4 and 7 of SHA-1 as `texts` leave them.
  private func makeCase(_ scratch: ScratchCase, _ texts: [(Int, String)], quoted: [(Int, String)]) throws {
    var registers: [Int: [UInt8]] = [:]
    for (register, text) in quoted {
      let before = registers[register] ?? [UInt8](repeating: 0, count: 20)
      registers[register] = try Self.sha1(before + Self.sha1(Array(text.utf8)))
    }
    let values = [0, 4, 7].flatMap { registers[$0] ?? [UInt8](repeating: 0, count: 20) }
    let statement =
      [0xff, 0x54, 0x43, 0x47, 0x80, 0x18] + Self.big(34, 2) + [0x00, 0x0b] + [UInt8](repeating: 7, count: 32)
      + Self.big(8, 2) + Self.little(0x01d6_ebac_7d99_6f44, 8) + Self.big(1000, 8) + Self.big(5, 4) + Self.big(0, 4)
      + [1] + Self.big(1, 8) + Self.big(1, 4) + Self.big(4, 2) + [3, 0x91, 0, 0]
      + Self.big(20, 2) + (try Self.sha1(values))
    try scratch.write(statement, to: "outside/statement")
    let outside = scratch.folder.appendingPathComponent("outside")
    for arguments in [
      ["genrsa", "-out", "private.pem", "2048"], ["rsa", "-in", "private.pem", "-pubout", "-out", "key.pem"],
      ["dgst", "-sha1", "-sign", "private.pem", "-out", "signature", "statement"],
    ] { #expect(try Tool.run("openssl", arguments, in: outside).status == 0) }
    func tag(_ number: Int, _ data: [UInt8]) -> [UInt8] { Self.little(number, 4) + Self.little(data.count, 4) + data }
    let quote = tag(
      0xc001_0004,
      tag(0x8008_0003, Array("W\0i\0n\0\0\0".utf8)) + tag(0x8008_0001, statement)
        + tag(0x8008_0002, try scratch.read("outside/signature")))
    var log: [UInt8] = []
    for (register, text) in texts { log += Self.record(register, 5, try Self.sha1(Array(text.utf8)), Array(text.utf8)) }
    log += Self.record(0xffff_ffff, 3, [UInt8](repeating: 0, count: 20), quote)
    try scratch.write(log, to: "case/boot.log")
  }

  private static let boot = [(0, "firmware"), (4, "loader"), (7, "policy"), (4, "kernel")]

  private func examined(_ scratch: ScratchCase, withKey: Bool, nonces: [[UInt8]] = [[1, 2, 3]]) throws
    -> AttestationResult
  {
    let key = scratch.folder.appendingPathComponent("outside/key.pem")
    return try examine(
      request(
        scratch.folder.appendingPathComponent("case"), keys: withKey ? [key] : [],
        policy: samples.appendingPathComponent("policies/proof-only.yaml"), nonces: nonces))
  }

  @Test func aKnownKeyMakesItAQuoteThatProvesTheLog() throws {
    let scratch = try ScratchCase()
    try makeCase(scratch, Self.boot, quoted: Self.boot)
    let result = try examined(scratch, withKey: true)
    let quote = try #require(result.quote("boot.log#record-4"))
    #expect(quote.outcome(.signature) == .passed && quote.outcome(.key) == .passed)
    #expect(result.allLogs.first?.matches.first?.outcome == .complete)
    #expect(result.findings.contains { $0.code == .logTrustPoint && $0.message.contains("it counts as a quote") })
    #expect(result.verdict != .untrusted, "\(result.decidingCodes)")
    // A nonce was sent, and nothing answers it.
    #expect(result.findings.contains { $0.code == .quoteNonceUnknown && $0.effect == .inconclusive })
    #expect(result.verdict == .inconclusive)
    // A statement of nobody's key beside it answers for nobody.
    try scratch.write(MadeQuote("other").bytes, to: "case/other.attest")
    let beside = try examined(scratch, withKey: true)
    #expect(beside.verdict != .trusted)
    #expect(
      beside.findings.contains {
        $0.file == "boot.log#record-4" && $0.code == .quoteNonceUnknown && $0.effect == .inconclusive
      })
    try scratch.remove("case/other.attest")
    let unasked = try examined(scratch, withKey: true, nonces: [])
    #expect(!unasked.findings.contains { $0.code == .quoteNonceUnknown && $0.effect == .inconclusive })
    // SHA-1, and what Windows signs in the place of a nonce is a time: nothing is called trusted on that.
    #expect(result.findings.contains { $0.code == .quoteWeakAlgorithm })
  }

  @Test func withoutTheKeyItIsShownAndProvesNothing() throws {
    let scratch = try ScratchCase()
    try makeCase(scratch, Self.boot, quoted: Self.boot)
    let result = try examined(scratch, withKey: false)
    #expect(result.allQuotes.isEmpty && result.verdict == .inconclusive)
    let finding = try #require(result.findings.first { $0.code == .logTrustPoint })
    #expect(finding.message.contains("give the quoted values") && finding.message.contains("it proves nothing"))
  }

  @Test func aLogThatWasChangedBehindTheQuotesBackIsFound() throws {
    var edited = Self.boot
    edited[3].1 = "kernex"
    let scratch = try ScratchCase()
    try makeCase(scratch, edited, quoted: Self.boot)
    let unknown = try examined(scratch, withKey: false)
    #expect(unknown.findings.contains { $0.code == .logTrustPointMismatch && $0.record == 4 })
    #expect(unknown.verdict == .inconclusive)
    let known = try examined(scratch, withKey: true)
    #expect(known.verdict != .trusted)
    #expect(known.allLogs.first?.matches.contains { $0.outcome == .complete } == false)
  }
}
