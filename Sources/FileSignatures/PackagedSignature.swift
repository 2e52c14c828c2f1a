import ByteReading
import Digests
import IMALog

/// The `security.ima` value that a package carries for a file, with the digest that was measured and that the package has.
///
/// Source: rpm, `RPMTAG_FILESIGNATURES`; the package's own signature does not cover these values.
public struct PackagedSignature: Hashable, Sendable {
  public var attribute: [UInt8]
  /// The kernel's name.
  public var algorithmName: String
  public var digest: [UInt8]
  /// The package, as errors name it.
  public var package: String

  public init(attribute: [UInt8], algorithmName: String, digest: [UInt8], package: String) {
    self.attribute = attribute
    self.algorithmName = algorithmName
    self.digest = digest
    self.package = package
  }

  func claim() -> SignatureClaim {
    let signature: FileSignature
    do {
      signature = try FileSignature(attribute, file: package, offset: 0)
    } catch {
      return RecordClaims.settled(.malformed, "The signature cannot be read: \(error).")
    }
    guard signature.version != .one, signature.kind != .metadata, let hash = signature.hashAlgorithm else {
      return RecordClaims.settled(
        .unsupported,
        "Signatures of type \(signature.kind.rawValue), version \(signature.version.rawValue), with \(signature.hashName) are not verified.",
        signature)
    }
    return RecordClaims.content(signature, hash, of: MeasuredDigest(algorithmName: algorithmName, bytes: digest))
  }
}
