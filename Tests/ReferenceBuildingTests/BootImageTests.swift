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

/// Images for firmware in packages: known by their Authenticode digests beside their content.
struct BootImageTests {
  private let options = BuildOptions(algorithms: [.sha256], keys: OpenPGPKeyring())

  private func reading(_ payload: [MadePackage.Entry]) throws -> ManifestReading {
    let scratch = try ScratchCase()
    try scratch.write(MadePackage(payload: payload).bytes, to: "made.deb")
    return DebianPackageReader.read(
      path: FilePath(scratch.folder.appendingPathComponent("made.deb").path), name: "made.deb", options: options)
  }

  private func image(_ reading: ManifestReading, _ path: String) throws -> BootImage? {
    try #require(reading.packages.first?.files.first { $0.path == Array(path.utf8) }).image
  }

  @Test func anEFIImageInAPackageHasADigestOfEachBankAndItsSBATAndOtherFilesHaveNone() throws {
    let made = HandmadeImage()
    var program = HandmadeImage()
    program.subsystem = 3
    let reading = try reading([
      .bytes("./boot/loader.efi", made.bytes), .bytes("./usr/lib/program.exe", program.bytes),
      .bytes("./boot/cut.efi", Array(made.bytes.prefix(300))), .file("./boot/text", "MZ"), .file("./boot/empty", ""),
      .hardLink("./boot/again.efi", to: "./boot/loader.efi"),
    ])
    #expect(reading.problems.isEmpty)
    let found = try #require(try image(reading, "/boot/loader.efi"))
    #expect(found.digests.map(\.algorithm) == [.sha1, .sha256, .sha384, .sha512])
    let checkSum = HandmadeImage.checkSumOffset
    let entry = made.certificateEntryOffset
    let hashed = Array(made.bytes[..<checkSum] + made.bytes[(checkSum + 4)..<entry] + made.bytes[(entry + 8)...])
    #expect(found.digests[1].bytes == FileDigestAlgorithm.sha256.digest(of: hashed))
    #expect(found.sbat == Array("sbat,".utf8) && found.certificates.isEmpty)
    #expect(try image(reading, "/boot/again.efi") == found)
    for path in ["/usr/lib/program.exe", "/boot/cut.efi", "/boot/text", "/boot/empty"] {
      #expect(try image(reading, path) == nil)
    }
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func bootLoadersOfDebianAreInTheStoreWithDigestsSignersAndSBAT() throws {
    let names = [
      "shim-signed_1.51~1+deb12u1+16.1-2~deb12u1_amd64.deb", "grub-efi-amd64-signed_1+2.06+13+deb12u2_amd64.deb",
      "hello_2.10-3_amd64.deb",
    ]
    let readings = names.map { name in
      DebianPackageReader.read(
        path: FilePath(Corpus.url("lab/reference/debs/" + name).path), name: name, options: options)
    }
    #expect(readings[2].packages[0].files.allSatisfy { $0.image == nil })
    let scratch = try ScratchCase()
    let file = scratch.folder.appendingPathComponent("boot.store").path
    let writer = try StoreWriter(file: file)
    try writer.add(readings)
    _ = try writer.finish()
    let store = try ReferenceStore(file: file)
    let listed = try String(contentsOf: Corpus.url("lab/reference/authenticode-sha256-sha1.txt"), encoding: .utf8)
    for line in listed.split(separator: "\n").prefix(2) {
      let cells = line.split(separator: " ")
      let digests = [
        FileDigest(.sha256, try #require(bytesOfHex(cells[0].utf8))),
        FileDigest(.sha1, try #require(bytesOfHex(cells[1].utf8))),
      ]
      let found = try store.images(with: digests)
      #expect(found.allSatisfy { $0.contains { $0.path == Array("/\(cells[2])".utf8) } })
      #expect(try store.files(with: digests) == [[], []])
    }
    let grub = try #require(try image(readings[1], "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"))
    #expect(grub.certificates.contains { $0.isSigner && $0.subject.contains("Debian Secure Boot Signer") })
    #expect(String(decoding: grub.sbat ?? [], as: UTF8.self).contains("grub.debian,"))
    let shim = try #require(try image(readings[0], "/usr/lib/shim/shimx64.efi.signed"))
    #expect(shim.certificates.contains { $0.isSigner && $0.subject.contains("Microsoft") })
    #expect(try store.damage() == nil)
  }

  /// The header has the only digest that is asked for: the payload is read for the image alone.
  @Test(.enabled(if: RPMBuild.isPossible, "needs the tools of RPM"))
  func aKernelInAnRPMHasItsAuthenticodeDigest() throws {
    let build = try RPMBuild()
    let made = HandmadeImage()
    let package = try build.build("kernel", algorithm: 8, image: made.bytes)
    let reading = RPMPackageReader.read(path: FilePath(package), name: "kernel.rpm", options: options)
    let deb = try self.reading([.bytes("./boot/vmlinuz-1.0", made.bytes)])
    #expect(try image(reading, "/boot/vmlinuz-1.0") == image(deb, "/boot/vmlinuz-1.0"))
    #expect(try image(reading, "/boot/vmlinuz-1.0") != nil && image(reading, "/usr/bin/kernel") == nil)
  }
}
