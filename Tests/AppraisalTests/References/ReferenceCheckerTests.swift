import Appraisal
import Digests
import Foundation
import ReferenceManifests
import ReferenceStore
import SampleEvidence
import Testing

/// Every fault that a review looks for, made by hand, and sets without it.
@Suite struct ReferenceCheckerTests {
  private static let key = "0123456789ABCDEF0123456789ABCDEF01234567"

  private func check(
    _ readings: [ManifestReading], asOf: String? = nil, trustedKeys: [String] = []
  ) throws -> ReferenceCheckResult {
    let made = try MadeReferences(readings)
    return try ReferenceChecker.check(
      [made.store], ReferenceCheckRequest(asOf: asOf, trustedKeys: trustedKeys, toolVersion: "test"))
  }

  private func signature(_ status: SourceSignature.Status, key: String = key) -> SourceSignature {
    SourceSignature(status: status, scheme: "OpenPGP v4", key: key, signer: "Vendor", createdAt: "2024-01-01T00:00:00Z")
  }

  /// Packages of one signed source.
  private func signed(_ packages: [ReferencePackage], name: String = "signed.deb") -> ManifestReading {
    ManifestReading(source: source(name, signatures: [signature(.good)]), packages: packages)
  }

  private func codes(_ result: ReferenceCheckResult) -> [String] {
    result.checks.filter { $0.count > 0 }.map(\.code.rawValue).sorted()
  }

  @Test func aSignedStoreOfStrongDigestsIsClean() throws {
    let result = try check([signed([package("1.0", [program("/usr/bin/tool", "tool"), file("/etc/tool", "x")])])])
    #expect(result.outcome == .clean)
    #expect(result.findings.isEmpty)
    #expect(result.stores[0].packages.signed == 1 && result.stores[0].packages.unsigned == 0)
    #expect(result.checks.map(\.code) == FindingCode.ofReferences)
  }

  @Test func aPackageIsSignedThroughTheIndexThatNamesItAndNotWithoutIt() throws {
    let readings = [
      ManifestReading(source: source("InRelease", signatures: [signature(.good)])),
      ManifestReading(source: source("Packages", vouchedBy: "InRelease")),
      ManifestReading(source: source("tool.deb", vouchedBy: "Packages"), packages: [package("1.0", [file("/a", "a")])]),
    ]
    #expect(try check(readings).outcome == .clean)
    let broken = try check([readings[0], readings[2]])
    #expect(codes(broken) == ["reference.unsigned"])
    #expect(broken.outcome == .inconclusive)
  }

  @Test func aFaultRefusesThePackagesOfItsBytesAndNoOthersOfThePath() throws {
    var faulty = ManifestReading(source: source("tool.deb"), packages: [package("1.0", [file("/a", "a")])])
    faulty.problems = [ReferenceProblem(.refused, source: "tool.deb", message: "Refused.")]
    var other = ManifestReading(source: source("other.deb"), packages: [package("2.0", [file("/a", "b")])])
    other.source.path = "tool.deb"
    var copy = faulty
    copy.source.path = "a/tool.deb"
    copy.problems = []
    let made = try MadeReferences([faulty, other, copy])
    let refused = try made.store.refusedPackages()
    #expect(try made.store.packages().filter { refused.contains($0.id) }.map(\.version) == ["1.0"])
  }

  @Test func onlyASignedIndexOutweighsThatARepositoryDoesNotListAPackage() throws {
    func refusedCount(indexIsSigned: Bool, vouchedBy: String?) throws -> Int {
      var reading = ManifestReading(
        source: source("tool.deb", vouchedBy: vouchedBy), packages: [package("1.0", [file("/a", "a")])])
      reading.problems = [ReferenceProblem(.notListed, source: "tool.deb", message: "Not listed.")]
      let index = ManifestReading(source: source("InRelease", signatures: indexIsSigned ? [signature(.good)] : []))
      let made = try MadeReferences([index, reading])
      return try made.store.refusedPackages().count
    }
    #expect(try refusedCount(indexIsSigned: true, vouchedBy: "InRelease") == 0)
    #expect(try refusedCount(indexIsSigned: false, vouchedBy: "InRelease") == 1)
    #expect(try refusedCount(indexIsSigned: true, vouchedBy: nil) == 1)
  }

  @Test func onlyTrustedKeysVouchWhenSomeAreNamed() throws {
    let readings = [signed([package("1.0", [file("/a", "a")])])]
    #expect(try check(readings, trustedKeys: [String(Self.key.suffix(16))]).outcome == .clean)
    let result = try check(readings, trustedKeys: [String(repeating: "F", count: 40)])
    #expect(codes(result) == ["reference.signer-untrusted"])
    #expect(result.outcome == .inconclusive)
  }

  @Test(arguments: [
    (SourceSignature.Status.bad, "reference.signature-invalid", ReferenceCheckResult.Outcome.faults),
    (.weak, "reference.signature-invalid", .faults), (.keyRevoked, "reference.key-revoked", .faults),
    (.keyExpired, "reference.expired-key", .inconclusive), (.keyMissing, "reference.key-missing", .inconclusive),
    (.unsupported, "reference.signature-unsupported", .inconclusive),
  ])
  func aSignatureThatDoesNotVouchIsTold(
    status: SourceSignature.Status, code: String, outcome: ReferenceCheckResult.Outcome
  ) throws {
    let reading = ManifestReading(
      source: source("tool.deb", signatures: [signature(status)]), packages: [package("1.0", [file("/a", "a")])])
    let result = try check([reading])
    #expect(codes(result).contains(code))
    #expect(result.outcome == outcome)
  }

  @Test func besideAGoodSignatureOnlyABadOneIsTold() throws {
    for (status, isTold) in [(SourceSignature.Status.keyMissing, false), (.keyExpired, false), (.bad, true)] {
      let both = [signature(.good), signature(status, key: String(repeating: "B", count: 40))]
      let reading = ManifestReading(
        source: source("tool.deb", signatures: both), packages: [package("1.0", [file("/a", "a")])])
      #expect(try check([reading]).findings.isEmpty != isTold, "\(status)")
    }
  }

  @Test func oneVersionWithTwoDigestsForAPathIsAConflict() throws {
    let result = try check([
      signed([package("1.0", [file("/usr/bin/tool", "one"), file("/same", "same")])], name: "a.deb"),
      signed([package("1.0", [file("/usr/bin/tool", "two"), file("/same", "same")])], name: "b.deb"),
    ])
    #expect(codes(result) == ["reference.conflict"])
    let finding = try #require(result.findings.first)
    #expect(finding.message == "tool 1.0 amd64 has 2 digests for /usr/bin/tool.")
    #expect(finding.source == "a.deb, b.deb")
    #expect(finding.expected?.hasPrefix("sha256:") == true && finding.expected != finding.actual)
    #expect(result.outcome == .faults)
  }

  @Test func otherVersionsDistributionsAndFilesAreNoConflict() throws {
    let versions = try check([
      signed([package("1.0", [file("/tool", "one")])], name: "a.deb"),
      signed([package("1.1", [file("/tool", "two")])], name: "b.deb"),
    ])
    #expect(codes(versions) == ["reference.superseded"])
    let distributions = try check([
      signed([package("1.0", [file("/tool", "one")], distribution: "Debian")], name: "a.deb"),
      signed([package("1.0", [file("/tool", "two")], distribution: "Ubuntu")], name: "b.deb"),
    ])
    #expect(codes(distributions) == ["reference.duplicate"])
    let scripts = try check([
      signed([
        package(
          "1.0",
          [
            file("/var/tmp/rpm-tmp.*", "one", flags: .maintainerScript),
            file("/var/tmp/rpm-tmp.*", "two", flags: .maintainerScript),
          ])
      ])
    ])
    #expect(scripts.outcome == .clean)
  }

  @Test func aPathTwiceInOnePackageIsAConflictAndInAListWithoutVersionsANotice() throws {
    let twice = [file("/tool", "one"), file("/tool", "two")]
    #expect(try check([signed([package("1.0", twice)])]).outcome == .faults)
    let list = try check([signed([package("", twice, format: .list)])])
    #expect(codes(list) == ["reference.conflict"])
    #expect(list.outcome == .clean && list.findings[0].severity == .notice)
  }

  @Test func filesWithWeakDigestsOnlyAndWithoutAnyAreCounted() throws {
    let files = [
      file("/md5", "a", algorithm: .md5), file("/sha1", "b", algorithm: .sha1), file("/sha256", "c"),
      ReferenceFile(path: Array("/none".utf8)), ReferenceFile(path: Array("/ghost".utf8), flags: .ghost),
    ]
    let result = try check([signed([package("1.0", files)])])
    #expect(codes(result) == ["reference.incomplete", "reference.weak-digest"])
    #expect(result.findings.map(\.message).contains("2 of 5 files are known by MD5 or SHA-1 only."))
    #expect(result.findings.map(\.message).contains("1 of 5 files have no digest."))
    #expect(result.outcome == .inconclusive)
  }

  @Test func digestsThatNoFileCanHaveAreTold() throws {
    var zeros = file("/zeros", "x")
    zeros.digests[0].bytes = [UInt8](repeating: 0, count: 32)
    var empty = file("/usr/bin/empty", "", mode: 0o755)
    empty.byteCount = 4096
    let result = try check([signed([package("1.0", [zeros, empty, file("/really-empty", "")])])])
    #expect(codes(result) == ["reference.implausible-digest"])
    #expect(result.findings.count == 2)
    #expect(result.outcome == .faults)
  }

  @Test(arguments: [
    ("/usr/bin/tool", true), ("/", true), ("/a b/c", true), ("usr/bin/tool", false), ("/usr//bin", false),
    ("/usr/../etc", false), ("/usr/./bin", false), ("/usr/", false), ("/a\nb", false),
    ("/" + String(repeating: "x", count: 4096), false),
  ])
  func aPathIsOneThatTheKernelWouldReport(path: String, isGood: Bool) throws {
    let result = try check([signed([package("1.0", [file(path, "x")])])])
    #expect(codes(result) == (isGood ? [] : ["reference.suspect-path"]))
  }

  @Test func aNewerVersionSupersedesFromItsDateOn() throws {
    var reading = signed([package("1.0", [file("/a", "a")])])
    reading.updates = [update("1.1", .security, date: "2024-06-01", advisory: "DSA-1")]
    let result = try check([reading])
    #expect(codes(result) == ["reference.superseded"])
    #expect(result.findings[0].message == "Superseded by 1.1 (security, DSA-1, 2024-06-01).")
    #expect(result.outcome == .clean)
    #expect(try check([reading], asOf: "2024-05-31").findings.isEmpty)
  }

  @Test func anIndexIsOutOfDateAfterItsOwnEndOnly() throws {
    var index = source("InRelease", signatures: [signature(.good)])
    index.validUntil = "2024-06-01T00:00:00Z"
    let reading = [ManifestReading(source: index)]
    #expect(try check(reading).outcome == .clean)
    #expect(try check(reading, asOf: "2024-06-01").outcome == .clean)
    let late = try check(reading, asOf: "2024-06-02")
    #expect(codes(late) == ["reference.out-of-date"])
    #expect(late.outcome == .inconclusive)
  }

  @Test func packagesThatOnlyTheSystemsOwnRecordsKnowAreNamed() throws {
    var records = source("status")
    records.kind = .dpkgDatabase
    let known = package("1.0", [file("/a", "a")])
    let absent = package("2.0", [file("/b", "b")], name: "absent")
    let result = try check([
      signed([known]),
      ManifestReading(source: records, packages: [package("1.0", [file("/a", "a", algorithm: .md5)]), absent]),
    ])
    let finding = try #require(result.findings.first { $0.code == .referenceIncomplete })
    #expect(finding.subject == "absent 2.0 amd64")
  }

  @Test(arguments: ReferenceProblem.Kind.allCases)
  func everyFaultOfTheBuildIsSaidAgain(kind: ReferenceProblem.Kind) throws {
    var reading = signed([package("1.0", [file("/a", "a")])])
    reading.problems = [
      ReferenceProblem(
        kind, source: "signed.deb", subject: "member", offset: 7, message: "What is wrong.", expected: "a", actual: "b")
    ]
    let result = try check([reading])
    let finding = try #require(result.findings.first { $0.code == kind.findingCode })
    #expect(finding.subject == "member" && finding.offset == 7 && finding.message == "What is wrong.")
    #expect(finding.expected == "a" && finding.actual == "b" && finding.source == "signed.deb")
  }

  @Test func manyFindingsOfOneCodeAreBoundedAndTheRestIsCounted() throws {
    var reading = signed([])
    reading.problems = (0..<500).map {
      ReferenceProblem(.damaged, source: "signed.deb", subject: "\($0)", message: "Damaged.")
    }
    let result = try check([reading])
    #expect(result.findings.count == 201)
    #expect(result.findings.last?.message == "300 more findings of this code are not listed.")
    #expect(result.checks.first { $0.code == .referenceUnreadable }?.count == 500)
  }

  @Test func coverageNamesWhatIsMissingByPackageAndFolder() throws {
    let made = try MadeReferences([package("1.0", [file("/usr/bin/tool", "tool"), file("/usr/bin/other", "other")])])
    let list = madeList([
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/tool", digest: sha256("tool")),
      MadeRecord("/usr/bin/other", digest: sha256("changed")),
      MadeRecord("/opt/agent/bin/agent", digest: sha256("agent")), MadeRecord("/opt/agent/bin/b", digest: sha256("b")),
    ]).log
    let result = try ReferenceChecker.check(
      [made.store], ReferenceCheckRequest(lists: [("capture/list", list)], toolVersion: "test"))
    let coverage = try #require(result.coverage.first)
    #expect(coverage.records == 5 && coverage.explained == 2)
    #expect(
      coverage.missing == [
        .init(
          kind: .folder, name: "/opt/agent/bin/", records: 2, examples: ["/opt/agent/bin/agent", "/opt/agent/bin/b"]),
        .init(kind: .package, name: "tool", records: 1, examples: ["/usr/bin/other"]),
      ])
    #expect(codes(result).contains("reference.not-covered"))
  }
}
