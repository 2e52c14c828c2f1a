import EvidenceIntake
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct EvidenceSetTests {
  private func inFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.path + "/inquest-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Makes an empty file of any name that the kernel takes.
  private func touch(_ name: [UInt8], in folder: String) {
    let path = (Array(folder.utf8) + [0x2f] + name + [0]).map { CChar(bitPattern: $0) }
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
  }

  private func read(_ folder: String) throws -> EvidenceSet { try EvidenceSet.read([FilePath(folder)]) }

  @Test func everyFileIsFoundOnceInTheOrderOfItsPath() throws {
    try inFolder { folder in
      try write([1], folder + "/b/c/one")
      try write([2], folder + "/a")
      try write([3, 3], folder + "/b/two")
      try write([], folder + "/b.empty")
      let set = try read(folder)
      #expect(set.files.map(\.path) == ["a", "b.empty", "b/c/one", "b/two"])
      #expect(set.files.map(\.size) == [1, 0, 1, 2])
      #expect(set.files.map(\.folder) == ["", "", "b/c", "b"])
      #expect(set.files.map(\.name) == ["a", "b.empty", "one", "two"])
      #expect(set.name == (folder as NSString).lastPathComponent)
      #expect(try read(folder + "/").files.map(\.path) == set.files.map(\.path))
    }
  }

  @Test func theSecondFileOfTheSameBytesNamesTheFirst() throws {
    try inFolder { folder in
      for name in ["b/x", "a/x", "c"] { try write([1, 2, 3], folder + "/" + name) }
      try write([], folder + "/e1")
      try write([], folder + "/e2")
      let files = try read(folder).files
      #expect(files.map(\.path) == ["a/x", "b/x", "c", "e1", "e2"])
      // Empty files are no copies of each other.
      #expect(files.map(\.duplicateOf) == [nil, "a/x", "a/x", nil, nil])
    }
  }

  @Test func aSymbolicLinkIsReportedAndNotFollowed() throws {
    try inFolder { folder in
      try write([1], folder + "/real/file")
      for (name, target) in [("link", "real/file"), ("loop", "."), ("gone", "nowhere"), ("out", "/etc/passwd")] {
        try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
      }
      let files = try read(folder).files
      #expect(files.map(\.path) == ["gone", "link", "loop", "out", "real/file"])
      for file in files.dropLast() {
        #expect(file.sha256 == nil)
        guard case .unreadable("a symbolic link, which is not followed") = file.content else {
          Issue.record("\(file.path): \(file.content)")
          continue
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aPipeInTheCaseIsReportedAndDoesNotHang() throws {
    try inFolder { folder in
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      try write([1], folder + "/x")
      let files = try read(folder).files
      #expect(files.map(\.path) == ["pipe", "x"])
      guard case .unreadable("neither a file nor a folder") = files[0].content else {
        Issue.record("\(files[0].content)")
        return
      }
      #expect(throws: FileError.self) { try EvidenceSet.read([FilePath(folder + "/pipe")]) }
      #expect(throws: FileError.self) { try contents(of: FilePath(folder + "/pipe")) }
      #expect(throws: FileError.self) { try OpenFile(FilePath(folder + "/pipe")) }
    }
  }

  @Test(.enabled(if: geteuid() != 0)) func aFileThatMayNotBeReadIsReportedWithTheReason() throws {
    try inFolder { folder in
      try write([1], folder + "/secret")
      try FileManager.default.createDirectory(atPath: folder + "/closed", withIntermediateDirectories: true)
      chmod(folder + "/secret", 0)
      chmod(folder + "/closed", 0)
      defer { chmod(folder + "/closed", 0o700) }
      let files = try read(folder).files
      #expect(files.map(\.content.kind) == ["unreadable", "unreadable"])
      guard case .unreadable("Permission denied")? = files.last?.content else {
        Issue.record("\(files)")
        return
      }
    }
  }

  @Test func aRootThatDoesNotExistIsAnError() {
    do {
      _ = try EvidenceSet.read([FilePath("/nowhere/case")])
      Issue.record("a case that does not exist is read")
    } catch { #expect(error.description == "/nowhere/case: No such file or directory") }
  }

  @Test func hostileNamesAreEscapedAndStayApart() throws {
    try inFolder { folder in
      let names: [[UInt8]] = [
        Array("a\nb".utf8), [0xff, 0xfe], Array("a\\nb".utf8), [0x1b, 0x5b, 0x32, 0x4a], Array("\u{202e}txt".utf8),
        Array("größe".utf8), [UInt8](repeating: 0x61, count: 255),
      ]
      for name in names { touch(name, in: folder) }
      let paths = try read(folder).files.map(\.path)
      #expect(
        Set(paths) == [
          "a\\nb", "\\xff\\xfe", "a\\\\nb", "\\x1b[2J", "\\xe2\\x80\\xaetxt", "größe",
          String(repeating: "a", count: 255),
        ])
      #expect(paths.count == names.count)
    }
  }

  @Test func namesThatDifferInTheirBytesOnlyAreTwoFiles() throws {
    try inFolder { folder in
      // The same letter composed and decomposed: equal as strings, not as names.
      touch(Array("\u{e9}".utf8), in: folder)
      touch(Array("e\u{301}".utf8), in: folder)
      let paths = try read(folder).files.map(\.path)
      #expect(paths == ["\\xc3\\xa9", "e\u{301}"])
      #expect(Set(paths).count == 2)
    }
  }

  @Test func rootsOfTheSameNameStayApart() throws {
    try inFolder { folder in
      try write([1], folder + "/one/case/a")
      try write([2], folder + "/two/case/a")
      let set = try EvidenceSet.read(["/one/case", "/two/case"].map { FilePath(folder + $0) })
      #expect(set.files.map(\.path) == ["case-2/a", "case/a"])
    }
  }

  @Test func withSeveralRootsEachPathBeginsWithTheNameOfItsRoot() throws {
    try inFolder { folder in
      try write([1], folder + "/one/a")
      try write([2], folder + "/two/a")
      try write([3], folder + "/three")
      let roots = ["/two", "/one", "/three"].map { FilePath(folder + $0) }
      let set = try EvidenceSet.read(roots)
      #expect(set.files.map(\.path) == ["one/a", "three/three", "two/a"])
      #expect(set.name == "case")
    }
  }

  @Test func foldersNestedTooDeepAreReported() throws {
    try inFolder { folder in
      try write([1], folder + String(repeating: "/d", count: 70) + "/x")
      let files = try read(folder).files
      #expect(files.count == 1)
      #expect(files.first?.content.kind == "unreadable")
    }
  }

  @Test func aFileIsReadInWindowsToItsEnd() throws {
    try inFolder { folder in
      let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
      try write(bytes, folder + "/x")
      #expect(try contents(of: FilePath(folder + "/x")) == bytes)
      let file = try OpenFile(FilePath(folder + "/x"))
      var joined: [UInt8] = []
      while true {
        let next = try file.next(30_001)
        if next.isEmpty { break }
        joined += next
      }
      #expect(joined == bytes)
    }
  }

  @Test func aFileWhoseSizeIsSaidToBeZeroIsReadAllTheSame() throws {
    // Files of the kernel have no size until they are read.
    #expect(try !contents(of: FilePath("/proc/self/status")).isEmpty)
  }

  @Test func theStemOfANameLeavesOutWhatSaysTheFormat() {
    func stem(_ path: String) -> String { evidenceFile([1], path: path).stem }
    #expect(stem("q/s1.plain.sig") == "s1")
    #expect(stem("q/s1.attest") == "s1")
    #expect(stem("vm.sha1.quote.bin") == "vm.sha1")
    #expect(stem("name") == "name")
    #expect(stem("plain.sig") == "plain")
    #expect(stem(".hidden") == "")
  }
}

/// A whole case as the lab's collector left it.
@Suite(.enabled(if: Corpus.isPresent)) struct LabCaseTests {
  /// What a file of this case is, by the collector's names.
  private func expected(_ file: EvidenceFile) -> String {
    let name = file.name
    if name.hasSuffix(".attest") { return name.hasPrefix("certify") ? "tpm2-certify" : "tpm2-quote" }
    if name.hasSuffix(".sig") { return "tpm2-signature" }
    if name.hasSuffix(".pcrs") { return "tpm2-pcr-file" }
    if name.hasPrefix("pcrread") || name.contains(".pcrs-sha") || name == "tpm.txt" { return "pcr-listing" }
    if name.hasSuffix(".tpm2b") { return "tpm2-public-area" }
    if name.hasSuffix(".pub.pem") { return "public-key" }
    if name.hasSuffix(".pem") || name.hasSuffix(".der") { return "x509-certificate" }
    if name == "nonce.hex" { return "nonce" }
    if name == "binary_bios_measurements" { return "tcg-event-log" }
    if name.hasPrefix("ima-"), name.hasSuffix(".bin") || name.hasSuffix(".ascii") { return "ima-list" }
    return "unrecognised"
  }

  @Test(arguments: ["vmA-secureboot-ima-ng", "vmB-nosb-ima-sig", "vmG-legacy-ima-sha1"])
  func everyFileOfACaseIsWhatItsCollectorMadeAndNothingElseIsRecognised(name: String) throws {
    let set = try EvidenceSet.read([FilePath(Corpus.url("lab/" + name).path)])
    #expect(set.name == name)
    #expect(set.files.count > 50)
    for file in set.files where file.size > 0 { #expect(file.content.kind == expected(file), "\(file.path)") }
  }

  @Test func theKeyFilesThatEveryBootRepeatsAreFoundToBeCopies() throws {
    let set = try EvidenceSet.read([FilePath(Corpus.url("lab/vmA-secureboot-ima-ng").path)])
    let copies = set.files.filter { $0.name == "ak-rsa.pub.pem" }
    #expect(copies.map(\.duplicateOf) == [nil, "boot1/ak-rsa.pub.pem", "boot1/ak-rsa.pub.pem"])
  }
}
