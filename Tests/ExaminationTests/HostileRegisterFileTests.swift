import Appraisal
import Digests
import Examination
import Foundation
import SampleEvidence
import TestSupport
import Testing

private let lab = Corpus.url("lab")

/// Register values that don't have the width of their bank, beside a list that does not replay: the search for what was
/// done to the list takes values where they lie, so none of another width may come so far.
@Suite(.enabled(if: Corpus.isPresent)) struct HostileRegisterFileTests {
  /// Values in the order of the selection: register 10 of SHA-1 and of SHA-256.
  private static let proper = [[UInt8](repeating: 1, count: 20), [UInt8](repeating: 2, count: 32)]

  /// A forged list, and a statement of nobody's key whose digest is that of the values, whatever their widths.
  private func result(_ values: [[UInt8]], registers: [UInt8], named name: String = "q2/quote.pcrs") throws
    -> AttestationResult
  {
    var quoted = RegisterValues()
    quoted[.sha1, 10] = values.first ?? []
    quoted[.sha256, 10] = values.last ?? []
    let scratch = try ScratchCase()
    try scratch.copy(lab.appendingPathComponent("vmA-tampered-logs/ima-digest-edited.ima.bin"), to: "q2/ima.bin")
    try scratch.write(MadeQuote("q2/quote.attest", values: quoted).bytes, to: "q2/quote.attest")
    try scratch.write(registers, to: name)
    return try examine(request(scratch.folder))
  }

  private func explanations(_ result: AttestationResult) -> [AttestationResult.ListExplanation] {
    result.hosts.flatMap(\.boots).flatMap(\.explanations)
  }

  /// The layout of `tpm2_quote -F serialized`.
  private static func serialized(_ values: [[UInt8]]) -> [UInt8] {
    func little(_ number: Int, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let slots = (0..<16).flatMap { slot -> [UInt8] in
      let hash = slot == 0 ? 0x0004 : slot == 1 ? 0x000b : 0
      return little(hash, 2) + [slot < 2 ? 3 : 0, 0, slot < 2 ? 4 : 0, 0, 0, 0]
    }
    let list = (0..<8).flatMap { slot -> [UInt8] in
      let value = slot < values.count ? values[slot] : []
      return little(value.count, 2) + Array(value.prefix(64)) + [UInt8](repeating: 0, count: 64 - min(64, value.count))
    }
    return little(2, 4) + slots + little(1, 4) + little(values.count, 4) + list
  }

  /// Without this the tests below would say nothing: values that nobody signed are held against the list.
  @Test func valuesOfTheRightWidthsAreSearchedFor() throws {
    for registers in [Self.serialized(Self.proper), Self.proper.flatMap { $0 }] {
      let result = try result(Self.proper, registers: registers)
      #expect(explanations(result).contains { !$0.hypotheses.isEmpty })
      #expect(result.verdict != .trusted)
    }
  }

  /// 32 bytes for SHA-1 and 20 for SHA-256 hash to the signed digest as their 52 bytes do when split as they should be.
  @Test func bareValuesAreSplitByTheBanksWidths() throws {
    let values = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 20)]
    let result = try result(values, registers: values.flatMap { $0 })
    #expect(explanations(result).contains { !$0.hypotheses.isEmpty })
    #expect(result.verdict != .trusted)
  }

  @Test(arguments: [
    [32, 20], [0, 52], [52, 0], [0, 0], [20, 20], [32, 32], [19, 33], [64, 64], [20, 65], [20, 65535],
  ])
  func valuesOfOtherWidthsAreNotTaken(widths: [Int]) throws {
    let values = widths.enumerated().map { [UInt8](repeating: UInt8($0.offset + 1), count: $0.element) }
    let result = try result(values.map { Array($0.prefix(64)) }, registers: Self.serialized(values))
    #expect(explanations(result).allSatisfy { $0.conclusion == nil })
    #expect(!result.allQuotes.contains { $0.outcome(.pcrDigest) == .passed })
    #expect(result.verdict != .trusted)
  }

  @Test(arguments: [[], [0], [1, 2, 3, 4], [UInt8](repeating: 1, count: 48), [UInt8](repeating: 1, count: 56)])
  func bareValuesThatDoNotFitAreNotTaken(bytes: [UInt8]) throws {
    let result = try result([bytes, []], registers: bytes)
    #expect(!result.allQuotes.contains { $0.outcome(.pcrDigest) == .passed })
    #expect(result.verdict != .trusted)
  }

  @Test(arguments: [
    "sha1:\n  10: 0x\nsha256:\n  10: 0x\n", "sha1:\n  10: 0x\(String(repeating: "22", count: 32))\n",
    "sha256:\n  10: 0x\(String(repeating: "22", count: 20))\n",
    "pcr-sha256/10 \(String(repeating: "22", count: 20))\npcr-sha1/10 \(String(repeating: "22", count: 32))\n",
    "PCR-10: 22\nPCR-11:\n", "sha1:\n  10: 0x\(String(repeating: "22", count: 20))\n",
    """
    <integrityReport><TPMReport><QuoteData><quote2><pcrInfoShort><pcrComposite><PcrValue PcrNumber="10"></PcrValue>\
    <PcrValue PcrNumber="10">IiIi</PcrValue></pcrComposite></pcrInfoShort></quote2></QuoteData></TPMReport></integrityReport>
    """,
  ])
  func textOfOtherWidthsIsNotTaken(text: String) throws {
    for name in ["q2/quote.pcrs", "q2/registers.txt", "q2/report.xml"] {
      let result = try result(Self.proper, registers: Array(text.utf8), named: name)
      #expect(!result.allQuotes.contains { $0.outcome(.pcrDigest) == .passed })
      #expect(explanations(result).allSatisfy { $0.conclusion == nil })
      #expect(result.verdict != .trusted)
    }
  }
}
