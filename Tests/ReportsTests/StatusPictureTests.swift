import Appraisal
import Testing

@testable import Reports

@Suite struct StatusPictureTests {
  @Test func lanesStandInTheOrderOfWeightWithTheirCounts() {
    let picture = StatusPicture(runs: [.init(.known, 500), .init(.unknown, 250), .init(.known, 250)])
    #expect(picture.records == 1000)
    #expect(
      picture.lanes == [
        .init(status: .unknown, records: 250, marks: [500..<750]),
        .init(status: .known, records: 750, marks: [0..<500, 750..<1000]),
      ])
  }

  @Test func oneRecordAmongAMillionIsStillSeen() {
    let picture = StatusPicture(runs: [.init(.known, 999_999), .init(.changed, 1)])
    #expect(picture.lanes.first == .init(status: .changed, records: 1, marks: [996..<1000]))
  }

  @Test func aListThatChangesItsStatusAtEveryRecordStaysSmall() {
    let runs = (0..<20_000).map { AttestationResult.StatusCount($0 % 2 == 0 ? .known : .classed, 1) }
    let picture = StatusPicture(runs: runs)
    #expect(picture.lanes.map(\.marks) == [[0..<1000], [0..<1000]])
    #expect(picture.lanes.map(\.records) == [10_000, 10_000])
  }

  @Test func marksNeverLeaveThePictureNorTouchEachOther() {
    for step in 1..<60 {
      let runs = (0..<100).map { AttestationResult.StatusCount($0 % 3 == 0 ? .unknown : .known, step * $0 % 7) }
      for lane in StatusPicture(runs: runs).lanes {
        #expect(lane.marks.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= 1000 && $0.count >= 4 })
        #expect(zip(lane.marks, lane.marks.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
      }
    }
  }

  @Test func nothingMeasuredGivesNoLane() {
    #expect(StatusPicture(runs: []).lanes.isEmpty)
    #expect(StatusPicture(runs: [.init(.known, 0)]).lanes.isEmpty)
  }

  @Test func aMarkIsDrawnAsARectangle() {
    let lane = StatusPicture.Lane(status: .known, records: 2, marks: [0..<4, 10..<16])
    #expect(lane.outline(height: 18) == "M0 0h4v18h-4zM10 0h6v18h-6z")
  }
}
