import Digests

/// The algorithm of a digest that stands without a name, told by its length.
public struct DigestAlgorithmGuess: Equatable, Sendable {
  public var algorithm: FileDigestAlgorithm
  /// Others of the same length that are in use; SM3 and SHA3-256 have the length of SHA-256.
  public var others: [FileDigestAlgorithm]

  /// Nil when no algorithm has digests of this length.
  public init?(byteCount: Int) {
    switch byteCount {
    case 16: (algorithm, others) = (.md5, [])
    case 20: (algorithm, others) = (.sha1, [])
    case 28: (algorithm, others) = (.sha224, [])
    case 32: (algorithm, others) = (.sha256, [.sm3, .sha3_256])
    case 48: (algorithm, others) = (.sha384, [])
    case 64: (algorithm, others) = (.sha512, [.sha3_512])
    default: return nil
    }
  }
}
