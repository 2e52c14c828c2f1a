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

private func read(
  _ path: String, _ algorithms: [FileDigestAlgorithm] = [.sha1, .sha256], keys: [[UInt8]] = [],
  limits: BuildLimits = BuildLimits()
) -> ManifestReading {
  RPMPackageReader.read(
    path: FilePath(path), name: "package.rpm",
    options: BuildOptions(algorithms: algorithms, keys: OpenPGPKeyring(certificates: keys), limits: limits))
}

/// One set of packages for all tests of this file, since making a key and signing take a second.
private let made: (build: RPMBuild, key: [UInt8], md5: String, sha256: String)? = {
  guard RPMBuild.isPossible else { return nil }
  do {
    let build = try RPMBuild()
    let key = try build.makeKey()
    let md5 = try build.build("weak", algorithm: 1, epoch: 3)
    let sha256 = try build.build("strong", algorithm: 8, compressor: "w6.xzdio")
    try build.sign(md5)
    try build.sign(sha256)
    return (build, key, md5, sha256)
  } catch {
    Issue.record("packages could not be made: \(error)")
    return nil
  }
}()

@Suite(.enabled(if: RPMBuild.isPossible)) struct RPMPackageReaderTests {
  @Test(arguments: ["md5", "sha256"]) func builtPackagesAgreeWithRPMFileByFile(layout: String) throws {
    let made = try #require(made)
    let path = layout == "md5" ? made.md5 : made.sha256
    let reading = read(path, keys: [made.key])
    #expect(reading.problems.isEmpty, "\(reading.problems)")
    #expect(reading.source.signatures.map(\.status) == [.good], "\(reading.source.signatures)")
    let package = try #require(reading.packages.first)
    #expect(package.version == (layout == "md5" ? "3:1.0-1" : "1.0-1") && package.distribution == "Inquest tests")
    let dump = try made.build.run("rpm", ["--dbpath", made.build.scratch.path + "/db", "-qp", "--dump", path])
    let files = package.files.filter { $0.flags.isDisjoint(with: [.maintainerScript, .packageRecord]) }
    let lines = dump.split(separator: "\n").map { $0.components(separatedBy: " ") }
    try #require(lines.count == files.count)
    for (file, words) in zip(files, lines) {
      let fields = Array(words.suffix(10))
      #expect(file.path == Array(words.dropLast(10).joined(separator: " ").utf8))
      let algorithm = try #require(FileDigestAlgorithm(name: layout))
      let digest = file.digests.first { $0.algorithm == algorithm && $0.origin == .header }.map { hexText($0.bytes) }
      #expect(digest ?? "" == (fields[2].allSatisfy { $0 == "0" } ? "" : fields[2]))
      #expect(file.flags.contains(.configuration) == (fields[6] == "1"))
      #expect(file.flags.contains(.documentation) == (fields[7] == "1"))
    }
    try comparePayload(path, files)
  }

  /// What the payload gives must be what rpm2cpio and cpio unpack.
  private func comparePayload(_ path: String, _ files: [ReferenceFile]) throws {
    guard Tool.isInstalled("cpio"), Tool.isInstalled("rpm2cpio") else { return }
    let folder = try ScratchCase("unpacked")
    _ = try Tool.run("sh", ["-c", "rpm2cpio '\(path)' | cpio -idm --quiet --no-absolute-filenames"], in: folder.folder)
    var count = 0
    for file in files where file.kind == .regular && !file.flags.contains(.ghost) {
      let bytes = try folder.read(String(decoding: file.path.dropFirst(), as: UTF8.self))
      for algorithm in [FileDigestAlgorithm.sha1, .sha256] {
        let digest = file.digests.first { $0.algorithm == algorithm }
        #expect(digest?.bytes == algorithm.digest(of: bytes), "\(escapedText(file.path))")
      }
      count += 1
    }
    // The program with its hard link, two settings, two empty files, the zeros and the licence.
    #expect(count == 8)
  }

  @Test func flagsAndScriptletsAreKept() throws {
    let made = try #require(made)
    let package = try #require(read(made.sha256).packages.first)
    func flags(_ path: String) -> ReferenceFile.Flags? { package.files.first { $0.path == Array(path.utf8) }?.flags }
    #expect(flags("/etc/strong/main.conf") == .configuration)
    #expect(flags("/etc/strong/kept.conf") == [.configuration, .noReplace])
    #expect(flags("/etc/strong/ghost") == .ghost)
    #expect(flags("/usr/share/doc/strong/zeros")?.contains(.documentation) == true)
    #expect(flags("/usr/share/doc/strong/LICENSE")?.contains(.license) == true)
    let scripts = package.files.filter { $0.flags.contains(.maintainerScript) }
    #expect(scripts.map { escapedText($0.path) } == ["/var/tmp/rpm-tmp.postin", "/var/tmp/rpm-tmp.preun"])
    let text = Array("echo configured strong".utf8)
    #expect(scripts[0].digests.last?.bytes == FileDigestAlgorithm.sha256.digest(of: text))
    let program = package.files.first { $0.path == Array("/usr/bin/strong".utf8) }
    #expect(program?.content == .script(interpreter: Array("/bin/sh".utf8)))
  }

  @Test func thePayloadIsReadOnlyForDigestsThatTheHeaderLacks() throws {
    let made = try #require(made)
    let header = try #require(read(made.sha256, [.sha256]).packages.first)
    #expect(
      header.files.filter { !$0.flags.contains(.packageRecord) }.flatMap(\.digests).allSatisfy { $0.origin == .header })
    #expect(header.files.allSatisfy { $0.content == nil })
    let payload = try #require(read(made.sha256, [.sha512]).packages.first)
    let program = payload.files.first { $0.path == Array("/usr/bin/strong".utf8) }
    #expect(program?.digests.map(\.origin) == [.header, .payload])
  }

  @Test func verdictsOnSignaturesAreThoseOfRPM() throws {
    let made = try #require(made)
    #expect(try made.build.check(made.sha256, key: made.key).status == 0)
    #expect(read(made.sha256, keys: [made.key]).source.signatures.map(\.status) == [.good])
    #expect(try made.build.check(made.sha256, key: nil).output.contains("NOKEY"))
    #expect(read(made.sha256).problems.map(\.kind) == [.keyMissing])
    let unsigned = try made.build.build("bare", algorithm: 8)
    #expect(read(unsigned, keys: [made.key]).problems.map(\.kind) == [.unsigned])
    let other = try RPMBuild().makeKey("Somebody Else <else@example.org>")
    #expect(read(made.sha256, keys: [other]).problems.map(\.kind) == [.keyMissing])
  }

  @Test func signaturesOverHeaderAndPayloadAreVerified() throws {
    let made = try #require(made)
    let package = try made.build.build("both", algorithm: 8)
    try made.build.sign(package, isOverPayload: true)
    let good = read(package, keys: [made.key])
    #expect(good.source.signatures.map(\.status) == [.good, .good] && good.problems.isEmpty)
    let broken = try changed(package) { bytes, _ in bytes[bytes.count - 20] ^= 1 }
    let reading = read(broken, keys: [made.key])
    #expect(reading.source.signatures.map(\.status) == [.good, .bad])
    #expect(reading.source.signatures[0].detail == "Covers the header.")
    #expect(reading.source.signatures[1].detail.hasSuffix("Covers header and payload."))
    #expect(reading.problems.contains { $0.kind == .signatureInvalid })
    var limits = BuildLimits()
    limits.heldByteCount = 16
    let unheld = read(package, keys: [made.key], limits: limits)
    #expect(unheld.source.signatures.map(\.status) == [.good, .unsupported])
  }

  /// A copy of a package with some of its bytes changed.
  private func changed(_ path: String, _ change: (inout [UInt8], RPMPackage) -> Void) throws -> String {
    let made = try #require(made)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let package = try RPMPackage(bytes, file: "package.rpm")
    change(&bytes, package)
    let name = "changed-\(UUID().uuidString).rpm"
    try made.build.scratch.write(bytes, to: name)
    return made.build.scratch.path + "/" + name
  }

  @Test func aChangedHeaderBreaksSignatureAndDigests() throws {
    let made = try #require(made)
    let path = try changed(made.sha256) { bytes, package in
      // Inside of the vendor's name.
      let vendor = Array("Inquest tests".utf8)
      let place = bytes.indices.first { $0 > package.header.range.lowerBound && bytes[$0...].starts(with: vendor) }
      if let place { bytes[place] = UInt8(ascii: "X") }
    }
    #expect(try made.build.check(path, key: made.key).status != 0)
    let reading = read(path, keys: [made.key])
    #expect(reading.source.signatures.map(\.status) == [.bad])
    let kinds = Set(reading.problems.map(\.kind))
    #expect(kinds == [.signatureInvalid, .payloadDiffers], "\(reading.problems)")
    // The two digests of the header, and the MD5 of everything.
    #expect(reading.problems.count { $0.kind == .payloadDiffers } == 3)
    #expect(reading.packages.first?.distribution == "Xnquest tests")
  }

  @Test func aChangedPayloadIsToldAndTheHeaderStillRead() throws {
    let made = try #require(made)
    let path = try changed(made.md5) { bytes, package in bytes[bytes.count - 20] ^= 0x10 }
    let reading = read(path, keys: [made.key])
    #expect(reading.source.signatures.map(\.status) == [.good])
    #expect(
      reading.problems.contains { $0.kind == .payloadDiffers && $0.message.contains("sha256") }, "\(reading.problems)")
    let package = try #require(reading.packages.first)
    // Only what the header says remains, since the payload is not the one that was signed.
    let installed = package.files.filter { $0.flags.isDisjoint(with: [.maintainerScript, .packageRecord]) }
    #expect(installed.flatMap(\.digests).allSatisfy { $0.origin == .header } && installed.count == 11)
    #expect(reading.problems.contains { $0.kind == .weakDigest })
  }

  @Test func aTruncatedPayloadIsDamagedAndTheHeaderStillRead() throws {
    let made = try #require(made)
    let path = try changed(made.sha256) { bytes, package in bytes.removeLast((bytes.count - package.payloadOffset) / 2)
    }
    let reading = read(path, keys: [made.key])
    #expect(reading.source.signatures.map(\.status) == [.good])
    #expect(reading.problems.contains { $0.kind == .damaged && $0.message.contains("not as long") })
    #expect(reading.problems.contains { $0.kind == .damaged && $0.subject == "payload" }, "\(reading.problems)")
    #expect(reading.packages.first?.files.count { $0.digests.contains { $0.origin == .header } } ?? 0 >= 8)
    let gone = try changed(made.sha256) { bytes, package in bytes.removeLast(bytes.count - package.payloadOffset + 1) }
    let broken = read(gone)
    #expect(broken.packages.isEmpty && broken.problems.map(\.kind) == [.damaged] && !broken.source.sha256.isEmpty)
  }

  @Test func payloadsOverTheBoundsAreRefused() throws {
    let made = try #require(made)
    var limits = BuildLimits()
    limits.unpackedByteCount = 4096
    let large = read(made.sha256, keys: [made.key], limits: limits)
    #expect(large.problems.map(\.kind) == [.refused], "\(large.problems)")
    limits = BuildLimits()
    limits.memberCount = 3
    #expect(read(made.sha256, keys: [made.key], limits: limits).problems.map(\.kind) == [.damaged])
  }

  @Test func whatIsNoPackageIsDamaged() throws {
    let scratch = try ScratchCase()
    try scratch.write("no package at all", to: "x.rpm")
    let reading = read(scratch.path + "/x.rpm")
    #expect(reading.packages.isEmpty && reading.problems.map(\.kind) == [.damaged])
    #expect(reading.problems.first?.expected == "0xedabeedb")
    #expect(read(scratch.path + "/missing.rpm").problems.allSatisfy { $0.kind == .damaged })
  }
}
