import IMALog

/// Lists of one boot that extend each other: the longest, and the shorter ones that are its beginnings.
public struct ListChain: Sendable {
  /// Longest first.
  public var members: [ArchivedLog<MeasurementList>]

  public var longest: ArchivedLog<MeasurementList> { members[0] }

  /// Sorts lists into chains: a list joins the first chain whose longest list begins with it.
  ///
  /// More than one chain means that two lists contradict each other.
  static func chains(of lists: [ArchivedLog<MeasurementList>]) -> [ListChain] {
    var chains: [ListChain] = []
    let sorted = lists.enumerated().sorted { left, right in
      (right.element.log.count, left.offset) < (left.element.log.count, right.offset)
    }
    for (_, list) in sorted {
      if let index = chains.firstIndex(where: { $0.longest.log.firstDifference(from: list.log) == nil }) {
        chains[index].members.append(list)
      } else {
        chains.append(ListChain(members: [list]))
      }
    }
    return chains
  }
}

/// Two logs of one kind and one boot that do not extend each other.
public struct Divergence: Equatable, Sendable {
  /// The list with more support: more lists or more quotes agree with it.
  public var list: String
  public var other: String
  /// Index of the first record in which they differ.
  public var record: Int
  /// Quotes or digests show that one of them was altered; else each gives what the quotes hold, and they differ in what no quote covers.
  public var isDecided = true

  public init(list: String, other: String, record: Int, isDecided: Bool = true) {
    self.list = list
    self.other = other
    self.record = record
    self.isDecided = isDecided
  }
}
