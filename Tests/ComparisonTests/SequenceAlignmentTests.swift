import Testing

@testable import Comparison

@Suite struct SequenceAlignmentTests {
  private func pairs(_ left: [Int], _ right: [Int]) -> [[Int]] {
    SequenceAlignment(left, right).pairs.map { [$0.left, $0.right] }
  }

  @Test func equalSequencesAgreeItemByItem() {
    #expect(pairs([1, 2, 2, 3], [1, 2, 2, 3]) == [[0, 0], [1, 1], [2, 2], [3, 3]])
    #expect(pairs([], []).isEmpty)
    #expect(SequenceAlignment([1, 1], [1, 1]).gaps.isEmpty)
  }

  @Test func whatIsMissingOrAddedIsAGapWithAnEmptySide() {
    let alignment = SequenceAlignment([1, 2, 3, 4, 5], [1, 3, 4, 9, 5])
    #expect(alignment.pairs.map(\.left) == [0, 2, 3, 4])
    #expect(alignment.gaps == [.init(left: 1..<2, right: 1..<1), .init(left: 4..<4, right: 3..<4)])
  }

  @Test func aSmallStretchOfRepeatedItemsKeepsTheMost() {
    // The longest common subsequence of ABCABBA and CBABAC has four items.
    #expect(pairs([1, 2, 3, 1, 2, 2, 1], [3, 2, 1, 2, 1, 3]).count == 4)
  }

  @Test(arguments: 0..<200)
  func pairsAreEqualAndGrowAndGapsCoverTheRest(seed: Int) {
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    func next(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    let alphabet = UInt64(next(40) + 1)
    let left = (0..<next(60)).map { _ in next(alphabet) }
    let right = (0..<next(60)).map { _ in next(alphabet) }
    let alignment = SequenceAlignment(left, right)
    #expect(alignment.pairs.allSatisfy { left[$0.left] == right[$0.right] })
    #expect(zip(alignment.pairs, alignment.pairs.dropFirst()).allSatisfy { $0.left < $1.left && $0.right < $1.right })
    #expect(alignment.pairs.count + alignment.gaps.reduce(0) { $0 + $1.left.count } == left.count)
    #expect(alignment.pairs.count + alignment.gaps.reduce(0) { $0 + $1.right.count } == right.count)
  }

  @Test func largeSequencesOfRepeatedOrOfDifferentItemsStayLinear() {
    let count = 100_000
    let twos = (0..<count).map { $0 % 2 }
    let threes = (0..<count).map { $0 % 3 }
    #expect(!SequenceAlignment(twos, threes).pairs.isEmpty)
    #expect(SequenceAlignment(Array(0..<count), Array(count..<2 * count)).pairs.isEmpty)
    #expect(SequenceAlignment(Array(0..<count), (0..<count).reversed()).pairs.count == 1)
    // One item in the middle of many equal ones.
    var one = [Int](repeating: 7, count: count)
    one[count / 2] = 8
    #expect(SequenceAlignment(one, [Int](repeating: 7, count: count)).pairs.count == count - 1)
  }
}
