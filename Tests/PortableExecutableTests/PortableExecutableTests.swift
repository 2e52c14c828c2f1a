import Archives
import ByteReading
import Digests
import Foundation
import Hashing
import TestSupport
import Testing

@testable import PortableExecutable

@Suite struct PortableExecutableTests {
  private func image(_ bytes: [UInt8]) throws -> PortableExecutable { try PortableExecutable(bytes, file: "x.efi") }

  @Test(arguments: [true, false])
  func aHandmadeImageIsReadAndItsDigestLeavesOutTheFieldsThatSigningChanges(isPlus: Bool) throws {
    let made = HandmadeImage(isPlus: isPlus)
    let bytes = made.bytes
    let read = try image(bytes)
    #expect(read.format == (isPlus ? .pe32Plus : .pe32))
    #expect(read.isBootImage && read.machine == 0x8664 && read.certificates.isEmpty)
    #expect(read.sections.map { String(decoding: $0.name, as: UTF8.self) } == [".text", ".sbat"])
    #expect(read.content(ofSection: ".sbat") == Array("sbat,".utf8))
    #expect(read.sections[0].content.count == 100 && read.sections[0].rawData.count == 128)
    let checkSum = HandmadeImage.checkSumOffset
    let entry = made.certificateEntryOffset
    let hashed = Array(bytes[..<checkSum] + bytes[(checkSum + 4)..<entry] + bytes[(entry + 8)...])
    for algorithm in [FileDigestAlgorithm.sha1, .sha256, .sha384] {
      #expect(read.authenticodeDigests(algorithm) == [algorithm.digest(of: hashed)])
    }
  }

  @Test func signingChangesNoDigestExceptByFillingUpToEight() throws {
    for count in 0...9 {
      var made = HandmadeImage()
      made.trailing = [UInt8](repeating: 7, count: count)
      let unsigned = try image(made.bytes).authenticodeDigests(.sha256)
      made.signature = [1, 2, 3]
      let signed = try image(made.bytes)
      #expect(signed.certificates == [.init(type: 2, content: [1, 2, 3])])
      #expect(signed.authenticodeDigests(.sha256) == [try #require(unsigned.last)])
      #expect(unsigned.count == (count % 8 == 0 ? 1 : 2))
    }
  }

  @Test func anImageWithoutRoomForACertificateTableIsHashedAroundTheChecksumAlone() throws {
    var made = HandmadeImage()
    made.directoryCount = 4
    let bytes = made.bytes
    let checkSum = HandmadeImage.checkSumOffset
    #expect(
      try image(bytes).authenticodeDigests(.sha256)
        == [FileDigestAlgorithm.sha256.digest(of: Array(bytes[..<checkSum] + bytes[(checkSum + 4)...]))])
  }

  @Test func everyTruncationOfASignedImageIsAnErrorAndNeverACrash() throws {
    var made = HandmadeImage()
    made.signature = Array(0..<29)
    let whole = made.bytes
    for count in 0..<whole.count {
      #expect(throws: ParseError.self) { try image(Array(whole.prefix(count))) }
    }
  }

  @Test func numbersOfEverySizeInEveryFieldAreReadOrRefused() throws {
    var made = HandmadeImage()
    made.signature = Array(0..<29)
    let whole = made.bytes
    var refused = 0
    for offset in 0..<(whole.count - 4) {
      for value in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] {
        var bytes = whole
        bytes.replaceSubrange(offset..<offset + 4, with: HandmadeImage.little(value, 4))
        do {
          let read = try image(bytes)
          #expect(read.digestedRanges.reduce(0) { $0 + $1.count } <= bytes.count)
        } catch { refused += 1 }
      }
    }
    #expect(refused > 200)
  }

  @Test func sectionsThatShareBytesAreRefusedBeforeTheyAreHashed() throws {
    let made = HandmadeImage()
    var bytes = made.bytes
    let second = made.sectionTableOffset + 40
    bytes.replaceSubrange(second + 16..<second + 24, with: Array(bytes[(second - 24)..<(second - 16)]))
    let error = #expect(throws: ParseError.self) { try image(bytes) }
    #expect(error?.field == "section .sbat")
  }

  @Test func aCertificateTableThatIsNotAtTheEndIsRefused() throws {
    var made = HandmadeImage()
    made.signature = Array(0..<24)
    let error = #expect(throws: ParseError.self) { try image(made.bytes + [0]) }
    #expect(error?.field == "certificate table")
  }

  @Test func sectionsAreHashedByTheirPlaceInTheFileNotInTheTable() throws {
    let made = HandmadeImage(sections: [
      (".a", 64, [UInt8](repeating: 1, count: 64)), (".b", 64, [UInt8](repeating: 2, count: 64)),
    ])
    var bytes = made.bytes
    let first = made.sectionTableOffset
    let swapped = Array(bytes[(first + 40)..<(first + 80)] + bytes[first..<(first + 40)])
    bytes.replaceSubrange(first..<first + 80, with: swapped)
    let read = try image(bytes)
    #expect(read.digestedRanges.suffix(2).map(\.lowerBound) == [made.headerByteCount, made.headerByteCount + 64])
  }

  @Test func whatIsNoEFIImageIsNoBootImage() throws {
    var made = HandmadeImage()
    made.subsystem = 3
    #expect(try !image(made.bytes).isBootImage)
    #expect(throws: ParseError.self) { try image(Array("MZ is no image".utf8)) }
  }
}

/// Digests that sbsign and other tools gave for files of Debian packages.
@Suite(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
struct AuthenticodeOfPackagesTests {
  static let packages = [
    ("shim-signed_1.51~1+deb12u1+16.1-2~deb12u1_amd64.deb", "usr/lib/shim/shimx64.efi.signed"),
    ("grub-efi-amd64-signed_1+2.06+13+deb12u2_amd64.deb", "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"),
    ("systemd-boot-efi_252.39-1~deb12u2_amd64.deb", "usr/lib/systemd/boot/efi/systemd-bootx64.efi"),
  ]

  @Test(arguments: packages)
  func digestsOfPackagedImagesAreThoseOfOtherTools(package: String, path: String) throws {
    let bytes = try payload(Corpus.url("lab/reference/debs/" + package), path)
    try check(bytes, path)
  }

  /// The kernel's package is large and not in the corpus: `apt-get download linux-image-6.1.0-56-amd64` gets it, and
  /// INQUEST_KERNEL_PACKAGE says where it is.
  static let kernelPackage = ProcessInfo.processInfo.environment["INQUEST_KERNEL_PACKAGE"]

  @Test(.enabled(if: kernelPackage != nil, "INQUEST_KERNEL_PACKAGE names no package"))
  func theDigestOfTheKernelIsThatOfOtherTools() throws {
    let path = "boot/vmlinuz-6.1.0-56-amd64"
    try check(payload(URL(fileURLWithPath: #require(Self.kernelPackage)), path), path)
  }

  private func check(_ bytes: [UInt8], _ path: String) throws {
    let image = try PortableExecutable(bytes, file: path)
    let listed = try String(contentsOf: Corpus.url("lab/reference/authenticode-sha256-sha1.txt"), encoding: .utf8)
    let line = try #require(
      listed.split(separator: "\n").map { $0.split(separator: " ") }.first { $0.last == path[...] })
    #expect(image.isBootImage)
    #expect(image.authenticodeDigests(.sha256).first.map { hexText($0) } == String(line[0]))
    #expect(image.authenticodeDigests(.sha1).first.map { hexText($0) } == String(line[1]))
    try compareWithOsslsigncode(image, path)
  }

  private func compareWithOsslsigncode(_ image: PortableExecutable, _ path: String) throws {
    guard Tool.isInstalled("osslsigncode") else { return }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).efi")
    try Data(image.bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let output = try Tool.run("osslsigncode", ["verify", "-in", file.path]).output
    let calculated = output.split(separator: "\n").first { $0.contains("Calculated message digest") }
    // It calculates the digest only of signed images.
    if image.certificates.isEmpty { return }
    // Version 2.9 stops at shim's two signatures before it calculates.
    if calculated == nil, path.contains("shim") { return }
    let digest = try #require(calculated?.split(separator: " ").last?.lowercased())
    #expect(image.authenticodeDigests(.sha256).map { hexText($0) } == [digest])
  }

  private func payload(_ package: URL, _ path: String) throws -> [UInt8] {
    let file = try FileSource(path: Array(package.path.utf8))
    let outer = try ArchiveReader(file, .ar)
    while let member = try outer.next() {
      guard member.path.starts(with: Array("data.tar".utf8)) else { continue }
      let inner = try ArchiveReader(try Decompression(outer.memberData, nil), .tar)
      while let entry = try inner.next() {
        guard entry.path == Array(("./" + path).utf8) else { continue }
        return try inner.memberData.remainingBytes(limit: 256 << 20)
      }
    }
    throw CocoaError(.fileNoSuchFile)
  }
}

@Suite struct SBATTests {
  let debian = SBAT(
    Array(
      """
      sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md
      shim,3,UEFI shim,shim,1,https://github.com/rhboot/shim
      grub.debian,4,Debian,grub2,2.06-13,https://tracker.debian.org/pkg/grub2
      """.utf8) + [0, 0, 0x41])

  @Test func theTableIsReadUpToTheFirstNUL() {
    #expect(debian.entries.map(\.component) == ["sbat", "shim", "grub.debian"])
    #expect(debian.entries.map(\.generation) == [1, 3, 4])
    #expect(debian.entries[2].details.first == "Debian" && debian.faults.isEmpty)
  }

  @Test func aLowerGenerationThanTheLevelDemandsIsRevokedAndAnEqualOneIsNot() {
    let level = SBAT(Array("sbat,1,2024010900\nshim,4\ngrub,3\ngrub.debian,4\n".utf8))
    #expect(debian.revoked(by: level) == [.init(component: "shim", generation: 3, required: 4)])
    #expect(debian.revoked(by: SBAT([])).isEmpty)
  }

  @Test func linesThatAreNoEntryAreKept() {
    let odd = SBAT(Array("shim\ngrub,x\n,1\nshim,0\r\nok,2\r\n".utf8))
    #expect(odd.entries.map(\.component) == ["ok"])
    #expect(odd.faults == ["shim", "grub,x", ",1", "shim,0\\x0d"])
  }
}
