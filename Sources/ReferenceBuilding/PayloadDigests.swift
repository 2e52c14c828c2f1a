import Archives
import ByteReading
import Digests
import Hashing
import ReferenceManifests

/// Hashes the content of one member after the other and tells what it is, piece by piece where it lies.
final class PayloadDigests {
  /// The digests that are kept.
  let wanted: [FileDigestAlgorithm]
  private let plain: FileDigestStream
  /// Streams with one algorithm more, which a package's own list of digests uses.
  private var extended: [FileDigestAlgorithm: FileDigestStream] = [:]
  private var scanner = FileContentScanner()
  private var images = BootImageCollector()

  /// Nil when the OpenSSL of this machine lacks one of the algorithms.
  init?(_ wanted: [FileDigestAlgorithm]) {
    guard let plain = FileDigestStream(wanted) else { return nil }
    self.wanted = wanted
    self.plain = plain
  }

  struct Content {
    var byteCount: UInt64
    var digests: [ReferenceDigest]
    var content: FileContent
    var image: BootImageCollector.Outcome
    /// The digest in the algorithm asked for besides, or as wanted.
    var extra: [UInt8]?
  }

  /// Reads what `pieces` hands out; `extra` is one more algorithm whose digest is given beside the wanted ones.
  func read(
    extra: FileDigestAlgorithm?, _ pieces: ((RawSpan) -> Void) throws(ArchiveError) -> Void
  ) throws(ArchiveError) -> Content {
    let stream = extra.flatMap(stream(with:)) ?? plain
    var byteCount: UInt64 = 0
    defer {
      // After a fault, too, so that the next file begins anew.
      _ = stream.finish()
      _ = scanner.finish()
      _ = images.finish()
    }
    try pieces { piece in
      byteCount &+= UInt64(piece.byteCount)
      stream.add(piece)
      scanner.add(piece)
      images.add(piece)
    }
    let digests = Dictionary(uniqueKeysWithValues: zip(stream.algorithms, stream.finish() ?? []))
    return Content(
      byteCount: byteCount,
      digests: wanted.compactMap { algorithm in
        digests[algorithm].map { ReferenceDigest(algorithm, $0, origin: .payload) }
      }, content: scanner.finish(), image: images.finish(), extra: extra.flatMap { digests[$0] })
  }

  /// Digests and kind of bytes in memory.
  func read(_ bytes: [UInt8]) -> Content {
    plain.add(bytes)
    let digests = zip(plain.algorithms, plain.finish() ?? []).map { ReferenceDigest($0, $1, origin: .payload) }
    return Content(
      byteCount: UInt64(bytes.count), digests: digests, content: FileContentScanner.content(of: bytes), image: .noImage,
      extra: nil)
  }

  private func stream(with extra: FileDigestAlgorithm) -> FileDigestStream? {
    if wanted.contains(extra) { return plain }
    if let stream = extended[extra] { return stream }
    extended[extra] = FileDigestStream(wanted + [extra])
    return extended[extra]
  }
}
