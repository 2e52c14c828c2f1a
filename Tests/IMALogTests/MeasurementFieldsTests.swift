import ByteReading
import IMALog
import Testing

@Suite struct MeasurementFieldsTests {
  private func record(_ template: String, _ fields: [[UInt8]], _ order: ByteOrder = .littleEndian) -> Measurement {
    parse(
      Build.record(template, fields.flatMap { Build.field($0, order) }, order),
      .binary(byteOrder: order, templateDigestByteCount: 20)
    ).value.record(at: 0)
  }

  private let file = [Build.digest(), Build.text("/bin/id")]

  @Test(arguments: [ByteOrder.littleEndian, .bigEndian])
  func numbersOfAFileAreReadInTheOrderOfTheList(order: ByteOrder) {
    let fields =
      file + [[5, 2], Build.text("user.a|user.b"), Build.word(1, order) + Build.word(2, order), [1, 2, 3]]
      + [Build.word(1000, order), Build.word(1001, order), order == .littleEndian ? [0xed, 0x81] : [0x81, 0xed]]
    let record = record("evm-sig", fields, order)
    #expect(record.ownerUserIdentifier == 1000 && record.ownerGroupIdentifier == 1001 && record.mode == 0o100755)
    #expect(record.extendedAttributeNames == [Array("user.a".utf8), Array("user.b".utf8)])
    #expect(record.extendedAttributeLengths == [1, 2] && record.extendedAttributeValues == [1, 2, 3])
    #expect(record.extendedAttributes?.map(\.value) == [[1], [2, 3]] && record.metadataSignature == [5, 2])
  }

  @Test func attributesThatDoNotFitTogetherAreNone() {
    let names = Build.text("user.a|user.b")
    for (lengths, values) in [
      (Build.word(1), [1]), (Build.word(1) + Build.word(2), [1, 2]), (Build.word(1) + Build.word(1), [1, 2, 3]),
      (Build.word(1) + Build.word(0xffff_ffff), [1, 2, 3]), ([1, 0, 0], [1]),
    ] as [([UInt8], [UInt8])] {
      #expect(record("xattrnames|xattrlengths|xattrvalues", [names, lengths, values]).extendedAttributes == nil)
    }
  }

  @Test(arguments: [[], [0]] as [[UInt8]])
  func textsOfPatchedKernelsEndInNULOrNot(end: [UInt8]) {
    func text(_ text: String) -> [UInt8] { Array(text.utf8) + end }
    let device = record("ima-cont-id", [text("253:7")] + file)
    #expect(device.deviceNumber == .init(major: 253, minor: 7))
    let subject = record("ima-cont-id-subj", [text("0:1")] + file + [text("ACT=rw&SUBJ=s&OBJ=o")])
    #expect(subject.access?.actions == Array("rw".utf8) && subject.access?.subject == Array("s".utf8))
    let group = record("ima-cgn", [text("42"), text("docker-1")] + file)
    #expect(group.processIdentifier == 42 && group.controlGroupName == Array("docker-1".utf8))
    #expect(record("ima-mns", [text("42"), text("4026531840")] + file).mountNamespace == 4_026_531_840)
    let path = record("ima-cgpath", [text("/a:/b"), text("/kubepods/pod1")] + file)
    #expect(path.dependencies == [Array("/a".utf8), Array("/b".utf8)])
    #expect(path.controlGroupPath == Array("/kubepods/pod1".utf8) && path.path == Array("/bin/id".utf8))
    let count = record("ima-nsid-cnt", file + [text("7"), text("3")])
    #expect(count.namespaceIdentifier == 7 && count.count == 3)
  }

  @Test(arguments: ["", ":", "1:", ":1", "1:2:3", "a:b", "4294967296:0", "-1:0", "1 :2", "99999999999999999999:1"])
  func whatIsNoDeviceNumberIsNone(text: String) {
    #expect(record("ima-cont-id", [Array(text.utf8)] + file).deviceNumber == nil)
  }

  @Test func fieldsThatAreAbsentAreNil() {
    let record = record("ima-ng", file)
    #expect(record.ownerUserIdentifier == nil && record.mode == nil && record.extendedAttributes == nil)
    #expect(record.deviceNumber == nil && record.access == nil && record.dependencies.isEmpty && record.count == nil)
  }
}
