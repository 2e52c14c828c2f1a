import Digests
import Foundation
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@Suite struct ReferenceStoreTests {
  private func made(_ scratch: ScratchCase, _ readings: [ManifestReading]) throws -> ReferenceStore {
    let writer = try StoreWriter(file: scratch.store("store"))
    try writer.add(readings)
    _ = try writer.finish()
    return try ReferenceStore(file: scratch.store("store"))
  }

  private func reason(_ file: String) -> String? {
    do {
      _ = try ReferenceStore(file: file)
      return nil
    } catch { return error.reason }
  }

  @Test func whatWasWrittenIsReadBack() throws {
    let scratch = try ScratchCase()
    let reading = Made.reading(3)
    let store = try made(scratch, [reading])
    let package = try #require(try store.packages(named: "package-3", format: .deb).first)
    #expect(package.version == "1.0-1" && package.architecture == "amd64" && package.sourceName == "source-3")
    #expect(package.sourceVersion == "1.0-1" && package.date == "2024-01-02T03:04:05Z")
    let files = try store.files(of: package)
    let wanted = reading.packages[0].files.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    #expect(files.map(\.path) == wanted.map(\.path))
    #expect(files.map(\.kind) == wanted.map(\.kind))
    #expect(files.map(\.mode) == wanted.map(\.mode))
    #expect(files.map(\.flags) == wanted.map(\.flags))
    #expect(files.map(\.content) == wanted.map(\.content))
    #expect(try store.updates(of: "source-3", isSource: true, format: .deb) == reading.updates)
    #expect(try store.updates(of: "source-3", isSource: false, format: .deb).isEmpty)
    #expect(try store.sources() == [reading.source])
    #expect(try store.problems() == reading.problems)
    #expect(try store.damage() == nil)
    #expect(
      try store.counts()
        == StoreCounts(
          sources: 1, packages: 1, files: 2, paths: 4, digests: [.sha1: 2, .sha256: 2], updates: 1, problems: 1))
  }

  @Test(arguments: [
    FileContent.empty, .other, .pe, .script(interpreter: Array("/usr/bin/env".utf8)),
    .elf(
      ELFInformation(type: .shared, hasInterpreter: true, soname: Array("libc.so.6".utf8), needed: [[0x61], [0x62]])),
    .elf(ELFInformation(type: .relocatable, hasInterpreter: false, soname: nil, needed: [])),
  ])
  func everyContentIsReadBack(content: FileContent) throws {
    let scratch = try ScratchCase()
    var reading = Made.reading(1)
    reading.packages[0].files[0].content = content
    reading.packages[0].files[0].signature = [3, 2, 4]
    let store = try made(scratch, [reading])
    let file = try #require(try store.files(at: [Array("/usr/bin/program-1".utf8)]).first?.first)
    #expect(file.content == content)
    #expect(file.signature == [3, 2, 4])
  }

  @Test func manyDigestsAreLookedUpInTheOrderAskedPresentAndAbsentAndTwice() throws {
    let scratch = try ScratchCase()
    let store = try made(scratch, (0..<50).map(Made.reading))
    var wanted: [(FileDigest, String?)] = (0..<50).map { seed in
      (FileDigest(.sha256, Made.digest("\(seed) 1.0-1 program")), "/usr/bin/program-\(seed)")
    }
    wanted += (0..<50).map { (FileDigest(.sha256, Made.digest("absent \($0)")), nil) }
    wanted.append(wanted[7])
    // Two by two from both ends: no order that an index would have.
    wanted = wanted.indices.map { wanted[$0 % 2 == 0 ? $0 / 2 : wanted.count - 1 - $0 / 2] }
    let found = try store.files(with: wanted.map(\.0))
    #expect(found.count == wanted.count)
    for (files, (_, path)) in zip(found, wanted) {
      #expect(files.map(\.path) == (path.map { [Array($0.utf8)] } ?? []))
      #expect(files.allSatisfy { $0.origin == .payload && $0.algorithms == [.sha1, .sha256] })
    }
    #expect(try store.count(of: wanted.map(\.0)) == 51)
    #expect(try store.files(with: [FileDigest(.sha1, Made.digest("1 1.0-1 program"))]) == [[]])
  }

  @Test func aDigestThatManyPackagesShareGivesAllOfThem() throws {
    let scratch = try ScratchCase()
    let store = try made(scratch, (0..<5).map(Made.reading))
    let files = try store.files(with: [FileDigest(.sha256, Made.digest("copyright"))])[0]
    #expect(Set(files.map(\.package)).count == 5)
  }

  @Test func openingAndReadingLeavesNothingBesideAndChangesNothing() throws {
    let scratch = try ScratchCase()
    _ = try made(scratch, [Made.reading(1)])
    let before = try scratch.read("store")
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: scratch.store("store"))
    let store = try ReferenceStore(file: scratch.store("store"))
    _ = try store.damage()
    _ = try store.counts()
    #expect(try scratch.names == ["store"])
    #expect(try scratch.read("store") == before)
  }

  @Test func whatIsNoStoreIsRefusedWithAReason() throws {
    let scratch = try ScratchCase()
    #expect(reason(scratch.store("absent")) != nil)
    #expect(try scratch.names.isEmpty)
    try scratch.write("no database at all, but long enough to be looked at\n", to: "text")
    #expect(reason(scratch.store("text"))?.contains("not a database") == true)
    try scratch.write([], to: "empty")
    #expect(reason(scratch.store("empty"))?.contains("no reference store") == true)
    #expect(throws: StoreError.self) { try StoreWriter(file: scratch.store("text")) }
  }

  @Test(.enabled(if: Tool.isInstalled("python3"))) func otherDatabasesAndOtherVersionsAreRefused() throws {
    let scratch = try ScratchCase()
    func run(_ file: String, _ sql: String) throws {
      let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(sys.argv[2])"
      #expect(try Tool.run("python3", ["-c", script, scratch.store(file), sql]).status == 0)
    }
    try run("other", "CREATE TABLE source (id INTEGER)")
    #expect(reason(scratch.store("other"))?.contains("no reference store") == true)
    #expect(throws: StoreError.self) { try StoreWriter(file: scratch.store("other")) }
    _ = try made(scratch, [Made.reading(1)])
    try run("store", "PRAGMA user_version = 99")
    #expect(reason(scratch.store("store"))?.contains("version 99") == true)
  }

  @Test func aStoreThatWasNotFinishedIsRefused() throws {
    let scratch = try ScratchCase()
    try StoreWriter(file: scratch.store("begun")).add([Made.reading(1)])
    #expect(reason(scratch.store("begun"))?.contains("never finished") == true)
    _ = try made(scratch, [Made.reading(1)])
    _ = try StoreWriter(file: scratch.store("store"))
    #expect(reason(scratch.store("store"))?.contains("never finished") == true)
  }

  @Test func aTruncatedStoreIsRefusedOrItsDamageIsTold() throws {
    let scratch = try ScratchCase()
    _ = try made(scratch, (0..<20).map(Made.reading))
    let whole = try scratch.read("store")
    for page in stride(from: 0, to: whole.count / 4096, by: 3) {
      try scratch.write(Array(whole[..<(page * 4096 + 2000)]), to: "cut")
      #expect(isRefusedOrDamaged(scratch.store("cut")), "cut in page \(page)")
    }
  }

  @Test func aChangedDigestIsToldByTheLogicalDigest() throws {
    let scratch = try ScratchCase()
    _ = try made(scratch, (0..<3).map(Made.reading))
    var bytes = try scratch.read("store")
    let name = Array("package-1".utf8)
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: name) && bytes[($0 + 9)...].starts(with: Array("1.0-1".utf8)) })
    bytes[place + 9] = UInt8(ascii: "2")
    try scratch.write(bytes, to: "changed")
    #expect(isRefusedOrDamaged(scratch.store("changed")))
  }

  private func isRefusedOrDamaged(_ file: String) -> Bool {
    do { return try ReferenceStore(file: file).damage() != nil } catch { return true }
  }
}
