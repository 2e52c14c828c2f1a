import Digests
import TPMStructures
import Testing

@Suite struct RegisterSelectionTests {
  private func selection(_ banks: (UInt16, [Int])...) -> RegisterSelection {
    RegisterSelection(banks: banks.map { .init(rawAlgorithm: $0.0, registers: $0.1) })
  }

  @Test func theOrderOfBanksAndBanksWithoutRegistersDoNotChangeWhatIsSelected() {
    let one = selection((4, [10]), (11, [0, 10]))
    #expect(one.selectsSame(as: selection((11, [0, 10]), (4, [10]))))
    #expect(one.selectsSame(as: selection((11, [0, 10]), (12, []), (4, [10]))))
    #expect(one.selectsSame(as: selection((11, [0]), (4, [10]), (11, [10]))))
    #expect(!one.selectsSame(as: selection((11, [10]), (4, [0, 10]))))
    #expect(!one.selectsSame(as: selection((11, [0, 10]))))
  }

  @Test func theDigestTakesBanksInTheirOwnOrderAndRegistersAscending() {
    let order = selection((11, [0, 10]), (4, [1]), (0x99, [2])).order
    #expect(order.map(\.bank) == [.sha256, .sha256, .sha1, nil])
    #expect(order.map(\.register) == [0, 10, 1, 2])
  }

  @Test func aSelectionIsEmptyWhenNoBankHasARegister() {
    #expect(selection().isEmpty)
    #expect(selection((11, []), (4, [])).isEmpty)
    #expect(!selection((11, []), (4, [0])).isEmpty)
  }
}
