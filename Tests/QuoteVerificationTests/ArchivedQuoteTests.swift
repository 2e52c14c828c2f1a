import ByteReading
import Digests
import Foundation
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport
import Testing

/// Quotes that other projects archived as raw TPM 2.0 structures.
@Suite(.enabled(if: Corpus.isPresent)) struct ArchivedQuoteTests {
  private func verify(
    _ attest: String, _ signature: String, _ registers: String? = nil, keys: [String]
  ) throws -> VerifiedQuote {
    QuoteVerifier(ring: KeyRing(try keys.map(Files.publicAreaSource)), anchors: [])
      .verify(try Files.quote(attest, signature, registers), at: nil)
  }

  @Test func theQuoteOfKeylimesTestDataVerifies() throws {
    let folder = "quotes/keylime+keylime/test-data/files/"
    let verified = try verify(
      folder + "quote.out", folder + "quotesig.out", folder + "quotepcr.out",
      keys: [folder + "ak.pub", folder + "ek.pub"])
    #expect(verified.signature.verifies(.rsassa, .sha256))
    #expect(verified.information?.selection.banks == [.init(rawAlgorithm: 0x0b, registers: [15, 16, 22])])
    #expect(verified.provenRegisters?.registers(of: .sha256) == [15, 16, 22])
    #expect(verified.attestation?.firmwareVersion.description.isEmpty == false)
    #expect(try verified.key?.name == Corpus.bytes(folder + "ak.name"))
    #expect(verified.name == .matches)
    #expect(verified.isAuthentic)
  }

  @Test func theQuoteOfKeylimesPerformanceTestsVerifies() throws {
    let folder = "quotes/hpe-security-lab+keylime-perf-tests/extracted/"
    let verified = try verify(
      folder + "message.bin", folder + "signature.bin", folder + "subject_data.bin",
      keys: [folder + "ak.tpm2b_public.bin"])
    #expect(verified.signature.verifies(.rsassa, .sha256))
    #expect(verified.provenRegisters?.registers(of: .sha256) == Array(0...16))
    #expect(verified.key?.publicArea?.attributes.rawValue == 0x50072)
    #expect(verified.isAuthentic)
  }

  @Test func theQuoteOfAShieldedWindowsMachineVerifies() throws {
    let path = "eventlog/google__go-attestation/attest/testdata/windows_gcp_shielded_vm"
    let verified = try verify(path + ".quote.bin", path + ".quote.sig", keys: [path + ".ak.pub.bin"])
    #expect(verified.signature.verifies(.rsassa, .sha1))
    #expect(verified.attestation?.nonce == [])
    try expectDigest(verified, ofListing: path + ".pcrs.json", bank: .sha1)
  }

  @Test(arguments: ["no-nonce", "nonce9009"], ["sha1", "sha256", "sha384"])
  func theQuotesOfACloudMachineVerifyAndTheirDigestsAreOfTheSigningHash(nonce: String, bank: String) throws {
    let path = "eventlog/google__go-tpm-tools/internal/test/attestations/gce-cos-85-" + nonce
    let verified = try verify(path + ".\(bank).quote.bin", path + ".\(bank).quote.sig", keys: [path + ".ak.pub.bin"])
    #expect(verified.signature.verifies(.rsassa, .sha256))
    #expect(verified.attestation?.nonce == (nonce == "nonce9009" ? [0x90, 0x09] : []))
    #expect(verified.information?.digest.count == 32)
    try expectDigest(verified, ofListing: path + ".pcrs.json", bank: try #require(HashAlgorithm(name: bank)))
  }

  /// The values lie in a JSON file of the corpus: bank, then register, then digits.
  private func expectDigest(_ verified: VerifiedQuote, ofListing path: String, bank: HashAlgorithm) throws {
    let banks = try JSONDecoder().decode([String: [String: String]].self, from: Data(try Corpus.bytes(path)))
    var values = RegisterValues()
    for (register, digits) in try #require(banks[bank.name]) {
      values[bank, try #require(Int(register))] = bytesOfHex(digits)
    }
    let information = try #require(verified.information)
    #expect(information.selection.banks == [.init(rawAlgorithm: bank.rawValue, registers: Array(0..<24))])
    let algorithm = try #require(verified.digestAlgorithm)
    #expect(pcrDigest(of: values, selection: information.selection, algorithm: algorithm) == information.digest)
    #expect(verified.isAuthentic)
  }

  /// Quotes inside CBOR, XML and command traces, and those of TPM 1.2, are not read by this version.
  @Test(arguments: [
    "intel-secl+intel-secl/pkg/lib/host-connector/test/sample_tpm_quote.xml",
    "keylime+keylime/test-data/emulator-inputs.txt",
    "opencit+opencit/services/aikqverify/src/test/resources/quote_1887299699.data",
    "opencit+opencit/services/aikqverify/src/test/resources/quote_2124405887.data",
    "opencit+opencit/services/aikqverify/src/test/resources/quote_415671737.data",
    "opencit+opencit/services/aikqverify/src/test/resources/quote_52107955.data",
    "veraison+services/scheme/parsec-tpm/test/evidence/evidence.cbor",
    "veraison+services/scheme/tpm-enacttrust/test/evidence/basic.token",
  ])
  func aBundleThatIsNotReadYetIsNoStatement(path: String) throws {
    // A statement of an unknown type with another magic is what any bytes can be read as.
    guard let statement = Files.attestation(try Corpus.bytes("quotes/" + path)).value else { return }
    #expect(!statement.isGeneratedByTPM, "\(path) is read: move it to the tests of its format")
    #expect(statement.attested.kind == "other")
  }
}

/// `quotes/lab-swtpm`: the same registers quoted under every scheme, order of banks and file format.
@Suite(.enabled(if: Corpus.isPresent)) struct SoftwareTPMQuoteTests {
  private let folder = "quotes/lab-swtpm/"
  private let verifier: QuoteVerifier

  init() throws {
    let folder = folder
    verifier = QuoteVerifier(
      ring: KeyRing(
        try ["ak-ecdsa", "ak-ecdsa384", "ak-rsapss", "ak-rsassa", "ek"].map {
          try Files.publicAreaSource(folder + $0 + ".pub")
        }), anchors: [])
  }

  private static let quotes: [(String, SignatureScheme, HashAlgorithm, [String])] = [
    ("ecdsa-p256-tss", .ecdsa, .sha256, ["sha256"]), ("ecdsa-p384-sha384-tss", .ecdsa, .sha384, ["sha384"]),
    ("ecdsa-p384-sha384-over-sha256bank", .ecdsa, .sha384, ["sha256"]),
    ("rsapss-sha256-tss", .rsapss, .sha256, ["sha256"]), ("rsassa-sha256-tss", .rsassa, .sha256, ["sha256"]),
    ("rsassa-3banks", .rsassa, .sha256, ["sha256", "sha384", "sha1"]),
    ("rsassa-sha1first", .rsassa, .sha256, ["sha1", "sha256"]),
    ("rsassa-sha256first", .rsassa, .sha256, ["sha256", "sha1"]),
  ]

  @Test(arguments: quotes.indices) func aQuoteVerifiesAndItsValuesHashToItsDigest(index: Int) throws {
    let (name, scheme, hash, banks) = Self.quotes[index]
    let quote = try Files.quote(folder + name + ".msg", folder + name + ".sig", folder + name + ".pcrs")
    let verified = verifier.verify(quote, at: nil)
    let salt = scheme == .rsapss ? 32 : nil
    #expect(verified.signature.verifies(scheme, hash, saltLength: salt), "\(name)")
    #expect(verified.information?.selection.banks.map { $0.algorithm?.name ?? "" } == banks, "\(name)")
    #expect(verified.name == .matches, "\(name)")
    #expect(verified.isAuthentic, "\(name)")
    let text = String(decoding: try Corpus.bytes(folder + "nonce.hex"), as: UTF8.self)
    #expect(verified.attestation?.nonce == bytesOfHex(text.filter { !$0.isWhitespace }), "\(name)")
    let listing = try #require(RegisterListing(try Corpus.bytes(folder + "pcrread.txt")))
    for bank in try #require(verified.provenRegisters, "\(name)").banks {
      #expect(verified.provenRegisters?[bank, 10] == listing.values[bank, 10], "\(name) \(bank)")
    }
  }

  @Test(arguments: [
    ("ecdsa-p256", SignatureScheme.ecdsa, nil), ("rsapss-sha256", .rsapss, 32), ("rsassa-sha256", .rsassa, nil),
  ])
  func aPlainSignatureVerifiesWithoutItsSchemeBeingTold(name: String, scheme: SignatureScheme, salt: Int?) throws {
    let path = folder + name + "-plain"
    let signature = try Corpus.bytes(path + ".sig")
    var quote = UnverifiedQuote(
      file: path, attestation: Files.attestation(try Corpus.bytes(path + ".msg")), signature: .present(.bare(signature))
    )
    let registers = try Corpus.bytes(path + ".pcrs")
    // One of the three archives holds bare values beside its bare signature.
    quote.registers =
      RegisterFile.hasPlausibleByteCount(registers.count) ? Files.registers(registers) : .present(.bare(registers))
    let verified = verifier.verify(quote, at: nil)
    #expect(verified.signature.verifies(scheme, .sha256, saltLength: salt))
    #expect(verified.provenRegisters != nil)
    #expect(verified.isAuthentic)
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      quote.signature = .present(.bare(changed))
      #expect(!verifier.verify(quote, at: nil).isAuthentic, "byte \(index)")
    }
  }

  @Test func aFileThatLabelsRegister10AsAnotherIsOfAnotherSelection() throws {
    let quote = try Files.quote(
      folder + "rsassa-sha256-tss.msg", folder + "rsassa-sha256-tss.sig",
      folder + "NEGATIVE-relabelled-pcr10-as-23.pcrs")
    let verified = verifier.verify(quote, at: nil)
    guard case .otherSelection(let labelled)? = verified.registers else {
      Issue.record("\(String(describing: verified.registers))")
      return
    }
    #expect(labelled.banks.first?.registers.contains(23) == true)
    #expect(labelled.banks.first?.registers.contains(10) == false)
    #expect(verified.isAuthentic)
    #expect(verified.provenRegisters == nil)
  }
}
