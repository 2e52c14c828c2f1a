import Digests
import Foundation
import Hashing
import Replay
import TCGEventLog
import TestSupport
import Testing

private func checks(_ records: [UInt8]..., known: (Digest) -> KnownContent? = { _ in nil }) throws -> [EventDigestCheck]
{
  let log = try #require(EventLog.parse(RecordBytes.header() + records.flatMap { $0 }, file: "log.bin")).value
  return checkEventDigests(log, known: known)
}

private func event(_ type: EventType, _ data: [UInt8], measured: [UInt8]? = nil, register: UInt32 = 1) throws
  -> [UInt8]
{
  try RecordBytes.event(register: register, type: type, data: data, measured: measured)
}

private let variable =
  Array(repeating: UInt8(0x61), count: 16) + [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x64, 0, 7]

@Test func wholeDataAreBoundAndAPartOfThemPartly() throws {
  let command = Array("grub_cmd: boot\0".utf8)
  let found = try checks(
    try event(.efiAction, [1, 2]), try event(.efiVariableDriverConfig, variable, register: 7),
    try event(.efiVariableBoot, variable, measured: [7]),
    try event(.ipl, command, measured: Array("boot".utf8), register: 8))
  #expect(found.map(\.binding) == [.bound, .bound, .partlyBound, .partlyBound])
  #expect(
    found.map(\.derivation) == [
      "recomputed: the event data", "recomputed: the event data",
      "recomputed: the content of the variable, without GUID and name",
      "recomputed: the text behind the label, without NUL",
    ])
}

@Test func whatIsOutsideTheLogIsUnboundAndSaysWhatItIs() throws {
  let file = Array("(hd0,gpt2)/boot/grub/grub.cfg\0".utf8)
  let initrd: [UInt8] = [0xec, 0x22, 0x3b, 0x8f, 1, 0, 0, 0, 9]
  let found = try checks(
    try event(.efiBootServicesApplication, [1], measured: [2], register: 4),
    try event(.ipl, file, measured: [2], register: 9),
    try event(.ipl, Array("MokList\0".utf8), measured: [2], register: 14),
    try event(.eventTag, initrd, measured: [2], register: 9), RecordBytes.startupLocality(3))
  #expect(found.map(\.binding) == [.unbound, .unbound, .unbound, .unbound, .unbound])
  #expect(
    found.map(\.derivation) == [
      "not derivable from the log: the Authenticode hash of an image file",
      "not derivable from the log: the content of a file that the loader read",
      "not derivable from the log: the content of a variable",
      "not derivable from the log: the initial RAM disks that the kernel loaded",
      "never extended: no digest covers it",
    ])
}

@Test func contentThatIsKnownByItsDigestBindsPartly() throws {
  let digest = try #require(HashAlgorithm.sha256.digest(of: [2]))
  let found = try checks(
    try event(.efiBootServicesApplication, [1], measured: [2], register: 4),
    try event(.efiBootServicesApplication, [1], measured: [3], register: 4)
  ) { $0.bytes == digest ? KnownContent(name: "shimx64.efi", rule: "Authenticode SHA-256") : nil }
  #expect(found.map(\.binding) == [.partlyBound, .unbound])
  #expect(found.first?.derivation == "of a file that is given: Authenticode SHA-256 of shimx64.efi")
}

@Test func anEditedEventIsContradictedAndAnErrorSeparatorBindsNoData() throws {
  let found = try checks(
    try event(.efiAction, [1, 2], measured: [1]), try event(.separator, Array("error".utf8), measured: [1, 0, 0, 0]))
  #expect(found.map(\.binding) == [.contradicted, .unbound])
  #expect(found.last?.derivation == "recomputed: the number 1 of an error")
}

@Test func aBankOfZerosBindsOnlyPartly() throws {
  let data: [UInt8] = [1, 2]
  let record = RecordBytes.record(
    register: 5, type: .efiAction,
    digests: [(4, [UInt8](repeating: 0, count: 20)), (0xb, try #require(HashAlgorithm.sha256.digest(of: data)))],
    data: data)
  let found = try checks(record)
  #expect(found.map(\.binding) == [.partlyBound])
  #expect(found.first?.derivation == "recomputed: the event data; all zeros in bank sha1")
}

@Test func shimMeasuresOneByteForTheKeysThatItTrusts() throws {
  let found = try checks(try event(.ipl, Array("MokListTrusted\0".utf8), measured: [1], register: 14))
  #expect(found.map(\.rule) == [.oneByte])
  #expect(found.map(\.binding) == [.partlyBound])
}

@Test func memoryEncryptionSettingsAreHashedBehindTheirName() throws {
  let value = [UInt8](repeating: 0, count: 8)
  let found = try checks(
    try event(.platformConfigFlags, Array("MSR_TME_EXCLUDE_MASK\0".utf8) + value, measured: value))
  #expect(found.map(\.rule) == [.valueBehindText])
}

/// How many events of the corpus have each label.
@Test(.enabled(if: Corpus.isPresent)) func theLabelsOfRealLogsAreCounted() throws {
  var counts: [EventBinding: Int] = [:]
  for path in try EventLogCorpus.paths() {
    let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
    for check in checkEventDigests(log) { counts[check.binding, default: 0] += 1 }
  }
  #expect(counts == [.bound: 1858, .partlyBound: 2185, .unbound: 1175, .contradicted: 1])
}
