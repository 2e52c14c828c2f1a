import Digests
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct QuoteVerifierTests {
  private let folder = "lab/quotes-only/"
  private let rsa = "lab/quotes-only/keys/ak-rsassa-sha256.pub.tpm2b"
  private let elliptic = "lab/quotes-only/keys/ak-ecdsa-p256-sha256.pub.tpm2b"

  private func quote() throws -> UnverifiedQuote {
    let path = folder + "quotes/s1-rsassa-sha256-sha256"
    return try Files.quote(path + ".attest", path + ".sig", path + ".pcrs")
  }

  private func verify(_ quote: UnverifiedQuote, keys: [String], isLocal: (KnownKey) -> Bool = { _ in true }) throws
    -> VerifiedQuote
  {
    QuoteVerifier(ring: KeyRing(try keys.map(Files.publicAreaSource)), anchors: [])
      .verify(quote, at: nil, isLocal: isLocal)
  }

  @Test func withoutASignatureOrAKeyNothingIsAuthentic() throws {
    var quote = try quote()
    #expect(try verify(quote, keys: []).signature == .noKey)
    #expect(try verify(quote, keys: [elliptic]).signature == .noKey)
    quote.signature = .absent
    let unsigned = try verify(quote, keys: [rsa])
    #expect(unsigned.signature == .missing)
    #expect(!unsigned.isAuthentic)
    // Its values still hash to the digest that it claims.
    #expect(unsigned.provenRegisters != nil)
  }

  @Test func aSignatureThatNoFittingKeyMadeIsInvalidOnlyWhenTheKeyIsOfTheHost() throws {
    let path = folder + "quotes/s1-rsassa-sha256-sha256"
    let other = folder + "quotes/s1-rsassa-sha256-sha1"
    let quote = try Files.quote(path + ".attest", other + ".sig")
    let invalid = try verify(quote, keys: [rsa])
    #expect(invalid.signature == .invalid(triedKeys: 1))
    #expect(invalid.withAbsentSigner.signature == .noKey)
    #expect(try verify(quote, keys: [rsa], isLocal: { _ in false }).signature == .noKey)
  }

  @Test(arguments: [0, 0x10, 0x1234, 0xffff] as [UInt16])
  func aSignatureWithAHashThatNobodyKnowsIsUnsupportedAndNotInvalid(hash: UInt16) throws {
    var quote = try quote()
    quote.signature = .present(.rsassa(hash: hash, [UInt8](repeating: 1, count: 256)))
    #expect(try verify(quote, keys: [rsa, folder + "keys/ek-rsa.pub.tpm2b"]).signature == .unsupported(scheme: 0x14))
    quote.signature = .present(.ecdsa(hash: hash, r: [1], s: [1]))
    #expect(try verify(quote, keys: [elliptic]).signature == .unsupported(scheme: 0x18))
  }

  @Test func anECDSASignatureOfNumbersTooLongForAnyCurveIsInvalid() throws {
    var quote = try quote()
    quote.signature = .present(.ecdsa(hash: 0x0b, r: [UInt8](repeating: 1, count: 129), s: [1]))
    #expect(try verify(quote, keys: [elliptic]).signature == .invalid(triedKeys: 1))
  }

  @Test func theDigestMustCoverTheSignedSelectionInItsOwnOrder() throws {
    let path = folder + "quotes/s1-rsassa-sha256-sha256+sha1-reversed"
    let verified = try verify(try Files.quote(path + ".attest", path + ".sig", path + ".pcrs"), keys: [rsa])
    let values = try #require(verified.provenRegisters)
    let information = try #require(verified.information)
    #expect(pcrDigest(of: values, selection: information.selection, algorithm: .sha256) == information.digest)
    let turned = RegisterSelection(banks: information.selection.banks.reversed())
    #expect(pcrDigest(of: values, selection: turned, algorithm: .sha256) != information.digest)
    let more = RegisterSelection(banks: [.init(rawAlgorithm: 0x0b, registers: [10, 11])])
    #expect(pcrDigest(of: values, selection: more, algorithm: .sha256) == nil)
    let unknown = RegisterSelection(banks: [.init(rawAlgorithm: 0x99, registers: [10])])
    #expect(pcrDigest(of: values, selection: unknown, algorithm: .sha256) == nil)
  }
}

/// The key of `vmA-secureboot-ima-ng` with each of the certificates of `lab/bad-certs`.
@Suite(.enabled(if: Corpus.isPresent)) struct KeyTrustTests {
  /// 2026-11-23 12:00 UTC, the day of the quotes.
  private let day: Int64 = 1_795_435_200
  private let machine = "lab/vmA-secureboot-ima-ng/"

  private func certificate(_ path: String) throws -> Certificate {
    let bytes = try Corpus.bytes(path)
    let der = path.hasSuffix(".pem") ? try #require(pemBlocks(bytes).first).der : bytes
    return try #require(Certificate(der: der))
  }

  private func verify(_ certificates: [String], anchored: Bool = true, pinned: Bool = false, at time: Int64?) throws
    -> VerifiedQuote
  {
    let path = machine + "boot1/q0/quote-rsa-sha256"
    var sources = try (certificates + ["lab/bad-certs/ak-ca-issuing.pem"]).map {
      KeySource(file: $0, content: .certificate(try certificate($0)))
    }
    sources.append(try Files.publicAreaSource(machine + "keys/ak-rsa.pub.tpm2b"))
    if pinned { sources.append(try Files.publicKeySource(machine + "keys/ak-rsa.pub.pem", isPinned: true)) }
    let anchors = anchored ? [try certificate("lab/bad-certs/ak-ca-root.pem")] : []
    return QuoteVerifier(ring: KeyRing(sources), anchors: anchors)
      .verify(try Files.quote(path + ".attest", path + ".sig", path + ".pcrs"), at: time)
  }

  @Test func aKeyWithAGoodCertificateIsAnchored() throws {
    let good = machine + "keys/ak-rsa.cert.pem"
    let verified = try verify([good], at: day)
    #expect(verified.isAuthentic)
    let subject = try certificate(good).subject
    #expect(verified.trust == .anchored(certificate: subject))
    #expect(try verify([good], at: nil).trust == .validityUndetermined(certificate: subject))
    // One good certificate is enough.
    #expect(
      try verify(["lab/bad-certs/expired.pem", good, "lab/bad-certs/tls-eku.pem"], at: day).trust
        == .anchored(certificate: subject))
  }

  @Test func aKeyWithoutAnAnchorOrACertificateIsUnanchored() throws {
    for (certificates, anchored) in [([machine + "keys/ak-rsa.cert.pem"], false), ([], true)] {
      guard case .unanchored? = try verify(certificates, anchored: anchored, at: day).trust else {
        Issue.record("trusted without \(anchored ? "a certificate" : "an anchor")")
        continue
      }
    }
  }

  @Test func aPinnedKeyIsTrustedWhateverItsCertificates() throws {
    #expect(try verify(["lab/bad-certs/expired.pem"], pinned: true, at: day).trust == .pinned)
  }

  @Test func anExpiredCertificateIsExpired() throws {
    guard case .expired? = try verify(["lab/bad-certs/expired.pem"], at: day).trust else {
      Issue.record("an expired certificate is trusted")
      return
    }
  }

  @Test(arguments: ["tls-eku.pem", "bad-signature.der"])
  func aCertificateForAnotherUseOrWithABadSignatureIsRefused(name: String) throws {
    for time in [day, nil] {
      let trust = try verify(["lab/bad-certs/" + name], at: time).trust
      guard case .refused? = trust else {
        Issue.record("\(name): \(String(describing: trust))")
        continue
      }
    }
  }

  @Test func aCertificateOfAnotherKeyDoesNotHelpTheKeyThatSigned() throws {
    #expect(
      try verify(["lab/bad-certs/other-key.pem"], at: day).trust == .unanchored(missing: "a certificate of the key"))
  }

  @Test func aCertificateThatAnEndEntityIssuedIsNotTrusted() throws {
    let trust = try verify(["lab/bad-certs/signed-by-leaf.pem"], at: day).trust
    let withIssuer = try verify(["lab/bad-certs/signed-by-leaf.pem", "lab/bad-certs/leaf-as-ca.pem"], at: day)
    switch trust {
    case .refused, .unanchored: break
    default: Issue.record("\(String(describing: trust))")
    }
    guard case .refused(let certificate, let reason)? = withIssuer.trust else {
      Issue.record("\(String(describing: withIssuer.trust))")
      return
    }
    #expect(certificate == "CN=AK signed-by-leaf,O=Lab Example")
    #expect(reason == "invalid CA certificate (certificate CN=AK leaf-as-ca,O=Lab Example)")
  }
}
