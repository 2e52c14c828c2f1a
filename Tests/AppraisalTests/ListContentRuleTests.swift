import ByteReading
import Correlation
import Digests
import Hashing
import IMALog
import SampleEvidence
import TCGEventLog
import Testing

@testable import Appraisal

@Suite struct ListContentRuleTests {
  private let violation = [UInt8](repeating: 0, count: 20)

  private func appraise(_ records: [MadeRecord], _ aggregate: BootAggregate = .absent) throws -> [Finding] {
    var evidence = BootEvidence()
    evidence.lists = [madeList(records)]
    let chain = try #require(BootCorrelation(evidence, jobs: 1).chains.first)
    return ListContentRule().appraise(chain, aggregate: aggregate)
  }

  @Test func recordsWithTheirOwnHashAreNotMentioned() throws {
    #expect(try appraise([MadeRecord("boot_aggregate"), MadeRecord("/a")]).isEmpty)
  }

  @Test func anotherBootAggregateIsAKernelsStart() throws {
    let findings = try appraise(["boot_aggregate", "/a", "boot_aggregate"].map { MadeRecord($0) })
    #expect(findings.map(\.code) == [.imaKernelBoundary])
    #expect(findings.first?.record == 2)
    #expect(findings.first?.effect == Effect.none)
  }

  @Test func anAlteredRecordIsNamedWithBothHashes() throws {
    var altered = MadeRecord("/usr/bin/who\u{1b}ami")
    let real = try #require(HashAlgorithm.sha1.digest(of: altered.data))
    altered.recordedHash = [UInt8](repeating: 7, count: 20)
    let findings = try appraise([MadeRecord("boot_aggregate"), altered])
    #expect(findings.map(\.code) == [.imaTemplateHashMismatch])
    let finding = try #require(findings.first)
    #expect(finding.effect == .untrusted)
    #expect(finding.record == 1)
    #expect(finding.offset == MadeRecord("boot_aggregate").bytes.count)
    #expect(finding.expected == hexText(real))
    #expect(finding.actual == String(repeating: "07", count: 20))
    // What a path holds never reaches a terminal as it is.
    #expect(!finding.message.contains("\u{1b}"))
    #expect(finding.message.contains("/usr/bin/who"))
  }

  @Test func alteredRecordsBeyondTheHundredthAreCounted() throws {
    let records = (0..<103).map { MadeRecord("/\($0)", recordedHash: [UInt8](repeating: 7, count: 20)) }
    let findings = try appraise(records)
    #expect(findings.count == 101)
    #expect(findings.last?.message == "3 more records have a template hash that is not theirs.")
    #expect(findings.last?.record == 100)
    #expect(findings.last?.effect == .untrusted)
    #expect(try appraise(Array(records.prefix(100))).count == 100)
  }

  @Test func violationsOfOneFileAreOneFindingAndNoMismatch() throws {
    let log = MadeRecord("/var/log", recordedHash: violation)
    let findings = try appraise([log, MadeRecord("/a"), MadeRecord("/db", recordedHash: violation), log])
    #expect(findings.map(\.code) == [.imaViolation, .imaViolation])
    #expect(findings.map(\.effect) == [Effect.none, Effect.none])
    #expect(findings.map(\.record) == [0, 2])
    #expect(findings.map(\.range) == [0...3, nil])
    #expect(findings[0].message.contains("(2 times)"))
    #expect(findings[1].message.contains("'/db'"))
  }

  @Test func filesWithViolationsBeyondTheTwoHundredthAreCounted() throws {
    let findings = try appraise((0..<202).map { MadeRecord("/\($0)", recordedHash: violation) })
    #expect(findings.count == 201)
    #expect(findings.last?.message == "2 more files have violations.")
  }

  @Test(arguments: [(true, Severity.critical, Effect.untrusted), (false, .warning, .inconclusive)])
  func aForeignBootAggregateCountsAsMuchAsTheLogItIsComparedWith(
    isProven: Bool, severity: Severity, effect: Effect
  ) throws {
    let aggregate = BootAggregate.differs(
      recorded: Digest(.sha256, [1]), calculated: [("one rule", [2]), ("another", [3])], file: "events",
      isProven: isProven)
    let finding = try #require(try appraise([MadeRecord("boot_aggregate")], aggregate).first)
    #expect(finding.code == .imaBootAggregateMismatch)
    #expect(finding.severity == severity)
    #expect(finding.effect == effect)
    #expect(finding.record == 0)
    #expect(finding.expected == "02 (one rule) or 03 (another)")
    #expect(finding.actual == "01")
  }

  @Test func aBootAggregateThatFitsOrCannotBeComparedIsNoFinding() throws {
    for aggregate in [
      BootAggregate.matches(rule: "a rule", file: "events"), .zero, .absent, .notComputable(missing: "values"),
    ] {
      #expect(try appraise([MadeRecord("boot_aggregate")], aggregate).isEmpty)
    }
  }

  @Test func theSampleNamesTheEditedRecordAndTheViolationsOfItsStory() throws {
    var evidence = BootEvidence()
    evidence.lists = [try SampleCase("edited-list").list("q2")]
    let edited = try #require(BootCorrelation(evidence, jobs: 1).chains.first)
    let findings = ListContentRule().appraise(edited, aggregate: .absent)
    #expect(findings.filter { $0.code == .imaTemplateHashMismatch }.map(\.record) == [520])
    evidence.lists = [try SampleCase.web().list("boot1/q3")]
    let web = try #require(BootCorrelation(evidence, jobs: 1).chains.first)
    let violations = ListContentRule().appraise(web, aggregate: .absent)
    #expect(violations.allSatisfy { $0.code == .imaViolation })
    #expect(
      Set(violations.flatMap { [$0.range?.lowerBound ?? $0.record, $0.range?.upperBound ?? $0.record] }) == [617, 621])
  }
}
