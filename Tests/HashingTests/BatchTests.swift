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
      expected.append(
        try #require(algorithm.digest(of: Array(bytes[3 + first.lowerBound.int..<3 + first.upperBound.int]))))
    }
    let digests = try #require(messages.digests([algorithm])).digests(algorithm)
    #expect(Array(digests) == expected.flatMap { $0 })
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
    let digests = try #require(messages.digests([algorithm])).digests(algorithm)
    #expect(Array(digests) == expected)
  }

  @Test func recordedDigestsAreComparedWithTheComputedOnes() throws {
    let digest = try #require(HashAlgorithm.sha256.digest(of: Array(bytes[0..<50])))
    let buffer = Array(bytes[0..<50]) + digest + digest.map { $0 ^ 1 }
    var messages = HashMessages(in: buffer, from: 0, capacity: 2)
    messages.append(HashMessage(first: 0..<50, recorded: 50))
    messages.append(HashMessage(first: 0..<50, recorded: 82))
    #expect(try #require(messages.digests([.sha256], compared: .sha256)).same == [1, 0])
  }

  @Test func severalAlgorithmsAtOnceGiveTheSameDigests() throws {
    let algorithms: [HashAlgorithm] = [.sha1, .sha384, .sha256, .sha3_256, .sha512]
    var messages = HashMessages(in: bytes, from: 0, capacity: 0)
    for count in [0, 1, 55, 56, 64, 108, 111, 112, 128, 2000] as [UInt32] {
      messages.append(HashMessage(first: 5..<5 + count))
    }
    let together = try #require(messages.digests(algorithms))
    for algorithm in algorithms {
      #expect(together.digests(algorithm) == (try #require(messages.digests([algorithm])).digests(algorithm))[...])
    }
  }

  @Test(arguments: HashAlgorithm.allCases, [false, true])
  func extendsOfABatchAreThoseOfSingleCalls(algorithm: HashAlgorithm, isPadded: Bool) throws {
    guard algorithm.digest(of: []) != nil else { return }
    let hash = isPadded ? HashAlgorithm.sha1 : algorithm
    let registers = (0..<100).map { (index: UInt8) -> UInt8 in index % 9 == 8 ? 30 : index / 3 % 19 }
    var messages = HashMessages(in: bytes, from: 0, capacity: 0)
    for index in 0..<UInt32(registers.count) { messages.append(HashMessage(first: index..<index + 100)) }
    var digests = try #require(messages.digests(Array(Set([hash, .sha256]))))
    digests.fill(40, with: 0xff)
    var banks = [RegisterBank(algorithm), RegisterBank(.sha256)]
    var histories: [[UInt8]] = [[], []]
    let isExtended = RegisterBank.extend(
      &banks, registers: registers, with: digests, algorithms: [hash, .sha256], histories: &histories)
    #expect(isExtended)
    for (bank, digest) in [(0, hash), (1, .sha256)] {
      let (values, history) = try extendOneByOne(banks[bank].algorithm, registers, digests, digest)
      #expect((0..<24).map { banks[bank][$0] } == values)
      #expect(histories[bank] == history)
    }
  }

  private func extendOneByOne(
    _ bank: HashAlgorithm, _ registers: [UInt8], _ digests: DigestTable, _ hash: HashAlgorithm
  ) throws -> (values: [[UInt8]], history: [UInt8]) {
    var values = (0..<24).map { resetValue(ofRegister: $0, bank: bank) }
    var history: [UInt8] = []
    for (index, register) in registers.enumerated() {
      guard register < 24 else {
        history += Array(repeating: 0, count: bank.digestByteCount)
        continue
      }
      let digest = digests.digests(hash).dropFirst(index * hash.digestByteCount).prefix(hash.digestByteCount)
      let padded = Array(digest) + Array(repeating: 0, count: bank.digestByteCount - hash.digestByteCount)
      values[Int(register)] = try #require(bank.extend(values[Int(register)], with: padded))
      history += values[Int(register)]
    }
    return (values, history)
  }

  @Test func sixBanksAreExtendedThoughACallTakesFour() throws {
    var messages = HashMessages(in: bytes, from: 0, capacity: 0)
    messages.append(HashMessage(first: 0..<100))
    let digests = try #require(messages.digests([.sha1, .sha256]))
    let algorithms: [HashAlgorithm] = [.sha1, .sha256, .sha1, .sha256, .sha256, .sha1]
    var banks = algorithms.map { RegisterBank($0) }
    var histories: [[UInt8]] = []
    let isExtended = RegisterBank.extend(
      &banks, registers: [10], with: digests, algorithms: algorithms, histories: &histories)
    #expect(isExtended && histories.isEmpty)
    for (bank, algorithm) in zip(banks, algorithms) {
      #expect(
        bank[10]
          == algorithm.extend(
            Array(repeating: 0, count: algorithm.digestByteCount), with: Array(digests.digests(algorithm))))
      #expect(bank[17] == Array(repeating: 0xff, count: algorithm.digestByteCount))
    }
  }
}

extension UInt32 {
  fileprivate var int: Int { Int(self) }
}
