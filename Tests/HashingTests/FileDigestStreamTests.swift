import Digests
import Hashing
import TestSupport
import Testing

struct FileDigestStreamTests {
  /// FIPS 180-4 and RFC 1321 examples, and GB/T 32905 for SM3: the digest of "abc".
  private static let ofABC: [(FileDigestAlgorithm, String)] = [
    (.md5, "900150983cd24fb0d6963f7d28e17f72"),
    (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (.sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (.sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (.sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
  ]

  private static func hex(_ bytes: [UInt8]?) -> String {
    (bytes ?? []).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test func everyAlgorithmGivesThePublishedDigest() {
    for (algorithm, digest) in Self.ofABC { #expect(Self.hex(algorithm.digest(of: Array("abc".utf8))) == digest) }
    for algorithm in FileDigestAlgorithm.allCases {
      #expect(algorithm.digest(of: [])?.count == algorithm.digestByteCount)
    }
  }

  @Test func oneStreamGivesAllDigestsOfOneFileAfterTheOther() throws {
    let stream = try #require(FileDigestStream([.sha256, .md5, .sha1, .md5]))
    #expect(stream.algorithms == [.md5, .sha1, .sha256])
    let files: [[UInt8]] = [[], Array("abc".utf8), [UInt8](repeating: 9, count: 100_000)]
    for file in files {
      stream.add(Array(file.prefix(file.count / 3)))
      stream.add(Array(file.dropFirst(file.count / 3)))
      #expect(stream.finish() == stream.algorithms.map { $0.digest(of: file) ?? [] })
    }
  }

  @Test func anEmptySetOfAlgorithmsHasNoDigests() throws {
    let stream = try #require(FileDigestStream([]))
    stream.add([1, 2])
    #expect(stream.finish() == [])
  }
}
