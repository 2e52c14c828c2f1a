import Digests
import EvidenceIntake
import Foundation
import Hashing
import TestSupport
import Testing

/// Archives of a case: what they hold are files of the case, and nothing in them leads out or goes on without end.
@Suite struct ArchiveIntakeTests {
  private static let member = HandmadeTar.member

  private func read(_ scratch: ScratchCase, _ path: String) throws -> EvidenceSet {
    try EvidenceSet.read([FilePath(scratch.folder.appendingPathComponent(path).path)])
  }

  private func pack(_ arguments: [String], in scratch: ScratchCase) throws {
    #expect(try Tool.run("bsdtar", arguments, in: scratch.folder).status == 0)
  }

  private func refusal(_ file: EvidenceFile) -> String? {
    if case .refused(let reason) = file.content { reason } else { nil }
  }

  private func complaint(_ file: EvidenceFile) -> String? {
    if case .unreadable(let reason) = file.content { reason } else { nil }
  }

  // MARK: What other people's tools write

  @Test(
    .enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"),
    arguments: [
      ("ustar", "case.tar", "tar"), ("pax", "case.tar", "tar"), ("newc", "case.cpio", "cpio"),
      ("odc", "case.cpio", "cpio"), ("zip", "case.zip", "zip"),
    ])
  func anArchiveIsTheCaseThatItUnpacksTo(format: String, name: String, kind: String) throws {
    let scratch = try ScratchCase("packed")
    try scratch.write("sha256:\n  0 : 0x" + String(repeating: "00", count: 32) + "\n", to: "in/host/boot1/pcrs.txt")
    try scratch.write([UInt8](0...255), to: "in/host/grün")
    try scratch.write("", to: "in/host/ima.log")
    try pack(["--format", format, "-cf", name, "in/host"], in: scratch)
    let plain = try read(scratch, "in")
    let packed = try read(scratch, name)
    let members = packed.files.filter { $0.path != name }.map { file in
      var file = file
      file.path = String(file.path.dropFirst("in/".count))
      return file
    }
    #expect(members.map(\.path) == plain.files.map(\.path))
    #expect(members.map(\.sha256) == plain.files.map(\.sha256))
    #expect(members.map(\.size) == plain.files.map(\.size))
    #expect(members.map(\.content.kind) == plain.files.map(\.content.kind))
    // The one folder that holds everything is the case.
    #expect(packed.base == "in/")
    #expect(packed.topFolder(of: "in/host/boot1") == "host")
    #expect(packed.topFolder(of: "in") == "")
    let archive = try #require(packed.files.first { $0.path == name })
    #expect(archive.packing?.kind == kind && archive.packing?.problems == [])
    #expect(archive.sha256 == HashAlgorithm.sha256.digest(of: try scratch.read(name)))
  }

  @Test(
    .enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"),
    arguments: [("--gzip", "tgz", "tar, gzip"), ("--xz", "txz", "tar, xz"), ("--zstd", "any", "tar, zstd")])
  func anArchiveInAFolderIsAFolder(option: String, ending: String, kind: String) throws {
    let scratch = try ScratchCase("packed")
    try scratch.write("one", to: "in/a/x")
    try pack([option, "-cf", "case/host." + ending, "-C", "in", "a"], in: try scratch.with("case/y"))
    let set = try read(scratch, "case")
    #expect(set.files.map(\.path) == ["host.\(ending)", "host.\(ending)/a/x", "y"])
    #expect(set.files[0].packing == EvidencePacking(kind: kind, memberCount: 2))
    #expect(set.base == "" && set.topFolder(of: set.files[1].folder) == "host." + ending)
  }

  @Test(
    .enabled(if: Tool.isInstalled("gzip") && Corpus.isPresent, "needs gzip and the corpus"),
    arguments: [("gzip", "gz"), ("xz", "xz"), ("bzip2", "bz2"), ("zstd", "zst")])
  func oneCompressedFileIsWhatItUnpacksTo(tool: String, ending: String) throws {
    guard Tool.isInstalled(tool) else { return }
    let scratch = try ScratchCase("packed")
    let log = "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-arch-linux.bin"
    try scratch.write(try Corpus.bytes(log), to: "case/s0.eventlog")
    let kept = tool == "zstd" ? ["--rm", "-q"] : []
    #expect(try Tool.run(tool, kept + ["s0.eventlog"], in: scratch.folder.appendingPathComponent("case")).status == 0)
    let file = try #require(try read(scratch, "case").files.first)
    #expect(file.path == "s0.eventlog." + ending && file.name == "s0.eventlog" && file.stem == "s0")
    #expect(file.content.kind == "tcg-event-log")
    #expect(file.packing == EvidencePacking(kind: tool))
    #expect(file.sha256 == HashAlgorithm.sha256.digest(of: try scratch.read("case/s0.eventlog." + ending)))
  }

  @Test(.enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"))
  func archivesInArchivesAreOpenedAFewDeep() throws {
    let scratch = try ScratchCase("packed")
    try scratch.write("core", to: "0/core")
    for level in 1...6 { try pack(["-czf", "\(level).tgz", level == 1 ? "0" : "\(level - 1).tgz"], in: scratch) }
    let files = try read(scratch, "6.tgz").files
    let deepest = try #require(files.first { $0.path == "5.tgz/4.tgz/3.tgz/2.tgz" })
    #expect(refusal(deepest) == "archives are nested more than 4 deep")
    #expect(try read(scratch, "4.tgz").files.map(\.path).contains("3.tgz/2.tgz/1.tgz/0/core"))
  }

  // MARK: What no tool should write

  @Test func noMemberLeadsOut() throws {
    let archive = HandmadeTar.archive([
      Self.member("../../etc/cron.d/x", [1], .file, ""), Self.member("/etc/passwd", [2], .file, ""),
      Self.member("a/../b", [3], .file, ""), Self.member("./good/./x", [4], .file, ""),
      Self.member("link", [], .symbolicLink, "/etc/shadow"), Self.member("hard", [], .hardLink, "../../etc/shadow"),
      Self.member("tty", [], .device, ""),
    ])
    let files = evidenceFiles(archive, path: "evil.tar")
    let byPath = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
    for path in ["evil.tar/../../etc/cron.d/x", "evil.tar/etc/passwd", "evil.tar/a/../b"] {
      #expect(byPath[path].flatMap(refusal) == "a member of an archive whose path leads out of it")
    }
    #expect(byPath["evil.tar/good/x"]?.size == 1)
    #expect(byPath["evil.tar/link"].flatMap(complaint)?.contains("symbolic link") == true)
    #expect(byPath["evil.tar/hard"].flatMap(complaint)?.contains("not in the archive") == true)
    #expect(byPath["evil.tar/tty"].flatMap(complaint) == "neither a file nor a folder")
    #expect(files.count == 8 && files[0].packing?.memberCount == 7)
  }

  @Test func twoMembersOfOnePathAreBothThere() throws {
    let archive = HandmadeTar.archive([
      Self.member("a/x", [1], .file, ""), Self.member("a/x", [2, 2], .file, ""),
      Self.member("b", [], .hardLink, "./a/x"),
    ])
    let files = evidenceFiles(archive, path: "t.tar")
    #expect(files.map(\.path) == ["t.tar", "t.tar/a/x", "t.tar/a/x-2", "t.tar/b"])
    // A hard link is the last file of that path, as it is when the archive is unpacked.
    #expect(files.map(\.size).dropFirst() == [1, 2, 2])
  }

  @Test func aNameIsShownSafely() throws {
    let archive = HandmadeTar.archive([Self.member("a\u{1b}[31m/<b>\n", [1], .file, "")])
    #expect(evidenceFiles(archive, path: "t.tar").last?.path == "t.tar/a\\x1b[31m/<b>\\n")
  }

  @Test(.enabled(if: Tool.isInstalled("bsdtar") && Tool.isInstalled("truncate"), "needs bsdtar and truncate"))
  func aBombIsRefusedAndWhatStandsBeforeItIsRead() throws {
    let scratch = try ScratchCase("bomb")
    try scratch.write([1], to: "a")
    // Zeros shrink to a thousandth and less.
    #expect(try Tool.run("truncate", ["-s", "80M", "z"], in: scratch.folder).status == 0)
    try pack(["--no-read-sparse", "--options", "compression-level=9", "-czf", "b.tar.gz", "a", "z"], in: scratch)
    let files = try read(scratch, "b.tar.gz").files
    let archive = try #require(files.first { $0.path == "b.tar.gz" })
    #expect(archive.packing?.problems.map(\.isRefusal) == [true])
    #expect(archive.packing?.problems.first?.text.contains("unpacks to more than 1000 times its size") == true)
    #expect(files.first { $0.path == "a" }?.size == 1)
    #expect(files.first { $0.path == "z" }.flatMap(complaint)?.contains("given up") == true)
  }

  @Test func aCutTarKeepsWhatCameBefore() throws {
    let archive = HandmadeTar.archive([
      Self.member("one", [UInt8](repeating: 1, count: 700), .file, ""), Self.member("two", [2], .file, ""),
    ])
    for count in 0..<archive.count {
      let files = evidenceFiles(Array(archive.prefix(count)), path: "t.tar")
      // Only the second half of the end marker may be missing without a word.
      let isWhole = count >= archive.count - 512
      guard count >= 512 else {
        #expect(files.count == 1 && files[0].packing == nil)
        continue
      }
      if !isWhole, count % 512 != 0 { #expect(files[0].packing?.problems.isEmpty == false, "\(count)") }
      if count >= 512 + 1024 { #expect(files.contains { $0.path == "t.tar/one" && $0.size == 700 }, "\(count)") }
    }
  }

  @Test func bytesBehindTheEndAreSaid() throws {
    let archive = HandmadeTar.archive([Self.member("a", [1], .file, "")])
    let files = evidenceFiles(archive + HandmadeTar.archive([Self.member("hidden", [2], .file, "")]), path: "t.tar")
    #expect(files[0].packing?.problems == [.init(isRefusal: false, text: "bytes follow the end of the archive")])
    #expect(evidenceFiles(archive + [UInt8](repeating: 0, count: 9000), path: "t.tar")[0].packing?.problems == [])
  }

  @Test(.enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"))
  func oneDamagedMemberOfAZipHidesNoOther() throws {
    let scratch = try ScratchCase("zip")
    let bytes = (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    try scratch.write(bytes, to: "a")
    try scratch.write("second", to: "b")
    try pack(["--format", "zip", "-cf", "t.zip", "a", "b"], in: scratch)
    var zip = try scratch.read("t.zip")
    for index in 100..<140 { zip[index] ^= 0x5a }
    let files = evidenceFiles(zip, path: "t.zip")
    #expect(files.last?.path == "t.zip/b" && files.last?.size == 6)
    #expect(files[0].packing?.problems.map(\.isRefusal) == [false])
    #expect(files[0].packing?.memberCount == 2)
    #expect(files[1].path == "t.zip/a" && complaint(files[1]) == "it does not unpack")
  }

  @Test(.enabled(if: Tool.isInstalled("bsdtar"), "needs bsdtar"), arguments: ["zip", "newc", "ustar"])
  func changedBytesNeverStopTheProgram(format: String) throws {
    let scratch = try ScratchCase("flips")
    try scratch.write("first", to: "a")
    try scratch.write("second", to: "b")
    try pack(["--format", format, "-cf", "t", "a", "b"], in: scratch)
    let archive = try scratch.read("t").prefix(3000)
    for index in archive.indices where archive[index] != 0 || index % 7 == 0 {
      var changed = Array(archive)
      changed[index] ^= 0xff
      #expect(evidenceFiles(changed, path: "t").count <= 4)
      #expect(!evidenceFiles(Array(archive.prefix(index)), path: "t").isEmpty)
    }
  }

  @Test(arguments: [(Array("!<arch>\n".utf8), "ar"), ([0xed, 0xab, 0xee, 0xdb], "rpm")])
  func packagesAreNoEvidenceAndStayClosed(head: [UInt8], kind: String) {
    let files = evidenceFiles(head + [UInt8](repeating: 0, count: 600), path: "p")
    #expect(files.count == 1 && files[0].content.kind == "archive")
    #expect(files[0].packing == EvidencePacking(kind: kind))
  }
}

extension ScratchCase {
  /// Itself, with one small file more.
  fileprivate func with(_ path: String) throws -> ScratchCase {
    try write("y", to: path)
    return self
  }
}
