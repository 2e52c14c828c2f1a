import ByteReading
import Digests
import Hashing
import IMALog
import Testing

@Suite struct MeasurementLineTests {
  private let hash = String(repeating: "ab", count: 20)
  private let digest = "sha256:" + String(repeating: "d1", count: 32)

  private func paths(_ text: String) -> [String] {
    measurements(parseText(text).value).map { String(decoding: $0.path ?? [], as: UTF8.self) }
  }

  @Test func aLineGivesTheBytesOfTheBinaryRecord() {
    let lines = [
      "10 \(hash) ima-ng \(digest) /usr/bin/id", "10 \(hash) ima-sig \(digest) /usr/bin/id 03020409",
      "10 \(hash) ima-sig \(digest) /usr/bin/id ", "10 \(hash) ima-sig \(digest) /usr/bin/id",
      " 9 \(hash) d-ng|n-ng|iuid|igid|imode \(digest) /usr/bin/id 1000 0 33261",
      "10 \(hash) d-ng|n-ng|iuid|igid|imode \(digest) boot_aggregate   ",
      "10 \(hash) evm-sig \(digest) /usr/bin/id 0502 user.a|user.b 0100 01 1 2 3",
      "10 \(hash) evm-sig \(digest) /usr/bin/id       ",
      "10 \(hash) ima-modsig \(digest) /usr/bin/id   ", "10 \(hash) ima-ngv2 verity:\(digest) /usr/bin/id",
      "10 \(hash) ima-ng tiger:0102 /usr/bin/id", "10 \(hash) ima-buf \(digest) .ima 3082",
    ]
    let start = Build.field(Build.digest())
    let id = Build.field(Build.text("/usr/bin/id"))
    let empty = Build.word(0)
    let expected: [(String, [UInt8])] = [
      ("ima-ng", start + id), ("ima-sig", start + id + Build.field([3, 2, 4, 9])), ("ima-sig", start + id + empty),
      ("ima-sig", start + id + empty),
      (
        "d-ng|n-ng|iuid|igid|imode",
        start + id + Build.field(Build.word(1000)) + Build.field(Build.word(0)) + Build.field([0xed, 0x81])
      ),
      ("d-ng|n-ng|iuid|igid|imode", start + Build.field(Build.text("boot_aggregate")) + empty + empty + empty),
      (
        "evm-sig",
        start + id + Build.field([5, 2]) + Build.field(Build.text("user.a|user.b")) + Build.field([1, 0])
          + Build.field([1]) + Build.field(Build.word(1)) + Build.field(Build.word(2)) + Build.field([3, 0])
      ),
      ("evm-sig", start + id + (0..<7).flatMap { _ in empty }), ("ima-modsig", start + id + empty + empty + empty),
      ("ima-ngv2", Build.field(Build.text("verity:sha256:") + Array(repeating: 0xd1, count: 32)) + id),
      ("ima-ng", Build.field(Build.text("tiger:") + [1, 2]) + id),
      ("ima-buf", start + Build.field(Build.text(".ima")) + Build.field([0x30, 0x82])),
    ]
    let parsed = parseText(lines.joined(separator: "\n") + "\n")
    #expect(parsed.isWhole && parsed.value.count == lines.count)
    for (record, (template, data)) in zip(measurements(parsed.value), expected) {
      #expect(record.templateName == Array(template.utf8))
      #expect(record.templateData == data, "\(lines[record.index])")
      #expect(record.fieldProblem == nil)
      #expect(record.byteCount == lines[record.index].utf8.count + 1)
    }
    #expect(parsed.value.record(at: 4).registerIndex == 9)
    #expect(parsed.value.record(at: 1).offset == lines[0].utf8.count + 1)
  }

  @Test func blanksInNamesOfOldKernelsBelongToTheName() {
    #expect(
      paths(
        """
        10 \(hash) ima \(String(repeating: "d1", count: 20)) /a b (deleted)
        10 \(hash) ima-ng \(digest) /c  d
        10 \(hash) ima-sig \(digest) /e f 0302
        10 \(hash) ima-sig \(digest) /g h xyz

        """) == ["/a b (deleted)", "/c  d", "/e f", "/g h xyz"])
  }

  @Test func namesWithNewlinesGoOnInTheNextLines() {
    let text = "10 \(hash) ima-sig \(digest) /a\nb\n\nc 03\n10 \(hash) ima-ng \(digest) /d\n"
    let parsed = parseText(text)
    #expect(parsed.isWhole)
    #expect(paths(text) == ["/a\nb\n\nc", "/d"])
    #expect(parsed.value.record(at: 0).signature == [3])
    #expect(parsed.value.record(at: 1).offset == text.utf8.count - 1 - "10 \(hash) ima-ng \(digest) /d".utf8.count)
  }

  @Test func lineNumbersAndCarriageReturnsArePassedOver() {
    #expect(paths("1:10 \(hash) ima-ng \(digest) /a\r\n2:10 \(hash) ima-ng \(digest) /b\r\n") == ["/a", "/b"])
    #expect(paths("     1\t10 \(hash) ima-ng \(digest) /a\n     2\t10 \(hash) ima-ng \(digest) /b\n") == ["/a", "/b"])
    // A carriage return in one name of a list with plain line ends is a part of it.
    #expect(paths("10 \(hash) ima-ng \(digest) /a\n10 \(hash) ima-ng \(digest) /b\r\n") == ["/a", "/b\r"])
  }

  @Test func marksTabsAndAlgorithmsOfTheWildArePassedOver() {
    let bytes = [0xef, 0xbb, 0xbf] + Array("10 \(hash) ima-ng \(digest) /a\n10 \(hash) ima-ng \(digest) /b\n".utf8)
    #expect(MeasurementListFormat.detect(bytes) == .ascii)
    let parsed = parse(bytes, .ascii)
    #expect(parsed.isWhole && parsed.value.count == 2 && parsed.value.skipped == [0..<3])
    #expect(parsed.value.record(at: 0).offset == 3)
    #expect(
      paths("10\t\(hash)\tima-sig\t\(digest)\t/a b\t0302\n     2\t10\t\(hash)\tima-ng\t\(digest)\t/c\n") == [
        "/a b", "/c",
      ])
    let wide = String(repeating: "0f", count: 32)
    for line in ["10 sha256:\(wide) ima-ng \(digest) /a\n", "7:10 sha256:\(wide) ima-ng \(digest) /a\n"] {
      #expect(MeasurementListFormat.detect(Array(line.utf8)) == .ascii)
      #expect(parseText(line).value.record(at: 0).recordedTemplateDigest == Array(repeating: 0x0f, count: 32))
      #expect(paths(line) == ["/a"])
    }
  }

  @Test func aDeviceNumberMayBeEmpty() throws {
    let text =
      "10 \(hash) ima-cont-id  \(digest) boot_aggregate\n10 \(hash) ima-cont-id 253:7 \(digest) /bin/sh\n"
      + "10 \(hash) ima-cont-id-subj 0:24 \(digest) /bin/ls ACT=x&SUBJ=a&OBJ=b\n"
    let records = measurements(parseText(text).value)
    try #require(records.count == 3)
    #expect(records[0].deviceNumber == nil && records[0].isBootAggregate && records[0].field("dev-id") == [])
    #expect(records[1].deviceNumber == .init(major: 253, minor: 7) && records[1].path == Array("/bin/sh".utf8))
    #expect(records[2].access?.object == Array("b".utf8) && records[2].deviceNumber?.description == "0:24")
  }

  @Test(arguments: [true, false], [true, false])
  func textsOfPatchedKernelsAreReadAsTheirHashSays(isTerminated: Bool, emptyIsTerminated: Bool) throws {
    func data(_ dependencies: String, _ path: String) -> [UInt8] {
      let end: [UInt8] = dependencies.isEmpty ? (emptyIsTerminated ? [0] : []) : (isTerminated ? [0] : [])
      let group: [UInt8] = Array("/pod1".utf8) + (isTerminated ? [0] : [])
      return Build.field(Array(dependencies.utf8) + end) + Build.field(group) + Build.field(Build.digest())
        + Build.field(Build.text(path))
    }
    let rows = [("", "boot_aggregate"), ("/usr/bin/runc:/sbin/init", "/bin/sh"), ("/sbin/init", "/bin/ls")]
    let text = try rows.map { dependencies, path in
      let hash = try #require(HashAlgorithm.sha256.digest(of: data(dependencies, path)))
      return "10 \(hexText(hash)) ima-cgpath \(dependencies) /pod1 \(digest) \(path)\n"
    }.joined()
    let list = MeasurementList.parse(
      Array(text.utf8), file: "list", format: .ascii,
      templateHash: { data, width in width == 32 ? HashAlgorithm.sha256.digest(of: data) : nil }
    ).value
    #expect(measurements(list).map(\.templateData) == rows.map { data($0, $1) })
    #expect(list.record(at: 1).dependencies.count == 2 && list.record(at: 1).controlGroupPath == Array("/pod1".utf8))
  }

  @Test func namesNeedNotBeText() {
    let bytes = Array("10 \(hash) ima-ng \(digest) /".utf8) + [0xff, 0xfe, 0x1b, 0x0a]
    #expect(parse(bytes, .ascii).value.record(at: 0).path == [0x2f, 0xff, 0xfe, 0x1b])
  }

  @Test func aLineThatCannotBeARecordIsAProblemAndTheNextGoesOn() {
    let good = "10 \(hash) ima-ng \(digest) /good\n"
    let bad = [
      "10 \(hash) ima-ng sha256 /no-colon\n", "10 \(hash) ima-ng sha256:abc /odd\n",
      "10 \(hash) ima-ng sha256:zz /no-digits\n", "10 \(hash) ima abcd /short\n",
      "10 \(hash)\(hash.prefix(24)) ima-ng \(digest) /another-width\n",
      "10 \(hash) d-ng|n-ng|imode \(digest) /x 65536\n",
    ]
    let text = "not a record\n" + bad.map { good + $0 }.joined() + good
    let parsed = parseText(text)
    #expect(measurements(parsed.value).map { $0.path } == Array(repeating: Array("/good".utf8), count: bad.count + 1))
    #expect(parsed.problems.count == bad.count + 1)
    #expect(
      parsed.problems.map(\.field) == ["line", "d-ng", "d-ng", "d-ng", "d", "template digest", "imode"])
    // Records, skipped lines and the unread range cover the file.
    let covered = measurements(parsed.value).map(\.byteCount) + parsed.value.skipped.map(\.count)
    #expect(covered.reduce(0, +) + parsed.unread.count == text.utf8.count)
    #expect(parsed.value.record(at: 1).byteCount == good.utf8.count)
  }

  @Test func problemsOfAHostileFileAreCountedAndNotAllKept() {
    let parsed = parse(Array(repeating: Array("x\n".utf8), count: 5000).flatMap { $0 }, .ascii)
    #expect(parsed.value.count == 0 && parsed.problems.count == MeasurementStream.problemLimit)
    #expect(parsed.problems.last?.found == "4001 more, up to this place")
  }

  @Test(arguments: [20, 32, 48, 64])
  func templateDigestsOfAnyBankAreRead(width: Int) {
    let text = "10 \(String(repeating: "0f", count: width)) ima-ng \(digest) /a\n"
    #expect(MeasurementListFormat.detect(Array(text.utf8)) == .ascii)
    #expect(parseText(text).value.templateDigestByteCount == width)
    #expect(parseText(text).value.record(at: 0).recordedTemplateDigest == Array(repeating: 0x0f, count: width))
  }
}
