import Digests
import Testing

@Suite struct RegisterValuesTests {
  @Test func aRegisterThatWasNeverSetIsUnknownAndNotZero() {
    var values = RegisterValues()
    values[.sha1, 10] = [1]
    #expect(values[.sha1, 9] == nil)
    #expect(values[.sha256, 10] == nil)
    #expect(!values.isEmpty)
  }

  @Test func removingTheLastValueOfABankRemovesTheBank() {
    var values = RegisterValues()
    values[.sha256, 0] = [1]
    values[.sha256, 0] = nil
    #expect(values.isEmpty)
    #expect(values.banks == [])
    #expect(values == RegisterValues())
    values[.sha1, 3] = nil
    #expect(values.isEmpty)
  }

  @Test func banksAndRegistersComeInAscendingOrder() {
    var values = RegisterValues()
    for register in [10, 2, 23] { values[.sha256, register] = [0] }
    values[.sha1, 7] = [0]
    #expect(values.banks == [.sha1, .sha256])
    #expect(values.registers(of: .sha256) == [2, 10, 23])
    #expect(values.registers(of: .sha384) == [])
  }

  @Test func mergingTakesTheOthersValueWhereBothHaveOne() {
    var one = RegisterValues()
    one[.sha1, 1] = [1]
    one[.sha1, 2] = [1]
    var other = RegisterValues()
    other[.sha1, 2] = [2]
    other[.sha256, 2] = [3]
    one.merge(other)
    #expect(one[.sha1, 1] == [1])
    #expect(one[.sha1, 2] == [2])
    #expect(one[.sha256, 2] == [3])
  }

  @Test(arguments: 0..<24)
  func aRegisterStartsAtZeroExceptThoseOfTheDynamicLaunch(register: Int) {
    let expected: UInt8 = (17...22).contains(register) ? 0xff : 0
    for bank in HashAlgorithm.allCases {
      #expect(resetValue(ofRegister: register, bank: bank) == Array(repeating: expected, count: bank.digestByteCount))
    }
  }
}
