import Archives

/// Packed files of the corpus.
enum Unpacked {
  static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    try Decompression(MemorySource(bytes), .gzip).remainingBytes(limit: 1 << 28)
  }
}
