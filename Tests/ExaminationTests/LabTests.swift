import Appraisal
import Examination
import Foundation
import TestSupport
import Testing

private let lab = Corpus.url("lab")
private let machine = lab.appendingPathComponent("vmA-secureboot-ima-ng")

/// The lab's evidence against the truth that was written down when it was made.
@Suite(.enabled(if: Corpus.isPresent)) struct LabTests {
  // MARK: Quotes

  @Test func everyGenuineQuotePassesItsChecksAndIsInconclusiveWithoutAnchor() throws {
    let result = try examine(request(lab.appendingPathComponent("quotes-only")))
    let manifest = try json(lab.appendingPathComponent("quotes-only/manifest.json"))
    let quotes = try #require(manifest["quotes"] as? [[String: Any]]).filter { $0["error"] == nil }
    #expect(quotes.count > 50)
    for truth in quotes {
      let label = try #require(truth["label"] as? String)
      let quote = try #require(result.quote("quotes/\(label).attest"), "\(label)")
      #expect(quote.outcome(.signature) == .passed, "\(label)")
      #expect(quote.outcome(.structure) == .passed, "\(label)")
      #expect(quote.outcome(.nonce) == .undetermined, "\(label)")
      #expect(quote.outcome(.key) == .undetermined, "\(label)")
      #expect(quote.outcome(.pcrDigest) == (quote.registerFile == nil ? .undetermined : .passed), "\(label)")
      #expect(quote.resetCount.map(Int.init) == truth["resetCount"] as? Int, "\(label)")
      #expect(quote.clock.map(Int.init) == truth["clock"] as? Int, "\(label)")
      #expect(quote.pcrDigest == truth["pcrDigest"] as? String, "\(label)")
      #expect(quote.nonce == truth["extraData"] as? String, "\(label)")
    }
    let own = result.findings.filter { $0.file?.hasPrefix("quotes/") == true && $0.effect == .untrusted }
    #expect(own.isEmpty)
  }

  @Test func aPinnedKeyMakesEachGenuineQuotePassTheKeyCheck() throws {
    let folder = lab.appendingPathComponent("quotes-only")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("keys").path)
    let keys = names.filter { $0.hasPrefix("ak-") && $0.hasSuffix(".pub.pem") }.sorted()
    let result = try examine(request(folder, keys: keys.map { folder.appendingPathComponent("keys/" + $0) }))
    let genuine = result.allQuotes.filter { $0.file.hasPrefix("quotes/") && $0.kind == "quote" }
    #expect(genuine.allSatisfy { $0.outcome(.key) == .passed })
    #expect(result.quote("forged/software-signed.attest")?.outcome(.key) == .failed)
  }

  @Test(arguments: [
    ("bad-magic", ["quote.not-from-tpm", "quote.signature-invalid"]),
    ("sig-bitflip", ["quote.signature-invalid"]),
    ("pcrdigest-bitflip", ["quote.signature-invalid"]),
    ("wrong-key", ["quote.signature-invalid"]),
    ("truncated", ["quote.malformed"]),
    ("trailing", ["quote.malformed"]),
    ("software-signed", ["key.name-mismatch"]),
  ])
  func everyForgedQuoteIsFoundByItsCode(name: String, codes: [String]) throws {
    let scratch = try ScratchCase()
    let folder = lab.appendingPathComponent("quotes-only")
    try scratch.copy(folder.appendingPathComponent("keys"), to: "keys")
    for ending in ["attest", "sig"] {
      try scratch.copy(folder.appendingPathComponent("forged/\(name).\(ending)"), to: "capture/\(name).\(ending)")
    }
    try scratch.copy(folder.appendingPathComponent("forged/software-key.pub.pem"), to: "capture/software-key.pub.pem")
    let result = try examine(request(scratch.folder))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == Set(codes))
  }

  @Test(arguments: ["certify-ecc-by-rsa", "gettime", "nvcertify"])
  func anotherStatementProvesNothingAndIsRefusedInTheRoleOfAQuote(name: String) throws {
    let scratch = try ScratchCase()
    let folder = lab.appendingPathComponent("quotes-only")
    try scratch.copy(folder.appendingPathComponent("keys"), to: "keys")
    for ending in ["attest", "sig"] {
      try scratch.copy(folder.appendingPathComponent("other-attest/\(name).\(ending)"), to: "capture/\(name).\(ending)")
    }
    let listed = try examine(request(scratch.folder))
    #expect(listed.decidingCodes.isEmpty)
    #expect(listed.verdict == .inconclusive)
    try scratch.write(
      "version: 1\ncaptures:\n  capture:\n    roles:\n      \(name).attest: quote\n", to: "inquest.yaml")
    let posing = try examine(request(scratch.folder))
    #expect(posing.decidingCodes == ["quote.not-a-quote"])
    #expect(posing.verdict == .untrusted)
  }

  // MARK: Machines

  @Test(arguments: ["vmA-secureboot-ima-ng", "vmB-nosb-ima-sig", "vmE-containers", "vmG-legacy-ima-sha1"])
  func everyQuoteProvesExactlyThePrefixThatTheTruthNames(name: String) throws {
    let folder = lab.appendingPathComponent(name)
    let result = try examine(
      request(
        folder, anchors: [folder.appendingPathComponent("keys/ak-ca-root.pem")], collectedAt: "2026-11-23T06:00:00Z"))
    #expect(result.decidingCodes.isEmpty)
    #expect(result.verdict == .inconclusive)
    var compared = 0
    for boot in try FileManager.default.contentsOfDirectory(atPath: folder.path) where boot.hasPrefix("boot") {
      let truth = try json(folder.appendingPathComponent("\(boot)/truth.json"))
      for entry in try #require(truth["quotes"] as? [[String: Any]]) {
        let file = "\(boot)/" + (try #require(entry["quote"] as? String))
        let prefix = try #require((entry["ima_prefix"] as? [Int])?.first)
        let matches = result.allLogs.filter { $0.kind == .imaList }.flatMap(\.matches)
          .filter { $0.source == .quote(file) && $0.outcome != .endsBeforeQuote }
        #expect(!matches.isEmpty, "\(file)")
        #expect(matches.allSatisfy { $0.records == prefix && $0.range == prefix...prefix }, "\(file)")
        compared += 1
      }
    }
    #expect(compared >= 4)
  }

  /// One tampered file still carries the signature of the good one; all others verify.
  @Test func signaturesOfFilesAreVerifiedWithGivenKeys() throws {
    let folder = lab.appendingPathComponent("vmB-nosb-ima-sig")
    var asked = request(folder.appendingPathComponent("boot1"))
    let without = try #require(try examine(asked).hosts.first?.boots.first?.signatures)
    asked.fileSigningKeys = ["ima-rsa.pem", "ima-ec.der"].map {
      .init(folder.appendingPathComponent("keys/" + $0).path)
    }
    let result = try examine(asked)
    let bad = result.findings.filter { $0.code == .imaSignatureInvalid }
    #expect(bad.count == 1)
    #expect(bad.first?.message.contains("'/usr/bin/tree'") == true)
    #expect(bad.first?.record == 491)
    #expect(result.verdict == .untrusted)
    let signatures = try #require(result.hosts.first?.boots.first?.signatures)
    let counts = Dictionary(signatures.counts.map { ($0.outcome, $0.records) }, uniquingKeysWith: { first, _ in first })
    let before = Dictionary(without.counts.map { ($0.outcome, $0.records) }, uniquingKeysWith: { first, _ in first })
    #expect(counts[.unknownKey] == 0)
    #expect(before[.unknownKey] == (counts[.verified] ?? 0) + (counts[.invalid] ?? 0))
    #expect(signatures.keys.allSatisfy { $0.isGiven && $0.records > 0 })
    #expect(signatures.faults.first?.path == "/usr/bin/tree")
    #expect(result.parameters.filter { $0.name == "file-signing-key" }.count == 2)
  }

  @Test func anEmptyEventLogIsAbsentEvidenceAndNoMismatch() throws {
    let result = try examine(request(lab.appendingPathComponent("vmB-nosb-ima-sig")))
    let missing = result.findings.filter { $0.code == .logMissing }
    #expect(missing.count == 2)
    #expect(
      missing.allSatisfy {
        $0.message.contains("PCR 0-9, 14") && $0.message.contains("absent evidence, not a mismatch")
      })
    #expect(!result.findings.contains { $0.code == .logReplayMismatch })
  }

  @Test func theListsOfBothMachinesWithoutSHA384InTheKernelReplayAsPaddedSHA1() throws {
    for (name, records) in [("vmB-nosb-ima-sig", 429), ("vmG-legacy-ima-sha1", 421)] {
      let boot = lab.appendingPathComponent("\(name)/boot1")
      let replayed = try replay(
        LogReplayRequest(
          log: .init(boot.appendingPathComponent("q1/ima-after.bin").path),
          against: .init(boot.appendingPathComponent("tpm.txt").path)))
      #expect(replayed.agrees)
      #expect(replayed.matches.map(\.bank) == [.sha1, .sha256, .sha384])
      #expect(replayed.matches.allSatisfy { $0.found == records...records })
      #expect(replayed.matches.map(\.rule) == [.plain, .plain, .paddedSHA1])
    }
  }

  @Test func theBootAggregateNamesTheRuleThatMadeIt() throws {
    let expected = [
      "vmA-secureboot-ima-ng": "sha256 over PCR 0-9 of the sha256 bank",
      "vmB-nosb-ima-sig": "sha256 over PCR 0-9 of the sha256 bank",
      "vmE-containers": "sha256 over PCR 0-9 of the sha256 bank",
      "vmG-legacy-ima-sha1": "sha1 over PCR 0-7 of the sha1 bank",
    ]
    for (name, rule) in expected {
      let result = try examine(request(lab.appendingPathComponent(name)))
      let rules = result.allLogs.compactMap(\.bootAggregate)
      #expect(!rules.isEmpty && rules.allSatisfy { $0.hasPrefix(rule) }, "\(name): \(rules)")
    }
  }

  // MARK: Altered logs

  /// - lists beside the altered one: none, so that only an interval can be named where no hash tells the record.
  @Test(arguments: [
    ("ima-digest-edited.ima.bin", ["ima.template-hash-mismatch", "log.replay-mismatch"], 520...520),
    ("ima-entry-deleted.ima.bin", ["log.replay-mismatch"], 0...900),
    ("ima-truncated-600.ima.bin", ["log.replay-mismatch"], 0...600),
    ("ima-truncated-mid-entry.ima.bin", ["log.replay-mismatch"], 0...600),
    ("ima-violation-hidden.ima.bin", ["log.replay-mismatch"], 617...617),
    ("ima-bad-length.ima.bin", ["log.malformed", "log.replay-mismatch"], 0...700),
  ])
  func anAlteredListAloneIsFoundAndItsIntervalNamed(file: String, codes: [String], range: ClosedRange<Int>) throws {
    let scratch = try capture(replacing: "ima-after.bin", by: file, keepingOthers: false)
    let result = try examine(request(scratch.folder, anchors: [labRoot], collectedAt: "2026-11-23T06:00:00Z"))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == Set(codes))
    let mismatches = result.findings.filter { $0.code == .logReplayMismatch }
    #expect(mismatches.count == 2)
    #expect(mismatches.allSatisfy { $0.range == range })
  }

  @Test(arguments: [
    ("ima-digest-edited.ima.bin", 520), ("ima-entry-deleted.ima.bin", 578), ("ima-violation-hidden.ima.bin", 617),
  ])
  func anotherListOfTheBootShowsTheFirstAlteredRecord(file: String, record: Int) throws {
    let scratch = try capture(replacing: "ima-after.bin", by: file, keepingOthers: true)
    let result = try examine(request(scratch.folder, anchors: [labRoot], collectedAt: "2026-11-23T06:00:00Z"))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes.isSuperset(of: ["timeline.diverged", "log.replay-mismatch"]))
    #expect(result.findings.contains { $0.code == .timelineDiverged && $0.record == record })
    #expect(result.findings.contains { $0.code == .logReplayMismatch && $0.record == record })
  }

  @Test func aListCutInsideARecordIsSaidToBeTruncatedThere() throws {
    let scratch = try capture(replacing: "ima-after.bin", by: "ima-truncated-mid-entry.ima.bin", keepingOthers: false)
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    let cut = try #require(result.findings.first { $0.code == .logTruncated })
    #expect(cut.record == 600)
    #expect(cut.severity == .warning)
  }

  @Test(arguments: [
    ("evlog-data-edited.evlog.bin", ["event.digest-mismatch"], Optional(47)),
    ("evlog-sha1-edited.evlog.bin", ["event.digest-mismatch", "log.replay-mismatch"], 47),
    ("evlog-event-deleted.evlog.bin", ["log.replay-mismatch"], nil),
  ])
  func anAlteredEventLogIsFound(file: String, codes: [String], event: Int?) throws {
    let scratch = try capture(replacing: "binary_bios_measurements", by: file, keepingOthers: true)
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.verdict == .untrusted)
    #expect(result.decidingCodes == Set(codes))
    if let event {
      #expect(result.findings.contains { $0.code == .eventDigestMismatch && $0.record == event })
    }
  }

  @Test func aDeletedEventIsNamedWhereAnotherCaptureHasTheLog() throws {
    let scratch = try capture(
      replacing: "binary_bios_measurements", by: "evlog-event-deleted.evlog.bin", keepingOthers: true)
    try scratch.copy(machine.appendingPathComponent("boot1/q1"), to: "q1")
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.findings.contains { $0.code == .timelineDiverged && $0.record == 23 })
    #expect(result.findings.contains { $0.code == .logReplayMismatch && $0.record == 23 })
  }

  @Test func aQuoteOfAnotherBootBesideTheseLogsDoesNotMatchThem() throws {
    let scratch = try capture(replacing: nil, by: "", keepingOthers: true)
    for ending in ["attest", "sig", "pcrs"] {
      try scratch.copy(
        lab.appendingPathComponent("vmA-tampered-logs/quote-other-boot.\(ending)"), to: "q2/quote-other-boot.\(ending)")
    }
    let result = try examine(request(scratch.folder, anchors: [labRoot]))
    #expect(result.verdict == .untrusted)
    #expect(result.hosts.first?.boots.map(\.resetCount) == [3, 4])
    let mismatch = result.findings.filter { $0.code == .logReplayMismatch }
    #expect(!mismatch.isEmpty && mismatch.allSatisfy { $0.boot == "reset 4" })
  }

  /// The second collection's capture of the lab machine with one file replaced.
  private func capture(replacing name: String?, by altered: String, keepingOthers: Bool) throws -> ScratchCase {
    let scratch = try ScratchCase()
    try scratch.copy(machine.appendingPathComponent("keys"), to: "keys")
    try scratch.copy(machine.appendingPathComponent("boot1/q2"), to: "q2")
    if !keepingOthers {
      for other in ["ima-before.bin", "ima-after.ascii", "pcrread-before.txt", "pcrread-after.txt"] {
        try scratch.remove("q2/" + other)
      }
    }
    if let name { try scratch.copy(lab.appendingPathComponent("vmA-tampered-logs/" + altered), to: "q2/" + name) }
    return scratch
  }

  // MARK: Certificates

  @Test(arguments: [
    ("expired.pem", "key.expired-at-capture", Verdict.inconclusive),
    ("tls-eku.pem", "key.untrusted", .untrusted),
    ("other-key.pem", "key.unanchored", .inconclusive),
    ("bad-signature.der", "key.untrusted", .untrusted),
    ("signed-by-leaf.pem", "key.untrusted", .untrusted),
  ])
  func aBadCertificateNeverAnchorsTheKey(file: String, code: String, verdict: Verdict) throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    try scratch.remove("keys/ak-rsa.cert.pem")
    try scratch.copy(machine.appendingPathComponent("keys/ak-rsa.pub.pem"), to: "keys/ak-rsa.pub.pem")
    try scratch.copy(lab.appendingPathComponent("bad-certs/" + file), to: "keys/" + file)
    try scratch.copy(lab.appendingPathComponent("bad-certs/leaf-as-ca.pem"), to: "keys/leaf-as-ca.pem")
    // The leaf that poses as an issuer is for the same key; alone it is a good certificate.
    if file != "signed-by-leaf.pem" { try scratch.remove("keys/leaf-as-ca.pem") }
    let result = try examine(
      request(scratch.folder, anchors: [labRoot], policy: samples.appendingPathComponent("policies/proof-only.yaml")))
    #expect(result.verdict == verdict, "\(result.findings.map(\.message))")
    #expect(result.findings.contains { $0.code.rawValue == code })
  }

  private func json(_ file: URL) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }
}
