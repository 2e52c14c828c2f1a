import ByteReading
import FileSignatures
import Foundation
import IMALog
import PublicKeys
import TestSupport
import Testing

private func list(_ bytes: [UInt8]) throws -> MeasurementList {
  let format = try #require(MeasurementListFormat.detect(bytes))
  return MeasurementList.parse(bytes, file: "list", format: format).value
}

private func key(_ path: String) throws -> SigningKey {
  let certificate = try #require(Certificate(der: try Corpus.bytes(path)))
  return SigningKey(certificate: certificate, origin: .given(file: path))
}

extension ListSignatures {
  fileprivate func count(_ outcome: SignatureOutcome) -> Int { records.count { $0.outcome == outcome } }
  fileprivate func outcome(of record: Int) -> SignatureOutcome? { records.first { $0.record == record }?.outcome }
}

@Suite(.enabled(if: Corpus.isPresent, "the corpus is not here"))
struct CorpusSignatureTests {
  @Test
  func theAttestationServersListGivesWhatItsIndexSays() throws {
    let list = try list(try Corpus.bytes("ima/kgoldman+acs/acs/imasig.log"))
    let result = ListSignatureVerifier(given: [try key("ima/kgoldman+acs/acs/imakey.der")]).verify(list)
    #expect(result.records.count == 899)
    #expect(result.count(.verified) == 896)
    #expect(result.count(.invalid) == 1)
    #expect(result.outcome(of: 1080) == nil)
    #expect(result.outcome(of: 1081) == .unknownKey)
    #expect(result.outcome(of: 1082) == .invalid)
    #expect(
      Set(result.records.filter { $0.outcome == .unknownKey }.map(\.keyIdentifier)) == ["fec3e51d", "e0e85409"])
  }

  @Test
  func theLabMachinesFilesVerifyExceptTheTamperedOne() throws {
    let lab = "lab/vmB-nosb-ima-sig/"
    let list = try list(try Corpus.bytes(lab + "boot1/q1/ima-after.bin"))
    let keys = [try key(lab + "keys/ima-rsa.der"), try key(lab + "keys/ima-ec.der")]
    let result = ListSignatureVerifier(given: keys).verify(list)
    let bad = result.records.filter { ![.verified, .unsupported].contains($0.outcome) }
    #expect(bad.map { escapedText(list.record(at: $0.record).path ?? []) } == ["/usr/bin/tree"])
    #expect(bad.map(\.outcome) == [.invalid])
    #expect(result.recordsOfKey.allSatisfy { $0 > 0 })
    #expect(
      ListSignatureVerifier(given: []).verify(list).count(.unknownKey) == result.records.count
        - result.count(.unsupported))
  }

  @Test
  func signaturesOfAnUnknownKeyInEveryBank() throws {
    for bank in ["sha1", "sha256", "sha384", "sha512"] {
      let list = try list(try Corpus.bytes("ima/kgoldman+ibmtss/utils/\(bank).log"))
      let result = ListSignatureVerifier(given: []).verify(list)
      #expect(result.records.count == 21)
      #expect(Set(result.records.map(\.keyIdentifier)) == ["a3204a9e"])
      #expect(result.count(.unknownKey) == 21)
    }
  }

  @Test
  func everyTemplateIsTakenAsItIs() throws {
    let list = try list(try Corpus.bytes("ima/kgoldman+ibmtss/utils/imatest.log"))
    let result = ListSignatureVerifier(given: []).verify(list)
    #expect(result.count(.invalid) == 0)
    #expect(result.count(.verified) == 0)
  }

  private static let vectors = "ima/keylime+keylime/extracted/test_ima_verification."

  /// Keylime's keys lie there as private ones; OpenSSL writes their public part.
  private func keylimeKeys() throws -> [SigningKey] {
    let folder = Corpus.url("ima/keylime+keylime/test/data/ima_keys")
    return try ["rsa2048.pem", "secp256k1.pem"].flatMap { name in
      let (_, text) = try Tool.run("openssl", ["pkey", "-in", name, "-pubout"], in: folder)
      return pemBlocks(Array(text.utf8)).compactMap { block in
        PublicKey(subjectPublicKeyInfo: block.der).map { SigningKey(key: $0, file: name) }
      }
    }
  }

  /// The bad signature's size word is wrong: the kernel refuses it before it looks for a key.
  @Test
  func keylimesVectorsGiveItsAnswers() throws {
    let good = try list(try Corpus.bytes(Self.vectors + "SIGNATURES.txt"))
    let bad = try list(try Corpus.bytes(Self.vectors + "BAD_SIGNATURES.txt"))
    let verifier = ListSignatureVerifier(given: try keylimeKeys())
    #expect(verifier.verify(good).records.map(\.outcome) == [.verified, .verified])
    #expect(verifier.verify(bad).records.map(\.outcome) == [.malformed])
    #expect(ListSignatureVerifier(given: []).verify(good).records.map(\.keyIdentifier) == ["f3452d23", "531f4025"])
  }

  @Test
  func keylimesKeyringRecordGivesAKey() throws {
    let list = try list(try Corpus.bytes(Self.vectors + "KEYRINGS.txt"))
    let result = ListSignatureVerifier(given: []).verify(list)
    #expect(result.keys.map { $0.certificate?.subject } == ["CN=ecdsa-ca-signed-ec-key"])
    #expect(result.keys.first?.identifiers.first == [0x2c, 0xb6, 0x05, 0x8c])
    #expect(result.keys.first?.origin == .measured(record: 0, keyring: Array(".ima".utf8)))
  }

  /// Keylime's and the lab's blobs with random bits flipped: an answer each time, and never a crash.
  @Test
  func randomFlipsNeverStopTheProgram() throws {
    let bytes = try Corpus.bytes("ima/kgoldman+ibmtss/utils/imatest.log")
    var state: UInt64 = 0x5eed
    for _ in 0..<500 {
      var flipped = bytes
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        flipped[Int(state >> 33) % flipped.count] ^= 1 << UInt8(state >> 61)
      }
      guard let format = MeasurementListFormat.detect(flipped) else { continue }
      let list = MeasurementList.parse(flipped, file: "list", format: format).value
      _ = ListSignatureVerifier(given: []).verify(list)
    }
  }
}
