import Foundation
import PublicKeys
import TestSupport
import Testing

/// Certificates of `lab/bad-certs`, made for the attestation key of `vmA-secureboot-ima-ng` and its CA.
@Suite(.enabled(if: Corpus.isPresent)) struct CertificateTests {
  /// 2026-11-23 12:00 UTC, the day of the quotes.
  private let day: Int64 = 1_795_435_200

  private func certificate(_ name: String) throws -> Certificate {
    let bytes = try Corpus.bytes("lab/" + name)
    let der = name.hasSuffix(".pem") ? try #require(pemBlocks(bytes).first).der : bytes
    return try #require(Certificate(der: der))
  }

  private func judge(_ name: String, over others: [String] = ["bad-certs/ak-ca-issuing.pem"], at time: Int64?) throws
    -> ChainOutcome
  {
    verifyChain(
      of: try certificate(name), over: try others.map(certificate), to: [try certificate("bad-certs/ak-ca-root.pem")],
      at: time)
  }

  @Test func theCertificateOfTheLabsAttestationKeyLeadsToTheRoot() throws {
    let name = "vmA-secureboot-ima-ng/keys/ak-rsa.cert.pem"
    let issuing = "vmA-secureboot-ima-ng/keys/ak-ca-issuing.pem"
    let root = try certificate("vmA-secureboot-ima-ng/keys/ak-ca-root.pem")
    let leaf = try certificate(name)
    #expect(verifyChain(of: leaf, over: [try certificate(issuing)], to: [root], at: day) == .holds)
    // The issuing CA alone may be the anchor.
    #expect(verifyChain(of: leaf, over: [], to: [try certificate(issuing)], at: day) == .holds)
    #expect(leaf.allowsAttestation)
    #expect(leaf.allowsSigning)
  }

  @Test func anExpiredCertificateIsOutsideItsValidity() throws {
    guard case .outsideValidity(let sentence) = try judge("bad-certs/expired.pem", at: day) else {
      Issue.record("an expired certificate holds")
      return
    }
    #expect(sentence == "certificate has expired (certificate CN=AK expired,O=Lab Example)")
    #expect(try judge("bad-certs/expired.pem", at: nil) == .holds)
    #expect(try !certificate("bad-certs/expired.pem").isValid(at: day))
  }

  @Test func aCertificateIsNotValidBeforeItsTime() throws {
    guard case .outsideValidity = try judge("bad-certs/other-key.pem", at: 0) else {
      Issue.record("a certificate holds before its time")
      return
    }
  }

  @Test func theChainOfAnotherKeyHoldsAndOnlyItsKeyTells() throws {
    #expect(try judge("bad-certs/other-key.pem", at: day) == .holds)
    let key = try certificate("bad-certs/other-key.pem").key
    #expect(try key != certificate("vmA-secureboot-ima-ng/keys/ak-rsa.cert.pem").key)
    #expect(key.algorithm == "ECDSA P-256")
  }

  @Test func aCertificateForATLSServerIsRefused() throws {
    #expect(
      try judge("bad-certs/tls-eku.pem", at: day)
        == .refused("the extended key usage is for something else than attestation"))
  }

  @Test func anEndEntityIsNoIssuer() throws {
    let others = ["bad-certs/ak-ca-issuing.pem", "bad-certs/leaf-as-ca.pem"]
    for time in [day, nil] {
      guard case .refused = try judge("bad-certs/signed-by-leaf.pem", over: others, at: time) else {
        Issue.record("\(try judge("bad-certs/signed-by-leaf.pem", over: others, at: time))")
        return
      }
    }
    // Without the false issuer, nothing is known about it.
    guard case .incomplete = try judge("bad-certs/signed-by-leaf.pem", at: day) else {
      Issue.record("a chain without its issuer is not incomplete")
      return
    }
    #expect(try judge("bad-certs/leaf-as-ca.pem", at: day) == .holds)
  }

  @Test func aFlippedBitInTheSignatureIsRefused() throws {
    for time in [day, nil] {
      guard case .refused(let sentence) = try judge("bad-certs/bad-signature.der", at: time) else {
        Issue.record("a bad signature is not refused")
        return
      }
      #expect(sentence.hasPrefix("certificate signature failure"))
    }
  }

  @Test func paddingThatNVStorageAddsIsCutOff() throws {
    let bytes = try Corpus.bytes("lab/bad-certs/ek-cert-nv-padded.der")
    let padded = try #require(Certificate(der: bytes))
    #expect(padded.der.count < bytes.count)
    #expect(padded == Certificate(der: padded.der))
    #expect(Certificate(der: padded.der + [0, 0, 0]) == padded)
    #expect(Certificate(der: padded.der + [0xff, 0]) == nil)
    #expect(Certificate(der: padded.der + [1]) == nil)
    #expect(!padded.allowsAttestation)
  }

  @Test func withoutAnAnchorAChainIsIncompleteAndNotRefused() throws {
    let leaf = try certificate("bad-certs/other-key.pem")
    let others = [try certificate("bad-certs/ak-ca-issuing.pem"), try certificate("bad-certs/ak-ca-root.pem")]
    for chain in [others, []] {
      guard case .incomplete = verifyChain(of: leaf, over: chain, to: [], at: day) else {
        Issue.record("a chain without an anchor is not incomplete")
        return
      }
    }
  }

  @Test func everyTruncationOfACertificateIsNil() throws {
    let der = try certificate("bad-certs/other-key.pem").der
    for length in 0..<der.count { #expect(Certificate(der: Array(der.prefix(length))) == nil) }
  }

  @Test func aFlippedByteNeverCrashesAndNeverHolds() throws {
    let der = try certificate("bad-certs/other-key.pem").der
    let issuing = try certificate("bad-certs/ak-ca-issuing.pem")
    let root = try certificate("bad-certs/ak-ca-root.pem")
    for index in der.indices {
      var changed = der
      changed[index] ^= 0x04
      guard let certificate = Certificate(der: changed) else { continue }
      #expect(verifyChain(of: certificate, over: [issuing], to: [root], at: day) != .holds, "byte \(index)")
    }
  }
}
