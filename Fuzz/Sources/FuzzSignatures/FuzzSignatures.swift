import FileSignatures
import IMALog
import PublicKeys

/// The certificate of the seeds' signatures, so that verification is reached: EC, P-256, private key 1.
private let certificate = """
  -----BEGIN CERTIFICATE-----
  MIIBLTCB1KADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA29uZTAgFw0yMDAxMDEwMDAw
  MDBaGA8yMDk5MTIzMTIzNTk1OVowDjEMMAoGA1UEAwwDb25lMFkwEwYHKoZIzj0CAQYIKoZIzj0D
  AQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84z
  V2sxXs7LtkBoN79R9aMhMB8wHQYDVR0OBBYEFLRno5mete+mcd4AMvCKnJ5e/aDhMAoGCCqGSM49
  BAMCA0gAMEUCIGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWAiEAnNWpxQHiz6mpZpYK
  yRXg+K4JdNVp2D3PrXEgPZhIJkw=
  -----END CERTIFICATE-----
  """
private let given = pemBlocks(Array(certificate.utf8)).first.flatMap { Certificate(der: $0.der) }.map {
  SigningKey(certificate: $0, origin: .given(file: "key"))
}

/// Any bytes as a signature and as a list, with the signature's key identifier made that of the key. The first byte chooses the
/// template; the rest stands in every one of its fields that holds a signature.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSignatures(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let given else { preconditionFailure("the certificate is read") }
  guard let choice = bytes.first else { return 0 }
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
