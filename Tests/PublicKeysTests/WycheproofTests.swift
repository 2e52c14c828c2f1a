import Digests
import PublicKeys
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct WycheproofTests {
  @Test(arguments: [
    "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha512", "ecdsa_secp384r1_sha256", "ecdsa_secp384r1_sha384",
    "ecdsa_secp384r1_sha512", "ecdsa_secp521r1_sha512", "ecdsa_secp256r1_sha3_256", "ecdsa_secp384r1_sha3_384",
    "ecdsa_secp521r1_sha3_512",
  ])
  func everyECDSASignatureIsJudgedAsItsVectorSays(name: String) throws {
    #expect(try check(name, scheme: .ecdsa) > 300)
  }

  @Test(arguments: [
    "rsa_signature_2048_sha256", "rsa_signature_2048_sha384", "rsa_signature_2048_sha512",
    "rsa_signature_3072_sha256", "rsa_signature_3072_sha384", "rsa_signature_3072_sha512",
    "rsa_signature_4096_sha256", "rsa_signature_4096_sha384", "rsa_signature_4096_sha512",
    "rsa_signature_2048_sha3_256", "rsa_signature_3072_sha3_384",
  ])
  func everyRSASSASignatureIsJudgedAsItsVectorSays(name: String) throws {
    #expect(try check(name, scheme: .rsassa) > 200)
  }

  /// The vectors of one file fix a salt length; we take any, because each TPM chooses its own and a quote does not say
  /// which. So the vectors that are invalid for nothing but their salt length verify, and the length is told.
  @Test(arguments: [
    ("rsa_pss_2048_sha1_mgf1_20", 6), ("rsa_pss_2048_sha256_mgf1_0", 4), ("rsa_pss_2048_sha256_mgf1_32", 6),
    ("rsa_pss_2048_sha384_mgf1_48", 7), ("rsa_pss_3072_sha256_mgf1_32", 6), ("rsa_pss_4096_sha256_mgf1_32", 6),
    ("rsa_pss_4096_sha384_mgf1_48", 7), ("rsa_pss_4096_sha512_mgf1_32", 6), ("rsa_pss_4096_sha512_mgf1_64", 7),
    ("rsa_pss_misc", 0),
  ])
  func everyRSAPSSSignatureIsJudgedAsItsVectorSaysButForTheSaltLength(name: String, otherSalts: Int) throws {
    var found = 0
    for group in try Wycheproof(name + "_test.json").groups {
      let key = try #require(group.key)
      for vector in group.vectors {
        let result = key.verify(vector.signature, scheme: .rsapss, hash: group.hash, message: vector.message)
        let text = "\(name) \(vector.number) \(vector.flags) \(vector.comment)"
        if let salt = vector.otherSaltLength {
          // All of them have the flag ModifiedSignature.
          #expect(vector.result == "invalid" && vector.flags == ["ModifiedSignature"], "\(text)")
          #expect(result == .verifies(saltLength: salt), "\(text)")
          found += 1
        } else if vector.result == "invalid" {
          #expect(result == .doesNotVerify, "\(text)")
        } else if vector.result == "valid" {
          #expect(result == .verifies(saltLength: group.saltLength), "\(text)")
        }
      }
    }
    #expect(found == otherSalts)
  }

  /// A SubjectPublicKeyInfo of id-RSASSA-PSS binds a key to this scheme and a salt length. No TPM writes one.
  @Test(arguments: ["rsa_pss_2048_sha256_mgf1_32_params", "rsa_pss_4096_sha512_mgf1_64_params"])
  func aKeyThatIsBoundToRSAPSSInItsEncodingIsNotUsed(name: String) throws {
    for group in try Wycheproof(name + "_test.json").groups {
      let key = try #require(group.key)
      #expect(key.isRSA)
      for vector in group.vectors {
        let result = key.verify(vector.signature, scheme: .rsapss, hash: group.hash, message: vector.message)
        #expect(result == .doesNotFit, "\(name) \(vector.number)")
      }
    }
  }

  private func check(_ name: String, scheme: SignatureScheme) throws -> Int {
    var count = 0
    for group in try Wycheproof(name + "_test.json").groups {
      let key = try #require(group.key)
      for vector in group.vectors {
        let result = key.verify(vector.signature, scheme: scheme, hash: group.hash, message: vector.message)
        #expect(result != .doesNotFit, "\(name) \(vector.number)")
        switch vector.result {
        case "valid": #expect(result == .verifies(saltLength: nil), "\(name) \(vector.number) \(vector.flags)")
        case "invalid": #expect(result == .doesNotVerify, "\(name) \(vector.number) \(vector.flags)")
        default: break
        }
        count += 1
      }
    }
    return count
  }
}
