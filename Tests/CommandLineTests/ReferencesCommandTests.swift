import Foundation
import TestSupport
import Testing

/// `inquest references` as a script sees it.
@Suite struct ReferencesCommandTests {
  private static let program = projectRoot.appendingPathComponent(".build/debug/inquest").path

  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    try Tool.run(Self.program, ["references"] + arguments)
  }

  private func digest(_ text: String, _ scratch: ScratchCase) throws -> String {
    try scratch.write(text, to: "hashed")
    return String(try Tool.run("sha256sum", [scratch.path + "/hashed"]).output.prefix(64))
  }

  /// A list of three files, and the store made of it.
  private func listed(_ scratch: ScratchCase) throws -> (store: String, digest: String) {
    let (one, two) = (try digest("one", scratch), try digest("two", scratch))
    try scratch.write("\(one)  /usr/bin/one\n\(two)  /usr/bin/two\n\(one)  /opt/copy of one\n", to: "in/SHA256SUMS")
    let store = scratch.path + "/store"
    #expect(try run("build", scratch.path + "/in", "--output", store).status == 2)
    return (store, one)
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func aBuildPrintsItsCountsAndTheLogicalDigestAndIsTheSameTwice() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let again = try run("build", scratch.path + "/in", "--output", scratch.path + "/again", "--jobs", "3")
    #expect(again.output.contains("read: 1 sources\n"))
    #expect(again.output.contains("store: 1 sources, 1 packages, 3 files, 0 updates\n"))
    #expect(again.output.contains("packages: 0 signed, 1 unsigned, 0 refused\n"))
    #expect(try scratch.read("store") == scratch.read("again"))
    let held = try run("build", scratch.path + "/in", "--output", store)
    #expect(held.output.contains("read: 1 sources\n"))
    let digest = try #require(again.output.split(separator: "\n").first { $0.hasPrefix("logical digest: ") })
    #expect(held.output.contains(digest))
  }

  @Test func theExitStatusOfBuildTellsUsageInputsAndOutputsApart() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let input = scratch.path + "/in"
    #expect(try run("build", "--output", store).status == 64)
    #expect(try run("build", input, "--output", store, "--algorithms", "crc32").status == 64)
    #expect(try run("build", input, "--output", store, "--algorithms", "sha512").status == 64)
    #expect(try run("build", input, "--output", store, "--jobs", "0").status == 64)
    #expect(try run("build", input, "--output", input + "/store").status == 64)
    #expect(try run("build", input, "--output", store, "--key", scratch.path + "/hashed").status == 64)
    #expect(try run("build", input, "--output", store, "--key", scratch.path + "/absent").status == 66)
    #expect(try run("build", scratch.path + "/absent", "--output", store).status == 66)
    #expect(try run("build", input, "--output", scratch.path + "/hashed").status == 65)
    #expect(try run("build", input, "--output", scratch.path + "/no/such/folder/store").status == 74)
    try scratch.write("nothing that is known\n", to: "other/note.txt")
    #expect(try run("build", scratch.path + "/other", "--output", scratch.path + "/none").status == 65)
    try scratch.write("cut", to: "cut/broken.deb")
    #expect(try run("build", scratch.path + "/cut", input, "--output", scratch.path + "/cut.store").status == 1)
  }

  @Test func aManifestOfRegistersIsBuiltListedAndInspected() throws {
    let scratch = try ScratchCase()
    let value = [UInt8](repeating: 0xa5, count: 32)
    let manifest = HandmadeCBOR.manifest(measurements: [.registers([0: value, "PCR 7": value])]).encoded
    try scratch.write(manifest, to: "in/board.corim")
    let built = try run("build", scratch.path + "/in", "--output", scratch.path + "/store")
    #expect(built.status == 2)
    #expect(built.output.contains("in/board.corim: Nothing signs the manifest."))
    let listed = try run("list", scratch.path + "/store")
    #expect(
      listed.output.contains(
        "boot: in/board.corim says the values of PCR 0, 7, for Lab Board (not signed by a given key)\n"))
    let document = try json(try run("list", scratch.path + "/store", "--format", "json").output)
    let references = try #require(document["bootReferences"] as? [[String: Any]])
    #expect(references.map { $0["registers"] as? [String] } == [["0", "7"]])
    let shown = try Tool.run(Self.program, ["inspect", "--format", "json", scratch.path + "/in/board.corim"])
    #expect(shown.status == 0)
    #expect(try json(shown.output)["kind"] as? String == "corim")
    // One that is cut is said to be damaged.
    try scratch.write(Array(manifest.dropLast()), to: "in/cut.corim")
    #expect(try Tool.run(Self.program, ["inspect", scratch.path + "/in/cut.corim"]).status == 65)
  }

  /// A capture whose log is not what its quotes say is no good boot, whatever the user thinks of it.
  @Test func aBaselineThatContradictsItselfIsRefused() throws {
    let scratch = try ScratchCase("baseline")
    let clean = projectRoot.appendingPathComponent("samples/clean")
    try FileManager.default.copyItem(at: clean, to: scratch.folder.appendingPathComponent("good"))
    try FileManager.default.copyItem(at: clean, to: scratch.folder.appendingPathComponent("bad"))
    let place = scratch.folder.appendingPathComponent("bad/capture/binary_bios_measurements")
    var log = [UInt8](try Data(contentsOf: place))
    for offset in [233 + 20, 233 + 50] { log[offset] ^= 1 }
    try Data(log).write(to: place)
    let good = try run("build", "--baseline", scratch.path + "/good", "--output", scratch.path + "/good.store")
    #expect(good.output.contains("store: 1 sources"))
    // What is wrong is said on the standard error.
    let refused = [
      "-c", "exec \"$0\" references build --baseline \"$1/bad\" --output \"$1/bad.store\" 2>&1", Self.program,
      scratch.path,
    ]
    let bad = try Tool.run("sh", refused)
    #expect(bad.status == 1)
    #expect(bad.output.contains("its evidence does not prove its event logs"))
    #expect(bad.output.contains("log.replay-mismatch: "))
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/bad.store"))
    // Events behind what the quotes prove may be anybody's.
    let whole = [UInt8](
      try Data(contentsOf: scratch.folder.appendingPathComponent("good/capture/binary_bios_measurements")))
    let tail: [UInt8] =
      [4, 0, 0, 0, 3, 0, 0, 0x80, 2, 0, 0, 0, 4, 0] + Array(repeating: 1, count: 20) + [0xb, 0]
      + Array(repeating: 2, count: 32) + [0, 0, 0, 0]
    try Data(whole + tail).write(to: place)
    let longer = try Tool.run("sh", refused)
    #expect(longer.status == 1)
    #expect(longer.output.contains("the capture's quotes prove 52 of 53 events"))
    // The log alone is taken at the user's word.
    #expect(try run("build", "--baseline", place.path, "--output", scratch.path + "/log.store").status != 1)
  }

  @Test func aLookupNamesFilesPackagesAndSourcesAndSaysWhatIsNotThere() throws {
    let scratch = try ScratchCase()
    let (store, digest) = try listed(scratch)
    let found = try run("lookup", "--references", store, "sha256:" + digest, "/usr/bin/two")
    #expect(found.status == 0)
    #expect(found.output.contains("  /usr/bin/one\n") && found.output.contains("  /opt/copy of one\n"))
    #expect(found.output.contains("from in/SHA256SUMS (digest-list, SHA-256 "))
    #expect(found.output.contains("no good signature vouches for it\n"))
    let absent = try run("lookup", "--references", store, digest, "/usr/bin/absent")
    #expect(absent.status == 1)
    #expect(absent.output.contains("/usr/bin/absent\n  not found\n"))
    let merged = try run("lookup", "--references", store, "/bin/one")
    #expect(merged.status == 0 && merged.output.contains("  /usr/bin/one (by the rule merged-usr)\n"))
    #expect(try run("lookup", "--references", store, "usr/bin/one").status == 64)
    #expect(try run("lookup", "--references", store, "abcd").status == 64)
    #expect(try run("lookup", "/usr/bin/one").status == 64)
    #expect(try run("lookup", "--references", store + ".absent", "/x").status == 66)
    #expect(try run("lookup", "--references", scratch.path + "/hashed", "/x").status == 65)
    let report = try json(run("lookup", "--references", store, digest, "--format", "json").output)
    let lookups = try #require(report["lookups"] as? [[String: Any]])
    #expect(
      (lookups.first?["files"] as? [[String: Any]])?.map { $0["path"] as? String } == [
        "/opt/copy of one", "/usr/bin/one",
      ])
  }

  @Test func aListingHasSourcesPackagesAndCounts() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let text = try run("list", store)
    #expect(text.status == 0)
    #expect(text.output.contains("1 sources, 1 packages, 3 files, 3 paths, 0 updates"))
    #expect(text.output.contains("source: in/SHA256SUMS (digest-list, "))
    #expect(text.output.contains("package: SHA256SUMS (list)\n"))
    let report = try json(run("list", store, "--format", "json").output)
    #expect((report["counts"] as? [String: Any])?["files"] as? Int == 3)
    #expect(try run("list", store, "--package", "SHA256SUMS").status == 0)
    #expect(try run("list", store, "--package", "absent").status == 1)
  }

  @Test func aComparisonNamesWhatIsAddedGoneAndChanged() throws {
    let scratch = try ScratchCase()
    let (store, one) = try listed(scratch)
    let same = try run("compare", store, store)
    #expect(same.status == 0)
    #expect(same.output == "packages: 0 added, 0 gone, 0 changed\nfiles: 0 added, 0 gone, 0 changed\n")
    let three = try digest("three", scratch)
    try scratch.write("\(three)  /usr/bin/one\n\(three)  /usr/bin/three\n", to: "in2/SHA256SUMS")
    _ = try run("build", scratch.path + "/in2", "--output", scratch.path + "/second")
    let other = try run("compare", store, scratch.path + "/second")
    #expect(other.status == 1)
    #expect(
      other.output == """
        packages: 0 added, 0 gone, 1 changed
        ~ SHA256SUMS (list)
        files: 1 added, 2 gone, 1 changed
        + /usr/bin/three
        - /opt/copy of one
        - /usr/bin/two
        ~ /usr/bin/one
          - sha256:\(one)
          + sha256:\(three)

        """)
  }

  // MARK: Export

  @Test func aKeylimePolicyHasEveryPathWithItsDigests() throws {
    let scratch = try ScratchCase()
    let (store, one) = try listed(scratch)
    let policy = try json(run("export", store, "--format", "keylime").output)
    #expect((policy["meta"] as? [String: Any])?["version"] as? Int == 1)
    let digests = try #require(policy["digests"] as? [String: [String]])
    #expect(digests.keys.sorted() == ["/opt/copy_of_one", "/usr/bin/one", "/usr/bin/two"])
    #expect(digests["/usr/bin/one"] == [one])
    #expect(try run("export", store, "--format", "keylime", "--algorithm", "sha512").status == 1)
    #expect(try run("export", store, "--format", "xlsx").status == 64)
    #expect(try run("export", store, "--format", "csv", "--algorithm", "crc32").status == 64)
  }

  @Test func sha256sumChecksItsListWithEveryOddName() throws {
    let scratch = try ScratchCase()
    var text = ""
    for name in ["plain", "with space", "back\\slash", "line\nbreak"] {
      let file = scratch.path + "/files/" + name
      try scratch.write("content of \(name)", to: "files/" + name)
      text += try Tool.run("sha256sum", [file]).output
    }
    try scratch.write(text, to: "in/sums")
    _ = try run("build", scratch.path + "/in", "--output", scratch.path + "/store")
    let exported = try run("export", scratch.path + "/store", "--format", "sha256sum").output
    #expect(exported.split(separator: "\n").count == 4)
    try scratch.write(exported, to: "exported")
    #expect(try Tool.run("sha256sum", ["--check", "--strict", "--quiet", scratch.path + "/exported"]).status == 0)
  }

  @Test func aListExportedAndReadAgainSaysTheSame() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    for format in ["sha256sum", "keylime", "csv"] {
      try scratch.write(try run("export", store, "--format", format).output, to: "back-\(format)/list")
      _ = try run("build", scratch.path + "/back-\(format)", "--output", scratch.path + "/\(format).store")
      let lines = try run("export", scratch.path + "/\(format).store", "--format", "sha256sum").output
      let expected = try run("export", store, "--format", "sha256sum").output
      // Keylime's form has no spaces in paths.
      #expect(
        lines
          == (format == "keylime" ? expected.replacingOccurrences(of: "copy of one", with: "copy_of_one") : expected),
        "\(format)")
    }
  }

  @Test func aSpreadsheetTakesNoCellOfAnExportForAFormula() throws {
    let scratch = try ScratchCase()
    let one = try digest("one", scratch)
    try scratch.write("\(one)  /usr/bin/one\n", to: "in/=cmd,\"x\"")
    _ = try run("build", scratch.path + "/in", "--output", scratch.path + "/store")
    let csv = try run("export", scratch.path + "/store", "--format", "csv").output
    #expect(csv.hasPrefix("path,algorithm,digest,"))
    #expect(csv.contains(",\"'=cmd,\"\"x\"\"\","))
    let tsv = try json(run("export", scratch.path + "/store", "--format", "json").output)
    #expect((tsv["files"] as? [[String: Any]])?.first?["package"] as? String == "=cmd,\"x\"")
  }

  // MARK: Check

  @Test func aCheckWritesThreeReportsThatAreTheSameTwice() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let first = try run("check", store, "--output", scratch.path + "/a")
    #expect(first.status == 2)
    #expect(first.output.hasPrefix("references: inconclusive\n"))
    #expect(first.output.contains("warning reference.unsigned: 1\n"))
    _ = try run("check", store, "--output", scratch.path + "/b")
    for name in ["references.html", "references.json", "references.xml"] {
      #expect(try scratch.read("a/" + name) == scratch.read("b/" + name), "\(name)")
    }
    let json = try run("check", store, "--output", "-", "--format", "json")
    #expect(Array(json.output.utf8) == (try scratch.read("a/references.json")))
  }

  @Test func theExitStatusOfCheckTellsUsageStoresAndOutputsApart() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    #expect(try run("check").status == 64)
    #expect(try run("check", store, "--as-of", "yesterday").status == 64)
    #expect(try run("check", store, "--trusted-key", "xyz").status == 64)
    #expect(try run("check", store, "--format", "pdf").status == 64)
    #expect(try run("check", store, "--output", "-").status == 64)
    #expect(try run("check", scratch.path + "/absent").status == 66)
    #expect(try run("check", scratch.path + "/hashed").status == 65)
    #expect(try run("check", store, "--capture", scratch.path + "/absent").status == 66)
    #expect(try run("check", store, "--capture", scratch.path + "/in", "--output", scratch.path + "/o").status == 65)
    #expect(try run("check", store, "--output", scratch.path + "/hashed/x").status == 74)
  }

  @Test(.enabled(if: Tool.isInstalled("dpkg-deb"), "needs dpkg-deb"))
  func anAlteredPackageOfTheSameVersionIsAFault() throws {
    let scratch = try ScratchCase()
    for (folder, content) in [("a", "as it was"), ("b", "altered")] {
      try scratch.write(
        "Package: tool\nVersion: 1.0-1\nArchitecture: all\nMaintainer: Nobody <n@example.org>\nDescription: x\n",
        to: "\(folder)/tree/DEBIAN/control")
      try scratch.write(content, to: "\(folder)/tree/usr/bin/tool")
      try scratch.write("", to: "in/\(folder)/keep")
      let package = scratch.path + "/in/\(folder)/tool.deb"
      #expect(
        try Tool.run("dpkg-deb", ["--root-owner-group", "--build", scratch.path + "/\(folder)/tree", package]).status
          == 0)
    }
    #expect(try run("build", scratch.path + "/in", "--output", scratch.path + "/store").status == 2)
    let result = try run("check", scratch.path + "/store", "--output", scratch.path + "/report")
    #expect(result.status == 1)
    #expect(
      result.output.contains(
        "in/a/tool.deb, in/b/tool.deb, tool 1.0-1 all: tool 1.0-1 all has 2 digests for /usr/bin/tool"))
  }

  @Test func aCaptureOfAKnownMachineIsHeldAgainstTheStore() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let capture = projectRoot.appendingPathComponent("samples/clean").path
    let result = try run("check", store, "--capture", capture, "--output", scratch.path + "/report")
    #expect(result.status == 2)
    #expect(result.output.contains("notice reference.not-covered: "))
    #expect(result.output.contains("coverage of capture/binary_runtime_measurements: "))
  }

  @Test(.enabled(if: (try? Tool.run("python3", ["-c", "import jsonschema"]).status) == 0, "needs Python's jsonschema"))
  func reportsOfAReviewFulfilThePublishedSchemas() throws {
    let scratch = try ScratchCase()
    let (store, _) = try listed(scratch)
    let capture = projectRoot.appendingPathComponent("samples/clean").path
    _ = try run("check", store, "--capture", capture, "--as-of", "2026-01-01", "--output", scratch.path + "/report")
    let check = """
      import json, sys, jsonschema
      schema, report = (json.load(open(path)) for path in sys.argv[1:3])
      jsonschema.Draft202012Validator.check_schema(schema)
      jsonschema.Draft202012Validator(schema).validate(report)
      """
    let schema = projectRoot.appendingPathComponent("schemas/references.schema.json").path
    #expect(try Tool.run("python3", ["-c", check, schema, scratch.path + "/report/references.json"]).status == 0)
    guard Tool.isInstalled("xmllint") else { return }
    let xsd = projectRoot.appendingPathComponent("schemas/references.xsd").path
    let xml = scratch.path + "/report/references.xml"
    #expect(try Tool.run("xmllint", ["--nonet", "--noout", "--schema", xsd, xml]).status == 0)
    #expect(
      Array(try Tool.run("xmllint", ["--nonet", "--format", xml]).output.utf8)
        == (try scratch.read("report/references.xml")))
  }
}
