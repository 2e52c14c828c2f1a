import Digests
import Foundation
import Hashing
import ReferenceManifests
import TestSupport

/// Readings made by hand, small and different from each other.
enum Made {
  /// A package of two files, a link and a folder; `seed` tells it from the others.
  static func package(_ seed: Int, version: String = "1.0-1") -> ReferencePackage {
    ReferencePackage(
      format: .deb, name: "package-\(seed)", version: version, architecture: "amd64", sourceName: "source-\(seed)",
      distribution: "Debian bookworm", date: "2024-01-02T03:04:05Z",
      files: [
        file("/usr/bin/program-\(seed)", seed: "\(seed) \(version) program", mode: 0o755),
        file("/usr/share/doc/package-\(seed)/copyright", seed: "copyright", flags: .documentation),
        ReferenceFile(path: Array("/usr/bin/alias-\(seed)".utf8), kind: .symbolicLink(target: Array("program".utf8))),
        ReferenceFile(path: Array("/usr/bin".utf8), kind: .directory, mode: 0o755),
      ])
  }

  static func file(
    _ path: String, seed: String, mode: UInt16 = 0o644, flags: ReferenceFile.Flags = []
  ) -> ReferenceFile {
    ReferenceFile(
      path: Array(path.utf8), byteCount: UInt64(seed.utf8.count), mode: mode, flags: flags,
      digests: [
        ReferenceDigest(.sha256, digest(seed), origin: .payload),
        ReferenceDigest(.sha1, HashAlgorithm.sha1.digest(of: Array(seed.utf8)) ?? [], origin: .payload),
      ], content: .script(interpreter: Array("/bin/sh".utf8)))
  }

  static func digest(_ seed: String) -> [UInt8] { HashAlgorithm.sha256.digest(of: Array(seed.utf8)) ?? [] }

  static func source(
    _ path: String, kind: ReferenceSource.Kind = .deb, signatures: [SourceSignature] = [], vouchedBy: [UInt8]? = nil
  ) -> ReferenceSource {
    ReferenceSource(
      kind: kind, path: path, byteCount: 1000, sha256: digest(path), vouchedBy: vouchedBy, signatures: signatures)
  }

  static func reading(_ seed: Int) -> ManifestReading {
    ManifestReading(
      source: source("package-\(seed).deb"), packages: [package(seed)],
      updates: [
        PackageUpdate(
          format: .deb, name: "source-\(seed)", namesSource: true, version: "1.0-2", distribution: "", type: .security,
          date: "2024-02-03", advisory: "DSA-\(seed)-1", references: ["CVE-2024-0001", "CVE-2024-0002"])
      ],
      problems: [ReferenceProblem(.weakDigest, source: "package-\(seed).deb", subject: "/a", message: "A problem.")])
  }

  static func signature(_ status: SourceSignature.Status, key: String) -> SourceSignature {
    SourceSignature(
      status: status, scheme: "OpenPGP v4, RSA 4096, SHA256", key: key, signer: status == .good ? "A signer" : "",
      createdAt: "2024-01-01T00:00:00Z")
  }
}

/// Stores in a folder of one test.
extension ScratchCase {
  func store(_ name: String) -> String { folder.appendingPathComponent(name).path }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}
