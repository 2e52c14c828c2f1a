import Correlation
import Testing

@Suite struct BracketsTests {
  private func bracket(_ records: Range<Int>, _ after: String?, _ before: String?) -> [String?] {
    ["\(records)", after, before]
  }

  private func cut(_ count: Int, _ quotes: [(file: String, records: Int)]) -> [[String?]] {
    brackets(of: count, quotes: quotes).map { bracket($0.records, $0.after, $0.before) }
  }

  @Test func quotesCutTheListInTheOrderOfWhatTheyProve() {
    #expect(
      cut(10, [("late", 7), ("early", 3)])
        == [bracket(0..<3, nil, "early"), bracket(3..<7, "early", "late"), bracket(7..<10, "late", nil)])
  }

  @Test func quotesThatProveTheSameMakeOneCutNamedByTheFirst() {
    #expect(cut(4, [("b", 4), ("a", 4)]) == [bracket(0..<4, nil, "b")])
  }

  @Test func withoutAQuoteThereIsNoBracketAndNothingIsLostOfAnEmptyList() {
    #expect(cut(10, []).isEmpty)
    #expect(cut(0, [("q", 0)]).isEmpty)
  }

  @Test func aQuoteThatProvesMoreThanTheListHoldsCutsNothing() {
    #expect(cut(5, [("q", 3), ("beyond", 6)]) == [bracket(0..<3, nil, "q"), bracket(3..<5, "q", nil)])
  }

  @Test(arguments: 0...12)
  func theBracketsCoverTheListOnceAndInOrder(records: Int) {
    let all = brackets(of: 10, quotes: [("a", records), ("b", 5), ("c", 10)])
    #expect(all.flatMap { Array($0.records) } == Array(0..<10))
  }
}
