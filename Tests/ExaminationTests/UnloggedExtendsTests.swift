import Appraisal
import BootStory
import ByteReading
import Digests
import EvidenceIntake
import Examination
import Replay
import SampleEvidence
import TestSupport
import Testing

/// A healthy host whose registers hold more than firmware's log says: nothing was altered, and something is missing.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "openssl is absent")) struct UnloggedExtendsTests {
  private let firmware = Array(0...7).flatMap { register in
    [
      MadeEvent(UInt32(register), .efiAction, Array("event of \(register)".utf8)),
      MadeEvent(UInt32(register), .separator, [0, 0, 0, 0]),
    ]
  }

  private func text(_ text: String, _ registers: [UInt32]) -> [MadeEvent] {
    registers.map { MadeEvent($0, .ipl, Array(text.utf8)) }
  }

  private func examined(_ log: [MadeEvent], held: RegisterValues) throws -> AttestationResult {
    let host = try SignedHost()
    try host.addLog(log, "c/log")
    try host.addQuote("c/q", held)
    return try host.examined()
  }

  private func mismatches(_ result: AttestationResult) -> [Finding] {
    result.findings.filter { $0.code == .logReplayMismatch }
  }

  /// systemd from version 261 on, whose own log was not archived.
  @Test func aSeparatorOfTheOperatingSystemBehindEveryRegisterIsMissingEvidence() throws {
    let held = SignedHost.values(firmware + text("os-separator", Array(0...7)))
    let result = try examined(firmware, held: held)
    #expect(mismatches(result).map(\.effect) == [.inconclusive])
    #expect(result.hosts.flatMap(\.boots).map(\.verdict) == [.inconclusive])
    let message = try #require(mismatches(result).first?.message)
    #expect(message.contains("PCR 0-7 with \"os-separator\" extended behind the last event"), "\(message)")
    #expect(message.contains("tpm2-measure.log"))
    // One word for all registers under "Why logs do not replay".
    let explanations = result.hosts.flatMap(\.boots).flatMap(\.explanations)
    #expect(explanations.count == 1)
    #expect(explanations.first?.intervalReason.hasPrefix("PCR 0-7, sha256:") == true)
    #expect(explanations.first?.conclusion == "PCR 0-7: \"os-separator\" was extended behind the last event")
    // Every event of the log is proven all the same.
    let stages = result.hosts.flatMap(\.boots).first?.story?.story.stages ?? []
    #expect(!stages.isEmpty && stages.allSatisfy { $0.provenCount == $0.extendedCount })
    let rows = result.hosts.flatMap(\.boots).flatMap(\.registers).filter { $0.index < 8 }
    #expect(rows.allSatisfy { $0.state == .mismatch && $0.meaning?.contains("\"os-separator\"") == true })
  }

  /// The only event of a register may be what is missing.
  @Test func aMissingSeparatorIsNamedWhereTheRegisterHasNoOtherEvent() throws {
    let lone = firmware.filter { $0.register != 3 } + [MadeEvent(3, .separator, [0, 0, 0, 0])]
    let result = try examined(lone.filter { $0.register != 3 }, held: SignedHost.values(lone))
    #expect(result.findings.filter { $0.code == .logMissing }.map(\.effect) == [.inconclusive])
    let explanations = result.hosts.flatMap(\.boots).flatMap(\.explanations)
    #expect(
      explanations.map(\.conclusion) == [
        "PCR 3: a separator 00000000 was extended into the register, of which the log has no event"
      ])
  }

  /// A whole log beside it shows what is missing, and makes the first no better.
  @Test(arguments: [false, true]) func aLogThatLacksARegisterDoesNotAgreeWhateverLiesBesideIt(hasOther: Bool) throws {
    let scratch = try ScratchCase()
    try scratch.write(madeEventLogBytes(firmware.filter { $0.register != 3 }), to: "log")
    try scratch.write(madeEventLogBytes(firmware), to: "whole")
    let values = SignedHost.values(firmware)
    let lines = values.registers(of: .sha256).map { "    \($0) : 0x\(hexText(values[.sha256, $0] ?? []))" }
    try scratch.write(Array(("  sha256:\n" + lines.joined(separator: "\n") + "\n").utf8), to: "values")
    let replayed = try withExtendedLifetime(scratch) {
      try replay(
        LogReplayRequest(
          log: FilePath(scratch.path + "/log"), against: FilePath(scratch.path + "/values"),
          beside: hasOther ? [FilePath(scratch.path + "/whole")] : []))
    }
    #expect(!replayed.agrees)
    #expect(replayed.unlogged.map(\.register) == [3])
    let run = "events 6 and 7 in \(scratch.path)/whole were extended into the register, of which the log has no event"
    let sentences = replayed.mismatches.flatMap(\.reproducing).flatMap { test -> [String] in
      if case .reproduces(let changes) = test.outcome { changes.map(\.sentence) } else { [] }
    }
    #expect(sentences == (hasOther ? [run] : []))
  }

  /// A copy that was not finished: what registers lack may be behind its end, but for those that their separator closed.
  @Test func aLogThatIsCutIsMissingEvidenceAndNamedAsTheCause() throws {
    let late = MadeEvent(4, .efiAction, Array("Calling EFI Application from Boot Option".utf8))
    let held = SignedHost.values(firmware + [late, MadeEvent(5, .efiAction, [1])])
    let whole = madeEventLogBytes(firmware + [late])
    for (bytes, effect) in [(whole, nil), (Array(whole.dropLast(3)), Effect.inconclusive)] {
      let host = try SignedHost()
      try host.scratch.write(bytes, to: "c/log")
      try host.addQuote("c/q", held)
      let result = try host.examined()
      #expect(mismatches(result).map(\.effect) == [effect ?? .untrusted])
      let conclusions = result.hosts.flatMap(\.boots).flatMap(\.explanations).compactMap(\.conclusion)
      #expect(conclusions.contains { $0.hasPrefix("The file ends inside event 16") } == (effect != nil))
    }
  }

  /// Nothing is missing of a register that is closed, wherever the file ends: by its separator, or by what loaders extended, or by the
  /// end of the boot services.
  @Test(arguments: [
    (0, false, false, Effect.untrusted), (1, false, false, .inconclusive), (0, true, false, .untrusted),
    (4, false, false, .inconclusive), (4, false, true, .untrusted),
  ]) func anEditIsNotHiddenBehindACut(register: Int, lacksSeparator: Bool, hasEnded: Bool, effect: Effect) throws {
    let loader = MadeEvent(8, .ipl, Array("loader".utf8))
    let end = MadeEvent(5, .efiAction, Array("Exit Boot Services Returned with Success".utf8))
    let late = MadeEvent(9, .ipl, Array("late".utf8))
    let held = SignedHost.values(firmware + [loader, end, late])
    var changed = firmware
    changed[2 * register] = MadeEvent(UInt32(register), .efiAction, Array("another event".utf8))
    if lacksSeparator {
      changed[2 * register + 1] = MadeEvent(UInt32(register), .efiAction, [1], measured: [2])
      changed += [loader]
    }
    let host = try SignedHost()
    try host.scratch.write(
      Array(madeEventLogBytes(changed + (hasEnded ? [loader, end] : []) + [late]).dropLast(3)), to: "c/log")
    try host.addQuote("c/q", held)
    #expect(try Set(mismatches(host.examined()).map(\.effect)) == [effect])
  }

  /// Firmware that a loader returned to closes its registers again before it starts the next: that may lie behind the end of a cut file,
  /// and every event before it is as it was extended.
  @Test(arguments: [(false, Effect.inconclusive), (true, .untrusted)])
  func aSecondStartBehindACutIsMissingEvidence(isEdited: Bool, effect: Effect) throws {
    let loader = MadeEvent(4, .ipl, Array("loader".utf8))
    let again = Array(0...7).map { MadeEvent(UInt32($0), .separator, [0, 0, 0, 0]) }
    let held = SignedHost.values(firmware + [loader] + again + [loader])
    var changed = firmware
    if isEdited { changed[12] = MadeEvent(6, .efiAction, Array("another event".utf8)) }
    let host = try SignedHost()
    try host.scratch.write(Array(madeEventLogBytes(changed + [loader, loader]).dropLast(3)), to: "c/log")
    try host.addQuote("c/q", held)
    #expect(try Set(mismatches(host.examined()).map(\.effect)) == [effect])
  }

  /// What was taken out of the middle is not behind the end: a separator that the register never had, or any once the boot services have
  /// ended.
  @Test(arguments: [true, false]) func aSeparatorThatIsTakenOutIsNotBehindACut(hasEnded: Bool) throws {
    let loader = MadeEvent(8, .ipl, Array("loader".utf8))
    let end = MadeEvent(5, .efiAction, Array("Exit Boot Services Returned with Success".utf8))
    let rest = hasEnded ? [loader, end, loader] : [loader, loader]
    let again = hasEnded ? [MadeEvent(6, .separator, [0, 0, 0, 0])] : []
    let host = try SignedHost()
    // The thirteenth and fourteenth event are those of PCR 6.
    let kept = hasEnded ? firmware : Array(firmware.prefix(13) + firmware.suffix(2))
    try host.scratch.write(Array(madeEventLogBytes(kept + rest).dropLast(3)), to: "c/log")
    try host.addQuote("c/q", SignedHost.values(firmware + again + rest))
    #expect(try Set(mismatches(host.examined()).map(\.effect)) == [.untrusted])
  }

  /// Firmware writes one log. Rules look at one at a time, so what is moved into another one is not trusted, though a quote proves both.
  @Test(arguments: [0, 4, 7]) func aLogOfRegistersThatTheFirmwaresLogLacksLeavesTheBootOpen(register: Int) throws {
    let host = try SignedHost()
    try host.addLog(firmware.filter { $0.register != UInt32(register) }, "c/log")
    try host.addLog(firmware.filter { $0.register == UInt32(register) }, "c/other")
    try host.addQuote("c/q", SignedHost.values(firmware))
    let result = try host.examined()
    #expect(result.findings.filter { $0.code == .timelineDiverged }.map(\.effect) == [.inconclusive])
    #expect(result.hosts.flatMap(\.boots).map(\.verdict) == [.inconclusive])
  }

  /// Firmware loads an image elsewhere on the next boot, and extends the same: no digest covers the address. What else differs under
  /// the same digest accuses as before, and so does an address that a digest covers.
  @Test(arguments: [(0, false, []), (8, false, [Effect.untrusted]), (0, true, [.untrusted])])
  func logsOfTwoBootsThatExtendTheSameContradictNothing(byte: Int, isCovered: Bool, effects: [Effect]) throws {
    let data = [UInt8](repeating: 1, count: 24) + [UInt8](repeating: 0, count: 8)
    var other = data
    other[byte] = 2
    let images = [data, other].map {
      MadeEvent(4, .efiBootServicesApplication, $0, measured: isCovered ? data : Array("image".utf8))
    }
    let host = try SignedHost()
    try host.addLog(firmware + [images[0]], "c/log")
    try host.addLog(firmware + [images[1]], "c/log-of-another-boot")
    try host.addQuote("c/q", SignedHost.values(firmware + [images[0]]))
    #expect(try host.examined().findings.filter { $0.code == .timelineDiverged }.map(\.effect) == effects)
  }

  /// A copy that was altered, and that ends earlier, differs from the genuine log in what was altered.
  @Test func aCopyThatEndsEarlierIsNoLogOfAnotherBoot() throws {
    let loaders = [4, 8, 9, 14, 4, 8, 9, 14].enumerated().map { MadeEvent(UInt32($1), .ipl, Array("\($0)".utf8)) }
    var altered = loaders
    altered[1] = MadeEvent(8, .ipl, Array("another".utf8))
    let host = try SignedHost()
    try host.addLog(firmware + loaders, "c/log")
    try host.addLog(firmware + altered.dropLast(4), "c/copy")
    try host.addQuote("c/q", SignedHost.values(firmware + loaders))
    let result = try host.examined()
    #expect(mismatches(result).map(\.effect) == [.untrusted])
    #expect(mismatches(result).allSatisfy { !$0.message.contains("another boot or machine") })
  }

  /// Registers without any event that hold nothing but what systemd extends say so.
  @Test func aRegisterWithoutALogThatSystemdAloneExtendedIsNamed() throws {
    var held = SignedHost.values(firmware + text("os-separator", [12, 13]) + text("other", [14]))
    held[.sha256, 9] = [UInt8](repeating: 0, count: 32)
    let found = try examined(firmware, held: held).findings.filter { $0.code == .logMissing }
    #expect(
      found.map(\.message) == [
        "PCR 12-14 of the sha256 bank are away from the reset value, and no log explains them. PCR 12, 13 have the value that \"os-separator\" of systemd gives alone."
      ])
  }

  @Test func phasesAndThePairAroundExitBootServicesAreKnown() throws {
    let held = SignedHost.values(
      firmware + text("Exit Boot Services Invocation", [5]) + text("Exit Boot Services Returned with Success", [5])
        + text("os-separator", [5]) + text("enter-initrd", [4]) + text("sysinit", [4]))
    let found = mismatches(try examined(firmware, held: held))
    #expect(found.map(\.effect) == [.inconclusive])
    #expect(found.first?.message.contains("PCR 4 with \"enter-initrd\", \"sysinit\" extended behind") == true)
    #expect(
      found.first?.message.contains(
        "PCR 5 with \"Exit Boot Services Invocation\", \"Exit Boot Services Returned with Success\", \"os-separator\"")
        == true)
  }

  @Test(arguments: [UInt8(3), 4]) func aStartFromAnotherLocalityIsNoAlteredEvent(locality: UInt8) throws {
    var held = SignedHost.values(firmware)
    held[.sha256, 0] = firmware.prefix(2).reduce([UInt8](repeating: 0, count: 31) + [locality]) { value, event in
      HashAlgorithm.sha256.digest(of: value + event.digest) ?? []
    }
    let found = mismatches(try examined(firmware, held: held))
    #expect(found.map(\.effect) == [.inconclusive])
    #expect(found.first?.message.contains("PCR 0 with a start of the TPM from locality \(locality)") == true)
    // Firmware alone is to be asked: no log of user space would say so.
    #expect(found.first?.message.contains("tpm2-measure.log") == false)
  }

  /// One register that the constants do not explain condemns the log, whatever they explain in others.
  @Test(arguments: [0, 4, 7]) func anAlteredEventIsStillFound(register: Int) throws {
    let held = SignedHost.values(firmware + text("os-separator", Array(0...7)))
    var altered = firmware
    altered[2 * register].data += [1]
    let result = try examined(altered, held: held)
    #expect(mismatches(result).map(\.effect) == [.untrusted])
    // Nothing of the register is proven, and the others are.
    let events = result.hosts.flatMap(\.boots).first?.story?.story.stages.flatMap(\.events) ?? []
    #expect(events.allSatisfy { $0.isProven == ($0.register != UInt32(register)) })
    var added = firmware
    added.append(MadeEvent(UInt32(register), .ipl, [7]))
    #expect(mismatches(try examined(added, held: held)).map(\.effect) == [.untrusted])
    #expect(
      mismatches(try examined(firmware.filter { $0.register != register || $0.type == .separator }, held: held))
        .map(\.effect) == [.untrusted])
  }

  /// Events put behind those of a register that fits a first part do not hide behind constants of the others.
  @Test func aRegisterThatFitsAFirstPartOnlyIsNoExplanation() throws {
    let held = SignedHost.values(firmware + text("os-separator", [4]))
    let log = firmware + text("never measured", [7])
    #expect(mismatches(try examined(log, held: held)).map(\.effect) == [.untrusted])
  }

  /// A copy of the log that was cut says less, and contradicts nothing.
  @Test func aShorterCopyBesideTheWholeLogContradictsNothing() throws {
    let host = try SignedHost()
    try host.addLog(firmware, "c/log")
    try host.addLog(Array(firmware.prefix(9)), "c/short")
    try host.addQuote("c/q", SignedHost.values(firmware))
    let result = try host.examined()
    #expect(mismatches(result).isEmpty)
    #expect(result.findings.filter { $0.effect != Effect.none }.map(\.code) == [.contentNotAssessed])
    #expect(result.allLogs.first { $0.file == "c/short" }?.matches.map(\.outcome) == [.endsBeforeQuote])
    // Alone it lacks what was extended.
    let alone = try examined(Array(firmware.prefix(9)), held: SignedHost.values(firmware))
    #expect(mismatches(alone).map(\.effect) == [.untrusted])
  }

  /// The log of user space explains what the firmware's lacks, and is told behind it.
  @Test func withTheLogOfUserSpaceAllIsProvenAndTold() throws {
    let host = try SignedHost()
    try host.addLog(firmware, "c/log")
    let records = text("os-separator", Array(0...7))
    let lines = records.map { record in
      """
      \u{1e}{"pcr":\(record.register),"digests":[{"hashAlg":"sha256","digest":"\(hexText(record.digest))"}],\
      "content_type":"systemd","content":{"string":"os-separator","eventType":"os-separator"}}

      """
    }
    try host.scratch.write(Array(lines.joined().utf8), to: "c/tpm2-measure.log")
    try host.addQuote("c/q", SignedHost.values(firmware + records))
    let result = try host.examined()
    #expect(mismatches(result).isEmpty)
    let boot = try #require(result.hosts.flatMap(\.boots).first)
    #expect(boot.story?.file == "c/log" && boot.userSpaceStory?.file == "c/tpm2-measure.log")
    let stages = boot.userSpaceStory?.story.stages ?? []
    #expect(stages.map(\.stage) == [.operatingSystem])
    #expect(stages.first?.facts.first?.value == "os-separator into PCR 0")
    #expect(stages.first?.facts.allSatisfy { $0.isProven && $0.binding == .bound } == true)
  }

  private func systemdLog(_ records: [MadeEvent]) -> [UInt8] {
    let lines = records.map { record in
      let text = String(decoding: record.data, as: UTF8.self)
      return """
        \u{1e}{"pcr":\(record.register),"digests":[{"hashAlg":"sha256","digest":"\(hexText(record.digest))"}],\
        "content_type":"systemd","content":{"string":"\(text)","eventType":"phase"}}

        """
    }
    return Array(lines.joined().utf8)
  }

  /// A log of user space beside the firmware's takes nothing away: what explains the one explains both.
  @Test func aStartFromAnotherLocalityIsNoAlteredEventWithALogOfUserSpaceEither() throws {
    let records = text("os-separator", Array(0...7)) + text("enter-initrd", [11])
    var held = SignedHost.values(firmware + records)
    let events = (firmware + records).filter { $0.register == 0 }
    held[.sha256, 0] = events.reduce([UInt8](repeating: 0, count: 31) + [3]) { value, event in
      HashAlgorithm.sha256.digest(of: value + event.digest) ?? []
    }
    let host = try SignedHost()
    try host.addLog(firmware, "c/log")
    try host.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
    try host.addQuote("c/q", held)
    let found = mismatches(try host.examined())
    #expect(found.map(\.effect) == [.inconclusive] && found.map(\.file) == ["c/log"])
    #expect(found.first?.message.contains("PCR 0 with a start of the TPM from locality 3") == true)
    // An altered event is no start from elsewhere.
    let other = try SignedHost()
    var altered = firmware
    altered[0].data += [1]
    try other.addLog(altered, "c/log")
    try other.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
    try other.addQuote("c/q", held)
    #expect(mismatches(try other.examined()).contains { $0.effect == .untrusted })
  }

  /// It was read before the last phase, or altered behind what it tells: phases are known.
  @Test func aLogOfUserSpaceThatWasReadTooEarlyIsMissingEvidence() throws {
    let records = text("os-separator", Array(0...7)) + text("enter-initrd", [11])
    for (more, effect) in [("ready", Effect.inconclusive), ("anything", .untrusted)] {
      let host = try SignedHost()
      try host.addLog(firmware, "c/log")
      try host.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
      try host.addQuote("c/q", SignedHost.values(firmware + records + text(more, [11])))
      let found = mismatches(try host.examined())
      #expect(found.contains { $0.file == "c/tpm2-measure.log" && $0.effect == effect }, "\(more)")
      #expect(found.allSatisfy { $0.effect == effect || $0.effect == .inconclusive })
    }
  }

  /// A record that extends nothing shifts the others: what they say is still held against the other copy.
  @Test(arguments: [0, 5]) func anAlteredCopyWithARecordMoreIsFound(place: Int) throws {
    let image = MadeEvent(4, .efiBootServicesApplication, [1], measured: [9])
    let host = try SignedHost()
    try host.addLog(firmware + [image], "c/log")
    var altered = image
    altered.data = [2]
    var copy = firmware + [altered]
    copy.insert(MadeEvent(0, .noAction, [0]), at: place)
    try host.addLog(copy, "c/copy")
    try host.addQuote("c/q", SignedHost.values(firmware + [image]))
    let found = try host.examined().findings.filter { $0.code == .timelineDiverged }
    #expect(found.map(\.effect) == [.untrusted])
    // The same record more, and nothing altered, contradicts nothing.
    let other = try SignedHost()
    try other.addLog(firmware + [image], "c/log")
    copy[copy.count - 1] = image
    try other.addLog(copy, "c/copy")
    try other.addQuote("c/q", SignedHost.values(firmware + [image]))
    #expect(try other.examined().findings.filter { $0.code == .timelineDiverged }.isEmpty)
  }

  /// What else is wrong is told apart from what systemd extended.
  @Test func onlyTheRegisterThatIsAlteredAccuses() throws {
    var altered = firmware
    altered[8].data += [1]
    let held = SignedHost.values(firmware + text("os-separator", Array(0...7)))
    let message = try mismatches(examined(altered, held: held)).first?.message ?? ""
    #expect(message.contains("gives the value of PCR 4 in the sha256 bank"))
    #expect(message.hasSuffix("PCR 0-3, 5-7 are explained by what systemd or firmware extends without this log."))
  }

  /// What firmware's log lacks and what of the log of user space a quote had not seen yet, or had seen already, are told apart.
  @Test(arguments: [0, 3, 8, 9, 10]) func anEndThatIsNotLoggedAndAnotherMomentAreNoAlteredEvent(count: Int) throws {
    let end = text("Exit Boot Services Invocation", [5]) + text("Exit Boot Services Returned with Success", [5])
    let records = text("os-separator", Array(0...7)) + text("enter-initrd", [11])
    let host = try SignedHost()
    try host.addLog(firmware, "c/log")
    try host.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
    let further = records.prefix(count) + (count > records.count ? text("ready", [11]) : [])
    var held = SignedHost.values(firmware + end + further)
    held[.sha256, 11] = held[.sha256, 11] ?? [UInt8](repeating: 0, count: 32)
    try host.addQuote("c/q", held)
    let found = mismatches(try host.examined())
    #expect(!found.isEmpty && found.allSatisfy { $0.effect == .inconclusive }, "\(found.map(\.message))")
    #expect(
      found.first { $0.file == "c/log" }?.message.contains("PCR 5 with \"Exit Boot Services Invocation\"") == true)
    // The same with an altered event of firmware is none of it.
    let other = try SignedHost()
    var altered = firmware
    altered[8].data += [1]
    try other.addLog(altered, "c/log")
    try other.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
    try other.addQuote("c/q", held)
    #expect(mismatches(try other.examined()).contains { $0.effect == .untrusted })
  }

  /// A digest of a register that no quote covers is anybody's: changed in a copy, it hides no other change of the copy.
  @Test func aCopyIsNotExcusedByAnotherChange() throws {
    let image = MadeEvent(4, .efiBootServicesApplication, [1], measured: [9])
    let unquoted = MadeEvent(9, .ipl, [3])
    let host = try SignedHost()
    try host.addLog(firmware + [image, unquoted], "c/log")
    try host.addLog(
      firmware + [MadeEvent(4, .efiBootServicesApplication, [2], measured: [9]), MadeEvent(9, .ipl, [4])], "c/copy")
    try host.addQuote("c/q", SignedHost.values(firmware + [image]))
    #expect(try host.examined().findings.filter { $0.code == .timelineDiverged }.map(\.effect) == [.untrusted])
  }

  /// Two logs that quotes agree with, and that say different things of a register that is not quoted.
  @Test func copiesThatDifferWhereNoQuoteTellsLeaveTheBootOpen() throws {
    for other in [[MadeEvent(9, .ipl, [4])], [], [MadeEvent(9, .ipl, [3]), MadeEvent(9, .ipl, [4])]] {
      let host = try SignedHost()
      try host.addLog([MadeEvent(9, .ipl, [3])] + firmware, "c/log")
      try host.addLog(other + firmware, "c/copy")
      try host.addQuote("c/q", SignedHost.values(firmware))
      let result = try host.examined()
      let found = result.findings.filter { $0.code == .timelineDiverged }
      #expect(found.map(\.effect) == [.inconclusive], "\(other.count)")
      #expect(found.first?.message.contains("in what no quote covers") == true)
    }
    // The order between registers is nobody's word.
    let host = try SignedHost()
    try host.addLog([MadeEvent(9, .ipl, [3])] + firmware, "c/log")
    try host.addLog(firmware + [MadeEvent(9, .ipl, [3])], "c/copy")
    try host.addQuote("c/q", SignedHost.values(firmware))
    #expect(try host.examined().findings.filter { $0.code == .timelineDiverged } == [])
  }

  /// Checks of firmware's events do not see what was moved into a log of user space, whatever it is called there.
  @Test(arguments: [UInt32(0), 4, 7, 8, 9, 14]) func anEventOfFirmwareInALogOfUserSpaceIsNamed(register: UInt32) throws
  {
    let marks = text("os-separator", Array(0...7))
    for (moved, isFound) in [(text("init=/bin/sh", [register]), true), (text("os-separator", [register]), false)] {
      let host = try SignedHost()
      try host.addLog(firmware, "c/log")
      try host.scratch.write(systemdLog(marks + moved), to: "c/tpm2-measure.log")
      try host.addQuote("c/q", SignedHost.values(firmware + marks + moved))
      let found = try host.examined().findings.filter { $0.code == .eventForeignRegister }
      #expect(found.map(\.record) == (isFound ? [marks.count] : []))
      #expect(found.allSatisfy { $0.effect == .inconclusive && $0.message.contains("for PCR \(register),") })
    }
  }

  /// The boot stub's events are told by what they are; in a log of user space a text that is not shown whole is none that was told.
  @Test func whatALogOfUserSpaceDoesNotShowOfTheStubsRegistersIsNamed() throws {
    let hidden = MadeEvent(12, .ipl, Array("init=/bin/sh".utf8))
    for (records, isFound) in [([hidden], true), (text("imported", [12]) + text("enter-initrd", [11]), false)] {
      let host = try SignedHost()
      try host.addLog(firmware, "c/log")
      let log = systemdLog(records)
      let told = String(decoding: log, as: UTF8.self).replacing("\"string\":\"init=/bin/sh\"", with: "\"string\":\"x\"")
      try host.scratch.write(told, to: "c/tpm2-measure.log")
      try host.addQuote("c/q", SignedHost.values(firmware + records))
      let found = try host.examined().findings.filter { $0.code == .eventForeignRegister }
      #expect(found.map(\.effect) == (isFound ? [Effect.none] : []))
      #expect(found.allSatisfy { $0.message.contains("for PCR 12, and their digests are of nothing") })
    }
  }

  /// A file of a boot loader that begins like a mark is none.
  @Test func aFileThatBeginsLikeAMarkIsNone() throws {
    for (name, isFound) in [("nvpcr-init:a:0x1", false), ("nvpcr-x=1 init=/bin/sh", true), ("other", true)] {
      let host = try SignedHost()
      try host.addLog(firmware, "c/log")
      try host.scratch.write(systemdLog(text(name, [9])), to: "c/tpm2-measure.log")
      try host.addQuote("c/q", SignedHost.values(firmware + text(name, [9])))
      let found = try host.examined().findings.filter { $0.code == .eventForeignRegister }
      #expect(found.map(\.effect) == (isFound ? [.inconclusive] : []), "\(name)")
    }
  }

  /// The digest of a quote proves what its values would: the firmware's events below what user space extended, and copies of the log.
  @Test(arguments: [true, false]) func aDigestProvesTheFirmwareBelowALogOfUserSpace(hasValues: Bool) throws {
    let records = text("os-separator", Array(0...7)) + text("enter-initrd", [11])
    let host = try SignedHost()
    try host.addLog(firmware, "c/log")
    try host.addLog(Array(firmware.prefix(9)), "c/short")
    try host.addLog(firmware + [MadeEvent(0, .noAction, [1])], "c/copy")
    try host.scratch.write(systemdLog(records), to: "c/tpm2-measure.log")
    try host.addQuote("c/q", SignedHost.values(firmware + records), hasValues: hasValues)
    let result = try host.examined()
    #expect(result.findings.filter { $0.effect != Effect.none }.map(\.code) == [.contentNotAssessed])
    let stages = result.hosts.flatMap(\.boots).first?.story?.story.stages ?? []
    #expect(!stages.isEmpty && stages.allSatisfy { $0.provenCount == $0.extendedCount })
  }

  /// A loader may call ExitBootServices again, after a failure or once more; a capped bank goes on with the firmware's last events.
  @Test(arguments: ["Failure", "Success"]) func aRetriedEndOfTheBootServicesIsMissingEvidence(first: String) throws {
    let texts = ["Invocation", "Returned with " + first, "Invocation", "Returned with Success"]
    let ends = texts.map { MadeEvent(5, .efiAction, Array("Exit Boot Services \($0)".utf8)) }
    let result = try examined(firmware, held: SignedHost.values(firmware + ends))
    #expect(mismatches(result).map(\.effect) == [.inconclusive])
    var capped = SignedHost.values(firmware)
    for register in 0...7 {
      let value = try #require(capped[.sha256, register])
      capped[.sha256, register] = HashAlgorithm.sha256.extend(value, with: [UInt8](repeating: 0, count: 32))
    }
    for end in ends.suffix(2) {
      let value = try #require(capped[.sha256, 5])
      capped[.sha256, 5] = HashAlgorithm.sha256.extend(value, with: end.digest)
    }
    let goingOn = try examined(firmware, held: capped)
    #expect(mismatches(goingOn).map(\.effect) == [.inconclusive])
    #expect(mismatches(goingOn).first?.message.contains("a digest of zeros") == true)
  }

  /// Events that were written twice: every register has held what is quoted, and never all of them at once.
  @Test func eventsThatTheLogHasTwiceAreNamed() throws {
    let (a, b) = (MadeEvent(4, .ipl, Array("a".utf8)), MadeEvent(6, .ipl, Array("b".utf8)))
    let end = MadeEvent(5, .efiAction, Array("end".utf8))
    let result = try examined(firmware + [a, b, a, b, end], held: SignedHost.values(firmware + [a, b, end]))
    #expect(mismatches(result).map(\.effect) == [.untrusted])
    let told = result.hosts.flatMap(\.boots).flatMap(\.explanations).compactMap(\.conclusion)
    #expect(
      told == [
        "PCR 4: the TPM never saw event 16 Or: the TPM never saw event 18",
        "PCR 6: the TPM never saw event 17 Or: the TPM never saw event 19",
      ])
  }

  /// Windows keeps the logs of many starts side by side, each with a number of its start; one without stays a contradiction.
  @Test(arguments: [true, false]) func logsOfOtherStartsOfWindowsAreOfOtherBoots(isCounted: Bool) throws {
    let host = try SignedHost()
    let log = { (number: UInt8) in
      let tag: [UInt8] = [2, 0, 2, 0, 8, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0]
      return firmware + [MadeEvent(4, .ipl, isCounted ? Array("manager \(number / 2)".utf8) : [number])]
        + [MadeEvent(12, .eventTag, isCounted ? tag : tag.dropLast(8) + [9, 0, 0, 0, 0, 0, 0, 0])]
    }
    for number in [3, 4, 5] as [UInt8] { try host.addLog(log(number), "MeasuredBoot/\(number).log") }
    try host.addQuote("q", SignedHost.values(log(5)))
    let effects = Set(mismatches(try host.examined()).map(\.effect))
    #expect(effects == (isCounted ? [.inconclusive] : [.untrusted]))
  }
}
