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

  /// Digests of zeros.
  public init(_ algorithms: [HashAlgorithm], count: Int) {
    self.algorithms = algorithms
    self.count = count
    var starts = [0]
    for algorithm in algorithms { starts.append((starts.last ?? 0) + count * algorithm.digestByteCount) }
    bytes = [UInt8](repeating: 0, count: starts.last ?? 0)
    self.starts = starts
  }

  /// Puts a digest of the algorithm at that place of `algorithms` in the place of one message's; false when it has another length.
  public mutating func set(_ message: Int, _ algorithm: Int, _ digest: [UInt8]) -> Bool {
    let width = algorithms[algorithm].digestByteCount
    guard digest.count == width else { return false }
    let start = starts[algorithm] + message * width
    bytes.replaceSubrange(start..<start + width, with: digest)
    return true
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
