import Digests
import Hashing
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@Suite struct ImageLookupTests {
  private func digest(_ text: String) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array(text.utf8)) ?? [] }

  private func text(_ digest: [UInt8]) -> String {
    "sha256:" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private func reading(
    _ kind: ReferenceSource.Kind, _ name: String, vouchedBy: String? = nil, _ packages: [ReferencePackage] = []
  ) -> ManifestReading {
    ManifestReading(
      source: ReferenceSource(
        kind: kind, path: name, byteCount: 1, sha256: digest(name), vouchedBy: vouchedBy.map { digest($0) }),
      packages: packages)
  }

  private func found(_ image: String) throws -> [String] {
    let scratch = try ScratchCase()
    let writer = try StoreWriter(file: scratch.path + "/store")
    let package = { (name: String, configuration: String) in
      ReferencePackage(
        format: .image, name: name, version: text(digest(configuration)),
        files: [ReferenceFile(path: Array("/a".utf8))])
    }
    try writer.add([
      reading(.imageIndex, "index"), reading(.imageManifest, "manifest", vouchedBy: "index"),
      reading(.imageConfiguration, "config", vouchedBy: "manifest", [package("debian:12, debian:latest", "config")]),
      reading(.imageLayer, "layer", vouchedBy: "manifest", [package("img1", "tar")]),
      reading(.deb, "deb", [ReferencePackage(format: .deb, name: "debian", version: "1")]),
    ])
    _ = try writer.finish()
    return try ReferenceStore(file: scratch.path + "/store").packages(ofImage: image).map(\.name)
  }

  @Test(arguments: ["debian", "debian:latest", "debian:12", "docker.io/library/debian:12", "library/debian"])
  func anImageIsFoundByEachOfItsNames(name: String) throws {
    #expect(try found(name) == ["debian:12, debian:latest"])
  }

  @Test(arguments: ["config", "manifest", "index"])
  func anImageIsFoundByItsIdentifierAndByWhatVouchesForIt(source: String) throws {
    #expect(try found(text(digest(source))) == ["debian:12, debian:latest"])
    #expect(try found("docker.io/library/debian@" + text(digest(source))) == ["debian:12, debian:latest"])
  }

  @Test func theArchiveOfARootFileSystemIsFoundByItsName() throws {
    #expect(try found("img1:latest") == ["img1"])
    #expect(try found(text(digest("tar"))) == ["img1"])
  }

  @Test(arguments: ["", "debian:13", "deb", "layer", "sha256:00", "@"])
  func nothingElseIsFound(name: String) throws {
    #expect(try found(name) == [])
    #expect(try found(text(digest("layer"))) == [])
  }
}
