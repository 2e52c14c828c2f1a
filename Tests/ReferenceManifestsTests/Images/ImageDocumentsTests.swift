import ReferenceManifests
import Testing

@Suite struct ImageDocumentsTests {
  private let digest = String(repeating: "0f", count: 32)

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func anIndexNamesManifestsWithTheirPlatforms() throws {
    let index = try ImageIndex(
      bytes(
        """
        {"schemaVersion": 2, "manifests": [
          {"mediaType": "m", "digest": "sha256:\(digest)", "size": 7,
           "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
           "annotations": {"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": "docker.io/x:1", "n": 3}},
          {"digest": "sha512:00", "size": -1, "platform": {"os": "unknown", "architecture": "unknown"}}]}
        """))
    let first = try #require(index.manifests.first)
    #expect(first.platform?.text == "linux/arm64/v8" && first.byteCount == 7)
    #expect(first.name == "docker.io/x:1" && first.path == "blobs/sha256/" + digest)
    #expect(first.sha256 == [UInt8](repeating: 0x0f, count: 32) && !first.isAttestation)
    let second = try #require(index.manifests.last)
    #expect(second.isAttestation && second.path == nil && second.byteCount == nil && second.name == nil)
  }

  @Test(arguments: ["sha256:", "SHA256:" + "00", "sha256:../x", "sha256:" + String(repeating: "0F", count: 32), ""])
  func whatIsNoDigestNamesNoPlace(text: String) { #expect(imageDigest(text) == nil) }

  @Test func aConfigurationSaysWhatTheLayersUnpackTo() throws {
    let text =
      "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\",\"created\":\"2024-01-02T03:04:05Z\",\"rootfs\":{\"diff_ids\":[\"sha256:\(digest)\"]}}"
    let configuration = try ImageConfiguration(bytes(text))
    #expect(configuration.layers == [[UInt8](repeating: 0x0f, count: 32)])
    #expect(configuration.createdAt == "2024-01-02T03:04:05Z" && configuration.variant == "v7")
    let odd = try ImageConfiguration(bytes("{\"created\":\"yesterday\",\"rootfs\":{\"diff_ids\":[]}}"))
    #expect(odd.createdAt == nil && odd.system == "")
  }

  @Test func whatIsMissingIsNamed() {
    let wrong: [(String, String)] = [
      ("[]", "is no JSON object"), ("{}", "has no rootfs.diff_ids"),
      ("{\"rootfs\":{\"diff_ids\":[3]}}", "has a diff_id that is no SHA-256 digest"),
    ]
    for (text, message) in wrong {
      #expect(throws: ImageDocumentError.self, "\(message)") { try ImageConfiguration(bytes(text)) }
      do { _ = try ImageConfiguration(bytes(text)) } catch { #expect(error.description == message) }
    }
    #expect(throws: ImageDocumentError.self) { try ImageManifest(bytes("{\"config\":{}}")) }
    #expect(throws: ImageDocumentError.self) { try ImageManifest(bytes("{\"config\":{\"digest\":\"x\"}}")) }
    #expect(throws: ImageDocumentError.self) { try ImageIndex(bytes("{\"manifests\":[1]}")) }
    for text in ["{}", "[1]", "[{\"Config\":\"x\"}]", "[{\"Config\":\"x\",\"Layers\":[1]}]"] {
      #expect(throws: ImageDocumentError.self) { try SavedImages(bytes(text)) }
    }
  }

  @Test func savedImagesMayHaveNoTags() throws {
    let saved = try SavedImages(bytes("[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":[\"a/layer.tar\"]}]"))
    #expect(saved.images.map(\.tags) == [[]] && saved.images.first?.layers == ["a/layer.tar"])
  }

  @Test func everyTruncationIsAnErrorAndNeverACrash() {
    let whole = bytes("{\"config\":{\"digest\":\"sha256:\(digest)\"},\"layers\":[{\"digest\":\"sha256:\(digest)\"}]}")
    #expect(throws: Never.self) { try ImageManifest(whole) }
    for length in whole.indices {
      #expect(throws: ImageDocumentError.self) { try ImageManifest(Array(whole.prefix(length))) }
    }
  }
}
