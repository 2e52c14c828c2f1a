import Digests
import FileSignatures
import Hashing
import Testing

@Suite(.enabled(if: Signing.isPossible, "evmctl and openssl are not installed"))
struct PackagedSignatureTests {
  @Test
  func aPackagesSignatureOfAFileVerifiesOverTheMeasuredDigestWithGivenKeysOnly() throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    let content = Array("content".utf8)
    let attribute = try signing.sign(content, key: "key", hash: .sha256)
    func packaged(_ digest: [UInt8]?, _ attribute: [UInt8], _ name: String = "sha256") -> PackagedSignature {
      PackagedSignature(attribute: attribute, algorithmName: name, digest: digest ?? [], package: "tool 1.0")
    }
    let good = HashAlgorithm.sha256.digest(of: content)
    let all = [
      packaged(good, attribute), packaged(HashAlgorithm.sha256.digest(of: []), attribute),
      packaged(HashAlgorithm.sha1.digest(of: content), attribute, "sha1"), packaged(good, [3, 2]),
    ]
    let found = ListSignatureVerifier(given: [try signing.key("key")]).verify(all)
    #expect(found.records.map(\.outcome) == [.verified, .invalid, .unsupported, .malformed])
    #expect(found.records.map(\.record) == [0, 1, 2, 3])
    #expect(ListSignatureVerifier(given: []).verify([all[0]]).records.map(\.outcome) == [.unknownKey])
  }
}
