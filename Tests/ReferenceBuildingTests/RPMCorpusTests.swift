import ByteReading
import Digests
import EvidenceIntake
import Foundation
import Hashing
import OpenPGP
import ReferenceBuilding
import ReferenceManifests
import TestSupport
import Testing

/// Packages of the corpus, with the keys that signed them.
private enum RPMCorpus {
  static let paths: [String] = {
    guard Corpus.isPresent else { return [] }
    let rows = (try? Corpus.index("ref")) ?? []
    return rows.compactMap { $0["file"] }.filter { $0.hasSuffix(".rpm") }.sorted()
  }()

  static let keys = "rpm-rs+rpm/tests/assets/signing_keys/"

  static func keyring(_ names: [String]) throws -> OpenPGPKeyring {
    OpenPGPKeyring(certificates: try names.map { try Corpus.bytes("ref/\(keys)\($0)") })
  }

  static func read(
    _ path: String, _ algorithms: [FileDigestAlgorithm] = [.sha1, .sha256], keys: OpenPGPKeyring = OpenPGPKeyring()
  ) -> ManifestReading {
    RPMPackageReader.read(
      path: FilePath(Corpus.url("ref/" + path).path), name: path,
      options: BuildOptions(algorithms: algorithms, keys: keys))
  }
}

/// A line of `rpm -qp --dump`: path size mtime digest mode owner group isconfig isdoc rdev symlink.
private struct DumpLine {
  var path: String
  var fields: [String]

  init?(_ line: String) {
    let words = line.components(separatedBy: " ")
    guard words.count >= 11 else { return nil }
    path = words[..<(words.count - 10)].joined(separator: " ")
    fields = Array(words[(words.count - 10)...])
  }
}

@Suite struct RPMCorpusTests {
  @Test(.enabled(if: Corpus.isPresent), arguments: RPMCorpus.paths)
  func everyPackageOfTheCorpusIsReadWithoutDamageAndItsPayloadAgrees(path: String) throws {
    let reading = RPMCorpus.read(path)
    let package = try #require(reading.packages.first)
    let others = reading.problems.filter {
      ![.unsigned, .keyMissing, .signatureUnsupported, .weakDigest].contains($0.kind)
    }
    #expect(others.isEmpty, "\(others)")
    // Whatever has a digest by the header has the wanted ones, too, and nothing else has any.
    for file in package.files where file.digests.contains(where: { $0.origin == .header }) {
      let algorithms = Set(file.digests.map(\.algorithm))
      #expect(algorithms.isSuperset(of: [.sha1, .sha256]), "\(escapedText(file.path))")
    }
    #expect(!package.name.isEmpty && package.date != nil)
  }

  @Test(.enabled(if: Corpus.isPresent && Tool.isInstalled("rpm")), arguments: RPMCorpus.paths)
  func fileListsAreThoseThatRPMPrints(path: String) throws {
    let scratch = try ScratchCase("rpmdb")
    let arguments = ["--dbpath", scratch.path, "-qp", "--nosignature", "--nodigest", Corpus.url("ref/" + path).path]
    let names = try Tool.run("rpm", arguments + ["--qf", "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH}"])
      .output
    let dump = try Tool.run("rpm", arguments + ["--dump"])
    try #require(dump.status == 0)
    let package = try #require(RPMCorpus.read(path, []).packages.first)
    let words = names.components(separatedBy: " ")
    #expect(package.name == words[0] && package.version == words[1])
    #expect(package.architecture == (path.hasSuffix(".src.rpm") ? "src" : words[2]))
    let lines = dump.output.split(separator: "\n").compactMap { DumpLine(String($0)) }
    let files = package.files.filter { $0.flags.isDisjoint(with: [.maintainerScript, .packageRecord]) }
    try #require(files.count == lines.count)
    for (file, line) in zip(files, lines) {
      let shown = line.path.hasPrefix("/") ? line.path : "/" + line.path
      #expect(file.path == Array(shown.utf8))
      #expect(file.byteCount.map { "\($0)" } == line.fields[0])
      let digest = file.digests.first.map { hexText($0.bytes) } ?? ""
      #expect(digest == (line.fields[2].allSatisfy { $0 == "0" } ? "" : line.fields[2]), "\(shown)")
      #expect(file.mode.map { UInt32($0) } == UInt32(line.fields[3], radix: 8).map { $0 & 0o7777 })
      #expect(file.flags.contains(.configuration) == (line.fields[6] == "1"))
      #expect(file.flags.contains(.documentation) == (line.fields[7] == "1"))
      if case .symbolicLink(let target) = file.kind { #expect(target == Array(line.fields[9].utf8)) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: ["md5", "sha1", "sha256", "sha384", "sha512"])
  func digestLayoutsOfEveryAlgorithmAreRead(name: String) throws {
    let reading = RPMCorpus.read("lab-made/rpm/fix-\(name)-1.0-1.noarch.rpm", [])
    let package = try #require(reading.packages.first)
    let header = package.files.flatMap(\.digests).filter { $0.origin == .header }
    #expect(!header.isEmpty && header.allSatisfy { $0.algorithm.name == name })
    #expect(reading.problems.contains { $0.kind == .weakDigest } == (name == "md5"))
    let flags = Dictionary(package.files.map { ($0.flags.rawValue, $0.path) }) { first, _ in first }
    #expect(flags[ReferenceFile.Flags.ghost.rawValue] != nil)
    #expect(flags[ReferenceFile.Flags([.configuration, .noReplace]).rawValue] != nil)
    // Ghosts, folders and links have none.
    for file in package.files where file.kind != .regular || file.flags.contains(.ghost) {
      #expect(file.digests.isEmpty)
    }
  }

  @Test(.enabled(if: Corpus.isPresent)) func signaturesOfTheSupportedKindsHold() throws {
    let keys = try RPMCorpus.keyring([
      "v4/rpm-testkey-v4-ecdsa-nistp256.asc", "v4/rpm-testkey-v4-ed25519.asc", "v4/rpm-testkey-v4-rsa4096.asc",
    ])
    for name in ["ecdsa", "ed25519", "ima", "rsa4096"] {
      let path = "rpm-rs+rpm/tests/assets/RPMS/v4/signed/rpm-basic-with-\(name)-2.3.4-5.el9.noarch.rpm"
      let reading = RPMCorpus.read(path, keys: keys)
      #expect(reading.source.signatures.contains { $0.status == .good }, "\(name): \(reading.source.signatures)")
      #expect(reading.problems.isEmpty, "\(reading.problems)")
      let unknown = RPMCorpus.read(path)
      #expect(unknown.problems.contains { $0.kind == .keyMissing }, "\(unknown.problems)")
      #expect(!unknown.problems.contains { $0.kind == .unsigned })
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: ["ed25519", "mldsa65-ed25519", "rsa4k"])
  func signaturesOfVersionSixAreUnsupportedAndNeverUnsigned(name: String) throws {
    let path = "rpm-rs+rpm/tests/assets/RPMS/v6/signed/rpm-basic-with-\(name)-2.3.4-5.el9.noarch.rpm"
    let keys = try RPMCorpus.keyring(["v6/rpm-testkey-v6-keyring.asc"])
    let reading = RPMCorpus.read(path, keys: keys)
    #expect(!reading.source.signatures.isEmpty)
    #expect(reading.source.signatures.allSatisfy { $0.status == .unsupported }, "\(reading.source.signatures)")
    #expect(reading.problems.map(\.kind) == [.signatureUnsupported], "\(reading.problems)")
  }

  @Test(.enabled(if: Corpus.isPresent)) func unsignedPackagesSaySo() {
    for path in RPMCorpus.paths where !path.contains("/signed/") {
      #expect(RPMCorpus.read(path, []).problems.contains { $0.kind == .unsigned }, "\(path)")
    }
  }

  @Test(.enabled(if: Corpus.isPresent)) func fileSignaturesAreKept() throws {
    let path = "rpm-rs+rpm/tests/assets/RPMS/v4/signed/rpm-basic-with-ima-2.3.4-5.el9.noarch.rpm"
    let package = try #require(RPMCorpus.read(path, []).packages.first)
    let signed = package.files.filter { !$0.signature.isEmpty }
    // `EVM_IMA_XATTR_DIGSIG`, then version 2 of the signature.
    #expect(!signed.isEmpty && signed.allSatisfy { $0.signature.starts(with: [3, 2]) })
    #expect(signed.allSatisfy { !$0.digests.isEmpty })
  }

  @Test(.enabled(if: Corpus.isPresent && Tool.isInstalled("rpm"))) func scriptletsAreThoseThatRPMPrints() throws {
    let path = "rpm-rs+rpm/tests/assets/RPMS/v6/rpm-scriptlets-1.0-1.noarch.rpm"
    let package = try #require(RPMCorpus.read(path).packages.first)
    let scripts = package.files.filter { $0.flags.contains(.maintainerScript) }
    let scratch = try ScratchCase("rpmdb")
    for tag in ["prein", "postin", "preun", "postun", "pretrans", "posttrans", "verifyscript"] {
      let text = try Tool.run(
        "rpm",
        [
          "--dbpath", scratch.path, "-qp", "--nosignature", "--qf", "%{\(tag.uppercased())}",
          Corpus.url("ref/" + path).path,
        ]
      ).output
      let script = scripts.first { $0.path == Array("/var/tmp/rpm-tmp.\(tag)".utf8) }
      if text == "(none)" {
        #expect(script == nil)
        continue
      }
      let digest = FileDigestAlgorithm.sha256.digest(of: Array(text.utf8))
      #expect(script?.digests.first { $0.algorithm == .sha256 }?.bytes == digest, "\(tag)")
    }
    #expect(scripts.contains { $0.path == Array("/var/tmp/rpm-tmp.filetrigger-2".utf8) })
    #expect(scripts.contains { $0.path == Array("/var/tmp/rpm-tmp.trigger-3".utf8) })
  }

  @Test(.enabled(if: Corpus.isPresent)) func theFileItselfIsARecordOfThePackage() throws {
    let path = "lab-made/rpm/fix-sha256-1.0-1.noarch.rpm"
    let reading = RPMCorpus.read(path, [.sha1, .sha512])
    let bytes = try Corpus.bytes("ref/" + path)
    let file = try #require(reading.packages.first?.files.last)
    #expect(file.path == Array("/fix-sha256-1.0-1.noarch.rpm".utf8) && file.flags == .packageRecord)
    #expect(file.digests.map(\.algorithm) == [.sha1, .sha512])
    #expect(file.digests.first?.bytes == FileDigestAlgorithm.sha1.digest(of: bytes))
    #expect(reading.source.sha256 == FileDigestAlgorithm.sha256.digest(of: bytes))
    #expect(reading.source.byteCount == bytes.count)
  }
}
