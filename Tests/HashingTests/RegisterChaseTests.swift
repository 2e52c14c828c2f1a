import Digests
import Testing

@testable import Hashing

@Suite struct RegisterChaseTests {
  @Test(arguments: HashAlgorithm.allCases.filter { $0.digest(of: []) != nil })
  func aWantedValueIsFoundWhereOneExtendAfterAnotherGivesIt(bank: HashAlgorithm) throws {
    let digests = try (0..<9).map { try #require(bank.digest(of: [UInt8($0)])) }
    let start = resetValue(ofRegister: 10, bank: bank)
    var values = [start]
    for digest in digests { values.append(try #require(bank.extend(values[values.count - 1], with: digest))) }
    let all = digests.flatMap { $0 }
    let strange = [UInt8](repeating: 1, count: bank.digestByteCount)
    var chase = RegisterChase(bank, from: values[2])
    let hit = chase.extend(with: all, 2..<9, until: WantedValues(bank, [strange, values[6]]))
    #expect(hit == RegisterChase.Hit(wanted: 1, extends: 4))
    #expect(chase.value == values[6])
    #expect(chase.extend(with: all, 6..<9, until: WantedValues(bank, [strange])) == nil)
    #expect(chase.value == values[9])
    #expect(chase.extend(with: all, 9..<9, until: WantedValues(bank, [values[9]])) == nil)
  }
}
