import ByteReading
import Digests
import Hashing
import Replay
import TCGEventLog
import Testing

private let banks: [HashAlgorithm] = [.sha1, .sha256]

private func separator(_ register: UInt32) throws -> [UInt8] {
  try RecordBytes.event(register: register, type: .separator, data: [0, 0, 0, 0])
}

/// SHA-1 of twenty zeros and SHA-1(00000000): what a register holds that saw only a separator. Every machine has it.
private let onlyASeparator = "b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236"

@Test func aSeparatorAloneGivesTheValueThatEveryMachineHas() throws {
  let replay = EventLogReplay(try RecordBytes.log(try separator(6)))
  let value = try #require(replay.values[.sha1, 6])
  #expect(hexText(value) == onlyASeparator)
  #expect(replay.registers(extendedIn: .sha1) == [6])
  #expect(replay.registers(extendedIn: .sha256) == [6])
  #expect(replay.registers(extendedIn: .sha384) == [])
  #expect(replay.notes.isEmpty)
}

@Test(arguments: [UInt8(0), 3, 4])
func theStartupLocalityStandsInTheLastByteOfRegister0(locality: UInt8) throws {
  let replay = EventLogReplay(try RecordBytes.log(RecordBytes.startupLocality(locality), try separator(0)))
  #expect(replay.startupLocality == locality)
  #expect(
    replay.value(ofRegister: 0, bank: .sha1, afterRecords: 0) == Array(repeating: 0, count: 19) + [locality])
  #expect(
    replay.value(ofRegister: 0, bank: .sha1, afterRecords: 2)
      == HashAlgorithm.sha1.extend(
        Array(repeating: 0, count: 19) + [locality],
        with: try #require(HashAlgorithm.sha1.digest(of: [0, 0, 0, 0]))))
  #expect(replay.notes.isEmpty)
}

@Test func aLateStartupLocalityIsIgnoredAndReported() throws {
  let replay = EventLogReplay(try RecordBytes.log(try separator(0), RecordBytes.startupLocality(3)))
  #expect(replay.startupLocality == nil)
  #expect(replay.notes == [.startupLocalityIgnored(event: 1, locality: 3)])
}

@Test func aStartupLocalityAfterOtherRegistersStillCounts() throws {
  let replay = EventLogReplay(
    try RecordBytes.log(try separator(7), RecordBytes.startupLocality(3), try separator(0)))
  #expect(replay.startupLocality == 3)
}

@Test func aSecondStartupLocalityIsIgnoredAndReported() throws {
  let replay = EventLogReplay(
    try RecordBytes.log(RecordBytes.startupLocality(3), RecordBytes.startupLocality(4)))
  #expect(replay.startupLocality == 3)
  #expect(replay.notes == [.startupLocalityIgnored(event: 1, locality: 4)])
}

@Test func anImpossibleStartupLocalityIsIgnoredAndReported() throws {
  let replay = EventLogReplay(try RecordBytes.log(RecordBytes.startupLocality(2), try separator(0)))
  #expect(replay.startupLocality == nil)
  #expect(replay.notes == [.startupLocalityImpossible(event: 0, locality: 2)])
}

@Test func anHCRTMEventStartsRegister0At4() throws {
  let hcrtm = try RecordBytes.event(register: 0, type: .efiHCRTMEvent, data: Array("HCRTM".utf8))
  #expect(EventLogReplay(try RecordBytes.log(hcrtm)).startupLocality == 4)
  let late = EventLogReplay(try RecordBytes.log(try separator(0), hcrtm))
  #expect(late.startupLocality == nil)
  #expect(late.notes == [.hcrtmIgnored(event: 1)])
}

@Test func noActionIsNeverExtended() throws {
  let loud = try RecordBytes.event(register: 0, type: .noAction, data: [1])
  let replay = EventLogReplay(try RecordBytes.log(loud))
  #expect(replay.values.isEmpty)
  #expect(replay.notes == [.noActionWithDigest(event: 0)])
}

@Test(arguments: [UInt32(24), 0x7fff_ffff, .max])
func aRegisterThatNoTPMHasIsReportedAndNotReplayed(register: UInt32) throws {
  let replay = EventLogReplay(try RecordBytes.log(try separator(register)))
  #expect(replay.values.isEmpty)
  #expect(replay.notes == [.registerOutOfRange(event: 0, registerIndex: register)])
  #expect(replay.value(ofRegister: Int(register), bank: .sha1, afterRecords: 1) == nil)
}

@Test func aBankReplaysWithoutTheEventsThatLackItAndSaysSo() throws {
  let ragged = try RecordBytes.event(register: 4, type: .action, data: [1], banks: [.sha256])
  let replay = EventLogReplay(try RecordBytes.log(try separator(4), ragged))
  #expect(replay.notes == [.digestMissing(bank: .sha1, events: [1])])
  #expect(
    replay.values[.sha1, 4] == replay.value(ofRegister: 4, bank: .sha1, afterRecords: 1))
  #expect(
    replay.values[.sha256, 4] != replay.value(ofRegister: 4, bank: .sha256, afterRecords: 1))
}

@Test func aRegisterOfADynamicLaunchStartsAtZeroAndStandsAtOnesBefore() throws {
  let replay = EventLogReplay(try RecordBytes.log(try separator(17)))
  #expect(replay.value(ofRegister: 17, bank: .sha1, afterRecords: 0) == Array(repeating: 0xff, count: 20))
  #expect(replay.values[.sha1, 17] == EventLogReplay(try RecordBytes.log(try separator(6))).values[.sha1, 6])
}

@Test func askingBeyondTheLogGivesNothing() throws {
  let replay = EventLogReplay(try RecordBytes.log(try separator(4)))
  #expect(replay.value(ofRegister: 4, bank: .sha1, afterRecords: 2) == nil)
  #expect(replay.value(ofRegister: 4, bank: .sha1, afterRecords: -1) == nil)
  #expect(replay.value(ofRegister: -1, bank: .sha1, afterRecords: 1) == nil)
  #expect(replay.value(ofRegister: 24, bank: .sha1, afterRecords: 1) == nil)
  #expect(replay.value(ofRegister: 4, bank: .sha384, afterRecords: 1) == nil)
  #expect(replay.value(ofRegister: 5, bank: .sha1, afterRecords: 1) == Array(repeating: 0, count: 20))
}

// The four records extend 4, nothing, 5 and 4.
private func fourRecords() throws -> EventLogReplay {
  EventLogReplay(
    try RecordBytes.log(
      try separator(4), RecordBytes.noAction([1]), try separator(5),
      try RecordBytes.event(register: 4, type: .action, data: [1])))
}

@Test func theMatchIsTheRangeOfCountsThatGiveTheValues() throws {
  let replay = try fourRecords()
  func values(after count: Int, _ registers: [Int]) -> [Int: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: registers.compactMap { register in
        replay.value(ofRegister: register, bank: .sha256, afterRecords: count).map { (register, $0) }
      })
  }
  #expect(replay.match(values(after: 0, [4, 5]), bank: .sha256) == .found(0...0))
  #expect(replay.match(values(after: 1, [4, 5]), bank: .sha256) == .found(1...2))
  #expect(replay.match(values(after: 3, [4, 5]), bank: .sha256) == .found(3...3))
  #expect(replay.match(values(after: 4, [4, 5]), bank: .sha256) == .found(4...4))
  #expect(replay.match(values(after: 1, [4]), bank: .sha256) == .found(1...3))
  #expect(replay.match(values(after: 4, [4, 5, 6, 10]), bank: .sha256) == .found(4...4))
}

@Test func aRegisterThatTheLogNeverExtendsIsNotCompared() throws {
  let replay = try fourRecords()
  #expect(replay.match([10: Array(repeating: 9, count: 32)], bank: .sha256) == .none(mismatching: []))
  #expect(replay.match([:], bank: .sha256) == .none(mismatching: []))
  #expect(replay.match([4: []], bank: .sha384) == .none(mismatching: []))
}

@Test func aValueThatNoPartGivesIsNamed() throws {
  let replay = try fourRecords()
  var observed = [4: [UInt8](repeating: 9, count: 32)]
  observed[5] = replay.values[.sha256, 5]
  #expect(replay.match(observed, bank: .sha256) == .none(mismatching: [4]))
}

@Test func valuesOfDifferentTimesAreNamedByWhatDiffersAtTheEnd() throws {
  let replay = try fourRecords()
  let reset = try #require(replay.value(ofRegister: 5, bank: .sha256, afterRecords: 0))
  let observed = [4: try #require(replay.values[.sha256, 4]), 5: reset]
  #expect(replay.match(observed, bank: .sha256) == .none(mismatching: [5]))
}
