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

  private static let image = BootImage(
    digests: [
      .init(.sha256, Made.digest("image")), .init(.sha256, Made.digest("padded image")), .init(.sha1, Array(0..<20)),
    ], sbat: Array("sbat,1\nshim,3\n".utf8),
    certificates: [
      .init(sha256: Made.digest("certificate"), subject: "CN=Signer", issuer: "CN=Authority", isSigner: true),
      .init(sha256: Made.digest("authority"), subject: "CN=Authority", issuer: "CN=Authority", isSigner: false),
    ])

  private func readingOfImage(_ image: BootImage) -> ManifestReading {
    var reading = Made.reading(1)
    reading.packages[0].files[0].content = .pe
    reading.packages[0].files[0].image = image
    return reading
  }

  @Test func anImageIsFoundByItsAuthenticodeDigestsAndByNothingElse() throws {
    let scratch = try ScratchCase()
    let store = try made(scratch, [readingOfImage(Self.image), Made.reading(2)])
    let asked = Self.image.digests.map { FileDigest($0.algorithm, $0.bytes) }
    #expect(
      try store.images(with: asked).map { $0.map(\.path) }
        == [[UInt8]](repeating: Array("/usr/bin/program-1".utf8), count: 3).map { [$0] })
    // One is no digest of a file's content, the other none of an image.
    #expect(try store.files(with: asked).allSatisfy(\.isEmpty))
    #expect(try store.images(with: [FileDigest(.sha256, Made.digest("1 1.0-1 program"))]) == [[]])
    let files = try store.files(of: try #require(store.packages().first { $0.name == "package-1" }))
    #expect(try store.images(of: files).compactMap { $0 } == [Self.image])
    #expect(try store.holdsImages() && store.damage() == nil)
  }

  @Test func everyPartOfAnImageCountsForTheLogicalDigest() throws {
    var others = [BootImage](repeating: Self.image, count: 5)
    others[1].digests[2].bytes[0] ^= 1
    others[2].sbat = nil
    others[3].certificates[0].isSigner = false
    others[4].certificates.removeLast()
    let digests = try others.map { image in
      let scratch = try ScratchCase()
      return try made(scratch, [readingOfImage(image)]).logicalDigest
    }
    #expect(Set(digests).count == 5)
  }

  @Test(
    .enabled(if: Tool.isInstalled("python3")),
    arguments: [
      "UPDATE imageDigest SET value = zeroblob(32) WHERE ordinal = 0", "DELETE FROM imageDigest WHERE ordinal = 1",
      "UPDATE image SET sbat = NULL", "UPDATE imageCertificate SET isSigner = 0", "DELETE FROM imageCertificate",
      "UPDATE imageCertificate SET subject = 'CN=Another' WHERE ordinal = 0", "DELETE FROM image",
      "INSERT INTO imageDigest VALUES (8, zeroblob(32), 9999, 0)", "UPDATE imageDigest SET file = 3",
      "UPDATE imageDigest SET algorithm = 300", "UPDATE imageCertificate SET subject = x'ff'",
    ])
  func anImageThatWasChangedInAStoreIsDamage(sql: String) throws {
    let scratch = try ScratchCase()
    _ = try made(scratch, [readingOfImage(Self.image)])
    #expect(firstRefusal(scratch.store("store")) == nil)
    try edit(scratch.store("store"), sql)
    #expect(firstRefusal(scratch.store("store")) != nil)
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

  /// Changes a store as its maker's enemy would.
  private func edit(_ file: String, _ sql: String) throws {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(sys.argv[2])"
    #expect(try Tool.run("python3", ["-c", script, file, sql]).status == 0)
  }

  /// Asks everything of a store, as a whole run would; nil when nothing is refused.
  private func firstRefusal(_ file: String) -> String? {
    do throws(StoreError) {
      let store = try ReferenceStore(file: file)
      _ = try store.counts()
      let packages = try store.packages()
      for package in packages {
        let files = try store.files(of: package)
        _ = try store.digests(of: files)
        _ = try store.sources(of: package)
      }
      _ = try store.files(with: [FileDigest(.sha256, Made.digest("1 1.0-1 program"))])
      _ = try store.sources()
      _ = try store.problems()
      _ = try store.sourcesWithProblems([.refused])
      _ = try store.updates(of: "source-1", isSource: true, format: .deb)
      try store.eachContent(of: .sha256) { _ in }
      try store.checkLogicalDigest()
      return try store.damage()
    } catch { return error.reason }
  }

  @Test(
    .enabled(if: Tool.isInstalled("python3")),
    arguments: [
      "UPDATE package SET name = x'ff'", "UPDATE package SET format = 'abc'", "UPDATE file SET mode = 70000",
      "UPDATE file SET flags = -1", "UPDATE file SET kind = 'abc'", "UPDATE file SET kind = 99",
      "UPDATE file SET content = 99", "UPDATE file SET byteCount = -1", "UPDATE file SET algorithms = 'x'",
      "UPDATE digest SET origin = 300", "UPDATE digest SET origin = 77", "UPDATE digest SET origin = 'x'",
      "UPDATE digest SET algorithm = 300 WHERE algorithm = (SELECT max(algorithm) FROM digest)",
      "UPDATE source SET path = x'ff'", "UPDATE source SET kind = 'abc'", "UPDATE source SET byteCount = 'many'",
      "UPDATE signature SET status = 'abc'", "UPDATE signature SET key = x'ff'", "UPDATE problem SET kind = 'abc'",
      "UPDATE problem SET message = x'ff'", "UPDATE packageUpdate SET type = 'abc'",
      "UPDATE packageUpdate SET namesSource = 'abc', \"references\" = x'ff'", "UPDATE path SET bytes = 5 WHERE id = 1",
    ])
  func aValueThatNoBuildWritesIsRefusedAndNeverACrash(sql: String) throws {
    let scratch = try ScratchCase()
    var reading = Made.reading(1)
    reading.source.signatures = [Made.signature(.good, key: "AA")]
    _ = try made(scratch, [reading])
    #expect(firstRefusal(scratch.store("store")) == nil)
    try edit(scratch.store("store"), sql)
    #expect(firstRefusal(scratch.store("store")) != nil)
    #expect(isRefusedOrDamaged(scratch.store("store")))
  }

  @Test(
    .enabled(if: Tool.isInstalled("python3")),
    arguments: [
      """
      DROP TABLE problem; CREATE VIEW problem AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      SELECT x'' AS sha256, 'a' AS source, i AS ordinal, 'refused' AS kind FROM n
      """,
      "CREATE TABLE more (id INTEGER)", "DROP INDEX fileByPath",
      "CREATE TRIGGER again AFTER DELETE ON property BEGIN DELETE FROM problem; END",
    ])
  func aStoreWithOtherTablesIsRefused(sql: String) throws {
    let scratch = try ScratchCase()
    _ = try made(scratch, [Made.reading(1)])
    try edit(scratch.store("store"), sql)
    #expect(reason(scratch.store("store"))?.contains("the tables are not those") == true)
    #expect(throws: StoreError.self) { try StoreWriter(file: scratch.store("store")) }
  }

  @Test(
    .enabled(if: Tool.isInstalled("python3")),
    arguments: [
      "DELETE FROM problem", "UPDATE source SET sha256 = zeroblob(32)", "DELETE FROM provenance",
      "UPDATE packageUpdate SET version = '9'", "UPDATE property SET value = 'ff' WHERE name = 'logical-digest'",
    ])
  func aStoreThatSaysOtherThingsThanItsLogicalDigestIsTold(sql: String) throws {
    let scratch = try ScratchCase()
    try made(scratch, [Made.reading(1)]).checkLogicalDigest()
    try edit(scratch.store("store"), sql)
    #expect(firstRefusal(scratch.store("store"))?.contains("other things than its logical digest") == true)
  }

  @Test(.enabled(if: Tool.isInstalled("python3"))) func aPackageWithADigestTooManyIsDamaged() throws {
    let scratch = try ScratchCase()
    let packages = try made(scratch, [Made.reading(1), Made.reading(2)]).packages()
    #expect(try ReferenceStore(file: scratch.store("store")).damage() == nil)
    let changed = try #require(packages.last)
    try edit(
      scratch.store("store"),
      "INSERT INTO digest SELECT 8, zeroblob(32), min(id), 1 FROM file WHERE package = \(changed.id)")
    let damage = try ReferenceStore(file: scratch.store("store")).damage()
    #expect(damage == "\(changed.name) \(changed.version): the package is not what its content digest says")
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
