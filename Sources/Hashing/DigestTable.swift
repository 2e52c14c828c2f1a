import Digests

/// The digests of many messages in one or more algorithms.
public struct DigestTable: Sendable {
  public let algorithms: [HashAlgorithm]
  /// Number of messages.
  public let count: Int
  /// For each message 1 if its digest is the recorded one, else 0; empty when nothing was compared.
  public internal(set) var same: [UInt8] = []
  /// All digests of the first algorithm one after another, then those of the next.
  var bytes: [UInt8]
  /// Where the digests of each algorithm start.
  let starts: [Int]

  init(_ algorithms: [HashAlgorithm], count: Int) {
    self.algorithms = algorithms
    self.count = count
    var starts = [0]
    for algorithm in algorithms { starts.append((starts.last ?? 0) + count * algorithm.digestByteCount) }
    bytes = [UInt8](repeating: 0, count: starts.last ?? 0)
    self.starts = starts
  }

  /// The digests of one of the algorithms, one after another.
  public func digests(_ algorithm: HashAlgorithm) -> ArraySlice<UInt8> {
    guard let index = algorithms.firstIndex(of: algorithm) else { return [] }
    return bytes[starts[index]..<starts[index + 1]]
  }

  /// Puts this byte in the place of all bytes of one message's digests.
  public mutating func fill(_ message: Int, with byte: UInt8) {
    for (index, algorithm) in algorithms.enumerated() {
      let place = starts[index] + message * algorithm.digestByteCount
      for offset in place..<place + algorithm.digestByteCount { bytes[offset] = byte }
    }
  }

  func start(of algorithm: HashAlgorithm) -> Int {
    guard let index = algorithms.firstIndex(of: algorithm) else {
      preconditionFailure("the table has no \(algorithm.name) digests")
    }
    return starts[index]
  }
}
