import Appraisal
import ByteReading
import EvidenceIntake
import Examination
import Foundation
import LabReferences
import ReferenceStore
import TestSupport
import Testing

/// Boot loaders of the lab's machine against the packages that they came in.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is absent"))
struct BootImageLabTests {
  private static let shim = "80a66d53a945d2286fcadd780fae1c225aa732079cd67b5225dc78aaab4e2ff8"
  private static let grub = "a68f6d71ebddaa19751ff8d729f67d11b0df8e4c49400c3e7e90de16119e1265"
  private static let kernel = "6b1bf35c3bee9918250f593a6fff889c75c1e239cd2fe9e5bb0cd3de9dcb8e51"

  private func examined(
    store: ReferenceStore? = LabStore.packagesOnly, revocations: [FilePath] = []
  ) throws -> AttestationResult {
    var request = request(
      samples.appendingPathComponent("clean"), anchors: [labRoot],
      policy: samples.appendingPathComponent("policies/proof-only.yaml"))
    request.references = [FilePath(try #require(store).file)]
    request.revocations = revocations
    return try examine(request)
  }

  @Test func shimAndGRUBAreThoseOfTheirPackages() throws {
    let result = try examined()
    let images = result.hosts.flatMap(\.boots).flatMap(\.images)
    #expect(images.allSatisfy { $0.isProven })
    func image(_ digest: String) throws -> AttestationResult.BootImage {
      try #require(images.first { hexText($0.digest.bytes) == digest }, "\(digest)")
    }
    #expect(try image(Self.shim).status == .known)
    #expect(try image(Self.shim).package?.name == "shim-signed")
    #expect(try image(Self.grub).status == .known)
    #expect(try image(Self.grub).package?.name == "grub-efi-amd64-signed")
    #expect(try !image(Self.shim).sbat.isEmpty)
    #expect(try image(Self.shim).signers.contains { $0.contains("Microsoft") })
    // The kernel's package is too large for the corpus.
    #expect(try image(Self.kernel).status == .unknown)
    #expect(result.findings.filter { $0.code == .eventRevokedImage }.isEmpty)
    #expect(result.findings.filter { $0.code == .eventUnknownImage }.allSatisfy { $0.effect != .untrusted })
  }

  /// The disk's list has what was made on the machine, too.
  @Test func kernelAndInitrdThatGRUBReadAreThoseOfTheDisk() throws {
    let images = try examined(store: LabStore.whole).hosts.flatMap(\.boots).flatMap(\.images)
    let files = images.filter { $0.digestOf == .file && $0.record >= 40 }
    for name in ["vmlinuz-6.1.0-56-amd64", "initrd.img-6.1.0-56-amd64"] {
      let file = try #require(files.first { $0.path?.hasSuffix(name) == true }, "\(files.map(\.path))")
      #expect(file.status == .known && file.isProven && file.package?.path.hasSuffix("/boot/" + name) == true)
    }
  }

  @Test func anImageThatAGivenDbxListsIsRevoked() throws {
    let scratch = try ScratchCase()
    // An EFI_SIGNATURE_LIST of one SHA-256 digest, as UEFI 2.10, section 32.4.1, lays it out.
    let type: [UInt8] = [
      0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
    ]
    let sizes: [UInt8] = [76, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0]
    let digest = try #require(bytesOfHex(Self.grub))
    try scratch.write(type + sizes + [UInt8](repeating: 7, count: 16) + digest, to: "dbx.esl")
    let result = try examined(revocations: [FilePath(scratch.path + "/dbx.esl")])
    let revoked = result.findings.filter { $0.code == .eventRevokedImage }
    #expect(revoked.count == 1)
    #expect(revoked.first?.effect == .untrusted)
    #expect(revoked.first?.message.contains("grubx64") == true || revoked.first?.message.contains("GRUB") == true)
    #expect(result.verdict == .untrusted)
  }
}
