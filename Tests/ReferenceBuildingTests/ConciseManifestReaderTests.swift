import ByteReading
import ConciseManifests
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import PublicKeys
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@testable import ReferenceBuilding

/// The one JSON Web Key of a file of the corpus.
private func signer(ofWebKey path: String) throws -> ManifestSigner {
  let signers = ManifestSigner.all(in: try Corpus.bytes("ref/" + path))
  #expect(signers.count == 1)
  return try #require(signers.first)
}

/// The key of Ed25519 is that of RFC 8037, appendix A.2.
@Test func webKeysAreKeysOfSignersAndNothingElseInJSONIs() throws {
  let key = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
  let signers = ManifestSigner.all(in: Array(key.utf8))
  #expect(signers.map(\.key.algorithm).allSatisfy { $0.hasPrefix("ED25519") })
  #expect(signers.count == 1)
  let set = #"{"keys":[{"kty":"oct","k":"AAAA"},"# + key + #",{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},7]}"#
  #expect(ManifestSigner.all(in: Array(set.utf8)) == signers)
  for text in ["{}", "[]", "{\"keys\":[]}", key.replacing("11qY", with: ""), "{\"kty\":\"RSA\",\"n\":\"AQAB\"}"] {
    #expect(ManifestSigner.all(in: Array(text.utf8)).isEmpty, "\(text)")
  }
}

private func read(_ bytes: [UInt8], _ signers: [ManifestSigner] = []) -> ManifestReading? {
  ConciseManifestReader.read(bytes, name: "x.corim", signers: signers)
}

private let value = [UInt8](repeating: 0x5a, count: 32)

@Test func anUnsignedManifestIsCalledSoAndItsRegistersAreKept() throws {
  let bytes = HandmadeCBOR.manifest(measurements: [.registers([0: value])]).encoded
  let reading = try #require(read(bytes))
  #expect(reading.source.kind == .conciseManifest)
  #expect(reading.source.distribution == "Lab Board")
  #expect(reading.source.signatures == [])
  #expect(reading.problems.map(\.kind) == [.unsigned])
  #expect(reading.bootReference == bytes)
  #expect(try #require(read(HandmadeCBOR.manifest(measurements: []).encoded)).bootReference == nil)
}

@Test func theFilesOfASoftwareTagAreAList() throws {
  let tag: HandmadeCBOR = [
    0: "id", 1: "tool", 12: 0, 13: "2", 2: [31: "ACME", 33: 1],
    6: [17: [24: "a", 23: "/usr/bin", 20: 3, 7: [1, .bytes(value)]]], 3: [17: [24: "seen", 7: [1, .bytes(value)]]],
  ]
  let package = try #require(read(HandmadeCBOR.tag(505, tag).encoded)?.packages.first)
  #expect((package.name, package.version, package.format) == ("tool", "2", .list))
  #expect(package.files.map { String(decoding: $0.path, as: UTF8.self) } == ["/usr/bin/a"])
  #expect(package.files.flatMap(\.digests) == [ReferenceDigest(.sha256, value, origin: .list)])
}

@Test func whatIsWrongWithAManifestMakesItSayNothing() throws {
  let reading = try #require(
    read(HandmadeCBOR.manifest(measurements: [.registers([0: value]), [1: [2: [[1, .bytes([1])]]]]]).encoded))
  #expect(reading.problems.map(\.kind) == [.damaged, .unsigned])
  #expect(reading.bootReference == nil)
}

/// Signed documents of the corpus with the key that goes with each.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is absent"))
struct ConciseManifestCorpusTests {
  static let veraison = "veraison+corim/corim/testcases/"
  static let tool = "nsacyber+RIM-Tool/data/"
  static let signed = ["signed-good-corim.cbor", "signed-example-corim.cbor", "signed-corim-with-extensions.cbor"]

  @Test(arguments: signed)
  func theSignedManifestsOfVeraisonVerifyAndChangedOnesDoNot(name: String) throws {
    let bytes = try Corpus.bytes("ref/" + Self.veraison + name)
    let signers = [try signer(ofWebKey: Self.veraison + "src/ec-p256.jwk")]
    let reading = try #require(read(bytes, signers))
    #expect(reading.source.signatures.map(\.status) == [.good])
    #expect(reading.source.signatures.map(\.scheme) == ["COSE ES256, ECDSA P-256"])
    // Its measurements are told apart by UUIDs, which name neither a PCR nor an event.
    #expect(reading.problems.map(\.kind) == [.unrecognised])
    #expect(
      reading.problems.first?.actual
        == "1 modules with 3 reference and 0 endorsed measurements, 0 software tags")
    // Without its key it is not vouched for, and with another one neither.
    #expect(read(bytes)?.problems.map(\.kind) == [.keyMissing, .unrecognised])
    #expect(read(bytes)?.source.signatures.map(\.key) == ["1"])
    let other = [try signer(ofWebKey: Self.tool + "gluecose/gluecose.ecdsaP256.json.key")]
    #expect(read(bytes, other)?.problems.map(\.kind) == [.keyMissing, .unrecognised])
    #expect(read(bytes, other)?.problems.first?.message.contains("or the message was changed") == true)
    // A flipped bit anywhere takes the signature away; the six bytes of COSE's own framing may make it no message at all.
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      let statuses = read(changed, signers)?.source.signatures.map(\.status) ?? []
      #expect(!statuses.contains(.good), "byte \(place)")
    }
  }

  @Test func theManifestOfTheRIMToolVerifiesWithItsCertificate() throws {
    let bytes = try Corpus.bytes("ref/" + Self.tool + "corim/corim_1.signed.corim.cose")
    let signers = ManifestSigner.all(
      in: try Corpus.bytes("ref/" + Self.tool + "certs/COMP_OEM1_rim_signer_ecc_512_sha384.pem"))
    let reading = try #require(read(bytes, signers))
    #expect(reading.source.signatures.map(\.status) == [.good])
    #expect(reading.source.signatures.map(\.scheme) == ["COSE ES384, ECDSA P-521"])
    #expect(reading.source.validUntil == "2025-06-06T16:30:00Z")
    #expect(reading.source.distribution == "Test Inc. Test 9000")
  }

  /// The tag says one thing twice, so that only its signature is good.
  @Test func theSoftwareTagOfTheRIMToolVerifiesAndIsDamaged() throws {
    let bytes = try Corpus.bytes("ref/" + Self.tool + "coswid/coswid_rim_1.signed.coswid.cose")
    let signers = ManifestSigner.all(
      in: try Corpus.bytes("ref/" + Self.tool + "coswid/COMP_OEM1_rim_signer_ecc_512_sha384.pem"))
    let reading = try #require(read(bytes, signers))
    #expect(reading.source.signatures.map(\.status) == [.good])
    #expect(reading.problems.map(\.kind) == [.damaged])
    #expect(reading.packages.isEmpty && reading.bootReference == nil)
  }

  /// Microsoft's tool puts the certificate into the message: it verifies and vouches for nothing.
  @Test func aCertificateInTheMessageVouchesForNothing() throws {
    let bytes = try Corpus.bytes("ref/" + Self.tool + "ms_cose_sign_tool/corim_embedded_1.corim.cose")
    let signature = try #require(read(bytes)?.source.signatures.first)
    #expect(signature.status == .keyMissing)
    #expect(signature.detail.contains("vouches for nothing"))
    var changed = bytes
    changed[0x3a0] ^= 1
    let altered = try #require(read(changed)?.source.signatures.first)
    #expect(altered.status == .bad)
    let signers = ManifestSigner.all(
      in: try Corpus.bytes("ref/" + Self.tool + "certs/COMP_OEM1_rim_signer_ecc_512_sha384.pem"))
    #expect(read(bytes, signers)?.source.signatures.map(\.status) == [.good])
    #expect(read(changed, signers)?.source.signatures.map(\.status) == [.bad])
  }

  /// Messages of other content: only their signatures are looked at.
  @Test(arguments: [
    // 0000 is signed with external data, which a manifest has none of.
    ("gluecose/sign1-verify-0000.cose", "ecdsaP256", false), ("gluecose/sign1-verify-0001.cose", "ecdsaP256", true),
    ("gluecose/sign1-verify-0002.cose", "ecdsaP384", true), ("gluecose/sign1-verify-0003.cose", "ecdsaP512", true),
    ("gluecose/sign1-verify-0004.cose", "rsaPss256", true), ("gluecose/sign1-verify-0005.cose", "rsaPss384", true),
    ("gluecose/sign1-verify-0006.cose", "rsaPss512", true), ("gluecose/sign1-verify-0002.cose", "ecdsaP256", false),
    ("gluecose/sign1-verify-0005.cose", "ecdsaP384", false),
  ])
  func messagesOfOtherMakersVerify(file: String, key: String, holds: Bool) throws {
    let signers = [try signer(ofWebKey: Self.tool + "gluecose/gluecose.\(key).json.key")]
    let signed = try #require(try message(try Corpus.bytes("ref/" + Self.tool + file)))
    let verdict = COSESignatureVerifier(message: signed, signers: signers).verdict
    #expect(verdict.status == (holds ? .good : .keyMissing))
  }

  /// Source: cose-wg/Examples, `sign1-tests`.
  @Test(arguments: [
    // A wrong tag is none of the signature; here the message without it is looked at.
    ("sign-fail-02.cose", SourceSignature.Status.keyMissing), ("sign-fail-03.cose", .unsupported),
    ("sign-fail-04.cose", .unsupported), ("sign-pass-02.cose", .keyMissing), ("sign-pass-03.cose", .good),
    // The algorithm is not signed.
    ("sign-pass-01.cose", .unsupported),
  ])
  func theExamplesOfTheWorkingGroupAreJudged(file: String, status: SourceSignature.Status) throws {
    let signers = [try signer(ofWebKey: Self.tool + "cosewg/signed-01.json.key")]
    let signed = try #require(try message(try Corpus.bytes("ref/" + Self.tool + "cosewg/" + file)))
    #expect(COSESignatureVerifier(message: signed, signers: signers).verdict.status == status)
  }
}

private func message(_ bytes: [UInt8]) throws -> COSESignedMessage? {
  try COSESignedMessage.parse(bytes, file: "x.cose")
}
