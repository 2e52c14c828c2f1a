import ByteReading
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@testable import ReferenceBuilding

private let toolsAreThere =
  ["gpg", "gpgconf", "dpkg-scanpackages", "dpkg-deb"].allSatisfy { Tool.isInstalled($0) }

/// A repository signed with a test key, whole and with each link broken in turn.
@Suite(.enabled(if: toolsAreThere, "needs gpg, dpkg-scanpackages and dpkg-deb"))
struct DebianRepositoryTests {
  private static let suite = "dists/stable"
  private static let index = "dists/stable/main/binary-amd64/Packages"
  private static let hello = "pool/main/h/hello/hello_1.0-1_amd64.deb"
  private static let release = "repository/dists/stable/InRelease"

  /// A repository of two packages, signed by gpg; the key stays in a home of its own.
  private final class Made {
    let repository: ScratchCase
    let home: ScratchCase
    let certificate: [UInt8]

    init() throws {
      repository = try ScratchCase("repository")
      home = try ScratchCase("keys")
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: home.path)
      certificate = try Self.key(in: home)
      for (name, version) in [("hello", "1.0-1"), ("world", "2:3.0-1")] {
        let package = MadePackage(name: name, version: version, payload: [.file("./usr/share/\(name)", name)])
        let plain = version.split(separator: ":").last ?? ""
        try repository.write(package.bytes, to: "pool/main/\(name.prefix(1))/\(name)/\(name)_\(plain)_amd64.deb")
      }
      let packages = try Tool.run("dpkg-scanpackages", ["pool"], in: repository.folder)
      try repository.write(packages.output, to: DebianRepositoryTests.index)
      try writeRelease()
      try sign()
    }

    deinit { _ = try? Tool.run("gpgconf", ["--homedir", home.path, "--kill", "gpg-agent"]) }

    private static func key(in home: ScratchCase) throws -> [UInt8] {
      let common = ["--homedir", home.path, "--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
      #expect(
        try Tool.run(
          "gpg", common + ["--quick-generate-key", "Test archive <archive@example.org>", "ed25519", "sign", "never"]
        ).status == 0)
      #expect(
        try Tool.run("gpg", ["--homedir", home.path, "--batch", "--output", home.path + "/certificate", "--export"])
          .status == 0)
      return try home.read("certificate")
    }

    /// The release names every index that is there.
    func writeRelease(of paths: [String] = ["main/binary-amd64/Packages"]) throws {
      let entries = try paths.map { path in
        let bytes = try repository.read("dists/stable/\(path)")
        return " \(hexText(FileDigestAlgorithm.sha256.digest(of: bytes) ?? [])) \(bytes.count) \(path)\n"
      }
      try repository.write(
        "Origin: Test\nSuite: stable\nCodename: sid\nDate: Sat, 21 Nov 2026 02:10:46 UTC\n"
          + "Valid-Until: Sat, 28 Nov 2026 02:10:46 UTC\nSHA256:\n" + entries.joined(), to: "dists/stable/Release")
    }

    func sign() throws {
      let folder = repository.folder.appendingPathComponent("dists/stable")
      for (mode, output) in [("--clearsign", "InRelease"), ("--detach-sign", "Release.gpg")] {
        let arguments = ["--homedir", home.path, "--batch", "--yes", "--armor", "--output", output, mode, "Release"]
        #expect(try Tool.run("gpg", arguments, in: folder).status == 0)
      }
    }

    func edit(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
      var bytes = try repository.read(path)
      change(&bytes)
      try repository.write(bytes, to: path)
    }

    func replace(_ path: String, _ text: String, with other: String) throws {
      let whole = String(decoding: try repository.read(path), as: UTF8.self)
      try repository.write(whole.replacingOccurrences(of: text, with: other), to: path)
    }
  }

  /// Everything that was read, and every problem.
  private struct Outcome {
    var readings: [ManifestReading]
    var problems: [ReferenceProblem]

    func source(_ path: String) -> ReferenceSource? {
      readings.first { $0.source.path == "repository/\(path)" }?.source
    }
  }

  private func outcome(_ made: Made, keys: [[UInt8]]? = nil) throws -> Outcome {
    let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring(certificates: keys ?? [made.certificate]))
    let plan = try #require(
      DebianRepository.plan(folder: FilePath(made.repository.path), name: "repository", options: options))
    let readings = plan.readings + plan.tasks.flatMap { $0.run() }
    return Outcome(readings: readings, problems: plan.problems + readings.flatMap(\.problems))
  }

  @Test func everyLinkOfAWholeRepositoryHolds() throws {
    let outcome = try outcome(Made())
    #expect(outcome.problems == [])
    let release = try #require(outcome.source("dists/stable/InRelease"))
    #expect(release.signatures.map(\.status) == [.good])
    #expect(release.date == "2026-11-21T02:10:46Z" && release.validUntil == "2026-11-28T02:10:46Z")
    #expect(release.distribution == "Test sid" && release.vouchedBy == nil)
    let index = try #require(outcome.source(Self.index))
    #expect(index.vouchedBy == release.sha256)
    let packages = outcome.readings.filter { $0.source.kind == .deb }
    #expect(packages.map(\.source.vouchedBy) == [index.sha256, index.sha256])
    #expect(packages.flatMap(\.packages).map(\.distribution) == ["Test sid", "Test sid"])
    #expect(packages.flatMap(\.packages).map(\.version) == ["1.0-1", "2:3.0-1"])
  }

  @Test func aMissingPackageIsToldByEveryBuildAsAFaultOfItsIndex() throws {
    let made = try Made()
    try made.repository.remove(Self.hello)
    let out = try ScratchCase("out")
    let request = BuildRequest(
      inputs: [FilePath(made.repository.path)], store: FilePath(out.path + "/store"),
      options: BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring(certificates: [made.certificate])))
    let index = FileDigestAlgorithm.sha256.digest(of: try made.repository.read(Self.index)) ?? []
    for _ in 0..<2 {
      #expect(try ReferenceBuilder.build(request).problems.map(\.kind) == [.fileMissing])
      let store = try ReferenceStore(file: out.path + "/store")
      #expect(try store.sourcesWithProblems([.fileMissing]) == [index])
    }
  }

  @Test func anAlteredReleaseIsABrokenSignature() throws {
    let made = try Made()
    try made.replace("dists/stable/InRelease", "Suite: stable", with: "Suite: stabel")
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.signatureInvalid])
    #expect(outcome.problems.first?.source == Self.release)
    #expect(
      outcome.problems.first?.message.hasPrefix("Link signature → InRelease: the signature does not verify") == true)
  }

  @Test func aReleaseOfAnotherKeyLacksTheKey() throws {
    let outcome = try outcome(Made(), keys: [Made().certificate])
    #expect(outcome.problems.map(\.kind) == [.keyMissing])
    #expect(outcome.source("dists/stable/InRelease")?.signatures.map(\.status) == [.keyMissing])
  }

  @Test func aReleaseWithItsSignatureBesideItHolds() throws {
    let made = try Made()
    try made.repository.remove("dists/stable/InRelease")
    #expect(try outcome(made).problems == [])
    try made.replace("dists/stable/Release", "Suite: stable", with: "Suite: stabel")
    let altered = try outcome(made)
    #expect(altered.problems.map(\.kind) == [.signatureInvalid])
    #expect(altered.problems.first?.message.hasPrefix("Link Release.gpg → Release: ") == true)
    try made.repository.remove("dists/stable/Release.gpg")
    let unsigned = try outcome(made)
    #expect(unsigned.problems.map(\.kind) == [.unsigned])
    #expect(unsigned.problems.first?.message == "Link Release.gpg → Release: there is no Release.gpg.")
  }

  @Test func aPlainInReleaseIsUnsigned() throws {
    let made = try Made()
    try made.repository.write(try made.repository.read("dists/stable/Release"), to: "dists/stable/InRelease")
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.unsigned])
    #expect(outcome.source(Self.index)?.vouchedBy != nil)
  }

  @Test func anAlteredIndexBreaksTheLinkFromTheRelease() throws {
    let made = try Made()
    try made.replace(Self.index, "Description: a test", with: "Description: a tesT")
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.linkBroken])
    #expect(
      outcome.problems.first?.message
        == "Link \(Self.release) → repository/\(Self.index): the index is not the one that the release names.")
    let index = try #require(outcome.source(Self.index))
    #expect(index.vouchedBy == nil)
    // The last link holds, but it hangs in the air.
    #expect(outcome.source(Self.hello)?.vouchedBy == index.sha256)
  }

  @Test func aMissingIndexIsNamed() throws {
    let made = try Made()
    try made.repository.remove(Self.index)
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.fileMissing, .notListed, .notListed])
    #expect(outcome.problems.first?.message.hasPrefix("Link \(Self.release) → Packages:") == true)
  }

  @Test func anAlteredPackageBreaksTheLinkFromTheIndex() throws {
    let made = try Made()
    try made.edit(Self.hello) { $0[$0.count - 1500] ^= 1 }
    let outcome = try outcome(made)
    let problem = try #require(outcome.problems.first { $0.kind == .linkBroken })
    #expect(problem.source == "repository/\(Self.hello)")
    #expect(problem.message == "Link repository/\(Self.index) → .deb: the file is not the one that the index names.")
    #expect(outcome.source(Self.hello)?.vouchedBy == nil)
    #expect(outcome.source("pool/main/w/world/world_3.0-1_amd64.deb")?.vouchedBy != nil)
  }

  @Test func anotherPackageUnderAListedNameBreaksTheLinkEvenWhenRenamed() throws {
    let made = try Made()
    var other = MadePackage(payload: [.file("./usr/share/hello", "implant")])
    other.name = "hello"
    try made.repository.remove(Self.hello)
    try made.repository.write(other.bytes, to: "pool/renamed.deb")
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.fileMissing, .linkBroken])
    #expect(outcome.problems.last?.source == "repository/pool/renamed.deb")
  }

  @Test func aMissingPackageIsNamed() throws {
    let made = try Made()
    try made.repository.remove(Self.hello)
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.fileMissing])
    #expect(outcome.problems.first?.subject == Self.hello)
    #expect(outcome.problems.first?.source == "repository/\(Self.index)")
  }

  @Test func aPackageThatNoIndexNamesIsReadWithoutAVoucher() throws {
    let made = try Made()
    try made.repository.write(MadePackage(name: "extra").bytes, to: "pool/extra_1.0-1_amd64.deb")
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.notListed])
    #expect(outcome.source("pool/extra_1.0-1_amd64.deb")?.vouchedBy == nil)
    #expect(outcome.readings.flatMap(\.packages).contains { $0.name == "extra" })
  }

  @Test func aDigestThatTheIndexGivesToAnotherPackageIsABrokenLink() throws {
    let made = try Made()
    try made.replace(Self.index, "Package: hello", with: "Package: hullo")
    try made.writeRelease()
    try made.sign()
    let outcome = try outcome(made)
    #expect(outcome.problems.map(\.kind) == [.linkBroken])
    #expect(outcome.problems.first?.expected == "hullo 1.0-1 amd64")
  }

  @Test(.enabled(if: Tool.isInstalled("xz"), "needs xz"))
  func packedIndexesHoldByTheirOwnOrTheirTextsDigest() throws {
    let made = try Made()
    let folder = made.repository.folder.appendingPathComponent("dists/stable/main/binary-amd64")
    // Not named by the release, as in apt's lists: the text's digest decides.
    #expect(try Tool.run("xz", ["Packages"], in: folder).status == 0)
    #expect(try outcome(made).problems == [])
    try made.writeRelease(of: ["main/binary-amd64/Packages.xz"])
    try made.sign()
    let outcome = try outcome(made)
    #expect(outcome.problems == [])
    #expect(outcome.source(Self.index + ".xz")?.vouchedBy == outcome.source("dists/stable/InRelease")?.sha256)
  }

  @Test func aptsOwnListsAreFollowedByTheirFlattenedNames() throws {
    let made = try Made()
    let prefix = "lists/deb.example.org_debian_dists_stable_"
    try made.repository.write(try made.repository.read("dists/stable/InRelease"), to: prefix + "InRelease")
    try made.repository.write(try made.repository.read(Self.index), to: prefix + "main_binary-amd64_Packages")
    try made.repository.remove("dists")
    let outcome = try outcome(made)
    #expect(outcome.problems == [])
    #expect(outcome.readings.filter { $0.source.kind == .deb }.allSatisfy { $0.source.vouchedBy != nil })
  }

  @Test func onlyAPackageThatAnIndexVouchesForMayBeLeftUnread() throws {
    let made = try Made()
    try made.repository.write(MadePackage(name: "extra").bytes, to: "pool/extra_1.0-1_amd64.deb")
    let options = BuildOptions(keys: OpenPGPKeyring(certificates: [made.certificate]))
    let plan = try #require(
      DebianRepository.plan(folder: FilePath(made.repository.path), name: "repository", options: options))
    let index = FileDigestAlgorithm.sha256.digest(of: try made.repository.read(Self.index))
    for task in plan.tasks {
      let bytes = try made.repository.read(String(task.label.dropFirst("repository/".count)))
      let target = try #require(task.target)
      let known = target.known(FileDigestAlgorithm.sha256.digest(of: bytes) ?? [])
      #expect(known?.vouchedBy == (task.label.contains("extra") ? nil : index))
      #expect(known?.distribution == (task.label.contains("extra") ? nil : "Test sid"))
    }
    #expect(plan.tasks.count == 3)
  }

  @Test func aFolderWithoutAReleaseIsNoRepository() throws {
    let folder = try ScratchCase()
    try folder.write("x", to: "pool/x.deb")
    let options = BuildOptions(keys: OpenPGPKeyring())
    #expect(DebianRepository.plan(folder: FilePath(folder.path), name: "x", options: options) == nil)
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func theArchivedRepositoryOfTheCorpusHoldsAsItsIndexSays() throws {
    let folder = Corpus.url("ref/debian-archive/bookworm-updates").path
    let keyring = OpenPGPKeyring(certificates: [try Corpus.bytes("ref/debian-archive/debian-archive-keyring.gpg")])
    let plan = try #require(
      DebianRepository.plan(
        folder: FilePath(folder), name: "updates", options: BuildOptions(algorithms: [.sha256], keys: keyring)))
    let readings = plan.readings + plan.tasks.flatMap { $0.run() }
    let release = try #require(readings.first { $0.source.kind == .debianRelease })
    #expect(release.problems == [])
    #expect(release.source.signatures.map(\.status) == [.good, .good])
    #expect(release.source.distribution == "Debian bookworm-updates")
    #expect(release.source.date == "2026-11-21T02:10:46Z" && release.source.validUntil == nil)
    let index = try #require(readings.first { $0.source.kind == .debianPackages })
    #expect(index.source.vouchedBy == release.source.sha256)
    let packages = readings.filter { $0.source.kind == .deb }
    #expect(packages.map { $0.source.vouchedBy == index.source.sha256 } == [false, true, true])
    #expect(packages.flatMap(\.problems).map(\.kind) == [.notListed])
    #expect(packages.flatMap(\.packages).map(\.name) == ["ca-certificates", "libwbclient0", "samba-ad-dc"])
    #expect(plan.problems.allSatisfy { $0.kind == .fileMissing })
    #expect(plan.problems.last?.message.contains("16 more packages are not in the repository") == true)
  }
}
