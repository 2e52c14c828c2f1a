import ByteReading
import Digests
import IMALog
import TestSupport
import Testing

@Suite struct MeasurementListTests {
  static let name = Build.text("/usr/bin/id")
  /// Template, fields by identifier.
  static let templates: [(String, [(String, [UInt8])])] = [
    ("ima-ng", [("d-ng", Build.digest()), ("n-ng", name)]),
    ("ima-ngv2", [("d-ngv2", Build.text("verity:sha256:") + [1, 2, 3]), ("n-ng", name)]),
    ("ima-sig", [("d-ng", Build.digest()), ("n-ng", name), ("sig", [3, 2, 4, 9])]),
    ("ima-sigv2", [("d-ngv2", Build.text("ima:sha256:") + [1]), ("n-ng", name), ("sig", [])]),
    ("ima-buf", [("d-ng", Build.digest()), ("n-ng", Build.text(".ima")), ("buf", [0x30, 0x82])]),
    (
      "ima-modsig",
      [
        ("d-ng", Build.digest()), ("n-ng", name), ("sig", []), ("d-modsig", Build.digest(7)), ("modsig", [0x30]),
      ]
    ),
    (
      "evm-sig",
      [
        ("d-ng", Build.digest()), ("n-ng", name), ("evmsig", [5, 2]), ("xattrnames", Build.text("user.a|user.b")),
        ("xattrlengths", [1, 0, 0, 0, 2, 0, 0, 0]), ("xattrvalues", [1, 2, 3]), ("iuid", Build.word(1000)),
        ("igid", Build.word(1001)), ("imode", [0xed, 0x81]),
      ]
    ),
    (
      "d-ng|n-ng|iuid|igid|imode",
      [
        ("d-ng", Build.digest()), ("n-ng", name), ("iuid", Build.word(0)), ("igid", Build.word(0)),
        ("imode", [0xed, 0x81]),
      ]
    ),
    ("n", [("n", name)]),
    ("ima-cont-id", [("dev-id", Build.text("253:7")), ("d-ng", Build.digest()), ("n-ng", name)]),
    ("ima-cont-id", [("dev-id", []), ("d-ng", Build.digest()), ("n-ng", Build.text("boot_aggregate"))]),
    (
      "ima-cont-id-subj",
      [
        ("dev-id", Array("253:7".utf8)), ("d-ng", Build.digest()), ("n-ng", name),
        ("subj", Array("ACT=rx&SUBJ=u:r:init_t&OBJ=u:object_r:bin_t".utf8)),
      ]
    ),
    (
      "ima-cgn",
      [("pid", Build.text("4711")), ("cgn", Build.text("docker-1f2e")), ("d-ng", Build.digest()), ("n-ng", name)]
    ),
    (
      "ima-mns",
      [("pid", Array("4711".utf8)), ("mns", Array("4026531840".utf8)), ("d-ng", Build.digest()), ("n-ng", name)]
    ),
    (
      "ima-dep-cgn",
      [("dep", Build.text("/a:/b:swapper/0")), ("cgn", Build.text("/")), ("d-ng", Build.digest()), ("n-ng", name)]
    ),
    (
      "ima-cgpath",
      [
        ("dep", Build.text("/usr/bin/runc:/usr/bin/containerd")), ("cgpath", Build.text("/kubepods-pod1/cri:2")),
        ("d-ng", Build.digest()), ("n-ng", name),
      ]
    ),
    (
      "dep|cg-path|d-ng|n-ng",
      [("dep", []), ("cg-path", Build.text("-")), ("d-ng", Build.digest()), ("n-ng", name)]
    ),
    (
      "ima-nsid-cnt",
      [("d-ng", Build.digest()), ("n-ng", name), ("nsid", Array("4026532567".utf8)), ("cnt", Array("3".utf8))]
    ),
    ("home-made", [("0", [1, 2]), ("1", []), ("2", [9])]),
  ]

  @Test(arguments: templates.indices)
  func fieldsAreReadByTheirTemplate(index: Int) {
    let (template, fields) = Self.templates[index]
    let data = fields.flatMap { Build.field($0.1) }
    let bytes = Build.record(template, data)
    let parsed = parse(bytes)
    #expect(parsed.isWhole && parsed.value.count == 1)
    let record = parsed.value.record(at: 0)
    #expect(record.templateName == Array(template.utf8) && record.templateData == data && record.hashedBytes == data)
    #expect(record.fields.map(\.identifier) == fields.map(\.0) && record.fields.map(\.bytes) == fields.map(\.1))
    #expect(record.fieldProblem == nil && record.offset == 0 && record.byteCount == bytes.count)
    #expect(record.registerIndex == 10 && !record.isViolation)
    #expect(MeasurementListFormat.detect(bytes) == Build.little20)
  }

  @Test func convenienceValuesComeFromTheirFields() throws {
    let record = parse(
      Build.record("ima-modsig", Self.templates[5].1.flatMap { Build.field($0.1) })
    ).value.record(at: 0)
    let digest = try #require(record.fileDigest)
    #expect(digest.type == nil && digest.algorithmName == "sha256" && digest.algorithm == .sha256)
    #expect(digest.bytes == Array(repeating: 0xd1, count: 32))
    #expect(record.unsignedFileDigest?.bytes == Array(repeating: 7, count: 32))
    #expect(record.path == Array("/usr/bin/id".utf8) && record.signature == nil && record.appendedSignature == [0x30])
    let verity = parse(Build.record("ima-ngv2", Self.templates[1].1.flatMap { Build.field($0.1) })).value.record(at: 0)
    #expect(verity.fileDigest?.type == "verity" && verity.fileDigest?.bytes == [1, 2, 3])
    let unknown = Build.record("ima-ng", Build.field(Build.text("tiger:") + [1]) + Build.field(Self.name))
    let tiger = parse(unknown).value.record(at: 0).fileDigest
    #expect(tiger?.algorithmName == "tiger" && tiger?.algorithm == nil)
  }

  @Test func templateImaHashesDigestAndPaddedName() {
    let record = parse(Build.legacy("/sbin/init")).value.record(at: 0)
    #expect(
      record.hashedBytes == Array(repeating: 0xd1, count: 20) + Array("/sbin/init".utf8)
        + Array(repeating: 0, count: 246))
    #expect(record.fileDigest?.algorithm == .sha1 && record.path == Array("/sbin/init".utf8))
    #expect(record.fields.map(\.identifier) == ["d", "n"])
  }

  @Test func aFieldThatOverrunsTheDataIsAProblemOfThatRecordOnly() {
    let good = Build.record("ima-ng", Build.field(Build.digest()) + Build.field(Self.name))
    let bad = Build.record("ima-ng", Build.field(Build.digest()) + Build.word(99) + [1, 2])
    let parsed = parse(good + bad + good)
    #expect(parsed.isWhole && parsed.value.count == 3)
    let record = parsed.value.record(at: 1)
    #expect(record.fields.count == 1)
    // 20 for the first name length word, 10 for the name and data length words, 44 for the digest, 4 for the length.
    #expect(
      record.fieldProblem?.description
        == "list at 0x\(String(good.count + 38 + 48, radix: 16)): n-ng: expected 99 bytes, found 2 bytes")
    #expect(parsed.value.record(at: 2).fieldProblem == nil)
  }

  @Test func violationsHaveAnAllZeroTemplateDigest() {
    let zero = [UInt8](repeating: 0, count: 20)
    let data = Build.field(Build.digest()) + Build.field(Self.name)
    let almost = [UInt8](repeating: 0, count: 19) + [1]
    let list = parse(
      Build.record("ima-ng", data, digest: zero) + Build.record("ima-ng", data, digest: almost)
        + Build.legacy("x", digest: zero)
    ).value
    #expect(measurements(list).map(\.isViolation) == [true, false, true])
  }

  @Test(arguments: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32], [24, 34])
  func lengthsThatCannotBeEndTheListWithAProblem(length: UInt32, place: Int) {
    let good = Build.record("ima-ng", Build.field(Build.digest()) + Build.field(Self.name))
    var bad = good
    bad.replaceSubrange(place..<place + 4, with: Build.word(length))
    let parsed = parse(good + bad)
    // A wrong length may still frame something; it never runs over the end, and no byte is lost.
    #expect(!parsed.problems.isEmpty)
    let covered = measurements(parsed.value).reduce(0) { $0 + $1.byteCount }
    #expect(covered + parsed.unread.count == 2 * good.count && parsed.unread.upperBound == 2 * good.count)
  }

  @Test func errorsNameTheFieldAndThePlace() {
    let good = Build.record("ima-ng", Build.field(Build.digest()) + Build.field(Self.name))
    var bad = good
    bad.replaceSubrange(24..<28, with: Build.word(0xffff_ffff))
    #expect(
      parse(good + bad).problems.map(\.description) == [
        "list at 0x\(String(good.count + 24, radix: 16)): template name length: expected 1 to 256, found 4294967295"
      ])
    #expect(
      parse(good + good.dropLast()).problems.map(\.description) == [
        "list at 0x\(String(good.count + 38, radix: 16)): template data: expected \(good.count) bytes in the record, "
          + "found \(good.count - 1)"
      ])
  }

  @Test func aRegisterThatNoPolicyCanNameIsAProblemAndTheRecordIsKept() {
    let data = Build.field(Build.digest()) + Build.field(Self.name)
    let parsed = parse(Build.record("ima-ng", data, register: 63) + Build.record("ima-ng", data, register: 64))
    #expect(parsed.value.count == 2 && parsed.value.registerIndex(at: 1) == 64)
    #expect(parsed.problems.map(\.found) == ["64"])
  }

  @Test func everyTruncationGivesTheWholeRecordsAndTheRestAsUnread() {
    let bytes =
      Self.templates.flatMap { Build.record($0.0, $0.1.flatMap { Build.field($0.1) }) } + Build.legacy("/init")
    let whole = measurements(parse(bytes).value)
    let ends = whole.map { $0.offset + $0.byteCount }
    for length in 0...bytes.count {
      let parsed = parse(Array(bytes[..<length]))
      let count = ends.filter { $0 <= length }.count
      #expect(measurements(parsed.value) == Array(whole[..<count]))
      #expect(parsed.unread == (count == 0 ? 0 : ends[count - 1])..<length)
      #expect(parsed.problems.count == (parsed.unread.isEmpty ? 0 : 1))
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func everyTruncationOfARealListIsReadToItsLastWholeRecord() throws {
    let bytes = Array(try Corpus.bytes("lab/vmB-nosb-ima-sig/boot1/q0/ima-after.bin").prefix(3000))
    for length in 0...bytes.count {
      let parsed = parse(Array(bytes[..<length]))
      let covered = (0..<parsed.value.count).reduce(0) { $0 + parsed.value.fileRange(at: $1).count }
      #expect(covered + parsed.unread.count == length)
    }
  }

  @Test(arguments: [20, 32, 48, 64])
  func aBigEndianListOfAnyWidthIsDetectedAndRead(width: Int) {
    let data = Build.field(Build.digest(), .bigEndian) + Build.field(Self.name, .bigEndian)
    let digest = [UInt8](repeating: 0xbe, count: width)
    let bytes = (0..<5).flatMap { _ in Build.record("ima-ng", data, digest: digest, .bigEndian) }
    let format = MeasurementListFormat.binary(byteOrder: .bigEndian, templateDigestByteCount: width)
    #expect(MeasurementListFormat.detect(bytes) == format)
    let parsed = parse(bytes, format)
    #expect(parsed.isWhole && parsed.value.count == 5)
    #expect(parsed.value.record(at: 4).path == Array("/usr/bin/id".utf8))
    #expect(parsed.value.record(at: 4).recordedTemplateDigest == digest)
  }

  @Test func theFirstDifferenceIsFoundByRecord() {
    let data = { (name: String) in Build.field(Build.digest()) + Build.field(Build.text(name)) }
    let records = (0..<20).map { Build.record("ima-ng", data("/file\($0)")) }
    let list = parse(records.flatMap { $0 }).value
    #expect(list.firstDifference(from: parse(records[..<7].flatMap { $0 }).value) == nil)
    var edited = records
    edited[12] = Build.record("ima-ng", data("/edited"))
    #expect(list.firstDifference(from: parse(edited.flatMap { $0 }).value) == 12)
    #expect(list.firstDifference(from: parse(edited[..<12].flatMap { $0 }).value) == nil)
    let wide = (0..<20).flatMap { index in
      Build.record("ima-ng", data(index == 17 ? "/other" : "/file\(index)"), digest: Array(repeating: 5, count: 32))
    }
    let wideList = parse(wide, .binary(byteOrder: .littleEndian, templateDigestByteCount: 32)).value
    #expect(list.firstDifference(from: wideList) == 17 && wideList.firstDifference(from: list) == 17)
  }

  @Test(arguments: [1, 7, 100, 1000, 1 << 20])
  func windowsGiveTheSameRecordsAsTheWholeFile(windowByteCount: Int) {
    let one = Self.templates.flatMap { Build.record($0.0, $0.1.flatMap { Build.field($0.1) }) }
    let line = Array(
      "10 \(String(repeating: "ab", count: 20)) ima-ng sha256:\(String(repeating: "cd", count: 32)) /a\nb\n".utf8)
    let cases: [([UInt8], MeasurementListFormat)] = [
      (one + one + [1, 2, 3], Build.little20), (one + Array(repeating: 0xff, count: 300), Build.little20),
      (line + Array("junk\n10 zz\n".utf8) + line, .ascii), (Array("junk\n\n".utf8) + line + line.dropLast(), .ascii),
    ]
    for (bytes, format) in cases {
      var whole = MeasurementStream(bytes, file: "list", format: format)
      let source = Source(bytes)
      var windows = MeasurementStream(file: "list", format: format, windowByteCount: windowByteCount) {
        (count: Int) throws(ParseError) -> [UInt8] in source.next(count)
      }
      #expect(records(&whole) == records(&windows))
      #expect(whole.problems == windows.problems && whole.unread == windows.unread)
      #expect(whole.recordCount == windows.recordCount && whole.recordCount > 0)
    }
  }

  private func records(_ stream: inout MeasurementStream) -> [[UInt8]] {
    var records: [[UInt8]] = []
    while let batch = stream.next() {
      for frame in batch.frames {
        records.append(
          Array(batch.bytes[batch.start + Int(frame.start)..<batch.start + Int(frame.start + frame.byteCount)]))
      }
    }
    return records
  }

  @Test func aSourceThatFailsIsAProblemAndWhatCameBeforeIsKept() {
    let one = Build.record("ima-ng", Build.field(Build.digest()) + Build.field(Self.name))
    let source = Source(one + one.dropLast(3))
    var stream = MeasurementStream(file: "list", format: Build.little20, windowByteCount: 64) {
      (count: Int) throws(ParseError) -> [UInt8] in
      let bytes = source.next(count)
      guard !bytes.isEmpty else {
        throw ParseError(file: "list", offset: 2 * one.count - 3, field: "file", expected: "readable", found: "EIO")
      }
      return bytes
    }
    #expect(records(&stream).count == 1)
    #expect(stream.problems.map(\.found) == ["EIO", "\(one.count - 3)"])
    #expect(stream.unread == one.count..<2 * one.count - 3)
  }
}

/// Gives bytes piece by piece.
final class Source: @unchecked Sendable {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func next(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}
