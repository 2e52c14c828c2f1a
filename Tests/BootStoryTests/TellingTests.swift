import BootStory
import Digests
import Hashing
import Replay
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

private func log(_ events: [MadeEvent]) throws -> EventLog { try #require(madeEventLog(events)).log }

private func facts(_ log: EventLog, in banks: Set<HashAlgorithm> = []) -> [BootStory.Fact] {
  BootStory(log, checks: checkEventDigests(log)) { _ in banks }.stages.flatMap(\.facts)
}

private func variable(_ name: String, _ content: [UInt8]) -> [UInt8] { MadeVariable.data(name, content) }

@Test func theDigestThatIsToldIsOfABankThatAQuoteProves() throws {
  var made = try log([MadeEvent(4, .efiBootServicesApplication, [UInt8](repeating: 0, count: 32), measured: [1])])
  // A digest of the other bank, out of a log of the older format.
  let record: [UInt8] = [4, 0, 0, 0, 3, 0, 0, 0x80] + Array(repeating: 7, count: 20) + [1, 0, 0, 0, 0]
  made.events[0].digests += try #require(EventLog.parse(record, file: "log")).value.events[0].digests
  let told = { (banks: Set<HashAlgorithm>) in
    facts(made, in: banks).first { $0.name == "measured digest" }
  }
  // Of no proven bank, or of both, the stronger one; never one that may be anything beside one that is proven.
  #expect(told([])?.value.hasPrefix("sha256:") == true)
  #expect(told([])?.isProven == false)
  #expect(told([.sha256])?.value.hasPrefix("sha256:") == true)
  #expect(told([.sha1])?.value == "sha1:" + String(repeating: "07", count: 20))
  #expect(told([.sha1])?.isProven == true)
}

@Test func theLabelOfACommandLineIsAClaim() throws {
  let text = "/vmlinuz root=/dev/vda init=/bin/sh"
  for label in ["kernel_cmdline: ", "grub_kernel_cmdline "] {
    let made = try log([MadeEvent(8, .ipl, Array((label + text).utf8) + [0], measured: Array(text.utf8))])
    let told = facts(made, in: [.sha256])
    #expect(told.filter { $0.name == "command line" }.map(\.binding) == [.partlyBound])
    #expect(told.filter { $0.name == "weakens" }.map(\.binding) == [.partlyBound])
  }
}

@Test(arguments: [
  "grub_cmd: /vmlinuz root=/dev/vda init=/bin/sh", "grub_cmd: linux /vmlinuz root=/dev/vda init=/bin/sh",
  "module_cmdline: /vmlinuz root=/dev/vda init=/bin/sh",
])
func anOptionUnderAnotherLabelIsToldAllTheSame(text: String) throws {
  let measured = Array(text.utf8.drop { $0 != 0x20 }.dropFirst())
  let made = try log([MadeEvent(8, .ipl, Array(text.utf8) + [0], measured: measured)])
  let options = BootStory(made, checks: checkEventDigests(made)).options
  #expect(options.map(\.option.text) == ["init=/bin/sh"])
  #expect(options.map(\.origin) == [.otherText])
  #expect(facts(made).contains { $0.name == "weakens" && $0.value.hasPrefix("init=/bin/sh") })
}

@Test(arguments: [EventType.efiAction, .action, .ipl, .compactHash])
func anOptionUnderAnotherTypeIsToldAllTheSame(type: EventType) throws {
  let made = try log([MadeEvent(8, type, Array("/vmlinuz root=/dev/vda init=/bin/sh".utf8))])
  #expect(BootStory(made, checks: checkEventDigests(made)).options.map(\.option.text) == ["init=/bin/sh"])
}

@Test func otherCommandsHaveWordsThatAreNoOptions() throws {
  let made = try log(
    ["[ single = 1 ]", "set debug=1", "menuentry rescue emergency", "echo init=/bin/sh"].map { text in
      MadeEvent(8, .ipl, Array("grub_cmd: \(text)".utf8) + [0], measured: Array(text.utf8))
    })
  #expect(BootStory(made, checks: checkEventDigests(made)).options == [])
}

@Test func whatVerifiedAnImageIsNeverToldAsProven() throws {
  let image = [UInt8](repeating: 0, count: 32)
  let made = try log([
    MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1])),
    MadeEvent(7, .separator, [0, 0, 0, 0]),
    MadeEvent(7, .efiVariableAuthority, variable("db", Array(repeating: 3, count: 40))),
    MadeEvent(4, .efiBootServicesApplication, image, measured: [1]),
    MadeEvent(4, .efiBootServicesApplication, image, measured: [2]),
  ])
  let told = facts(made, in: [.sha256]).filter { $0.name == "verified by" }
  #expect(told.map(\.event) == [2, 4])
  #expect(told.map(\.binding) == [.unbound, .unbound])
}

@Test(arguments: [EventType.efiVariableDriverConfig, .efiVariableBoot2, .ipl, .efiVariableAuthority, .compactHash])
func theStateOfSecureBootIsReadWhateverTypeTheLogClaims(type: EventType) throws {
  for value in [UInt8(0), 1] {
    let made = try log([MadeEvent(7, type, variable("SecureBoot", [value]))])
    #expect(BootStory(made, checks: checkEventDigests(made)).secureBoot.isEnabled == (value == 1))
  }
}

@Test func ofTwoStatesTheOneThatSaysOffCounts() throws {
  for values in [[UInt8(1), 0], [0, 1], [1, 1, 0]] {
    let made = try log(values.map { MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [$0])) })
    let secureBoot = BootStory(made, checks: checkEventDigests(made)).secureBoot
    #expect(secureBoot.isEnabled == false)
    #expect(secureBoot.states.map(\.value) == values.map { Optional($0) })
    #expect(facts(made).count { $0.name == "state" } == values.count)
  }
}

@Test func aStateInAnotherRegisterCountsForNothing() throws {
  let made = try log([
    MadeEvent(15, .efiVariableDriverConfig, variable("SecureBoot", [1])),
    MadeEvent(7, .efiVariableDriverConfig, variable("PK", [])),
  ])
  #expect(BootStory(made, checks: checkEventDigests(made)).secureBoot.isEnabled == nil)
  let state = facts(made, in: [.sha256]).filter { $0.name == "state" }
  #expect(state.map(\.event) == [nil])
  #expect(state.map(\.isProven) == [false])
}

/// Whatever runs by then may extend register 7: behind the separator, under whatever type that stands, nothing shows that it was on.
@Test(arguments: [EventType.separator, .efiAction, .outsideProfile])
func aStateBehindTheSeparatorShowsNotThatItWasOn(type: EventType) throws {
  let separator = MadeEvent(7, type, type == .separator ? [0, 0, 0, 0] : [9], measured: [0, 0, 0, 0])
  let state = MadeEvent(7, .efiVariableDriverConfig, variable("SecureBoot", [1]))
  let before = try log([state, separator])
  #expect(BootStory(before, checks: checkEventDigests(before)).secureBoot.isEnabled == true)
  let behind = try log([separator, state])
  #expect(BootStory(behind, checks: checkEventDigests(behind)).secureBoot.isEnabled == nil)
}

/// An edit of the data under another type: the digest is that of another state.
@Test func aStateThatItsDigestDoesNotBindShowsNotThatItWasOn() throws {
  let made = try log([
    MadeEvent(7, .outsideProfile, variable("SecureBoot", [1]), measured: variable("SecureBoot", [0]))
  ])
  #expect(BootStory(made, checks: checkEventDigests(made)).secureBoot.isEnabled == nil)
}

/// A tag of Windows: its number, its length and its data.
private func tag(_ identifier: UInt32, _ data: [UInt8]) -> [UInt8] {
  let bytes = { (number: UInt32) in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
  return bytes(identifier) + bytes(UInt32(data.count)) + data
}

private func wide(_ text: String) -> [UInt8] {
  text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } + [0, 0]
}

private func windows(_ settings: [(UInt32, UInt8)], type: EventType = .eventTag, register: UInt32 = 13) -> MadeEvent {
  MadeEvent(register, type, tag(0x4001_0001, settings.flatMap { tag($0.0, [$0.1]) }))
}

@Test func settingsOfWindowsThatTakeProtectionAwayAreTold() throws {
  let good: [(UInt32, UInt8)] = [
    (0x4_0001, 0), (0x5_0001, 0), (0x5_0002, 1), (0x5_0003, 0), (0x5_0005, 0), (0x5_0006, 0), (0x5_000d, 0),
  ]
  let healthy = try log([windows(good)])
  #expect(BootStory(healthy, checks: checkEventDigests(healthy)).options == [])
  for index in good.indices {
    var bad = good
    bad[index].1 = 1 - good[index].1
    // No digest covers the type: under another one the same is found.
    for type in [EventType.eventTag, .ipl, .outsideProfile] {
      let made = try log([windows(bad, type: type)])
      let options = BootStory(made, checks: checkEventDigests(made)).options
      #expect(
        options.count == 1 && options.first?.origin == .windows && options.first?.isBound == true, "\(index), \(type)")
    }
  }
  let test = try log([windows([(0x5_0003, 1)])])
  let told = facts(test).filter { $0.name == "weakens" }
  #expect(told.map(\.value) == ["TestSigning=1: Windows loads drivers that are signed for tests, by anybody."])
  // Whatever else extends registers of loaders is no Windows.
  let other = try log([windows([(0x5_0003, 1)], register: 4)])
  #expect(BootStory(other, checks: checkEventDigests(other)).options == [])
}

@Test func modulesOfWindowsAreTold() throws {
  let module = tag(
    0x4001_0003, tag(0x7_0001, wide("\\Windows\\a.sys")) + tag(0x7_0008, wide("Somebody")) + tag(0x7_0004, [1, 2]))
  let made = try log([MadeEvent(13, .eventTag, tag(0x4001_0001, module + tag(0x4001_0003, tag(0x7_0004, [3]))))])
  let told = facts(made).filter { $0.name.hasPrefix("module") }
  #expect(told.map(\.name) == ["modules of Windows", "module of Windows"])
  #expect(told.map(\.value) == ["2 measured, 1 of them with a path", "\\\\Windows\\\\a.sys, published by Somebody"])
}

/// Windows measures the digest of a module into one register, and that digest with the path into another.
@Test func aModuleThatWindowsMeasuredTwiceIsOne() throws {
  let digest = { (byte: UInt8) in tag(0x7_0004, [UInt8](repeating: byte, count: 32)) }
  let module = { (inside: [UInt8]) in tag(0x4001_0003, inside) }
  let path = tag(0x7_0001, wide("\\a.sys"))
  let made = try log([
    MadeEvent(12, .eventTag, tag(0x4001_0001, module(digest(1)) + module(digest(2)))),
    MadeEvent(13, .eventTag, tag(0x4001_0001, module(path + digest(1)))),
  ])
  let told = facts(made).filter { $0.name.hasPrefix("module") }
  #expect(told.map(\.value) == ["2 measured, 1 of them with a path", "\\\\a.sys"])
  #expect(told.last?.event == 1)
}

@Test func theSettingsAndStatesOfWindowsAreTold() throws {
  let made = try log([
    MadeEvent(11, .compactHash, [0x10, 0, 0, 0]), windows([(0x5_0002, 1), (0x5_0003, 0)]),
    windows([(0x5_0002, 1), (0x4_0001, 0)], register: 12), MadeEvent(12, .separator, Array("WBCL".utf8)),
  ])
  let told = facts(made).filter {
    $0.name.hasSuffix("of Windows") || $0.name.hasPrefix("end") || $0.name.hasPrefix("other")
  }
  #expect(
    told.map { "\($0.name): \($0.value)" } == [
      "state of Windows: 0x10: started, Windows 10 or later",
      "settings of Windows: CodeIntegrity=1, TestSigning=0, BootDebugging=0",
      "end of what Windows’ loader measured: PCR 12",
    ])
}

@Test func aVersionThatIsATextInAStructureIsToldAsText() throws {
  let versions = try [Array("M60\0\u{1}\u{2}".utf8), [1, 2, 0x41, 0], Array("K01 v1".utf8)].map { data in
    facts(try log([MadeEvent(0, .sCRTMVersion, data)])).first { $0.name.hasPrefix("firmware version") }?.value
  }
  #expect(versions == ["M60, and 3 bytes behind it", "0x01024100", "K01 v1"])
}

@Test(
  .enabled(if: Corpus.isPresent, "the corpus is absent"),
  arguments: [
    ("option_rom_eventlog", "google__go-attestation/attest/testdata", 10, ", for a driver"),
    (
      "laptop_badOemInstall_var.1.rimel", "nsacyber__HIRS/.ci/system-tests/profiles/laptop/badOemInstall/rims", 4,
      "CN=CentOS Secure Boot CA 2"
    ),
  ])
func forWhatAnAuthorityIsIsToldAsTheLogHasIt(name: String, folder: String, event: Int, text: String) throws {
  let path = "eventlog/\(folder)/\(name)"
  let parsed = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  let value = try #require(facts(parsed).first { $0.event == event && $0.name.hasPrefix("image verified by") }?.value)
  #expect(value.contains(text), "\(value)")
  #expect(!value.contains("before the separator"))
}

/// The firmware says that the first entry returned: another was used.
@Test(.enabled(if: Corpus.isPresent, "the corpus is absent"))
func aBootEntryThatReturnedIsNotTheOneThatWasUsed() throws {
  let path = "eventlog/nsacyber__HIRS/HIRS_Utils/src/test/resources/tcgeventlog/TpmLog.bin"
  let parsed = try #require(EventLog.parse(try Corpus.bytes(path), file: path)).value
  #expect(!facts(parsed).contains { $0.name.hasPrefix("boot entry used") })
}

/// Names by which GRUB of Red Hat calls the files it loads.
@Test func theKernelAndInitrdOfOlderGRUBAreInTheirStages() throws {
  let made = try log(
    ["Kernel", "Initrd"].map { MadeEvent(9, .ipl, Array("grub_linuxefi \($0)\0".utf8), measured: [1]) })
  #expect(Array(made.bootStages.suffix(2)) == [.kernel, .initrd])
}
