/// What could be read of a file, what was wrong in it, and what was left unread.
public struct Parsed<Value: Sendable>: Sendable {
  public var value: Value
  /// Every fault met, in the order of the file. An empty list means the file was read whole.
  public var problems: [ParseError]
  /// The bytes that were not read because a frame before them is broken, or that follow the last record.
  public var unread: Range<Int>

  public init(value: Value, problems: [ParseError] = [], unread: Range<Int>) {
    self.value = value
    self.problems = problems
    self.unread = unread
  }

  public var isWhole: Bool { problems.isEmpty && unread.isEmpty }

  /// Whether the file ends inside a record, as a copy does that was not finished: what follows is missing.
  public var isCut: Bool { problems.contains { $0.isCut(leaving: unread) } }
}
