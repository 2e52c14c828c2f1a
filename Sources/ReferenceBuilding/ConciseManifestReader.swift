import ByteReading
import ConciseManifests
import Digests
import EvidenceIntake
import Hashing
import ReferenceManifests

/// Reads one CoRIM, CoMID or CoSWID: what became of its signature, the files that its software tags list, and the document itself
/// where it has reference values of a boot.
///
/// Source: draft-ietf-rats-corim; RFC 9393.
public enum ConciseManifestReader {
  /// The largest document that is read, in bytes.
  private static let byteCountLimit = 4 << 20

  /// Reads the file at `path`; `name` is what it is called in `ReferenceSource.path` and in problems. Nil when it cannot be
  /// opened or is no such document.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> ManifestReading? {
    do {
      let file = try OpenFile(path)
      guard file.byteCount <= byteCountLimit else { return nil }
      return read(try file.next(file.byteCount), name: name, signers: options.manifestSigners)
    } catch {
      return nil
    }
  }

  static func read(_ bytes: [UInt8], name: String, signers: [ManifestSigner]) -> ManifestReading? {
    guard let parsed = ConciseManifest.parse(bytes, file: name) else { return nil }
    let manifest = parsed.value
    let verdict = manifest.signed.map { COSESignatureVerifier(message: $0, signers: signers).verdict }
    var reading = ManifestReading(
      source: ReferenceSource(
        kind: .conciseManifest, path: name, byteCount: bytes.count,
        sha256: HashAlgorithm.sha256.digest(of: bytes) ?? [], signatures: verdict.map { [$0] } ?? [],
        date: manifest.notBefore.flatMap { rfc3339Text(secondsSince1970: $0) },
        validUntil: manifest.notAfter.flatMap { rfc3339Text(secondsSince1970: $0) },
        distribution: manifest.platform))
    reading.problems = parsed.problems.map { error in
      ReferenceProblem(
        .damaged, source: name, offset: error.offset, message: "\(error.field) cannot be read.",
        expected: error.expected, actual: error.found)
    }
    if let verdict {
      reading.problems += RPMTrust.problems(of: [verdict], source: name, subject: nil)
    } else {
      reading.problems.append(ReferenceProblem(.unsigned, source: name, message: "Nothing signs the manifest."))
    }
    // What was changed after it was signed, or cannot be read, says nothing.
    guard verdict?.status != .bad, parsed.problems.isEmpty else { return reading }
    reading.packages = manifest.softwareTags.filter { !$0.payload.isEmpty }.map { package($0, manifest) }
    if manifest.hasBootReferences { reading.bootReference = bytes }
    if reading.packages.isEmpty, reading.bootReference == nil {
      reading.problems.append(
        ReferenceProblem(
          .unrecognised, source: name, message: "Nothing in it can be held against a boot or a file.",
          expected: "values of PCRs, events or files with digests", actual: Self.contents(manifest)))
    }
    return reading
  }

  private static func contents(_ manifest: ConciseManifest) -> String {
    let references = manifest.modules.flatMap(\.references).flatMap(\.measurements).count
    let endorsements = manifest.modules.flatMap(\.endorsements).flatMap(\.measurements).count
    return "\(manifest.modules.count) modules with \(references) reference and \(endorsements) endorsed measurements, "
      + "\(manifest.softwareTags.count) software tags"
  }

  /// The payload as a list of files. What a tag calls evidence was found on somebody's device and is no reference.
  private static func package(_ tag: ConciseSoftwareTag, _ manifest: ConciseManifest) -> ReferencePackage {
    let names: [HashAlgorithm: FileDigestAlgorithm] = [
      .sha1: .sha1, .sha256: .sha256, .sha384: .sha384, .sha512: .sha512,
    ]
    return ReferencePackage(
      format: .list, name: tag.softwareName, version: tag.softwareVersion, distribution: manifest.platform,
      files: tag.payload.map { file in
        ReferenceFile(
          path: Array((file.path.hasPrefix("/") ? file.path : "/" + file.path).utf8), byteCount: file.byteCount,
          digests: file.digests.compactMap { digest in
            digest.algorithm.flatMap { names[$0] }.map { ReferenceDigest($0, digest.bytes, origin: .list) }
          })
      })
  }
}
