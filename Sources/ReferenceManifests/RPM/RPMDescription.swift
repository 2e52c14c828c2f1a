import ByteReading
import Digests

/// What the main header of an RPM package says of the package: its names, files, scriptlets and payload.
///
/// Only values of the header's region are taken, which signatures cover; the file states of a database are the one
/// exception.
///
/// Source: rpm, docs/manual/tags.md; lib/rpmfi.c for the file list.
public struct RPMDescription: Equatable, Sendable {
  /// Escaped where it is not plain text, as all texts here.
  public var name = ""
  /// `[epoch:]version-release`; the epoch is left out when the header has none.
  public var version = ""
  /// The same without the epoch, as file names have it.
  public var versionWithoutEpoch = ""
  /// `src` for source packages, whatever they were built on.
  public var architecture = ""
  /// File name of the source package, `NAME-VERSION-RELEASE.src.rpm`; nil for source packages and where it is absent.
  public var sourceRPM: String?
  /// Seconds since 1970.
  public var buildTime: UInt64?
  public var vendor = ""
  public var distribution = ""
  /// Format version of the package: 6 where the header says so, else 4, or 3 where the header has no region.
  public var formatVersion = 4
  /// Algorithm of the digests of files; nil when it has no name here. MD5 where the header does not say.
  public var fileDigestAlgorithm: FileDigestAlgorithm? = .md5
  public var files: [RPMFile] = []
  public var scriptlets: [RPMScriptlet] = []
  public var payload = RPMPayloadDescription()
  /// Values that are damaged or contradict each other; what they said is left out.
  public var problems: [ParseError] = []

  /// `signatureHeader` is the one of the package's file; in a database its values stand behind the region.
  public init(_ header: RPMHeader, signatureHeader: RPMHeader? = nil) {
    var reader = RPMValueReader(header: header)
    readNames(&reader)
    files = RPMFile.list(&reader, signatureHeader: signatureHeader)
    scriptlets = RPMScriptlet.list(&reader)
    payload = RPMPayloadDescription(&reader)
    readAlgorithm(&reader)
    problems = reader.problems
    if header.signedBytes == nil { formatVersion = 3 }
  }

  /// `NAME-VERSION-RELEASE.ARCH`, as files and reports name packages.
  public var fullName: String { "\(name)-\(versionWithoutEpoch).\(architecture)" }

  private mutating func readNames(_ reader: inout RPMValueReader) {
    name = reader.text(.name) ?? ""
    versionWithoutEpoch = (reader.text(.version) ?? "") + "-" + (reader.text(.release) ?? "")
    version = reader.integer(.epoch).map { "\($0):" + versionWithoutEpoch } ?? versionWithoutEpoch
    sourceRPM = reader.text(.sourceRPM)
    // rpm tells source packages by the absence of the name of theirs; the tag for it came later.
    let isSource = reader.header.contains(.sourcePackage) || sourceRPM == nil
    architecture = isSource && name != "gpg-pubkey" ? "src" : reader.text(.architecture) ?? ""
    buildTime = reader.integer(.buildTime)
    vendor = reader.text(.vendor) ?? ""
    distribution = reader.text(.distribution) ?? ""
    if let format = reader.integer(.rpmFormat).flatMap({ Int(exactly: $0) }) { formatVersion = format }
  }

  private mutating func readAlgorithm(_ reader: inout RPMValueReader) {
    guard let number = reader.integer(.fileDigestAlgorithm) else { return }
    fileDigestAlgorithm = UInt8(exactly: number).flatMap { FileDigestAlgorithm(rawValue: $0) }
    if fileDigestAlgorithm == nil {
      reader.problems.append(
        reader.header.failure(
          .fileDigestAlgorithm, expected: "a hash algorithm of OpenPGP that is known here", found: "\(number)"))
    }
  }
}

/// What the header says of the payload.
public struct RPMPayloadDescription: Equatable, Sendable {
  /// `cpio`, or nil where the header does not say.
  public var format: String?
  /// For example `gzip`, `xz`, `zstd`; nil where the header does not say, which means gzip in old packages and no
  /// compression in new ones.
  public var compressor: String?
  /// Digest of the payload as it stands in the file; empty where the header has none.
  public var digest: [UInt8] = []
  /// Nil where the header names none that is known here.
  public var digestAlgorithm: FileDigestAlgorithm?

  init() {}

  init(_ reader: inout RPMValueReader) {
    format = reader.text(.payloadFormat)
    compressor = reader.text(.payloadCompressor)
    guard let text = reader.strings(.payloadDigest)?.first else { return }
    // SHA-256 is the only one that rpm writes; it names it all the same.
    let number = reader.integer(.payloadDigestAlgorithm) ?? UInt64(FileDigestAlgorithm.sha256.rawValue)
    guard let algorithm = UInt8(exactly: number).flatMap({ FileDigestAlgorithm(rawValue: $0) }),
      let bytes = bytesOfHex(text), bytes.count == algorithm.digestByteCount
    else {
      reader.problems.append(
        reader.header.failure(
          .payloadDigest, expected: "hexadecimal digits of a known algorithm",
          found: "algorithm \(number), \(text.count) characters"))
      return
    }
    digest = bytes
    digestAlgorithm = algorithm
  }
}

/// Reads values of one header and keeps the faults it meets, so that one bad value does not hide the others.
struct RPMValueReader {
  let header: RPMHeader
  var problems: [ParseError] = []

  mutating func strings(_ tag: RPMTag, _ part: RPMHeader.Part = .region) -> [[UInt8]]? {
    take { (header) throws(ParseError) in try header.strings(tag, in: part) }
  }

  mutating func integers(_ tag: RPMTag, _ part: RPMHeader.Part = .region) -> [UInt64]? {
    take { (header) throws(ParseError) in try header.integers(tag, in: part) }
  }

  mutating func integer(_ tag: RPMTag) -> UInt64? { integers(tag)?.first }

  mutating func string(_ tag: RPMTag) -> [UInt8]? {
    take { (header) throws(ParseError) in try header.string(tag) }
  }

  /// Text that is safe to print; nil when the tag is absent or empty.
  mutating func text(_ tag: RPMTag) -> String? {
    string(tag).flatMap { $0.isEmpty ? nil : escapedText($0) }
  }

  private mutating func take<Value>(_ read: (RPMHeader) throws(ParseError) -> Value?) -> Value? {
    do {
      return try read(header)
    } catch {
      problems.append(error)
      return nil
    }
  }
}
