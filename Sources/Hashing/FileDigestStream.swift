import COpenSSL
import Digests

/// Digests of one file after the other, in several algorithms, in one pass over the pieces of each.
///
/// Safe: the set of contexts belongs to this object alone, which frees it once.
@safe public final class FileDigestStream {
  /// Ascending, each once.
  public let algorithms: [FileDigestAlgorithm]
  private let set: UnsafeMutableRawPointer
  private let digestsByteCount: Int
  private var isWhole = true

  /// Nil when the OpenSSL of this machine lacks one of the algorithms.
  public init?(_ wanted: [FileDigestAlgorithm]) {
    algorithms = Set(wanted).sorted()
    digestsByteCount = algorithms.reduce(0) { $0 + $1.digestByteCount }
    let numbers = algorithms.map(\.rawValue)
    // Safe: the numbers live through the call and their count is passed.
    guard let set = unsafe cossl_files_new(numbers, numbers.count) else { return nil }
    unsafe self.set = set
  }

  // Safe: this is the only place that frees the set.
  deinit { unsafe cossl_files_free(set) }

  public func add(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      // Safe: the buffer lives through the call and its count is passed.
      let isAdded = unsafe cossl_files_add(set, buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count)
      isWhole = isWhole && isAdded == 1
    }
  }

  public func add(_ bytes: [UInt8]) {
    // Safe: an array of bytes has no padding.
    add(unsafe bytes.span.bytes)
  }

  /// The digests of everything added since the last call, in the order of `algorithms`; nil when OpenSSL failed. The
  /// stream begins anew.
  public func finish() -> [[UInt8]]? {
    var joined = [UInt8](repeating: 0, count: digestsByteCount)
    // Safe: the room is passed.
    let written = unsafe cossl_files_finish(set, &joined, digestsByteCount)
    defer { isWhole = true }
    guard isWhole, written == digestsByteCount else { return nil }
    var start = 0
    return algorithms.map { algorithm in
      defer { start += algorithm.digestByteCount }
      return Array(joined[start..<start + algorithm.digestByteCount])
    }
  }
}

extension FileDigestAlgorithm {
  /// The digest of `bytes`; nil when the OpenSSL of this machine lacks the algorithm.
  public func digest(of bytes: [UInt8]) -> [UInt8]? {
    guard let stream = FileDigestStream([self]) else { return nil }
    stream.add(bytes)
    return stream.finish()?.first
  }
}
