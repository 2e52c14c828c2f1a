import COpenSSL
import Digests

extension HashAlgorithm {
  /// The digest of `bytes`; nil when the OpenSSL of this machine lacks the algorithm.
  public func digest(of bytes: [UInt8]) -> [UInt8]? { digest(of: bytes, followedBy: []) }

  /// A register of value `register` extended with `digest`: H(register ‖ digest).
  ///
  /// Source: TPM 2.0 Library, Part 1, "PCR Operations", `TPM2_PCR_Extend`.
  public func extend(_ register: [UInt8], with digest: [UInt8]) -> [UInt8]? {
    self.digest(of: register, followedBy: digest)
  }

  /// The digest of one text after another, without joining them first.
  public func digest(of first: [UInt8], followedBy second: [UInt8]) -> [UInt8]? {
    // Safe: the arrays live through the call, their counts are passed, and 64 bytes hold the largest digest.
    let out = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, written in
      written = unsafe Int(
        cossl_digest(rawValue, first, first.count, second, second.count, buffer.baseAddress))
    }
    return out.count == digestByteCount ? out : nil
  }
}
