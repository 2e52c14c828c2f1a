import Archives
import ByteReading
import Digests
import EvidenceIntake
import Hashing
import OpenPGP
import ReferenceManifests

/// Reads one `.rpm` file: what its header vouches for, who signed it, and whether its payload agrees.
///
/// The header's digests are taken as they are. The payload is unpacked, in memory and piece by piece, only when digests
/// are wanted that the header does not have.
public struct RPMPackageReader {
  private let path: FilePath
  private let name: String
  private let options: BuildOptions
  private var problems: ProblemList

  /// `name` is the path that is shown, `ReferenceSource.path`.
  public static func read(path: FilePath, name: String, options: BuildOptions) -> ManifestReading {
    var reader = RPMPackageReader(path: path, name: name, options: options)
    return reader.read()
  }

  private init(path: FilePath, name: String, options: BuildOptions) {
    self.path = path
    self.name = name
    self.options = options
    problems = ProblemList(source: name)
  }

  private mutating func read() -> ManifestReading {
    var source = ReferenceSource(kind: .rpm, path: name, byteCount: 0, sha256: [])
    let headers = readHeaders()
    let description = headers.map { RPMDescription($0.header, signatureHeader: $0.signatureHeader) }
    let whole: RPMFileDigests
    do throws(ArchiveError) {
      whole = try RPMFileDigests(
        path: path, headers: headers, payload: description?.payload.digestAlgorithm, algorithms: options.algorithms)
    } catch {
      problems.add(ReferenceProblem(.damaged, source: name, offset: error.offset, message: error.message + "."))
      return ManifestReading(source: source, problems: problems.all)
    }
    source.byteCount = whole.byteCount
    source.sha256 = whole.sha256
    guard let headers, let description else { return ManifestReading(source: source, problems: problems.all) }
    var package = self.package(description, headers)
    source.distribution = package.distribution
    source.date = package.date
    source.signatures = verify(headers)
    problems.add(RPMTrust.problems(of: source.signatures, source: name, subject: nil))
    checkHeader(headers)
    problems.add(headers.comparisonProblems.map { ReferenceProblem(error: $0, source: name) })
    let tie = check(headers, description, whole)
    readPayload(headers, description, tie, &package)
    checkStrength(description, package, tie)
    package.files.append(
      ReferenceFile(
        path: Array("/\(description.fullName).rpm".utf8), byteCount: UInt64(whole.byteCount), flags: .packageRecord,
        digests: whole.wanted))
    return ManifestReading(
      source: source, packages: [package], problems: problems.all)
  }

  // MARK: Headers

  /// The headers, from as much of the file's beginning as they need.
  private mutating func readHeaders() -> RPMPackage? {
    do throws(FileError) {
      let file = try OpenFile(path)
      var bytes = try file.next(1 << 16)
      while true {
        do throws(ParseError) {
          return try RPMPackage(bytes, file: name)
        } catch {
          let more = try missingBytes(error, held: bytes.count, of: file)
          guard !more.isEmpty else {
            problems.add(ReferenceProblem(error: error, source: name))
            return nil
          }
          bytes += more
        }
      }
    } catch {
      problems.add(ReferenceProblem(.damaged, source: name, message: error.reason + "."))
      return nil
    }
  }

  /// Empty when the file has no more or what is missing is more than may be held.
  private func missingBytes(_ error: ParseError, held: Int, of file: OpenFile) throws(FileError) -> [UInt8] {
    guard let missing = error.missingByteCount, missing <= options.limits.heldByteCount - held,
      missing <= file.byteCount - held
    else { return [] }
    return try file.next(max(missing, 1 << 16))
  }

  private mutating func package(_ description: RPMDescription, _ headers: RPMPackage) -> ReferencePackage {
    problems.add(headers.problems.map { ReferenceProblem(error: $0, source: name) })
    if headers.header.hasAddedValues {
      problems.add(
        ReferenceProblem(
          .damaged, source: name, offset: headers.header.range.lowerBound,
          message: "The header holds values outside of the part that signatures cover; they are not used."))
    }
    let (package, faults) = description.referencePackage(source: name, algorithms: options.algorithms)
    problems.add(faults)
    return package
  }

  // MARK: Signatures and digests

  /// Every signature with what became of it.
  private mutating func verify(_ headers: RPMPackage) -> [SourceSignature] {
    let (signatures, faults) = RPMSignature.list(of: headers.signatureHeader)
    problems.add(faults.map { ReferenceProblem(error: $0, source: name) })
    var verified: [SourceSignature] = []
    for signature in signatures {
      let message = message(of: signature, headers)
      var found =
        message.map { options.keys.verify(detached: signature.bytes, over: $0) } ?? [
          SourceSignature(status: .unsupported, scheme: "OpenPGP", key: "")
        ]
      for index in found.indices {
        found[index].detail = RPMTrust.joined(found[index].detail, coverage(signature, isHeld: message != nil))
      }
      verified += found
    }
    return verified
  }

  /// What was signed; nil when it is not there or more than may be held.
  private func message(of signature: RPMSignature, _ headers: RPMPackage) -> [UInt8]? {
    switch signature.coverage {
    case .header: return headers.header.signedBytes
    case .headerAndPayload:
      do throws(ArchiveError) {
        let rest = try FileSource(path: path.bytes, startingAt: headers.header.range.lowerBound)
        return try rest.remainingBytes(limit: options.limits.heldByteCount)
      } catch {
        return nil
      }
    }
  }

  private func coverage(_ signature: RPMSignature, isHeld: Bool) -> String {
    switch (signature.coverage, isHeld) {
    case (.header, true): "Covers the header."
    case (.header, false): "Covers a header region, which this header does not have."
    case (.headerAndPayload, true): "Covers header and payload."
    case (.headerAndPayload, false): "Covers header and payload, which are more than may be held in memory."
    }
  }

  private mutating func checkHeader(_ headers: RPMPackage) {
    let (digests, faults) = RPMHeaderDigest.list(of: headers.header, in: headers.signatureHeader)
    problems.add(faults.map { ReferenceProblem(error: $0, source: name) })
    problems.add(digests.filter { !$0.holds }.map { RPMTrust.problem(of: $0, source: name, subject: nil) })
  }

  /// Compares the payload with what the headers say of it.
  private mutating func check(
    _ headers: RPMPackage, _ description: RPMDescription, _ whole: RPMFileDigests
  ) -> RPMPayloadTie {
    if let recorded = whole.recordedByteCount,
      recorded != UInt64(max(0, whole.byteCount - headers.header.range.lowerBound))
    {
      problems.add(
        ReferenceProblem(
          .damaged, source: name, message: "Header and payload are not as long as the package says.",
          expected: "\(recorded) bytes", actual: "\(whole.byteCount - headers.header.range.lowerBound) bytes"))
    }
    if let recorded = whole.recordedMD5, recorded != whole.headerAndPayloadMD5 {
      problems.add(
        payloadProblem("Header and payload do not have the MD5 of the package.", recorded, whole.headerAndPayloadMD5))
    }
    guard let algorithm = description.payload.digestAlgorithm else { return .none }
    if description.payload.digest != whole.payload {
      problems.add(
        payloadProblem(
          "The payload does not have the \(algorithm.name) that the header gives.", description.payload.digest,
          whole.payload))
      return .contradicted
    }
    return algorithm.strength == .strong ? .strong : .none
  }

  private func payloadProblem(_ message: String, _ expected: [UInt8], _ actual: [UInt8]) -> ReferenceProblem {
    ReferenceProblem(
      .payloadDiffers, source: name, message: message, expected: hexText(expected), actual: hexText(actual))
  }

  // MARK: Payload

  private mutating func readPayload(
    _ headers: RPMPackage, _ description: RPMDescription, _ tie: RPMPayloadTie, _ package: inout ReferencePackage
  ) {
    let regular = description.files.contains { $0.kind == .regular && !$0.flags.contains(.ghost) }
    // The header has no Authenticode digests.
    let images = description.files.contains { BootImageCollector.mayBeImage($0.path) }
    guard regular, images || options.algorithms.contains(where: { $0 != description.fileDigestAlgorithm }) else {
      return
    }
    guard description.payload.format ?? "cpio" == "cpio" else {
      problems.add(
        ReferenceProblem(
          .unrecognised, source: name,
          message: "The payload is no cpio archive; only the header's digests are known.", expected: "cpio",
          actual: description.payload.format))
      return
    }
    var payload = RPMPayloadReader(description, name: name, options: options)
    payload.read(path: path, offset: headers.payloadOffset, tie)
    payload.apply(to: &package)
    problems.add(payload.problems)
  }

  /// MD5 shows nothing when it is all that ties the files to the signed header.
  private mutating func checkStrength(_ description: RPMDescription, _ package: ReferencePackage, _ tie: RPMPayloadTie)
  {
    guard let algorithm = description.fileDigestAlgorithm, algorithm.strength == .broken,
      description.files.contains(where: { !$0.digest.isEmpty })
    else { return }
    let isHashed = package.files.contains { file in
      file.digests.contains { $0.origin == .payload && $0.algorithm.strength == .strong }
    }
    guard !(isHashed && tie == .strong) else { return }
    problems.add(
      ReferenceProblem(
        .weakDigest, source: name,
        message: "Only \(algorithm.name) digests tie the files to the header, and those can be forged."))
  }
}

/// Digests of an `.rpm` file as it lies there, all in one pass.
struct RPMFileDigests {
  var byteCount = 0
  var sha256: [UInt8] = []
  /// Of the whole file, in the wanted algorithms.
  var wanted: [ReferenceDigest] = []
  /// Of everything from the main header on; empty when the package does not say what it should be.
  var headerAndPayloadMD5: [UInt8] = []
  /// Of the payload as it lies there, in the header's algorithm; empty when the header does not say what it should be.
  var payload: [UInt8] = []
  var recordedMD5: [UInt8]?
  /// Bytes from the main header on, by the signature header.
  var recordedByteCount: UInt64?

  init(
    path: FilePath, headers: RPMPackage?, payload payloadAlgorithm: FileDigestAlgorithm?,
    algorithms: [FileDigestAlgorithm]
  ) throws(ArchiveError) {
    // A value of the wrong type is a problem of the header already read; here it only cannot be compared.
    recordedMD5 = headers.flatMap { $0.recordedMD5 }
    recordedByteCount = headers.flatMap { $0.recordedByteCount }
    guard let whole = FileDigestStream(algorithms + [.sha256]) else {
      throw ArchiveError(.unreadable, message: "OpenSSL lacks one of the wanted algorithms")
    }
    let tail = headers.flatMap { headers in
      recordedMD5 == nil ? nil : Tail(from: headers.header.range.lowerBound, .md5)
    }
    let payloadTail = headers.flatMap { headers in
      payloadAlgorithm.flatMap { Tail(from: headers.payloadOffset, $0) }
    }
    var count = 0
    try FileSource(path: path.bytes).forEachPiece { piece in
      whole.add(piece)
      tail?.add(piece, at: count)
      payloadTail?.add(piece, at: count)
      count += piece.byteCount
    }
    byteCount = count
    let digests = whole.finish() ?? []
    for (algorithm, bytes) in zip(whole.algorithms, digests) {
      if algorithm == .sha256 { sha256 = bytes }
      if algorithms.contains(algorithm) { wanted.append(ReferenceDigest(algorithm, bytes, origin: .payload)) }
    }
    headerAndPayloadMD5 = tail?.finish() ?? []
    payload = payloadTail?.finish() ?? []
  }

  /// The digest of what follows a place.
  private struct Tail {
    let start: Int
    let stream: FileDigestStream

    init?(from start: Int, _ algorithm: FileDigestAlgorithm) {
      guard let stream = FileDigestStream([algorithm]) else { return nil }
      self.start = start
      self.stream = stream
    }

    func add(_ piece: RawSpan, at position: Int) {
      let skipped = max(0, start - position)
      if skipped < piece.byteCount { stream.add(piece.extracting(droppingFirst: skipped)) }
    }

    func finish() -> [UInt8]? { stream.finish()?.first }
  }
}
