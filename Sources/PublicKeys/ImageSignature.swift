import COpenSSL

/// A PKCS #7 signature of a PE image, as far as it says who signed. Whether it verifies is not looked at: what an image is, its
/// digest tells.
///
/// Source: Microsoft, "Windows Authenticode Portable Executable Signature Format", "Authenticode Signature".
public struct ImageSignature: Sendable {
  /// The certificates that the signature carries, in its order, at most 32.
  public let certificates: [Certificate]
  /// Those of them that a signer names.
  public let signers: [Certificate]

  /// Nil when no signed data stands at the start of the bytes. Padding may follow.
  public init?(_ bytes: [UInt8]) {
    var all: [Certificate] = []
    var signers: [Certificate] = []
    for index in 0..<32 {
      var der = [UInt8](repeating: 0, count: 1 << 16)
      var isSigner: Int32 = 0
      // Safe: both arrays are passed with their counts and live through the call.
      let count = unsafe cossl_signed_certificate(bytes, bytes.count, Int32(index), &der, der.count, &isSigner)
      guard count >= 0 else { return nil }
      if count == 0 { break }
      guard let certificate = Certificate(der: Array(der.prefix(count))) else { continue }
      all.append(certificate)
      if isSigner == 1 { signers.append(certificate) }
    }
    certificates = all
    self.signers = signers
  }
}
