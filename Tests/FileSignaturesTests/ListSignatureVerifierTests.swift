import ByteReading
import Digests
import FileSignatures
import Foundation
import Hashing
import IMALog
import PublicKeys
import TestSupport
import Testing

private let content = Array("#!/bin/sh\n".utf8)

@Suite(.enabled(if: Signing.isPossible, "evmctl and openssl are not installed"))
struct ListSignatureVerifierTests {
  @Test(arguments: ["rsa:2048", "P-256", "P-384"], [HashAlgorithm.sha1, .sha256, .sha384, .sha512])
  func whatEvmctlSignsVerifiesAndNothingElse(kind: String, hash: HashAlgorithm) throws {
    let signing = try Signing()
    try signing.makeKey("key", kind)
    try signing.makeKey("other", kind)
    let signature = try signing.sign(content, key: "key", hash: hash)
    let good = Made.signed(content, signature, hash)
    let changed = Made.signed(content + [0], signature, hash)
    #expect(outcomes([good, changed], [try signing.key("key")]) == [.verified, .invalid])
    #expect(outcomes([good], [try signing.key("other")]) == [.unknownKey])
    #expect(try signing.evmctl(good, keys: ["key"]).count == 1)
    #expect(try signing.evmctl(changed, keys: ["key"]).isEmpty)
  }

  /// Every bit of the header and one of each byte of the signature; evmctl is asked about the same list.
  @Test(arguments: ["rsa:2048", "P-256"])
  func aFlippedByteIsRefusedAsEvmctlRefusesIt(kind: String) throws {
    let signing = try Signing()
    try signing.makeKey("key", kind)
    let signature = try signing.sign(content, key: "key", hash: .sha256)
    var records = [Made.signed(content, signature, path: "/whole")]
    for place in signature.indices {
      for bit in place < 9 ? Array(0..<8) : [place % 8] {
        var flipped = signature
        flipped[place] ^= 1 << UInt8(bit)
        records.append(Made.signed(content, flipped, path: "/byte\(place)bit\(bit)"))
      }
    }
    let list = Made.list(records)
    let result = ListSignatureVerifier(given: [try signing.key("key")]).verify(list)
    let verified = result.records.filter { $0.outcome == .verified }.map {
      escapedText(list.record(at: $0.record).path ?? [])
    }
    #expect(result.records.count == records.count)
    #expect(verified == ["/whole"])
    // evmctl does not look at the size of the signature (bytes 7 and 8); the kernel does, and refuses as we do.
    let accepted = try signing.evmctl(records.flatMap { $0 }, keys: ["key"])
    #expect(accepted.filter { !$0.hasPrefix("/byte7") && !$0.hasPrefix("/byte8") } == ["/whole"])
  }

  @Test
  func everyTruncationIsMalformedAndNeverACrash() throws {
    let signing = try Signing()
    try signing.makeKey("key", "P-256")
    let signature = try signing.sign(content, key: "key", hash: .sha256)
    let records = (1..<signature.count).map { Made.signed(content, Array(signature.prefix($0))) }
    #expect(Set(outcomes(records, [try signing.key("key")])) == [.malformed])
    let result = ListSignatureVerifier(given: []).verify(Made.list([records[4]]))
    #expect(
      result.records.first?.message.contains(
        "signature_v2_hdr.keyid: expected 4 bytes, found 2 bytes") == true, "\(result.records)")
  }

  @Test
  func aMeasuredKeyVerifiesOnlyWhatCameAfterItAndIsNotTrusted() throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    let signed = Made.signed(content, try signing.sign(content, key: "key", hash: .sha256))
    let measured = Made.measuredKey(try signing.certificate("key"))
    let result = ListSignatureVerifier(given: []).verify(Made.list([signed, measured, signed]))
    #expect(result.records.map(\.outcome) == [.unknownKey, .verifiedByMeasuredKey])
    #expect(result.records[0].message.contains("measured only later, as record 1"))
    #expect(result.keys.map(\.origin) == [.measured(record: 1, keyring: Array(".ima".utf8))])
    #expect(result.recordsOfKey == [1])
    #expect(outcomes([measured, signed], [try signing.key("key")]) == [.verified])
    #expect(
      outcomes([Made.measuredKey(try signing.certificate("key"), keyring: ".blacklist"), signed]) == [.unknownKey])
  }

  /// Four bytes prove nothing: keys may share them, and anybody may write them.
  @Test
  func allKeysOfAnIdentifierAreTriedAndAForgedOneIsRefused() throws {
    let signing = try Signing()
    for name in ["first", "second", "third"] { try signing.makeKey(name, "P-256", identifier: "aa11223344") }
    func record(_ key: String) throws -> [UInt8] {
      Made.signed(content, try signing.sign(content, key: key, hash: .sha256, identifier: "11223344"))
    }
    let keys = [try signing.key("first"), try signing.key("second")]
    let records = [try record("first"), try record("second"), try record("third")]
    let result = ListSignatureVerifier(given: keys).verify(Made.list(records))
    #expect(result.records.map(\.outcome) == [.verified, .verified, .invalid])
    #expect(result.records.map(\.key) == [0, 1, nil])
    #expect(outcomes(records) == [.unknownKey, .unknownKey, .unknownKey])
    // More measured keys of one identifier than are tried: nothing is said against the signature.
    var many: [[UInt8]] = []
    for index in 0..<9 {
      try signing.makeKey("many\(index)", "P-256", identifier: "aa11223344")
      many.append(Made.measuredKey(try signing.certificate("many\(index)")))
    }
    #expect(outcomes(many + [records[0]]) == [.unsupported])
    #expect(outcomes(Array(many.prefix(8)) + [records[0]]) == [.invalid])
    #expect(outcomes(many + [records[0]], keys) == [.verified])
  }

  @Test
  func aSignatureOfAnotherDigestAlgorithmSaysWhatIsMissing() throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    let record = Made.signed(content, try signing.sign(content, key: "key", hash: .sha1))
    let result = ListSignatureVerifier(given: [try signing.key("key")]).verify(Made.list([record]))
    #expect(result.records.map(\.outcome) == [.unsupported])
    #expect(result.records.first?.message.contains("the file's sha1 digest is missing") == true)
  }

  @Test
  func aViolationIsNeverVerified() throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    let signature = try signing.sign(content, key: "key", hash: .sha256)
    #expect(outcomes([Made.signed(content, signature, isViolation: true)], [try signing.key("key")]) == [.unsupported])
  }

  @Test
  func oldVersionsAndForeignAlgorithmsAreUnsupportedAndNotInvalid() throws {
    let one: [UInt8] = [3, 1, 1, 2, 3, 4, 0, 0] + Array(repeating: 7, count: 140)
    let sm3: [UInt8] = [3, 2, 17, 1, 2, 3, 4, 0, 1, 9]
    let streebog: [UInt8] = [3, 2, 18, 1, 2, 3, 4, 0, 1, 9]
    #expect(
      outcomes([one, sm3, streebog].map { Made.signed(content, $0) }) == [.unsupported, .unsupported, .unsupported])
  }

  // MARK: Version 3

  /// A version 3 signature by OpenSSL over the digest of type, algorithm and digest.
  private func third(_ signing: Signing, type: UInt8, digest: [UInt8]) throws -> [UInt8] {
    try signing.write([type, 4] + digest, "identity")
    try signing.run("openssl", ["dgst", "-sha256", "-sign", "key.key", "-out", "identity.sig", "identity"])
    let signature = try signing.read("identity.sig")
    let tail = try signing.key("key").identifiers[0]
    return [type, 3, 4] + tail + [UInt8(signature.count >> 8), UInt8(signature.count & 255)] + signature
  }

  @Test(arguments: ["rsa:2048", "P-256"])
  func versionThreeIsOverTypeAlgorithmAndDigest(kind: String) throws {
    let signing = try Signing()
    try signing.makeKey("key", kind)
    let keys = [try signing.key("key")]
    let digest = try #require(HashAlgorithm.sha256.digest(of: content))
    func record(_ type: String, _ signature: [UInt8]) -> [UInt8] {
      Made.record("ima-sigv2", [Made.digest(content, .sha256, type: type), Made.text("/a"), signature])
    }
    let verity = try third(signing, type: 6, digest: digest)
    let file = try third(signing, type: 3, digest: digest)
    #expect(outcomes([record("verity:", verity), record("ima:", file)], keys) == [.verified, .verified])
    // The type is signed: one cannot stand for the other.
    #expect(outcomes([record("verity:", [3] + verity.dropFirst())], keys) == [.unsupported])
    #expect(outcomes([record("ima:", [3] + verity.dropFirst())], keys) == [.invalid])
    #expect(outcomes([record("ima:", verity)], keys) == [.unsupported])
    #expect(outcomes([record("verity:", try third(signing, type: 6, digest: digest.reversed()))], keys) == [.invalid])
    // Version 2 for fs-verity does not exist.
    #expect(outcomes([record("verity:", [6, 2] + verity.dropFirst(2))], keys) == [.unsupported])
  }

  // MARK: Metadata

  @Test
  func portableMetadataSignaturesOfEvmctlVerifyWithTheirContent() throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    let keys = [try signing.key("key")]
    let digest = try #require(HashAlgorithm.sha256.digest(of: content))
    let attribute: [UInt8] = [4, 4] + digest
    try signing.write(content, "file")
    let output = try signing.run(
      "evmctl",
      [
        "sign", "-o", "-n", "--ima=" + hexText(attribute), "--uid=1000", "--gid=7", "--mode=33261", "--caps=", "--key",
        "key.key", "-a", "sha256", "file",
      ])
    let signature = try #require(output.split(separator: "\n").last.flatMap { bytesOfHex(String($0)) })
    func record(_ content: [UInt8], owner: Int = 1000, values: [UInt8] = attribute, signature: [UInt8] = signature)
      -> [UInt8]
    {
      Made.record(
        "evm-sig",
        [
          Made.digest(content, .sha256), Made.text("/a"), signature, Made.text("security.ima"), Made.word(values.count),
          values, Made.word(owner), Made.word(7), [0xed, 0x81],
        ])
    }
    #expect(outcomes([record(content)], keys) == [.verified])
    #expect(outcomes([record(content)]) == [.unknownKey])
    #expect(outcomes([record(content, owner: 0)], keys) == [.invalid])
    #expect(outcomes([record(content, values: attribute + [0])], keys) == [.invalid])
    // Good metadata of another content.
    let result = ListSignatureVerifier(given: keys).verify(Made.list([record(content + [1])]))
    #expect(result.records.map(\.outcome) == [.invalid])
    #expect(result.records.first?.message.contains("name another content") == true)
    // The template ima-sig holds such a signature too, and none of the metadata.
    #expect(outcomes([Made.signed(content, signature)], keys) == [.unsupported])
  }

  // MARK: Appended signatures

  @Test(arguments: [["-noattr"], []], [["-keyid"], []])
  func appendedSignaturesVerifyOverTheDigestWithoutThem(attributes: [String], signer: [String]) throws {
    let signing = try Signing()
    try signing.makeKey("key", "rsa:2048")
    try signing.makeKey("other", "rsa:2048")
    try signing.write(content, "module")
    try signing.run(
      "openssl",
      [
        "cms", "-sign", "-binary", "-nocerts", "-nosmimecap", "-md", "sha256", "-in", "module", "-signer", "key.pem",
        "-inkey", "key.key", "-outform", "der", "-out", "module.p7s",
      ] + attributes + signer)
    let signature = try signing.read("module.p7s")
    func record(_ signed: [UInt8], _ signature: [UInt8], _ hash: HashAlgorithm = .sha256) -> [UInt8] {
      Made.record(
        "ima-modsig",
        [
          Made.digest(signed + signature, .sha256), Made.text("/lib/modules/a.ko"), [], Made.digest(signed, hash),
          signature,
        ])
    }
    let good = record(content, signature)
    #expect(outcomes([good], [try signing.key("key")]) == [.verified])
    #expect(outcomes([good], [try signing.key("other")]) == [.unknownKey])
    #expect(outcomes([Made.measuredKey(try signing.certificate("key")), good]) == [.verifiedByMeasuredKey])
    #expect(outcomes([record(content + [1], signature)], [try signing.key("key")]) == [.invalid])
    #expect(outcomes([record(content, signature, .sha512)], [try signing.key("key")]) == [.unsupported])
    #expect(outcomes([record(content, Array(signature.dropLast()))], [try signing.key("key")]) == [.malformed])
    #expect(outcomes([record(content, signature + [0])], [try signing.key("key")]) == [.malformed])
    let keys = [try signing.key("key")]
    for place in signature.indices {
      var flipped = signature
      flipped[place] ^= 1 << UInt8(place % 8)
      // Unsigned parts, such as the version number, may change without harm.
      if place > signature.count - 250 { #expect(outcomes([record(content, flipped)], keys) != [.verified]) }
      _ = outcomes([record(content, flipped)], keys)
    }
  }

  // MARK: Many

  @Test
  func theResultDoesNotDependOnTheNumberOfThreads() throws {
    let signing = try Signing()
    try signing.makeKey("key", "P-256")
    let signature = try signing.sign(content, key: "key", hash: .sha256)
    let records = (0..<1000).map { index -> [UInt8] in
      var own = signature
      own[20 + index % 40] ^= UInt8(truncatingIfNeeded: index / 40)
      return Made.signed(content, own, path: "/\(index)")
    }
    let list = Made.list(records)
    let keys = [try signing.key("key")]
    let one = ListSignatureVerifier(given: keys, jobs: 1).verify(list)
    let many = ListSignatureVerifier(given: keys, jobs: 7).verify(list)
    #expect(one.records == many.records)
    #expect(one.records.filter { $0.outcome == .verified }.count == 40)
  }

  @Test
  func filesWithoutSignatureAreCountedAndTheBootAggregateIsNone() {
    let list = Made.list([
      Made.signed(content, [], path: "boot_aggregate"), Made.signed(content, []), Made.signed(content, [3]),
      Made.record("ima-ng", [Made.digest(content, .sha256), Made.text("/a")]),
    ])
    let result = ListSignatureVerifier(given: []).verify(list)
    #expect(result.unsignedRecords == 1)
    #expect(result.records.map(\.outcome) == [.malformed])
    #expect(ListSignatureVerifier(given: []).verify(Made.list([])).isEmpty)
  }
}
