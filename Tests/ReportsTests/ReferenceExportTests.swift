import Digests
import ReferenceManifests
import ReferenceStore
import Reports
import TestSupport
import Testing

@Suite struct ReferenceExportTests {
  private func reading(_ name: String, seed: UInt8, isRefused: Bool) -> ManifestReading {
    let file = ReferenceFile(
      path: Array("/usr/bin/\(name)".utf8),
      digests: [ReferenceDigest(.sha256, [UInt8](repeating: seed, count: 32), origin: .payload)])
    let source = ReferenceSource(
      kind: .deb, path: "\(name).deb", byteCount: 1, sha256: [UInt8](repeating: seed, count: 32))
    let package = ReferencePackage(format: .deb, name: name, version: "1.0", architecture: "all", files: [file])
    let refusal = ReferenceProblem(.refused, source: source.path, message: "Refused.")
    return ManifestReading(source: source, packages: [package], problems: isRefused ? [refusal] : [])
  }

  @Test(arguments: ReferenceExport.Format.allCases)
  func noFormHasTheDigestsOfARefusedPackageAndTheAccountCountsThem(format: ReferenceExport.Format) throws {
    let scratch = try ScratchCase()
    let writer = try StoreWriter(file: scratch.path + "/store")
    try writer.add([reading("clean", seed: 1, isRefused: false), reading("evil", seed: 2, isRefused: true)])
    _ = try writer.finish()
    var text: [UInt8] = []
    let store = try ReferenceStore(file: scratch.path + "/store")
    let account = try ReferenceExport(store, format: format, algorithm: .sha256).write { text += $0 }
    #expect(String(decoding: text, as: UTF8.self).contains("/usr/bin/clean"))
    #expect(!String(decoding: text, as: UTF8.self).contains("evil"))
    #expect(account.written == 1 && account.refused == 1)
    #expect(account.sentences(.sha256).first?.hasPrefix("1 digests are left out") == true)
  }

  @Test(arguments: ReferenceExport.Format.allCases)
  func listsThatDoNotSayWhosePathsTheyHoldHaveNoImagesUnlessOneIsNamed(format: ReferenceExport.Format) throws {
    let scratch = try ScratchCase()
    let writer = try StoreWriter(file: scratch.path + "/store")
    var image = reading("image", seed: 3, isRefused: false)
    image.packages[0].format = .image
    try writer.add([reading("clean", seed: 1, isRefused: false), image])
    _ = try writer.finish()
    let store = try ReferenceStore(file: scratch.path + "/store")
    let isTold = format == .csv || format == .json
    let all = try ReferenceExport(store, format: format, algorithm: .sha256).write { _ in }
    #expect(all.written == (isTold ? 2 : 1) && all.ofImages == (isTold ? 0 : 1))
    let one = try ReferenceExport(store, format: format, algorithm: .sha256, package: "image").write { _ in }
    #expect(one.written == 1 && one.ofImages == 0)
  }
}
