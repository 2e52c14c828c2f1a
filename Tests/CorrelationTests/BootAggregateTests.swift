import Digests
import Hashing
import IMALog
import Replay
import SampleEvidence
import TCGEventLog
import Testing

@testable import Correlation

@Suite struct BootAggregateTests {
  private let events = [MadeEvent(0, .efiAction, [1]), MadeEvent(7, .efiAction, [2]), MadeEvent(8, .ipl, [3])]

  /// SHA-256 over registers 0 to `last` after these events.
  private func aggregate(_ events: [MadeEvent], through last: Int) -> [UInt8] {
    let values = (0...last).flatMap { register in
      extended(.sha256, events.filter { $0.register == UInt32(register) }.map(\.digest))
    }
    return HashAlgorithm.sha256.digest(of: values) ?? []
  }

  private func list(_ digest: [UInt8], path: String = "boot_aggregate") -> MeasurementList {
    madeList([MadeRecord(path, digest: digest)]).log
  }

  private func logs(_ events: [MadeEvent], isProven: Bool = true) throws
    -> [(file: String, replay: EventLogReplay, isProven: Bool)]
  {
    [("events", EventLogReplay(try #require(madeEventLog(events)).log), isProven)]
  }

  @Test(arguments: [9, 7])
  func bothSelectionsOfTheKernelAreKnown(last: Int) throws {
    let found = BootAggregate(
      of: list(aggregate(events, through: last)), logs: try logs(events), quoted: [])
    #expect(found == .matches(rule: "sha256 over PCR 0-\(last) of the sha256 bank", file: "events"))
  }

  /// The loader may extend a register after IMA has started.
  @Test func theLastEventsMayFollowTheStartOfIMA() throws {
    let all = events + [MadeEvent(5, .efiAction, [9])]
    let found = BootAggregate(of: list(aggregate(events, through: 9)), logs: try logs(all), quoted: [])
    #expect(found == .matches(rule: "sha256 over PCR 0-9 of the sha256 bank, before event 3", file: "events"))
  }

  @Test(arguments: [true, false])
  func theAggregateOfAnotherBootDiffersAndTellsWhetherTheLogIsProven(isProven: Bool) throws {
    let found = BootAggregate(
      of: list([UInt8](repeating: 9, count: 32)), logs: try logs(events, isProven: isProven), quoted: [])
    guard case .differs(let recorded, let calculated, let file, let proven) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(recorded.bytes == [UInt8](repeating: 9, count: 32))
    #expect(calculated.map(\.digest) == [aggregate(events, through: 9), aggregate(events, through: 7)])
    #expect(file == "events")
    #expect(proven == isProven)
  }

  @Test func anotherLogOrQuotedValuesMayGiveWhatTheFirstLogDoesNot() throws {
    let other = [MadeEvent(0, .efiAction, [8])]
    let second: [(file: String, replay: EventLogReplay, isProven: Bool)] =
      try logs(other) + [("second", EventLogReplay(try #require(madeEventLog(events)).log), false)]
    let wanted = list(aggregate(events, through: 9))
    #expect(
      BootAggregate(of: wanted, logs: second, quoted: [])
        == .matches(rule: "sha256 over PCR 0-9 of the sha256 bank", file: "second"))
    #expect(
      BootAggregate(of: wanted, logs: try logs(other), quoted: [("quote", second[1].replay.values.complete)])
        == .matches(rule: "sha256 over PCR 0-9 of the sha256 bank", file: "quote"))
  }

  @Test func quotedValuesDecideOnlyWhenTheyCoverEveryRegister() throws {
    let values = EventLogReplay(try #require(madeEventLog(events)).log).values.complete
    let strange = list([UInt8](repeating: 9, count: 32))
    guard case .differs(_, _, "quote", false) = BootAggregate(of: strange, logs: [], quoted: [("quote", values)]) else {
      Issue.record("not held against the quote")
      return
    }
    var fewer = values
    fewer[.sha256, 9] = nil
    let missing = BootAggregate.notComputable(missing: "the values of PCR 0 to 9 in the sha256 bank")
    #expect(BootAggregate(of: strange, logs: [], quoted: [("quote", fewer)]) == missing)
    #expect(BootAggregate(of: strange, logs: [], quoted: []) == missing)
    // Registers 0 to 7 suffice to agree.
    #expect(
      BootAggregate(of: list(aggregate(events, through: 7)), logs: [], quoted: [("quote", fewer)])
        == .matches(rule: "sha256 over PCR 0-7 of the sha256 bank", file: "quote"))
  }

  @Test func aKernelWithoutTPMRecordsZerosAndAListWithoutItsHeadHasNone() throws {
    let logs = try logs(events)
    #expect(BootAggregate(of: list([UInt8](repeating: 0, count: 32)), logs: logs, quoted: []) == .zero)
    #expect(BootAggregate(of: list(aggregate(events, through: 9), path: "/bin/sh"), logs: logs, quoted: []) == .absent)
    #expect(BootAggregate(of: madeList([]).log, logs: logs, quoted: []) == .absent)
  }

  @Test(arguments: ["boot1", "boot2"])
  func theListsOfTheSampleBelongToTheirBootsAndNotToTheOther(boot: String) throws {
    let sample = try SampleCase.web()
    let own = try sample.eventLog(boot + "/q0")
    let list = try sample.list(boot + "/q0").log
    #expect(
      BootAggregate(of: list, logs: [(own.file, EventLogReplay(own.log), true)], quoted: [])
        == .matches(rule: "sha256 over PCR 0-9 of the sha256 bank", file: own.file))
    // The bytes of any event that counts, changed.
    var edited = own.log
    edited.events[20].digests[1].bytes[0] ^= 1
    guard case .differs = BootAggregate(of: list, logs: [(own.file, EventLogReplay(edited), true)], quoted: []) else {
      Issue.record("an edited log still gives the aggregate")
      return
    }
  }
}

extension RegisterValues {
  /// With registers 0 to 9 of the SHA-256 bank at their reset values where nothing extended them.
  fileprivate var complete: RegisterValues {
    var values = self
    for register in 0...9 where values[.sha256, register] == nil {
      values[.sha256, register] = resetValue(ofRegister: register, bank: .sha256)
    }
    return values
  }
}
