import Appraisal
import BootStory
import Digests
import Hashing
import Replay
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

private func variable(_ name: String, _ content: [UInt8]) -> [UInt8] { MadeVariable.data(name, content) }

private func state(_ value: UInt8) -> MadeEvent {
  MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [value]))
}

private func secureBoot(
  _ events: [MadeEvent], revocations: [RevocationList] = [], isProven: Bool = true
) throws -> [Finding] {
  let log = try #require(madeEventLog(events)).log
  let story = BootStory(log, checks: checkEventDigests(log))
  return SecureBootRule().appraise(story.secureBoot, in: log, file: "log", revocations: revocations) { _ in isProven }
}

private func options(_ events: [MadeEvent]) throws -> [Finding] {
  let log = try #require(madeEventLog(events)).log
  let checks = checkEventDigests(log)
  return KernelOptionRule().appraise(BootStory(log, checks: checks), in: log, checks: checks, file: "log")
}

private func grub(_ text: String, measured: String? = nil) -> MadeEvent {
  let behind = text.split(separator: " ", maxSplits: 1).last.map(String.init) ?? ""
  return MadeEvent(8, .ipl, Array(text.utf8) + [0], measured: Array((measured ?? behind).utf8))
}

@Test func twoStatesOfSecureBootAreAWarningAndTheOneThatSaysOffCounts() throws {
  #expect(try secureBoot([state(1), state(1)]) == [])
  for events in [[state(0), state(1)], [state(1), state(0)]] {
    let found = try secureBoot(events)
    #expect(found.map(\.code) == [.secureBootDisabled, .secureBootStateUndetermined])
    #expect(found.map(\.severity) == [.warning, .warning])
    #expect(found.last?.record == 1)
  }
}

@Test func aLogWithImagesAndWithoutTheStateIsNotSilent() throws {
  let image = MadeEvent(4, .efiBootServicesApplication, [UInt8](repeating: 0, count: 32), measured: [1])
  let found = try secureBoot([image])
  #expect(found.map(\.code) == [.secureBootStateUndetermined])
  #expect(found.map(\.severity) == [.notice])
  // A log of other firmware than UEFI says nothing of it and need not.
  #expect(try secureBoot([MadeEvent(4, .ipl, [1, 2, 3], measured: [1])]) == [])
  // One of another register is none.
  #expect(
    try secureBoot([image, MadeEvent(15, .efiVariableDriverConfig, variable("SecureBoot", [1]))]).map(\.code)
      == [.secureBootStateUndetermined])
}

/// No digest covers what a name means: firmware's own variable is that of its vendor.
@Test func aVariableOfAnotherVendorIsNotTheState() throws {
  let image = MadeEvent(4, .efiBootServicesApplication, [UInt8](repeating: 0, count: 32), measured: [1])
  let foreign = { (value: UInt8) in
    MadeEvent(
      7, .efiVariableDriverConfig,
      MadeVariable.data("SecureBoot", [value], vendor: [UInt8](repeating: 0x61, count: 16)))
  }
  #expect(try secureBoot([image, foreign(1)]).map(\.code) == [.secureBootStateUndetermined])
  #expect(try secureBoot([state(1), foreign(0)]) == [])
  #expect(try secureBoot([state(0), foreign(1)]).map(\.code) == [.secureBootDisabled])
}

@Test func aStateOfTwoBytesIsNotCalledEmpty() throws {
  let event = MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1, 0]))
  let found = try secureBoot([event])
  #expect(found.map(\.code) == [.secureBootDisabled])
  #expect(found.first?.message.contains("has not the one byte") == true)
  let empty = try secureBoot([MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", []))])
  #expect(empty.first?.message.contains("was empty") == true)
}

@Test(arguments: ["PK", "KEK", "db", "dbx", "MokList"])
func aDatabaseThatBreaksItsFormatIsSaid(name: String) throws {
  let list = MadeRevocations.list(MadeRevocations.sha256, [sha256("image")])
  let whole = MadeEvent(7, .efiVariableDriverConfig, variable(name, list))
  #expect(try secureBoot([state(1), whole]).filter { $0.code == .secureBootDatabaseMalformed } == [])
  let cut = MadeEvent(7, .efiVariableDriverConfig, variable(name, list.dropLast()))
  let found = try secureBoot([state(1), cut]).filter { $0.code == .secureBootDatabaseMalformed }
  #expect(found.map(\.record) == [1])
  #expect(found.first?.message.contains("measured \(name) breaks") == true)
}

/// No digest covers a type or a name, so what firmware must have measured could be relabelled.
@Test func aKeyOrDatabaseThatFirmwareMustMeasureIsMissed() throws {
  let list = MadeRevocations.list(MadeRevocations.sha256, [sha256("image")])
  let events =
    [state(1)] + ["PK", "KEK", "db", "dbx"].map { MadeEvent(7, .efiVariableDriverConfig, variable($0, list)) }
  let separator = MadeEvent(7, .separator, [0, 0, 0, 0])
  #expect(try secureBoot(events + [separator]) == [])
  for place in 1...3 {
    var relabelled = events
    relabelled[place] = MadeEvent(7, .ipl, Array("a\0".utf8))
    let found = try secureBoot(relabelled + [separator])
    #expect(found.map(\.code) == [.secureBootVariableMissing])
    #expect(found.map(\.effect) == [.inconclusive])
    // Data of the same form that no digest binds stand for nothing, and the separator is known by its digest.
    var forged = events
    forged[place] = MadeEvent(7, .ipl, events[place].data, measured: [9])
    let hidden = MadeEvent(7, .ipl, Array("x".utf8), measured: [0, 0, 0, 0])
    #expect(try secureBoot(forged + [hidden]).map(\.code) == [.secureBootVariableMissing])
    // A log that is cut before the separator lacks more than this.
    #expect(try !secureBoot(relabelled).contains { $0.code == .secureBootVariableMissing })
  }
}

/// The variable SecureBoot under another type: firmware measures no text of a loader there.
@Test(arguments: [EventType.ipl, .efiPlatformFirmwareBlob, .efiAction])
func anEventOfAStrangeKindWhereSecureBootIsMissedCounts(type: EventType) throws {
  let image = MadeEvent(4, .efiBootServicesApplication, [0])
  let found = try secureBoot([MadeEvent(7, type, Array("text".utf8)), MadeEvent(7, .separator, [0, 0, 0, 0]), image])
  #expect(found.map(\.code) == [.secureBootStateUndetermined])
  #expect(found.map(\.effect) == [type == .efiAction ? Effect.none : .inconclusive])
  #expect(found.map(\.record) == [type == .efiAction ? nil : 0])
}

@Test func aStateThatNoDigestBindsLeavesTheBootUndecided() throws {
  let forged = MadeEvent(7, .ipl, variable("SecureBoot", [1]), measured: variable("SecureBoot", [0]))
  let found = try secureBoot([forged, MadeEvent(7, .separator, [0, 0, 0, 0])])
  #expect(found.map(\.code) == [.secureBootStateUndetermined])
  #expect(found.map(\.effect) == [.inconclusive])
}

@Test func anAuthorityThatAGivenListForbidsIsForAPersonToDecide() throws {
  let owner = [UInt8](repeating: 9, count: 16)
  let entry = [UInt8](repeating: 5, count: 32)
  let events = [state(1), MadeEvent(7, .efiVariableAuthority, variable("db", owner + entry))]
  #expect(try secureBoot(events) == [])
  let other = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [sha256("other")]))
  #expect(try secureBoot(events, revocations: [other]) == [])
  // The digest of an image, and a certificate.
  for list in [
    MadeRevocations.list(MadeRevocations.sha256, [entry]), MadeRevocations.list(MadeRevocations.x509, [entry]),
  ] {
    for isProven in [true, false] {
      let found = try secureBoot(events, revocations: [other, MadeRevocations.read(list)], isProven: isProven)
      #expect(found.map(\.code) == [.secureBootAuthorityRevoked])
      #expect(found.map(\.severity) == [.warning])
      #expect(found.map(\.effect) == [.inconclusive])
      #expect(found.map(\.record) == [1])
      #expect(found.first?.message.contains("No quote proves") == !isProven)
    }
  }
}

/// A list may revoke a certificate by the digest of what its issuer signed, which `openssl asn1parse` takes out here.
@Test(
  .enabled(if: Tool.isInstalled("openssl"), "openssl is absent"),
  arguments: [(MadeRevocations.x509SHA256, HashAlgorithm.sha256), (MadeRevocations.x509SHA384, .sha384)])
func anAuthorityThatIsRevokedByTheDigestOfItsSignedPartIsFound(type: [UInt8], algorithm: HashAlgorithm) throws {
  let scratch = try ScratchCase("revoked")
  let files = ["key.pem", "ca.der", "signed"].map { scratch.path + "/" + $0 }
  try Tool.run(
    "openssl",
    [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", files[0], "-out",
      files[1], "-outform", "DER", "-subj", "/CN=Signer of boot loaders",
    ])
  try Tool.run(
    "openssl", ["asn1parse", "-inform", "DER", "-in", files[1], "-strparse", "4", "-noout", "-out", files[2]])
  let certificate = try scratch.read("ca.der")
  let digest = try #require(algorithm.digest(of: try scratch.read("signed")))
  let authority = MadeEvent(
    7, .efiVariableAuthority, variable("db", [UInt8](repeating: 9, count: 16) + certificate))
  func found(_ digest: [UInt8], _ time: [UInt8], isProven: Bool = true) throws -> [Finding] {
    let dbx = MadeRevocations.list(type, [digest + time])
    let events = [state(1), MadeEvent(7, .efiVariableDriverConfig, variable("dbx", dbx)), authority]
    return try secureBoot(events, isProven: isProven)
  }
  let always = [UInt8](repeating: 0, count: 16)
  // 29 July 2020.
  let since: [UInt8] = [0xe4, 7, 7, 29] + [UInt8](repeating: 0, count: 12)
  #expect(try found(digest, always).map(\.code) == [.secureBootAuthorityRevoked])
  #expect(try found(digest, always).map(\.severity) == [.critical])
  #expect(try found(digest, always, isProven: false).map(\.effect) == [.inconclusive])
  #expect(try found(digest, since).map(\.effect) == [.inconclusive])
  #expect(try found(digest, since).first?.message.contains("revoked from 2020-07-29 00:00:00 on") == true)
  #expect(try found(digest.reversed(), always) == [])
  // The same from a list that is given.
  let list = try MadeRevocations.read(MadeRevocations.list(type, [digest + always]))
  #expect(!list.isEmpty)
  let given = try secureBoot([state(1), authority], revocations: [list])
  #expect(given.map(\.effect) == [.inconclusive])
}

@Test func anOptionIsFoundUnderWhateverLabel() throws {
  let line = "/vmlinuz root=/dev/vda init=/bin/sh"
  let plain = try options([grub("kernel_cmdline: " + line)])
  #expect(plain.map(\.code) == [.bootOptionWeakens])
  #expect(plain.first?.message.hasPrefix("The kernel command line has 'init=/bin/sh'.") == true)
  let other = try options([grub("grub_cmd: " + line)])
  #expect(other.map(\.code) == [.bootOptionWeakens])
  #expect(other.map(\.severity) == [.warning])
  #expect(other.first?.message.contains("into PCR 8, and that the log does not call the kernel command line") == true)
  // GRUB's own command and the command line have the same words: told once, as those of the command line.
  let both = try options([grub("grub_cmd: linux " + line), grub("kernel_cmdline: " + line)])
  #expect(both.map(\.record) == [1])
}

@Test func digestsOfRegisterEightThatAreOfNoTextAreNamed() throws {
  #expect(try options([grub("kernel_cmdline: /vmlinuz ro"), MadeEvent(8, .separator, [0, 0, 0, 0])]) == [])
  let hidden = try options([
    grub("kernel_cmdline: /vmlinuz ro"), grub("/boot/grub/grub.cfg", measured: "/vmlinuz init=/bin/sh"),
    MadeEvent(8, .eventTag, [1, 2, 3], measured: [1]), MadeEvent(9, .ipl, Array("/boot/vmlinuz".utf8), measured: [1]),
  ])
  #expect(hidden.map(\.code) == [.bootTextUnexplained])
  #expect(hidden.map(\.range) == [1...2])
  #expect(hidden.first?.message.hasPrefix("2 events of PCR 8") == true)
}

private func wide(_ text: String) -> [UInt8] {
  text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } + [0, 0]
}

/// What hides a command line under UEFI leaves the boot undecided, under whatever type.
@Test(arguments: [
  MadeEvent(8, .ipl, Array("/boot/a".utf8), measured: [1]), MadeEvent(12, .efiAction, [0x61], measured: [1]),
  MadeEvent(12, .postCode, [0x61], measured: [1]), MadeEvent(12, .ipl, Array("loader.conf".utf8), measured: [1]),
  MadeEvent(12, .eventTag, [1, 2, 3, 4, 0, 0, 0, 0], measured: [1]),
]) func aHiddenCommandLineLeavesTheBootUndecided(event: MadeEvent) throws {
  let found = try options([MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1])), event])
  if event.type == .efiAction || event.type == .eventTag {
    // The digest of these must be of the data: that is said by another rule.
    #expect(found == [])
  } else {
    #expect(found.map(\.code) == [.bootTextUnexplained])
    #expect(found.map(\.effect) == [.inconclusive])
  }
  // Without UEFI it is told.
  #expect(try options([event]).filter { $0.effect == .inconclusive } == [])
}

@Test func anArchiveOfTheStubIsAWarning() throws {
  let uefi = MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1]))
  for name in ["Credentials initrd", "a.addon.efi"] {
    let found = try options([uefi, MadeEvent(12, .ipl, wide(name), measured: [1])])
    #expect(found.map(\.code) == [.bootTextUnexplained])
    #expect(found.map(\.severity) == [.warning] && found.map(\.effect) == [Effect.none])
  }
}

/// The kernel’s own word on what it was given.
@Test func loadOptionsOfNoLineOfTheLogLeaveTheBootUndecided() throws {
  let tag: [UInt8] = [0xed, 0x22, 0x3b, 0x8f, 4, 0, 0, 0] + Array("name".utf8)
  let uefi = MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1]))
  let line = grub("kernel_cmdline: /vmlinuz ro")
  let given = { (text: String) in MadeEvent(9, .eventTag, tag, measured: Array(wide("BOOT_IMAGE=" + text).dropLast(2)))
  }
  #expect(try options([uefi, line, given("/vmlinuz ro")]) == [])
  let other = try options([uefi, line, given("/vmlinuz init=/bin/sh")])
  #expect(other.map(\.effect) == [.inconclusive] && other.map(\.record) == [2])
  // Where no loader measured a text, as of a unified image, nothing is known of it.
  #expect(try options([uefi, given("/vmlinuz ro")]) == [])
}

@Test func aSettingOfWindowsThatWeakensIsAFinding() throws {
  let data: [UInt8] = [3, 0, 5, 0, 1, 0, 0, 0, 1]
  let found = try options([MadeEvent(12, .eventTag, data)])
  #expect(found.map(\.code) == [.bootOptionWeakens])
  #expect(found.map(\.severity) == [.warning])
  #expect(found.first?.message.hasPrefix("What Windows measured of its start has 'TestSigning=1'.") == true)
  let claimed = try options([MadeEvent(12, .eventTag, data, measured: [1])])
  #expect(claimed.map(\.severity) == [.notice])
}
