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

struct DebianPackageReaderTests {
  private static func read(
    _ bytes: [UInt8], algorithms: [FileDigestAlgorithm] = [.sha256], limits: BuildLimits = BuildLimits()
  ) throws -> ManifestReading {
    let folder = try ScratchCase()
    try folder.write(bytes, to: "x.deb")
    return DebianPackageReader.read(
      path: FilePath(folder.path + "/x.deb"), name: "x.deb",
      options: BuildOptions(algorithms: algorithms, keys: OpenPGPKeyring(), limits: limits))
  }

  private static func sha256(_ text: String) -> [UInt8] {
    FileDigestAlgorithm.sha256.digest(of: Array(text.utf8)) ?? []
  }

  private static func paths(_ reading: ManifestReading) -> [String] {
    reading.packages.flatMap(\.files).map { String(decoding: $0.path, as: UTF8.self) }
  }

  private static func file(_ path: String, _ reading: ManifestReading) -> ReferenceFile? {
    reading.packages.flatMap(\.files).first { $0.path == Array(path.utf8) }
  }

  private static let good = MadePackage(
    version: "1:2.0-1", fields: "Multi-Arch: same\nSource: greetings (1:2.0)\n",
    control: [
      ("postinst", "#!/bin/sh\nexit 0\n"), ("conffiles", "/etc/hello.conf\nremove-on-upgrade /etc/old.conf\n"),
      ("md5sums", "b1946ac92492d2347c6235b4d2611184  usr/bin/hello\nb1946ac92492d2347c6235b4d2611184  usr/bin/hi\n"),
    ],
    payload: [
      .folder("./"), .folder("./usr/"), .folder("./usr/bin/"), .file("./usr/bin/hello", "hello\n", mode: 0o4755),
      .hardLink("./usr/bin/hi", to: "./usr/bin/hello"), .symbolicLink("./usr/bin/hej", to: "../../bin/hello"),
      .folder("./etc/"), .file("./etc/hello.conf", ""), .file("./usr/bin/script", "#! /usr/bin/perl -w\n"),
    ])

  @Test func everyMemberOfThePayloadAndOfTheControlArchiveIsAFile() throws {
    let reading = try Self.read(Self.good.bytes)
    #expect(reading.problems == [])
    let package = try #require(reading.packages.first)
    #expect([package.name, package.version, package.architecture] == ["hello", "1:2.0-1", "amd64"])
    #expect(package.sourceName == "greetings" && package.sourceVersion == "1:2.0")
    #expect(package.date == "2020-09-13T12:26:40Z")
    #expect(
      Self.paths(reading) == [
        "/", "/etc", "/etc/hello.conf", "/hello_1%3a2.0-1_amd64.deb", "/usr", "/usr/bin", "/usr/bin/hej",
        "/usr/bin/hello", "/usr/bin/hi", "/usr/bin/script", "/var/lib/dpkg/info/hello.conffiles",
        "/var/lib/dpkg/info/hello.list", "/var/lib/dpkg/info/hello.md5sums", "/var/lib/dpkg/info/hello.postinst",
        "/var/lib/dpkg/info/hello:amd64.conffiles", "/var/lib/dpkg/info/hello:amd64.list",
        "/var/lib/dpkg/info/hello:amd64.md5sums", "/var/lib/dpkg/info/hello:amd64.postinst",
        "/var/lib/dpkg/tmp.ci/conffiles", "/var/lib/dpkg/tmp.ci/control", "/var/lib/dpkg/tmp.ci/md5sums",
        "/var/lib/dpkg/tmp.ci/postinst",
      ])
    let hello = try #require(Self.file("/usr/bin/hello", reading))
    #expect(hello.digests == [ReferenceDigest(.sha256, Self.sha256("hello\n"), origin: .payload)])
    #expect(hello.mode == 0o4755 && hello.byteCount == 6 && hello.content == .other)
    #expect(Self.file("/usr/bin/hi", reading)?.digests == hello.digests)
    #expect(Self.file("/usr/bin/hej", reading)?.kind == .symbolicLink(target: Array("../../bin/hello".utf8)))
    #expect(Self.file("/etc/hello.conf", reading)?.flags == .configuration)
    #expect(Self.file("/etc/hello.conf", reading)?.content == .empty)
    #expect(Self.file("/usr/bin/script", reading)?.content == .script(interpreter: Array("/usr/bin/perl".utf8)))
    let script = try #require(Self.file("/var/lib/dpkg/tmp.ci/postinst", reading))
    #expect(script.flags == .maintainerScript && script.content == .script(interpreter: Array("/bin/sh".utf8)))
    #expect(script.digests.map(\.bytes) == [Self.sha256("#!/bin/sh\nexit 0\n")])
    #expect(Self.file("/var/lib/dpkg/info/hello.md5sums", reading)?.flags == .packageRecord)
    let list = "/.\n/usr\n/usr/bin\n/usr/bin/hello\n/usr/bin/hi\n/usr/bin/hej\n/etc\n/etc/hello.conf\n/usr/bin/script\n"
    #expect(Self.file("/var/lib/dpkg/info/hello.list", reading)?.digests.map(\.bytes) == [Self.sha256(list)])
  }

  @Test func thePackageFileItselfHasItsDigests() throws {
    let bytes = Self.good.bytes
    let reading = try Self.read(bytes, algorithms: [.sha1, .sha512])
    #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: bytes))
    #expect(reading.source.byteCount == bytes.count)
    let own = try #require(Self.file("/hello_1%3a2.0-1_amd64.deb", reading))
    #expect(own.flags == .packageRecord)
    #expect(
      own.digests == [
        ReferenceDigest(.sha1, FileDigestAlgorithm.sha1.digest(of: bytes) ?? [], origin: .payload),
        ReferenceDigest(.sha512, FileDigestAlgorithm.sha512.digest(of: bytes) ?? [], origin: .payload),
      ])
  }

  @Test func aPayloadThatDisagreesWithItsOwnDigestsIsAProblemPerFile() throws {
    var made = Self.good
    let right = hexText(Self.sha256("right"))
    made.control = [
      (
        "md5sums",
        "\(right)  ./usr/a\n\(right) */usr/b\nnot a line\n00112233445566778899aabbccddeeff  usr/c\n\(right)  usr/none\n"
      )
    ]
    made.payload = [
      .file("./usr/a", "right"), .file("./usr/b", "wrong"), .file("./usr/c", "wrong"),
      .hardLink("./usr/none2", to: "usr/a"),
    ]
    let reading = try Self.read(made.bytes, algorithms: [.sha1])
    #expect(reading.problems.map(\.kind) == [.damaged, .payloadDiffers, .payloadDiffers, .payloadDiffers])
    #expect(reading.problems.map(\.subject) == ["md5sums", "/usr/b", "/usr/c", "/usr/none"])
    #expect(reading.problems[1].expected == "sha256 \(right)")
    #expect(reading.problems[1].actual == hexText(Self.sha256("wrong")))
    #expect(Self.file("/usr/b", reading)?.digests.count == 1)
  }

  @Test func pathsAndLinksThatLeadOutAreRefusedAndTheRestIsKept() throws {
    var made = Self.good
    made.control = []
    made.payload = [
      .file("/etc/passwd", "x"), .file("./a/../../b", "x"), .symbolicLink("./out", to: "../etc"),
      .symbolicLink("./usr/out", to: "/../x"), .symbolicLink("./etc", to: "/usr/etc"), .file("./etc/below", "x"),
      .hardLink("./h1", to: "/etc/shadow"), .hardLink("./h2", to: "../../etc/shadow"), .hardLink("./h3", to: "./none"),
      .file("./kept", "x"), .symbolicLink("./usr/in", to: "../kept"),
    ]
    let reading = try Self.read(made.bytes)
    #expect(reading.problems.allSatisfy { $0.kind == .refused })
    #expect(
      reading.problems.map(\.subject) == [
        "/etc/passwd", "./a/../../b", "/out", "/usr/out", "./etc/below", "/h1", "/h2", "/h3",
      ])
    let kept = Self.paths(reading).filter { !$0.hasPrefix("/var") && !$0.hasSuffix(".deb") }
    #expect(kept == ["/etc", "/kept", "/usr/in"])
  }

  @Test func tooManyMembersAreRefusedAndTheFirstOnesKept() throws {
    var made = Self.good
    made.control = []
    made.payload = (0..<3000).map { .file("./f\($0)", "") }
    var limits = BuildLimits()
    limits.memberCount = 1000
    let reading = try Self.read(made.bytes, limits: limits)
    #expect(reading.problems.map(\.kind) == [.refused])
    #expect(reading.problems.first?.message.contains("more than 1000 members") == true)
    #expect(Self.paths(reading).filter { $0.hasPrefix("/f") }.count == 1000)
  }

  @Test func aHostilePackageCannotFillMemoryWithProblems() throws {
    var made = Self.good
    made.control = []
    made.payload = (0..<500).map { .file("/abs\($0)", "") }
    let reading = try Self.read(made.bytes)
    #expect(reading.problems.count == ProblemList.keptCount + 1)
    #expect(reading.problems.last?.message == "400 more problems of this kind are not listed.")
  }

  @Test(.enabled(if: Tool.isInstalled("xz"), "needs xz"))
  func aBombIsRefusedAndThePackageKept() throws {
    let folder = try ScratchCase()
    try folder.write([UInt8](repeating: 0, count: 80 << 20), to: "zeros")
    #expect(try Tool.run("sh", ["-c", "tar cf - zeros | xz -1 > data.tar.xz"], in: folder.folder).status == 0)
    let bytes = MadePackage.ar(controlTar: Self.good.controlTar, data: ("data.tar.xz", try folder.read("data.tar.xz")))
    let reading = try Self.read(bytes)
    #expect(reading.problems.map(\.kind) == [.refused])
    #expect(reading.problems.first?.message.contains("times its size") == true)
    #expect(Self.file("/var/lib/dpkg/tmp.ci/postinst", reading) != nil)
    #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: bytes))
  }

  @Test func everyTruncationIsAProblemAndTheFileIsStillHashed() throws {
    let bytes = Self.good.bytes
    let folder = try ScratchCase()
    let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring())
    // Up to the tar's end marker; the zeros after it say nothing.
    for count in stride(from: 0, to: bytes.count - 1100, by: 37) {
      try folder.write(Array(bytes.prefix(count)), to: "x.deb")
      let reading = DebianPackageReader.read(path: FilePath(folder.path + "/x.deb"), name: "x.deb", options: options)
      #expect(!reading.problems.isEmpty, "\(count)")
      #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: Array(bytes.prefix(count))))
    }
  }

  @Test func flippedBytesNeverStopTheReader() throws {
    let bytes = Self.good.bytes
    let folder = try ScratchCase()
    let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring())
    for index in stride(from: 0, to: bytes.count, by: 31) {
      var flipped = bytes
      flipped[index] ^= UInt8(1 << (index % 8))
      try folder.write(flipped, to: "x.deb")
      let reading = DebianPackageReader.read(path: FilePath(folder.path + "/x.deb"), name: "x.deb", options: options)
      #expect(reading.source.byteCount == bytes.count)
      #expect(reading.packages.count <= 1)
    }
  }

  @Test func aPackageWithAnIllegalNameIsNoPackage() throws {
    var made = Self.good
    made.name = "../../etc/x"
    let reading = try Self.read(made.bytes)
    #expect(reading.packages.isEmpty)
    #expect(reading.problems.map(\.kind) == [.damaged])
    #expect(reading.problems.first?.subject == "control")
  }

  @Test func whatDpkgDoesNotReadIsSaid() throws {
    let data = MadePackage.tar([.file("./a", "a")])
    let hidden = MadePackage.tar([.file("./hidden", "h")])
    let bytes = MadePackage.ar([
      ("debian-binary", Array("2.0\n".utf8)), ("_gpgorigin", [1]), ("control.tar", Self.good.controlTar),
      ("data.tar", data + hidden), ("data.tar.xz", [1, 2]), ("extra", [3]),
    ])
    let reading = try Self.read(bytes + Array("!".utf8))
    #expect(
      reading.problems.contains { $0.kind == .damaged && $0.message.hasPrefix("Bytes follow the end of data.tar") })
    #expect(reading.problems.contains { $0.message.hasPrefix("Bytes follow the end of the ar archive") })
    #expect(reading.problems.filter { $0.kind == .unrecognised }.map(\.subject) == ["data.tar.xz", "extra"])
    #expect(Self.file("/hidden", reading) == nil)
    #expect(Self.file("/a", reading) != nil)
  }

  @Test func whatIsNoPackageIsAProblem() throws {
    for bytes in [[], Array("no archive".utf8), MadePackage.ar([("other", [1])])] {
      let reading = try Self.read(bytes)
      #expect(reading.packages.isEmpty && !reading.problems.isEmpty)
    }
    let options = BuildOptions(keys: OpenPGPKeyring())
    let absent = DebianPackageReader.read(path: FilePath("/nowhere.deb"), name: "nowhere.deb", options: options)
    #expect(absent.problems.map(\.message) == ["Cannot be opened: No such file or directory."])
  }

  @Test(.enabled(if: Tool.isInstalled("dpkg-deb"), "needs dpkg-deb"), arguments: ["none", "gzip", "xz", "zstd"])
  func packagesOfDpkgDebAreReadInEveryCompression(compression: String) throws {
    let folder = try ScratchCase()
    try folder.write(Self.good.controlText, to: "tree/DEBIAN/control")
    try folder.write("hello\n", to: "tree/usr/bin/hello")
    try folder.write([UInt8](repeating: 5, count: 300_000), to: "tree/usr/share/large")
    #expect(
      try Tool.run("dpkg-deb", ["-Z\(compression)", "--root-owner-group", "-b", "tree", "x.deb"], in: folder.folder)
        .status == 0)
    let bytes = try folder.read("x.deb")
    let reading = try Self.read(bytes)
    #expect(reading.problems == [])
    let listed = try Tool.run("sh", ["-c", "dpkg-deb --fsys-tarfile x.deb | tar t"], in: folder.folder).output
    let expected = Set(listed.split(separator: "\n").compactMap { absolutePath(Array($0.utf8)) })
    let payload = reading.packages.flatMap(\.files).filter { $0.flags.isEmpty }
    #expect(Set(payload.map(\.path)) == expected)
    let large = try #require(payload.first { $0.path == Array("/usr/share/large".utf8) })
    #expect(
      large.digests.map(\.bytes) == [FileDigestAlgorithm.sha256.digest(of: [UInt8](repeating: 5, count: 300_000)) ?? []]
    )
  }
}
