import Digests
import Replay
import Testing

private let zeros = [UInt8](repeating: 0, count: 32)
private let ones = [UInt8](repeating: 0xff, count: 32)
private let extended = [UInt8](repeating: 0xff, count: 31) + [0xfe]

/// What each register that may stand without a log is for, in words that only its own sentence has.
private let purposes = [
  9: "files and options that loaders and the kernel read", 10: "measurement list (IMA)", 11: "unified kernel image",
  12: "options and credentials", 13: "extensions of the system", 15: "identity of the machine", 16: "for debugging",
  17: "Intel TXT, AMD SKINIT", 18: "Intel TXT, AMD SKINIT", 19: "Intel TXT, AMD SKINIT",
  20: "the system of a dynamic launch", 21: "the system of a dynamic launch", 22: "the system of a dynamic launch",
  23: "for applications",
]

@Test(arguments: 0...23) func anExtendedRegisterIsSaidToBeForWhatItIsAndOneOfFirmwareForNothing(register: Int) {
  let meaning = unloggedMeaning(ofRegister: register, value: extended)
  guard let purpose = purposes[register] else {
    #expect(meaning == nil)
    return
  }
  #expect(meaning?.contains(purpose) == true, "\(meaning ?? "nothing")")
}

@Test(arguments: 0...23) func zerosSayNothingButOfWhatAnybodyOrALaunchMaySetToThem(register: Int) {
  let meaning = unloggedMeaning(ofRegister: register, value: zeros)
  switch register {
  case 16, 23: #expect(meaning?.contains("every program may reset and extend it") == true)
  case 17...22: #expect(meaning?.hasPrefix("set to zero, as a dynamic launch") == true)
  default: #expect(meaning == nil)
  }
}

@Test(arguments: 0...23) func onesAreNoLaunchInTheRegistersOfALaunchAndAValueLikeOthersElsewhere(register: Int) {
  let meaning = unloggedMeaning(ofRegister: register, value: ones)
  switch register {
  case 17...22: #expect(meaning == "no dynamic launch since the last reset of the TPM")
  default: #expect(meaning == unloggedMeaning(ofRegister: register, value: extended))
  }
}

/// Whatever the bank: nothing is said of the value that a register has after a reset, but of those that others may have set so.
@Test(arguments: HashAlgorithm.allCases) func theWidthOfTheBankMakesNoDifference(bank: HashAlgorithm) {
  for register in 0...23 {
    for byte in [UInt8(0), 0xff, 7] {
      #expect(
        unloggedMeaning(ofRegister: register, value: [UInt8](repeating: byte, count: bank.digestByteCount))
          == unloggedMeaning(ofRegister: register, value: [UInt8](repeating: byte, count: 32)))
    }
  }
}

@Test(arguments: [-1, 24, 100]) func whatNoTPMHasMeansNothing(register: Int) {
  #expect(unloggedMeaning(ofRegister: register, value: extended) == nil)
}
