import COpenSSL
import Digests

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

  /// The digests one after another, `algorithm.digestByteCount` bytes each; nil when OpenSSL lacks the algorithm.
  public func digests(_ algorithm: HashAlgorithm) -> [UInt8]? { compute(algorithm, same: nil)?.digests }

  /// The digests as above, and for every message 1 if its digest is the recorded one, else 0.
  public func digestsCompared(_ algorithm: HashAlgorithm) -> (digests: [UInt8], same: [UInt8])? {
    compute(algorithm, same: [UInt8](repeating: 0, count: count))
  }

  private func compute(_ algorithm: HashAlgorithm, same: [UInt8]?) -> (digests: [UInt8], same: [UInt8])? {
    let available = bytes.count - start
    precondition(start >= 0 && Int(needed) <= available, "messages lie inside their buffer")
    precondition(
      same == nil || count == 0 || Int(lastRecorded) + algorithm.digestByteCount <= available,
      "recorded digests lie inside the buffer")
    var same = same
    let size = algorithm.digestByteCount
    var isComputed = false
    let digests = unsafe [UInt8](unsafeUninitializedCapacity: count * size) { out, written in
      // Safe: the preconditions hold every piece and recorded digest inside `bytes`; `out` has room for all digests,
      // which are all written when the function returns 1; `same` has an element a message.
      isComputed = unsafe bytes.withUnsafeBufferPointer { buffer in
        guard let first = buffer.baseAddress, let target = out.baseAddress else { return count == 0 }
        return unsafe withOptionalBuffer(&same) { same in
          unsafe cossl_digest_messages(algorithm.rawValue, first + start, messages, count, target, same) == 1
        }
      }
      written = isComputed ? count * size : 0
    }
    return isComputed ? (digests, same ?? []) : nil
  }
}

/// The values of registers 0 to 23 of one bank, which are extended with many digests at a time.
public struct RegisterBank: Sendable {
  public static let registerCount = 24

  public let algorithm: HashAlgorithm
  /// All values one after another.
  private var values: [UInt8]

  /// All registers as after a TPM reset.
  public init(_ algorithm: HashAlgorithm) {
    self.algorithm = algorithm
    values = (0..<Self.registerCount).flatMap { resetValue(ofRegister: $0, bank: algorithm) }
  }

  /// The value of register 0 to 23, of the bank's width.
  public subscript(register: Int) -> [UInt8] {
    get { Array(values[register * algorithm.digestByteCount..<(register + 1) * algorithm.digestByteCount]) }
    set {
      precondition(newValue.count == algorithm.digestByteCount, "a register has the width of its bank")
      values.replaceSubrange(
        register * algorithm.digestByteCount..<(register + 1) * algorithm.digestByteCount, with: newValue)
    }
  }

  /// Extends a register with each digest in turn; false when OpenSSL lacks the algorithm.
  ///
  /// `digests` are `digestByteCount` bytes each, at most the bank's width; shorter ones are followed by zeros.
  /// `registers` holds a register index for each; from 24 on no register is extended. `history`, when given, is
  /// replaced with the value of the record's register after each record (zeros where none is extended).
  public mutating func extend(
    _ registers: [UInt8], with digests: [UInt8], digestByteCount: Int, history: inout [UInt8]?
  ) -> Bool {
    precondition(digestByteCount <= algorithm.digestByteCount, "digests are not wider than the bank")
    precondition(digests.count >= registers.count * digestByteCount, "there is a digest for each record")
    let historyByteCount = registers.count * algorithm.digestByteCount
    if history != nil, history?.count != historyByteCount {
      history = [UInt8](repeating: 0, count: historyByteCount)
    }
    // Safe: the preconditions give a digest for each index, `values` holds 24 registers, which the function does not
    // leave, and `history` has room for a value a record.
    return unsafe withOptionalBuffer(&history) { history in
      unsafe cossl_extend_registers(
        algorithm.rawValue, &values, registers, digests, digestByteCount, registers.count, history) == 1
    }
  }
}

/// Calls `body` with the array's memory, or with nil when there is no array.
private func withOptionalBuffer<Result>(
  _ array: inout [UInt8]?, _ body: (UnsafeMutablePointer<UInt8>?) -> Result
) -> Result {
  guard var held = array.take() else { return body(nil) }
  defer { array = held }
  // Safe: the pointer is used only during the call.
  return unsafe held.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
}
