import ByteReading
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceManifests
import TestSupport
import Testing

@testable import ReferenceBuilding

struct DpkgDatabaseTests {
  private static let options = BuildOptions(keys: OpenPGPKeyring())
  private static let md5 = "b1946ac92492d2347c6235b4d2611184"

  private static let status = """
    Package: hello
    Status: install ok installed
    Architecture: amd64
    Multi-Arch: same
    Source: greetings (1.5)
    Version: 1:2.0-1
    Conffiles:
     /etc/hello.conf \(md5)
     /etc/with blank \(md5) obsolete
     /etc/new newconffile
    Description: a test
     more

    Package: gone
    Status: deinstall ok not-installed

    Package: bro/ken
    Status: install ok installed
    Version: 1
    Architecture: all

    Package: vim
    Status: install ok installed
    Version: 9
    Architecture: all

    """

  private static func database() throws -> ScratchCase {
    let folder = try ScratchCase("image")
    let dpkg = "var/lib/dpkg/"
    try folder.write(status, to: dpkg + "status")
    try folder.write("/.\n/usr\n/usr/bin\n/usr/bin/hello\n/etc\n/etc/hello.conf\n", to: dpkg + "info/hello:amd64.list")
    try folder.write("\(md5)  usr/bin/hello\nbad\n", to: dpkg + "info/hello:amd64.md5sums")
    try folder.write("/usr\n/usr/bin\n/usr/bin/hello\n", to: dpkg + "info/vim.list")
    try folder.write("/usr/bin/hello\n/usr/bin/hello.real\nvim\n", to: dpkg + "diversions")
    return folder
  }

  private static func reading(_ path: String) throws -> ManifestReading {
    let plan = try #require(DpkgDatabase.plan(path: FilePath(path), name: "image", options: options))
    return try #require(plan.tasks.first?.run().first)
  }

  @Test func packagesHaveTheirPathsDigestsConffilesAndDiversions() throws {
    let folder = try Self.database()
    let reading = try Self.reading(folder.path)
    #expect(reading.source.path == "image/var/lib/dpkg/status")
    #expect(reading.packages.map(\.name) == ["hello", "vim"])
    let hello = try #require(reading.packages.first)
    #expect(hello.version == "1:2.0-1" && hello.sourceName == "greetings" && hello.sourceVersion == "1.5")
    let text = { (file: ReferenceFile) in String(decoding: file.path, as: UTF8.self) }
    #expect(
      hello.files.map(text) == [
        "/", "/etc", "/etc/hello.conf", "/etc/new", "/etc/with blank", "/usr", "/usr/bin", "/usr/bin/hello.real",
      ])
    #expect(
      hello.files.map(\.kind) == [
        .directory, .directory, .regular, .regular, .regular, .directory, .directory, .regular,
      ])
    let digest = [ReferenceDigest(.md5, bytesOfHex(Self.md5) ?? [], origin: .systemRecord)]
    #expect(hello.files.map(\.digests) == [[], [], digest, [], digest, [], [], digest])
    #expect(hello.files.map(\.flags) == [[], [], .configuration, .configuration, .configuration, [], [], .diverted])
    #expect(reading.packages.last?.files.map(text) == ["/usr", "/usr/bin", "/usr/bin/hello"])
  }

  @Test func brokenRecordsAreProblemsAndWeakDigestsAreSaidOnce() throws {
    let folder = try Self.database()
    let reading = try Self.reading(folder.path)
    #expect(reading.problems.map(\.kind) == [.damaged, .damaged, .weakDigest])
    #expect(reading.problems.map(\.subject) == ["info/hello:amd64.md5sums", nil, nil])
  }

  @Test(.enabled(if: Tool.isInstalled("sha256sum"), "needs sha256sum"))
  func theDatabaseIsKnownByWhatSha256sumSaysOfItsFiles() throws {
    let folder = try Self.database()
    let reading = try Self.reading(folder.path + "/var/lib/dpkg")
    #expect(reading.source.path == "image/status")
    let listing = try Tool.run(
      "sh", ["-c", "find * -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum"],
      in: folder.folder.appendingPathComponent("var/lib/dpkg"))
    #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: Array(listing.output.utf8)))
    try folder.write("changed", to: "var/lib/dpkg/info/vim.md5sums")
    #expect(try Self.reading(folder.path).source.sha256 != reading.source.sha256)
  }

  @Test func aLoneStatusGivesPackagesWithConffilesOnly() throws {
    let folder = try Self.database()
    let reading = try Self.reading(folder.path + "/var/lib/dpkg/status")
    #expect(reading.packages.map(\.files.count) == [3, 0])
    #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: Array(Self.status.utf8)))
  }

  @Test func whatIsNoDatabaseGivesNoPlan() throws {
    let folder = try ScratchCase()
    try folder.write("Package: x\n", to: "status")
    for path in [folder.path, folder.path + "/status", folder.path + "/none"] {
      #expect(DpkgDatabase.plan(path: FilePath(path), name: "x", options: Self.options) == nil)
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func theStatusOfTheLaboratoryMachineHasItsPackages() throws {
    let reading = try Self.reading(Corpus.url("lab/reference/dpkg-status").path)
    let text = String(decoding: try Corpus.bytes("lab/reference/dpkg-status"), as: UTF8.self)
    #expect(reading.packages.count == text.components(separatedBy: "\nStatus: install ok installed\n").count - 1)
    #expect(reading.problems.map(\.kind) == [.weakDigest])
  }
}
