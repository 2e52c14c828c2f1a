import ByteReading
import Replay
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

@Suite struct EventDigestRuleTests {
  private let text = Array("text".utf8)

  private func appraise(_ events: [MadeEvent]) throws -> [Finding] {
    checked(try #require(madeEventLog(events)).log, file: "events")
  }

  @Test func aDigestOfTheDataIsNotMentioned() throws {
    #expect(try appraise([MadeEvent(5, .efiAction, text), MadeEvent(0, .separator, [0, 0, 0, 0])]).isEmpty)
  }

  @Test func editedDataAreNamedWithEventOffsetAndBothDigests() throws {
    let edited = MadeEvent(5, .efiAction, text + [1], measured: text)
    let findings = try appraise([MadeEvent(5, .efiAction, text), edited])
    #expect(findings.map(\.code) == [.eventDigestMismatch])
    let finding = try #require(findings.first)
    #expect(finding.effect == .untrusted)
    #expect(finding.record == 1)
    #expect(
      finding.offset == (try #require(madeEventLog([MadeEvent(5, .efiAction, text), edited])).log.events[1].offset))
    #expect(finding.message.hasPrefix("EV_EFI_ACTION in PCR 5, bank sha256: "))
    #expect(finding.actual == "sha256:" + hexText(edited.digest))
    #expect(finding.expected == "sha256:" + hexText(MadeEvent(5, .efiAction, text + [1]).digest))
  }

  @Test func aHabitOfFirmwareIsSaidOnceForAllItsEvents() throws {
    let failure = MadeEvent(4, .separator, Array("phase".utf8), measured: [1, 0, 0, 0])
    let findings = try appraise([failure, MadeEvent(5, .efiAction, text), failure])
    #expect(findings.map(\.code) == [.eventKnownDeviation])
    #expect(findings.map(\.effect) == [Effect.none])
    #expect(findings.first?.record == 0)
    #expect(findings.first?.range == 0...2)
    #expect(findings.first?.message.hasSuffix("(separatorError, 2 events)") == true)
    let one = try appraise([failure])
    #expect(one.first?.range == nil)
    #expect(one.first?.message.hasSuffix("(separatorError, one event)") == true)
  }

  @Test func contentOutsideTheLogIsNotMentioned() throws {
    #expect(try appraise([MadeEvent(4, .efiBootServicesApplication, text, measured: [1])]).isEmpty)
  }

  @Test func noEventOfTheSampleIsContradicted() throws {
    let log = try SampleCase("clean").eventLog("capture")
    #expect(checked(log.log, file: log.file).allSatisfy { $0.effect == .none })
  }
}

private func checked(_ log: EventLog, file: String) -> [Finding] {
  EventDigestRule().appraise(log, checks: checkEventDigests(log), file: file)
}
