import ByteReading
import Digests
import EvidenceIntake
import Hashing
import PublicKeys
import ReferenceManifests
import XMLReading
import XMLSignature

/// Reads one Base RIM: the tag, what became of its signature, and the files that it names.
///
/// Source: TCG PC Client Reference Integrity Manifest Specification 1.04, section 3.
public enum BaseRIMReader {
  /// The largest tag that is read, in bytes; those of makers have some thousands.
  private static let byteCountLimit = 4 << 20

  /// Reads the file at `path`; `name` is what it is called in `ReferenceSource.path` and in problems. Nil when it cannot be
  /// opened or is no SWID tag.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> ManifestReading? {
    do {
      let file = try OpenFile(path)
      guard file.byteCount <= byteCountLimit else { return nil }
      let bytes = try file.next(file.byteCount)
      guard bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "<") || bytes.first == 0xef else {
        return nil
      }
      return read(bytes, name: name, signers: options.manifestSigners)
    } catch {
      return nil
    }
  }

  static func read(_ bytes: [UInt8], name: String, signers: [ManifestSigner]) -> ManifestReading? {
    var source = ReferenceSource(
      kind: .baseRIM, path: name, byteCount: bytes.count, sha256: HashAlgorithm.sha256.digest(of: bytes) ?? [])
    guard let parsed = BaseRIM.parse(bytes, file: name) else { return refusal(of: bytes, source) }
    let rim = parsed.value
    source.distribution = rim.platform
    var reading = ManifestReading(source: source, linkedManifest: rim.linkedManifest)
    reading.problems = parsed.problems.map { error in
      ReferenceProblem(
        .damaged, source: name, offset: error.offset, message: "\(error.field) cannot be read.",
        expected: error.expected,
        actual: error.found)
    }
    if let fault = XMLValidator.problems(in: bytes, schema: BaseRIM.schema).first {
      reading.problems.append(
        ReferenceProblem(
          .damaged, source: name,
          message: "The tag does not follow the schema of SWID tags" + (fault.line.map { ", line \($0)" } ?? "") + ".",
          actual: fault.message))
    }
    if rim.linkedManifest == nil, !rim.linkHash.isEmpty {
      reading.problems.append(
        ReferenceProblem(
          .fileMissing, source: name, message: "The link to the manifest that this one belongs to cannot be followed.",
          expected: "a SHA-256 digest in hexadecimal digits or Base64", actual: rim.linkHash))
    }
    let verdict = signature(of: bytes, rim: rim, signers: signers)
    reading.source.signatures = verdict.map { [$0] } ?? []
    reading.problems += problems(of: verdict, name: name)
    // What was changed after it was signed, or cannot be read, says nothing.
    if verdict?.status != .bad, reading.problems.allSatisfy({ $0.kind != .damaged }) {
      reading.packages = [package(rim)]
    }
    return reading
  }

  /// A tag with a DOCTYPE, which could name other files and expand without bound; nil for what is no tag at all.
  private static func refusal(of bytes: [UInt8], _ source: ReferenceSource) -> ManifestReading? {
    let fault = readXMLEvents(bytes, file: source.path) { _ in false }
    guard let fault, fault.found.contains("DOCTYPE"),
      String(decoding: bytes.prefix(1 << 16), as: UTF8.self).contains("SoftwareIdentity")
    else { return nil }
    return ManifestReading(
      source: source,
      problems: [
        ReferenceProblem(
          .refused, source: source.path, offset: fault.offset, message: "The tag is not read.", actual: fault.found)
      ])
  }

  /// The payload as a list of files.
  private static func package(_ rim: BaseRIM) -> ReferencePackage {
    let names: [HashAlgorithm: FileDigestAlgorithm] = [
      .sha1: .sha1, .sha256: .sha256, .sha384: .sha384, .sha512: .sha512,
    ]
    return ReferencePackage(
      format: .list, name: rim.name, version: rim.version, distribution: rim.platform,
      files: rim.files.map { file in
        ReferenceFile(
          path: Array((file.path.hasPrefix("/") ? file.path : "/" + file.path).utf8), byteCount: file.byteCount,
          digests: file.digests.compactMap { digest in
            names[digest.algorithm].map { ReferenceDigest($0, digest.bytes, origin: .list) }
          })
      })
  }

  // MARK: The signature

  /// Nil when nothing signs the tag.
  private static func signature(of bytes: [UInt8], rim: BaseRIM, signers: [ManifestSigner]) -> SourceSignature? {
    guard rim.isSigned else { return nil }
    let missing = SourceSignature(status: .keyMissing, scheme: "XMLDSig", key: rim.signingKeyName)
    var answer = missing
    for signer in signers {
      let outcome = verifyXMLSignature(of: bytes, with: signer.key.subjectPublicKeyInfo)
      func told(_ status: SourceSignature.Status, _ detail: String = "") -> SourceSignature {
        SourceSignature(
          status: status, scheme: "XMLDSig, \(signer.key.algorithm) \(signer.key.bitCount)", key: signer.fingerprint,
          signer: signer.subject, detail: detail)
      }
      let isWeak = signer.key.isRSA && signer.key.bitCount < 2048
      switch outcome {
      case .valid: return told(isWeak ? .weak : .good)
      case .validWithoutBlanks:
        return told(
          isWeak ? .weak : .good,
          "It holds for the tag without its blanks between elements only, which is how the makers' tools sign.")
      // Whatever the key: the tag is not what was signed.
      case .digestDiffers:
        return SourceSignature(
          status: .bad, scheme: "XMLDSig", key: rim.signingKeyName, detail: "The tag was changed after it was signed.")
      case .refused(let reason), .malformed(let reason):
        answer = SourceSignature(status: .unsupported, scheme: "XMLDSig", key: rim.signingKeyName, detail: reason)
      case .keyDiffers, .unsigned: break
      }
    }
    return answer
  }

  private static func problems(of signature: SourceSignature?, name: String) -> [ReferenceProblem] {
    guard let signature else {
      return [ReferenceProblem(.unsigned, source: name, message: "Nothing signs the manifest.")]
    }
    return RPMTrust.problems(of: [signature], source: name, subject: nil)
  }
}
