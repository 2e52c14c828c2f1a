import ByteReading
import Testing

@testable import Appraisal

@Suite struct LogReadingRuleTests {
  private func problem(at offset: Int, expected: String = "4 bytes", missing: Int? = nil) -> ParseError {
    ParseError(file: "log", offset: offset, field: "event", expected: expected, found: "2", missingByteCount: missing)
  }

  private func appraise(_ problems: [ParseError], unread: Range<Int> = 0..<0, isCopy: Bool = false) -> [Finding] {
    LogReadingRule().appraise(problems, unread: unread, records: 7, file: "log", isCopy: isCopy)
  }

  @Test func aLogWithoutProblemsHasNoFinding() {
    #expect(appraise([]).isEmpty)
  }

  @Test func aLogThatEndsInsideARecordWasCut() throws {
    let finding = try #require(appraise([problem(at: 100, missing: 2)], unread: 96..<102).first)
    #expect(finding.code == .logTruncated)
    #expect(finding.effect == Effect.none)
    #expect(finding.record == 7)
    #expect(finding.offset == 100)
    #expect(finding.message == "The log ends inside record 7: event: expected 4 bytes, found 2.")
  }

  /// 64 KiB is the longest cut that is taken for one.
  @Test func aRecordThatLacksAnAbsurdLengthIsDamagedAndNotCut() {
    #expect(appraise([problem(at: 100, missing: 1 << 16)], unread: 96..<102).map(\.code) == [.logTruncated])
    let absurd = appraise([problem(at: 100, missing: 1 << 16 + 1)], unread: 96..<102)
    #expect(absurd.map(\.code) == [.logMalformed])
    #expect(absurd.map(\.severity) == [.critical])
    #expect(absurd.map(\.effect) == [.untrusted])
    #expect(absurd.map(\.record) == [7])
  }

  @Test func aFrameThatBreaksInTheMiddleMakesTheLogUntrusted() {
    let findings = appraise([problem(at: 100)], unread: 96..<200)
    #expect(findings.map(\.code) == [.logMalformed])
    #expect(findings.map(\.effect) == [.untrusted])
  }

  @Test func aPlaceBehindWhichTheRestWasReadIsAWarning() {
    for unread in [0..<0, 300..<310] {
      let findings = appraise([problem(at: 100)], unread: unread)
      #expect(findings.map(\.severity) == [.warning])
      #expect(findings.map(\.effect) == [Effect.none])
      #expect(findings.map(\.record) == [nil])
      #expect(findings.first?.message.contains("the rest was read") == true)
    }
  }

  @Test func bytesBehindTheLastRecordAreANotice() {
    let findings = appraise([problem(at: 100, expected: "the end")], unread: 100..<120)
    #expect(findings.map(\.code) == [.logTrailingData])
    #expect(findings.map(\.effect) == [Effect.none])
  }

  @Test func aTextCopyIsNeverHeldAgainstTheBoot() {
    let all = [problem(at: 100), problem(at: 100, missing: 3), problem(at: 100, expected: "the end")]
    let findings = appraise(all, unread: 96..<200, isCopy: true)
    #expect(findings.map(\.severity) == [.notice, .notice, .notice])
    #expect(findings.map(\.effect) == [Effect.none, Effect.none, Effect.none])
  }

  @Test func problemsBeyondTheTwentiethAreCounted() {
    let findings = appraise((0..<25).map { problem(at: $0) })
    #expect(findings.count == 21)
    #expect(findings.last?.message == "5 more places of this log cannot be read.")
    #expect(findings.last?.effect == Effect.none)
  }
}
