import Digests
import Hashing

/// The hash of template data in the algorithm that the width of recorded digests stands for: SHA-1 and SHA-2. It tells
/// how a text list of a patched kernel was written; nothing is judged by it.
@Sendable public func recordedTemplateHash(_ templateData: [UInt8], digestByteCount: Int) -> [UInt8]? {
  let algorithms: [HashAlgorithm] = [.sha1, .sha256, .sha384, .sha512]
  return algorithms.first { $0.digestByteCount == digestByteCount }?.digest(of: templateData)
}
