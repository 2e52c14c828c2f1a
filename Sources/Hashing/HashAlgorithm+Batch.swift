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

/// The digests of many messages in one or more algorithms.
public struct DigestTable: Sendable {
  public let algorithms: [HashAlgorithm]
  /// Number of messages.
  public let count: Int
  /// For each message 1 if its digest is the recorded one, else 0; empty when nothing was compared.
  public internal(set) var same: [UInt8] = []
  /// All digests of the first algorithm one after another, then those of the next.
  fileprivate var bytes: [UInt8]
  /// Where the digests of each algorithm start.
  fileprivate let starts: [Int]

  fileprivate init(_ algorithms: [HashAlgorithm], count: Int) {
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

  fileprivate func start(of algorithm: HashAlgorithm) -> Int {
    guard let index = algorithms.firstIndex(of: algorithm) else {
      preconditionFailure("the table has no \(algorithm.name) digests")
    }
    return starts[index]
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

  /// Extends registers of several banks with a digest a record, in order; false when OpenSSL lacks an algorithm.
  ///
  /// `registers` holds a register index for each record; from 24 on none is extended. The bank at each place is
  /// extended with the digests in the algorithm at the same place of `algorithms`, which are at most as wide as the
  /// bank; shorter ones are followed by zeros. `histories`, when not empty, holds an array a bank, which is replaced
  /// with the value of the record's register after each record (zeros where none is extended).
  public static func extend(
    _ banks: inout [RegisterBank], registers: [UInt8], with digests: DigestTable, algorithms: [HashAlgorithm],
    histories: inout [[UInt8]]
  ) -> Bool {
    precondition(banks.count == algorithms.count, "an algorithm for each bank")
    precondition(histories.isEmpty || histories.count == banks.count, "a history for each bank, or none")
    precondition(registers.count == digests.count, "a register for each digest")
    // More banks than a call takes are rare and go one after another.
    for first in stride(from: 0, to: banks.count, by: Int(COSSL_BANK_LIMIT)) {
      let range = first..<min(first + Int(COSSL_BANK_LIMIT), banks.count)
      var ready: [cossl_bank] = unsafe []
      guard
        unsafe extend(
          range, of: &banks, registers: registers, with: digests, algorithms: algorithms, histories: &histories, &ready)
      else { return false }
    }
    return true
  }

  /// Takes hold of the memory of one bank after another, then extends them all.
  private static func extend(
    _ range: Range<Int>, of banks: inout [RegisterBank], registers: [UInt8], with digests: DigestTable,
    algorithms: [HashAlgorithm], histories: inout [[UInt8]], _ ready: inout [cossl_bank]
  ) -> Bool {
    guard let index = range.first else {
      // Safe: see below; all memory is held by the callers of this call.
      return unsafe cossl_extend_banks(ready, ready.count, registers, registers.count) == 1
    }
    let bank = banks[index].algorithm
    let width = algorithms[index].digestByteCount
    precondition(width <= bank.digestByteCount, "digests are not wider than the bank")
    var values: [UInt8] = []
    swap(&values, &banks[index].values)
    defer { swap(&values, &banks[index].values) }
    var history: [UInt8] = []
    if !histories.isEmpty {
      swap(&history, &histories[index])
      if history.count != registers.count * bank.digestByteCount {
        history = [UInt8](repeating: 0, count: registers.count * bank.digestByteCount)
      }
    }
    defer { if !histories.isEmpty { swap(&history, &histories[index]) } }
    let keepsHistory = !histories.isEmpty
    let start = digests.start(of: algorithms[index])
    // Safe: `values` holds 24 registers, which the function does not leave; the table has a digest of `width` bytes
    // for each of the registers; `history` has room for a value a record. All three are held while the function runs,
    // which is inside the innermost call.
    return unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe history.withUnsafeMutableBufferPointer { history in
        unsafe digests.bytes.withUnsafeBufferPointer { digestBytes in
          guard let source = digestBytes.baseAddress else { return true }
          unsafe ready.append(
            cossl_bank(
              algorithm: bank.rawValue, registers: values.baseAddress, digests: source + start, digest_count: width,
              values: keepsHistory ? history.baseAddress : nil))
          return unsafe extend(
            range.dropFirst(), of: &banks, registers: registers, with: digests, algorithms: algorithms,
            histories: &histories, &ready)
        }
      }
    }
  }
}
