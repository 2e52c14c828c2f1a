import ByteReading
import Digests
import IMALog
import Testing

private let whole: [UInt8] = [3, 2, 4, 0x8c, 0x1d, 0x1c, 0xd3, 0, 3, 0xaa, 0xbb, 0xcc]

private func signature(_ bytes: [UInt8]) throws -> FileSignature {
  try FileSignature(bytes, file: "list", offset: 0x40)
}

@Test
func aSignatureSaysKindVersionAlgorithmAndKey() throws {
  let read = try signature(whole)
  #expect(read.kind == .content)
  #expect(read.version == .two)
  #expect(read.hashAlgorithm == .sha256)
  #expect(read.hashName == "sha256")
  #expect(read.keyIdentifier == [0x8c, 0x1d, 0x1c, 0xd3])
  #expect(read.bytes == [0xaa, 0xbb, 0xcc])
  #expect(try signature([6, 3] + whole.dropFirst(2)).kind == .verity)
  #expect(try signature([5] + whole.dropFirst()).kind == .metadata)
}

@Test(arguments: 0..<12)
func everyTruncatedSignatureIsAnError(length: Int) {
  #expect(throws: ParseError.self) { try signature(Array(whole.prefix(length))) }
}

@Test(
  arguments: zip(
    [[4] + whole.dropFirst(), [3, 4] + whole.dropFirst(2), whole + [0], Array(whole.prefix(7)) + [0, 0]] as [[UInt8]],
    [
      "list at 0x40: signature_v2_hdr.type: expected 3, 5 or 6, found 4",
      "list at 0x41: signature_v2_hdr.version: expected 1, 2 or 3, found 4",
      "list at 0x4c: signature_v2_hdr.sig: expected the end, found 1 byte more",
      "list at 0x47: signature_v2_hdr.sig_size: expected a signature, found 0",
    ]))
func aWrongFieldIsNamedWithItsPlace(bytes: [UInt8], text: String) {
  #expect { try signature(bytes) } throws: { "\($0)" == text }
}

@Test
func versionOneHasAHeaderOfItsOwn() throws {
  let read = try signature([3, 1, 0, 0, 0, 1, 0, 1] + Array(repeating: 7, count: 8) + [9, 9])
  #expect(read.version == .one)
  #expect(read.keyIdentifier == Array(repeating: 7, count: 8))
  #expect(read.bytes == [9, 9])
}

@Test(
  arguments: [(0, nil), (1, nil), (2, .sha1), (6, .sha512), (7, nil), (17, nil), (18, nil), (20, .sha3_256), (23, nil)]
    as [(UInt8, HashAlgorithm?)])
func onlyAlgorithmsThatCountAreVerifiedWith(number: UInt8, algorithm: HashAlgorithm?) {
  #expect(HashAlgorithm(kernelNumber: number) == algorithm)
}
