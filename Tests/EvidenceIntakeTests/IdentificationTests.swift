import ByteReading
import Digests
import EvidenceIntake
import TPMStructures
import TestSupport
import Testing

@Suite struct IdentificationTests {
  private func kind(_ path: String) throws -> String { identify(try Corpus.bytes(path), path: path).kind }

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      ("quotes/lab-swtpm/rsassa-3banks.msg", "tpm2-quote"),
      ("quotes/lab-swtpm/rsassa-3banks.sig", "tpm2-signature"),
      ("quotes/lab-swtpm/ecdsa-p384-sha384-tss.sig", "tpm2-signature"),
      ("quotes/lab-swtpm/rsassa-3banks.pcrs", "tpm2-pcr-file"),
      ("quotes/lab-swtpm/ak-ecdsa384.pub", "tpm2-public-area"),
      ("quotes/lab-swtpm/ak-ecdsa384.pem", "public-key"),
      ("quotes/lab-swtpm/ek.pub", "tpm2-public-area"),
      ("quotes/lab-swtpm/nonce.hex", "nonce"),
      ("quotes/lab-swtpm/pcrread.txt", "pcr-listing"),
      ("quotes/lab-swtpm/ima-sha1.binary_runtime_measurements", "ima-list"),
      ("quotes/keylime+keylime/test-data/files/quote.out", "tpm2-quote"),
      ("quotes/keylime+keylime/test-data/files/quotesig.out", "tpm2-signature"),
      ("quotes/keylime+keylime/test-data/files/quotepcr.out", "tpm2-pcr-file"),
      ("quotes/keylime+keylime/test-data/files/ak.pub", "tpm2-public-area"),
      ("quotes/keylime+keylime/test-data/files/akpub.pem", "public-key"),
      ("quotes/hpe-security-lab+keylime-perf-tests/extracted/message.bin", "tpm2-quote"),
      ("quotes/hpe-security-lab+keylime-perf-tests/extracted/signature.bin", "tpm2-signature"),
      ("quotes/hpe-security-lab+keylime-perf-tests/extracted/subject_data.bin", "tpm2-pcr-file"),
      ("quotes/hpe-security-lab+keylime-perf-tests/extracted/ak.tpm2b_public.bin", "tpm2-public-area"),
      ("quotes/opencit+opencit/services/aikqverify/src/test/resources/nonce_1887299699.data", "nonce"),
      ("quotes/opencit+opencit/services/aikqverify/src/test/resources/aikcert_1887299699.cer", "x509-certificate"),
      ("quotes/opencit+opencit/services/aikqverify/src/test/resources/rsapubkey_1887299699.key", "public-key"),
      ("quotes/intel-secl+intel-secl/pkg/lib/host-connector/test/aik.pem", "x509-certificate"),
      ("eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm.quote.bin", "tpm2-quote"),
      ("eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm.quote.sig", "tpm2-signature"),
      ("eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm.ak.pub.bin", "tpm2-public-area"),
      ("eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm.eventlog.bin", "tcg-event-log"),
      ("lab/quotes-only/other-attest/certify-ecc-by-rsa.attest", "tpm2-certify"),
      ("lab/quotes-only/other-attest/gettime.attest", "tpm2-time"),
      ("lab/quotes-only/other-attest/nvcertify.attest", "tpm2-nv"),
      ("lab/quotes-only/forged/truncated.attest", "tpm2-attestation-malformed"),
      ("lab/quotes-only/forged/trailing.attest", "tpm2-attestation-malformed"),
      ("lab/quotes-only/forged/bad-magic.attest", "tpm2-quote"),
      ("lab/quotes-only/certs/ek-rsa2048.nv.der", "x509-certificate"),
      ("lab/bad-certs/ek-cert-nv-padded.der", "x509-certificate"),
      ("lab/vmA-tampered-logs/evlog-event-deleted.evlog.bin", "tcg-event-log"),
      ("lab/vmA-tampered-logs/ima-bad-length.ima.bin", "ima-list"),
      ("lab/vmA-tampered-logs/ima-truncated-mid-entry.ima.bin", "ima-list"),
      ("lab/vmE-containers/img1.tar", "archive"),
    ])
  func aFileIsToldByItsContent(path: String, expected: String) throws {
    #expect(try kind(path) == expected)
    // Not by its name, except for a nonce.
    if expected != "nonce" { #expect(identify(try Corpus.bytes(path), path: "x").kind == expected) }
  }

  /// Bundles that this version does not open, and things that only look related.
  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      "quotes/lab-swtpm/rsassa-sha256-plain.sig", "quotes/lab-swtpm/ecdsa-p256-plain.sig",
      "quotes/lab-swtpm/rsassa-sha256-plain.pcrs", "quotes/keylime+keylime/test-data/files/ak.name",
      "quotes/keylime+keylime/test-data/files/mkcred.out", "quotes/keylime+keylime/test-data/files/nv.data",
      "quotes/keylime+keylime/test-data/files/allowlist-ec-sig.bin",
      "quotes/keylime+keylime/test-data/emulator-inputs.txt",
      "quotes/intel-secl+intel-secl/pkg/lib/host-connector/test/sample_tpm_quote.xml",
      "quotes/veraison+services/scheme/tpm-enacttrust/test/evidence/basic.token",
      "quotes/veraison+services/scheme/parsec-tpm/test/evidence/evidence.cbor",
      "quotes/opencit+opencit/services/aikqverify/src/test/resources/quote_52107955.data",
    ])
  func aFileOfAnotherFormatIsUnrecognised(path: String) throws {
    guard case .unrecognised = identify(try Corpus.bytes(path), path: path) else {
      Issue.record("\(path) is taken for \(try kind(path))")
      return
    }
  }

  @Test(arguments: [
    ("binary_bios_measurements", "tcg-event-log-empty"), ("host1.evlog", "tcg-event-log-empty"),
    ("eventlog.bin", "tcg-event-log-empty"), ("event_log", "tcg-event-log-empty"),
    ("binary_runtime_measurements", "ima-list-empty"), ("ascii_runtime_measurements_sha256", "ima-list-empty"),
    ("ima-after.bin", "ima-list-empty"), ("ima.log", "ima-list-empty"), ("IMA", "ima-list-empty"),
    ("image.txt", "empty"), ("images", "empty"), ("quote.sig", "empty"), ("nonce", "empty"), ("", "empty"),
  ])
  func anEmptyFileIsWhatItsNameSays(name: String, expected: String) {
    #expect(identify([], path: "case/host/" + name).kind == expected)
  }

  @Test func aTableOfRegistersInJSONIsAListingWhateverItsName() {
    let table = "{\"sha1\": {\"PCR-00\": \"0x\(String(repeating: "ab", count: 20))\"}}"
    for name in ["a/pcrs.json", "a/s0.pcrs", "x"] {
      #expect(identify(Array(table.utf8), path: name).kind == "pcr-listing", "\(name)")
    }
    #expect(identify(Array(table.replacing("PCR-00", with: "PCR-77").utf8), path: "x").kind == "unrecognised")
  }

  @Test func aTableBelowTheNameOfABankIsOfThatBank() throws {
    let quote = String(repeating: "A", count: 200)
    let digest = String(repeating: "ab", count: 32)
    let log = Array("10 \(String(repeating: "0", count: 40)) ima \(String(repeating: "0", count: 40)) /bin/sh\n".utf8)
    let text =
      "{\"x\": \"\(quote)\", \"list\": \"\(log.map { hexText([$0]) }.joined())\", \"sm3_256\": {\"7\": \"\(digest)\"}}"
    let files = evidenceFiles(Array(text.utf8), path: "d.json")
    let listing = try #require(files.first { $0.path == "d.json/sm3_256" })
    guard case .registerListing(let read) = listing.content else {
      Issue.record("no listing")
      return
    }
    #expect(read.values.banks == [.sm3_256])
  }

  @Test func aSoftwareTagIsToldByItsFirstElement() {
    func kind(_ text: String) -> String { identify(Array(text.utf8), path: "case/board.xml").kind }
    #expect(kind("<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\"/>") == "swid-tag")
    #expect(kind("<?xml version=\"1.0\"?>\n<a:SoftwareIdentity xmlns:a=\"urn:x\" name=\"b\"><broken") == "swid-tag")
    #expect(kind("<Report><SoftwareIdentity/></Report>") == "unrecognised")
    #expect(kind("<!DOCTYPE a><SoftwareIdentity/>") == "refused")
  }

  @Test func aNonceIsReadAsDigitsOrAsItsBytes() {
    func nonce(_ bytes: [UInt8], _ path: String) -> [UInt8]? {
      if case .nonce(let nonce) = identify(bytes, path: path) { nonce } else { nil }
    }
    #expect(nonce(Array("0aFf\n".utf8), "q/nonce.hex") == [0x0a, 0xff])
    #expect(nonce(Array("xyz".utf8), "NONCE") == Array("xyz".utf8))
    #expect(nonce([UInt8](repeating: 0x80, count: 64), "a-nonce-b") == [UInt8](repeating: 0x80, count: 64))
    #expect(nonce([UInt8](repeating: 0x80, count: 65), "nonce") == nil)
    #expect(nonce(Array("0aff".utf8), "other.hex") == nil)
  }

  @Test func aDescriptionIsToldByItsName() {
    #expect(identify(Array("hosts: []".utf8), path: "case/inquest.yaml").kind == "description")
    #expect(identify(Array("hosts: []".utf8), path: "case/INQUEST.YML").kind == "description")
    #expect(identify(Array("hosts: []".utf8), path: "case/other.yaml").kind == "unrecognised")
  }

  @Test(arguments: ["x", "x.sig", "x.pcrs", "x.attest", "x.pem", "binary_bios_measurements", "ima.bin"])
  func noPrefixOfRandomBytesIsRecognised(name: String) {
    var generator = SeededGenerator(state: 20_261_123)
    for round in 0..<2 {
      let bytes = (0..<1300).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      for length in 1...bytes.count {
        let found = identify(Array(bytes.prefix(length)), path: name).kind
        #expect(found == "unrecognised", "round \(round), \(length) bytes")
      }
    }
  }

  /// One in some ten thousand RSA signatures begins with the two bytes that decide about an unsupported scheme, about a log of
  /// JSON records or about gzip.
  @Test(arguments: [0x0005, 0x001a, 0x001b, 0x001c, 0x1e7b, 0x1f8b] as [UInt16])
  func aBareSignatureIsNotToldByTwoBytes(beginning: UInt16) {
    var generator = SeededGenerator(state: 20_261_126)
    for length in Signature.bareByteCounts {
      var bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
      bytes[0] = UInt8(beginning >> 8)
      bytes[1] = UInt8(beginning & 0xff)
      #expect(identify(bytes, path: "q.sig").kind == "unrecognised", "\(length) bytes")
    }
    if beginning < 0x100 {
      let other = [UInt8(0), UInt8(beginning)] + [UInt8](repeating: 7, count: 70)
      #expect(identify(other, path: "q.sig").kind == "tpm2-signature")
    }
  }

  @Test(arguments: [0, 1, 0x20, 0x30, 0x2d, 0xff] as [UInt8])
  func noRunOfOneByteIsRecognised(byte: UInt8) {
    for length in [1, 2, 4, 32, 64, 668, 1200, 4096, 20_000] {
      let found = identify([UInt8](repeating: byte, count: length), path: "x").kind
      #expect(found == "unrecognised", "\(length) bytes")
    }
  }

  @Test(
    .enabled(if: Corpus.isPresent),
    arguments: [
      "quotes/lab-swtpm/rsassa-3banks.msg", "quotes/lab-swtpm/ak-rsassa.pub", "quotes/lab-swtpm/ecdsa-p256-tss.sig",
      "lab/bad-certs/ek-cert-nv-padded.der",
    ])
  func noTruncationOfASmallFileIsTakenForAnother(path: String) throws {
    let bytes = try Corpus.bytes(path)
    let whole = identify(bytes, path: "x").kind
    for length in 1..<bytes.count {
      let found = identify(Array(bytes.prefix(length)), path: "x").kind
      // A certificate may lose some or all of its padding; a statement says what it was.
      let expected: Set<String> = ["unrecognised", "tpm2-attestation-malformed"]
      #expect(expected.contains(found) || (whole == "x509-certificate" && found == whole), "\(length) bytes: \(found)")
    }
  }
}
