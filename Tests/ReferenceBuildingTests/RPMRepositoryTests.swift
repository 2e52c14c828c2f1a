import ByteReading
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import TestSupport
import Testing

private let isPossible = RPMBuild.isPossible && Tool.isInstalled("createrepo_c") && Tool.isInstalled("modifyrepo_c")

/// A signed repository of two packages with one advisory.
private struct Repository {
  let build: RPMBuild
  let key: [UInt8]
  let folder: String

  init(_ arguments: [String] = []) throws {
    build = try RPMBuild()
    key = try build.makeKey()
    folder = build.scratch.path + "/repo"
    for name in ["first", "second"] {
      let package = try build.build(name, algorithm: 8, epoch: name == "second" ? 1 : nil)
      try build.sign(package)
      try build.scratch.copy(
        URL(fileURLWithPath: package), to: "repo/Packages/" + (package as NSString).lastPathComponent)
    }
    try build.run("createrepo_c", ["-q", "--distro", "Example 9", folder] + arguments)
    try build.scratch.write(Self.advisory, to: "updateinfo.xml")
    try build.run("modifyrepo_c", [build.scratch.path + "/updateinfo.xml", folder + "/repodata"])
    try sign()
  }

  func sign() throws {
    try build.run(
      "gpg",
      [
        "--homedir", build.home, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "", "--armor",
        "--detach-sign", folder + "/repodata/repomd.xml",
      ])
  }

  /// The only file of the metadata whose name holds `part`, relative to the scratch folder.
  func metadata(_ part: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/repodata")
    return "repo/repodata/" + (try #require(names.first { $0.contains(part) }))
  }

  func append(_ bytes: [UInt8], to path: String) throws {
    try build.scratch.write(try build.scratch.read(path) + bytes, to: path)
  }

  func read(keys: [[UInt8]]? = nil) throws -> (readings: [ManifestReading], problems: [ReferenceProblem]) {
    let options = BuildOptions(keys: OpenPGPKeyring(certificates: keys ?? [key]))
    let plan = try #require(RPMRepository.plan(folder: FilePath(folder), name: "repo", options: options))
    let readings = plan.readings + plan.tasks.flatMap { $0.run() }
    return (readings, plan.problems + readings.flatMap(\.problems))
  }

  static let advisory = """
    <?xml version="1.0" encoding="UTF-8"?>
    <updates><update from="x" status="stable" type="security" version="1"><id>EX-2024:1</id><title>first</title>
    <issued date="2024-05-06 07:08:09"/><references><reference href="x" id="CVE-2024-1" type="cve"/></references>
    <pkglist><collection><package name="first" version="1.0" release="1" epoch="0" arch="noarch" src="x">
    <filename>first-1.0-1.noarch.rpm</filename></package></collection></pkglist></update></updates>
    """
}

@Suite(.enabled(if: isPossible)) struct RPMRepositoryTests {
  @Test(arguments: ["gz", "xz", "bz2"]) func everyLinkOfAnIntactRepositoryHolds(compression: String) throws {
    let (readings, problems) = try Repository(["--general-compress-type=" + compression]).read()
    #expect(problems.isEmpty, "\(problems)")
    let index = try #require(readings.first { $0.source.kind == .repositoryIndex }?.source)
    let primary = try #require(readings.first { $0.source.kind == .repositoryMetadata }?.source)
    let updates = try #require(readings.first { $0.source.kind == .updateInformation })
    #expect(index.signatures.map(\.status) == [.good] && index.vouchedBy == nil && index.distribution == "Example 9")
    #expect(primary.vouchedBy == index.sha256 && updates.source.vouchedBy == index.sha256)
    let packages = readings.filter { $0.source.kind == .rpm }
    #expect(
      packages.map(\.source.path) == ["repo/Packages/first-1.0-1.noarch.rpm", "repo/Packages/second-1.0-1.noarch.rpm"])
    #expect(
      packages.allSatisfy { $0.source.vouchedBy == primary.sha256 && $0.source.signatures.map(\.status) == [.good] })
    #expect(packages.flatMap(\.packages).map(\.version) == ["1.0-1", "1:1.0-1"])
    #expect(packages.flatMap(\.packages).allSatisfy { $0.distribution == "Example 9" })
    #expect(updates.updates.map(\.advisory) == ["EX-2024:1"] && updates.updates.map(\.type) == [.security])
    #expect(updates.updates.first?.date == "2024-05-06T07:08:09Z")
  }

  @Test func everyBrokenLinkIsNamed() throws {
    let repository = try Repository()
    let scratch = repository.build.scratch
    func expectOne(_ kind: ReferenceProblem.Kind, _ message: String, subject: String? = nil) throws {
      let problems = try repository.read().problems
      #expect(problems.count == 1, "\(problems)")
      #expect(
        problems.contains { $0.kind == kind && $0.message.contains(message) && $0.subject == subject }, "\(problems)")
    }
    func whileChanged(_ path: String, to bytes: [UInt8]?, _ check: () throws -> Void) throws {
      let before = try scratch.read(path)
      if let bytes { try scratch.write(bytes, to: path) } else { try scratch.remove(path) }
      try check()
      try scratch.write(before, to: path)
    }
    let index = "repo/repodata/repomd.xml"
    try whileChanged(index + ".asc", to: nil) {
      try expectOne(.unsigned, "Link repomd.xml.asc → repomd.xml")
    }
    try whileChanged(index, to: try scratch.read(index) + Array("<!-- -->".utf8)) {
      try expectOne(.signatureInvalid, "Link repomd.xml.asc → repomd.xml")
    }
    let package = "repo/Packages/second-1.0-1.noarch.rpm"
    try whileChanged(package, to: nil) {
      try expectOne(
        .fileMissing, "→ .rpm: the package is not in the repository", subject: "Packages/second-1.0-1.noarch.rpm")
    }
    let primary = try repository.metadata("primary.xml")
    try whileChanged(primary, to: nil) {
      let problems = try repository.read().problems
      #expect(problems.contains { $0.kind == .fileMissing && $0.message.contains("→ primary") })
      #expect(problems.count { $0.kind == .notListed } == 2)
    }
    // Another package under the listed name: signed by the vendor, and not the one that the list means.
    try whileChanged(package, to: try scratch.read("repo/Packages/first-1.0-1.noarch.rpm")) {
      try expectOne(.linkBroken, "→ repo/Packages/second-1.0-1.noarch.rpm")
    }
    try scratch.copy(URL(fileURLWithPath: scratch.path + "/" + package), to: "repo/Packages/extra.rpm")
    try expectOne(.notListed, "No list of the repository")
    try scratch.remove("repo/Packages/extra.rpm")
    #expect(try repository.read(keys: []).problems.map(\.kind) == [.keyMissing, .keyMissing, .keyMissing])
    #expect(try repository.read().problems.isEmpty)
  }

  @Test func aListThatTheIndexDoesNotNameVouchesForNothing() throws {
    let repository = try Repository()
    let primary = try repository.metadata("primary.xml")
    // The list of another repository under the same name, with digests that are right for the packages.
    let other = try Repository(["--general-compress-type=gz"])
    try repository.build.scratch.write(try other.build.scratch.read(try other.metadata("primary.xml")), to: primary)
    let (readings, problems) = try repository.read()
    let list = try #require(readings.first { $0.source.kind == .repositoryMetadata })
    #expect(list.source.vouchedBy == nil)
    #expect(
      list.problems.contains { $0.kind == .linkBroken && $0.message.contains("Link repo/repodata/repomd.xml → ") })
    #expect(
      problems.contains { $0.kind == .linkBroken && $0.message.contains("→ repo/Packages/first-1.0-1.noarch.rpm") })
  }

  @Test func aFolderWithoutIndexIsNoRepository() throws {
    let scratch = try ScratchCase()
    try scratch.write("x", to: "repodata/primary.xml")
    #expect(
      RPMRepository.plan(folder: FilePath(scratch.path), name: "x", options: BuildOptions(keys: OpenPGPKeyring()))
        == nil)
  }
}
