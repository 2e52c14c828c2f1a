import Digests
import EvidenceIntake
import Foundation
import OpenPGP
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@testable import ReferenceBuilding

@Suite struct ImageReaderTests {
  private let scratch: ScratchCase

  init() throws { scratch = try ScratchCase("in") }

  private func options(_ change: (inout BuildLimits) -> Void = { _ in }) -> BuildOptions {
    var options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring())
    change(&options.limits)
    return options
  }

  private func read(
    _ members: [(path: String, bytes: [UInt8])], _ options: BuildOptions? = nil
  ) throws -> [ManifestReading] { try read(MadeImage.tar(members), options) }

  private func read(_ archive: [UInt8], _ options: BuildOptions? = nil) throws -> [ManifestReading] {
    try scratch.write(archive, to: "image.tar")
    let path = FilePath(scratch.path + "/image.tar")
    return ImageReader.read(path: path, name: "image.tar", options: options ?? self.options()) ?? []
  }

  /// Text of each file of the only package, links as `-> target`, folders left out.
  private func files(_ readings: [ManifestReading]) throws -> [String: String] {
    let packages = readings.flatMap(\.packages)
    try #require(packages.count == 1, "\(readings.flatMap(\.problems))")
    return Dictionary(
      uniqueKeysWithValues: packages[0].files.compactMap { file in
        let path = String(decoding: file.path, as: UTF8.self)
        switch file.kind {
        case .directory: return nil
        case .symbolicLink(let target): return (path, "-> " + String(decoding: target, as: UTF8.self))
        case .other: return (path, "other")
        case .regular: return (path, file.digests.map { hexText($0) }.joined())
        }
      })
  }

  private func hexText(_ digest: ReferenceDigest) -> String {
    digest.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private func of(_ text: String) -> String { hexDigest(Array(text.utf8)) }

  private func problems(_ readings: [ManifestReading]) -> [String] {
    readings.flatMap(\.problems).map { "\($0.kind.rawValue) \($0.source)\($0.subject.map { " (\($0))" } ?? "")" }
  }

  private let two = MadeImage([
    [
      .folder("etc/"), .file("etc/issue", "old"), .file("etc/gone", "gone"), .folder("opt/"), .folder("opt/a/"),
      .file("opt/a/1", "one"), .file("opt/keep", "keep"), .folder("app/"), .file("app/x", "x"), .file("app/y", "y"),
      .symbolicLink("bin", to: "usr/bin"), .file("usr/bin/tool", "tool"),
    ],
    [
      .file("app/z", "z"), .file("app/.wh..wh..opq", ""), .file("etc/issue", "new"), .file("etc/.wh.gone", ""),
      .file("opt/.wh.a", ""), .hardLink("usr/bin/tool2", to: "usr/bin/tool"), .file("usr/lib/lib", "lib"),
      .hardLink("usr/lib/lib.1", to: "usr/lib/lib"), .device("dev/null"), .file(".wh..wh.plnk", ""),
    ],
  ])

  private var final: [String: String] {
    [
      "/etc/issue": of("new"), "/opt/keep": of("keep"), "/app/z": of("z"), "/bin": "-> usr/bin",
      "/usr/bin/tool": of("tool"), "/usr/bin/tool2": of("tool"), "/usr/lib/lib": of("lib"),
      "/usr/lib/lib.1": of("lib"), "/dev/null": "other",
    ]
  }

  // MARK: Layouts

  @Test func layersAreOneFileSystemWithWhatTheLastOneLeaves() throws {
    let readings = try read(MadeImage.layout([two]))
    #expect(try files(readings) == final)
    #expect(problems(readings) == [])
    let package = try #require(readings.flatMap(\.packages).first)
    #expect(package.format == .image && package.name == "made:latest" && package.version == two.identifier)
    #expect(package.architecture == "amd64" && package.distribution == "linux")
    #expect(package.date == "2024-05-01T00:00:00.5Z")
  }

  @Test func theChainOfSourcesLeadsFromTheConfigurationToTheIndex() throws {
    let readings = try read(MadeImage.layout([two]))
    let byKind = Dictionary(grouping: readings.map(\.source), by: \.kind)
    let configuration = try #require(byKind[.imageConfiguration]?.first)
    let manifest = try #require(byKind[.imageManifest]?.first)
    #expect(configuration.vouchedBy == manifest.sha256)
    #expect(manifest.vouchedBy == byKind[.imageIndex]?.first?.sha256)
    #expect(byKind[.imageLayer]?.allSatisfy { $0.vouchedBy == manifest.sha256 } == true)
    #expect(byKind[.imageLayer]?.count == 2 && byKind[.imageArchive]?.count == 1)
    #expect(readings.first { !$0.packages.isEmpty }?.source == configuration)
  }

  @Test func oldArchivesOfDockerSaveNameLayersByTheirPaths() throws {
    let readings = try read(MadeImage.saved([two]))
    #expect(try files(readings) == final)
    #expect(problems(readings) == [])
  }

  @Test func anArchiveThatIsBothIsOneImageUnderAllItsNames() throws {
    var image = two
    image.tags = ["one:1"]
    let layers = image.layers.map { "\"blobs/sha256/\(hexDigest($0))\"" }.joined(separator: ",")
    let saved =
      "[{\"Config\":\"blobs/sha256/\(hexDigest(image.configuration))\",\"RepoTags\":[\"two:2\"],\"Layers\":[\(layers)]}]"
    let readings = try read(MadeImage.layout([image]) + [("manifest.json", Array(saved.utf8))])
    #expect(readings.flatMap(\.packages).map(\.name) == ["one:1, two:2"])
    #expect(problems(readings) == [])
  }

  @Test func aFolderIsReadAsItsArchiveIs() throws {
    for (path, bytes) in MadeImage.layout([two]) { try scratch.write(bytes, to: "layout/\(path)") }
    let out = try ScratchCase("out")
    let summary = try ReferenceBuilder.build(
      BuildRequest(
        inputs: [FilePath(scratch.path + "/layout")], store: FilePath(out.path + "/store"), options: options()))
    #expect(summary.problems.isEmpty, "\(summary.problems)")
    #expect(summary.counts.packages == 1 && summary.counts.files == 7)
  }

  @Test func severalImagesAndPlatformsAreImagesOfTheirOwnAndAttestationsAreNone() throws {
    var other = MadeImage([[.file("etc/issue", "arm")]])
    other.architecture = "arm64"
    let attestation = MadeImage.descriptor(
      Array("{}".utf8), ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}")
    let list = [two, other].map { MadeImage.descriptor($0.manifest, "") } + [attestation]
    let inner = Array("{\"manifests\":[\(list.joined(separator: ","))]}".utf8)
    let name = ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/made:1\"}"
    let index = Array("{\"manifests\":[\(MadeImage.descriptor(inner, name))]}".utf8)
    let members =
      [("index.json", index), ("blobs/sha256/\(hexDigest(inner))", inner)] + two.members + other.members
    let readings = try read(members)
    #expect(readings.flatMap(\.packages).map(\.architecture) == ["amd64", "arm64"])
    #expect(Set(readings.flatMap(\.packages).map(\.name)) == ["docker.io/library/made:1"])
    #expect(readings.flatMap(\.problems).map(\.kind) == [.unrecognised])
  }

  @Test(arguments: ["gzip", "zstd"])
  func aLayerIsWhatItsContentSaysWhateverItIsPackedWith(tool: String) throws {
    try scratch.write(two.layers[1], to: "layer")
    let command = "\(tool) -c \(scratch.path)/layer > \(scratch.path)/layer.packed"
    try #require(try Tool.run("sh", ["-c", command]).status == 0)
    var image = two
    image.packed[1] = try scratch.read("layer.packed")
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings) == final)
    #expect(problems(readings) == [])
  }

  @Test func aPackedArchiveIsReadAsTheOneInIt() throws {
    try scratch.write(MadeImage.tar(MadeImage.layout([two])), to: "whole.tar")
    try #require(try Tool.run("gzip", ["-k", scratch.path + "/whole.tar"]).status == 0)
    let path = FilePath(scratch.path + "/whole.tar.gz")
    let readings = ImageReader.read(path: path, name: "whole.tar.gz", options: options()) ?? []
    #expect(try files(readings) == final)
    #expect(problems(readings) == [])
  }

  @Test func aLayerWithoutTheZerosThatFillItsLastBlockIsWhole() throws {
    var image = two
    let whole = MadePackage.tar([.file("etc/issue", "new")])
    image.layers[1] = Array(whole.prefix(512 + 3))
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings)["/etc/issue"] == of("new"))
    #expect(problems(readings) == [])
  }

  @Test(.enabled(if: Tool.isInstalled("skopeo"), "needs skopeo"), arguments: ["docker-archive", "oci-archive", "oci"])
  func whatSkopeoWritesIsRead(form: String) throws {
    for (path, bytes) in MadeImage.layout([two]) { try scratch.write(bytes, to: "layout/\(path)") }
    let copied = try Tool.run(
      "skopeo", ["copy", "-q", "oci:\(scratch.path)/layout:made:latest", "\(form):\(scratch.path)/copied:made:latest"])
    // Some versions want a policy that is not there.
    guard copied.status == 0 else { return }
    let path = FilePath(scratch.path + "/copied")
    let readings =
      form == "oci"
      ? ImageReader.read(folder: path, name: "copied", options: options())
      : ImageReader.read(path: path, name: "copied", options: options()) ?? []
    #expect(try files(readings) == final)
    #expect(problems(readings) == [])
    #expect(readings.flatMap(\.packages).first?.files.count == 18)
  }

  @Test func layersThatTwoImagesShareMayBeLinks() throws {
    let layer = MadePackage.tar([.file("etc/issue", "x")])
    let configuration = MadeImage([[.file("etc/issue", "x")]]).configuration
    let saved =
      "[{\"Config\":\"\(hexDigest(configuration)).json\",\"RepoTags\":[],\"Layers\":[\"\(of("b"))/layer.tar\"]}]"
    let readings = try read(
      MadePackage.tar([
        .bytes("\(of("a"))/layer.tar", layer),
        .symbolicLink("\(of("b"))/layer.tar", to: "../\(of("a").prefix(60))"),
        .bytes(of("a").prefix(60) + "", layer), .bytes("\(hexDigest(configuration)).json", configuration),
        .bytes("manifest.json", Array(saved.utf8)),
      ]))
    #expect(try files(readings) == ["/etc/issue": of("x")])
    #expect(readings.flatMap(\.packages).map(\.name) == ["image"])
  }

  // MARK: Layers over layers

  @Test func marksOfALayerAreAboutTheLayersBelowOnly() throws {
    let image = MadeImage([
      [.file("etc/a", "low")], [.file("etc/a", "high"), .file("etc/.wh.a", ""), .file("etc/.wh.none", "")],
    ])
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings) == ["/etc/a": of("high")])
    #expect(readings.flatMap(\.problems).map(\.subject) == ["/etc/a"])
  }

  @Test func whatTakesAPlaceTakesItWithAllThatIsInIt() throws {
    let image = MadeImage([
      [.file("a/b/c", "1"), .file("d", "2"), .symbolicLink("e", to: "a"), .file("f/x", "3")],
      [.file("a", "file"), .file("d/new", "4"), .folder("e"), .folder("f"), .symbolicLink("g/h", to: "../../..")],
    ])
    let readings = try read(MadeImage.layout([image]))
    #expect(
      try files(readings)
        == ["/a": of("file"), "/d/new": of("4"), "/f/x": of("3"), "/g/h": "-> ../../.."])
    #expect(problems(readings) == [])
  }

  @Test func aFileBelowALinkIsKeptAndTold() throws {
    let image = MadeImage([[.symbolicLink("bin", to: "usr/bin")], [.file("bin/tool", "tool")]])
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings)["/bin/tool"] == of("tool"))
    #expect(readings.flatMap(\.problems).map(\.subject) == ["/bin/tool"])
  }

  @Test func aHardLinkToNothingIsNoFile() throws {
    let image = MadeImage([[.file("etc/a", "a"), .hardLink("etc/b", to: "etc/none")]])
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings) == ["/etc/a": of("a")])
    #expect(readings.flatMap(\.problems).map(\.kind) == [.damaged])
  }

  @Test func pathsThatLeadOutAreRefusedAndTheImageWithThem() throws {
    let image = MadeImage([[.file("../etc/passwd", "x"), .file("/etc/issue", "absolute"), .file("etc/.wh...", "")]])
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings) == ["/etc/issue": of("absolute")])
    #expect(readings.flatMap(\.problems).map(\.kind) == [.refused, .refused])
    #expect(readings.first { !$0.packages.isEmpty }?.source.kind == .imageLayer)
  }

  // MARK: Chains that do not hold

  @Test func aLayerThatIsNotTheOneOfTheConfigurationBreaksTheChain() throws {
    var image = two
    image.contentDigests = ["sha256:" + hexDigest(two.layers[0]), "sha256:" + of("another")]
    let readings = try read(MadeImage.layout([image]))
    let faulty = try #require(readings.first { $0.problems.contains { $0.kind == .linkBroken } })
    #expect(faulty.source.kind == .imageLayer && faulty.packages.count == 1)
    #expect(faulty.problems.first?.expected == "SHA-256 " + of("another"))
    #expect(readings.filter { !$0.packages.isEmpty }.count == 1)
  }

  @Test(arguments: [0, 1, 2, 3])
  func aBlobThatIsNotWhatItsNameSaysBreaksTheChain(blob: Int) throws {
    var members = MadeImage.layout([two])
    let path = two.members[blob].path
    let index = try #require(members.firstIndex { $0.path == path })
    // Still JSON, and still a tar archive: only the digest tells.
    members[index].bytes += blob < 2 ? Array(" ".utf8) : [UInt8](repeating: 0, count: 512)
    let readings = try read(members)
    let broken = readings.filter { $0.problems.contains { $0.kind == .linkBroken } }.map(\.source.path)
    #expect(broken == ["image.tar/" + path])
  }

  @Test(arguments: [0, 1, 2, 3])
  func aBlobThatIsMissingIsNamedAndNoImageIsMade(blob: Int) throws {
    let path = two.members[blob].path
    let readings = try read(MadeImage.layout([two]).filter { $0.path != path })
    #expect(readings.flatMap(\.packages).isEmpty)
    #expect(readings.flatMap(\.problems).contains { $0.kind == .fileMissing })
  }

  @Test func aTamperedCopyDoesNotTakeTheGoodImageAway() throws {
    let good = try ScratchCase("good")
    try good.write(MadeImage.tar(MadeImage.layout([two])), to: "good.tar")
    var members = MadeImage.layout([two])
    let layer = try #require(members.firstIndex { $0.bytes == two.layers[0] })
    members[layer].bytes = MadePackage.tar([.file("usr/bin/tool", "implant")])
    try good.write(MadeImage.tar(members), to: "bad.tar")
    let out = try ScratchCase("out")
    _ = try ReferenceBuilder.build(
      BuildRequest(inputs: [FilePath(good.path)], store: FilePath(out.path + "/store"), options: options()))
    let store = try ReferenceStore(file: out.path + "/store")
    let images = try store.packages(ofImage: two.identifier)
    #expect(images.count == 2)
    let broken = try store.sourcesWithProblems([.linkBroken])
    let isSound = try images.map { image in try store.sources(of: image).allSatisfy { !broken.contains($0.sha256) } }
    #expect(isSound.sorted { $0 && !$1 } == [true, false])
  }

  @Test(arguments: [700, 3000, 6000, 12000])
  func anArchiveThatBreaksOffIsToldAndGivesNoFalseImage(byteCount: Int) throws {
    let whole = MadeImage.tar(MadeImage.layout([two]))
    try #require(whole.count > byteCount)
    let readings = try read(Array(whole.prefix(byteCount)))
    #expect(!readings.isEmpty)
    #expect(!readings.flatMap(\.problems).isEmpty)
    for reading in readings where !reading.packages.isEmpty {
      #expect(reading.problems.contains { $0.kind == .linkBroken })
    }
  }

  @Test func documentsThatAreNoneAreProblems() throws {
    let digest = of("x")
    for text in [
      "{", "[]", "{\"manifests\":3}", "{\"manifests\":[{}]}", "{\"manifests\":[{\"digest\":\"md5:00\"}]}",
      "{\"manifests\":[{\"digest\":\"sha256:../../etc/passwd\"}]}",
      "{\"manifests\":[{\"digest\":\"sha256:\(digest)\"}]}",
      "not JSON",
    ] {
      let readings = try read([("oci-layout", Array("{}".utf8)), ("index.json", Array(text.utf8))])
      #expect(readings.flatMap(\.packages).isEmpty)
      #expect(readings.flatMap(\.problems).count >= 2, "\(text)")
    }
  }

  @Test func indexesThatNameEachOtherEnd() throws {
    // No digest names itself; names of blobs are only compared afterwards.
    let path = "blobs/sha256/" + of("ring")
    let inner = Array("{\"manifests\":[{\"digest\":\"sha256:\(of("ring"))\"}]}".utf8)
    let readings = try read([("index.json", inner), (path, inner)])
    #expect(readings.flatMap(\.problems).contains { $0.kind == .linkBroken })
  }

  // MARK: Bounds

  @Test func aLayerOfTooManyFilesIsRefused() throws {
    let image = MadeImage([(0..<300).map { .file("etc/\($0)", "") }])
    let readings = try read(MadeImage.layout([image]), options { $0.memberCount = 200 })
    #expect(readings.flatMap(\.problems).contains { $0.kind == .refused })
    #expect(readings.first { !$0.packages.isEmpty }?.source.kind == .imageLayer)
  }

  @Test func imagesThatShareTheirLayersAreBoundedTogether() throws {
    let files: [MadePackage.Entry] = (0..<150).map { .file("etc/\($0)", "") }
    let images = (0..<20).map { number in
      var image = MadeImage([files, [.file(".wh.etc", "")]])
      image.architecture = "a\(number)"
      return image
    }
    var members: [String: [UInt8]] = [:]
    for member in MadeImage.layout(images) { members[member.path] = member.bytes }
    let readings = try read(
      members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, options { $0.memberCount = 200 })
    #expect(readings.flatMap(\.packages).count == 10)
    #expect(readings.flatMap(\.problems).map(\.kind) == Array(repeating: .refused, count: 10))
  }

  @Test func bytesBehindTheEndOfALayerAreToldAndNothingIsLost() throws {
    var image = two
    image.layers[1] = MadePackage.tar([.file("etc/issue", "new")]) + Array("more".utf8)
    let readings = try read(MadeImage.layout([image]))
    #expect(try files(readings)["/etc/issue"] == of("new"))
    #expect(readings.flatMap(\.problems).map(\.kind) == [.damaged])
  }

  @Test func layersTogetherAreBoundedToo() throws {
    let image = MadeImage((0..<9).map { layer in (0..<100).map { .file("etc/\(layer)-\($0)", "") } })
    let readings = try read(MadeImage.layout([image]), options { $0.memberCount = 200 })
    #expect(readings.flatMap(\.problems).contains { $0.kind == .refused })
  }

  @Test func aLayerThatUnpacksToFarMoreThanItIsIsRefused() throws {
    try #require(
      try Tool.run(
        "sh",
        ["-c", "head -c 200000000 /dev/zero > \(scratch.path)/z && tar -C \(scratch.path) -czf \(scratch.path)/z.gz z"]
      ).status == 0)
    var image = two
    image.packed[1] = try scratch.read("z.gz")
    let readings = try read(MadeImage.layout([image]))
    #expect(readings.flatMap(\.problems).contains { $0.kind == .refused })
  }

  // MARK: Root file systems

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"), arguments: ["img1", "img2"])
  func theArchiveOfARootFileSystemGivesTheDigestsThatTarGives(name: String) throws {
    let archive = Corpus.url("lab/vmE-containers/\(name).tar").path
    let readings = try #require(
      ImageReader.read(path: FilePath(archive), name: "\(name).tar", options: options()))
    let found = try files(readings).filter { $0.value.count == 64 }
    #expect(readings.first?.packages.first?.name == name)
    #expect(problems(readings) == [])
    let script = """
      tar -tvf \(archive) | grep '^-' | awk '{print $6}' | while read p; do
        echo $(tar -xOf \(archive) $p | sha256sum | cut -c1-64) $p
      done
      """
    let listed = try Tool.run("sh", ["-c", script])
    let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    try #require(!lines.isEmpty)
    #expect(Dictionary(uniqueKeysWithValues: lines.map { (String($0[1].dropFirst()), $0[0]) }) == found)
  }

  @Test func archivesOfOtherThingsAreNoImages() throws {
    for entries: [MadePackage.Entry] in [
      [.file("src/main.c", "x")], [.file("project/etc/x", "x")], [.file("usr", "a file")], [],
    ] { #expect(try read(MadePackage.tar(entries)).isEmpty) }
    #expect(try read(Array("{}".utf8)).isEmpty)
  }

  @Test func aRootFileSystemThatBreaksOffWithinAFileLosesThatFile() throws {
    let whole = MadePackage.tar([.file("etc/a", "aa"), .file("etc/b", "bbbb")])
    let readings = try read(Array(whole.prefix(512 * 3 + 2)))
    #expect(try files(readings) == ["/etc/a": of("aa")])
    #expect(readings.flatMap(\.problems).map(\.kind) == [.damaged])
  }
}
