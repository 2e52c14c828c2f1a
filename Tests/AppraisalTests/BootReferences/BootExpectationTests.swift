import ByteReading
import ConciseManifests
import Digests
import Hashing
import ReferenceManifests
import ReferenceStore
import SampleEvidence
import TCGEventLog
import TestSupport
import Testing

@testable import Appraisal

private func value(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

private func manifest(_ item: HandmadeCBOR) throws -> ConciseManifest {
  try #require(ConciseManifest.parse(item.encoded, file: "x.corim")).value
}

/// A store that holds these documents, none of them signed.
private func store(_ scratch: ScratchCase, _ documents: [HandmadeCBOR]) throws -> ReferenceStore {
  let path = scratch.path + "/a.store"
  let writer = try StoreWriter(file: path)
  for (index, document) in documents.enumerated() {
    let bytes = document.encoded
    let source = ReferenceSource(
      kind: .conciseManifest, path: "\(index).corim", byteCount: bytes.count,
      sha256: try #require(HashAlgorithm.sha256.digest(of: bytes)), distribution: "Lab Board")
    try writer.add([ManifestReading(source: source, bootReference: bytes)])
  }
  _ = try writer.finish()
  return try ReferenceStore(file: path)
}

private func observed(_ values: [Int: [UInt8]]) -> RegisterValues {
  var registers = RegisterValues()
  for (register, value) in values { registers[.sha256, register] = value }
  return registers
}

private func appraised(
  _ documents: [HandmadeCBOR], _ values: [Int: [UInt8]], policy: Policy = Policy()
) throws -> AttestationResult.BootReference? { try all(documents, values, policy: policy).first }

private func all(
  _ documents: [HandmadeCBOR], _ values: [Int: [UInt8]], policy: Policy = Policy()
) throws -> [AttestationResult.BootReference] {
  let scratch = try ScratchCase()
  return try BootReferenceAppraiser(stores: [try store(scratch, documents)], policy: policy).appraise(observed(values))
}

@Test func aManifestNamesRegistersAndEvents() throws {
  let item = HandmadeCBOR.manifest(measurements: [
    .registers([0: value(1), "PCR 0": value(2), "pcr7": value(3), "mine": value(4), 99: value(5)]),
    [0: "PCR 4", 1: [2: [[1, .bytes(value(6))]]]],
    [0: "PCR 4 EV_EFI_BOOT_SERVICES_APPLICATION", 1: [2: [[1, .bytes(value(7))]]]],
    [1: [11: "pcr2: EV_EFI_BOOT_SERVICES_DRIVER", 2: [[1, .bytes(value(8))]]]],
    [0: "EV_SEPARATOR", 1: [2: [[1, .bytes(value(9))]]]], [0: "PCR 4 EV_x()", 1: [2: [[1, .bytes(value(9))]]]],
    [0: 4, 1: [2: [[1, .bytes(value(9))]]]],
  ])
  let expectation = BootExpectation(try manifest(item))
  let places = [0, 4, 7].map { BootExpectation.Place(bank: .sha256, register: $0) }
  #expect(expectation.values.keys.sorted() == places)
  #expect(places.map { expectation.values[$0] } == [[value(1), value(2)], [value(6)], [value(3)]])
  #expect(expectation.events.map(\.register) == [4, 2])
  #expect(expectation.events.map(\.type) == [.efiBootServicesApplication, .efiBootServicesDriver])
  #expect(expectation.events.map { $0.digest(in: .sha256) } == [value(7), value(8)])
  #expect(expectation.registers == [2, 4])
}

/// Registers of other technologies have numbers of their own.
@Test func aProfileOfAnotherTechnologyNamesNoPCRs() throws {
  let module: HandmadeCBOR = [1: [0: "m"], 4: [0: [[[0: [1: "x"]], [.registers([0: value(1)])]]]]]
  let parts: HandmadeCBOR = [.tag(506, .bytes(module.encoded))]
  let oid: HandmadeCBOR = .tag(111, .bytes([0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x4d, 0x01, 0x10, 0x01]))
  for (profile, count) in [(oid, 0), ("tag:arm.com,2025:cca_realm#1.0.0", 0), ("https://acme.example/pc", 1)] {
    let found = try manifest(.tag(501, [0: "x", 1: parts, 3: profile]))
    #expect(BootExpectation(found).values.count == count, "\(found.profile)")
  }
}

@Test func quotedRegistersAreHeldAgainstTheManifest() throws {
  let document = HandmadeCBOR.manifest(measurements: [.registers([0: value(1), 2: value(2), 7: value(3)])])
  let reference = try #require(try appraised([document], [0: value(1), 7: value(9), 10: value(4)]))
  #expect(reference.scope == .registers)
  #expect(!reference.isSigned)
  #expect(reference.known == 1)
  // PCR 2 is not quoted: nothing is said of it.
  #expect(reference.registers.map(\.index) == [0, 7])
  #expect(reference.differing.map(\.index) == [7])
  let findings = BootReferenceRule().appraise(registers: [reference], quote: "quote.bin")
  #expect(findings.map(\.code) == [.referenceUnsigned, .bootChanged, .bootRegistersKnown])
  #expect(findings.map(\.effect) == [.none, .inconclusive, .none])
  #expect(findings.map(\.severity) == [.warning, .warning, .notice])
  #expect(
    findings[1].message
      == "What booted differs from the manifest without a verified signature 0.corim (Lab Board): PCR 7 (sha256) is quoted as \(hexText(value(9))), and the reference is \(hexText(value(3)))."
  )
  #expect(findings[2].message.hasPrefix("PCR 0 has the value of the manifest without"))
}

@Test func ofSeveralManifestsThatOfThisMachineIsTaken() throws {
  let (first, second) = (
    HandmadeCBOR.manifest(measurements: [.registers([0: value(1), 2: value(2)])]),
    HandmadeCBOR.manifest(measurements: [.registers([0: value(8), 2: value(9)])])
  )
  #expect(try appraised([first, second], [0: value(8), 2: value(1)])?.registers.map(\.isReference) == [true, false])
  #expect(try appraised([first, second], [0: value(7), 2: value(7)]) == nil)
  #expect(BootReferenceRule().appraise(registers: [], quote: "q").map(\.code) == [.bootReferenceMissing])
  // The only one is what this machine should have been.
  #expect(try appraised([first], [0: value(7), 2: value(7)])?.differing.count == 2)
  // None of its registers is quoted.
  #expect(try appraised([first], [4: value(7)]) == nil)
}

/// A manifest of the loader that differs is not silenced by one of the firmware that agrees.
@Test func aManifestOfOtherRegistersAccusesBesideOneThatAgrees() throws {
  let firmware = HandmadeCBOR.manifest(measurements: [.registers([0: value(8), 2: value(9)])])
  let loader = HandmadeCBOR.manifest(measurements: [.registers([4: value(1)])])
  let found = try all([firmware, loader], [0: value(8), 2: value(9), 4: value(7)])
  #expect(found.map { $0.registers.map(\.isReference) } == [[true, true], [false]])
}

/// A register that measured nothing, or a separator only, is the same everywhere.
@Test func whatEveryMachineHasTellsNoneApart() throws {
  let separator = try #require(
    HashAlgorithm.sha256.digest(of: value(0) + HashAlgorithm.sha256.digest(of: [0, 0, 0, 0])!))
  let documents = [UInt8(1), 2].map { byte in
    HandmadeCBOR.manifest(measurements: [.registers([0: value(byte), 2: separator, 16: value(0)])])
  }
  #expect(try appraised(documents, [0: value(7), 2: separator, 16: value(0)]) == nil)
}

@Test func aPolicyThatAsksForSignaturesTakesNoUnsignedManifest() throws {
  var policy = Policy()
  policy.requiresSignedReferences = true
  let document = HandmadeCBOR.manifest(measurements: [.registers([0: value(1)])])
  #expect(try appraised([document], [0: value(1)], policy: policy) == nil)
}

/// The maker of the board and that of the boot loader each speak of their own registers.
@Test func manifestsOfOtherRegistersAreHeldBesideTheBestOne() throws {
  let board = HandmadeCBOR.manifest(measurements: [.registers([0: value(1), 2: value(2)])])
  let otherBoard = HandmadeCBOR.manifest(measurements: [.registers([0: value(1), 2: value(9)])])
  let loader = HandmadeCBOR.manifest(measurements: [.registers([4: value(4), 8: value(5)])])
  let found = try all([loader, otherBoard, board], [0: value(1), 2: value(2), 4: value(4), 8: value(7)])
  #expect(found.map { $0.registers.map(\.index) } == [[0, 2], [4, 8]])
  #expect(found.map { $0.differing.map(\.index) } == [[], [8]])
}

/// One shared register that agrees does not take the rest of a manifest's word away; one that differs tells that it is for another
/// version.
@Test func ofAManifestThatSharesRegistersTheRestIsHeld() throws {
  let board = HandmadeCBOR.manifest(measurements: [.registers([0: value(1), 2: value(2)])])
  let loader = HandmadeCBOR.manifest(measurements: [.registers([2: value(2), 4: value(4)])])
  let otherVersion = HandmadeCBOR.manifest(measurements: [.registers([2: value(3), 7: value(7)])])
  let found = try all([board, loader, otherVersion], [0: value(1), 2: value(2), 4: value(9), 7: value(6)])
  #expect(found.map { $0.registers.map(\.index) } == [[0, 2], [4]])
  #expect(found.map { $0.differing.map(\.index) } == [[], [4]])
}

/// What was booted on firmware that is as its maker says is held against the manifest of loaders, though not one event is in it.
@Test func eventsOfLoadersAccuseBesideFirmwareThatAgrees() throws {
  func event(_ register: Int, _ byte: UInt8) -> HandmadeCBOR {
    [
      0: .text("PCR \(register) EV_EFI_BOOT_SERVICES_APPLICATION"),
      1: [2: [[1, .bytes(HashAlgorithm.sha256.digest(of: [byte]) ?? [])]]],
    ]
  }
  let firmware = HandmadeCBOR.manifest(measurements: [event(0, 1)])
  let otherFirmware = HandmadeCBOR.manifest(measurements: [event(0, 9), event(7, 9)])
  let loaders = HandmadeCBOR.manifest(measurements: [event(4, 2), event(4, 3)])
  let log = try #require(
    madeEventLog([
      MadeEvent(0, .efiPlatformFirmwareBlob, [1]), MadeEvent(4, .efiBootServicesApplication, [7]),
      MadeEvent(7, .separator, [0, 0, 0, 0]),
    ])
  ).log
  let proof = ProvenEvents([.init(bank: .sha256, registers: [0, 4, 7], count: 3)])
  func found(_ documents: [HandmadeCBOR]) throws -> [AttestationResult.BootReference] {
    let scratch = try ScratchCase()
    return try BootReferenceAppraiser(stores: [try store(scratch, documents)], policy: Policy())
      .appraise([.init(file: "log", log: log, proof: proof)])
  }
  let both = try found([otherFirmware, loaders, firmware])
  #expect(both.map(\.name) == ["2.corim", "1.corim"])
  #expect(both.map(\.known) == [1, 0])
  #expect(both.map { $0.unknown.map(\.index) } == [[], [1]])
  #expect(both.map(\.missing.count) == [0, 2])
  // Where nothing at all is of this machine, its own manifest is missing.
  #expect(try found([otherFirmware, loaders]) == [])
}

/// A listing of registers is a reference only where a manifest names it by its digest.
@Test func registerValuesWithoutAManifestAreNotUsed() throws {
  let listing = Array("sha256:\n  0 : 0x\(hexText(value(1)))\n".utf8)
  let sha256 = try #require(HashAlgorithm.sha256.digest(of: listing))
  let values = ManifestReading(
    source: ReferenceSource(kind: .registerValues, path: "a.rimpcr", byteCount: listing.count, sha256: sha256),
    bootReference: listing)
  let manifest = ManifestReading(
    source: ReferenceSource(kind: .baseRIM, path: "a.swidtag", byteCount: 1, sha256: value(7)),
    packages: [
      ReferencePackage(
        format: .list, name: "a", version: "1",
        files: [ReferenceFile(path: Array("/a".utf8), digests: [ReferenceDigest(.sha256, sha256, origin: .list)])])
    ])
  for (readings, count) in [([values], 0), ([values, manifest], 1)] {
    let scratch = try ScratchCase()
    let writer = try StoreWriter(file: scratch.path + "/a.store")
    try writer.add(readings)
    _ = try writer.finish()
    let appraiser = try BootReferenceAppraiser(
      stores: [try ReferenceStore(file: scratch.path + "/a.store")], policy: Policy())
    #expect(appraiser.appraise(observed([0: value(1)])).count == count)
    #expect(appraiser.isEmpty == (count == 0))
  }
}

/// A baseline of three events, as a store keeps it.
private func baseline(_ scratch: ScratchCase, _ events: [MadeEvent], kind: ReferenceSource.Kind = .eventLogBaseline)
  throws -> BootReferenceAppraiser
{
  let bytes = madeEventLogBytes(events)
  let writer = try StoreWriter(file: scratch.path + "/b.store")
  try writer.add([
    ManifestReading(
      source: ReferenceSource(
        kind: kind, path: "good", byteCount: bytes.count, sha256: try #require(HashAlgorithm.sha256.digest(of: bytes))),
      bootReference: bytes)
  ])
  _ = try writer.finish()
  return try BootReferenceAppraiser(
    stores: [try ReferenceStore(file: scratch.path + "/b.store")], policy: Policy())
}

@Suite struct LogsBesideABaselineTests {
  private let firmware = MadeEvent(0, .efiPlatformFirmwareBlob, [1])
  private let loader = MadeEvent(4, .efiBootServicesApplication, [2])
  private let evil = MadeEvent(4, .efiBootServicesApplication, [66])

  private func proven(
    _ file: String, _ events: [MadeEvent], registers: Set<Int>
  ) throws -> BootReferenceAppraiser.ProvenLog {
    .init(
      file: file, log: try #require(madeEventLog(events)).log,
      proof: ProvenEvents([.init(bank: .sha256, registers: registers, count: events.count)]))
  }

  /// Each part of a log that is split proves its own registers.
  @Test func aLogInTwoPartsIsComparedWhole() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    let first = try proven("first", [firmware], registers: [0])
    let good = appraiser.appraise([first, try proven("second", [loader], registers: [4])])
    #expect(good.map(\.known) == [2])
    #expect(good.map(\.elsewhere) == [[]] && good.map(\.missing) == [[]])
    let bad = appraiser.appraise([first, try proven("second", [loader, evil], registers: [4])])
    #expect(bad.first?.elsewhere.map(\.file) == ["second"])
    let findings = BootReferenceRule().appraise(bad, file: "first")
    #expect(findings.map(\.code) == [.bootChanged] && findings.map(\.file) == ["second"])
    #expect(findings.map(\.effect) == [.inconclusive])
  }

  /// Whatever the log of user space calls it: an event that was moved there is in no baseline. systemd's own marks are none.
  @Test func anEventThatWasMovedIntoALogOfUserSpaceIsFound() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    // The firmware's log has nothing of the other registers, so no quote proves anything of it there.
    let own = try proven("log", [firmware, loader], registers: [0, 4])
    for register in [UInt32(0), 4, 11, 12, 13] {
      for (measured, isFound) in [("init=/bin/sh", true), ("os-separator", false)] {
        var further = try proven(
          "further", [MadeEvent(register, .ipl, Array(measured.utf8))], registers: [Int(register)])
        further.log.format = .canonicalJSONSequence
        #expect(further.log.followsFirmware)
        let findings = BootReferenceRule().appraise(appraiser.appraise([own, further]), file: "log")
        #expect(findings.map(\.file) == (isFound ? ["further"] : []), "PCR \(register), \(measured)")
      }
    }
  }

  /// A copy of the log in another form is the same boot.
  @Test func aLogThatIsThereTwiceIsKnownTwice() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    let logs = try ["one", "two"].map { try proven($0, [firmware, loader], registers: [0, 4]) }
    let found = appraiser.appraise(logs)
    #expect(found.map(\.known) == [2])
    #expect(found.first?.matched == ["one": [0, 1], "two": [0, 1]])
    #expect(BootReferenceRule().appraise(found, file: "one") == [])
  }

  /// A quote of a register at its reset value shows that what the baseline measured did not happen.
  @Test func aRegisterThatMeasuredNothingLacksWhatTheBaselineHas() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    let quoted = appraiser.appraise([try proven("log", [firmware], registers: [0, 4])])
    #expect(quoted.map(\.missing.count) == [1])
    // Where no quote covers it nothing is said but that.
    let open = appraiser.appraise([try proven("log", [firmware], registers: [0])])
    #expect(open.map(\.missing.count) == [0] && open.map(\.notCompared) == [[4]])
  }

  /// What is proven in a bank that the baseline lacks is not compared, and that is said of each register.
  @Test func aBankThatTheBaselineLacksIsNotCompared() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    var log = try #require(madeEventLog([firmware, loader])).log
    log.banks = [.sha256, .sha1]
    let sha1 = ProvenEvents([.init(bank: .sha1, registers: [0, 4], count: 2)])
    let found = appraiser.appraise([.init(file: "log", log: log, proof: sha1)])
    #expect(found.isEmpty && appraiser.hasBaseline)
    let findings = BootReferenceRule().appraise(found, file: "log", hasBaseline: appraiser.hasBaseline)
    #expect(findings.map(\.code) == [.bootReferenceMissing] && findings.map(\.effect) == [.inconclusive])
    // Of manifests for other machines nothing follows.
    #expect(BootReferenceRule().appraise([], file: "log").map(\.effect) == [Effect.none])
  }

  /// The machine itself chooses what it quotes: what of a baseline was not compared leaves the boot undecided.
  @Test(arguments: [UInt32(0), 4]) func aNarrowQuoteLeavesABaselineOpen(register: UInt32) throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    let found = appraiser.appraise([try proven("log", [firmware, loader], registers: [Int(register)])])
    #expect(found.map(\.notCompared) == [[4 - register]])
    let findings = BootReferenceRule().appraise(found, file: "log", hasBaseline: true)
    #expect(findings.map(\.code) == [.bootReferenceMissing] && findings.map(\.effect) == [.inconclusive])
    #expect(findings.first?.message.contains("events of PCR \(4 - register), and no quote") == true)
  }

  @Test func aBootWithoutAProvenLogIsNotHeldAgainstAnythingAndSaysSo() {
    let rule = BootReferenceRule()
    #expect(rule.appraiseWithoutProof(file: "log", hasBaseline: true).map(\.effect) == [.inconclusive])
    let other = rule.appraiseWithoutProof(file: "log", hasBaseline: false)
    #expect(other.map(\.code) == [.bootReferenceMissing] && other.map(\.effect) == [Effect.none])
  }

  /// The only baseline is what the machine should have been, even where nothing is left of it.
  @Test func theOnlyBaselineAccuses() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader])
    let other = MadeEvent(0, .efiPlatformFirmwareBlob, [9])
    let found = appraiser.appraise([try proven("log", [other, evil], registers: [0, 4])])
    #expect(found.map(\.unknown.count) == [2] && found.map(\.missing.count) == [2])
  }

  /// A Support RIM that its manifest does not name by its digest was changed, or is anybody's.
  @Test func aSupportRIMThatNoManifestNamesIsNotUsedAndThatIsSaid() throws {
    let appraiser = try baseline(try ScratchCase(), [firmware, loader], kind: .eventLog)
    #expect(appraiser.isEmpty && appraiser.notCounted == 1)
    #expect(BootReferenceRule().appraise(notCounted: appraiser).map(\.code) == [.bootReferenceMissing])
  }
}
