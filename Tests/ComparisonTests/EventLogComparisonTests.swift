import Digests
import Hashing
import TCGEventLog
import Testing

@testable import Comparison

private let shim = MadeEvent.image("\\EFI\\BOOT\\BOOTX64.EFI", at: 0x7ce0_7018, measured: "shim")
private let grub = MadeEvent.image("\\EFI\\BOOT\\grubx64.efi", at: 0x7c90_7018, measured: "grub")
private let separator = MadeEvent(4, .separator, [0, 0, 0, 0])
private let commandLine = MadeEvent.grub("kernel_cmdline: ", "/vmlinuz root=/dev/vda2 ro quiet")
private let boot = [
  MadeEvent.variable("SecureBoot", [1]), separator, shim, grub, MadeEvent.grub("grub_cmd: ", "set timeout=0"),
  commandLine,
]

@Suite struct EventLogComparisonTests {
  @Test func aLogDoesNotDifferFromItself() throws {
    let same = try compared(boot, boot, showsAll: true)
    #expect(same.isEmpty && same.leftOut.isEmpty && same.registers.isEmpty)
    #expect(same.counts.old == boot.count && same.counts.new == boot.count)
  }

  @Test func aLoadAddressIsLeftOutAndCountedUnlessAskedFor() throws {
    var new = boot
    new[2] = MadeEvent.image("\\EFI\\BOOT\\BOOTX64.EFI", at: 0x7ce2_7018, measured: "shim")
    let usual = try compared(boot, new)
    #expect(usual.isEmpty && usual.differences.isEmpty)
    #expect(usual.leftOut.map(\.content) == [.loadAddress] && usual.leftOut.map(\.count) == [1])
    let all = try compared(boot, new, showsAll: true)
    #expect(all.leftOut.isEmpty && all.differences.map(\.kind) == [.changed])
    #expect(all.differences[0].fieldTexts == ["load address: 0x7ce07018 -> 0x7ce27018"])
  }

  @Test func anotherProgramAtAnotherAddressIsSaidByItsDigests() throws {
    var new = boot
    new[2] = MadeEvent.image("\\EFI\\BOOT\\BOOTX64.EFI", at: 0x7ce2_7018, measured: "evil")
    let comparison = try compared(boot, new)
    let difference = try #require(comparison.differences.first)
    #expect(comparison.differences.count == 1 && difference.kind == .changed && difference.fields.isEmpty)
    #expect(difference.digests.map(\.bank) == ["sha1", "sha256"])
    #expect(difference.digests[1].old == HashAlgorithm.sha256.digest(of: Array("shim".utf8)))
    #expect(difference.digests[1].new == HashAlgorithm.sha256.digest(of: Array("evil".utf8)))
    #expect(difference.meaning.contains("outside the log"))
    #expect(comparison.registers.map(\.register) == [4, 4])
  }

  /// Data and digests are the same, and no digest covers the type.
  @Test func anEventUnderAnotherTypeIsOneChange() throws {
    var new = boot
    new[5].type = .action
    let comparison = try compared(boot, new)
    #expect(comparison.differences.map(\.kind) == [.changed])
    #expect(comparison.differences.first?.fieldTexts == ["type: EV_IPL -> EV_ACTION"])
    #expect(comparison.differences.first?.meaning == "only the type differs, which no digest covers")
    #expect(comparison.registers.isEmpty && !comparison.isEmpty)
  }

  @Test func aBankOfWhichNoEventHasADigestAnyMoreIsSaid() throws {
    let old = try #require(parsedLog(logBytes(boot)))
    var new = old
    for index in new.events.indices { new.events[index].digests.removeAll { $0.algorithm == .sha1 } }
    let comparison = compared(old, new)
    #expect(comparison.header.map(\.name) == ["banks of the digests"])
    #expect(comparison.header.first?.new == "sha256" && !comparison.isEmpty)
  }

  @Test func theSizeOfAProgramIsNeverLeftOut() throws {
    var new = boot
    new[2] = MadeEvent.image("\\EFI\\BOOT\\BOOTX64.EFI", at: 0x7ce2_7018, measured: "shim", size: 8192)
    let comparison = try compared(boot, new)
    #expect(comparison.differences.map(\.fieldTexts) == [["image size: 4096 -> 8192"]])
    #expect(comparison.leftOut.map(\.count) == [1])
    #expect(comparison.differences[0].meaning.contains("a claim of the log"))
  }

  @Test func pointersOfHandoffTablesAreLeftOutButNotTheDigestOfTheTables() throws {
    func tables(_ address: UInt64, measured: String) -> MadeEvent {
      let acpi: [UInt8] = [
        0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81,
      ]
      return MadeEvent(
        1, .efiHandoffTables, little(UInt64(1)) + acpi + little(address), measured: Array(measured.utf8))
    }
    let same = try compared([tables(0x1000, measured: "t")], [tables(0x2000, measured: "t")])
    #expect(same.isEmpty && same.leftOut.map(\.content) == [.tableAddress])
    let other = try compared([tables(0x1000, measured: "t")], [tables(0x2000, measured: "u")])
    #expect(other.differences.count == 1 && other.differences[0].fields.isEmpty)
    #expect(other.differences[0].digests.count == 2 && other.leftOut.map(\.count) == [1])
    let all = try compared([tables(0x1000, measured: "t")], [tables(0x2000, measured: "u")], showsAll: true)
    #expect(all.differences[0].fieldTexts == ["address of EFI_ACPI_20_TABLE: 0x1000 -> 0x2000"])
  }

  /// Windows measures its boot counter, so the digest is another on every boot.
  @Test func aMeasuredCounterIsLeftOutOnlyWhileTheDigestsAreThoseOfTheData() throws {
    func counter(_ value: UInt64) -> MadeEvent {
      let inner = little(UInt32(0x0002_0002)) + little(UInt32(8)) + little(value)
      return MadeEvent(12, .eventTag, little(UInt32(0x4001_0001)) + little(UInt32(inner.count)) + inner)
    }
    let honest = try compared([counter(7)], [counter(8)])
    #expect(honest.isEmpty && honest.leftOut.map(\.content) == [.bootCounter])
    // The register's value is another all the same.
    #expect(honest.registers.map(\.register) == [12, 12])
    var stale = counter(8)
    stale.measured = counter(7).data
    let edited = try compared([counter(7)], [stale])
    #expect(edited.differences.map(\.fieldTexts) == [["TrustBoundary.BootCounter: 7 -> 8"]])
    #expect(edited.leftOut.isEmpty && edited.differences[0].digests.isEmpty)
    var other = counter(8)
    other.measured = [1, 2, 3]
    let foreign = try compared([counter(7)], [other])
    #expect(foreign.differences.count == 1 && foreign.differences[0].digests.count == 2)
  }

  @Test func aVariableIsVolatileByItsVendorNotByItsName() throws {
    let vendor: [UInt8] = [
      0x11, 0x40, 0x70, 0xeb, 0x02, 0x14, 0xd3, 0x11, 0x8e, 0x77, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b,
    ]
    func counter(_ value: UInt8, _ vendor: [UInt8]) -> MadeEvent {
      MadeEvent.variable("MTC", [value, 0, 0, 0], vendor: vendor)
    }
    #expect(try compared([counter(1, vendor)], [counter(2, vendor)]).isEmpty)
    #expect(try !compared([counter(1, MadeEvent.global)], [counter(2, MadeEvent.global)]).isEmpty)
  }

  @Test func addressesInAFurtherPathOfALoadOptionAreLeftOut() throws {
    func option(_ address: UInt64) -> MadeEvent {
      let end: [UInt8] = [0x7f, 0xff, 4, 0]
      let first: [UInt8] = [1, 5, 8, 0, 7, 0, 0, 0] + end
      let second: [UInt8] = [1, 3, 24, 0] + little(UInt32(11)) + little(address) + little(address) + end
      let content = little(UInt32(1)) + little(UInt16(first.count + second.count)) + [66, 0, 0, 0] + first + second
      return MadeEvent.variable("Boot0001", content, register: 1, type: .efiVariableBoot2)
    }
    let found = try compared([option(1)], [option(2)])
    #expect(found.isEmpty && found.leftOut.map(\.content) == [.firmwareAddress])
    var other = option(1)
    other.data[other.data.count - 24] = 12
    let changed = try compared([option(1)], [other])
    #expect(
      changed.differences.map(\.fieldTexts) == [
        ["Boot0001 path 2: MemoryMapped(0xb,0x1,0x1) -> MemoryMapped(0xc,0x1,0x1)"]
      ])
  }

  @Test func wordsOfACommandLineAreSaidOneByOne() throws {
    var new = boot
    new[5] = MadeEvent.grub("kernel_cmdline: ", "/vmlinuz root=/dev/sda1 ro init=/bin/sh")
    let difference = try #require(try compared(boot, new).differences.first)
    #expect(
      difference.fieldTexts == [
        "kernel command line: root=/dev/vda2 -> root=/dev/sda1", "kernel command line: quiet -> -",
        "kernel command line: - -> init=/bin/sh",
      ])
    #expect(difference.register == 8 && difference.old?.record == 5 && difference.meaning.isEmpty)
    new[5] = MadeEvent.grub("kernel_cmdline: ", "/vmlinuz ro root=/dev/vda2 quiet")
    #expect(
      try compared(boot, new).differences.first?.fieldTexts == [
        "kernel command line: /vmlinuz root=/dev/vda2 ro quiet -> /vmlinuz ro root=/dev/vda2 quiet"
      ])
    new[5] = MadeEvent.grub(
      "kernel_cmdline: ", "/vmlinuz root=/dev/vda2 ro quiet console=tty0 console=ttyS0 console=tty0")
    #expect(
      try compared(boot, new).differences.first?.fieldTexts
        == ["tty0", "ttyS0", "tty0"].map {
          "kernel command line: - -> console=\($0)"
        })
  }

  @Test func controlCharactersOfACommandLineAreShownEscaped() throws {
    func fields(_ text: String) throws -> [String] {
      var new = boot
      new[5] = MadeEvent.grub("kernel_cmdline: ", text)
      let differences = try compared(boot, new).differences
      #expect(differences.map(\.kind) == [.changed])
      return try #require(differences.first).fieldTexts
    }
    let old = "/vmlinuz root=/dev/vda2 ro quiet"
    // A blank of another kind is no word, and is not lost.
    #expect(
      try fields(old + "\ninit=/bin/sh") == [
        "kernel command line: - -> init=/bin/sh",
        "kernel command line: \(old) -> \(old)\\ninit=/bin/sh",
      ])
    #expect(try fields(old + "\n") == ["kernel command line: \(old) -> \(old)\\n"])
    #expect(try fields("/vmlinuz\troot=/dev/vda2 ro quiet").last?.contains("/vmlinuz\\troot=/dev/vda2") == true)
    // Bytes that are no text at all leave the line a command line.
    #expect(
      try fields(old + "\u{1}\u{1b}[31m") == [
        "kernel command line: quiet -> -", "kernel command line: - -> quiet\\x01\\x1b[31m",
      ])
    // A backslash before an n is none of them.
    #expect(
      try fields("/vmlinuz root=/dev\\new ro quiet") == [
        "kernel command line: root=/dev/vda2 -> root=/dev\\\\new"
      ])
  }

  @Test func textWithControlCharactersAndNoLabelIsShownEscaped() throws {
    let (old, new) = (MadeEvent(9, .ipl, "a file\u{1} of a loader"), MadeEvent(9, .ipl, "a file\u{2} of a loader"))
    let changed = try #require(try compared([old], [new]).differences.first)
    #expect(changed.fieldTexts == ["text: a file\\x01 of a loader -> a file\\x02 of a loader"])
    let gone = try #require(try compared([old], []).differences.first)
    #expect(gone.title == "EV_IPL a file\\x01 of a loader")
    let bytes = try #require(
      try compared([MadeEvent(9, .ipl, [1, 2, 3, 4])], [MadeEvent(9, .ipl, [1, 2, 3, 5])]).differences.first)
    #expect(bytes.fields.map(\.name) == ["data"])
  }

  @Test func aDifferenceInOneBankOnlyIsSaidSo() throws {
    var new = boot
    new[5].digests[.sha1] = [UInt8](repeating: 0xee, count: 20)
    let comparison = try compared(boot, new)
    #expect(comparison.differences.map(\.kind) == [.changed] && comparison.differences[0].fields.isEmpty)
    #expect(comparison.differences[0].digests.map(\.bank) == ["sha1"])
    #expect(
      comparison.differences[0].meaning
        == "only the digest in sha1 differs, the data are the same: in the second log a digest is not that of the data")
    #expect(comparison.registers.map(\.bank) == [.sha1])
  }

  @Test func aDifferenceInTheDataOnlyIsSaidSo() throws {
    var new = boot
    new[5].data = Array("kernel_cmdline: /vmlinuz root=/dev/vda2 ro noise".utf8) + [0]
    let difference = try #require(try compared(boot, new).differences.first)
    #expect(difference.digests.isEmpty)
    #expect(difference.meaning.contains("only the data differ, the digests are the same: in the second log"))
  }

  @Test func keysOfSecureBootAreSaidOneByOne() throws {
    let hashes: [UInt8] = [
      0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
    ]
    func list(_ digests: [UInt8]) -> [UInt8] {
      hashes + little(UInt32(28 + digests.count * 48)) + little(UInt32(0)) + little(UInt32(48))
        + digests.flatMap { MadeEvent.global + [UInt8](repeating: $0, count: 32) }
    }
    let old = MadeEvent.variable("dbx", list([1, 2, 3]))
    let difference = try #require(
      try compared([old], [MadeEvent.variable("dbx", list([1, 3, 4]))]).differences.first)
    func text(_ byte: String) -> String {
      "EFI_CERT_SHA256 \(String(repeating: byte, count: 32)), owner EFI_GLOBAL_VARIABLE"
    }
    #expect(difference.fieldTexts == ["dbx: \(text("02")) -> -", "dbx: - -> \(text("04"))"])
    // Another order of the same keys has no name of its own, and is not hidden.
    let turned = try compared([old], [MadeEvent.variable("dbx", list([3, 2, 1]))])
    #expect(turned.differences[0].fields.map(\.name) == ["data"])
    let unset = try compared([old], [MadeEvent.variable("dbx", [])])
    #expect(unset.differences[0].fields.map(\.name) == ["dbx", "dbx", "dbx"])
  }

  @Test func bootOptionsAreSaidByTheirParts() throws {
    func option(_ description: String) -> MadeEvent {
      let units: [UInt8] = description.utf16.flatMap { little($0) } + [0, 0]
      return .variable(
        "Boot0001", little(UInt32(1)) + little(UInt16(4)) + units + [0x7f, 0xff, 4, 0], register: 1,
        type: .efiVariableBoot2)
    }
    let order = MadeEvent.variable("BootOrder", [0, 0, 1, 0], register: 1, type: .efiVariableBoot2)
    let newOrder = MadeEvent.variable("BootOrder", [1, 0, 0, 0], register: 1, type: .efiVariableBoot2)
    let comparison = try compared([order, option("debian")], [newOrder, option("evil")])
    #expect(
      comparison.differences.map(\.fieldTexts) == [
        ["BootOrder: 0000, 0001 -> 0001, 0000"], ["Boot0001 description: debian -> evil"],
      ])
  }

  @Test(arguments: 0..<6)
  func anEventThatIsGoneOrAddedIsNamed(index: Int) throws {
    var shorter = boot
    shorter.remove(at: index)
    let gone = try compared(boot, shorter)
    #expect(gone.differences.map(\.kind) == [.gone] && gone.differences[0].old?.record == index)
    #expect(gone.differences[0].register == boot[index].register && gone.differences[0].new == nil)
    let added = try compared(shorter, boot)
    #expect(added.differences.map(\.kind) == [.added] && added.differences[0].new?.record == index)
    #expect(added.differences[0].title == gone.differences[0].title && !added.registers.isEmpty)
  }

  @Test func aMovedEventSaysWhetherItsRegisterDependsOnIt() throws {
    let others = (0..<4).map { MadeEvent(1, .efiAction, "configuration \($0)") }
    let action = MadeEvent(5, .efiAction, "Calling EFI Application from Boot Option")
    let across = try compared([action] + others, others + [action])
    #expect(across.differences.map(\.kind) == [.moved] && !across.differences[0].isReorderedInRegister)
    #expect(across.registers.isEmpty && !across.isEmpty)
    let within = try compared(others, [others[3], others[0], others[1], others[2]])
    #expect(within.differences.map(\.kind) == [.moved] && within.differences[0].isReorderedInRegister)
    #expect(within.differences[0].old?.record == 3 && within.differences[0].new?.record == 0)
    #expect(within.registers.map(\.register) == [1, 1])
    // Whichever of two is taken for moved, the other is passed by it.
    let pair = try compared([others[0], others[1]], [others[1], others[0]])
    #expect(pair.differences.map(\.isReorderedInRegister) == [true])
  }

  @Test func commandsOfGRUBArePairedByWhatTheyAreAbout() throws {
    func commands(_ texts: String...) -> [MadeEvent] { texts.map { MadeEvent.grub("grub_cmd: ", $0) } }
    let comparison = try compared(
      commands("insmod part_gpt", "set timeout=0", "set default=0", "linux /vmlinuz ro", "initrd /initrd.img"),
      commands("insmod part_msdos", "set default=1", "linux /vmlinuz ro single", "initrd /initrd.img"))
    #expect(comparison.differences.count { $0.kind == .gone } == 2)
    #expect(comparison.differences.count { $0.kind == .added } == 1 && comparison.differences.count == 5)
    #expect(
      comparison.differences.flatMap(\.fieldTexts) == [
        "GRUB command: default=0 -> default=1", "GRUB command: - -> single",
      ])
  }

  @Test func anotherPathOfTheSameProgramIsAChangeOfTheEventInItsPlace() throws {
    var new = boot
    new[2] = MadeEvent.image("\\EFI\\debian\\shimx64.efi", at: 0x7ce0_7018, measured: "shim")
    let comparison = try compared(boot, new)
    #expect(
      comparison.differences.map(\.fieldTexts) == [
        [#"path: File(\EFI\BOOT\BOOTX64.EFI) -> File(\EFI\debian\shimx64.efi)"#]
      ])
  }

  @Test func bytesThatNoPartShowsAreSaidAsBytes() throws {
    // The two spellings of one letter are equal texts in Swift.
    let old = MadeEvent(5, .efiAction, "caf\u{e9}")
    let new = MadeEvent(5, .efiAction, "cafe\u{301}")
    let comparison = try compared([old], [new])
    #expect(comparison.differences.count == 1)
    #expect(comparison.differences[0].fields.map(\.name) == ["data"])
    #expect(comparison.differences[0].fields[0].old == "5 bytes, c3a9 at byte 3")
  }

  @Test func banksThatOneLogLacksAreSaidOnceAndNotOfEveryEvent() throws {
    let single = boot.map { event in
      var event = event
      event.banks = [.sha256]
      return event
    }
    let old = try #require(parsedLog(logBytes(boot)))
    let new = try #require(parsedLog(logBytes(single, banks: [.sha256])))
    let comparison = compared(old, new)
    #expect(comparison.header == [FieldDifference(name: "banks", old: "sha1, sha256", new: "sha256")])
    #expect(comparison.differences.isEmpty && !comparison.isEmpty && comparison.hasCommonBank)
    var lacking = boot
    lacking[2].banks = [.sha256]
    let missing = try compared(boot, lacking)
    #expect(missing.differences.count == 1 && missing.differences[0].digests.map(\.bank) == ["sha1"])
    #expect(missing.differences[0].digests[0].new == nil)
  }

  @Test func noBitFlipIsHiddenButThoseOfLoadAddresses() throws {
    let bytes = logBytes(boot)
    let old = try #require(parsedLog(bytes))
    let addresses = old.events[2...3].map { $0.dataOffset..<$0.dataOffset + 8 }
    for place in bytes.indices {
      var flipped = bytes
      flipped[place] ^= 1 << UInt8(place % 8)
      guard let new = parsedLog(flipped) else { continue }
      let isHidden = compared(old, new).isEmpty
      let isAddress = addresses.contains { $0.contains(place) }
      #expect(isHidden == isAddress, "byte \(place)")
      #expect(compared(old, new, showsAll: true).isEmpty == false, "byte \(place)")
    }
  }

  @Test func aCutLogLacksTheEventsBehindTheCut() throws {
    let bytes = logBytes(boot)
    let old = try #require(parsedLog(bytes))
    for length in bytes.indices {
      guard let cut = parsedLog(Array(bytes.prefix(length))) else { continue }
      let comparison = compared(old, cut)
      #expect(comparison.differences.count == boot.count - cut.events.count)
      #expect(comparison.differences.allSatisfy { $0.kind == .gone })
    }
  }

  @Test func wholeUnlikeLogsAreComparedInBoundedTime() throws {
    let left = (0..<3000).map { MadeEvent(5, .efiAction, "left \($0)") }
    let right = (0..<3000).map { MadeEvent(5, .efiAction, "right \($0 % 3)") }
    let comparison = try compared(left, right)
    #expect(comparison.differences.count { $0.kind != .added } == 3000)
    let commands = (0..<3000).map { MadeEvent.grub("grub_cmd: ", $0 % 2 == 0 ? "set a" : "insmod b") }
    #expect(try compared(commands, commands.reversed()).counts.old == 3000)
  }
}
