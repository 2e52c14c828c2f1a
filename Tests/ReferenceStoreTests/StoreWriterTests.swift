import Foundation
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@Suite struct StoreWriterTests {
  private func store(_ file: String, _ batches: [[ManifestReading]]) throws -> [UInt8] {
    let writer = try StoreWriter(file: file)
    for batch in batches { try writer.add(batch) }
    return try writer.finish()
  }

  @Test func theSameReadingsInAnyOrderAndInSeveralRunsGiveTheSameLogicalDigest() throws {
    let scratch = try ScratchCase()
    let readings = (0..<6).map(Made.reading)
    let once = try store(scratch.store("once"), [readings])
    #expect(try store(scratch.store("turned"), [readings.reversed()]) == once)
    #expect(try store(scratch.store("single"), readings.map { [$0] }) == once)
    _ = try store(scratch.store("twice"), [Array(readings[..<3])])
    #expect(try store(scratch.store("twice"), [Array(readings[2...])]) == once)
    #expect(try store(scratch.store("less"), [Array(readings[..<5])]) != once)
  }

  @Test func theSameBuildGivesTheSameBytes() throws {
    let scratch = try ScratchCase()
    let readings = (0..<20).map(Made.reading)
    _ = try store(scratch.store("a"), [Array(readings[..<10]), Array(readings[10...])])
    _ = try store(scratch.store("b"), [Array(readings[..<10]), Array(readings[10...])])
    #expect(try scratch.read("a") == scratch.read("b"))
    #expect(try scratch.names == ["a", "b"])
  }

  @Test func anyChangeOfWhatIsSaidChangesTheLogicalDigest() throws {
    let scratch = try ScratchCase()
    let plain = try store(scratch.store("plain"), [[Made.reading(1)]])
    let changes: [(inout ManifestReading) -> Void] = [
      { $0.packages[0].version = "1.0-2" }, { $0.packages[0].distribution = "" },
      { $0.packages[0].files[0].digests[0].bytes[31] ^= 1 }, { $0.packages[0].files[0].mode = 0o4755 },
      { $0.packages[0].files[0].flags = .configuration }, { $0.packages[0].files.removeLast() },
      { $0.source.vouchedBy = Made.digest("index") }, { $0.source.validUntil = "2024-01-01" },
      { $0.source.signatures = [Made.signature(.bad, key: "AA")] }, { $0.updates[0].type = .bugfix },
      { $0.updates.removeAll() }, { $0.source.kind = .rpm },
    ]
    for (index, change) in changes.enumerated() {
      var reading = Made.reading(1)
      change(&reading)
      #expect(try store(scratch.store("changed-\(index)"), [[reading]]) != plain, "change \(index)")
    }
  }

  @Test func aPackageReadFromTwoSourcesIsOnePackageWithTwoSources() throws {
    let scratch = try ScratchCase()
    let second = ManifestReading(source: Made.source("copy/package-1.deb"), packages: [Made.package(1)])
    _ = try store(scratch.store("s"), [[Made.reading(1), second]])
    let opened = try ReferenceStore(file: scratch.store("s"))
    let package = try #require(try opened.packages().first)
    #expect(try opened.packages().count == 1)
    #expect(try opened.sources(of: package).map(\.path).sorted() == ["copy/package-1.deb", "package-1.deb"])
    #expect(try opened.counts().files == 2)
  }

  @Test func theSameSourceKeepsWhatEitherReadingSaysOfIt() throws {
    let scratch = try ScratchCase()
    let plain = ManifestReading(source: Made.source("a.deb"))
    var vouched = plain
    vouched.source.vouchedBy = Made.digest("index")
    vouched.source.distribution = "Debian bookworm"
    var signed = plain
    signed.source.signatures = [Made.signature(.good, key: String(repeating: "A", count: 40))]
    let digests = try [[plain, vouched, signed], [signed, plain, vouched], [vouched, signed, plain]].enumerated().map {
      try store(scratch.store("\($0.offset)"), [$0.element])
    }
    #expect(Set(digests).count == 1)
    let source = try #require(try ReferenceStore(file: scratch.store("0")).sources().first)
    #expect(source.vouchedBy == Made.digest("index"))
    #expect(source.distribution == "Debian bookworm")
    #expect(source.signatures.map(\.status) == [.good])
  }

  @Test func aSignatureThatOnceLackedItsKeyIsTheVerifiedOne() throws {
    let scratch = try ScratchCase()
    let key = "0123456789ABCDEF0123456789ABCDEF01234567"
    let missing = ManifestReading(
      source: Made.source("a.rpm", kind: .rpm, signatures: [Made.signature(.keyMissing, key: String(key.suffix(16)))]))
    let good = ManifestReading(
      source: Made.source("a.rpm", kind: .rpm, signatures: [Made.signature(.good, key: key)]))
    for (name, batch) in [("first", [missing, good]), ("last", [good, missing])] {
      _ = try store(scratch.store(name), [batch])
      let source = try #require(try ReferenceStore(file: scratch.store(name)).sources().first)
      #expect(source.signatures == [Made.signature(.good, key: key)], "\(name)")
    }
  }

  @Test func aSignatureWhoseKeyWasRevokedSinceIsNoGoodOne() throws {
    let scratch = try ScratchCase()
    let key = "0123456789ABCDEF0123456789ABCDEF01234567"
    let readings = [SourceSignature.Status.good, .keyRevoked].map {
      ManifestReading(source: Made.source("list", kind: .digestList, signatures: [Made.signature($0, key: key)]))
    }
    for (name, batch) in [("first", readings), ("last", readings.reversed())] {
      _ = try store(scratch.store(name), [batch])
      let source = try #require(try ReferenceStore(file: scratch.store(name)).sources().first)
      #expect(source.signatures.map(\.status) == [.keyRevoked], "\(name)")
    }
  }

  @Test func aProblemIsKeptOnceAndForgottenWhenItsSourceIsReadAgainWithoutIt() throws {
    let scratch = try ScratchCase()
    let reading = Made.reading(1)
    _ = try store(scratch.store("s"), [[reading], [reading]])
    #expect(try ReferenceStore(file: scratch.store("s")).problems() == reading.problems)
    var mended = reading
    mended.problems = []
    _ = try store(scratch.store("s"), [[mended]])
    #expect(try ReferenceStore(file: scratch.store("s")).problems().isEmpty)
  }

  @Test func theProblemsOfAnotherSourceOfTheSamePathAreKept() throws {
    let scratch = try ScratchCase()
    var refused = Made.reading(1)
    refused.problems = [ReferenceProblem(.refused, source: refused.source.path, message: "Refused.")]
    _ = try store(scratch.store("s"), [[refused]])
    var other = Made.reading(2)
    other.source.path = refused.source.path
    other.problems = []
    _ = try store(scratch.store("s"), [[other]])
    let opened = try ReferenceStore(file: scratch.store("s"))
    #expect(try opened.problems() == refused.problems)
    #expect(try opened.sourcesWithProblems([.refused]) == [refused.source.sha256])
    #expect(try opened.sourcesWithProblems([.linkBroken]).isEmpty)
  }

  @Test func aProblemFollowsItsBytesToAnotherPath() throws {
    let scratch = try ScratchCase()
    var refused = Made.reading(1)
    refused.source.path = "z/package-1.deb"
    refused.problems = [ReferenceProblem(.refused, source: "z/package-1.deb", message: "Refused.")]
    _ = try store(scratch.store("s"), [[refused]])
    var moved = refused
    moved.source.path = "a/package-1.deb"
    moved.problems = []
    _ = try store(scratch.store("s"), [[moved]])
    let opened = try ReferenceStore(file: scratch.store("s"))
    #expect(try opened.sources().map(\.path) == ["a/package-1.deb"])
    #expect(try opened.sourcesWithProblems([.refused]) == [refused.source.sha256])
  }

  @Test func aSourceWithProblemsIsNotHeld() throws {
    let scratch = try ScratchCase()
    var clean = Made.reading(2)
    clean.problems = []
    _ = try store(scratch.store("s"), [[Made.reading(1), clean]])
    let held = try StoreWriter(file: scratch.store("s")).heldSources()
    #expect(!held.contains(sha256: Made.digest("package-1.deb"), kind: .deb, distribution: "Debian bookworm"))
    #expect(held.contains(sha256: Made.digest("package-2.deb"), kind: .deb, distribution: "Debian bookworm"))
  }

  @Test func problemsChangeTheLogicalDigestAndTheirPathsDoNot() throws {
    let scratch = try ScratchCase()
    var reading = Made.reading(1)
    let plain = try store(scratch.store("plain"), [[reading]])
    reading.problems[0].source = "elsewhere/package-1.deb"
    #expect(try store(scratch.store("moved"), [[reading]]) == plain)
    reading.problems[0].kind = .refused
    let refused = try store(scratch.store("refused"), [[reading]])
    #expect(refused != plain)
    reading.problems = []
    #expect(try store(scratch.store("none"), [[reading]]) != refused)
  }

  @Test func aFileThatCouldNotBeOpenedIsAProblemAndNoSource() throws {
    let scratch = try ScratchCase()
    let reading = ManifestReading(
      source: ReferenceSource(kind: .deb, path: "gone.deb", byteCount: 0, sha256: []),
      problems: [ReferenceProblem(.damaged, source: "gone.deb", message: "Cannot be opened.")])
    _ = try store(scratch.store("s"), [[reading]])
    let opened = try ReferenceStore(file: scratch.store("s"))
    #expect(try opened.sources().isEmpty)
    #expect(try opened.problems() == reading.problems)
  }

  @Test func theSourcesOfFormerRunsAreKnownByDigestKindAndDistribution() throws {
    let scratch = try ScratchCase()
    var reading = Made.reading(1)
    reading.problems = []
    _ = try store(scratch.store("s"), [[reading, ManifestReading(source: Made.source("list", kind: .mtree))]])
    let held = try StoreWriter(file: scratch.store("s")).heldSources()
    let deb = Made.digest("package-1.deb")
    #expect(held.contains(sha256: deb, kind: .deb, distribution: "Debian bookworm"))
    #expect(held.contains(sha256: deb, kind: nil, distribution: "Debian bookworm"))
    #expect(!held.contains(sha256: deb, kind: .deb, distribution: ""))
    #expect(!held.contains(sha256: deb, kind: .rpm, distribution: "Debian bookworm"))
    #expect(held.contains(sha256: Made.digest("list"), kind: nil, distribution: "whatever"))
    #expect(!held.contains(sha256: Made.digest("other"), kind: nil, distribution: ""))
    #expect(held.mayContain(byteCount: 1000) && !held.mayContain(byteCount: 999))
  }
}
