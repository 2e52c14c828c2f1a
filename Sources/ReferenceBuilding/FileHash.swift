import Digests
import EvidenceIntake
import Hashing

/// SHA-256 of a whole file, read piece by piece; nil when it cannot be read.
func sha256(of path: FilePath) -> [UInt8]? {
  do {
    let file = try OpenFile(path)
    guard var digest = DigestStream(.sha256) else { return nil }
    while true {
      let piece = try file.next(1 << 20)
      if piece.isEmpty { return digest.finish() }
      digest.add(piece)
    }
  } catch {
    // Whoever reads the file next says why it cannot be read.
    return nil
  }
}
