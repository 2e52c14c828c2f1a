import Appraisal
import ByteReading
import EvidenceIntake
import Examination
import Foundation
import LabReferences
import SampleEvidence
import TestSupport
import Testing

private let assets = Corpus.url("ref/rpm-rs+rpm/tests/assets")

@Suite(.enabled(if: Corpus.isPresent && Tool.isInstalled("openssl"))) struct PackagedSignatureTests {
  /// A package of the corpus whose files are signed; its `/usr/bin/rpm-basic` was measured, and a content that it does not have.
  @Test func whatThePackageSignedIsShownAsProvenanceOfTheMeasuredFile() throws {
    let scratch = try ScratchCase()
    let digest = try #require(bytesOfHex("d799d56d3b1e42f9b1e485614802adc2712d91427864b1af23849996847b4f97"))
    let records = [
      MadeRecord("boot_aggregate"), MadeRecord("/usr/bin/rpm-basic", digest: digest),
      MadeRecord("/etc/rpm-basic/other"),
    ]
    try scratch.write(records.flatMap(\.bytes), to: "binary_runtime_measurements")
    let outside = try ScratchCase("outside")
    let store = outside.folder.appendingPathComponent("rpm.store")
    try packageStore(
      rpm: assets.appendingPathComponent("RPMS/v4/signed/rpm-basic-with-ima-2.3.4-5.el9.noarch.rpm"), file: store)
    let (_, key) = try Tool.run(
      "openssl", ["pkey", "-in", assets.appendingPathComponent("signing_keys/ima_signing.pem").path, "-pubout"])
    try outside.write(key, to: "ima.pem")

    var asked = request(scratch.folder)
    asked.references = [FilePath(store.path)]
    let without = try #require(try examine(asked).hosts.first?.boots.first?.signatures?.packaged)
    #expect(without.map(\.outcome) == [.unknownKey])
    asked.fileSigningKeys = [FilePath(outside.folder.appendingPathComponent("ima.pem").path)]
    let packaged = try #require(try examine(asked).hosts.first?.boots.first?.signatures?.packaged)
    #expect(packaged.map(\.outcome) == [.verified])
    #expect(packaged.map(\.keyIdentifier) == ["49f2f2be"])
    #expect(packaged.map(\.records) == [1])
    #expect(packaged.map(\.package) == ["rpm-basic 1:2.3.4-5.el9"])
    #expect(packaged.first?.message == "The package carries a signature of this file by the key 49f2f2be.")
  }
}
