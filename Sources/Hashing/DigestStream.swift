import COpenSSL
import Digests

/// A digest of bytes that come piece by piece.
///
/// Safe: the stream belongs to this value alone, which cannot be copied.
@safe public struct DigestStream: ~Copyable {
  private let algorithm: HashAlgorithm
  private var stream: UnsafeMutableRawPointer?

  /// Nil when the OpenSSL of this machine lacks the algorithm.
  public init?(_ algorithm: HashAlgorithm) {
    // Safe: the stream is ours alone until `finish` or the end of this value frees it.
    guard let stream = unsafe cossl_stream_start(algorithm.rawValue) else { return nil }
    self.algorithm = algorithm
    unsafe self.stream = stream
  }

  deinit {
    // Safe: `finish` sets the stream to nil, so it is freed once.
    if let stream = unsafe stream { _ = unsafe cossl_stream_end(stream, nil) }
  }

  public mutating func add(_ bytes: [UInt8]) {
    // Safe: the array lives through the call and its count is passed.
    if let stream = unsafe stream { _ = unsafe cossl_stream_add(stream, bytes, bytes.count) }
  }

  /// The digest of everything added; nil when OpenSSL failed.
  public consuming func finish() -> [UInt8]? {
    var out = [UInt8](repeating: 0, count: 64)
    guard let stream = unsafe stream else { return nil }
    unsafe self.stream = nil
    // Safe: 64 bytes hold the largest digest.
    let count = unsafe Int(cossl_stream_end(stream, &out))
    return count == algorithm.digestByteCount ? Array(out.prefix(count)) : nil
  }
}
