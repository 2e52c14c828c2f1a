/// A digest and the algorithm that made it. Nothing is computed here.
public struct Digest: Hashable, Sendable {
  public var algorithm: HashAlgorithm
  /// `algorithm.digestByteCount` bytes.
  public var bytes: [UInt8]

  public init(_ algorithm: HashAlgorithm, _ bytes: [UInt8]) {
    self.algorithm = algorithm
    self.bytes = bytes
  }
}
