import Digests
import TPMStructures
import TestSupport
import Testing

@Suite struct RegisterListingTests {
  private let digest = String(repeating: "ab", count: 20)
  private var value: [UInt8] { [UInt8](repeating: 0xab, count: 20) }

  private func listing(_ text: String) -> RegisterValues? { RegisterListing(Array(text.utf8))?.values }

  @Test func theLayoutOfThePCRReadToolIsRead() {
    let text = "---\nsha1:\n  0 : 0x\(digest)\n  10: 0x\(digest.uppercased())\nsha256:\n"
    #expect(listing(text)?[.sha1, 0] == value)
    #expect(listing(text)?[.sha1, 10] == value)
    #expect(listing(text)?.banks == [.sha1])
    #expect(listing(text.replacing("\n", with: "\r\n"))?[.sha1, 10] == value)
  }

  /// Registers of a guest are none of a TPM, and the other way round.
  @Test func registersOfAGuestAreReadAsSuchAlone() {
    let guest = { (text: String) in RegisterListing.guestRegisters(Array(text.utf8)) }
    let text = "# a log\n  sha1:\n    RTMR0: 0x\(digest)\n    RTMR3: 0x\(digest.uppercased())\n"
    #expect(guest(text)?[.sha1, 1] == value && guest(text)?[.sha1, 4] == value)
    #expect(listing(text) == nil)
    for other in ["0 ", "PCR0", "RTMR4", "RTMR-1", "RTMR", "RTMR99999999999999999999"] {
      #expect(guest("sha1:\n \(other): 0x\(digest)\n") == nil, "\(other)")
    }
    #expect(guest("RTMR0: 0x\(digest)\n") == nil)
  }

  @Test func theLayoutOfTheKernelsFoldersIsRead() {
    #expect(listing("pcr-sha1/10 \(digest)\n")?[.sha1, 10] == value)
    #expect(listing("pcr-sha256/10 \(digest)\n") == nil)
  }

  @Test func theOldLayoutOfTheKernelIsReadAndItsBankToldByTheLength() {
    let words = Array(repeating: "AB", count: 20).joined(separator: " ")
    #expect(listing("PCR-00: \(words)\nPCR-10: \(words) \n")?[.sha1, 10] == value)
    #expect(listing("PCR-10: \(words) AB") == nil)
    let long = Array(repeating: "AB", count: 32).joined(separator: " ")
    #expect(listing("PCR-10: \(long)")?.banks == [.sha256])
  }

  @Test(arguments: [
    "", "\n", "sha1:", "10: 0x" + String(repeating: "ab", count: 20), "sha1:\n 10: ab", "sha1:\n 32: 0x",
    "sha1:\n -1: 0x00",
    "PCR-: ", "PCR-10:", "pcr-/ ", "pcr-sha1/ 00", "pcr-sha1/99999999999999999999 00", "one\ntwo\n", "sha1:\n: 0x\n",
    "---", ":", "0x", "sha1:\n0x",
  ])
  func textWithoutARegisterValueIsNoListing(text: String) { #expect(listing(text) == nil) }

  @Test(arguments: [32, 99, -1, 4_294_967_306])
  func aRegisterThatNoTPMHasIsNotRead(register: Int) {
    #expect(listing("sha1:\n \(register): 0x\(digest)\n") == nil)
  }

  @Test func twoValuesOfOneRegisterAreNoListing() {
    #expect(listing("sha1:\n 1: 0x\(digest)\n 1: 0x\(digest)\n") != nil)
    #expect(listing("sha1:\n 1: 0x\(digest)\n 1: 0x\(String(repeating: "00", count: 20))\n") == nil)
  }

  @Test func textThatIsMostlySomethingElseIsNoListing() {
    #expect(listing("a\nsha1:\n 1: 0x\(digest)\n") != nil)
    #expect(listing("a\nb\nsha1:\n 1: 0x\(digest)\n") == nil)
    // A description of a machine that quotes a whole bank, as the READMEs of the lab do.
    let bank = (0..<24).map { "  \($0): 0x\(digest)\n" }.joined()
    #expect(listing("sha1:\n" + bank + String(repeating: "A sentence.\n", count: 4)) != nil)
    #expect(listing("sha1:\n" + bank + String(repeating: "A sentence.\n", count: 5)) == nil)
  }

  @Test func bytesThatAreNotASCIITextAreNoListing() {
    for byte: UInt8 in [0, 0x1b, 0x7f, 0x80, 0xff] {
      #expect(RegisterListing(Array("sha1:\n 1: 0x\(digest)\n".utf8) + [byte]) == nil)
    }
  }

  private static let real = [
    "lab/vmA-secureboot-ima-ng/boot1/independent/q0.pcrs-sha1", "lab/vmA-secureboot-ima-ng/boot1/tpm.txt",
    "quotes/lab-swtpm/pcrread.txt",
  ]

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aTruncatedListingNeverCrashesAndHoldsNoOtherValuesThanTheWholeOne(path: String) throws {
    let bytes = try Corpus.bytes(path)
    let whole = try #require(RegisterListing(bytes)).values
    for length in 0..<bytes.count {
      guard let part = RegisterListing(Array(bytes.prefix(length)))?.values else { continue }
      for bank in part.banks {
        for register in part.registers(of: bank) { #expect(part[bank, register] == whole[bank, register]) }
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aFlippedByteNeverCrashes(path: String) throws {
    let bytes = try Corpus.bytes(path)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x11
      _ = RegisterListing(changed)
    }
  }
}
