import ByteReading
import CanonicalEventLog
import Digests
import Foundation
import Hashing
import IMALog
import Replay
import TCGEventLog
import TestSupport
import Testing

@Test(arguments: 0..<4)
func everyEncodingGivesTheSameRecords(index: Int) throws {
  let (format, bytes) = SameLog.all[index]
  let parsed = try events(bytes)
  #expect(parsed.isWhole)
  let log = parsed.value
  #expect(log.format == format)
  #expect(log.banks == [.sha256])
  #expect(log.events.map(\.registerIndex) == [0, 7, 11])
  #expect(log.events.map { $0.canonical?.number } == [0, 1, 2])
  #expect(log.events.map(\.typeName) == ["cel", "EV_SEPARATOR", "systemd phase"])
  #expect(log.events[0].canonical?.content == .management([.version(major: 1, minor: 0)]))
  #expect(log.events[1].data == separatorData)
  let measurement = SystemdMeasurement(
    eventType: "phase", string: "enter-initrd", bootID: String(repeating: "ab", count: 16), timestamp: 9)
  #expect(log.events[2].canonical?.content == .systemd(measurement))
  #expect(!log.followsFirmware)
  // The record about the log has digests of zeros and is not extended; the others are.
  let zero = [UInt8](repeating: 0, count: 32)
  let values = EventLogReplay(log).values
  #expect(values.registers(of: .sha256) == [7, 11])
  #expect(values[.sha256, 7] == sha256(zero + sha256(separatorData)))
  #expect(values[.sha256, 11] == sha256(zero + sha256(Array("enter-initrd".utf8))))
  #expect(
    checkEventDigests(log).map(\.outcome) == [
      .notDerivable(.neverExtended), .holds(.eventData), .holds(.eventData),
    ])
}

@Test(arguments: 0..<4)
func recordsCoverTheFile(index: Int) throws {
  let (_, bytes) = SameLog.all[index]
  let log = try events(bytes).value
  var end = log.events[0].byteRange.lowerBound
  for event in log.events {
    #expect(event.byteRange.lowerBound >= end)
    #expect(event.byteRange.lowerBound - end < 10)
    end = event.byteRange.upperBound
    #expect(event.byteRange.contains(event.digests[0].offset))
  }
  #expect(bytes.count - end < 3)
}

/// A cut loses the record it is in and no other, and is said.
@Test(arguments: 0..<4)
func everyTruncationKeepsTheRecordsBeforeIt(index: Int) throws {
  let (format, bytes) = SameLog.all[index]
  let ends = try events(bytes).value.events.map(\.byteRange.upperBound)
  let isSequence = index == 0 || index == 3
  for length in 0..<bytes.count {
    guard case .events(let parsed)? = CanonicalEventLog.parse(Array(bytes.prefix(length)), file: "a") else {
      #expect(length < ends[0], "a log of \(length) bytes is not recognised")
      continue
    }
    #expect(parsed.value.format == format)
    #expect(parsed.value.events.count == ends.count { $0 <= length }, "\(length) bytes")
    let isBetweenRecords = isSequence && ends.contains(length)
    #expect(parsed.problems.isEmpty == isBetweenRecords, "\(length) bytes")
    #expect(parsed.unread.upperBound == length)
  }
}

@Test(arguments: 0..<4)
func everyFlippedBitIsReadOrRefused(index: Int) {
  let (_, bytes) = SameLog.all[index]
  for place in bytes.indices {
    for bit in 0..<8 {
      var flipped = bytes
      flipped[place] ^= 1 << bit
      guard case .events(let parsed)? = CanonicalEventLog.parse(flipped, file: "a") else { continue }
      #expect(parsed.value.events.count <= 3)
      #expect(parsed.unread.upperBound <= bytes.count)
      _ = EventLogReplay(parsed.value)
    }
  }
}

@Test(arguments: [0, 1, 0x8000_0000, 0xffff_ffff] as [UInt64])
func noLengthOfTLVLeadsOutOfTheFile(length: UInt64) throws {
  let bytes = SameLog.tlvBytes
  // Every place at which a length could stand.
  for place in 0...bytes.count - 4 {
    var changed = bytes
    changed.replaceSubrange(place..<place + 4, with: big(length, 4))
    guard let log = CanonicalEventLog.parse(changed, file: "a"), case .events(let parsed) = log else { continue }
    #expect(parsed.value.events.count <= 3)
    #expect(parsed.unread.upperBound == bytes.count)
  }
}

// MARK: TLV

@Test func aContentThatBreaksItsFormatIsKeptWithItsDigests() throws {
  let digest = sha256([1])
  let content = tlv(5, tlv(0, [4]) + tlv(1, []) + [9])
  let parsed = try events(tlvRecord(0, pcr: 4, digest: digest, content: content))
  #expect(parsed.problems.count == 1)
  #expect(parsed.problems[0].description == "a.cel at 0x47: CEL event_type.length: expected 4 bytes, found 0 bytes")
  #expect(parsed.unread.isEmpty)
  #expect(parsed.value.events[0].digest(in: .sha256) == digest)
  #expect(parsed.value.events[0].data == content)
  #expect(EventLogReplay(parsed.value).values[.sha256, 4] != nil)
}

@Test func aDigestOfTheWrongLengthCountsInNoBank() throws {
  let parsed = try events(tlvRecord(0, pcr: 4, digest: [1, 2, 3], content: tlv(80, [])))
  #expect(parsed.problems.map(\.expected) == ["32 bytes for sha256"])
  #expect(parsed.value.banks.isEmpty)
  #expect(parsed.value.events[0].digests[0].bytes == [1, 2, 3])
}

@Test func anAlgorithmThatNobodyKnowsIsSteppedOver() throws {
  let record = tlv(0, [0]) + tlv(1, [4]) + tlv(3, tlv(0x99, [7]) + tlv(0x0b, sha256([1]))) + tlv(80, [])
  let parsed = try events(record)
  #expect(parsed.isWhole)
  #expect(parsed.value.events[0].digests.map(\.rawAlgorithm) == [0x99, 0x0b])
  #expect(parsed.value.banks == [.sha256])
}

@Test func anIndexInNVRAMIsNoRegister() throws {
  for handle: UInt64 in [0x01d1_0200, 3] {
    let record = tlv(0, [0]) + tlv(2, big(handle, 4)) + tlv(3, tlv(0x0b, sha256([1]))) + tlv(80, [1])
    let log = try events(record).value
    #expect(log.events[0].canonical?.nvIndex?.handle == UInt32(handle))
    #expect(log.events[0].registerIndex > 23)
    #expect(EventLogReplay(log).values.isEmpty)
    #expect(
      EventLogReplay(log).notes == [.registerOutOfRange(event: 0, registerIndex: log.events[0].registerIndex)])
  }
}

@Test func registersOfATDXGuestAreNoPCRs() throws {
  let record = tlv(0, [0]) + tlv(108, [4]) + tlv(3, tlv(0x0b, sha256([1]))) + tlv(80, [1])
  let log = try events(record).value
  #expect(log.registerFamily == .rtmr)
  #expect(!log.followsFirmware)
  let mixed = try events(record + tlvRecord(1, pcr: 4, digest: sha256([1]), content: tlv(80, [])))
  #expect(mixed.problems.count == 1)
  #expect(EventLogReplay(mixed.value).values.registers(of: .sha256) == [4])
  #expect(
    EventLogReplay(mixed.value).value(ofRegister: 4, bank: .sha256, afterRecords: 2)
      == sha256([UInt8](repeating: 0, count: 32) + sha256([1])))
}

/// A SHA-1 log of firmware that begins with zeros and an event of type 8 has the beginning of a TLV log.
@Test func aFirmwareLogIsNotTakenForTLV() {
  let head: [UInt8] = [0, 0, 0, 0, 8, 0, 0, 0] + [UInt8](repeating: 0x5a, count: 20) + [0, 0, 0, 0]
  #expect(CanonicalEventLog.encoding(of: head) == nil)
  #expect(EventLog.isLikely(SameLog.tlvBytes) || CanonicalEventLog.encoding(of: SameLog.tlvBytes) == .canonicalTLV)
}

// MARK: JSON

@Test func theLogOfSystemdIsReadRecordByRecord() throws {
  let records = [
    systemdRecord(7, "os-separator", "os-separator"), systemdRecord(11, "phase", "enter-initrd"),
    systemdRecord(15, "volume-key", "cryptsetup:root:1234", measured: [1, 2, 3]),
  ]
  for bytes in [sequence(records), Array((records.joined(separator: "\n") + "\n").utf8)] {
    let parsed = try events(bytes)
    #expect(parsed.isWhole)
    let log = parsed.value
    #expect(log.format == .canonicalJSONSequence)
    #expect(log.followsFirmware)
    #expect(log.events.map(\.typeName) == ["systemd os-separator", "systemd phase", "systemd volume-key"])
    #expect(log.events.allSatisfy { $0.canonical?.number == nil })
    // The published digest of the separator.
    #expect(
      log.events[0].digests[0].bytes
        == bytesOfHex("ff5b9d73dad709633ae76adf444012b57e913a12ed7403c3931145862f35f841"))
    #expect(
      checkEventDigests(log).map(\.outcome) == [
        .holds(.eventData), .holds(.eventData), .notDerivable(.contentOutsideLog),
      ])
  }
}

@Test func aStringOfSystemdThatWasEditedIsContradicted() throws {
  let log = try events(sequence([systemdRecord(11, "phase", "enter-initrd", measured: Array("ready".utf8))])).value
  guard case .contradicted(let digests, let sentence) = checkEventDigests(log)[0].outcome else {
    Issue.record("not contradicted")
    return
  }
  #expect(digests.map(\.expected) == [sha256(Array("enter-initrd".utf8))])
  #expect(sentence.contains("systemd phase"))
}

@Test func aBrokenRecordOfASequenceDoesNotTakeTheNextWithIt() throws {
  let bytes = sequence([systemdRecord(11, "phase", "a"), "{\"pcr\":11,", systemdRecord(11, "phase", "b")])
  let parsed = try events(bytes)
  #expect(parsed.value.events.map(\.data) == [[0x61], [0x62]])
  #expect(parsed.problems.count == 1)
  #expect(parsed.unread.isEmpty)
}

/// systemd writes the separator, extends, and then writes the record.
@Test func aWriteThatWasInterruptedIsSaid() throws {
  let whole = sequence([systemdRecord(11, "phase", "a")])
  let parsed = try events(whole + [0x1e])
  #expect(parsed.value.events.count == 1)
  #expect(parsed.problems.map(\.missingByteCount) == [1])
  #expect(parsed.unread == whole.count..<whole.count + 1)
  let alone = try events([0x1e])
  #expect(alone.value.events.isEmpty)
  #expect(alone.problems.count == 1)
  #expect(!alone.value.followsFirmware)
}

@Test func everyTruncationOfASequenceKeepsTheRecordsBeforeIt() throws {
  let bytes = sequence([systemdRecord(11, "phase", "a"), systemdRecord(15, "machine-id", "machine-id:1")])
  let ends = try events(bytes).value.events.map(\.byteRange.upperBound)
  for length in 1..<bytes.count {
    let parsed = try events(Array(bytes.prefix(length)))
    #expect(parsed.value.events.count == ends.count { $0 <= length })
    #expect(parsed.isWhole == (ends.contains(length) || ends.contains(length - 1)))
  }
}

@Test func indexesOfSystemdAreNamed() throws {
  let record = """
    {"nv_index":30474752,"digests":\(jsonDigest(sha256([1]))),"content_type":"systemd","content":\
    {"nvIndexName":"hardware","string":"product-id:missing","eventType":"product-id"}}
    """
  let log = try events(sequence([record])).value
  #expect(log.events[0].canonical?.nvIndex == .init(handle: 0x01d1_0200, name: "hardware"))
  #expect(log.followsFirmware)
}

@Test(arguments: [
  (
    "{\"digests\":[],\"content_type\":\"systemd\",\"content\":{},\"pcr\":-1}",
    "CEL pcr: expected a whole number, found the number -1"
  ),
  ("{\"digests\":{},\"pcr\":1}", "CEL digests: expected a list, found an object"),
  (
    "{\"digests\":[{\"hashAlg\":\"md5\",\"digest\":\"00\"}],\"pcr\":1}",
    "CEL hashAlg: expected a hash algorithm of TPMs, found a text"
  ),
  (
    "{\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"0g\"}],\"pcr\":1}",
    "CEL digest: expected hexadecimal digits, found a text"
  ),
  ("{\"digests\":[],\"pcr\":1}", "CEL content: expected the member, found none"),
  (
    "{\"digests\":[],\"pcr\":1,\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":\"ev_x\",\"event_data\":\"\"}}",
    "CEL event_type: expected a known type, found a text"
  ),
  (
    "{\"digests\":[],\"pcr\":1,\"content_type\":\"systemd\",\"content\":{}}",
    "CEL string: expected the member, found an object"
  ),
])
func whatARecordLacksIsSaid(record: String, text: String) throws {
  let parsed = try events(sequence([record, systemdRecord(11, "phase", "after")]))
  #expect(parsed.problems.count == 1)
  #expect(parsed.problems[0].description.hasSuffix(text), "\(parsed.problems[0])")
  #expect(parsed.value.events.last?.data == Array("after".utf8))
}

@Test func numbersStandForNames() throws {
  let record = """
    [{"recnum":0,"pcr":4,"digests":[{"hashAlg":11,"digest":"\(hexText(sha256([1])))"}],"content_type":5,\
    "content":{"event_type":13,"event_data":"01"}}, {"recnum":1,"pcr":4,"digests":[],"content_type":4,\
    "content":[{"type":2},{"type":80,"data":5},{"type":81,"data":"kexec"}]}]
    """
  let log = try events(Array(record.utf8)).value
  #expect(log.events[0].recordedType == .ipl)
  #expect(log.events[1].canonical?.content == .management([.firmwareEnd, .timestamp(5), .stateTransition(2)]))
}

// MARK: Lists of the kernel

@Test func aLogOfTheKernelsRecordsIsAMeasurementList() throws {
  let data = Array("data of the template".utf8)
  let sha1 = try #require(HashAlgorithm.sha1.digest(of: data))
  let record =
    tlv(0, [0]) + tlv(1, [10]) + tlv(3, tlv(4, sha1) + tlv(0x0b, sha256(data)))
    + tlv(7, tlv(0, Array("ima-x".utf8)) + tlv(1, data))
  guard case .measurements(let list)? = CanonicalEventLog.parse(record + record, file: "a") else {
    Issue.record("no list")
    return
  }
  #expect(list.isWhole)
  #expect(list.value.count == 2)
  #expect(list.value.record(at: 1).registerIndex == 10)
  #expect(list.value.record(at: 1).templateData == data)
  #expect(list.value.record(at: 1).recordedTemplateDigest == sha1)
  #expect(list.value.fileRange(at: 1).lowerBound == record.count)
  // With a record of firmware among them it is an event log.
  let mixed = try events(record + tlvRecord(1, pcr: 4, digest: sha256([1]), content: tlv(80, []))).value
  #expect(mixed.events[0].canonical?.content == .imaTemplate(name: Array("ima-x".utf8)))
}

// MARK: Other people's logs

@Test(.enabled(if: Corpus.isPresent))
func theLaunchLogOfAConfidentialSpaceIsRead() throws {
  let path = "eventlog/GoogleCloudPlatform__confidential-space/server/host/testdata/cel_launch_event_log.bin"
  let parsed = try events(try Corpus.bytes(path))
  #expect(parsed.isWhole)
  #expect(parsed.value.format == .canonicalTLV)
  #expect(parsed.value.events.map(\.registerIndex) == [19, 19])
  #expect(parsed.value.events.map(\.typeName) == ["COS launch (82)", "COS launch (82)"])
  #expect(checkEventDigests(parsed.value).map(\.outcome) == [.holds(.eventData), .holds(.eventData)])
  let measured = parsed.value.events.compactMap { event in
    if case .launcher(let measurement)? = event.canonical?.content { measurement } else { nil }
  }
  #expect(measured.map(\.typeName) == ["CPU PIID", "launch separator"])
  #expect(measured.map(\.value) == [[UInt8](repeating: 0x42, count: 16), []])
  // Sixteen times 0x42 are a number, and no text of sixteen B.
  #expect(measured.allSatisfy { $0.text == nil })
}

@Test func whatALauncherMeasuresIsReadAndBindsAsBefore() throws {
  func record(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    tlvRecord(number, pcr: 13, digest: sha256(content), content: content)
  }
  let image = tlv(80, tlv(0, Array("docker.io/library/a:1".utf8)))
  let contents = [
    image, tlv(80, tlv(5, Array("A=b".utf8))), tlv(80, tlv(200, [])), tlv(80, tlv(0, []) + [1]), tlv(80, []),
  ]
  let log = try events(contents.enumerated().flatMap { record(UInt64($0.offset), $0.element) }).value
  #expect(
    log.events[0].canonical?.content
      == .launcher(LauncherMeasurement(kind: "COS (80)", type: 0, value: Array("docker.io/library/a:1".utf8))))
  let names = log.events.map { event in
    if case .launcher(let measurement)? = event.canonical?.content { measurement.typeName } else { nil as String? }
  }
  #expect(names == ["image reference", "environment variable", nil, nil, nil])
  #expect(log.events[3...].allSatisfy { $0.canonical?.content == .other("COS (80)") })
  #expect(log.events.allSatisfy { $0.typeName == "COS (80)" } && log.events.map(\.data) == contents)
  #expect(checkEventDigests(log).allSatisfy { $0.outcome == .holds(.eventData) })
}

// MARK: Seeds

/// The seeds of the fuzz target are these logs: a seed that no longer reads would fuzz nothing.
@Test func theSeedsOfTheFuzzTargetAreRead() throws {
  let folder = projectRoot.appendingPathComponent("Fuzz/Seeds/carriers")
  let seeds: [(String, [UInt8])] = [
    ("cel-tlv", SameLog.all[0].1), ("cel-json", SameLog.all[1].1), ("cel-cbor", SameLog.all[2].1),
    ("cel-cbor-sequence", SameLog.all[3].1),
    ("systemd", sequence([systemdRecord(7, "os-separator", "os-separator"), systemdRecord(11, "phase", "ready")])),
  ]
  for (name, log) in seeds {
    let seed = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    #expect(seed == [UInt8(ascii: "c")] + log)
  }
}
