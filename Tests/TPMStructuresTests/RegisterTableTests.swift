import ByteReading
import Digests
import TPMStructures
import TestSupport
import Testing

/// Register values in JSON.
@Suite struct RegisterTableTests {
  private let sha1 = String(repeating: "ab", count: 20)
  private let sha256 = String(repeating: "cd", count: 32)

  private func listing(_ text: String) -> RegisterListing? {
    RegisterListing.parse(Array(text.utf8), file: "pcrs.json")
  }

  private func problems(_ text: String) -> [String] { listing(text)?.problems.map(\.description) ?? ["no listing"] }

  @Test func banksByTheirNamesHaveRegistersByTheirNumbers() throws {
    let read = try #require(
      listing(
        """
        {"sha1": {"0": "\(sha1)", "pcr1": "0x\(sha1.uppercased())", "PCR-02": "0X\(sha1)", "pcr_3": "\(sha1)",
         "PCR 04": "\(sha1)", "05": "\(sha1)"},
         "SHA-256": {"23": "\(sha256)", "24": "zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0="}, "sm3_256": {"7": "\(sha256)"}}
        """))
    #expect(read.problems.isEmpty)
    #expect(read.values.banks == [.sha1, .sha256, .sm3_256])
    #expect(read.values.registers(of: .sha1) == [0, 1, 2, 3, 4, 5])
    #expect(read.values.registers(of: .sha1).allSatisfy { read.values[.sha1, $0] == Array(repeating: 0xab, count: 20) })
    #expect(read.values.registers(of: .sha256) == [23, 24])
    #expect(read.values[.sha256, 24] == read.values[.sha256, 23])
    #expect(read.values.registers(of: .sm3_256) == [7])
  }

  @Test func withoutABankTheLengthTellsIt() {
    #expect(listing("{\"0\": \"\(sha1)\", \"10\": \"\(sha256)\"}")?.values.banks == [.sha1, .sha256])
    let go = "[{\"Index\": 3, \"Digest\": \"q6urq6urq6urq6urq6urq6urq6s=\", \"DigestAlg\": 3}]"
    #expect(listing(go)?.values[.sha1, 3] == Array(repeating: 0xab, count: 20))
  }

  @Test func whatIsNoRegisterValueIsSaidWithItsPlaceAndTheRestStands() throws {
    let text =
      "{\"sha1\": {\"0\": \"\(sha1)\", \"1\": \"abc\", \"32\": \"\(sha1)\", \"2\": 7, \"x\\n\": \"\"}, \"host\": \"a\"}"
    let read = try #require(listing(text))
    #expect(read.values.registers(of: .sha1) == [0])
    #expect(
      problems(text) == [
        "pcrs.json at 0x40: JSON sha1 PCR 1: expected 20 bytes in hexadecimal digits or Base64, found 'abc'",
        "pcrs.json at 0x4d: JSON sha1 PCR: expected the number of a register, 0 to 31, found '32'",
        "pcrs.json at 0x7e: JSON sha1 PCR 2: expected a text with the value of the register, found the number 7",
        "pcrs.json at 0x88: JSON sha1 PCR: expected the number of a register, 0 to 31, found 'x\\n'",
        "pcrs.json at 0x95: JSON member: expected the name of a bank with its registers, found 'host' with a text",
      ])
  }

  @Test func aRegisterWithTwoValuesHasNone() throws {
    let other = String(repeating: "00", count: 20)
    let read = try #require(
      listing("{\"sha1\": {\"1\": \"\(sha1)\", \"0\": \"\(sha1)\", \"pcr0\": \"\(other)\", \"00\": \"\(sha1)\"}}"))
    #expect(read.values.registers(of: .sha1) == [1])
    #expect(read.problems.map(\.field) == ["JSON sha1 PCR 0"])
    // The same value twice says nothing else.
    #expect(problems("{\"sha1\": {\"0\": \"\(sha1)\", \"pcr0\": \"0x\(sha1)\"}, \"sha1\": {\"0\": \"\(sha1)\"}}") == [])
  }

  @Test(arguments: [
    "{}", "[]", "{\"sha1\": {}}", "{\"sha1\": []}", "{\"sha1\": {\"0\": null}}",
    "{\"sha1\":",
    "[{\"Index\": 1}]", "[{\"Index\": 1, \"Digest\": \"\"}]", "{\"0\": \"00\"}",
    "{\"sha1\": {\"0\": {\"0\": {\"0\": 1}}}}",
    "{\"+1\": \"abababababababababababababababababababab\"}", "{\"-1\": \"abababababababababababababababababababab\"}",
    "{\"1\": \"abababababababababababababababababababab\", \"name\": \"x\"}",
    "[{\"Index\": 1e9, \"Digest\": \"abababababababababababababababababababab\"}]",
  ])
  func jsonWithoutARegisterValueIsNoListing(text: String) { #expect(listing(text) == nil) }

  @Test func aTableOfWhichNoValueCanBeReadIsADamagedOne() {
    #expect(
      problems("{\"sha256\": {\"0\": \"\(sha1)\"}}") == [
        "pcrs.json at 0x11: JSON sha256 PCR 0: expected 32 bytes in hexadecimal digits or Base64, found '\(sha1)'"
      ])
    #expect(listing("{\"sha256\": {\"0\": \"\(sha1)\"}}")?.values.isEmpty == true)
  }

  @Test func aTableThatBreaksOffSaysSo() throws {
    let whole = "{\"sha1\": {\"0\": \"\(sha1)\", \"pcr1\": \"0x\(sha1)\"}, \"sha256\": {\"7\": \"\(sha256)\"}}"
    let values = try #require(listing(whole)).values
    for length in 0..<whole.utf8.count {
      guard let part = listing(String(decoding: whole.utf8.prefix(length), as: UTF8.self)) else { continue }
      #expect(!part.problems.isEmpty)
      for bank in part.values.banks {
        for register in part.values.registers(of: bank) {
          #expect(part.values[bank, register] == values[bank, register])
        }
      }
    }
    var changed = Array(whole.utf8)
    for index in changed.indices {
      changed[index] ^= 0x11
      _ = RegisterListing.parse(changed, file: "x")
      changed[index] ^= 0x11
    }
  }

  @Test func problemsAndDepthAreBounded() throws {
    let bad = (0..<2000).map { "\"x\($0)\": \"\"" }.joined(separator: ", ")
    #expect(listing("{\"sha1\": {\"0\": \"\(sha1)\", \(bad)}}")?.problems.count == 100)
    #expect(listing(String(repeating: "{\"sha1\":", count: 100_000)) == nil)
  }

  @Test func aReferenceIsNoHalfTable() {
    let good = "{\"sha1\": {\"0\": \"\(sha1)\"}}"
    #expect(RegisterValues(archived: Array(good.utf8), file: "x")?[.sha1, 0] != nil)
    let half = "{\"sha1\": {\"0\": \"\(sha1)\", \"1\": \"\"}}"
    #expect(RegisterValues(archived: Array(half.utf8), file: "x") == nil)
  }

  @Test(.enabled(if: Corpus.isPresent)) func tablesThatOthersPublishedAreRead() throws {
    let paths = try Corpus.index("eventlog").compactMap { $0["file"] }.filter { $0.hasSuffix("pcrs.json") }
    #expect(paths.count >= 10)
    for path in paths {
      let read = try #require(RegisterListing.parse(try Corpus.bytes("eventlog/" + path), file: path), "\(path)")
      #expect(read.problems.isEmpty && !read.values.isEmpty, "\(path)")
    }
  }
}
