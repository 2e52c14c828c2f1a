import FileSignatures
import IMALog
import PublicKeys

/// A measured key of the seeds' signatures, so that verification is reached: SubjectPublicKeyInfo of an EC key, DER.
private let key = PublicKey(
  curve: 3,
  x: [
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
    0x81,
    0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
  ],
  y: [
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
    0x57,
    0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
  ])
private let given = key.map { SigningKey(key: $0, file: "key") }

/// Any bytes as a signature and as a list, with the signature's key identifier made that of the key. The first byte chooses the
/// template; the rest stands in every one of its fields that holds a signature.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSignatures(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = bytes.first, let given else { return 0 }
  var blob = Array(bytes.dropFirst())
  if choice & 0x80 != 0, blob.count > 7, let identifier = given.identifiers.first {
    blob.replaceSubrange(3..<7, with: identifier)
  }
  let digest = Array("sha256:\0".utf8) + [UInt8](repeating: 0xd1, count: 32)
  let typed = Array("verity:".utf8) + digest
  let name = Array("/a\0".utf8)
  let records: [[UInt8]] =
    switch choice & 3 {
    case 0: [record("ima-sig", [digest, name, blob]), record("ima-sigv2", [typed, name, blob])]
    case 1: [record("ima-buf", [digest, Array(".ima\0".utf8), blob]), record("ima-sig", [digest, name, blob])]
    case 2: [record("ima-modsig", [digest, name, [], digest, blob])]
    default:
      [
        record(
          "evm-sig",
          [
            digest, name, blob, Array("security.ima|b\0".utf8), Array(blob.suffix(8)), blob, word(1), word(2),
            [0xed, 0x81],
          ])
      ]
    }
  let verifier = ListSignatureVerifier(given: [given])
  verify(records.flatMap { $0 }, verifier)
  _ = verifier.verify([
    PackagedSignature(attribute: blob, algorithmName: "sha256", digest: digest.suffix(32), package: "a")
  ])
  if choice & 0x40 != 0 { verify(blob, verifier) }
  return 0
}

private func verify(_ bytes: [UInt8], _ verifier: ListSignatureVerifier) {
  guard let format = MeasurementListFormat.detect(bytes) else { return }
  _ = verifier.verify(MeasurementList.parse(bytes, file: "list", format: format).value)
}

private func word(_ value: Int) -> [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) } }

private func record(_ template: String, _ fields: [[UInt8]]) -> [UInt8] {
  let data = fields.flatMap { word($0.count) + $0 }
  return word(10) + [UInt8](repeating: 0xaa, count: 20) + word(template.utf8.count) + Array(template.utf8)
    + word(data.count) + data
}
