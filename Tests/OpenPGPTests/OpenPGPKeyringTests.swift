import ByteReading
import Foundation
import ReferenceManifests
import TestSupport
import Testing

@testable import OpenPGP

private let text = Array("Origin: test\n- a dash\nFrom here   \nlast\n".utf8)
private let made = "20200601T120000"
private let signed = "20210601T120000"

/// Keys and signatures made once for all tests.
private struct Made: Sendable {
  var gnuPG: GnuPG
  var keys: [String: [UInt8]] = [:]

  static let shared = Result { try Made() }

  init() throws {
    gnuPG = try GnuPG()
    for (name, algorithm, expires) in [
      ("rsa", "rsa3072", "never"), ("weak", "rsa1024", "never"), ("ed", "ed25519", "never"),
      ("p256", "nistp256", "never"),
      ("brain", "brainpoolP256r1", "never"), ("short", "ed25519", "2y"), ("gone", "ed25519", "never"),
      ("old", "ed25519", "never"), ("dsa", "dsa2048", "never"),
    ] {
      try gnuPG.makeKey(name, algorithm, expires: expires, at: made)
    }
    try gnuPG.revoke("gone", reason: "1", at: "20220601T120000")
    try gnuPG.revoke("old", reason: "3", at: "20220601T120000")
    for name in ["rsa", "weak", "ed", "p256", "brain", "short", "gone", "old", "dsa"] {
      keys[name] = try gnuPG.certificate(name, armoured: name == "p256")
    }
  }

  func key(_ name: String) -> [UInt8] { keys[name] ?? [] }
}

private func status(_ signatures: [SourceSignature]) -> [SourceSignature.Status] { signatures.map(\.status) }

@Suite(.enabled(if: GnuPG.isInstalled, "gpg, gpgv and gpgconf are not installed"))
struct OpenPGPKeyringTests {
  private let all: Made
  private var gnuPG: GnuPG { all.gnuPG }

  init() throws { all = try Made.shared.get() }

  @Test(arguments: ["rsa", "ed", "p256", "brain", "dsa"])
  func aSignatureOfAnyCommonAlgorithmIsGoodAndOfAlteredTextBad(name: String) throws {
    let keyring = OpenPGPKeyring(certificates: [all.key(name)])
    let signature = try gnuPG.sign(text, by: name, at: signed)
    let found = keyring.verify(detached: signature, over: text)
    #expect(found.map(\.status) == [.good])
    #expect(found.first?.createdAt == "2021-06-01T12:00:00Z")
    #expect(found.first?.signer == name)
    #expect(found.first?.key == keyring.certificates.first?.fingerprint)
    #expect(found.first?.detail == "")
    #expect(keyring.problems == [])
    #expect(status(keyring.verify(detached: signature, over: text + [0x0a])) == [.bad])
    if name != "p256" {
      #expect(try gnuPG.verdicts(signature, over: text, with: all.key(name)).map { $0.prefix(7) } == ["GOODSIG"])
    }
  }

  @Test func theSchemeNamesVersionKeyAndHash() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("rsa"), all.key("ed")])
    let rsa = try gnuPG.sign(text, by: "rsa", ["--digest-algo", "SHA384", "--detach-sign"], at: signed)
    #expect(keyring.verify(detached: rsa, over: text).map(\.scheme) == ["OpenPGP v4, RSA 3072, SHA384"])
    let ed = try gnuPG.sign(text, by: "ed", at: signed)
    #expect(keyring.verify(detached: ed, over: text).first?.scheme.hasPrefix("OpenPGP v4, EdDSA Ed25519, SHA") == true)
  }

  @Test func textSignaturesHoldForEitherLineEnd() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("rsa")])
    let plain = Array("one\ntwo\n".utf8)
    let signature = try gnuPG.sign(plain, by: "rsa", ["--textmode", "--detach-sign"], at: signed)
    #expect(status(keyring.verify(detached: signature, over: plain)) == [.good])
    #expect(status(keyring.verify(detached: signature, over: Array("one\r\ntwo\r\n".utf8))) == [.good])
    #expect(status(keyring.verify(detached: signature, over: Array("one\ntwo".utf8))) == [.bad])
  }

  @Test func aKeyThatExpiresLaterIsGoodAndOneThatHadExpiredIsNot() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("short")])
    #expect(keyring.certificates.first?.expires == "2022-06-01T12:00:00Z")
    let signature = try gnuPG.sign(text, by: "short", at: signed)
    let found = keyring.verify(detached: signature, over: text)
    #expect(status(found) == [.good])
    #expect(found.first?.detail == "The key is valid until 2022-06-01T12:00:00Z.")
    #expect(try gnuPG.verdicts(signature, over: text, with: all.key("short")).map { $0.prefix(9) } == ["EXPKEYSIG"])
  }

  @Test func aKeyThatHadExpiredWhenItSignedIsToldFromABadSignature() throws {
    // The certificate with its first, shorter life is kept; GnuPG then signs with the prolonged one.
    let other = try GnuPG()
    try other.makeKey("late", "ed25519", expires: "1y", at: made)
    let early = try other.certificate("late")
    let fingerprint = try #require(OpenPGPKeyring(certificates: [early]).certificates.first?.fingerprint)
    try other.run(["--quick-set-expire", fingerprint, "5y"], at: "20200701T120000")
    let signature = try other.sign(text, by: "late", at: "20220101T120000")
    let keyring = OpenPGPKeyring(certificates: [early])
    let found = keyring.verify(detached: signature, over: text)
    #expect(status(found) == [.keyExpired])
    #expect(found.first?.detail == "The key expired on 2021-06-01T12:00:00Z.")
    #expect(status(keyring.verify(detached: signature, over: text + [1])) == [.bad])
    // With a later copy beside the first, the later one counts.
    let both = OpenPGPKeyring(certificates: [early, try other.certificate("late")])
    #expect(status(both.verify(detached: signature, over: text)) == [.good])
    #expect(both.certificates.count == 1)
  }

  @Test(arguments: [("gone", "compromised"), ("old", "retired")])
  func theListingSaysWhenAndWhyAKeyWasRevoked(name: String, reason: String) throws {
    let certificate = try #require(OpenPGPKeyring(certificates: [all.key(name)]).certificates.first)
    let sentence = certificate.revoked ?? ""
    #expect(sentence.hasPrefix("The key was revoked on 2022-06-01T12:00:00Z ("), "\(sentence)")
    #expect(sentence.lowercased().contains(reason), "\(sentence)")
  }

  @Test func aSignatureOfARevokedKeyIsNamedSo() throws {
    let other = try GnuPG()
    for (name, reason, expected) in [("lost", "1", SourceSignature.Status.keyRevoked), ("moved", "2", .good)] {
      try other.makeKey(name, "ed25519", at: made)
      let before = try other.sign(text, by: name, at: signed)
      let late = try other.sign(text, by: name, at: "20230601T120000")
      try other.revoke(name, reason: reason, at: "20220601T120000")
      let certificate = try other.certificate(name)
      let keyring = OpenPGPKeyring(certificates: [certificate])
      #expect(status(keyring.verify(detached: before, over: text)) == [expected], "\(name)")
      #expect(status(keyring.verify(detached: late, over: text)) == [.keyRevoked], "\(name)")
      #expect(status(keyring.verify(detached: before, over: [])) == [.bad], "\(name)")
      #expect(try other.verdicts(before, over: text, with: certificate).map { $0.prefix(9) } == ["REVKEYSIG"])
    }
  }

  @Test func weakHashesAndShortKeysAreWeak() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("rsa"), all.key("weak")])
    for hash in ["SHA1", "MD5", "RIPEMD160"] {
      let options = ["--digest-algo", hash, "--allow-weak-digest-algos", "--detach-sign"]
      let found = keyring.verify(detached: try gnuPG.sign(text, by: "rsa", options, at: signed), over: text)
      #expect(status(found) == [.weak], "\(hash)")
      #expect(found.first?.detail == "\(hash) collisions can be made.")
    }
    let found = keyring.verify(detached: try gnuPG.sign(text, by: "weak", at: signed), over: text)
    #expect(status(found) == [.weak])
    #expect(found.first?.detail == "A key of 1024 bits is too short.")
  }

  @Test func anUnknownKeyIsMissingAndNamed() throws {
    let signature = try gnuPG.sign(text, by: "ed", at: signed)
    let found = OpenPGPKeyring().verify(detached: signature, over: text)
    #expect(status(found) == [.keyMissing])
    #expect(found.first?.key == OpenPGPKeyring(certificates: [all.key("ed")]).certificates.first?.fingerprint)
    #expect(found.first?.scheme.hasPrefix("OpenPGP v4, EdDSA, SHA") == true)
  }

  @Test func everySignatureOfSeveralIsGivenInOrder() throws {
    let signatures = try ["ed", "rsa", "p256"].map { try gnuPG.sign(text, by: $0, at: signed) }
    let keyring = OpenPGPKeyring(certificates: [all.key("rsa") + all.key("ed")])
    #expect(keyring.certificates.count == 2)
    let found = keyring.verify(detached: signatures.flatMap { $0 }, over: text)
    #expect(status(found) == [.good, .good, .keyMissing])
    // A packet of a version that nobody knows stands between them.
    let strange: [UInt8] = [0xc2, 3, 9, 0, 1]
    let mixed = keyring.verify(detached: signatures[0] + strange + signatures[1], over: text)
    #expect(status(mixed) == [.good, .unsupported, .good])
  }

  @Test func moreSignaturesThanAnybodyMakesAreCountedAndNotVerified() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("ed")])
    let signature = try gnuPG.sign(text, by: "ed", at: signed)
    let found = keyring.verify(detached: (0..<70).flatMap { _ in signature }, over: text)
    #expect(status(found) == [SourceSignature.Status](repeating: .good, count: 64) + [.unsupported])
    #expect(found.last?.detail == "6 more signatures were not verified.")
  }

  @Test func whatCannotBeReadAsASignatureIsUnsupportedAndNeverNothing() {
    for input in [
      [0], Array("hello".utf8), [0xff, 0xff], Array("-----BEGIN PGP SIGNATURE-----\n\n".utf8), [0xcb, 1, 0],
    ] as [[UInt8]] {
      #expect(status(OpenPGPKeyring().verify(detached: input, over: text)) == [.unsupported], "\(input)")
    }
    #expect(OpenPGPKeyring().verify(detached: [], over: text) == [])
  }

  @Test func aClearSignedDocumentGivesItsTextAndSignatures() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("rsa"), all.key("ed")])
    let document = try gnuPG.sign(text, by: "rsa", ["--local-user", "ed", "--clear-sign"], at: signed)
    let found = try #require(keyring.verify(cleartext: document))
    #expect(String(decoding: found.text, as: UTF8.self) == "Origin: test\n- a dash\nFrom here\nlast\n")
    #expect(status(found.signatures) == [.good, .good])
    #expect(try gnuPG.verdicts(document, over: nil, with: all.key("rsa") + all.key("ed")).count == 2)
    let windows = document.flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
    #expect(keyring.verify(cleartext: windows).map { status($0.signatures) } == [.good, .good])
    #expect(keyring.verify(cleartext: text) == nil)
  }

  @Test func nothingMayStandOutsideOfAClearSignedText() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("ed")])
    let document = String(decoding: try gnuPG.sign(text, by: "ed", ["--clear-sign"], at: signed), as: UTF8.self)
    let altered = [
      ("Line", document + "Suite: other\n"),
      ("Line", document.replacingOccurrences(of: "Hash:", with: "Suite:")),
      ("dash", document.replacingOccurrences(of: "- - a dash", with: "-a dash")),
      ("altered", document.replacingOccurrences(of: "From here", with: "From there")),
    ]
    for (word, copy) in altered {
      let found = try #require(keyring.verify(cleartext: Array(copy.utf8)))
      #expect(status(found.signatures) == [.bad], "\(copy)")
      #expect(found.signatures.first?.detail.contains(word) == true, "\(found.signatures)")
    }
    let before = Array(("Suite: other\n" + document).utf8)
    #expect(keyring.verify(cleartext: before) == nil)
    #expect(keyring.verify(cleartext: Array(("\n" + document + "\n\n").utf8)).map { status($0.signatures) } == [.good])
  }

  @Test func keysThatShareAKeyIDAreEachTried() throws {
    var keyring = OpenPGPKeyring(certificates: [all.key("ed"), all.key("gone")])
    let real = try #require(keyring.certificates.first { $0.userIDs == ["ed"] }?.fingerprint)
    let bytes = try gnuPG.sign(text, by: "ed", at: signed)
    let packet = try #require(Packet.split(bytes).packets.first)
    var signature = try SignaturePacket(body: packet.body, file: "")
    signature.issuerFingerprint = nil
    let keyID = try #require(signature.issuerKeyID)
    for index in keyring.keys.indices
    where !keyring.keys[index].packet.fingerprint.elementsEqual(bytesOfHex(real) ?? []) {
      keyring.keys[index].packet.fingerprint.replaceSubrange(12..., with: keyID)
    }
    for _ in 0..<2 {
      #expect(keyring.candidates(for: signature).count == 2)
      let found = keyring.judge(signature, Document(binary: text))
      #expect(found.status == .good)
      #expect(found.key == real)
      keyring.keys.reverse()
    }
  }

  @Test func everyTruncationAndFlipOfASignatureIsAnAnswerAndNeverGood() throws {
    let keyring = OpenPGPKeyring(certificates: [all.key("ed")])
    let signature = try gnuPG.sign(text, by: "ed", at: signed)
    for count in 1..<signature.count {
      let found = keyring.verify(detached: Array(signature.prefix(count)), over: text)
      #expect(!found.isEmpty && !status(found).contains(.good), "\(count)")
    }
    for bit in 0..<signature.count * 8 {
      var copy = signature
      copy[bit / 8] ^= 1 << (bit % 8)
      let found = keyring.verify(detached: copy, over: text)
      #expect(!found.isEmpty)
      // What is not hashed may change: the unhashed area, the digest's first bytes.
      if found.map(\.status) == [.good] { #expect(found.first?.createdAt == "2021-06-01T12:00:00Z") }
    }
  }

  @Test func damagedKeyFilesAreProblemsAndTheRestIsRead() throws {
    let whole = all.key("ed")
    let keyring = OpenPGPKeyring(certificates: [[0x99, 1], Array("nothing".utf8), whole, []])
    #expect(keyring.certificates.count == 1)
    #expect(keyring.problems.count >= 3)
    for count in stride(from: 0, to: whole.count, by: 7) {
      _ = OpenPGPKeyring(certificates: [Array(whole.prefix(count))])
    }
    for index in stride(from: 0, to: whole.count, by: 11) {
      var copy = whole
      copy[index] ^= 0x10
      _ = OpenPGPKeyring(certificates: [copy])
    }
  }
}
