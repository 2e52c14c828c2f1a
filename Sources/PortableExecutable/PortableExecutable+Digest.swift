import Digests
import Hashing

extension PortableExecutable {
  /// The Authenticode digests of the image: what firmware, shim and the EFI stub measure, and what `db` and `dbx` list.
  ///
  /// The first is over the file as it is. A signing tool first fills an image up with zeros to a multiple of eight bytes, and
  /// Microsoft's description hashes these too: an unsigned image of another size has a second digest, that of the same image
  /// once it is signed. Empty when the OpenSSL of this machine lacks the algorithm.
  public func authenticodeDigests(_ algorithm: FileDigestAlgorithm) -> [[UInt8]] {
    guard let stream = FileDigestStream([algorithm]) else { return [] }
    let missing = certificates.isEmpty ? (8 - bytes.count % 8) % 8 : 0
    var found: [[UInt8]] = []
    for padding in missing == 0 ? [0] : [0, missing] {
      // Safe: an array of bytes has no padding, and the ranges were compared with its length when the headers were read.
      for range in digestedRanges { unsafe stream.add(bytes.span.bytes.extracting(range)) }
      if padding > 0 { stream.add([UInt8](repeating: 0, count: padding)) }
      if let digest = stream.finish()?.first { found.append(digest) }
    }
    return found
  }
}
