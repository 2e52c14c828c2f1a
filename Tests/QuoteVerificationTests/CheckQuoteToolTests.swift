import ByteReading
import Foundation
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport
import Testing

/// The same question to `tpm2_checkquote`: does the signature verify, and do the values hash to the digest?
@Suite(.enabled(if: Corpus.isPresent && Tool.isInstalled("tpm2_checkquote"))) struct CheckQuoteToolTests {
  private func accepts(_ attest: String, _ signature: String, _ registers: String, key: String, hash: String) throws
    -> Bool
  {
    try Tool.run(
      "tpm2_checkquote",
      [
        "-u", Corpus.url(key).path, "-m", Corpus.url(attest).path, "-s", Corpus.url(signature).path,
        "-f", Corpus.url(registers).path, "-g", hash,
        // The tool takes an absent nonce for an empty one, so it gets what the statement holds.
        "-q", hexText(Files.attestation(try Corpus.bytes(attest)).value?.nonce ?? []),
      ]
    ).status == 0
  }

  private func verified(_ attest: String, _ signature: String, _ registers: String, key: String) throws -> VerifiedQuote
  {
    QuoteVerifier(ring: KeyRing([try Files.publicKeySource(key)]), anchors: [])
      .verify(try Files.quote(attest, signature, registers), at: nil)
  }

  private func accepts(_ verified: VerifiedQuote) -> Bool {
    if case .verifies = verified.signature { verified.provenRegisters != nil } else { false }
  }

  @Test func theToolAgreesAboutEveryQuoteOfTheLabButForRSAPSS() throws {
    let manifest = try LabManifest.read()
    var agreed = 0
    for quote in manifest.quotes where quote.pcrDigest != nil {
      let path = "lab/quotes-only/quotes/" + quote.label
      let key = "lab/quotes-only/keys/ak-\(quote.key).pub.pem"
      let ours = try verified(path + ".attest", path + ".sig", path + ".pcrs", key: key)
      let hash = try #require(manifest.keys[quote.key]?.hash)
      let theirs = try accepts(path + ".attest", path + ".sig", path + ".pcrs", key: key, hash: hash)
      #expect(accepts(ours), "\(quote.label)")
      if manifest.keys[quote.key]?.scheme == "rsapss" {
        // Version 5.4 takes every RSA signature for PKCS#1 v1.5 when the key is PEM, and so refuses good ones.
        continue
      }
      #expect(theirs, "\(quote.label)")
      agreed += 1
    }
    #expect(agreed == 44)
  }

  @Test func theToolAgreesAboutValuesThatBelongToAnotherQuote() throws {
    let key = "lab/quotes-only/keys/ak-ecdsa-p256-sha256.pub.pem"
    let folder = "lab/quotes-only/quotes/"
    for (first, second) in [("s2-series0-ecdsa", "s2-series1-ecdsa"), ("s2-series3-ecdsa", "s2-series2-ecdsa")] {
      let files = (folder + first + ".attest", folder + first + ".sig", folder + second + ".pcrs")
      #expect(try !accepts(verified(files.0, files.1, files.2, key: key)))
      #expect(try !accepts(files.0, files.1, files.2, key: key, hash: "sha256"))
      let swapped = (folder + first + ".attest", folder + second + ".sig", folder + first + ".pcrs")
      #expect(try !accepts(verified(swapped.0, swapped.1, swapped.2, key: key)))
      #expect(try !accepts(swapped.0, swapped.1, swapped.2, key: key, hash: "sha256"))
    }
  }

  @Test func aRelabelledPCRFileIsRefusedHereAlthoughTheToolAcceptsIt() throws {
    let folder = "quotes/lab-swtpm/"
    let files = (
      folder + "rsassa-sha256-tss.msg", folder + "rsassa-sha256-tss.sig",
      folder + "NEGATIVE-relabelled-pcr10-as-23.pcrs"
    )
    let ours = try verified(files.0, files.1, files.2, key: folder + "ak-rsassa.pem")
    #expect(!accepts(ours))
    // Version 5.4 compares the digest only and takes the indexes from the file that nobody signed; repaired in 5.6.1.
    #expect(try accepts(files.0, files.1, files.2, key: folder + "ak-rsassa.pem", hash: "sha256"))
  }
}
