import ByteReading
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceManifests
import ReferenceStore
import TestSupport
import Testing

@testable import ReferenceBuilding

/// The sample was signed by `openssl` over what `xmllint --c14n` made of it.
private func sample(_ name: String) throws -> [UInt8] {
  try contents(of: FilePath(projectRoot.appendingPathComponent("samples/firmware/" + name).path))
}

private func signers() throws -> [ManifestSigner] { ManifestSigner.all(in: try sample("manifest-signer.pem")) }

private func read(_ bytes: [UInt8], _ signers: [ManifestSigner]) throws -> ManifestReading {
  try #require(BaseRIMReader.read(bytes, name: "x.swidtag", signers: signers))
}

@Test func aSignedBaseRIMNamesItsSupportFile() throws {
  let reading = try read(try sample("ovmf.swidtag"), try signers())
  #expect(reading.problems == [])
  #expect(reading.source.kind == .baseRIM)
  #expect(reading.source.distribution == "QEMU Q35, firmware 2022.11-6")
  let signature = try #require(reading.source.signatures.first)
  #expect(signature.status == .good)
  #expect(
    signature.signer == "CN=Manifest signer,O=Inquest lab" || signature.signer.contains("Firmware manifest signer"))
  let file = try #require(reading.packages.first?.files.first)
  #expect(String(decoding: file.path, as: UTF8.self) == "/rim/ovmf.rimel")
  #expect(file.byteCount == 15886)
  #expect(
    file.digests.map { hexText($0.bytes) } == ["bf3fb911e3c35611827476d247bedccca11dd23a261ee68356230fac3e3bc2a4"])
}

@Test(arguments: [
  ("firmwareVersion=\"2022.11-6\"", "firmwareVersion=\"2022.11-7\""), ("bf3fb911", "bf3fb912"),
  ("<File ", "<File name2=\"\" "),
])
func aChangedBaseRIMSaysNothing(from: String, to: String) throws {
  let text = String(decoding: try sample("ovmf.swidtag"), as: UTF8.self)
  #expect(text.contains(from))
  let reading = try read(Array(text.replacing(from, with: to).utf8), try signers())
  #expect(reading.source.signatures.map(\.status) == [.bad])
  #expect(reading.packages.isEmpty)
  #expect(reading.problems.contains { $0.kind == .signatureInvalid })
}

/// The signature does not cover itself: what is put into it is no part of the tag.
@Test func filesWithinTheSignatureAreNoneOfTheTag() throws {
  let text = String(decoding: try sample("ovmf.swidtag"), as: UTF8.self)
  let wrapped = """
    <Object><Payload xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"><File name="evil"/></Payload></Object>
    """
  let reading = try read(Array(text.replacing("</Signature>", with: wrapped + "</Signature>").utf8), try signers())
  let names = reading.packages.flatMap(\.files).map { String(decoding: $0.path, as: UTF8.self) }
  #expect(names == ["/rim/ovmf.rimel"])
}

@Test func withoutItsKeyABaseRIMIsNotVouchedFor() throws {
  let tag = try sample("ovmf.swidtag")
  let reading = try read(tag, [])
  #expect(reading.source.signatures.map(\.status) == [.keyMissing])
  #expect(reading.source.signatures.map(\.key) == ["lab"])
  #expect(reading.problems.map(\.kind) == [.keyMissing])
  let unsigned = String(decoding: tag, as: UTF8.self).replacing(/<Signature.*<\/Signature>/, with: "")
  #expect(try read(Array(unsigned.utf8), try signers()).problems.map(\.kind) == [.unsigned])
}

@Test func aDocumentTypeInABaseRIMIsRefused() throws {
  let text = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><SoftwareIdentity name='&e;'/>"
  let reading = try read(Array(text.utf8), try signers())
  #expect(reading.problems.map(\.kind) == [.refused])
  #expect(reading.packages.isEmpty)
}

@Test(arguments: [
  ("<SoftwareIdentity xmlns='http://standards.iso.org/iso/19770/-2/2015/schema.xsd'/>", "schema"),
  (
    """
    <SoftwareIdentity xmlns='http://standards.iso.org/iso/19770/-2/2015/schema.xsd' name='a' tagId='b'><Payload>
    <File name='a' xmlns:h='http://www.w3.org/2001/04/xmlenc#sha256' h:hash='00'/></Payload></SoftwareIdentity>
    """, "File/@hash"
  ),
])
func whatBreaksTheFormOfABaseRIMIsSaid(text: String, word: String) throws {
  let reading = try read(Array(text.utf8), [])
  let damaged = reading.problems.filter { $0.kind == .damaged }
  #expect(damaged.contains { $0.message.contains(word) }, "\(damaged)")
  #expect(reading.packages.isEmpty)
}

@Test func everyTruncationOfABaseRIMSaysNothing() throws {
  let tag = try sample("ovmf.swidtag")
  let signers = try signers()
  for length in 0..<tag.count {
    guard let reading = BaseRIMReader.read(Array(tag.prefix(length)), name: "x", signers: signers) else { continue }
    #expect(reading.packages.isEmpty, "\(length)")
    #expect(!reading.problems.isEmpty, "\(length)")
  }
}

private func built(
  _ scratch: ScratchCase, inputs: [String], baselines: [String] = [], signers: [ManifestSigner]
) throws -> (BuildSummary, ReferenceStore) {
  let store = scratch.path + "/a.store"
  let summary = try ReferenceBuilder.build(
    BuildRequest(
      inputs: inputs.map { FilePath($0) }, store: FilePath(store),
      options: BuildOptions(keys: OpenPGPKeyring(certificates: []), manifestSigners: signers),
      baselines: baselines.map { FilePath($0) }))
  return (summary, try ReferenceStore(file: store))
}

private let firmware = projectRoot.appendingPathComponent("samples/firmware").path

@Test func aStoreKeepsTheSupportRIMWithWhoVouchesForIt() throws {
  let scratch = try ScratchCase()
  let (_, store) = try built(scratch, inputs: [firmware], signers: try signers())
  let logs = try store.bootReferences()
  #expect(logs.count == 1)
  let log = try #require(logs.first)
  #expect(log.bytes == (try sample("ovmf.rimel")))
  #expect(log.source.kind == .eventLog)
  #expect(log.isSigned)
  #expect(log.manifests.map(\.distribution) == ["QEMU Q35, firmware 2022.11-6"])
  #expect(try store.damage() == nil)
}

@Test func aBaselineIsVouchedForByTheUserOnly() throws {
  let scratch = try ScratchCase()
  let capture = projectRoot.appendingPathComponent("samples/clean/capture").path
  let (summary, store) = try built(scratch, inputs: [], baselines: [capture], signers: [])
  let logs = try store.bootReferences()
  #expect(logs.map(\.source.kind) == [.eventLogBaseline])
  #expect(logs.map(\.source.path) == ["capture/binary_bios_measurements"])
  #expect(logs.allSatisfy { !$0.isSigned && $0.manifests.isEmpty })
  #expect(summary.problems.isEmpty)
}

private let unsignedTag = """
  <SoftwareIdentity xmlns='http://standards.iso.org/iso/19770/-2/2015/schema.xsd' name='a' tagId='b'>
  <Meta rimLinkHash='HASH'/><Payload/></SoftwareIdentity>
  """

@Test func aLinkToAnotherManifestIsFollowed() throws {
  let tag = try sample("ovmf.swidtag")
  let hash = hexText(try #require(HashAlgorithm.sha256.digest(of: tag)))
  for (link, isHere) in [(hash, true), (String(repeating: "ab", count: 32), false), ("elsewhere", false)] {
    let scratch = try ScratchCase()
    try scratch.write(tag, to: "in/base.swidtag")
    try scratch.write(Array(unsignedTag.replacing("HASH", with: link).utf8), to: "in/patch.swidtag")
    let (summary, _) = try built(scratch, inputs: [scratch.path + "/in"], signers: try signers())
    let missing = summary.problems.filter { $0.kind == .fileMissing }
    #expect(missing.map(\.source) == (isHere ? [] : ["in/patch.swidtag"]), "\(link)")
  }
}

@Test func aLoneSupportRIMIsSaidUntilItsManifestComes() throws {
  let scratch = try ScratchCase()
  try scratch.write(try sample("ovmf.rimel"), to: "in/ovmf.rimel")
  let (summary, store) = try built(scratch, inputs: [scratch.path + "/in"], signers: try signers())
  #expect(summary.problems.map(\.kind) == [.unsigned])
  #expect(summary.problems.first?.message.contains("No Base RIM names this Support RIM") == true)
  #expect(try store.bootReferences().allSatisfy { !$0.isSigned })
  try scratch.write(try sample("ovmf.swidtag"), to: "later/ovmf.swidtag")
  let (second, _) = try built(scratch, inputs: [scratch.path + "/later"], signers: try signers())
  #expect(second.problems == [])
}

@Test func filesOfKeysAmongTheInputsAreNoInputs() throws {
  let scratch = try ScratchCase()
  let pem = try sample("manifest-signer.pem")
  try scratch.write(pem, to: "in/signer.pem")
  let store = scratch.path + "/a.store"
  for (given, kinds) in [([pem], [ReferenceProblem.Kind]()), ([], [.unrecognised])] {
    let summary = try ReferenceBuilder.build(
      BuildRequest(
        inputs: [FilePath(scratch.path + "/in")], store: FilePath(store),
        options: BuildOptions(keys: OpenPGPKeyring(certificates: []), keyFiles: given)))
    #expect(summary.problems.map(\.kind) == kinds)
    #expect(summary.counts.sources == 0)
  }
}

@Test func registerValuesThatABaseRIMNamesAreVouchedForByIt() throws {
  let scratch = try ScratchCase()
  let listing = Array("sha256:\n  0 : 0x\(String(repeating: "5A", count: 32))\n".utf8)
  let hash = hexText(try #require(HashAlgorithm.sha256.digest(of: listing)))
  let tag = """
    <SoftwareIdentity xmlns='http://standards.iso.org/iso/19770/-2/2015/schema.xsd' name='a' tagId='b'><Payload>
    <File name='a.rimpcr' xmlns:h='http://www.w3.org/2001/04/xmlenc#sha256' h:hash='\(hash)'/></Payload></SoftwareIdentity>
    """
  try scratch.write(listing, to: "in/a.rimpcr")
  try scratch.write(Array(tag.utf8), to: "in/a.swidtag")
  try scratch.write(Array("RIM PCR Model 1\n".utf8), to: "in/b.rimpcr")
  let (summary, store) = try built(scratch, inputs: [scratch.path + "/in"], signers: [])
  #expect(
    summary.problems.map { "\($0.source) \($0.kind.rawValue)" } == [
      "in/a.swidtag unsigned", "in/b.rimpcr unrecognised",
    ])
  let references = try store.bootReferences()
  #expect(references.map(\.source.kind) == [.registerValues])
  #expect(references.map { $0.manifests.map(\.path) } == [["in/a.swidtag"]])
}

/// Base RIMs of HIRS and RIM-Tool, with what the INDEX says of them.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is absent"))
struct BaseRIMCorpusTests {
  @Test func theFolderOfRIMToolHasOneForgedTag() throws {
    let scratch = try ScratchCase()
    let path = Corpus.url("ref/nsacyber+RIM-Tool/data/pcrim")
    let signers = ManifestSigner.all(
      in: try contents(of: FilePath(path.appendingPathComponent("RimSignCert.pem").path)))
    let (summary, store) = try built(scratch, inputs: [path.path], signers: signers)
    let faults = summary.problems.filter { $0.kind != .unrecognised }
    #expect(
      faults.map { "\($0.source) \($0.kind.rawValue)" } == [
        "pcrim/laptop.default.bad-sig.swidtag signature-invalid",
        // The manifests that they belong to are in no folder of the corpus.
        "pcrim/laptop.patch.1.swidtag file-missing", "pcrim/laptop.supplemental.1.swidtag file-missing",
      ])
    #expect(try store.bootReferences().filter(\.isSigned).count >= 1)
  }

  @Test func theProfilesOfHIRSAreSigned() throws {
    let scratch = try ScratchCase()
    let signers = ManifestSigner.all(
      in: try Corpus.bytes("ref/nsacyber+HIRS/.ci/setup/certs/RimSignCert.pem"))
    let (summary, store) = try built(
      scratch, inputs: [Corpus.url("ref/nsacyber+HIRS/.ci/system-tests/profiles").path], signers: signers)
    // Supplements whose manifest is in no folder of the corpus.
    #expect(summary.problems.map(\.kind).allSatisfy { $0 == .fileMissing }, "\(summary.problems)")
    #expect(summary.problems.count == 3)
    let logs = try store.bootReferences()
    // The log of `default` and the two of each bad profile; those of a good one have the names of another.
    #expect(logs.count == 5)
    #expect(logs.filter(\.isSigned).count == 5)
  }
}
