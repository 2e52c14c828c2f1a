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

private let corpus = "ref/knqyf263+go-rpmdb/pkg/testdata/"

private func readings(_ path: String, keys: [[UInt8]] = []) -> [ManifestReading] {
  let options = BuildOptions(algorithms: [.sha1, .sha256], keys: OpenPGPKeyring(certificates: keys))
  return RPMDatabase.plan(path: FilePath(path), name: "image", options: options)?.tasks.flatMap { $0.run() } ?? []
}

/// Everything in a folder with its content.
private func snapshot(_ folder: URL) throws -> [String: Data] {
  var found: [String: Data] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
    found[name] = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path) ?? Data()
  }
  return found
}

@Suite struct RPMDatabaseTests {
  @Test(.enabled(if: Corpus.isPresent)) func aDatabaseInSQLiteIsReadPackageByPackage() throws {
    let folder = Corpus.url(corpus + "cbl-mariner-2.0")
    let before = try snapshot(folder).keys.sorted()
    let found = readings(folder.path)
    #expect(try snapshot(folder).keys.sorted() == before, "nothing is left beside evidence")
    #expect(found.first?.source.path == "image/rpmdb.sqlite" && found.first?.problems.isEmpty == true)
    let packages = found.flatMap(\.packages)
    let files = packages.flatMap(\.files).filter { !$0.flags.contains(.maintainerScript) }
    #expect(packages.count == 129 && files.count == 7269)
    #expect(files.count { !$0.digests.isEmpty } == 5356)
    #expect(files.flatMap(\.digests).allSatisfy { $0.origin == .header && $0.algorithm == .sha256 })
    // Every header is signed, by a key that is not in the corpus, and has the digests that it says.
    let signed = found.dropFirst().filter { !$0.packages.isEmpty }
    #expect(signed.allSatisfy { $0.source.signatures.map(\.status) == [.keyMissing] })
    #expect(signed.allSatisfy { $0.problems.map(\.kind) == [.keyMissing] })
  }

  @Test(.enabled(if: Corpus.isPresent)) func aDatabaseOfSUSEIsReadPackageByPackage() throws {
    let found = readings(Corpus.url(corpus + "sle15-bci").path)
    let packages = found.flatMap(\.packages)
    #expect(found.first?.problems.isEmpty == true)
    #expect(packages.count == 35)
    #expect(packages.contains { $0.name == "bash" && $0.files.contains { $0.path == Array("/usr/bin/bash".utf8) } })
    let signed = found.dropFirst().filter { !$0.packages.isEmpty }
    #expect(signed.allSatisfy { $0.problems.allSatisfy { [.keyMissing, .weakDigest].contains($0.kind) } })
    #expect(signed.allSatisfy { !$0.source.signatures.isEmpty })
  }

  @Test(.enabled(if: Corpus.isPresent)) func aDatabaseOfBerkeleyDBIsNamedAsNotRead() {
    let found = readings(Corpus.url(corpus + "libuuid").path)
    #expect(found.count == 1 && found[0].problems.map(\.kind) == [.unrecognised])
  }

  @Test func anIndexOfDebianIsNoDatabase() throws {
    let scratch = try ScratchCase()
    try scratch.write("Package: bash\nVersion: 1\n", to: "Packages")
    #expect(
      RPMDatabase.plan(path: FilePath(scratch.path), name: "x", options: BuildOptions(keys: OpenPGPKeyring())) == nil)
  }

  @Test func whatIsNoSQLiteFileIsDamaged() throws {
    let scratch = try ScratchCase()
    try scratch.write(Array("SQLite format 3\0".utf8) + Array(repeating: 0x41, count: 5000), to: "rpmdb.sqlite")
    let found = readings(scratch.path)
    #expect(found.count == 1 && found[0].problems.map(\.kind) == [.damaged])
    try scratch.write([], to: "rpmdb.sqlite")
    #expect(readings(scratch.path).first?.problems.first?.message.contains("has no table Packages") == true)
  }

  @Test(.enabled(if: Tool.isInstalled("sqlite3"))) func aViewInTheTablesPlaceIsRefused() throws {
    let scratch = try ScratchCase()
    _ = try Tool.run(
      "sqlite3",
      [
        scratch.path + "/rpmdb.sqlite",
        "CREATE VIEW Packages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS hnum, x'00' AS blob FROM n",
      ])
    #expect(readings(scratch.path).first?.problems.first?.message.contains("no plain table") == true)
  }

  @Test func linksInAnImageAreNotFollowed() throws {
    let scratch = try ScratchCase()
    try scratch.write([], to: "outside/rpmdb.sqlite")
    try scratch.write([], to: "image/var/lib/keep")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/image/var/lib/rpm", withDestinationPath: scratch.path + "/outside")
    let options = BuildOptions(keys: OpenPGPKeyring())
    #expect(RPMDatabase.plan(path: FilePath(scratch.path + "/image"), name: "x", options: options) == nil)
    #expect(RPMDatabase.plan(path: FilePath(scratch.path + "/outside"), name: "x", options: options) != nil)
  }

  @Test(.enabled(if: Corpus.isPresent)) func aDamagedSUSEDatabaseKeepsWhatIsWhole() throws {
    let bytes = try Corpus.bytes(corpus + "sle15-bci/Packages.db")
    let whole = try NDBDatabase(bytes, file: "Packages.db")
    #expect(whole.problems.isEmpty)
    var changed = bytes
    changed[whole.blobs[3].range.lowerBound + 100] ^= 1
    let damaged = try NDBDatabase(changed, file: "Packages.db")
    #expect(damaged.blobs.count == whole.blobs.count - 1 && damaged.problems.map(\.field) == ["blob.adler32"])
    for length in [0, 3, 4, 31, 4095, 4096, bytes.count / 2, bytes.count - 1] {
      let prefix = Array(bytes.prefix(length))
      do throws(ParseError) {
        let cut = try NDBDatabase(prefix, file: "Packages.db")
        #expect(!cut.problems.isEmpty && cut.blobs.count < whole.blobs.count, "\(length)")
      } catch {
        #expect(length < 4096)
      }
    }
    // The first slots, bit by bit.
    for index in 0..<80 {
      var flipped = Array(bytes.prefix(8192))
      flipped[index] ^= 0x81
      do throws(ParseError) { _ = try NDBDatabase(flipped, file: "x") } catch { #expect(error.file == "x") }
    }
  }

  @Test(.enabled(if: RPMBuild.isPossible))
  func packagesOfAnImageAreVerifiedWithTheVendorsKey() throws {
    let build = try RPMBuild()
    let key = try build.makeKey()
    let package = try build.build("installed", algorithm: 8)
    try build.sign(package)
    let other = try build.build("unsigned", algorithm: 8)
    let database = build.scratch.path + "/image/var/lib/rpm"
    try FileManager.default.createDirectory(atPath: database, withIntermediateDirectories: true)
    try build.run(
      "rpm",
      [
        "--dbpath", database, "--define", "_db_backend sqlite", "-i", "--justdb", "--nodeps", "--nosignature", package,
        other,
      ])
    let image = build.scratch.path + "/image"
    let before = try snapshot(URL(fileURLWithPath: image))
    let found = readings(image, keys: [key])
    #expect(try snapshot(URL(fileURLWithPath: image)) == before)
    #expect(
      found.map(\.source.path) == [
        "image/var/lib/rpm/rpmdb.sqlite", "image/var/lib/rpm/rpmdb.sqlite#installed-1.0-1.noarch",
        "image/var/lib/rpm/rpmdb.sqlite#unsigned-1.0-1.noarch",
      ])
    #expect(found[1].source.signatures.map(\.status) == [.good] && found[1].problems.isEmpty)
    #expect(found[2].problems.map(\.kind) == [.unsigned])
    // The same files with the same digests as the package's own.
    let options = BuildOptions(algorithms: [], keys: OpenPGPKeyring())
    let origin = try #require(
      RPMPackageReader.read(path: FilePath(package), name: "p", options: options).packages.first)
    let stored = try #require(found[1].packages.first)
    #expect(
      stored.files.filter { !$0.flags.contains(.maintainerScript) }
        == origin.files.filter { $0.flags.isDisjoint(with: [.maintainerScript, .packageRecord]) })
    try tamper(database, image: image, key: key)
  }

  /// Another digest in the header, as an intruder with root would write it, is found.
  private func tamper(_ database: String, image: String, key: [UInt8]) throws {
    let digest = try #require(FileDigestAlgorithm.sha256.digest(of: Array("setting\n".utf8)).map { hexText($0) })
    let forged = String(digest.reversed())
    let file = URL(fileURLWithPath: database + "/rpmdb.sqlite")
    var bytes = [UInt8](try Data(contentsOf: file))
    let wanted = Array(digest.utf8)
    var count = 0
    for place in bytes.indices.dropLast(wanted.count)
    where bytes[place] == wanted[0] && bytes[place...].starts(with: wanted) {
      bytes.replaceSubrange(place..<place + wanted.count, with: Array(forged.utf8))
      count += 1
    }
    // Both packages have the file.
    try #require(count >= 2)
    try Data(bytes).write(to: file)
    let found = readings(image, keys: [key])
    #expect(found[1].source.signatures.map(\.status) == [.bad])
    #expect(Set(found[1].problems.map(\.kind)) == [.signatureInvalid, .payloadDiffers], "\(found[1].problems)")
  }
}
