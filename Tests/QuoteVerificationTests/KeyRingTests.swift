import ByteReading
import PublicKeys
import QuoteVerification
import TPMStructures
import TestSupport
import Testing

@Suite(.enabled(if: Corpus.isPresent)) struct KeyRingTests {
  private let folder = "lab/quotes-only/keys/"

  @Test func aKeyInSeveralFilesIsOneKeyThatKnowsThemAll() throws {
    let area = try Files.publicAreaSource(folder + "ak-rsassa-sha256.pub.tpm2b")
    let pem = try Files.publicKeySource(folder + "ak-rsassa-sha256.pub.pem", isPinned: true)
    for sources in [[area, pem, area], [pem, area]] {
      let ring = KeyRing(sources)
      #expect(ring.keys.count == 1)
      #expect(Set(ring.keys[0].files) == [area.file, pem.file])
      #expect(ring.keys[0].files.count == 2)
      #expect(ring.keys[0].isPinned)
      #expect(ring.keys[0].publicArea != nil)
    }
  }

  @Test func theNameOfAKeyIsWhatTheTPMCallsIt() throws {
    for (id, key) in try LabManifest.read().keys {
      let ring = KeyRing([try Files.publicAreaSource(folder + "ak-\(id).pub.tpm2b")])
      #expect(ring.keys.first?.name.map { hexText($0) } == key.name, "\(id)")
      #expect(try ring.keys.first?.name == Corpus.bytes(folder + "ak-\(id).name"), "\(id)")
    }
    #expect(KeyRing([try Files.publicKeySource(folder + "ak-rsassa-sha1.pub.pem")]).keys.first?.name == nil)
  }

  @Test func theOrderOfTheSourcesDoesNotChangeTheOrderOfTheKeys() throws {
    let sources = try LabManifest.read().keys.keys.sorted().map {
      try Files.publicAreaSource(folder + "ak-\($0).pub.tpm2b")
    }
    #expect(KeyRing(sources).keys.map(\.fingerprint) == KeyRing(sources.reversed()).keys.map(\.fingerprint))
  }

  @Test func aPublicAreaWithoutAUsableKeyIsLeftOut() throws {
    var bytes = try Corpus.bytes(folder + "ak-ecdsa-p256-sha256.pub.tpm2b")
    // Another y: the point is not on the curve.
    bytes[bytes.count - 1] ^= 1
    let area = try Files.publicArea(bytes)
    #expect(KeyRing([KeySource(file: "a", content: .publicArea(area))]).keys.isEmpty)
  }

  @Test func aNameThatNoKeyHasFindsNone() throws {
    let ring = try LabManifest.ring(try LabManifest.read())
    #expect(ring.key(withQualifiedName: []) == nil)
    #expect(ring.key(withQualifiedName: [UInt8](repeating: 0, count: 34)) == nil)
  }
}
