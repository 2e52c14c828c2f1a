import Appraisal
import ReferenceManifests
import Testing

@Suite struct IntegrityLevelTests {
  /// One history for each pair of the contract's table: what came after the measured version, and the level.
  @Test(
    arguments: [
      ([], .l4), ([.newPackage], .l4), ([.testing], .l4), ([.release], .l4), ([.enhancement], .l3), ([.updates], .l3),
      ([.bugfix], .l3), ([.security], .l2), ([.unknown], .l2), ([.enhancement, .bugfix], .l3),
      ([.bugfix, .security, .enhancement], .l2),
    ] as [([UpdateType], IntegrityLevel)])
  func theWorstUpdateAmongNewerVersionsSetsTheLevel(types: [UpdateType], level: IntegrityLevel) throws {
    let updates = types.enumerated().map { update("\($0.offset + 2).0", $0.element) }
    let references = try MadeReferences([package("1.0", [program("/usr/bin/tool", "old")])], updates: updates)
    let appraisal = try appraise([("/usr/bin/tool", "old")], references)
    #expect(appraisal.level == level)
    #expect(appraisal.entry(0).status == (types.isEmpty ? .known : .superseded))
    #expect(appraisal.entry(0).severity == (types.map(\.severity).max() ?? 0))
  }

  @Test func aKnownFileUnderAnotherPathLowersTheHighestLevel() throws {
    let references = try MadeReferences([package("1.0", [program("/usr/bin/tool", "tool")])])
    #expect(try appraise([("/usr/bin/tool", "tool")], references).level == .l4)
    #expect(try appraise([("/usr/bin/tool", "tool"), ("/opt/copy", "tool")], references).level == .l3)
  }

  @Test func anUnknownOrChangedFileGivesTheLowestLevel() throws {
    let references = try MadeReferences([
      package("1.0", [program("/usr/bin/tool", "tool"), program("/usr/bin/b", "b")])
    ])
    #expect(try appraise([("/usr/bin/tool", "tool"), ("/opt/x", "x")], references).level == .l1)
    #expect(try appraise([("/usr/bin/tool", "tool"), ("/usr/bin/b", "changed")], references).level == .l1)
  }

  @Test func aListWithoutKnownCodeHasTheLowestLevel() throws {
    let references = try MadeReferences([package("1.0", [file("/usr/share/doc/tool/README", "text")])])
    #expect(try appraise([("/usr/share/doc/tool/README", "text")], references).level == .l1)
    #expect(try appraise([(path: String, content: String)](), references).level == .l1)
  }

  @Test func aLibraryThatIsNowhereGivesTheLowestLevel() throws {
    let needing = ELFInformation(type: .shared, hasInterpreter: true, soname: nil, needed: [Array("libx.so.1".utf8)])
    let tool = file("/usr/bin/tool", "tool", mode: 0o755, kind: .elf(needing))
    let without = try MadeReferences([package("1.0", [tool])])
    let appraisal = try appraise([("/usr/bin/tool", "tool")], without)
    #expect(appraisal.level == .l1)
    #expect(appraisal.missingLibraries.map(\.library) == [Array("libx.so.1".utf8)])
    // Measured under its name, or shipped by a package under that soname.
    let other = ELFInformation(type: .shared, hasInterpreter: false, soname: Array("libx.so.1".utf8), needed: [])
    let library = file("/usr/lib/libx.so.1.2", "library", kind: .elf(other))
    let with = try MadeReferences([package("1.0", [tool, library])])
    #expect(try appraise([("/usr/bin/tool", "tool")], with).level == .l4)
  }

  @Test func anUnknownDigestNeverRaisesALevel() throws {
    let types: [[UpdateType]] = [[], [.enhancement], [.security]]
    for updates in types {
      let references = try MadeReferences(
        [package("1.0", [program("/usr/bin/tool", "old")])],
        updates: updates.enumerated().map { update("\($0.offset + 2).0", $0.element) })
      let before = try appraise([("/usr/bin/tool", "old")], references).level
      for path in ["/opt/x", "/usr/bin/tool", "/etc/x.conf", "/var/log/x", "/usr/bin/other"] {
        #expect(try appraise([("/usr/bin/tool", "old"), (path, "unknown")], references).level <= before)
      }
    }
  }

  @Test func whatWasPublishedLaterDoesNotSupersede() throws {
    let references = try MadeReferences(
      [package("1.0", [program("/usr/bin/tool", "old")])],
      updates: [
        update("1.1", .bugfix, date: "2026-01-10", advisory: "DSA-1"),
        update("1.2", .security, date: "2026-06-01", advisory: "DSA-2"),
      ])
    let january = try appraise([("/usr/bin/tool", "old")], references, asOf: "2026-01-31T00:00:00Z")
    #expect(january.entry(0).supersededBy?.version == "1.1" && january.level == .l3)
    #expect(january.entry(0).supersededBy?.advisory == "DSA-1")
    let july = try appraise([("/usr/bin/tool", "old")], references, asOf: "2026-07-01")
    #expect(july.entry(0).supersededBy?.version == "1.2" && july.level == .l2)
    let before = try appraise([("/usr/bin/tool", "old")], references, asOf: "2025-12-31")
    #expect(before.entry(0).status == .known && before.level == .l4)
  }

  @Test func versionsAreOrderedAsThePackageManagerOrdersThem() throws {
    let references = try MadeReferences([
      package("1.10-1", [program("/usr/bin/tool", "ten")]), package("1.9-1", [program("/usr/bin/tool", "nine")]),
      package("1.10-1~rc1", [program("/usr/bin/tool", "candidate")]),
    ])
    let appraisal = try appraise(
      [("/usr/bin/tool", "nine"), ("/usr/bin/tool", "ten"), ("/usr/bin/tool", "candidate")], references)
    #expect(appraisal.entry(0).status == .superseded && appraisal.entry(0).supersededBy?.version == "1.10-1")
    #expect(appraisal.entry(1).status == .known)
    #expect(appraisal.entry(2).status == .superseded)
  }
}
