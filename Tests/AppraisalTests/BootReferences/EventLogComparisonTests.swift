import Digests
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

private let version = MadeEvent(0, .sCRTMVersion, [1, 0, 2, 0])
private let code = MadeEvent(0, .efiPlatformFirmwareBlob, [1], measured: [7])
private let order = MadeEvent(1, .efiVariableBoot, [3])
private let separator = MadeEvent(0, .separator, [0, 0, 0, 0])
private let loader = MadeEvent(4, .efiBootServicesApplication, [4], measured: [9])

private func log(_ events: [MadeEvent]) throws -> EventLog { try #require(madeEventLog(events)).log }

private func compared(
  _ events: [MadeEvent], with reference: [MadeEvent], proven counts: [UInt32: Int]? = nil
) throws -> EventLogComparison {
  let all: [UInt32: Int] = [0: events.count, 1: events.count, 4: events.count]
  let parts = (counts ?? all).map { ProvenEvents.Part(bank: .sha256, registers: [Int($0.key)], count: $0.value) }
  return EventLogComparison(
    try log(events), proof: ProvenEvents(parts),
    with: BootExpectation(try log(reference), registers: [0, 1, 4]))
}

@Test func anEventIsKnownByRegisterAndDigestOnly() throws {
  let relabelled = MadeEvent(0, .action, [1, 2, 3], measured: [7])
  let elsewhere = MadeEvent(4, .efiPlatformFirmwareBlob, [1], measured: [7])
  let comparison = try compared([version, relabelled, elsewhere], with: [version, code])
  #expect(comparison.statuses == [.inReference, .inReference, .notInReference])
  #expect(comparison.missing == [])
}

@Test func whatMayVaryIsNeverKnown() throws {
  let other = MadeEvent(1, .efiVariableBoot, [4])
  let comparison = try compared([version, other], with: [version, order, code])
  #expect(comparison.statuses == [.inReference, .varies(.bootOrder)])
  // The boot entry of the reference may be another one as well; the firmware may not be left out.
  #expect(comparison.missing.map(\.index) == [2])
}

@Test func whatIsAppendedBehindTheProvenPartStandsForNothing() throws {
  let comparison = try compared([version, code], with: [version, code], proven: [0: 1])
  #expect(comparison.statuses == [.inReference, .outOfScope])
  #expect(comparison.missing.map(\.index) == [1])
}

@Test func noClaimedTypeExcusesAnEventWhereCodeIsMeasured() throws {
  let types: [EventType] = [.efiHandoffTables, .efiVariableBoot, .efiGPTEvent, .tableOfDevices, .platformConfigFlags]
  for type in types {
    let hidden = MadeEvent(4, type, [8], measured: [8])
    #expect(try compared([version, hidden], with: [version]).statuses == [.inReference, .notInReference])
  }
}

@Test func anEventOfTheReferenceStandsForOneOnly() throws {
  let comparison = try compared([code, code], with: [code])
  #expect(comparison.statuses == [.inReference, .notInReference])
}

@Test func whatNoQuoteProvesIsOutOfScope() throws {
  let comparison = try compared([version, code, loader], with: [version], proven: [0: 1])
  #expect(comparison.statuses == [.inReference, .outOfScope, .outOfScope])
  // An event that is not proven is not missed either: register 4 was not quoted.
  #expect(try compared([version], with: [version, loader], proven: [0: 1]).missing == [])
  let none = EventLogComparison(
    try log([version]), proof: ProvenEvents([]), with: BootExpectation(try log([version]), registers: [0]))
  #expect(none.bank == nil)
  #expect(none.statuses == [.outOfScope])
}

@Test func theRuleNamesTheFirstDifferenceAndSaysNothingOfGoodOnes() {
  let good = AttestationResult.BootReference(
    name: "a.rimel", scope: .manufacturer, platform: "Model 1", isSigned: true, signers: ["CN=x"], bank: .sha256,
    known: 3, varying: 2, unknown: [], missing: [])
  #expect(BootReferenceRule().appraise([good], file: "log").isEmpty)
  var bad = good
  bad.unknown = [
    .init(index: 5, register: 0, type: "EV_EFI_PLATFORM_FIRMWARE_BLOB"), .init(index: 9, register: 2, type: "x"),
  ]
  bad.missing = [.init(index: 1, register: 0, type: "EV_S_CRTM_VERSION")]
  let finding = BootReferenceRule().appraise([bad], file: "log").first
  #expect(finding?.code == .bootChanged)
  #expect(finding?.effect == .inconclusive)
  #expect(finding?.range == 5...9)
  #expect(
    finding?.message
      == "What booted differs from the signed manifest a.rimel (Model 1): 2 events are not in it, first event 5 (EV_EFI_PLATFORM_FIRMWARE_BLOB in PCR 0); one event is in it only, first EV_S_CRTM_VERSION in PCR 0."
  )
  #expect(BootReferenceRule().appraise([], file: "log").map(\.code) == [.bootReferenceMissing])
}

@Test func theSameEventsInAnotherOrderAreNamedByTheirRegister() throws {
  let first = MadeEvent(4, .efiBootServicesApplication, [4], measured: [1])
  let second = MadeEvent(4, .efiBootServicesApplication, [4], measured: [2])
  let turned = try compared([version, second, code, first], with: [version, code, first, second])
  #expect(turned.statuses == [.inReference, .inReference, .inReference, .inReference])
  #expect(turned.missing == [])
  #expect(turned.reordered == [4])
  // The order between registers is nobody's.
  #expect(try compared([first, version, second, code], with: [version, code, first, second]).reordered == [])
  // Where an event is another one, that is said instead.
  #expect(try compared([second, loader, first], with: [first, second]).reordered == [])
  #expect(try compared([second, first], with: [first, second, loader]).reordered == [])
  var reference = AttestationResult.BootReference(
    name: "good", scope: .baseline, platform: "", isSigned: false, signers: [], bank: .sha256, known: 3, varying: 0,
    unknown: [], missing: [])
  #expect(BootReferenceRule().appraise([reference], file: "log").isEmpty)
  reference.reordered = [4]
  #expect(
    BootReferenceRule().appraise([reference], file: "log").map(\.message)
      == ["What booted differs from the baseline good: PCR 4 has its events in another order."])
}

@Test func aManifestThatWasOutOfDateIsNotSilentlyTaken() {
  var reference = AttestationResult.BootReference(
    name: "a.corim", scope: .manufacturer, platform: "", isSigned: true, signers: ["CN=x"], bank: .sha256, known: 3,
    varying: 0, unknown: [], missing: [])
  reference.validUntil = "2024-05-01T00:00:00Z"
  for (asOf, codes) in [
    (nil, []), ("2024-05-01", []), ("2024-05-02T10:00:00Z", [FindingCode.referenceOutOfDate]),
  ] as [(String?, [FindingCode])] {
    let rule = BootReferenceRule(asOf: asOf)
    #expect(rule.appraise([reference], file: "log").map(\.code) == codes)
    #expect(rule.appraise(registers: [reference], quote: "q").map(\.code) == codes + [.bootRegistersKnown])
  }
}
