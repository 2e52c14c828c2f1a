import ByteReading
import IMALog
import TestSupport
import Testing

/// Lists that went from one kernel to the next, were joined, trimmed, or written by patched kernels.
@Suite struct KernelListTests {
  private func file(_ name: String) -> [UInt8] {
    Build.record("ima-ng", Build.field(Build.digest()) + Build.field(Build.text(name)))
  }

  private var boot: [UInt8] { file("boot_aggregate") }

  @Test func everyBootAggregateIsTheStartOfAKernel() {
    let list = parse(boot + file("/a") + boot + file("/x/boot_aggregate") + file("boot_aggregates")).value
    #expect(list.kernelStarts == [0, 2] && list.beginsWithBootAggregate)
    let trimmed = parse(file("/a") + boot).value
    #expect(trimmed.kernelStarts == [1] && !trimmed.beginsWithBootAggregate)
    #expect(parse(Build.legacy("boot_aggregate") + Build.legacy("/init")).value.kernelStarts == [0])
    #expect(!parse([]).value.beginsWithBootAggregate && parse([]).value.kernelStarts == [])
    #expect(String(decoding: list.templateName(at: 1), as: UTF8.self) == "ima-ng")
  }

  @Test func aKexecBufferIsRecognisedAndReadWithItsHeader() {
    let bytes = Build.kexecBuffer([boot, file("/a"), boot])
    let format = MeasurementListFormat.kexecBuffer(byteOrder: .littleEndian, templateDigestByteCount: 20)
    #expect(MeasurementListFormat.detect(bytes) == format)
    let parsed = parse(bytes, format)
    #expect(parsed.isWhole && parsed.value.count == 3 && parsed.value.kernelStarts == [0, 2])
    #expect(parsed.value.record(at: 0).offset == 24 && parsed.value.fileRange(at: 2).upperBound == bytes.count)
    #expect(parsed.value.firstDifference(from: parse(boot + file("/a")).value) == nil)
    #expect(parsed.value.firstDifference(from: parse(boot + file("/b")).value) == 1)
    var stream = parsed.value.stream()
    #expect(stream.next()?.frames.count == 3 && stream.problems.isEmpty)
  }

  @Test func whatFollowsTheRecordsOfAKexecBufferIsUnread() {
    let bytes = Build.kexecBuffer([boot, file("/a")])
    let format = MeasurementListFormat.kexecBuffer(byteOrder: .littleEndian, templateDigestByteCount: 20)
    let padded = parse(bytes + Array(repeating: 0, count: 4096), format)
    #expect(padded.value.count == 2 && padded.problems.isEmpty)
    #expect(padded.unread == bytes.count..<bytes.count + 4096)
    let followed = parse(bytes + boot, format)
    #expect(followed.value.count == 2 && followed.problems.map(\.field) == ["kexec buffer"])
    let miscounted = parse(Build.kexecBuffer([boot, file("/a")], count: 3), format)
    #expect(miscounted.value.count == 2)
    #expect(
      miscounted.problems.map(\.description)
        == ["list at 0x10: ima_kexec_hdr.count: expected 2 as there are records, found 3"])
    let cut = parse(Build.kexecBuffer([boot, file("/a")], size: 24 + boot.count + 9), format)
    #expect(cut.value.count == 1 && !cut.problems.isEmpty)
  }

  @Test func everyTruncationAndFlipOfAKexecBufferIsReadWithoutACrash() {
    let bytes = Build.kexecBuffer([boot, file("/a")])
    let format = MeasurementListFormat.kexecBuffer(byteOrder: .littleEndian, templateDigestByteCount: 20)
    for length in 0...bytes.count { checkCover(Array(bytes[..<length]), format, head: min(24, length)) }
    for place in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(bit)
        _ = MeasurementListFormat.detect(flipped)
        checkCover(flipped, format, head: 24)
      }
    }
  }

  /// Head, records and the unread range are the file.
  private func checkCover(_ bytes: [UInt8], _ format: MeasurementListFormat, head: Int) {
    let parsed = parse(bytes, format)
    let covered = measurements(parsed.value).reduce(0) { $0 + $1.byteCount }
    let isHeadUnread = parsed.unread.lowerBound < head
    #expect((isHeadUnread ? 0 : head) + covered + parsed.unread.count == bytes.count)
  }

  @Test(arguments: [1, 30, 1 << 16])
  func aKexecBufferReadByWindowsIsTheSame(windowByteCount: Int) {
    let bytes = Build.kexecBuffer([boot, file("/a"), boot]) + Array(repeating: 0, count: 1000)
    let format = MeasurementListFormat.kexecBuffer(byteOrder: .littleEndian, templateDigestByteCount: 20)
    let source = Source(bytes)
    var stream = MeasurementStream(file: "list", format: format, windowByteCount: windowByteCount) {
      (count: Int) throws(ParseError) -> [UInt8] in source.next(count)
    }
    while stream.next() != nil {}
    #expect(stream.recordCount == 3 && stream.problems.isEmpty && stream.unread.count == 1000)
  }

  @Test(arguments: [20, 32, 48, 64])
  func listsThatGiveTheWidthOfTemplateDigestsAreRead(width: Int) {
    let digest = [UInt8](repeating: 0xaa, count: width)
    let data = Build.field(Build.text("/runc")) + Build.field(Build.text("/pod")) + Build.field(Build.digest())
    let bytes = (0..<3).flatMap {
      Build.sizedRecord("ima-cgpath", data + Build.field(Build.text("/file\($0)")), digest: digest)
    }
    let format = MeasurementListFormat.binaryWithDigestLengths(byteOrder: .littleEndian, templateDigestByteCount: width)
    #expect(MeasurementListFormat.detect(bytes) == format)
    let parsed = parse(bytes, format)
    #expect(parsed.isWhole && parsed.value.count == 3)
    #expect(parsed.value.record(at: 2).recordedTemplateDigest == digest)
    #expect(parsed.value.record(at: 2).path == Array("/file2".utf8))
    var other = bytes
    other.replaceSubrange(bytes.count / 3 + 4..<bytes.count / 3 + 8, with: Build.word(19))
    #expect(parse(other, format).problems.map(\.field) == ["template digest length"])
    for length in 0...bytes.count { checkCover(Array(bytes[..<length]), format, head: 0) }
    let source = Source(bytes)
    var stream = MeasurementStream(file: "list", format: format, windowByteCount: 2) {
      (count: Int) throws(ParseError) -> [UInt8] in source.next(count)
    }
    while stream.next() != nil {}
    #expect(stream.recordCount == 3 && stream.problems.isEmpty)
    let plain = parse(
      (0..<3).flatMap { Build.record("ima-cgpath", data + Build.field(Build.text("/file\($0)"))) })
    #expect(parsed.value.firstDifference(from: plain.value) == nil)
  }

  @Test(arguments: MeasurementListTests.templates.indices)
  func anyFlippedBitIsReadWithoutACrashAndNoByteIsLost(index: Int) {
    let (template, fields) = MeasurementListTests.templates[index]
    let record = Build.record(template, fields.flatMap { Build.field($0.1) })
    let bytes = record + record
    for place in record.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(bit)
        checkCover(flipped, Build.little20, head: 0)
        for record in measurements(parse(flipped).value) {
          _ = (record.extendedAttributes, record.access, record.deviceNumber, record.dependencies)
          _ = MeasuredBuffer(record, file: "list")
        }
      }
    }
  }

  @Test(
    arguments: MeasurementListTests.templates.indices.filter { MeasurementListTests.templates[$0].0 != "home-made" })
  func aRecordWrittenAsTextIsReadBackAsItsBytes(index: Int) {
    let (template, fields) = MeasurementListTests.templates[index]
    let data = fields.flatMap { Build.field($0.1) }
    let record = parse(Build.record(template, data)).value.record(at: 0)
    let text = "10 \(hexText(record.recordedTemplateDigest)) \(template) " + line(record) + "\n"
    let form = hashOf(data)
    let list = MeasurementList.parse(Array(text.utf8), file: "list", format: .ascii) { candidate, _ in
      form == hashOf(candidate) ? record.recordedTemplateDigest : nil
    }
    #expect(list.isWhole && list.value.count == 1)
    #expect(list.value.record(at: 0).templateData == data, "\(text)")
  }

  private func hashOf(_ bytes: [UInt8]) -> Int { bytes.hashValue }

  /// As the kernel prints fields.
  private func line(_ record: Measurement) -> String {
    record.fields.map { field -> String in
      switch field.identifier {
      case "iuid", "igid", "imode":
        return String(field.bytes.reversed().reduce(0) { $0 << 8 | Int($1) })
      case "d-ng", "d-ngv2", "d-modsig":
        guard let end = field.bytes.firstIndex(of: 0) else { return "" }
        return String(decoding: field.bytes[..<end], as: UTF8.self) + hexText(field.bytes[(end + 1)...])
      case "sig", "modsig", "evmsig", "buf", "xattrlengths", "xattrvalues", "d": return hexText(field.bytes)
      default: return String(decoding: field.bytes.filter { $0 != 0 }, as: UTF8.self)
      }
    }.joined(separator: " ")
  }
}
