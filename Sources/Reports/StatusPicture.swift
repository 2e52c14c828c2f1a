import Appraisal

/// Where the records of each status stand along a list. Across, thousandths of the width.
///
/// One lane for each status, so that it can be read without colours and one record among a million is still seen.
struct StatusPicture {
  struct Lane: Equatable {
    var status: MeasurementStatus
    var records: Int
    /// Ascending, apart from each other.
    var marks: [Range<Int>]
  }

  /// Thousandths that a mark takes at least: one pixel on a small screen. It bounds the number of marks of a lane too.
  static let smallest = 4

  /// In the order of `MeasurementStatus`; a status without records has none.
  var lanes: [Lane] = []
  var records: Int

  init(runs: [AttestationResult.StatusCount]) {
    records = runs.reduce(0) { $0 + max(0, $1.records) }
    var marks: [MeasurementStatus: [Range<Int>]] = [:]
    var counts: [MeasurementStatus: Int] = [:]
    var first = 0
    for run in runs where run.records > 0 {
      let start = min(Self.position(first, of: records), 1000 - Self.smallest)
      first += run.records
      let end = max(Self.position(first, of: records), start + Self.smallest)
      Self.add(start..<end, to: &marks[run.status, default: []])
      counts[run.status, default: 0] += run.records
    }
    lanes = MeasurementStatus.allCases.compactMap { status in
      marks[status].map { Lane(status: status, records: counts[status] ?? 0, marks: $0) }
    }
  }

  static func position(_ record: Int, of total: Int) -> Int {
    guard total > 0 else { return 0 }
    return Int((Double(min(max(record, 0), total)) / Double(total) * 1000).rounded(.down))
  }

  private static func add(_ mark: Range<Int>, to marks: inout [Range<Int>]) {
    if let last = marks.last, mark.lowerBound <= last.upperBound {
      marks[marks.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
    } else {
      marks.append(mark)
    }
  }
}

extension StatusPicture.Lane {
  /// The marks as the data of an SVG path, `height` units high.
  func outline(height: Int) -> String {
    marks.map { "M\($0.lowerBound) 0h\($0.count)v\(height)h-\($0.count)z" }.joined()
  }
}
