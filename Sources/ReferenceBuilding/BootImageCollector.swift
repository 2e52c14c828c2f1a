import Digests
import Hashing
import PortableExecutable
import PublicKeys
import ReferenceManifests

/// Holds the content of one PE image after the other, since its digest depends on headers that say what to leave out.
struct BootImageCollector {
  /// Bytes held of one image. Unified kernel images with their initramfs are some tens of MiB.
  static let heldByteCount = 256 << 20
  static let tooLarge =
    "A PE image of more than \(heldByteCount >> 20) MiB: it is known by its file digest, not by its Authenticode digest."

  private var held: [UInt8] = []
  private var isCandidate = true
  private var isTooLarge = false

  mutating func add(_ piece: RawSpan) {
    guard isCandidate, !piece.isEmpty else { return }
    guard held.count + piece.byteCount <= Self.heldByteCount else {
      isTooLarge = true
      return drop()
    }
    // Safe: the bytes are looked at and copied during the call.
    unsafe piece.withUnsafeBytes { bytes in
      // Whatever does not begin as an MS-DOS program is let go at once, and never copied.
      if held.count < 2 { isCandidate = unsafe Self.begins(held + bytes.prefix(2)) }
      if isCandidate { unsafe held.append(contentsOf: bytes) }
    }
  }

  enum Outcome {
    case image(BootImage)
    case noImage
    /// It begins as one and is larger than what is held.
    case tooLarge
  }

  /// What the file is. The next piece belongs to the next file.
  mutating func finish() -> Outcome {
    defer {
      held = []
      isCandidate = true
      isTooLarge = false
    }
    if isTooLarge { return .tooLarge }
    guard isCandidate, !held.isEmpty, let image = Self.image(held) else { return .noImage }
    return .image(image)
  }

  /// By the names of boot loaders and kernels: whether a payload is worth unpacking for an image alone.
  static func mayBeImage(_ path: [UInt8]) -> Bool {
    let name = String(decoding: path.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self).lowercased()
    return name.hasPrefix("vmlinuz") || name.hasSuffix(".efi") || name.contains(".efi.")
  }

  private mutating func drop() {
    held = []
    isCandidate = false
  }

  private static func begins(_ bytes: [UInt8]) -> Bool { zip(bytes, [0x4d, 0x5a]).allSatisfy { $0 == $1 } }

  /// Nil for what is no image or none for firmware.
  private static func image(_ bytes: [UInt8]) -> BootImage? {
    let image: PortableExecutable
    do {
      image = try PortableExecutable(bytes, file: "image")
    } catch {
      // What no firmware would load has no Authenticode digest; its file is known by its content all the same.
      return nil
    }
    guard image.isBootImage else { return nil }
    let signatures = image.certificates.filter { $0.type == PortableExecutable.AttributeCertificate.pkcs7 }
      .compactMap { ImageSignature($0.content) }
    return BootImage(
      digests: BootImage.digestAlgorithms.flatMap { algorithm in
        image.authenticodeDigests(algorithm).map { BootImage.ImageDigest(algorithm, $0) }
      }, sbat: image.content(ofSection: ".sbat").map { Array($0.prefix { $0 != 0 }) },
      certificates: signatures.flatMap(certificates))
  }

  private static func certificates(_ signature: ImageSignature) -> [BootImage.Certificate] {
    signature.certificates.map { certificate in
      BootImage.Certificate(
        sha256: HashAlgorithm.sha256.digest(of: certificate.der) ?? [], subject: certificate.subject,
        issuer: certificate.issuer, isSigner: signature.signers.contains(certificate))
    }
  }
}
