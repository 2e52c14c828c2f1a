import ByteReading
import Digests
import Hashing

/// An OpenPGP signature that a package or database carries.
public struct RPMSignature: Equatable, Sendable {
  public enum Coverage: String, Equatable, Sendable {
    /// The header's region with its magic (`RPMHeader.signedBytes`); the header vouches for the payload by digests.
    case header
    /// Everything from the main header to the end of the file: packages before rpm 4, and beside the others for long.
    case headerAndPayload
  }

  public var tag: RPMTag
  /// OpenPGP packets.
  public var bytes: [UInt8]
  public var coverage: Coverage

  /// Signatures of a package's signature header, in the order of their tags; faults of single ones beside them.
  public static func list(of header: RPMHeader) -> (signatures: [RPMSignature], problems: [ParseError]) {
    collect(header, .region, .added, legacy: [.signaturePGP, .signatureGPG])
  }

  /// Signatures that a database keeps with a header, where those over the payload have other tags.
  public static func list(ofStored header: RPMHeader) -> (signatures: [RPMSignature], problems: [ParseError]) {
    collect(header, .added, .added, legacy: [.storedPGP, .storedGPG])
  }

  private static func collect(
    _ header: RPMHeader, _ first: RPMHeader.Part, _ second: RPMHeader.Part, legacy: [RPMTag]
  ) -> (signatures: [RPMSignature], problems: [ParseError]) {
    var signatures: [RPMSignature] = []
    var problems: [ParseError] = []
    for tag in [.dsaHeader, .rsaHeader, .openPGP] + legacy {
      let part = header.contains(tag, in: first) ? first : second
      do throws(ParseError) {
        let coverage: Coverage = legacy.contains(tag) ? .headerAndPayload : .header
        for bytes in try blobs(tag, header, part) {
          signatures.append(RPMSignature(tag: tag, bytes: bytes, coverage: coverage))
        }
      } catch {
        problems.append(error)
      }
    }
    return (signatures, problems)
  }

  /// Tag 278 holds any number of signatures in Base64, the others one in binary.
  private static func blobs(_ tag: RPMTag, _ header: RPMHeader, _ part: RPMHeader.Part) throws(ParseError) -> [[UInt8]]
  {
    guard tag == .openPGP else { return try header.bytes(tag, in: part).map { [$0] } ?? [] }
    var found: [[UInt8]] = []
    for text in try header.strings(tag, in: part) ?? [] {
      guard let bytes = bytesOfBase64(text) else {
        throw header.failure(tag, part, expected: "Base64", found: escapedText(text.prefix(40)))
      }
      found.append(bytes)
    }
    return found
  }
}

/// A digest of the header's region that a package or database carries, compared with our own.
public struct RPMHeaderDigest: Equatable, Sendable {
  public var algorithm: HashAlgorithm
  /// As the package has it, in lower-case digits; escaped where it is none.
  public var recorded: String
  public var calculated: String
  public var holds: Bool { recorded == calculated }

  /// The digests of `header` that `carrier` holds: the signature header, or `header` itself in a database. Empty for
  /// headers without region; no digest of theirs covers the header alone.
  public static func list(of header: RPMHeader, in carrier: RPMHeader) -> (
    digests: [RPMHeaderDigest], problems: [ParseError]
  ) {
    guard let signed = header.signedBytes else { return ([], []) }
    var reader = RPMValueReader(header: carrier)
    var digests: [RPMHeaderDigest] = []
    let kinds: [(RPMTag, HashAlgorithm)] = [(.sha1Header, .sha1), (.sha256Header, .sha256), (.sha3Header, .sha3_256)]
    // A database keeps them behind the region, which they cover.
    let isStored = carrier == header
    for (tag, algorithm) in kinds {
      let inRegion = isStored ? nil : reader.strings(tag, .region)?.first
      guard let text = inRegion ?? reader.strings(tag, .added)?.first else { continue }
      let calculated = algorithm.digest(of: signed).map { hexText($0) } ?? "not available here"
      digests.append(
        RPMHeaderDigest(algorithm: algorithm, recorded: escapedText(text).lowercased(), calculated: calculated))
    }
    return (digests, reader.problems)
  }
}
