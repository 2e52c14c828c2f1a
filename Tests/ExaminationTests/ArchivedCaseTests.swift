import Appraisal
import Digests
import Examination
import Foundation
import TestSupport
import Testing

/// A case in an archive, and evidence in what other tools write, come to the verdict of the same bytes in files.
@Suite struct ArchivedCaseTests {
  private static let policy = samples.appendingPathComponent("policies/proof-only.yaml")

  private func summary(_ result: AttestationResult) -> [String] {
    result.allQuotes.map {
      "\($0.file.split(separator: "/").last ?? "") \($0.checks.map { "\($0.name) \($0.outcome)" })"
    }
      + result.findings.map { "\($0.code.rawValue) \($0.effect)" }.sorted()
  }

  @Test(
    .enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"),
    arguments: [["--gzip"], ["--format", "zip"], ["--format", "newc"]])
  func aCaseInAnArchiveIsTheCase(format: [String]) throws {
    let clean = samples.appendingPathComponent("clean")
    let scratch = try ScratchCase("clean.packed")
    let archive = scratch.folder.appendingPathComponent("clean")
    #expect(try Tool.run("bsdtar", format + ["-cf", archive.path, "."], in: clean).status == 0)
    let plain = try examine(request(clean, anchors: [labRoot], policy: Self.policy))
    let packed = try examine(request(archive, anchors: [labRoot], policy: Self.policy))
    #expect(plain.verdict == .trusted && packed.verdict == .trusted)
    #expect(summary(packed) == summary(plain))
    // One folder around everything changes nothing but paths.
    let wrapped = scratch.folder.appendingPathComponent("wrapped")
    #expect(try Tool.run("bsdtar", format + ["-cf", wrapped.path, "clean"], in: samples).status == 0)
    #expect(try summary(examine(request(wrapped, anchors: [labRoot], policy: Self.policy))) == summary(plain))
  }

  @Test func anArchiveThatLeadsOutCondemnsTheCase() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    try scratch.write(HandmadeTar.archive([HandmadeTar.member("../x", [1])]), to: "notes.tar")
    let result = try examine(request(scratch.folder, anchors: [labRoot], policy: Self.policy))
    #expect(result.verdict == .untrusted && result.decidingCodes == ["input.refused"])
  }

  @Test func aDamagedArchiveIsSaid() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    let tar = HandmadeTar.archive([HandmadeTar.member("x", [UInt8](repeating: 1, count: 900))])
    try scratch.write(Array(tar.prefix(1000)), to: "notes.tar")
    let result = try examine(request(scratch.folder, anchors: [labRoot], policy: Self.policy))
    let finding = try #require(result.findings.first { $0.code == .inputUnreadable && $0.file == "notes.tar" })
    #expect(finding.severity == .warning && finding.message.contains("What came before is read."))
  }

  @Test(
    .enabled(if: Corpus.isPresent, "needs the corpus"),
    arguments: [
      ("google+go-attestation/attest/testdata/windows_gcp_shielded_vm.json", "windows_gcp_shielded_vm.ak.pub.bin", 1),
      ("google+go-tpm-tools/internal/test/attestations/gce-cos-85-no-nonce.pb", "gce-cos-85-no-nonce.ak.pub.bin", 3),
      ("google+go-tpm-tools/internal/test/attestations/gce-cos-85-nonce9009.pb", "gce-cos-85-nonce9009.ak.pub.bin", 3),
    ])
  func quotesInsideDocumentsVerifyWithTheirRegistersAndProveTheLog(path: String, key: String, quotes: Int) throws {
    let scratch = try ScratchCase()
    let bytes = try Corpus.bytes("quotes/" + path)
    try scratch.write(bytes, to: "evidence")
    let folder = path.split(separator: "/").dropLast().joined(separator: "/").replacing("+", with: "__")
    let pinned = Corpus.url("eventlog/\(folder)/\(key)")
    let result = try examine(
      request(scratch.folder, keys: [pinned], policy: Self.policy, collectedAt: "2022-01-01T00:00:00Z"))
    let made = result.allQuotes.filter { $0.outcome(.pcrDigest) == .passed }
    #expect(made.count == quotes)
    #expect(made.allSatisfy { $0.outcome(.signature) == .passed && $0.outcome(.key) == .passed })
    let log = try #require(result.allLogs.first)
    #expect(log.matches.contains { $0.outcome == .complete })
    #expect(result.verdict != .untrusted, "\(result.findings.filter { $0.effect == .untrusted })")
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func oneChangedRegisterInADocumentIsFound() throws {
    var bytes = try Corpus.bytes("quotes/google+go-tpm-tools/internal/test/attestations/gce-cos-85-no-nonce.pb")
    // PCR 1 of the SHA-1 bank.
    let value: [UInt8] = [0xe3, 0xe9, 0xe1, 0xd9, 0xde, 0xac, 0xd9, 0x5b]
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: value) })
    bytes[place] ^= 1
    let scratch = try ScratchCase()
    try scratch.write(bytes, to: "evidence")
    let result = try examine(request(scratch.folder, policy: Self.policy))
    #expect(result.quote("evidence/quotes[0].quote")?.outcome(.pcrDigest) == .failed)
    #expect(result.verdict == .untrusted)
  }
}
