import Appraisal
import EvidenceIntake
import Examination
import Foundation
import OpenPGP
import ReferenceBuilding
import TestSupport
import Testing

@Suite struct BootReferenceTests {
  private func store(
    _ scratch: ScratchCase, inputs: [URL] = [], baselines: [URL] = [], signed: Bool = true
  ) throws -> FilePath {
    let key = try contents(of: FilePath(samples.appendingPathComponent("firmware/manifest-signer.pem").path))
    let store = FilePath(scratch.path + "/boot.store")
    _ = try ReferenceBuilder.build(
      BuildRequest(
        inputs: inputs.map { FilePath($0.path) }, store: store,
        options: BuildOptions(
          keys: OpenPGPKeyring(certificates: []), manifestSigners: signed ? ManifestSigner.all(in: key) : []),
        baselines: baselines.map { FilePath($0.path) }))
    return store
  }

  private func examined(
    _ inputs: [URL], baselines: [URL] = [], signed: Bool = true, policy: String? = nil
  ) throws -> AttestationResult {
    let scratch = try ScratchCase()
    let own = try policy.map { text in
      try scratch.write(Array(text.utf8), to: "own.yaml")
      return scratch.folder.appendingPathComponent("own.yaml")
    }
    let references = try store(scratch, inputs: inputs, baselines: baselines, signed: signed)
    var request = request(
      samples.appendingPathComponent("clean"), anchors: [labRoot],
      policy: own ?? samples.appendingPathComponent("policies/proof-only.yaml"))
    request.references = [references]
    return try examine(request)
  }

  private var firmware: URL { samples.appendingPathComponent("firmware") }
  private var cleanLog: URL { samples.appendingPathComponent("clean/capture/binary_bios_measurements") }

  @Test func theFirmwareOfACleanBootIsThatOfItsManifest() throws {
    let result = try examined([firmware])
    let boot = try #require(result.hosts.first?.boots.first)
    let reference = try #require(boot.bootReferences.first)
    #expect(boot.bootReferences.count == 1)
    #expect(reference.isSigned)
    #expect(reference.platform == "QEMU Q35, firmware 2022.11-6")
    #expect(reference.unknown.isEmpty)
    #expect(reference.missing.isEmpty)
    #expect(reference.known > 5)
    #expect(boot.verdict == .trusted)
    #expect(boot.reasons.contains { $0.contains("are those of a signed manifest") })
    #expect(
      try examined([firmware], signed: false).hosts.first?.boots.first?.bootReferences.first?.isSigned == false)
  }

  @Test func aBootThatIsNotTheBaselinesIsLeftUndecided() throws {
    let scratch = try ScratchCase()
    var log = [UInt8](try Data(contentsOf: cleanLog))
    #expect(
      try examined([], baselines: [cleanLog]).verdict == .trusted)
    // One bit in a digest of PCR 0's second event, in every bank that it has.
    for offset in [233 + 20, 233 + 50] { log[offset] ^= 1 }
    try scratch.write(log, to: "other.bin")
    let result = try examined([], baselines: [scratch.folder.appendingPathComponent("other.bin")])
    #expect(result.verdict == .inconclusive)
    let finding = try #require(result.findings.first { $0.code == .bootChanged })
    #expect(finding.record == 2)
  }

  /// A boot that is a good one again, event by event, needs no packages for its images.
  @Test func aBaselineMakesItsImagesKnown() throws {
    let policy = """
      version: 1
      scope:
        measurements: out-of-scope
        boot: assess
      """
    #expect(try examined([firmware], policy: policy).verdict == .inconclusive)
    let result = try examined([], baselines: [cleanLog], policy: policy)
    let boot = try #require(result.hosts.first?.boots.first)
    #expect(boot.verdict == .trusted)
    #expect(!boot.images.isEmpty)
    #expect(boot.images.filter { $0.register == 4 }.allSatisfy { $0.status == .known })
    #expect(
      boot.images.first { $0.register == 4 }?.reason
        == "It is among the events of the baseline binary_bios_measurements.")
    #expect(!boot.reasons.contains { $0.contains("The rest of it is not appraised") })
    #expect(boot.reasons.contains { $0.contains("events are those of a baseline") })
  }
}
