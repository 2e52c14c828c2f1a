import Appraisal
import Digests
import ReferenceManifests
import SampleEvidence
import Testing

@Suite struct MeasurementAppraiserTests {
  private func references() throws -> MadeReferences {
    try MadeReferences([
      package(
        "1.0",
        [
          program("/bin/tool", "tool"), file("/etc/tool.conf", "default", flags: .configuration),
          file("/etc/init.d/tool", "#!start", flags: .configuration, mode: 0o755, kind: .script(interpreter: [0x2f])),
          file("/usr/share/tool/data", "data"),
          ReferenceFile(path: Array("/usr/lib64".utf8), kind: .symbolicLink(target: Array("lib".utf8))),
          program("/usr/lib64/plugin", "plugin"),
        ]),
      package("2.0", [program("/usr/bin/other", "other")], name: "other"),
    ])
  }

  @Test func theRuleByWhichAPathMatchesIsSaid() throws {
    let appraisal = try appraise(
      [
        ("/bin/tool", "tool"), ("/usr/bin/tool", "tool"), ("/usr/bin/tool.dpkg-new", "tool"),
        ("/bin/tool;5f0c33aa", "tool"), ("/usr/lib/plugin", "plugin"),
        ("/var/lib/docker/overlay2/\(String(repeating: "a", count: 64))/merged/usr/bin/other", "other"),
        ("/opt/tool", "tool"),
      ], try references())
    #expect((0..<6).map { appraisal.entry($0).status } == Array(repeating: .known, count: 6))
    #expect(
      (0..<6).map { appraisal.entry($0).rule }
        == [.same, .mergedUsr, .unpacking, .unpacking, .linkedFolder, .container])
    #expect(appraisal.entry(6).status == .knownElsewhere && appraisal.entry(6).rule == nil)
  }

  @Test func contentOfAnotherPackageAtAnOwnedPathIsAChange() throws {
    let appraisal = try appraise([("/usr/bin/tool", "other")], try references())
    #expect(appraisal.entry(0).status == .changed && appraisal.entry(0).fileClass == .code)
    #expect(appraisal.entry(0).package?.name == "tool" && appraisal.entry(0).expected.count == 1)
  }

  @Test func onlyPlainConfigurationCountsAsConfigurationWhenChanged() throws {
    let appraisal = try appraise(
      [("/etc/tool.conf", "mine"), ("/etc/init.d/tool", "mine"), ("/usr/share/tool/data", "mine")], try references())
    #expect((0..<3).allSatisfy { appraisal.entry($0).status == .changed })
    #expect((0..<3).map { appraisal.entry($0).fileClass } == [.configuration, .code, .code])
  }

  @Test func aListThatTellsNoKindHasNoVoiceInWhatConfigurationIs() throws {
    let digest = ReferenceDigest(.sha256, sha256("default"), origin: .list)
    let bare = ReferenceFile(path: Array("/etc/tool.conf".utf8), digests: [digest])
    let conffile = package("1.0", [file("/etc/tool.conf", "default", flags: .configuration), program("/bin/a", "a")])
    let list = package("", [bare], name: "image", format: .list)
    #expect(
      try appraise([("/etc/tool.conf", "mine")], MadeReferences([conffile, list])).entry(0).fileClass == .configuration)
    #expect(try appraise([("/etc/tool.conf", "mine")], MadeReferences([list])).entry(0).fileClass == .code)
  }

  @Test func thePolicyCanCallConfigurationCode() throws {
    var policy = Policy()
    policy.codePaths = [try #require(PathPattern("/etc/*.conf"))]
    let appraisal = try appraise([("/etc/tool.conf", "mine")], try references(), policy: policy)
    #expect(appraisal.entry(0).fileClass == .code)
  }

  @Test func anAlgorithmThatTheReferencesLackIsNamed() throws {
    let references = try MadeReferences([package("1.0", [file("/bin/tool", "tool", algorithm: .sha512)])])
    let appraisal = try appraise([("/bin/tool", "tool"), ("/opt/x", "x")], references)
    #expect(appraisal.entry(0).status == .notAssessable && appraisal.entry(0).reason.contains("sha256"))
    #expect(appraisal.entry(1).status == .notAssessable && appraisal.entry(1).reason.contains("sha256"))
    #expect(appraisal.level == .l1)
  }

  @Test func anEmptyFileIsNeitherKnownNorUnknown() throws {
    let references = try MadeReferences([package("1.0", [file("/etc/empty", "")])])
    let appraisal = try appraise([("/opt/empty", "")], references)
    #expect(appraisal.entry(0).status == .emptyFile && appraisal.entry(0).severity == nil)
  }

  @Test func exemptionsOfCodeHoldForTheirDigestOnly() throws {
    var policy = Policy()
    let digest = FileRule.ExpectedDigest(algorithm: .sha256, bytes: sha256("agent"))
    policy.exemptions = [
      FileRule(
        name: "agent", reason: "ours", fileClass: .code,
        files: [.init(path: try #require(PathPattern("/opt/agent")), digest: digest)])
    ]
    let appraisal = try appraise(
      [("/opt/agent", "agent"), ("/opt/agent", "implant"), ("/opt/other", "agent")], try references(), policy: policy)
    #expect((0..<3).map { appraisal.entry($0).status } == [.exempt, .unknown, .unknown])
    #expect(appraisal.notVerified == 1)
  }

  @Test func classesCoverTheirPathsAndNothingBeside() throws {
    var policy = Policy()
    policy.classes = [
      FileRule(
        name: "cache", reason: "made here", fileClass: .data,
        files: [.init(path: try #require(PathPattern("/var/cache/{hex}/cache")))]),
      FileRule(
        name: "names", reason: "made here", fileClass: .configuration,
        files: [.init(path: try #require(PathPattern("/etc/hosts")))]),
    ]
    let appraisal = try appraise(
      [
        ("/var/cache/0a/cache", "x"), ("/var/cache/0a/implant", "x"), ("/var/cache/../cache", "x"),
        ("/var/cache/zz/cache", "x"), ("/var/cache/0a/b/cache", "x"), ("/etc/hosts", "x"),
      ], try references(), policy: policy)
    #expect((0..<6).map { appraisal.entry($0).status } == [.classed, .unknown, .unknown, .unknown, .unknown, .unknown])
    #expect(appraisal.entry(5).fileClass == .configuration && appraisal.entry(5).passedBy == "names")
    #expect(appraisal.entry(1).fileClass == .code && appraisal.entry(1).passedBy == nil)
  }

  // MARK: What references must not do

  @Test func linksOfPackagesThatDoNotCountAliasNothing() throws {
    let problem = ReferenceProblem(.payloadDiffers, source: "evil.deb", message: "another digest")
    let link = ReferenceFile(path: Array("/usr/share/app".utf8), kind: .symbolicLink(target: Array("/usr/bin".utf8)))
    let evil = package("1.0", [link, program("/usr/share/app/tool", "python")], name: "evil")
    let good = package("1.0", [program("/usr/bin/tool", "tool"), program("/usr/lib/python", "python")])
    for problems in [[problem], []] {
      let references = try MadeReferences([
        ManifestReading(source: source("evil.deb"), packages: [evil], problems: problems),
        ManifestReading(source: source("good.deb"), packages: [good]),
      ])
      // Nor does a link of a package that counts take the path from the package that lists it.
      #expect(try appraise([("/usr/bin/tool", "python")], references).entry(0).status == .changed)
    }
  }

  @Test func noLinkLeadsIntoAClass() throws {
    var policy = Policy()
    policy.classes = [
      FileRule(
        name: "logs", reason: "made here", fileClass: .data,
        files: [.init(path: try #require(PathPattern("/var/log/wtmp")))])
    ]
    let link = ReferenceFile(path: Array("/var/log".utf8), kind: .symbolicLink(target: Array("/opt/evil".utf8)))
    let references = try MadeReferences([package("1.0", [link, program("/bin/tool", "tool")])])
    let appraisal = try appraise([("/opt/evil/wtmp", "x"), ("/var/log/wtmp", "x")], references, policy: policy)
    #expect(appraisal.entry(0).status == .unknown && appraisal.entry(1).status == .classed)
  }

  @Test func whatAPackageListsAsCodePassesNoRuleByItsPath() throws {
    var policy = Policy()
    policy.exemptions = [
      FileRule(
        name: "all", reason: "careless", fileClass: .data,
        files: [.init(path: try #require(PathPattern("/usr/bin/t*l")))])
    ]
    let appraisal = try appraise([("/usr/bin/tool", "implant")], try references(), policy: policy)
    #expect(appraisal.entry(0).status == .changed && appraisal.entry(0).passedBy == nil)
  }

  @Test func configurationThatRunsCommandsIsCodeUnderEveryNameOfIt() throws {
    var policy = Policy()
    policy.codePaths = [try #require(PathPattern("/etc/tool.conf"))]
    let path = "/var/lib/docker/overlay2/abc/merged/etc/tool.conf"
    let appraisal = try appraise(
      [(path, "mine"), ("/etc/tool.conf.dpkg-new", "mine")], try references(), policy: policy)
    #expect(appraisal.entry(0).fileClass == .code && appraisal.entry(1).fileClass == .code)
  }

  @Test func outsideOfEtcAnUnsignedPackageDoesNotMakeConfiguration() throws {
    let references = try MadeReferences([
      package("1.0", [file("/opt/implant", "harmless", flags: .configuration), program("/bin/a", "a")])
    ])
    #expect(try appraise([("/opt/implant", "implant")], references).entry(0).fileClass == .code)
  }

  @Test func aPackageForEveryArchitectureSupersedesOneForASingleOne() throws {
    var newer = package("2.0", [program("/bin/tool", "new")])
    newer.architecture = "all"
    let references = try MadeReferences([package("1.0", [program("/bin/tool", "old")]), newer])
    #expect(try appraise([("/bin/tool", "old")], references).entry(0).status == .superseded)
  }

  @Test func versionTypeDateAndAdvisoryBelongTogether() throws {
    let references = try MadeReferences(
      [package("1.0", [program("/bin/tool", "old")])],
      updates: [
        update("1.1", .security, date: "2026-01-01", advisory: "DSA-1"), update("1.2", .bugfix, date: "2026-02-01"),
        update("1.3", .security), update("1.3", .security, date: "2026-12-01", advisory: "DSA-3"),
      ])
    let newer = try appraise([("/bin/tool", "old")], references, asOf: "2026-06-01").entry(0).supersededBy
    #expect(newer == NewerVersion(version: "1.1", type: .security, date: "2026-01-01", advisory: "DSA-1"))
  }

  @Test func onlyScriptsKnownAtTheirPlaceAreCalledByTheOrderFile() throws {
    let tools = "/usr/share/initramfs-tools"
    let references = try MadeReferences([
      package(
        "1.0",
        [
          file("\(tools)/init", "init"), file("\(tools)/scripts/init-top/udev", "udev"),
          program("/usr/lib/systemd/systemd", "systemd"), program("/usr/bin/mount", "mount"),
          program("/bin/dash", "dash"),
        ])
    ])
    func order(_ names: [String]) -> String {
      names.map { "/scripts/init-top/\($0) \"$@\"\n[ -e /conf/param.conf ] && . /conf/param.conf\n" }.joined()
    }
    func statuses(_ name: String) throws -> [MeasurementStatus] {
      let appraisal = try appraise(
        [
          ("/init", "init"), ("/scripts/init-top/\(name)", "udev"), ("/scripts/init-top/ORDER", order([name])),
          ("/usr/bin/mount", "dash"), ("/usr/lib/systemd/systemd", "systemd"),
        ], references)
      return (1..<4).map { appraisal.entry($0).status }
    }
    #expect(try statuses("udev") == [.known, .recomputed, .changed])
    #expect(try statuses("udev \"$@\"\nrm -r x; :")[1] == .unknown)
    #expect(try statuses("other")[1] == .unknown)
  }

  // MARK: Which references count

  @Test(arguments: [
    ReferenceProblem.Kind.linkBroken, .signatureInvalid, .notListed, .keyRevoked, .payloadDiffers, .refused,
  ])
  func aPackageOfAFaultySourceExplainsNothing(kind: ReferenceProblem.Kind) throws {
    let problem = ReferenceProblem(kind, source: "mirror/tool.deb", message: "another digest")
    var faulty = source("mirror/tool.deb")
    faulty.vouchedBy = nil
    let references = try MadeReferences([
      ManifestReading(
        source: faulty, packages: [package("1.0", [program("/bin/tool", "trojan")])], problems: [problem]),
      ManifestReading(source: source("good.deb"), packages: [package("1.0", [program("/bin/tool", "tool")])]),
    ])
    let appraisal = try appraise([("/bin/tool", "trojan"), ("/bin/tool", "tool"), ("/opt/x", "trojan")], references)
    #expect(appraisal.entry(0).status == .changed && appraisal.entry(0).reason.contains("do not count"))
    #expect(appraisal.entry(1).status == .known)
    #expect(appraisal.entry(2).status == .unknown && appraisal.level == .l1)
  }

  @Test func aBadSignatureAnywhereInTheChainRefusesThePackage() throws {
    let bad = SourceSignature(status: .bad, scheme: "OpenPGP v4", key: "AB")
    let references = try MadeReferences([
      ManifestReading(source: source("Release", signatures: [bad])),
      ManifestReading(source: source("Packages", vouchedBy: "Release")),
      ManifestReading(
        source: source("tool.deb", vouchedBy: "Packages"), packages: [package("1.0", [program("/bin/tool", "tool")])]),
    ])
    let appraisal = try appraise([("/bin/tool", "tool")], references)
    #expect(appraisal.entry(0).status == .unknown && appraisal.entry(0).reason.contains("do not count"))
  }

  @Test func aPolicyMayAskForSignaturesOfCertainKeys() throws {
    let good = SourceSignature(status: .good, scheme: "OpenPGP v4", key: "0123456789ABCDEF0123456789ABCDEF01234567")
    let references = try MadeReferences([
      ManifestReading(source: source("Release", signatures: [good])),
      ManifestReading(source: source("Packages", vouchedBy: "Release")),
      ManifestReading(
        source: source("tool.deb", vouchedBy: "Packages"), packages: [package("1.0", [program("/bin/tool", "tool")])]),
      ManifestReading(
        source: source("local.deb"), packages: [package("1.0", [program("/bin/local", "local")], name: "local")]),
    ])
    let records = [(path: "/bin/tool", content: "tool"), (path: "/bin/local", content: "local")]
    func statuses(_ policy: Policy) throws -> [MeasurementStatus] {
      let appraisal = try appraise(records, references, policy: policy)
      return [appraisal.entry(0).status, appraisal.entry(1).status]
    }
    #expect(try statuses(Policy()) == [.known, .known])
    var policy = Policy()
    policy.requiresSignedReferences = true
    #expect(try statuses(policy) == [.known, .unknown])
    policy.allowedSigners = ["0123456789ABCDEF0123456789ABCDEF01234567"]
    #expect(try statuses(policy) == [.known, .unknown])
    policy.allowedSigners = ["FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"]
    #expect(try statuses(policy) == [.unknown, .unknown])
  }

  @Test func anOldPackageIsNotHiddenByAListThatHasItsFiles() throws {
    let references = try MadeReferences([
      package("1.0", [program("/bin/tool", "old")]), package("2.0", [program("/bin/tool", "new")]),
      package("", [file("/bin/tool", "old")], name: "image", format: .list),
    ])
    #expect(try appraise([("/bin/tool", "old")], references).entry(0).status == .superseded)
  }

  @Test func aFileThatTheNewVersionKeptIsKnown() throws {
    let references = try MadeReferences([
      package("1.0", [program("/bin/tool", "same"), program("/bin/b", "old")]),
      package("2.0", [program("/bin/tool", "same"), program("/bin/b", "new")]),
    ])
    let appraisal = try appraise([("/bin/tool", "same"), ("/bin/b", "old")], references)
    #expect(appraisal.entry(0).status == .known && appraisal.entry(0).package?.version == "2.0")
    #expect(appraisal.entry(0).alsoIn == ["tool 1.0"])
    #expect(appraisal.entry(1).status == .superseded)
  }
}

@Suite struct PathPatternTests {
  @Test(arguments: [
    ("/a/b", "/a/b", true), ("/a/b", "/a/b/", false), ("/a/*.x", "/a/b.x", true), ("/a/*.x", "/a/b/c.x", false),
    ("/a/*", "/a/.", false), ("/a/*", "/a/..", false), ("/a/{digits}", "/a/12", true), ("/a/{digits}", "/a/1a", false),
    ("/a/{hex}", "/a/0f", true), ("/a/{hex}", "/a/", false), ("/*/b", "/x/b", true), ("/*/b", "//b", true),
    ("/a/x*y*z", "/a/xyyz", true), ("/a/x*y*z", "/a/xyy", false),
  ])
  func patternsMatchNamesAndNeverFolders(pattern: String, path: String, matches: Bool) throws {
    #expect(try #require(PathPattern(pattern)).matches(Array(path.utf8)) == matches)
  }

  @Test func onlyAbsolutePathsArePatterns() {
    for text in ["", "a/b", "/", "/a//b", "/a/"] { #expect(PathPattern(text) == nil) }
    #expect(PathPattern("/a/*")?.coversFolder == true && PathPattern("/a/*b")?.coversFolder == false)
  }
}
