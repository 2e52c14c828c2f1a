import Foundation
import TestSupport
import Testing

private let samples = projectRoot.appendingPathComponent("samples")
private let anchor = samples.appendingPathComponent("trust-anchors/lab-root.pem").path
private let clean = samples.appendingPathComponent("clean").path
private let proofOnly = samples.appendingPathComponent("policies/proof-only.yaml").path

/// The program as a script sees it: arguments in, exit status and output out.
@Suite struct CommandLineTests {
  private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let program = projectRoot.appendingPathComponent(".build/debug/inquest").path
    return try Tool.run(program, arguments)
  }

  @Test func theExitStatusOfAnalyzeIsTheVerdict() throws {
    let out = try ScratchCase("out")
    #expect(
      try run("analyze", clean, "--trust-anchor", anchor, "--policy", proofOnly, "--output", out.path).status == 0)
    #expect(try run("analyze", clean, "--output", out.path).status == 2)
    #expect(try run("analyze", clean, "--output", out.path, "--accept-inconclusive").status == 0)
    let edited = samples.appendingPathComponent("edited-list").path
    #expect(try run("analyze", edited, "--output", out.path).status == 1)
    #expect(try run("analyze", edited, "--output", out.path, "--accept-inconclusive").status == 1)
  }

  @Test func wrongUsageIs64() throws {
    let out = try ScratchCase("out")
    #expect(try run("analyze").status == 64)
    #expect(try run("analyze", clean, "--format", "pdf", "--output", out.path).status == 64)
    #expect(try run("analyze", clean, "--nonce", "xyz", "--output", out.path).status == 64)
    #expect(try run("analyze", clean, "--jobs", "0", "--output", out.path).status == 64)
    #expect(try run("analyze", clean, "--collected-at", "yesterday", "--output", out.path).status == 64)
    #expect(try run("analyze", clean, "--output", "-").status == 64)
    #expect(try run("explain", "no.such-code").status == 64)
  }

  @Test func aCaseWithoutEvidenceIs65AndAMissingOneIs66() throws {
    let out = try ScratchCase("out")
    let empty = try ScratchCase("empty")
    #expect(try run("analyze", empty.path, "--output", out.path).status == 65)
    try empty.write("no evidence\n", to: "note.txt")
    #expect(try run("analyze", empty.path, "--output", out.path).status == 65)
    #expect(try run("analyze", empty.path + "/absent", "--output", out.path).status == 66)
    #expect(try run("analyze", clean, "--trust-anchor", "/absent.pem", "--output", out.path).status == 66)
    #expect(try run("inspect", empty.path + "/note.txt").status == 65)
    #expect(try run("inspect", "/absent").status == 66)
    #expect(try run("replay", empty.path + "/note.txt").status == 65)
  }

  /// The library that reads XML would print these bytes itself.
  @Test func bytesThatBreakTheEncodingOfXMLArePrintedByNobody() throws {
    let scratch = try ScratchCase("encoding")
    let head = Array("<?xml version=\"1.0\" encoding=\"EUC-JP\"?><a>".utf8)
    try scratch.write(head + [0xff, 0xff, 0, 0] + Array("</a>".utf8), to: "report.xml")
    let program = projectRoot.appendingPathComponent(".build/debug/inquest").path
    let (_, said) = try Tool.run(
      "sh", ["-c", "\"$0\" inspect \"$1\" 2>&1", program, scratch.path + "/report.xml"])
    #expect(said.contains("report.xml"))
    #expect(!said.contains("encoding error"))
  }

  @Test func anOutputThatCannotBeWrittenIs74AndLeavesNothingBehind() throws {
    let out = try ScratchCase("out")
    try out.write("a file where the folder should be", to: "taken")
    #expect(try run("analyze", clean, "--output", out.path + "/taken").status == 74)
    #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["taken"])
  }

  @Test func inspectShowsEveryRecordOfAListInFullUpToTheLimit() throws {
    let out = try ScratchCase("list")
    let hash = String(repeating: "ab", count: 20)
    let digest = "sha256:" + String(repeating: "d1", count: 32)
    let table = Array("name=root,uuid=,major=253,minor=0;target_index=0,target_name=verity;".utf8)
    let lines = [
      "10 \(hash) ima-ng \(digest) boot_aggregate",
      "10 \(hash) ima-buf \(digest) dm_table_load \(table.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined())",
      "10 \(hash) evm-sig \(digest) /bin/id 0502 user.a 01000000 07 1000 1001 33261",
      "10 \(String(repeating: "0", count: 40)) ima-cgpath /a:/b /pod1 \(digest) /bin/\u{1b}sh",
    ]
    try out.write(lines.joined(separator: "\n") + "\n", to: "list")
    let whole = try run("inspect", "--format", "json", out.path + "/list")
    #expect(whole.status == 0)
    for part in [
      #""kernelStarts":[0]"#, #""kind":"dm_table_load""#, #""target_name":"verity""#, #""iuid":1000"#,
      #""imode":"0100755""#, #""user.a":"07""#, #""violation":true"#, #""cgpath":"/pod1""#, #""evmsig":"0502""#,
      #""dep":"/a:/b""#, #""digest":"\#(digest)""#,
    ] {
      #expect(whole.output.filter { !$0.isWhitespace }.contains(part), "\(part)")
    }
    #expect(!whole.output.contains("\u{1b}") && !whole.output.contains("recordsNotShown"))
    let short = try run("inspect", "--format", "json", "--limit", "1", out.path + "/list")
    #expect(short.status == 0 && short.output.filter { !$0.isWhitespace }.contains(#""recordsNotShown":3"#))
    #expect(!short.output.contains("dm_table_load"))
  }

  @Test func replayTestsWhyARegisterDoesNotMatchAndSaysWhatRegistersWithoutLogAreFor() throws {
    let out = try ScratchCase("mismatch")
    // PCR 12 extended with the SHA-1 of "menu" by the log, and with that of "mine" behind it by the TPM.
    let digest: [UInt8] = [
      0x25, 0x2a, 0x25, 0x66, 0x7d, 0xc7, 0xc6, 0x5f, 0xe0, 0xe9, 0xbf, 0x62, 0xd4, 0x74, 0xbb, 0xab, 0x9b, 0xab, 0x40,
      0x68,
    ]
    try out.write([12, 0, 0, 0, 13, 0, 0, 0] + digest + [4, 0, 0, 0] + Array("menu".utf8), to: "log")
    try out.write(
      "sha1:\n  12: 0x76e30b195a04849043109c618479d13114fd69a0\n  17: 0x\(String(repeating: "f", count: 40))\n",
      to: "pcrs.txt")
    let log = out.path + "/log"
    let compared = try run("replay", log, "--against", out.path + "/pcrs.txt")
    #expect(compared.status == 1)
    for part in [
      "why PCR 12 (sha1) does not match", "none of them gives the value", "not tested    log of user space",
      "sha1 PCR 17: not in this log; no dynamic launch since the last reset of the TPM",
    ] {
      #expect(compared.output.contains(part), "\(part)")
    }
    for constant in ["mine", "0x6d696e65"] {
      let found = try run("replay", log, "--against", out.path + "/pcrs.txt", "--extend-constant", constant)
      #expect(found.status == 1 && found.output.contains("yes           known constant missing in the log"))
    }
    #expect(try run("replay", log, "--extend-constant", "0x6").status == 64)
  }

  /// A quote without PCR file gives one digest over all its registers, here PCR 12 of SHA-1, or PCR 10 and 12.
  @Test func replayTestsADigestWithoutValuesOrSaysThatNothingIsTestable() throws {
    let out = try ScratchCase("digest")
    // The SHA-1 of "menu"; and the SHA-256 of what PCR 12 holds when "mine" was extended behind it.
    let event: [UInt8] = [
      0x25, 0x2a, 0x25, 0x66, 0x7d, 0xc7, 0xc6, 0x5f, 0xe0, 0xe9, 0xbf, 0x62, 0xd4, 0x74, 0xbb, 0xab, 0x9b, 0xab, 0x40,
      0x68,
    ]
    let digest: [UInt8] = [
      0xc7, 0x03, 0x4e, 0xbb, 0x03, 0x1b, 0x07, 0x51, 0x2f, 0xab, 0xfe, 0x47, 0xfb, 0x22, 0x94, 0xf0,
      0x40, 0xb0, 0xc6, 0x37, 0xef, 0x1c, 0xc3, 0x65, 0xba, 0x3f, 0x4c, 0x3b, 0xe7, 0xda, 0x58, 0xee,
    ]
    func quote(_ registers: UInt8) -> [UInt8] {
      [0xff, 0x54, 0x43, 0x47, 0x80, 0x18, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16) + [1]
        + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 1, 0, 4, 3, 0, registers, 0, 0, 32] + digest
    }
    try out.write([12, 0, 0, 0, 13, 0, 0, 0] + event + [4, 0, 0, 0] + Array("menu".utf8), to: "log")
    let zeros = String(repeating: "0", count: 40)
    try out.write("10 \(zeros) ima-ng sha1:\(zeros) boot_aggregate\n", to: "list")
    try out.write(quote(0x10), to: "q.attest")
    let (log, list, against) = (out.path + "/log", out.path + "/list", out.path + "/q.attest")
    let open = try run("replay", log, "--against", against)
    #expect(open.status == 1)
    for part in [
      "# sha1 PCR 12: the quote gives a digest and no values, and this log does not give it",
      "# why the digest does not match, one change at a time in PCR 12:",
      "#   no            one event added to the log",
      "#   none of them gives the digest: what was done is not known",
    ] {
      #expect(open.output.contains(part), "\(part)")
    }
    #expect(!open.output.contains("nothing to compare"))
    let found = try run("replay", log, "--against", against, "--extend-constant", "mine")
    #expect(found.status == 1)
    #expect(
      found.output.contains(
        "yes           known constant missing in the log: PCR 12: \"mine\" was extended behind the last event"))
    try out.write(quote(0x14), to: "q.attest")
    let beside = try run("replay", log, list, "--against", against)
    #expect(
      beside.output.contains(
        "hypotheses: not testable, for the quote gives a digest over several registers and no values, and PCR 10 is of a"
      ),
      "\(beside.output)")
  }

  @Test(.enabled(if: Tool.isInstalled("gzip") && Tool.isInstalled("tar"))) func replayOpensTheOneLogInAnArchive() throws
  {
    let out = try ScratchCase("packed")
    let digest = [UInt8](repeating: 7, count: 20)
    let record: [UInt8] = [9, 0, 0, 0, 13, 0, 0, 0] + digest + [4, 0, 0, 0] + Array("menu".utf8)
    for name in ["one", "two"] { try out.write(record, to: name) }
    let plain = try run("replay", out.path + "/one").output.split(separator: "\n").dropFirst()
    for (packed, words) in [
      ("one.gz", ["gzip", "-n", "-k", "one"]), ("one.tar.gz", ["tar", "-czf", "one.tar.gz", "one"]),
      ("both.tar", ["tar", "-cf", "both.tar", "one", "two"]),
    ] {
      try #require(Tool.run(words[0], Array(words.dropFirst()), in: out.folder).status == 0)
      let replayed = try run("replay", out.path + "/" + packed)
      #expect(replayed.status == (packed == "both.tar" ? 65 : 0))
      #expect(replayed.output.split(separator: "\n").dropFirst() == (packed == "both.tar" ? [] : plain))
    }
  }

  @Test func inspectNamesTheGivenFileThatAnEventMeasured() throws {
    let out = try ScratchCase("measured")
    // An event of TPM 1.2: PCR 9, EV_IPL, the SHA-1 of "menu".
    let digest: [UInt8] = [
      0x25, 0x2a, 0x25, 0x66, 0x7d, 0xc7, 0xc6, 0x5f, 0xe0, 0xe9, 0xbf, 0x62, 0xd4, 0x74, 0xbb, 0xab, 0x9b, 0xab, 0x40,
      0x68,
    ]
    try out.write([9, 0, 0, 0, 13, 0, 0, 0] + digest + [10, 0, 0, 0] + Array("/grub.cfg".utf8) + [0], to: "log")
    try out.write("menu", to: "grub.cfg")
    let log = out.path + "/log"
    let named = try run("inspect", log, "--measured-file", out.path + "/grub.cfg")
    #expect(named.status == 0 && named.output.contains("the file's sha1 of grub.cfg"))
    #expect(try !run("inspect", log).output.contains("of grub.cfg"))
    #expect(try run("inspect", log, "--measured-file", out.path + "/absent").status == 66)
  }

  @Test func aReportGoesToStandardOutputWhenAskedFor() throws {
    let json = try run("analyze", clean, "--output", "-", "--format", "json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(report["schema"] as? String == "inquest-report/1")
    #expect(report["verdict"] as? String == "inconclusive")
  }

  @Test func theInputIsNeverWrittenTo() throws {
    let scratch = try ScratchCase()
    try scratch.copy(samples.appendingPathComponent("clean"), to: "")
    let before = try names(scratch.folder)
    let out = try ScratchCase("out")
    _ = try run("analyze", scratch.path, "--output", out.path)
    #expect(try names(scratch.folder) == before)
    #expect(try names(out.folder) == ["measurements.jsonl", "report.html", "report.json", "report.xml"])
  }

  @Test func replayPrintsRegistersAsTpm2PcrreadDoes() throws {
    let log = clean + "/capture/binary_bios_measurements"
    let all = try run("replay", log)
    #expect(all.status == 0)
    #expect(
      all.output.contains("  sha256:\n    0 : 0x3F615B4573CA69C414318EC2499337F73AECF29AED4D5FCADE3B54D2C85F76ED\n"))
    #expect(all.output.contains("    14: 0xB9C97933FE323334271A718FDF2966E0609AFCB793F3B68AAF18FC31EA39DC0A\n"))
    let none = try run("replay", log, "--until", "0")
    #expect(!none.output.contains("0x"))
  }

  @Test func replayAgainstAQuoteSaysWhichPrefixGivesItsValues() throws {
    let list = clean + "/capture/binary_runtime_measurements"
    let good = try run("replay", list, "--against", clean + "/capture/quote-rsa-sha256.attest")
    #expect(good.status == 0)
    #expect(good.output.contains("# sha256 PCR 10: prefix, 478 of 489 records\n"))
    let edited = samples.appendingPathComponent("edited-list/q2/binary_runtime_measurements").path
    let bad = try run(
      "replay", edited, "--against", samples.appendingPathComponent("edited-list/q2/quote-rsa-sha256.pcrs").path)
    #expect(bad.status == 1)
    #expect(bad.output.contains("sha256 PCR 10: mismatch"))
    #expect(bad.output.contains("the first is record 520"))
  }

  @Test func streamsAreWrittenWhenAskedForAndLeaveNoPartBehind() throws {
    let out = try ScratchCase("out")
    let status = try run("analyze", clean, "--output", out.path, "--format", "jsonl,csv,timeline-jsonl,timeline-csv")
      .status
    #expect(status == 2)
    #expect(
      try names(out.folder) == ["measurements.csv", "measurements.jsonl", "timeline.csv", "timeline.jsonl"])
    let table = try String(contentsOf: out.folder.appendingPathComponent("measurements.csv"), encoding: .utf8)
    #expect(table.hasPrefix("case,host,boot,list,index,offset,pcr,"))
    let streamed = try run("analyze", clean, "--output", "-", "--format", "csv")
    #expect(streamed.output == table)
    let timeline = try run("analyze", clean, "--output", "-", "--format", "timeline-csv").output
    #expect(timeline.hasPrefix("message,datetime,timestamp_desc,timestamp,event_id,"))
  }

  @Test func everyFindingCodeIsExplainedAndTheDocumentIsThatText() throws {
    let all = try run("explain", "--all")
    let document = try String(contentsOf: projectRoot.appendingPathComponent("docs/findings.md"), encoding: .utf8)
    #expect(all.output == document)
    let list = try run("explain")
    for line in list.output.split(separator: "\n") {
      let code = String(line.prefix { $0 != " " })
      let one = try run("explain", code)
      #expect(one.status == 0)
      #expect(one.output.hasPrefix(code + "\n"))
      #expect(one.output.contains("\nCauses: ") && one.output.contains("\nNext: "))
    }
  }

  @Test func aWrongImportIsFoundByTheDependencyCheck() throws {
    let tree = try ScratchCase("tree")
    try tree.write("import ByteReading\n", to: "Sources/IMALog/Good.swift")
    let script = projectRoot.appendingPathComponent("scripts/check-dependencies").path
    #expect(try Tool.run(script, [tree.path]).status == 0)
    try tree.write("import Hashing\n", to: "Sources/IMALog/Bad.swift")
    #expect(try Tool.run(script, [tree.path]).status == 1)
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }
}
