import Digests
import Testing

@Suite struct HashAlgorithmTests {
  @Test func everyNameReadsBack() {
    for algorithm in HashAlgorithm.allCases { #expect(HashAlgorithm(name: algorithm.name) == algorithm) }
  }

  @Test(
    arguments: [
      ("sha1", 0x0004, 20), ("sha256", 0x000b, 32), ("sha384", 0x000c, 48), ("sha512", 0x000d, 64),
      ("sm3", 0x0012, 32), ("sm3_256", 0x0012, 32), ("sha3-256", 0x0027, 32), ("sha3-384", 0x0028, 48),
      ("sha3-512", 0x0029, 64),
    ] as [(String, UInt16, Int)])
  func aNameOfTheKernelOrOfTheToolsMeansItsNumber(name: String, number: UInt16, byteCount: Int) {
    #expect(HashAlgorithm(name: name)?.rawValue == number)
    #expect(HashAlgorithm(rawValue: number)?.digestByteCount == byteCount)
  }

  @Test(arguments: ["", "SHA256", "md5", "sha-256", "sha256 ", "sha3_2566"])
  func anotherNameIsUnknown(name: String) { #expect(HashAlgorithm(name: name) == nil) }

  @Test func algorithmsSortByTheirNumbers() {
    #expect(HashAlgorithm.allCases.sorted().map(\.rawValue) == HashAlgorithm.allCases.map(\.rawValue).sorted())
  }
}
