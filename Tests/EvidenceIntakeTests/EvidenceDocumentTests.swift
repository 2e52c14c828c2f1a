import ByteReading
import Digests
import EvidenceIntake
import Foundation
import TestSupport
import Testing

/// Evidence inside what other tools write. The parts are compared with the same bytes taken out by others.
@Suite struct EvidenceDocumentTests {
  private static let attestations = "quotes/google+go-tpm-tools/internal/test/attestations/"
  private static let dump = "quotes/google+go-attestation/attest/testdata/windows_gcp_shielded_vm.json"
  private static let besides = "eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm."

  private func parts(_ files: [EvidenceFile]) -> [String: EvidenceFile] {
    Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
  }

  /// Nobody can hide a log behind ten thousand nonces without a word.
  @Test func whatLiesBehindTheLimitIsSaidToBeLeftOut() throws {
    let log = try Data(
      contentsOf: projectRoot.appendingPathComponent("samples/clean/capture/binary_bios_measurements"))
    for (count, isSaid) in [(9_999, false), (10_000, true)] {
      let nonces = (0..<count).map { "\"nonce\($0)\":\"00ff\"" }.joined(separator: ",")
      let text = "{\"log\":\"\(log.base64EncodedString())\",\(nonces)}"
      let files = evidenceFiles(Array(text.utf8), path: "d.json")
      guard case .document(let document) = try #require(files.first).content else {
        Issue.record("no document")
        return
      }
      #expect(document.parts.count == 10_000)
      #expect(document.problems.map(\.expected) == (isSaid ? ["at most 10000"] : []))
      if isSaid { #expect(document.problems.first?.offset == text.utf8.count - "\"00ff\"}".utf8.count) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func aDumpOfGoAttestationHasQuoteSignatureKeyLogAndRegisters() throws {
    let files = evidenceFiles(try Corpus.bytes(Self.dump), path: "d.json")
    #expect(files[0].content.kind == "evidence-json")
    let byPath = parts(files)
    for (name, ending) in [
      ("Quote.Quote", "quote.bin"), ("Quote.Signature", "quote.sig"), ("Log.Raw", "eventlog.bin"),
      ("AK.Public", "ak.pub.bin"),
    ] {
      #expect(try byPath["d.json/" + name]?.size == Corpus.bytes(Self.besides + ending).count, "\(name)")
    }
    guard case .registerListing(let listing)? = byPath["d.json/Log.PCRs"]?.content else {
      Issue.record("no register values")
      return
    }
    let golden = try #require(
      try JSONSerialization.jsonObject(with: Data(Corpus.bytes(Self.besides + "pcrs.json")))
        as? [String: [String: String]])
    let sha1 = try #require(golden["sha1"])
    #expect(sha1.count == 24 && listing.values.registers(of: .sha1).count == 24)
    for (register, text) in sha1 {
      #expect(listing.values[.sha1, try #require(Int(register))] == bytesOfHex(text), "PCR \(register)")
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"), arguments: ["gce-cos-85-no-nonce", "gce-cos-85-nonce9009"])
  func anAttestationOfGoTPMToolsHasThreeQuotes(name: String) throws {
    let files = evidenceFiles(try Corpus.bytes(Self.attestations + name + ".pb"), path: "a.pb")
    #expect(files[0].content.kind == "gotpm-attestation")
    let byPath = parts(files)
    #expect(byPath["a.pb/ak_cert"]?.content.kind == "x509-certificate")
    #expect(byPath["a.pb/event_log"]?.content.kind == "tcg-event-log")
    let folder = "eventlog/google__go-tpm-tools/internal/test/attestations/" + name
    let golden = try #require(
      try JSONSerialization.jsonObject(with: Data(Corpus.bytes(folder + ".pcrs.json"))) as? [String: [String: String]])
    for (index, bank) in [HashAlgorithm.sha1, .sha256, .sha384].enumerated() {
      let quote = try Corpus.bytes("\(folder).\(bank.name).quote.bin")
      #expect(byPath["a.pb/quotes[\(index)].quote"]?.size == quote.count)
      #expect(byPath["a.pb/quotes[\(index)].raw_sig"]?.content.kind == "tpm2-signature")
      guard case .registerListing(let listing)? = byPath["a.pb/quotes[\(index)].pcrs"]?.content else {
        Issue.record("no register values of \(bank)")
        continue
      }
      for (register, text) in try #require(golden[bank.name]) {
        #expect(listing.values[bank, try #require(Int(register))] == bytesOfHex(text), "\(bank) PCR \(register)")
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func aQuoteOfKeylimeHasThreeParts() throws {
    let text = try Corpus.bytes("quotes/keylime+rust-keylime/keylime/test-data/test-quote.txt")
    let files = evidenceFiles(text, path: "q.txt")
    #expect(files.map(\.path) == ["q.txt", "q.txt/quote.attest", "q.txt/quote.pcrs", "q.txt/quote.sig"])
    #expect(files.map(\.content.kind) == ["keylime-quote", "tpm2-quote", "tpm2-pcr-file", "tpm2-signature"])
    // The agent's answer, and a name that would lead elsewhere.
    let quoted = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    let json = "{\"results\": {\"a/../b.c\": \"\(quoted)\", \"hash_alg\": \"sha256\"}}"
    let name = "a____b_c"
    let paths = evidenceFiles(Array(json.utf8), path: "a.json").map(\.path)
    #expect(paths == ["a.json"] + ["attest", "pcrs", "sig"].map { "a.json/results.\(name).\($0)" })
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func logsAndListsInJSONAreFoundWhateverTheirNames() throws {
    let log = try Corpus.bytes(
      "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-sd-boot-fedora37.bin")
    let list = try String(
      decoding: Corpus.bytes("ima/hpe-security-lab+keylime-perf-tests/data/ima_log.txt").prefix(4000), as: UTF8.self)
    let lines = list.split(separator: "\n").dropLast().joined(separator: "\\n")
    let base64 = Data(log).base64EncodedString()
    let json = """
      {"mb_measurement_list": "\(base64)", "again": ["\(hexText(log))", "short"],
       "ima_measurement_list": "\(lines)\\n", "noise": "\(String(repeating: "QUJD", count: 60))"}
      """
    let files = evidenceFiles(Array(json.utf8), path: "a.json")
    #expect(
      files.map(\.path) == ["a.json", "a.json/again[0]", "a.json/ima_measurement_list", "a.json/mb_measurement_list"])
    #expect(files.map(\.content.kind).dropFirst() == ["tcg-event-log", "ima-list", "tcg-event-log"])
    #expect(files[1].size == log.count && files[3].size == log.count)
    // Cut inside the second text: what stood before is there, and the cut is said.
    let cut = evidenceFiles(Array(json.utf8.prefix(base64.utf8.count + 100)), path: "a.json")
    #expect(cut.map(\.path) == ["a.json", "a.json/mb_measurement_list"])
    guard case .document(let document) = cut[0].content else {
      Issue.record("no document")
      return
    }
    #expect(document.problems.count == 1)
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus")) func aSequenceOfLogsIsTakenApart() throws {
    let names = ["event-arch-linux.bin", "event-uefi-sha1-log.bin"]
    let logs = try names.map { try Corpus.bytes("eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/" + $0) }
    let bytes = logs.flatMap { log in (0..<4).map { UInt8(truncatingIfNeeded: log.count >> (8 * $0)) } + log }
    let files = evidenceFiles(bytes, path: "logs.bin")
    #expect(files.map(\.path) == ["logs.bin", "logs.bin/1.log", "logs.bin/2.log"])
    #expect(files.map(\.size).dropFirst() == logs.map(\.count)[...])
    for count in [bytes.count - 1, logs[0].count + 4 + 3] {
      #expect(evidenceFiles(Array(bytes.prefix(count)), path: "l")[0].content.kind != "event-log-sequence")
    }
  }

  @Test func documentsWithoutEvidenceAreNone() {
    let noise =
      "{\"Env\": [\"\(String(repeating: "QUJD", count: 100))\"], \"0\": \"\(String(repeating: "00", count: 200))\"}"
    #expect(evidenceFiles(Array(noise.utf8), path: "x.json").map(\.content.kind) == ["unrecognised"])
    // Register values alone are somebody's word on nothing.
    let registers =
      "{\"0\": \"\(String(repeating: "00", count: 32))\", \"pad\": \"\(String(repeating: "A", count: 200))\"}"
    #expect(evidenceFiles(Array(registers.utf8), path: "x.json").count == 1)
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus")) func cutAndChangedDocumentsNeverStopTheProgram() throws {
    let message = try Corpus.bytes(Self.attestations + "gce-cos-85-nonce9009.pb")
    // The head holds every nesting; the log and the certificate are one field each.
    let head = Array(message.prefix(4300))
    for index in stride(from: 0, to: head.count, by: 3) {
      _ = evidenceFiles(Array(message.prefix(index)), path: "a.pb")
      var changed = head
      changed[index] ^= 0xff
      _ = evidenceFiles(changed, path: "a.pb")
    }
    let quote = try Corpus.bytes("quotes/keylime+rust-keylime/keylime/test-data/test-quote.txt")
    for index in quote.indices { _ = evidenceFiles(Array(quote.prefix(index)), path: "q.txt") }
  }
}
