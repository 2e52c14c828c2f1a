import ByteReading
import Digests
import Foundation
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport
import Testing

/// `lab/quotes-only`: quotes of a software TPM, each with a written truth.
@Suite(.enabled(if: Corpus.isPresent)) struct LabQuoteTests {
  private let manifest: LabManifest
  private let verifier: QuoteVerifier
  private let folder = "lab/quotes-only/"

  init() throws {
    manifest = try LabManifest.read()
    verifier = QuoteVerifier(ring: try LabManifest.ring(manifest), anchors: [])
  }

  /// All but the one quote that the tool refused to make.
  private var quotes: [LabManifest.Quote] { manifest.quotes.filter { $0.pcrDigest != nil } }

  private func verified(_ label: String) throws -> VerifiedQuote {
    let path = folder + "quotes/" + label
    return verifier.verify(try Files.quote(path + ".attest", path + ".sig", path + ".pcrs"), at: nil)
  }

  @Test func everyQuoteOfTheLabIsSignedByTheKeyThatTheManifestNames() throws {
    #expect(quotes.count == 57)
    for quote in quotes {
      let verified = try verified(quote.label)
      let key = try #require(manifest.keys[quote.key])
      guard case .verifies(let use) = verified.signature else {
        Issue.record("\(quote.label): \(verified.signature)")
        continue
      }
      #expect(use.scheme.name == key.scheme, "\(quote.label)")
      #expect(use.hash.name == key.hash, "\(quote.label)")
      // The second verifier found the salt as long as the digest.
      #expect(use.saltLength == (use.scheme == .rsapss ? use.hash.digestByteCount : nil), "\(quote.label)")
      #expect(verified.key?.name.map { hexText($0) } == key.name, "\(quote.label)")
      #expect(verified.isAuthentic, "\(quote.label)")
      #expect(verified.digestAlgorithm?.name == key.hash, "\(quote.label)")
    }
  }

  @Test func everyQuoteOfTheLabHoldsTheClockNonceAndSelectionOfTheManifest() throws {
    for quote in quotes {
      let verified = try verified(quote.label)
      let attestation = try #require(verified.attestation)
      let information = try #require(verified.information)
      #expect(attestation.clock.clock == quote.clock, "\(quote.label)")
      #expect(attestation.clock.resetCount == quote.resetCount, "\(quote.label)")
      #expect(attestation.clock.restartCount == quote.restartCount, "\(quote.label)")
      #expect(attestation.clock.isSafe == (quote.safe == 1), "\(quote.label)")
      #expect(hexText(attestation.nonce) == quote.extraData, "\(quote.label)")
      #expect(hexText(attestation.nonce) == quote.nonceHex ?? "", "\(quote.label)")
      #expect(hexText(information.digest) == quote.pcrDigest, "\(quote.label)")
      let banks = try #require(quote.selectionParsed)
      #expect(information.selection.banks.map { $0.algorithm?.name } == banks.map(\.name), "\(quote.label)")
      #expect(information.selection.banks.map(\.registers) == banks.map(\.registers), "\(quote.label)")
    }
  }

  @Test func theRegisterValuesOfEveryQuoteOfTheLabHashToItsDigest() throws {
    for quote in quotes {
      let verified = try verified(quote.label)
      let values = try #require(verified.provenRegisters, "\(quote.label): \(String(describing: verified.registers))")
      for bank in try #require(quote.selectionParsed) {
        let algorithm = try #require(HashAlgorithm(name: bank.name))
        #expect(values.registers(of: algorithm) == bank.registers, "\(quote.label)")
      }
    }
  }

  @Test func theValuesOfAStateAreThoseThatTheTPMListedThen() throws {
    let listing = try #require(RegisterListing(try Corpus.bytes(folder + "quotes/pcrread-s1.txt")))
    for label in ["s1-rsassa-sha256-all24", "s1-ecdsa-p256-sha256-all3banks-pcr10", "s1-rsapss-sha256-sha384"] {
      let values = try #require(try verified(label).provenRegisters)
      for bank in values.banks {
        for register in values.registers(of: bank) {
          #expect(values[bank, register] == listing.values[bank, register], "\(label) \(bank):\(register)")
        }
      }
    }
  }

  @Test func theQualifiedNameOfEveryQuoteOfTheLabIsThatOfItsKeyBelowAnEndorsementKey() throws {
    for quote in quotes { #expect(try verified(quote.label).name == .matches, "\(quote.label)") }
  }

  @Test func withoutTheEndorsementKeyTheQualifiedNameCannotBeComputed() throws {
    let path = folder + "quotes/s1-rsassa-sha256-sha256"
    let ring = KeyRing([try Files.publicAreaSource(folder + "keys/ak-rsassa-sha256.pub.tpm2b")])
    let verified = QuoteVerifier(ring: ring, anchors: []).verify(
      try Files.quote(path + ".attest", path + ".sig"), at: nil)
    #expect(
      verified.name
        == .notComputable(missing: "the public area of the key's parent, which its qualified name is made of"))
    #expect(verified.isAuthentic)
    #expect(verified.registers == .notSupplied)
    let bare = KeyRing([try Files.publicKeySource(folder + "keys/ak-rsassa-sha256.pub.pem")])
    let withBareKey = QuoteVerifier(ring: bare, anchors: []).verify(
      try Files.quote(path + ".attest", path + ".sig"), at: nil)
    #expect(
      withBareKey.name == .notComputable(missing: "the key's TPM public area, which its name is made of"))
    #expect(withBareKey.isAuthentic)
  }

  @Test(arguments: ["rsassa", "ecdsa"]) func aBareSignatureIsTriedWithEverySchemeAndHash(scheme: String) throws {
    let path = folder + "quotes/s1-plain-format-" + scheme
    var quote = UnverifiedQuote(file: path, attestation: Files.attestation(try Corpus.bytes(path + ".attest")))
    quote.signature = .present(.bare(try Corpus.bytes(path + ".plain.sig")))
    let verified = verifier.verify(quote, at: nil)
    guard case .verifies(let use) = verified.signature else {
      Issue.record("\(verified.signature)")
      return
    }
    #expect(use.scheme.name == scheme)
    #expect(use.hash == .sha256)
    #expect(verified.isAuthentic)
  }

  @Test func bareRegisterValuesAreLabelledByTheSignedSelection() throws {
    let path = folder + "quotes/s1-pcrformat-values"
    var quote = try Files.quote(path + ".attest", path + ".sig")
    let bytes = try Corpus.bytes(path + ".pcrs")
    quote.registers = .present(.bare(bytes))
    let verified = verifier.verify(quote, at: nil)
    #expect(verified.provenRegisters != nil)
    #expect(verified.isAuthentic)
    quote.registers = .present(.bare(bytes + [0]))
    #expect(
      verifier.verify(quote, at: nil).registers
        == .unreadable("\(bytes.count + 1) bytes do not fit the signed selection"))
    var changed = bytes
    changed[0] ^= 1
    quote.registers = .present(.bare(changed))
    guard case .differ = verifier.verify(quote, at: nil).registers else {
      Issue.record("changed values hash to the digest")
      return
    }
  }

  @Test func statementsThatAreNoQuotesVerifyButAreNotAuthenticQuotes() throws {
    for (name, kind) in [("certify-ecc-by-rsa", "certify"), ("gettime", "time"), ("nvcertify", "nv")] {
      let path = folder + "other-attest/" + name
      let verified = verifier.verify(try Files.quote(path + ".attest", path + ".sig"), at: nil)
      guard case .verifies = verified.signature else {
        Issue.record("\(name): \(verified.signature)")
        continue
      }
      #expect(verified.attestation?.attested.kind == kind)
      #expect(verified.information == nil)
      #expect(!verified.isAuthentic)
    }
  }

  @Test func noForgedQuoteIsAuthentic() throws {
    #expect(manifest.forged.count == 7)
    for forgery in manifest.forged {
      let path = folder + "forged/" + forgery.file
      let verified = verifier.verify(try Files.quote(path + ".attest", path + ".sig"), at: nil)
      #expect(!verified.isAuthentic, "\(forgery.file)")
      if ["truncated", "trailing"].contains(forgery.file) {
        #expect(verified.attestation == nil, "\(forgery.file)")
      } else {
        // All name a key of the lab, which did not sign them.
        #expect(verified.signature == .invalid(triedKeys: 1), "\(forgery.file)")
      }
    }
  }

  @Test func aQuoteByASoftwareKeyVerifiesButNamesAnotherKeyAndIsNotTrusted() throws {
    let sources = try manifest.keys.keys.sorted().map {
      try Files.publicAreaSource(folder + "keys/ak-\($0).pub.tpm2b")
    }
    let parents = try ["ek-rsa", "ek-ecc384"].map { try Files.publicAreaSource(folder + "keys/\($0).pub.tpm2b") }
    let software = try Files.publicKeySource(folder + "forged/software-key.pub.pem")
    let path = folder + "forged/software-signed"
    let quote = try Files.quote(path + ".attest", path + ".sig")
    let verified = QuoteVerifier(ring: KeyRing(sources + parents + [software]), anchors: []).verify(quote, at: nil)
    guard case .verifies = verified.signature, case .differs? = verified.name else {
      Issue.record("\(verified.signature) \(String(describing: verified.name))")
      return
    }
    #expect(!verified.isAuthentic)
    // Alone, nothing but the trust in its key tells.
    let alone = QuoteVerifier(ring: KeyRing([software]), anchors: []).verify(quote, at: nil)
    #expect(alone.isAuthentic)
    guard case .unanchored? = alone.trust else {
      Issue.record("\(String(describing: alone.trust))")
      return
    }
  }

  @Test(arguments: ["s1-rsassa-sha256-all3banks-pcr10", "s1-ecdsa-p256-sha256-nononce", "s1-rsapss-sha256-sha1"])
  func noFlippedByteOfAStatementOrItsSignatureStaysAuthentic(label: String) throws {
    let path = folder + "quotes/" + label
    let attest = try Corpus.bytes(path + ".attest")
    let signature = try Corpus.bytes(path + ".sig")
    #expect(verifier.verify(try Files.quote(path + ".attest", path + ".sig"), at: nil).isAuthentic)
    for mask: UInt8 in [0x01, 0x80, 0xff] {
      for index in attest.indices {
        var changed = attest
        changed[index] ^= mask
        let quote = UnverifiedQuote(
          file: label, attestation: Files.attestation(changed), signature: Files.signature(signature))
        #expect(!verifier.verify(quote, at: nil).isAuthentic, "byte \(index) of the statement")
      }
      for index in signature.indices {
        var changed = signature
        changed[index] ^= mask
        let quote = UnverifiedQuote(
          file: label, attestation: Files.attestation(attest), signature: Files.signature(changed))
        #expect(!verifier.verify(quote, at: nil).isAuthentic, "byte \(index) of the signature")
      }
    }
  }

  @Test func noFlippedByteOfARegisterValueHashesToTheDigest() throws {
    let path = folder + "quotes/s1-rsassa-sha256-all3banks-pcr10"
    let bytes = try Corpus.bytes(path + ".pcrs")
    var quote = try Files.quote(path + ".attest", path + ".sig", path + ".pcrs")
    let values = try #require(verifier.verify(quote, at: nil).provenRegisters)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x10
      quote.registers = Files.registers(changed)
      // A byte of an unused slot changes nothing.
      if let proven = verifier.verify(quote, at: nil).provenRegisters { #expect(proven == values, "byte \(index)") }
    }
  }
}
