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

/// Tag 0x8f3b22ed, with a name in place of the text.
private let loadOptions: [UInt8] = [0xed, 0x22, 0x3b, 0x8f, 4, 0, 0, 0] + Array("name".utf8)

private func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } }

@Test func theLoadOptionsThatTheKernelMeasuredAreOfTheCommandLineThatALoaderMeasured() throws {
  let text = "/vmlinuz root=/dev/vda \u{e9}"
  let grub = try event(
    .ipl, Array("kernel_cmdline: \(text)\0".utf8), measured: Array(text.utf8), register: 8)
  let stub = try event(.ipl, wide("quiet init=/a") + [0, 0], register: 12)
  for (options, line) in [
    (wide("BOOT_IMAGE=" + text), 0), (wide("quiet init=/a") + [0, 0], 1), (wide("quiet init=/a"), 1),
    (wide("quiet"), nil),
  ] {
    let found = try checks(
      grub, stub, try event(.eventTag, loadOptions, measured: options, register: 9),
      // Nobody else measures load options.
      try event(.ipl, Array("/file\0".utf8), measured: options, register: 9))
    #expect(found.map(\.commandLine) == [nil, nil, line, nil])
    #expect(found[2].binding == (line == nil ? .unbound : .partlyBound))
    #expect(
      found[2].derivation
        == (line.map { "recomputed: the kernel command line of event \($0), in UTF-16" }
          ?? "not derivable from the log: the load options of the kernel"))
  }
}

/// Whoever runs later could extend a register once more: what stands elsewhere, behind the end of the boot services or against another
/// shows nothing.
@Test func loadOptionsThatSomebodyAddedShowNothing() throws {
  let line = try event(.ipl, wide("quiet init=/a") + [0, 0], register: 12)
  let options = { (register: UInt32, text: String) in
    try event(.eventTag, loadOptions, measured: wide(text), register: register)
  }
  let end = try event(.efiAction, Array("Exit Boot Services Returned with Success".utf8), register: 5)
  #expect(try checks(line, try options(9, "quiet init=/a"), end).map(\.commandLine) == [nil, 0, nil])
  #expect(try checks(line, try options(16, "quiet init=/a")).map(\.commandLine) == [nil, nil])
  #expect(try checks(line, end, try options(9, "quiet init=/a")).map(\.commandLine) == [nil, nil, nil])
  #expect(
    try checks(line, try options(9, "quiet init=/a"), try options(9, "b c")).map(\.commandLine) == [nil, nil, nil])
}

/// One bank of another text is no word of the first.
@Test func loadOptionsOfTwoTextsAreOfNone() throws {
  let lines = try ["a b", "c d"].flatMap { try event(.ipl, wide($0) + [0, 0], register: 12) }
  let digests = try zip([HashAlgorithm.sha1, .sha256], ["a b", "c d"]).map { bank, text in
    (bank.rawValue, try #require(bank.digest(of: wide(text))))
  }
  let found = try checks(
    lines, RecordBytes.record(register: 9, type: .eventTag, digests: digests, data: loadOptions))
  #expect(found.last?.commandLine == nil)
}

@Test(
  .enabled(if: Corpus.isPresent, "the corpus is absent"),
  arguments: [
    ("eventlog/google__go-tpm-tools/internal/test/eventlogs/gdc-host.bin", 154, 151),
    ("eventlog/google__go-tpm-tools/internal/test/eventlogs/ubuntu-2404-amd-sevsnp.bin", 112, 104),
    ("lab/vmE-containers/boot1/q0/binary_bios_measurements", 25, 24),
  ])
func theLoadOptionsOfGenuineLogsAreOfTheirCommandLine(path: String, event: Int, line: Int) throws {
  let log = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  #expect(checkEventDigests(log)[event].commandLine == line)
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
  #expect(counts == [.bound: 1858, .partlyBound: 2195, .unbound: 1165, .contradicted: 1])
}
