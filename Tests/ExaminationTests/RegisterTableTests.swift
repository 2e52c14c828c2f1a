import Appraisal
import ByteReading
import Digests
import EvidenceIntake
import Examination
import Foundation
import TestSupport
import Testing

/// Register values in JSON beside a quote are its PCR file, as those of tpm2-tools are.
@Suite struct RegisterTableTests {
  private static let quote = "capture/quote-rsa-sha256.attest"

  /// The sample with its PCR file as JSON, under a name of its own.
  private func result(registersAt name: String, cuttingFirst: Bool = false) throws -> AttestationResult {
    let scratch = try ScratchCase("json")
    try scratch.copy(samples.appendingPathComponent("clean/capture"), to: "capture")
    let dump = scratch.path + "/capture/quote-rsa-sha256.pcrs"
    guard case .registerFile(let file) = try evidenceFile(at: FilePath(dump), path: dump).content else {
      throw CocoaError(.fileReadCorruptFile)
    }
    try FileManager.default.removeItem(atPath: dump)
    let values = file.registerValues
    let members = values.registers(of: .sha256).map { register in
      let digits = hexText(values[.sha256, register] ?? [])
      return "\"PCR-\(register)\": \"0x\(cuttingFirst && register == 0 ? "00" : digits)\""
    }
    try scratch.write("{\"sha256\": {\(members.joined(separator: ", "))}}", to: "capture/" + name)
    return try examine(request(scratch.folder, anchors: [labRoot]))
  }

  @Test(arguments: ["quote-rsa-sha256.pcrs", "quote-rsa-sha256.json", "registers.json"])
  func valuesThatHashToTheDigestAreTheQuotes(name: String) throws {
    let result = try result(registersAt: name)
    let quote = try #require(result.quote(Self.quote))
    #expect(quote.outcome(.pcrDigest) == .passed)
    #expect(quote.registerFile == "capture/" + name)
    #expect(result.codes(of: "capture/" + name).isEmpty)
  }

  @Test func aTableWithAValueThatIsNoneIsNotUsed() throws {
    let result = try result(registersAt: "quote-rsa-sha256.pcrs", cuttingFirst: true)
    let problem = try #require(
      result.findings.first { $0.file == "capture/quote-rsa-sha256.pcrs" && $0.code.rawValue == "input.unreadable" })
    #expect(
      problem.message.contains("JSON sha256 PCR 0: expected 32 bytes in hexadecimal digits or Base64, found '0x00'"))
    #expect(result.verdict != .trusted)
  }
}
