import COpenSSL
import Digests

/// Texts that lie in one buffer, ready to be hashed many at a time.
public struct HashMessages: Sendable {
  private let bytes: [UInt8]
  private let start: Int
  private var messages: [cossl_message] = []
  /// The smallest number of bytes from `start` that holds every piece.
  private var needed: UInt32 = 0
  /// Where the last recorded digest begins.
  private var lastRecorded: UInt32 = 0

  public var count: Int { messages.count }

  /// `start` is where in `bytes` the places of the messages count from.
  public init(in bytes: [UInt8], from start: Int, capacity: Int) {
    self.bytes = bytes
    self.start = start
    messages.reserveCapacity(capacity)
  }

  @inlinable
  public mutating func append(_ message: HashMessage) {
    append(message.first, message.second, message.zeroCount, message.recorded)
  }

  @usableFromInline
  mutating func append(_ first: Range<UInt32>, _ second: Range<UInt32>, _ zeroCount: UInt32, _ recorded: UInt32) {
    precondition(
      zeroCount == 0 || zeroCount <= 256 && first.count + second.count + Int(zeroCount) <= 1024,
      "zeros are at most 256, behind a message of which they make at most 1024 bytes")
    needed = max(needed, first.upperBound, second.upperBound)
    lastRecorded = max(lastRecorded, recorded)
    messages.append(
      cossl_message(
        first_start: first.lowerBound, first_count: first.upperBound - first.lowerBound,
        second_start: second.lowerBound, second_count: second.upperBound - second.lowerBound, zero_count: zeroCount,
        recorded_start: recorded))
  }

  /// The digests of all messages in each of the algorithms, and whether those of `compared` (one of them) are the
  /// recorded ones; nil when OpenSSL lacks an algorithm.
  public func digests(_ algorithms: [HashAlgorithm], compared: HashAlgorithm? = nil) -> DigestTable? {
    let available = bytes.count - start
    precondition(start >= 0 && Int(needed) <= available, "messages lie inside their buffer")
    precondition(
      compared == nil || count == 0 || Int(lastRecorded) + (compared?.digestByteCount ?? 0) <= available,
      "recorded digests lie inside the buffer")
    var table = DigestTable(algorithms, count: count)
    var same = [UInt8](repeating: 0, count: compared == nil ? 0 : count)
    // Safe: the preconditions hold every piece and recorded digest inside `bytes`; the table has a place for each
    // digest of each algorithm, one algorithm after another; `same` has an element a message.
    let isComputed = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe table.bytes.withUnsafeMutableBufferPointer { out in
        unsafe same.withUnsafeMutableBufferPointer { same in
          guard let first = buffer.baseAddress, let target = out.baseAddress else { return count == 0 }
          let outputs = unsafe algorithms.enumerated().map { index, algorithm in
            unsafe cossl_output(
              algorithm: algorithm.rawValue, digests: target + table.starts[index],
              same: algorithm == compared ? same.baseAddress : nil)
          }
          return unsafe cossl_digest_messages(first + start, messages, count, outputs, outputs.count) == 1
        }
      }
    }
    table.same = same
    return isComputed ? table : nil
  }
}

/// One text to hash: two pieces of a common buffer, then zeros. Places count bytes from a start given beside.
public struct HashMessage: Sendable {
  public var first: Range<UInt32>
  public var second: Range<UInt32>
  /// At most 256, and only for messages that have at most 1024 bytes with them.
  public var zeroCount: UInt32
  /// Where the digest stands that the computed one is compared with.
  public var recorded: UInt32

  public init(first: Range<UInt32>, second: Range<UInt32> = 0..<0, zeroCount: UInt32 = 0, recorded: UInt32 = 0) {
    self.first = first
    self.second = second
    self.zeroCount = zeroCount
    self.recorded = recorded
  }
}
