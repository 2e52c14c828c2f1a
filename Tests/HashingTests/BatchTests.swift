import Digests
import Hashing
import Testing

@Suite struct BatchTests {
  /// Bytes that tell their places apart.
  private let bytes = (0..<9000).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * 31 + index >> 8) }

  @Test(arguments: HashAlgorithm.allCases)
  func digestsOfABatchAreThoseOfSingleCalls(algorithm: HashAlgorithm) throws {
    guard algorithm.digest(of: []) != nil else { return }
    var messages = HashMessages(in: bytes, from: 3, capacity: 0)
    var expected: [[UInt8]] = []
    for count in Array(0..<300) + [511, 512, 1000, 1023, 1024, 1025, 2047, 5000] {
      let first = UInt32(count % 7)..<UInt32(count % 7 + count)
      messages.append(HashMessage(first: first))
      expected.append(try #require(algorithm.digest(of: Array(bytes[3 + first.lowerBound.int..<3 + first.upperBound.int]))))
    }
    let digests = try #require(messages.digests(algorithm))
    #expect(digests == expected.flatMap { $0 })
  }

  @Test(arguments: HashAlgorithm.allCases)
  func twoPiecesAndZerosAreHashedAsOneText(algorithm: HashAlgorithm) throws {
    guard algorithm.digest(of: []) != nil else { return }
    var messages = HashMessages(in: bytes, from: 0, capacity: 0)
    var expected: [UInt8] = []
    for (name, zeros) in [(0, 256), (1, 255), (100, 156), (255, 1), (256, 0), (4000, 0)] {
      messages.append(
        HashMessage(first: 10..<30, second: 40..<UInt32(40 + name), zeroCount: UInt32(zeros)))
      let text = Array(bytes[10..<30]) + Array(bytes[40..<40 + name]) + Array(repeating: 0, count: zeros)
      expected += try #require(algorithm.digest(of: text))
    }
    #expect(messages.digests(algorithm) == expected)
  }

  @Test func recordedDigestsAreComparedWithTheComputedOnes() throws {
    let digest = try #require(HashAlgorithm.sha256.digest(of: Array(bytes[0..<50])))
    let buffer = Array(bytes[0..<50]) + digest + digest.map { $0 ^ 1 }
    var messages = HashMessages(in: buffer, from: 0, capacity: 2)
    messages.append(HashMessage(first: 0..<50, recorded: 50))
    messages.append(HashMessage(first: 0..<50, recorded: 82))
    #expect(try #require(messages.digestsCompared(.sha256)).same == [1, 0])
  }

  @Test(arguments: HashAlgorithm.allCases, [false, true])
  func extendsOfABatchAreThoseOfSingleCalls(algorithm: HashAlgorithm, isPadded: Bool) throws {
    guard algorithm.digest(of: []) != nil else { return }
    let width = isPadded ? 20 : algorithm.digestByteCount
    let registers = (0..<100).map { (index: UInt8) -> UInt8 in index % 9 == 8 ? 30 : index % 19 }
    let digests = Array(bytes[..<(width * registers.count)])
    var bank = RegisterBank(algorithm)
    var history: [UInt8]? = []
    let isExtended = bank.extend(registers, with: digests, digestByteCount: width, history: &history)
    #expect(isExtended)
    var values = (0..<24).map { resetValue(ofRegister: $0, bank: algorithm) }
    var expected: [UInt8] = []
    for (index, register) in registers.enumerated() {
      guard register < 24 else {
        expected += Array(repeating: 0, count: algorithm.digestByteCount)
        continue
      }
      let digest =
        Array(digests[index * width..<(index + 1) * width])
        + Array(repeating: 0, count: algorithm.digestByteCount - width)
      values[Int(register)] = try #require(algorithm.extend(values[Int(register)], with: digest))
      expected += values[Int(register)]
    }
    #expect((0..<24).map { bank[$0] } == values)
    #expect(history == expected)
  }

  @Test func aBankIsExtendedWithoutKeepingItsHistory() throws {
    var bank = RegisterBank(.sha256)
    var history: [UInt8]?
    let isExtended = bank.extend([10], with: Array(repeating: 7, count: 32), digestByteCount: 32, history: &history)
    #expect(isExtended && history == nil)
    #expect(
      bank[10]
        == HashAlgorithm.sha256.extend(Array(repeating: 0, count: 32), with: Array(repeating: 7, count: 32)))
    #expect(bank[17] == Array(repeating: 0xff, count: 32))
  }
}

extension UInt32 {
  fileprivate var int: Int { Int(self) }
}
