import ByteReading
import Digests
import Foundation
import Hashing
import Replay
import TCGEventLog
import TestSupport
import Testing

private let text = Array("Calling EFI Application from Boot Option".utf8)

private func outcomes(_ records: [UInt8]...) throws -> [EventDigestCheck.Outcome] {
  let log = try #require(EventLog.parse(RecordBytes.header() + records.flatMap { $0 }, file: "log.bin")).value
  let checks = checkEventDigests(log)
  #expect(checks.map(\.index) == Array(log.events.indices))
  return checks.map(\.outcome)
}

private func isContradicted(_ outcome: EventDigestCheck.Outcome?) -> Bool {
  if case .contradicted? = outcome { true } else { false }
}

private func deviation(_ outcome: EventDigestCheck.Outcome) -> DigestDeviation? {
  if case .deviates(let deviation, let sentence) = outcome, sentence == deviation.sentence { deviation } else { nil }
}

private func event(_ type: EventType, _ data: [UInt8], measured: [UInt8]? = nil, register: UInt32 = 1) throws
  -> [UInt8]
{
  try RecordBytes.event(register: register, type: type, data: data, measured: measured)
}

/// A `UEFI_VARIABLE_DATA` with a one-character name.
private func variable(_ content: [UInt8]) -> [UInt8] {
  Array(repeating: 0x61, count: 16) + [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8(content.count), 0, 0, 0, 0, 0, 0, 0]
    + [0x64, 0] + content
}

@Test(arguments: [EventType.separator, .efiAction, .efiGPTEvent])
func aUniversalClassHoldsOrIsContradictedByASingleEvent(type: EventType) throws {
  #expect(try outcomes(try event(type, text)) == [.holds(.eventData)])
  let edited = try outcomes(try event(type, text + [1], measured: text))
  guard case .contradicted(let banks, let sentence)? = edited.first else {
    Issue.record("\(edited)")
    return
  }
  #expect(banks.map(\.bank) == [.sha1, .sha256])
  #expect(banks.first?.expected == HashAlgorithm.sha1.digest(of: text + [1]))
  #expect(banks.first?.found == HashAlgorithm.sha1.digest(of: text))
  #expect(
    sentence
      == "the sha1 and sha256 digest of this \(type.name) is not that of the event data: "
      + "the data or the digest was changed after it was measured")
}

@Test func aBankThatDisagreesIsContradictedByItself() throws {
  let sha1 = try #require(HashAlgorithm.sha1.digest(of: text))
  let other = [UInt8](repeating: 9, count: 32)
  let record = RecordBytes.record(register: 5, type: .efiAction, digests: [(4, sha1), (0xb, other)], data: text)
  guard case .contradicted(let banks, _)? = try outcomes(record).first else {
    Issue.record("not contradicted")
    return
  }
  #expect(banks.map(\.bank) == [.sha256])
  #expect(banks.map(\.found) == [other])
}

@Test(.timeLimit(.minutes(10)))
func manyDigestsOfOneBankCostNoMoreThanOne() throws {
  let digest = (UInt16(4), [UInt8](repeating: 7, count: 20))
  let record = RecordBytes.record(
    register: 5, type: .efiAction, digests: Array(repeating: digest, count: 100_000),
    data: Array(repeating: 1, count: 2_000_000))
  let parsed = try #require(EventLog.parse(RecordBytes.header() + record, file: "log.bin"))
  #expect(parsed.problems.map(\.found) == ["sha1 again"])
  #expect(checkEventDigests(parsed.value).map { isContradicted($0.outcome) } == [true])
}

@Test func anErrorSeparatorIsNoContradiction() throws {
  for number in [[UInt8(1), 0, 0, 0], [0, 0, 0, 1]] {
    let record = try event(.separator, Array("failure of something".utf8), measured: number)
    #expect(try outcomes(record).map(deviation) == [.separatorError])
  }
}

@Test func aSkibootSeparatorIsNoContradictionAndOnlySkibootMayDoSo() throws {
  let ones: [UInt8] = [0xff, 0xff, 0xff, 0xff]
  #expect(
    try outcomes(try event(.separator, Array("Skiboot Boot".utf8), measured: ones)).map(deviation)
      == [.skibootSeparator])
  #expect(isContradicted(try outcomes(try event(.separator, [0xff, 0xff, 0xff, 0xfe], measured: ones)).first))
}

@Test func aDigestOfZerosSaysThatNothingWasMeasured() throws {
  let zeros = RecordBytes.record(
    register: 4, type: .action, digests: [(4, Array(repeating: 0, count: 20))], data: text)
  #expect(try outcomes(zeros).map(deviation) == [.zeroDigest])
}

@Test func noActionAndEventsWithoutDigestsCannotBeChecked() throws {
  let none = RecordBytes.record(register: 4, type: .efiAction, digests: [], data: text)
  #expect(
    try outcomes(RecordBytes.startupLocality(3), none)
      == [.notDerivable(.neverExtended), .notDerivable(.noComputableDigest)])
}

@Test(arguments: [EventType.postCode, .efiPlatformFirmwareBlob, .efiBootServicesApplication, .platformConfigFlags])
func contentOutsideTheLogIsNotDerivableUnlessTheDataAreWhatWasHashed(type: EventType) throws {
  #expect(
    try outcomes(try event(type, text, measured: [1]), try event(type, text))
      == [.notDerivable(.contentOutsideLog), .holds(.eventData)])
}

@Test func bootVariablesFollowOneRuleALog() throws {
  let contents: [[UInt8]] = [[1], [2], [3]]
  let standard = try contents.flatMap { try event(.efiVariableBoot, variable($0), measured: $0) }
  #expect(try outcomes(standard) == contents.map { _ in .holds(.variableContent) })
  let whole = try contents.flatMap { try event(.efiVariableBoot, variable($0)) }
  #expect(try outcomes(whole).map(deviation) == contents.map { _ in .wholeBootVariable })
  #expect(
    try outcomes(standard, try event(.efiVariableBoot, variable([4]))).last.map(deviation) == .oddRule)
}

@Test func anEditedVariableIsContradictedWhereOthersHold() throws {
  let good = try event(.efiVariableDriverConfig, variable([1]))
  let edited = try event(.efiVariableDriverConfig, variable([3]), measured: variable([2]))
  let found = try outcomes(good, edited)
  #expect(found.first == .holds(.eventData))
  #expect(isContradicted(found.last))
  // Every log known follows the rule, so it takes no other event to say so.
  #expect(isContradicted(try outcomes(edited).first))
}

/// Types are claims: relabelled events, or edits of more than one, make no rule and no exception.
@Test func mostEventsOfAClassMakeNoExceptionOfTheRest() throws {
  let boot = EventType.efiVariableBoot2
  let good = try event(boot, variable([1]))
  let edited = try event(boot, variable([3]), measured: variable([2]))
  #expect(try outcomes(edited, edited, edited, good, edited).filter(isContradicted).count == 4)
  // Genuine firmware has version events that follow no rule.
  let version = try event(.sCRTMVersion, [1, 0])
  let other = try event(.sCRTMVersion, [2, 0], measured: [7])
  #expect(try outcomes(version, other).last.map(deviation) == .noKnownRule)
}

/// A measured variable that is wrapped into another one is not that one's content.
@Test func aVariableInAVariableIsAContradiction() throws {
  let truth = variable([0])
  #expect(
    isContradicted(try outcomes(try event(.efiVariableDriverConfig, variable(truth), measured: truth)).first))
  #expect(isContradicted(try outcomes(try event(.efiVariableAuthority, variable(truth), measured: truth)).first))
}

@Test func aTypeThatFollowsNoRuleInALogIsAHabit() throws {
  let strange = try event(.sCRTMVersion, [1, 0], measured: [7])
  #expect(try outcomes(strange).map(deviation) == [.noKnownRule])
}

@Test func firmwareOfTPM12MayHashTheContentOfAVariable() throws {
  let content: [UInt8] = [5, 6]
  let digest = try #require(HashAlgorithm.sha1.digest(of: content))
  let old = RecordBytes.record(
    register: 1, type: .efiVariableDriverConfig, digests: [(4, digest)], data: variable(content))
  #expect(try outcomes(old).map(deviation) == [.driverConfigContent])
}

@Test func oldShimsLeaveOutTheLastByte() throws {
  let data = variable([1, 2, 3])
  let terminated = variable([1, 2, 0])
  #expect(
    try outcomes(
      try event(.efiVariableAuthority, data), try event(.efiVariableAuthority, data, measured: data.dropLast()),
      try event(.efiVariableAuthority, terminated, measured: terminated.dropLast()),
      try event(.efiVariableAuthority, data, measured: [1, 2, 3])
    ).map(deviation) == [nil, .shimOffByOne, .shimWithoutNUL, .shimVariableContent])
}

@Test(arguments: ["grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "])
func textOfGRUBIsHashedWithoutLabelAndNUL(label: String) throws {
  let words = Array("linux /vmlinuz ro".utf8)
  let data = Array(label.utf8) + words + [0]
  #expect(try outcomes(try event(.ipl, data, measured: words, register: 8)) == [.holds(.textWithoutNUL)])
  #expect(isContradicted(try outcomes(try event(.ipl, data, measured: words + [1], register: 8)).first))
}

@Test func olderGRUBHashesTheNUL() throws {
  let words = Array("linux /vmlinuz ro".utf8)
  let older = Array("grub_cmd ".utf8) + words + [0]
  let commandLine = Array("grub_kernel_cmdline ".utf8) + words + [0]
  let found = try outcomes(
    try event(.ipl, older, measured: words + [0], register: 8),
    try event(.ipl, commandLine, measured: words, register: 8),
    try event(.ipl, older, measured: [1], register: 8))
  #expect(found.map(deviation) == [.olderGRUBWithNUL, nil, nil])
  #expect(found.dropFirst().first == .holds(.textWithoutNUL))
  #expect(isContradicted(found.last))
}

@Test func systemdBootMayHashOneNULMore() throws {
  let words: [UInt8] = Array("quiet".utf8).flatMap { [$0, 0] } + [0]
  #expect(
    try outcomes(
      try event(.ipl, words + [0], register: 12), try event(.ipl, words, measured: words + [0], register: 8),
      try event(.ipl, words, measured: [1], register: 12)
    ).map(deviation) == [nil, .systemdBootExtraNUL, nil])
}

/// Most starts have one command line: no other event of its kind shows what was done to it.
@Test func aLoneCommandLineOfSystemdThatWasEditedIsFound() throws {
  func wide(_ text: String) -> [UInt8] { text.utf8.flatMap { [$0, 0] } + [0, 0] }
  let line = wide("root=/dev/vda l1tf=ful")
  for register in [UInt32(8), 12] {
    let edited = try event(.ipl, line, measured: wide("root=/dev/vda l1tf=off"), register: register)
    // Before version 251 the stub measured whatever it was handed over, and logged its text.
    #expect(try outcomes(edited).map(isContradicted) == [register == 12])
    #expect(try outcomes(edited, event(.ipl, line, register: register)).map(isContradicted) == [true, false])
    // The stub of older versions measured the text alone.
    #expect(
      try outcomes(try event(.ipl, line, measured: Array(line.dropLast(2)), register: register))
        == [.holds(.wideTextWithoutNUL)])
  }
  // What adds to a unified image is measured by its content, and sections in the registers of a guest share one.
  for (text, register) in [("ucode.addon.efi", UInt32(12)), (".linux", 3), ("System extension initrd", 13)] {
    #expect(
      try outcomes(try event(.ipl, wide(text), measured: [1], register: register))
        == [.notDerivable(.contentOutsideLog)], "\(text)")
  }
}

@Test func aSectionOfAUnifiedImageHasItsNameHashedThenItsContent() throws {
  let name: [UInt8] = Array(".linux".utf8).flatMap { [$0, 0] } + [0, 0]
  let found = try outcomes(
    try event(.ipl, name, measured: Array(".linux".utf8) + [0], register: 11),
    try event(.ipl, name, measured: [1], register: 11))
  #expect(found == [.holds(.sectionName), .notDerivable(.contentOutsideLog)])
}

@Test func tagsOfWindowsHoldAndTagsOfLinuxPointOutside() throws {
  let windows: [UInt8] = [1, 0, 1, 0x40, 1, 0, 0, 0, 9]
  let linux: [UInt8] = [0xec, 0x22, 0x3b, 0x8f, 1, 0, 0, 0, 9]
  let found = try outcomes(
    try event(.eventTag, windows, register: 12), try event(.eventTag, linux, measured: [1], register: 9),
    try event(.eventTag, windows, measured: [1], register: 12))
  #expect(found.first == .holds(.eventData))
  #expect(found.dropFirst().first == .notDerivable(.contentOutsideLog))
  #expect(isContradicted(found.last))
}

// MARK: - Real logs

/// The altered log of HIRS: the order of boot options was edited in event 24.
private let alteredLogs: [String: [Int]] = [
  "eventlog/nsacyber__HIRS/tools/tcg_rim_tool/src/test/resources/TPMLog_Altered.bin": [24]
]

private func checks(_ bytes: [UInt8]) throws -> [EventDigestCheck] {
  checkEventDigests(try #require(EventLog.parse(bytes, file: "log.bin")).value)
}

@Test(.enabled(if: Corpus.isPresent), arguments: try EventLogCorpus.paths())
func noGenuineLogIsContradicted(path: String) throws {
  let found = try checks(try Corpus.bytes(path))
  #expect(found.filter { isContradicted($0.outcome) }.map(\.index) == alteredLogs[path] ?? [])
}

@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [("evlog-data-edited", [HashAlgorithm.sha1, .sha256]), ("evlog-sha1-edited", [.sha1])])
func theTamperedLogsOfTheLabAreContradicted(name: String, banks: [HashAlgorithm]) throws {
  let found = try checks(try Corpus.bytes("lab/vmA-tampered-logs/\(name).evlog.bin"))
    .filter { isContradicted($0.outcome) }
  #expect(found.map(\.index) == [47])
  guard case .contradicted(let digests, _)? = found.first?.outcome else { return }
  #expect(digests.map(\.bank) == banks)
}

/// The deviations of the genuine logs, by name and number of events.
@Test(.enabled(if: Corpus.isPresent))
func theHabitsOfRealLogsAreCounted() throws {
  var counts: [String: Int] = [:]
  for path in try EventLogCorpus.paths() {
    for check in try checks(try Corpus.bytes(path)) {
      switch check.outcome {
      case .holds(let rule): counts["holds \(rule)", default: 0] += 1
      case .deviates(let deviation, _): counts["deviates \(deviation)", default: 0] += 1
      case .contradicted: counts["contradicted", default: 0] += 1
      case .notDerivable(let reason): counts["notDerivable \(reason)", default: 0] += 1
      }
    }
  }
  #expect(
    counts == [
      "holds eventData": 1717, "holds textWithoutNUL": 1598, "holds variableContent": 326, "holds sectionName": 6,
      "holds oneByte": 23, "holds noBytes": 6, "holds valueBehindText": 2,
      "deviates olderGRUBWithNUL": 205, "deviates wholeBootVariable": 132, "deviates shimOffByOne": 19,
      "deviates driverConfigContent": 5, "deviates systemdBootExtraNUL": 3, "deviates shimWithoutNUL": 1,
      // Two Dell machines: EV_S_CRTM_VERSION.
      "deviates noKnownRule": 2,
      "contradicted": 1,
      "notDerivable contentOutsideLog": 1154, "notDerivable neverExtended": 19,
    ])
}

/// One flipped bit in the data that an event's digests cover; the place moves from event to event.
///
/// What is missed stands alone in its log, so that nothing shows whether its digest must be that of its data, or its
/// digest may be of content outside the log.
@Test(.enabled(if: Corpus.isPresent))
func aFlippedBitInMeasuredDataIsFound() throws {
  var found: [String: Int] = [:]
  var missed: [String: Int] = [:]
  for path in try EventLogCorpus.paths() {
    let bytes = try Corpus.bytes(path)
    let log = try #require(EventLog.parse(bytes, file: path)).value
    for check in checkEventDigests(log) {
      let event = log.events[check.index]
      guard let covered = measuredRange(of: event, check.outcome), !covered.isEmpty else { continue }
      let places = [covered.lowerBound, covered.lowerBound + covered.count / 2, covered.upperBound - 1]
      var edited = bytes
      edited[places[check.index % 3]] ^= 0x20
      let after = try checks(edited)
      let others = after.filter { $0.index != check.index && isContradicted($0.outcome) }.map(\.index)
      #expect(others == alteredLogs[path] ?? [])
      if isContradicted(after[check.index].outcome) {
        found[event.recordedType.name, default: 0] += 1
      } else {
        missed[event.recordedType.name, default: 0] += 1
      }
    }
  }
  #expect(
    missed == [
      "EV_S_CRTM_VERSION": 78, "EV_NONHOST_INFO": 15, "EV_IPL": 3,
      "EV_PLATFORM_CONFIG_FLAGS": 12, "EV_EVENT_TAG": 4, "EV_POST_CODE": 1,
      "EV_IPL_PARTITION_DATA": 1, "EV_EFI_HCRTM_EVENT": 1, "EV_EFI_BOOT_SERVICES_APPLICATION": 1, "0x10000000": 1,
    ])
  #expect(
    found == [
      "EV_IPL": 1812, "EV_SEPARATOR": 691, "EV_EFI_VARIABLE_BOOT": 458, "EV_EFI_VARIABLE_DRIVER_CONFIG": 457,
      "EV_EFI_ACTION": 186, "EV_EFI_VARIABLE_AUTHORITY": 138, "EV_EFI_GPT_EVENT": 78, "EV_EVENT_TAG": 55,
      "EV_COMPACT_HASH": 16,
    ])
}

/// Every byte of a small real log whose classes stand for themselves or have siblings.
@Test(.enabled(if: Corpus.isPresent))
func everyFlippedByteOfMeasuredDataIsFound() throws {
  let path = "eventlog/tpm2-software__tpm2-tools/test/integration/fixtures/event-sd-boot-fedora37.bin"
  let bytes = try Corpus.bytes(path)
  let log = try #require(EventLog.parse(bytes, file: path)).value
  var byteCount = 0
  for check in checkEventDigests(log) where log.events[check.index].recordedType != .sCRTMVersion {
    for place in measuredRange(of: log.events[check.index], check.outcome) ?? 0..<0 {
      var edited = bytes
      edited[place] ^= 0x01
      #expect(isContradicted(try checks(edited)[check.index].outcome), "event \(check.index), byte \(place)")
      byteCount += 1
    }
  }
  #expect(byteCount > 0)
}

/// Which bytes of the file the digests of an event cover.
private func measuredRange(of event: Event, _ outcome: EventDigestCheck.Outcome) -> Range<Int>? {
  let whole = event.dataOffset..<event.byteRange.upperBound
  let rule: DigestRule
  switch outcome {
  case .holds(let held): rule = held
  case .deviates(.wholeBootVariable, _), .deviates(.systemdBootExtraNUL, _): rule = .eventData
  case .deviates(.shimOffByOne, _), .deviates(.shimWithoutNUL, _): rule = .eventDataWithoutLastByte
  case .deviates(.driverConfigContent, _): rule = .variableContent
  case .deviates(.olderGRUBWithNUL, _): rule = .textWithNUL
  default: return nil
  }
  switch rule {
  case .eventData, .eventDataAndNUL: return whole
  case .eventDataWithoutLastByte: return whole.dropLast()
  case .variableContent:
    guard case .variable(let variable) = event.payload else { return nil }
    return variable.contentRange
  case .textWithoutNUL, .textWithNUL:
    guard let blank = event.data.firstIndex(of: 0x20) else { return nil }
    let labelled = whole.dropFirst(blank + 1)
    return rule == .textWithNUL || event.data.last != 0 ? labelled : labelled.dropLast()
  case .valueBehindText:
    guard let end = event.data.firstIndex(of: 0) else { return nil }
    return whole.dropFirst(end + 1)
  case .wideTextWithoutNUL: return whole.dropLast(2)
  case .sectionName, .errorNumber, .allOnes, .oneByte, .noBytes: return nil
  }
}

/// systemd's stub logs the command line as it is, and of archives that it made a name: one of each is no contradiction.
@Test func anArchiveOfTheStubIsNoCommandLine() throws {
  func wide(_ text: String) -> [UInt8] { text.utf8.flatMap { [$0, 0] } + [0, 0] }
  let line = try event(.ipl, wide("root=/dev/vda quiet"), register: 12)
  for name in [
    "Credentials initrd", "Global credentials initrd", "System extension initrd", "Global system extension initrd",
    "Configuration extension initrd", "Global configuration extension initrd",
  ] {
    let archive = try event(.ipl, wide(name), measured: Array("070701".utf8), register: 12)
    #expect(
      try outcomes(line, archive) == [.holds(.eventData), .notDerivable(.contentOutsideLog)], "\(name)")
  }
  // Any other text whose digest is of something else was changed.
  let edited = try event(.ipl, wide("root=/dev/vdb quiet"), measured: wide("root=/dev/vda quiet"), register: 12)
  guard case .contradicted? = try outcomes(line, edited).last else {
    Issue.record("an edited command line is not found")
    return
  }
}
