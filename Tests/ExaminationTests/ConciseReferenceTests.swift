import Appraisal
import ByteReading
import ConciseManifests
import Digests
import EvidenceIntake
import Examination
import Foundation
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import Reports
import TCGEventLog
import TestSupport
import Testing

/// Boots held against register values and events of manifests (CoRIM), signed with a key that the test makes.
@Suite(.enabled(if: Tool.isInstalled("openssl"), "openssl makes the signatures"))
struct ConciseReferenceTests {
  private let scratch: ScratchCase

  init() throws { scratch = try ScratchCase() }

  /// A `COSE_Sign1` over the manifest with RS256.
  private func signed(_ manifest: HandmadeCBOR) throws -> HandmadeCBOR {
    let header: HandmadeCBOR = [1: -257, 3: "application/rim+cbor"]
    let message: HandmadeCBOR = ["Signature1", .bytes(header.encoded), .bytes([]), .bytes(manifest.encoded)]
    try scratch.write(message.encoded, to: "message")
    for arguments in [
      ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"],
      ["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"],
      ["dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "message"],
    ] {
      #expect(try Tool.run("openssl", arguments, in: scratch.folder).status == 0)
    }
    return .tag(
      18, [.bytes(header.encoded), [:], .bytes(manifest.encoded), .bytes(try scratch.read("signature"))])
  }

  private func examined(_ manifest: HandmadeCBOR, key: Bool = false) throws -> AttestationResult {
    try scratch.write(manifest.encoded, to: "in/board.corim")
    let signers = key ? ManifestSigner.all(in: try scratch.read("public.pem")) : []
    let store = FilePath(scratch.path + "/\(UUID().uuidString).store")
    _ = try ReferenceBuilder.build(
      BuildRequest(
        inputs: [FilePath(scratch.path + "/in")], store: store,
        options: BuildOptions(keys: OpenPGPKeyring(certificates: []), manifestSigners: signers)))
    var request = request(
      samples.appendingPathComponent("clean"), anchors: [labRoot],
      policy: samples.appendingPathComponent("policies/proof-only.yaml"))
    request.references = [store]
    return try examine(request)
  }

  /// What the clean sample's quotes say of these registers in the bank SHA-256.
  private func quoted(_ registers: [Int]) throws -> [(HandmadeCBOR, [UInt8])] {
    let result = try examine(
      request(samples.appendingPathComponent("clean"), anchors: [labRoot]))
    let rows = try #require(result.hosts.first?.boots.first).registers
    return try registers.map { register in
      let row = try #require(rows.first { $0.bank == .sha256 && $0.index == register })
      let observed = try #require(row.observed)
      return (.number(register), try #require(bytesOfHex(observed)))
    }
  }

  private func manifest(_ values: [(HandmadeCBOR, [UInt8])]) -> HandmadeCBOR {
    .manifest(measurements: [[1: [14: .map(values.map { ($0.0, [[1, .bytes($0.1)]]) })]]])
  }

  @Test func quotedRegistersThatASignedManifestNamesAreKnown() throws {
    let document = try signed(manifest(try quoted([0, 2, 4, 7])))
    let result = try examined(document, key: true)
    let boot = try #require(result.hosts.first?.boots.first)
    let reference = try #require(boot.bootReferences.first)
    #expect((reference.scope, reference.isSigned, reference.known) == (.registers, true, 4))
    #expect(reference.platform == "Lab Board")
    #expect(boot.verdict == .trusted)
    #expect(boot.reasons.contains { $0.contains("4 of 4 registers have the values of a signed manifest") })
    let codes = result.findings.filter { $0.code.rawValue.hasPrefix("boot.") || $0.code == .referenceUnsigned }
    #expect(codes.map(\.code) == [.bootRegistersKnown])
    #expect(
      codes.map(\.message) == ["PCR 0, 2, 4, 7 have the values of the signed manifest in/board.corim (Lab Board)."])
  }

  @Test func aRegisterThatDiffersLeavesTheBootUndecided() throws {
    var values = try quoted([0, 4])
    values[1].1[0] ^= 1
    let result = try examined(try signed(manifest(values)), key: true)
    #expect(result.verdict == .inconclusive)
    let finding = try #require(result.findings.first { $0.code == .bootChanged })
    #expect((finding.severity, finding.effect) == (.warning, .inconclusive))
    #expect(finding.message.contains("PCR 4 (sha256) is quoted as"))
    // The reports carry it.
    #expect(String(decoding: JSONReport.render(result), as: UTF8.self).contains("\"isReference\": false"))
  }

  /// Without its key a manifest counts as an unsigned one does, and a changed one as none.
  @Test func aManifestThatNoKeyVouchesForSaysSo() throws {
    let document = try signed(manifest(try quoted([0])))
    let result = try examined(document)
    #expect(result.findings.contains { $0.code == .referenceUnsigned && $0.message.contains("board.corim") })
    #expect(result.hosts.first?.boots.first?.bootReferences.map(\.isSigned) == [false])
  }

  /// An event is known by register and digest, as those of a Support RIM are.
  @Test func eventsOfAManifestAreHeldAgainstTheLog() throws {
    let file = samples.appendingPathComponent("clean/capture/binary_bios_measurements")
    let log = try #require(EventLog.parse([UInt8](try Data(contentsOf: file)), file: "log")).value
    let loaders = log.events.filter { $0.registerIndex == 4 && $0.recordedType != .noAction }
    #expect(loaders.count > 1)
    let measurements = loaders.map { event -> HandmadeCBOR in
      [
        0: .text("PCR 4 " + event.recordedType.name),
        1: [2: [[1, .bytes(event.digest(in: .sha256) ?? [])]]],
      ]
    }
    let known = try examined(.manifest(measurements: measurements))
    let reference = try #require(known.hosts.first?.boots.first?.bootReferences.first)
    #expect((reference.scope, reference.known, reference.unknown.count) == (.manufacturer, loaders.count, 0))
    let fewer = try examined(.manifest(id: "fewer", measurements: Array(measurements.dropLast())))
    #expect(fewer.findings.contains { $0.code == .bootChanged && $0.message.contains("one event is not in it") })
  }
}
