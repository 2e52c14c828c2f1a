import IMALog
import SampleEvidence
import Testing

@testable import Correlation

@Suite struct ListChainTests {
  private let records = ["boot_aggregate", "/a", "/b", "/c"].map { MadeRecord($0) }

  private func files(_ lists: ArchivedLog<MeasurementList>...) -> [[String]] {
    ListChain.chains(of: lists).map { $0.members.map(\.file) }
  }

  @Test func listsThatExtendEachOtherAreOneChainWithTheLongestFirst() {
    let short = madeList(Array(records.prefix(1)), file: "short")
    let middle = madeList(Array(records.prefix(3)), file: "middle")
    let long = madeList(records, file: "long")
    #expect(files(middle, short, long) == [["long", "middle", "short"]])
  }

  @Test func listsOfOneLengthKeepTheirOrder() {
    #expect(files(madeList(records, file: "b"), madeList(records, file: "a")) == [["b", "a"]])
  }

  @Test func listsThatContradictEachOtherAreTwoChains() {
    var other = records
    other[2] = MadeRecord("/x")
    let longer = madeList(other + [MadeRecord("/d")], file: "longer")
    let start = madeList(Array(records.prefix(2)), file: "start")
    #expect(files(madeList(records, file: "list"), longer, start) == [["longer", "start"], ["list"]])
  }

  @Test func noListIsNoChainAndAnEmptyListIsABeginningOfAnyOther() {
    #expect(ListChain.chains(of: []).isEmpty)
    #expect(files(madeList([], file: "empty"), madeList(records, file: "list")) == [["list", "empty"]])
  }
}
