/// What two sequences have in common in the same order.
///
/// Items that occur once on each side are the anchors, and the stretches between them are aligned by themselves. A
/// small stretch without anchors is aligned so that the most items agree; in a large one the first occurrence of an
/// item is taken for its first, the second for its second. So effort grows with `n log n` whatever the sequences are,
/// and the alignment of large unlike stretches need not be the longest.
struct SequenceAlignment {
  /// One item of each sequence, by place; both places grow from pair to pair.
  struct Pair: Equatable {
    var left: Int
    var right: Int
  }

  /// Two stretches, one of each sequence, that have nothing in common in this order. One of them may be empty.
  struct Gap: Equatable {
    var left: Range<Int>
    var right: Range<Int>
  }

  private(set) var pairs: [Pair] = []
  private let left: [Int]
  private let right: [Int]
  /// Comparisons that exact alignment of small stretches may still use.
  private var cells = 8_000_000

  /// Stretches up to this product of lengths are aligned exactly.
  private static let smallCells = 1_000_000
  /// Anchors are looked for in stretches between anchors up to this depth.
  private static let depthLimit = 24

  /// Items are numbers that are equal where the items are.
  init(_ left: [Int], _ right: [Int]) {
    self.left = left
    self.right = right
    var work = [(gap: Gap(left: 0..<left.count, right: 0..<right.count), depth: 0)]
    while let (gap, depth) = work.popLast() {
      let rest = trimmed(gap)
      guard !rest.left.isEmpty, !rest.right.isEmpty else { continue }
      let anchors = depth < Self.depthLimit ? increasing(uniquePairs(rest)) : []
      if anchors.isEmpty {
        pairs += pairsWithoutAnchors(rest)
      } else {
        pairs += anchors
        work += Self.gaps(between: anchors, in: rest).map { ($0, depth + 1) }
      }
    }
    pairs.sort { $0.left < $1.left }
  }

  /// What lies between the pairs, in order.
  var gaps: [Gap] {
    Self.gaps(between: pairs, in: Gap(left: 0..<left.count, right: 0..<right.count))
  }

  private static func gaps(between pairs: [Pair], in whole: Gap) -> [Gap] {
    var gaps: [Gap] = []
    var (left, right) = (whole.left.lowerBound, whole.right.lowerBound)
    for pair in pairs + [Pair(left: whole.left.upperBound, right: whole.right.upperBound)] {
      if left < pair.left || right < pair.right {
        gaps.append(Gap(left: left..<pair.left, right: right..<pair.right))
      }
      (left, right) = (pair.left + 1, pair.right + 1)
    }
    return gaps
  }

  /// Pairs up equal items at both ends, and gives what is left.
  private mutating func trimmed(_ gap: Gap) -> Gap {
    var rest = gap
    while let first = rest.left.first, let other = rest.right.first, left[first] == right[other] {
      pairs.append(Pair(left: first, right: other))
      rest = Gap(left: rest.left.dropFirst(), right: rest.right.dropFirst())
    }
    while let last = rest.left.last, let other = rest.right.last, left[last] == right[other] {
      pairs.append(Pair(left: last, right: other))
      rest = Gap(left: rest.left.dropLast(), right: rest.right.dropLast())
    }
    return rest
  }

  private func uniquePairs(_ gap: Gap) -> [Pair] {
    var places: [Int: (count: Int, place: Int)] = [:]
    for place in gap.right { places[right[place], default: (0, place)].count += 1 }
    var counts: [Int: Int] = [:]
    for place in gap.left { counts[left[place], default: 0] += 1 }
    return gap.left.compactMap { place in
      guard counts[left[place]] == 1, let other = places[left[place]], other.count == 1 else { return nil }
      return Pair(left: place, right: other.place)
    }
  }

  private mutating func pairsWithoutAnchors(_ gap: Gap) -> [Pair] {
    let (product, overflow) = gap.left.count.multipliedReportingOverflow(by: gap.right.count)
    guard !overflow, product <= min(cells, Self.smallCells) else {
      return increasing(pairsByOccurrence(left, gap.left, right, gap.right))
    }
    cells -= product
    return longestPairs(gap)
  }

  /// The longest common subsequence, by the table of its lengths.
  private func longestPairs(_ gap: Gap) -> [Pair] {
    let (rows, columns) = (gap.left.count, gap.right.count)
    let width = columns + 1
    // The lesser of two lengths whose product is at most a million is at most a thousand.
    var lengths = [UInt16](repeating: 0, count: (rows + 1) * width)
    for row in (0..<rows).reversed() {
      for column in (0..<columns).reversed() {
        lengths[row * width + column] =
          left[gap.left.lowerBound + row] == right[gap.right.lowerBound + column]
          ? lengths[(row + 1) * width + column + 1] + 1
          : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
      }
    }
    var found: [Pair] = []
    var (row, column) = (0, 0)
    while row < rows, column < columns {
      let (place, other) = (gap.left.lowerBound + row, gap.right.lowerBound + column)
      if left[place] == right[other] {
        found.append(Pair(left: place, right: other))
        (row, column) = (row + 1, column + 1)
      } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
        row += 1
      } else {
        column += 1
      }
    }
    return found
  }
}

/// Equal items of two stretches, the first with the first, the second with the second, in the order of the left.
func pairsByOccurrence(
  _ left: [Int], _ leftRange: some Sequence<Int>, _ right: [Int], _ rightRange: some Sequence<Int>
) -> [SequenceAlignment.Pair] {
  var places: [Int: [Int]] = [:]
  for place in rightRange { places[right[place], default: []].append(place) }
  var used: [Int: Int] = [:]
  return leftRange.compactMap { place in
    let number = used[left[place], default: 0]
    guard let all = places[left[place]], number < all.count else { return nil }
    used[left[place]] = number + 1
    return SequenceAlignment.Pair(left: place, right: all[number])
  }
}

/// The longest run of pairs whose right places grow, of pairs in the order of their left ones.
func increasing(_ pairs: [SequenceAlignment.Pair]) -> [SequenceAlignment.Pair] {
  // For each length, the pair with the smallest right place that ends a run so long; and what comes before each pair.
  var ends: [Int] = []
  var before = [Int?](repeating: nil, count: pairs.count)
  for (index, pair) in pairs.enumerated() {
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if pairs[ends[middle]].right < pair.right { low = middle + 1 } else { high = middle }
    }
    before[index] = low > 0 ? ends[low - 1] : nil
    if low < ends.count { ends[low] = index } else { ends.append(index) }
  }
  var run: [SequenceAlignment.Pair] = []
  var next = ends.last
  while let index = next {
    run.append(pairs[index])
    next = before[index]
  }
  return run.reversed()
}

/// Gives equal keys equal numbers, in the order in which they are met.
struct Numbering<Key: Hashable> {
  private var numbers: [Key: Int] = [:]

  mutating func number(of key: Key) -> Int {
    if let known = numbers[key] { return known }
    numbers[key] = numbers.count
    return numbers.count - 1
  }
}
