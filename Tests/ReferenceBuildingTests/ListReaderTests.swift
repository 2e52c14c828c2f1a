import ByteReading
import EvidenceIntake
import Foundation
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import TestSupport
import Testing

private let sha1 = String(repeating: "cd", count: 20)

private func read(_ path: String, in scratch: ScratchCase, keys: [[UInt8]] = []) -> ManifestReading? {
  ListReader.read(
    path: FilePath(scratch.path + "/" + path), name: path,
    options: BuildOptions(keys: OpenPGPKeyring(certificates: keys)))
}

struct ListReaderTests {
  @Test func anUnsignedListIsReadAndSaidToBeUnsigned() throws {
    let scratch = try ScratchCase()
    try scratch.write("\(sha1)  usr/bin/a\n", to: "lists/sums")
    let reading = try #require(read("lists/sums", in: scratch))
    #expect(reading.source.kind == .digestList)
    #expect(reading.source.path == "lists/sums")
    #expect(reading.source.byteCount == 52)
    #expect(reading.source.sha256.count == 32)
    #expect(reading.packages.map(\.name) == ["sums"])
    #expect(reading.packages.first?.files.map { escapedText($0.path) } == ["/usr/bin/a"])
    #expect(reading.problems.map(\.kind) == [.unsigned])
  }

  @Test func listsOfMD5AloneAreWeak() throws {
    let scratch = try ScratchCase()
    let md5 = String(repeating: "1", count: 32)
    try scratch.write("\(md5)  a\n", to: "a")
    try scratch.write("\(md5)  a\n\(sha1)  b\n", to: "b")
    #expect(read("a", in: scratch)?.problems.map(\.kind) == [.unsigned, .weakDigest])
    #expect(read("b", in: scratch)?.problems.map(\.kind) == [.unsigned])
  }

  @Test func everyKindIsToldByItsContent() throws {
    let scratch = try ScratchCase()
    let files: [(String, ReferenceSource.Kind, Int, Int)] = [
      ("%%%% HASHDEEP-1.0\n%%%% sha1,filename\n\(sha1),/a\n", .hashdeep, 1, 0),
      ("#mtree\na sha1=\(sha1)\n", .mtree, 1, 0),
      ("path,sha1\n/a,\(sha1)\n", .csv, 1, 0), ("{\"digests\":{\"/a\":[\"\(sha1)\"]}}", .keylimePolicy, 1, 0),
      (
        "{\"bash\":{\"CVE-1\":{\"releases\":{\"sid\":{\"status\":\"resolved\",\"fixed_version\":\"2\"}}}}}",
        .debianSecurityTracker, 0, 1
      ),
      ("[01 Jan 2024] DSA-1-1 bash - security update\n\t[sid] - bash 1\n", .debianSecurityList, 0, 1),
      (
        "<?xml version='1.0'?><updates><update type='bugfix'><id>A</id><pkglist><collection><package name='b' version='1' release='2'/></collection></pkglist></update></updates>",
        .updateInformation, 0, 1
      ),
    ]
    for (text, kind, packages, updates) in files {
      try scratch.write(text, to: "file")
      let reading = try #require(read("file", in: scratch), "\(kind)")
      #expect(reading.source.kind == kind)
      #expect(reading.packages.count == packages && reading.updates.count == updates, "\(kind)")
      #expect(reading.problems.map(\.kind) == [.unsigned], "\(kind) \(reading.problems)")
    }
  }

  @Test func otherFilesAreNone() throws {
    let scratch = try ScratchCase()
    for bytes in [[], [0x7f, 0x45], Array("\(sha1)  a\n\0".utf8), Array("<html/>".utf8), Array("text".utf8)]
      as [[UInt8]]
    {
      try scratch.write(bytes, to: "file")
      #expect(read("file", in: scratch) == nil)
    }
    #expect(read("absent", in: scratch) == nil)
    #expect(read("", in: scratch) == nil)
  }

  @Test func aListBeyondTheBoundIsRefused() throws {
    let scratch = try ScratchCase()
    try scratch.write("\(sha1)  a\n", to: "file")
    var options = BuildOptions(keys: OpenPGPKeyring())
    options.limits.heldByteCount = 10
    let reading = ListReader.read(path: FilePath(scratch.path + "/file"), name: "file", options: options)
    #expect(reading?.problems.map(\.kind) == [.refused])
    #expect(reading?.packages.isEmpty == true)
  }

  @Test func anEnvelopesSignatureIsUnsupportedAndNotAbsent() throws {
    let scratch = try ScratchCase()
    let payload = Data("{\"digests\":{\"/a\":[\"\(sha1)\"]}}".utf8).base64EncodedString()
    try scratch.write("{\"payloadType\":\"x\",\"payload\":\"\(payload)\",\"signatures\":[]}", to: "policy")
    let reading = try #require(read("policy", in: scratch))
    #expect(reading.source.signatures.map(\.status) == [.unsupported])
    #expect(reading.problems.map(\.kind) == [.signatureUnsupported])
    #expect(reading.packages.first?.files.count == 1)
  }

  @Test(.enabled(if: Tool.isInstalled("gpg"), "gpg is not installed"))
  func signaturesBesideAndAroundAListAreVerified() throws {
    let scratch = try ScratchCase("g")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path)
    let gpg = { (arguments: [String]) in
      _ = try Tool.run(
        "gpg",
        ["--homedir", scratch.path, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""] + arguments,
        in: scratch.folder)
    }
    try gpg(["--quick-generate-key", "lists", "ed25519", "sign", "never"])
    try gpg(["--output", "key", "--export", "lists"])
    let key = try scratch.read("key")
    try scratch.write("\(sha1)  a\n", to: "sums")
    try gpg(["--armor", "--detach-sign", "sums"])
    try gpg(["--output", "clear", "--clear-sign", "sums"])
    _ = try Tool.run("gpgconf", ["--homedir", scratch.path, "--kill", "all"])
    for name in ["sums", "clear"] {
      let good = try #require(read(name, in: scratch, keys: [key]))
      #expect(good.source.signatures.map(\.status) == [.good], "\(name)")
      #expect(good.problems == [], "\(name)")
      #expect(good.packages.first?.files.count == 1)
      #expect(read(name, in: scratch)?.problems.map(\.kind) == [.keyMissing])
    }
    try scratch.write("\(sha1)  b\n", to: "sums")
    #expect(read("sums", in: scratch, keys: [key])?.problems.map(\.kind) == [.signatureInvalid])
  }
}
