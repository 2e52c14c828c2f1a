import ByteReading

/// The log could be read to its end.
///
/// A log that stops in the middle of a record was cut while it was copied, or by somebody; one whose records do not
/// fit their frame was damaged or forged. What was read before counts all the same.
public struct LogReadingRule {
  public static let id = "log"

  public init() {}

  /// - parameter records: how many whole records were read; the first damaged one has this index.
  /// - parameter isCopy: the log is a text copy of a binary list, whose oddities do not matter.
  public func appraise(_ problems: [ParseError], unread: Range<Int>, records: Int, file: String, isCopy: Bool)
    -> [Finding]
  {
    let shown = problems.prefix(20).map { problem in
      finding(problem, unread: unread, records: records, file: file, isCopy: isCopy)
    }
    guard problems.count > 20 else { return shown }
    return shown + [
      Finding(
        .logMalformed, severity: isCopy ? .notice : .warning, effect: Effect.none, file: file,
        message: "\(problems.count - 20) more places of this log cannot be read.")
    ]
  }

  private func finding(
    _ problem: ParseError, unread: Range<Int>, records: Int, file: String, isCopy: Bool
  ) -> Finding {
    let code: FindingCode
    var message: String
    let what = "\(problem.field): expected \(problem.expected), found \(problem.found)"
    if problem.expected == "the end" {
      code = .logTrailingData
      message = "Something follows the last record: \(what)."
    } else if problem.isCut(leaving: unread) {
      code = .logTruncated
      message = "The log ends inside record \(records): \(what)."
    } else {
      code = .logMalformed
      message = "The log cannot be read at this place: \(what)."
    }
    let ends = problem.offset >= unread.lowerBound && !unread.isEmpty
    // What does not end the log lost at most a line; whether a record is missing, the replay tells.
    let isMild = code == .logMalformed && !ends
    if isMild { message = "The log departs from its format at this place, and the rest was read: \(what)." }
    return Finding(
      code, severity: isCopy ? .notice : isMild ? .warning : nil, effect: isCopy || isMild ? Effect.none : nil,
      file: file, offset: problem.offset, record: ends ? records : nil, message: message, expected: problem.expected,
      actual: problem.found)
  }
}
