import Appraisal
import Testing

@testable import Reports

@Suite struct LogPictureTests {
  private typealias Log = AttestationResult.Log

  private func picture(_ counts: [Int], of records: Int, proven: Int?, brackets: [AttestationResult.Bracket] = [])
    -> LogPicture
  {
    let log = Log(
      file: "ima", kind: .imaList, format: "", records: records, provenRecords: proven,
      matches: counts.enumerated().map {
        .init(source: .quote("q\($0)"), bank: .sha256, registers: [10], records: $1, outcome: .prefix)
      }, brackets: brackets)
    let boot = AttestationResult.Boot(
      label: "", resetCount: 1, verdict: .trusted, captures: [.init(name: ".", logs: [log])])
    return LogPicture(of: log, labels: SourceLabels(of: boot))
  }

  @Test func positionsAreThousandthsOfTheRecords() {
    let picture = picture([25, 100], of: 100, proven: 50)
    #expect(picture.proven == 500)
    #expect(picture.pins.map(\.position) == [250, 1000])
    #expect(picture.pins.map(\.label) == ["Q1: 25", "Q2: 100"])
    #expect(picture.pins.map(\.anchor) == [.middle, .end])
  }

  @Test func labelsThatWouldTouchStandInRowsOfTheirOwn() {
    #expect(picture([50, 51, 52, 99], of: 100, proven: 99).pins.map(\.row) == [0, 1, 2, 0])
  }

  @Test func whenTheRowsAreFullTheMarkStaysAndItsLabelGoes() {
    let picture = picture(Array(500..<600), of: 1000, proven: 600)
    #expect(picture.pins.count == 100)
    #expect(picture.rowCount == LogPicture.rowLimit)
    #expect(picture.pins.last?.row == nil)
  }

  @Test func quotesAtTheSameNumberOfRecordsShareAMark() {
    #expect(picture([7, 7], of: 10, proven: 7).pins.map(\.label) == ["Q1 Q2: 7"])
  }

  @Test func aLogWithoutRecordsAndNumbersBeyondTheLogStayInsideThePicture() {
    #expect(picture([], of: 0, proven: nil).proven == 0)
    #expect(picture([Int.max, -4], of: 10, proven: Int.max).pins.map(\.position) == [0, 1000])
  }

  @Test func aNarrowWindowHasNoLabel() {
    let brackets: [AttestationResult.Bracket] = [
      .init(records: 0..<2, after: nil, before: "q0"), .init(records: 2..<100, after: "q0", before: nil),
      .init(records: 100..<100, after: nil, before: nil),
    ]
    let spans = picture([2], of: 100, proven: 2, brackets: brackets).spans
    #expect(spans.map(\.label) == ["", "98"])
    #expect(spans.map(\.isProven) == [true, false])
  }
}
