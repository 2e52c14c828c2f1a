import Digests
import EvidenceIntake
import Foundation
import OpenPGP
import ReferenceManifests
import ReferenceStore
import Synchronization
import TestSupport
import Testing

@testable import ReferenceBuilding

@Suite struct ReferenceBuilderTests {
  private func build(
    _ inputs: [String], _ store: String, jobs: Int = 1, algorithms: [FileDigestAlgorithm] = [.sha256],
    distribution: String = ""
  ) throws -> BuildSummary {
    try ReferenceBuilder.build(
      BuildRequest(
        inputs: inputs.map { FilePath($0) }, store: FilePath(store),
        options: BuildOptions(algorithms: algorithms, keys: OpenPGPKeyring()), jobs: jobs, distribution: distribution))
  }

  private func package(_ number: Int, version: String = "1.0-1") -> MadePackage {
    MadePackage(
      name: "made-\(number)", version: version,
      payload: [
        .file("./usr/bin/made-\(number)", "#!/bin/sh\necho \(number) \(version)\n", mode: 0o755),
        .file("./usr/share/doc/made-\(number)", "about \(number)\n"),
      ])
  }

  /// Packages in a folder and in one below it, and a file that is none.
  private func inputs(_ count: Int = 12) throws -> ScratchCase {
    let scratch = try ScratchCase("in")
    for number in 0..<count {
      try scratch.write(package(number).bytes, to: (number % 2 == 0 ? "" : "below/") + "made-\(number).deb")
    }
    return scratch
  }

  @Test func aFolderBecomesAStoreWithEveryPackageAndEveryFileThatIsNoneIsTold() throws {
    let scratch = try inputs()
    try scratch.write("notes\n", to: "README")
    try scratch.write("not a package\n", to: "broken.deb")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/link.deb", withDestinationPath: scratch.path + "/made-0.deb")
    let out = try ScratchCase("out")
    let summary = try build([scratch.path], out.path + "/store")
    #expect(summary.counts.packages == 12)
    #expect(summary.readCount == 13 && summary.heldCount == 0)
    let told = summary.problems.map { "\($0.kind.rawValue) \($0.source)" }
    #expect(told.contains("unrecognised in/README"))
    #expect(told.contains("unrecognised in/link.deb"))
    #expect(told.contains { $0 == "damaged in/broken.deb" })
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["store"])
    let store = try ReferenceStore(file: out.path + "/store")
    #expect(store.logicalDigest == summary.logicalDigest)
    #expect(try store.damage() == nil)
    #expect(try store.sources().map(\.path).contains("in/below/made-1.deb"))
  }

  @Test func oneAndSeveralThreadsGiveTheSameBytes() throws {
    let scratch = try inputs(30)
    let out = try ScratchCase("out")
    let one = try build([scratch.path], out.path + "/one", jobs: 1)
    let several = try build([scratch.path], out.path + "/several", jobs: 4)
    #expect(one == several)
    #expect(try out.read("one") == out.read("several"))
  }

  @Test func twoRunsGiveWhatOneRunGivesAndReadNothingTwice() throws {
    let scratch = try inputs()
    let out = try ScratchCase("out")
    let whole = try build([scratch.path], out.path + "/whole")
    _ = try build([scratch.path + "/below"], out.path + "/grown")
    let grown = try build([scratch.path], out.path + "/grown")
    #expect(grown.logicalDigest == whole.logicalDigest)
    #expect(grown.heldCount == 6 && grown.readCount == 6)
    let again = try build([scratch.path], out.path + "/grown")
    #expect(again.logicalDigest == whole.logicalDigest)
    #expect(again.heldCount == 12 && again.readCount == 0)
  }

  @Test func aFaultyPackageIsReadAgainWhereverItLiesAndStaysFaulty() throws {
    let scratch = try ScratchCase("in")
    var faulty = package(1)
    faulty.control = [("md5sums", "\(String(repeating: "0", count: 32))  usr/bin/made-1\n")]
    try scratch.write(faulty.bytes, to: "x/mirror/made-1.deb")
    try scratch.write(faulty.bytes, to: "y/a/made-1.deb")
    try scratch.write(package(2).bytes, to: "z/mirror/made-1.deb")
    let out = try ScratchCase("out")
    let first = try build([scratch.path + "/x/mirror"], out.path + "/store")
    let kinds = Set(first.problems.map(\.kind))
    #expect(!kinds.isEmpty)
    for (folder, read) in [("y/a", 1), ("y/a", 1), ("z/mirror", 1), ("z/mirror", 0)] {
      let summary = try build([scratch.path + "/" + folder], out.path + "/store")
      #expect(summary.readCount == read && summary.heldCount == 1 - read, "\(folder)")
      let store = try ReferenceStore(file: out.path + "/store")
      #expect(try store.sourcesWithProblems(kinds) == [sha256(of: FilePath(scratch.path + "/y/a/made-1.deb"))])
    }
  }

  @Test func aListIsReadAgainInEveryRun() throws {
    let scratch = try ScratchCase("in")
    try scratch.write("\(String(repeating: "ab", count: 32))  /usr/bin/one\n", to: "SHA256SUMS")
    let out = try ScratchCase("out")
    let first = try build([scratch.path], out.path + "/store")
    let again = try build([scratch.path], out.path + "/store")
    #expect(again.readCount == 1 && again.heldCount == 0)
    #expect(again.logicalDigest == first.logicalDigest && again.problems == first.problems)
  }

  @Test func aRunThatWasCutOffIsGoneOnWithAndTheOldStoreIsWholeMeanwhile() throws {
    let scratch = try inputs()
    let out = try ScratchCase("out")
    let whole = try build([scratch.path], out.path + "/whole")
    _ = try build([scratch.path + "/made-0.deb"], out.path + "/store")
    let before = try out.read("store")
    // What a run leaves that is cut off after some packages.
    let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring())
    let place = StorePlace(FilePath(out.path + "/store"))
    do {
      let writer = try place.open(for: options)
      try writer.setProperty(.keys, to: "")
      for number in [2, 4, 6] {
        let path = "made-\(number).deb"
        try writer.add([
          DebianPackageReader.read(path: FilePath("\(scratch.path)/\(path)"), name: "in/\(path)", options: options)
        ])
      }
    }
    #expect(try out.read("store") == before)
    #expect(FileManager.default.fileExists(atPath: out.path + "/store.part"))
    let resumed = try build([scratch.path], out.path + "/store")
    #expect(resumed.logicalDigest == whole.logicalDigest)
    #expect(resumed.heldCount == 4 && resumed.readCount == 8)
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).sorted() == ["store", "whole"])
  }

  @Test func whatACutOffRunLeftBesideAnotherStoreIsNotTaken() throws {
    let scratch = try inputs()
    let out = try ScratchCase("out")
    _ = try build([scratch.path], out.path + "/other")
    _ = try StoreWriter(file: out.path + "/other")
    try FileManager.default.moveItem(atPath: out.path + "/other", toPath: out.path + "/store.part")
    _ = try build([scratch.path + "/made-2.deb"], out.path + "/base")
    try FileManager.default.moveItem(atPath: out.path + "/base", toPath: out.path + "/store")
    let summary = try build([scratch.path + "/made-0.deb"], out.path + "/store")
    #expect(summary.counts.packages == 2)
  }

  @Test func theSamePackageForAnotherDistributionIsReadAgain() throws {
    let scratch = try inputs(1)
    let out = try ScratchCase("out")
    _ = try build([scratch.path], out.path + "/store", distribution: "Debian bookworm")
    let held = try build([scratch.path], out.path + "/store", distribution: "Debian bookworm")
    #expect(held.heldCount == 1)
    let other = try build([scratch.path], out.path + "/store", distribution: "Debian trixie")
    #expect(other.readCount == 1 && other.counts.packages == 2)
  }

  @Test func aStoreOfOtherAlgorithmsIsNotAddedTo() throws {
    let scratch = try inputs(1)
    let out = try ScratchCase("out")
    _ = try build([scratch.path], out.path + "/store")
    let before = try out.read("store")
    #expect(throws: BuildError.otherAlgorithms(store: out.path + "/store", held: "sha256", wanted: "sha1,sha256")) {
      try build([scratch.path], out.path + "/store", algorithms: [.sha1, .sha256])
    }
    #expect(try out.read("store") == before)
  }

  @Test func whatIsNoStoreIsNeverWrittenOver() throws {
    let scratch = try inputs(1)
    let out = try ScratchCase("out")
    try out.write("my notes\n", to: "notes")
    do {
      _ = try build([scratch.path], out.path + "/notes")
      Issue.record("a file was taken for a store")
    } catch let error as BuildError {
      #expect(try out.read("notes") == Array("my notes\n".utf8))
      if case .noStore = error { return }
      Issue.record("\(error)")
    }
  }

  @Test func anInputThatIsNotThereIsAnError() throws {
    let out = try ScratchCase("out")
    do {
      _ = try build([out.path + "/absent"], out.path + "/store")
      Issue.record("an absent input was taken")
    } catch let error as BuildError {
      #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).isEmpty)
      if case .input = error { return }
      Issue.record("\(error)")
    }
  }

  @Test func inputsOfTheSameNameAreKeptApart() throws {
    let scratch = try ScratchCase("in")
    try scratch.write(package(1).bytes, to: "a/pool/x.deb")
    try scratch.write(package(2).bytes, to: "b/pool/x.deb")
    let out = try ScratchCase("out")
    _ = try build([scratch.path + "/a/pool", scratch.path + "/b/pool"], out.path + "/store")
    #expect(
      try ReferenceStore(file: out.path + "/store").sources().map(\.path).sorted() == ["pool-2/x.deb", "pool/x.deb"])
  }

  @Test func progressIsToldAfterEveryTaskInTheirOrder() throws {
    let scratch = try inputs(5)
    let out = try ScratchCase("out")
    var told: [BuildProgress] = []
    _ = try ReferenceBuilder.build(
      BuildRequest(
        inputs: [FilePath(scratch.path)], store: FilePath(out.path + "/store"),
        options: BuildOptions(keys: OpenPGPKeyring()), jobs: 3)
    ) { told.append($0) }
    #expect(told.map(\.doneTasks) == [1, 2, 3, 4, 5])
    #expect(told.map(\.label) == ["below/made-1", "below/made-3", "made-0", "made-2", "made-4"].map { "in/\($0).deb" })
    #expect(told.last?.doneByteCount == told.last?.byteCount)
  }

  @Test(arguments: [(0, 1), (1, 4), (100, 1), (100, 3), (37, 8)])
  func workIsDoneOnceAndGivenInItsOrder(count: Int, jobs: Int) {
    let done = Mutex([Int: Int]())
    let tasks = OrderedTasks(count: count, jobs: jobs) { index in
      done.withLock { $0[index, default: 0] += 1 }
      return index * 2
    }
    var found: [Int] = []
    while let (index, outcome) = tasks.next() {
      #expect(outcome == index * 2)
      found.append(index)
    }
    #expect(found == Array(0..<count))
    #expect(done.withLock { $0.values.allSatisfy { $0 == 1 } && $0.count == count })
  }
}
