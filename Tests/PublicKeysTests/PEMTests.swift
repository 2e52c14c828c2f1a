import Foundation
import PublicKeys
import TestSupport
import Testing

@Suite struct PEMTests {
  private func block(_ label: String, _ bytes: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString())\n-----END \(label)-----\n"
  }

  @Test func blocksAreReadInTheirOrderWithTheTextAroundThem() {
    let text = "a comment\n" + block("ONE", [1, 2, 3]) + "more\n\n" + block("TWO", [4]) + "the end"
    #expect(pemBlocks(Array(text.utf8)) == [PEMBlock(label: "ONE", der: [1, 2, 3]), PEMBlock(label: "TWO", der: [4])])
  }

  @Test(arguments: [
    "", "-", "-----BEGIN ONE-----", "-----BEGIN ONE-----\nAAAA\n", "-----BEGIN -----\n-----END -----\n",
  ])
  func textWithoutAWholeBlockHasNone(text: String) { #expect(pemBlocks(Array(text.utf8)) == []) }

  @Test(arguments: [
    "-----BEGIN ONE-----\n!!!!\n-----END ONE-----\n", "-----BEGIN ONE-----\nAAA\n-----END ONE-----\n",
    "-----BEGIN ONE-----\nAAAA\n-----END TWO-----\n",
  ])
  func aDamagedBlockDoesNotHideThoseAfterIt(damaged: String) {
    let text = damaged + block("GOOD", [1, 2, 3])
    #expect(pemBlocks(Array(text.utf8)).contains(PEMBlock(label: "GOOD", der: [1, 2, 3])))
  }

  @Test func aLabelLongerThanAnyKnownOneIsPassedOver() {
    let text = block(String(repeating: "A", count: 64), [9]) + block("ONE", [1])
    #expect(pemBlocks(Array(text.utf8)) == [PEMBlock(label: "ONE", der: [1])])
  }

  @Test func hostileTextIsReadToItsEnd() {
    _ = pemBlocks(Array(String(repeating: "-----BEGIN A-----\n", count: 2000).utf8))
    _ = pemBlocks([UInt8](repeating: 0, count: 10_000))
    _ = pemBlocks([UInt8](repeating: 0x2d, count: 100_000))
  }

  @Test(.enabled(if: Corpus.isPresent)) func everyTruncationOfAKeyHasNoBlock() throws {
    let bytes = try Corpus.bytes("quotes/lab-swtpm/ak-ecdsa.pem")
    #expect(pemBlocks(bytes).map(\.label) == ["PUBLIC KEY"])
    // The last bytes are the end mark's dashes and the newline.
    for length in 0..<bytes.count - 6 { #expect(pemBlocks(Array(bytes.prefix(length))) == [], "\(length) bytes") }
  }
}
