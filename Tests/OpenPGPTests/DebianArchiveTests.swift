import OpenPGP
import ReferenceManifests
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent, "the corpus is not there"))
struct DebianArchiveTests {
  private let folder = "ref/debian-archive/"

  @Test(arguments: ["bookworm-updates/InRelease", "security-InRelease"])
  func theArchivesOwnSignaturesAreGood(path: String) throws {
    let keys = try Corpus.bytes(folder + "debian-archive-keyring.gpg")
    let keyring = OpenPGPKeyring(certificates: [keys])
    #expect(keyring.problems == [])
    let document = try Corpus.bytes(folder + path)
    let found = try #require(keyring.verify(cleartext: document))
    #expect(found.signatures.map(\.status) == [.good, .good])
    #expect(found.text.starts(with: Array("Origin: Debian\n".utf8)))
    if GnuPG.isInstalled {
      let verdicts = try GnuPG().verdicts(document, over: nil, with: keys)
      // gpgv names the subkey that signed; the signature is known by the primary key.
      let ours = found.signatures.map { signature in
        let subkey = signature.detail.split(separator: " ").dropFirst(4).first.map { String($0.dropLast()) }
        return "GOODSIG \((subkey ?? signature.key).suffix(16))"
      }
      #expect(verdicts == ours)
      #expect(
        found.signatures.allSatisfy { signature in keyring.certificates.contains { $0.fingerprint == signature.key } })
    }
  }

  @Test func aChangedDigestInTheIndexIsBad() throws {
    let keyring = OpenPGPKeyring(certificates: [try Corpus.bytes(folder + "debian-archive-keyring.gpg")])
    var document = try Corpus.bytes(folder + "bookworm-updates/InRelease")
    document[5000] ^= 1
    let found = try #require(keyring.verify(cleartext: document))
    #expect(found.signatures.map(\.status) == [.bad, .bad])
  }

  @Test func theKeysOfTheArchiveAreListedAsGnuPGListsThem() throws {
    for (name, count) in [("debian-archive-keyring.gpg", 9), ("debian-archive-removed-keys.gpg", 23)] {
      let keyring = OpenPGPKeyring(certificates: [try Corpus.bytes(folder + name)])
      #expect(keyring.certificates.count == count, "\(keyring.problems)")
      #expect(keyring.certificates.allSatisfy { !$0.userIDs.isEmpty })
      guard GnuPG.isInstalled else { continue }
      let listing = try Tool.run("gpg", ["--batch", "--show-keys", "--with-colons", Corpus.url(folder + name).path])
        .output
      let lines = listing.split(separator: "\n").map {
        $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      }
      let expected = lines.filter { $0[0] == "pub" }.map { "\($0[4]) \(Int64($0[6]).flatMap(rfc3339Text) ?? "never")" }
        .sorted()
      let ours = keyring.certificates.map { "\($0.fingerprint.suffix(16)) \($0.expires ?? "never")" }.sorted()
      #expect(ours == expected)
    }
  }

  @Test func versionSixKeysAreProblemsAndVersionFourKeysAreRead() throws {
    let base = "ref/rpm-rs+rpm/tests/assets/signing_keys/"
    let old = OpenPGPKeyring(certificates: [try Corpus.bytes(base + "v4/rpm-testkey-v4-keyring.asc")])
    #expect(old.certificates.count == 3)
    #expect(old.problems == [])
    let new = OpenPGPKeyring(certificates: [try Corpus.bytes(base + "v6/rpm-testkey-v6-keyring.asc")])
    #expect(new.certificates.isEmpty)
    #expect(!new.problems.isEmpty)
  }
}
