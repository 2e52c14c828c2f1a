import ByteReading
import Digests

/// A signature as the extended attributes `security.ima` and `security.evm` hold it.
///
/// 9 bytes of header and the signature. The two integers are big-endian whatever the machine is.
///
/// Source: Linux, security/integrity/integrity.h, `struct signature_v2_hdr`; security/integrity/digsig.c.
public struct FileSignature: Hashable, Sendable {
  public var kind: Kind
  public var version: Version
  /// Number of `enum hash_algo`; of version 1, `enum digest_algo`.
  public var rawHashAlgorithm: UInt8
  /// Last 4 bytes of the key's identifier; the 8 bytes of version 1.
  public var keyIdentifier: [UInt8]
  /// PKCS #1 of RSA, DER of ECDSA; what follows the key's identifier in version 1.
  public var bytes: [UInt8]

  /// What is signed, by the type of the attribute (`enum evm_ima_xattr_type`).
  public enum Kind: UInt8, Sendable {
    /// The file's content (`EVM_IMA_XATTR_DIGSIG`).
    case content = 3
    /// The file's metadata, without what differs from machine to machine (`EVM_XATTR_PORTABLE_DIGSIG`).
    case metadata = 5
    /// The fs-verity digest (`IMA_VERITY_DIGSIG`).
    case verity = 6
  }

  public enum Version: UInt8, Sendable {
    /// RSA keys in a form of the kernel's own; no distribution uses it.
    case one = 1
    /// Over the digest.
    case two = 2
    /// Over the digest of type, algorithm and digest.
    case three = 3
  }

  /// Nil when the number names an algorithm that is not verified with, such as MD5, SHA-224 or Streebog.
  public var hashAlgorithm: HashAlgorithm? { HashAlgorithm(kernelNumber: rawHashAlgorithm) }
  /// The kernel's name of the algorithm, or its number.
  public var hashName: String {
    Self.hashNames.indices.contains(Int(rawHashAlgorithm))
      ? Self.hashNames[Int(rawHashAlgorithm)] : "number \(rawHashAlgorithm)"
  }

  /// Reads an attribute whole. `offset` is where it begins in `file`.
  public init(_ bytes: [UInt8], file: String, offset: Int) throws(ParseError) {
    self = try bytes.read(file: file, byteOrder: .bigEndian, base: offset) {
      (reader: inout ByteReader) throws(ParseError) -> FileSignature in
      try FileSignature(from: &reader)
    }
  }

  init(from reader: inout ByteReader) throws(ParseError) {
    let start = reader.position
    let type = try reader.uint8("signature_v2_hdr.type")
    guard let kind = Kind(rawValue: type) else {
      throw reader.failure("signature_v2_hdr.type", expected: "3, 5 or 6", found: "\(type)", at: start)
    }
    let number = try reader.uint8("signature_v2_hdr.version")
    guard let version = Version(rawValue: number) else {
      throw reader.failure("signature_v2_hdr.version", expected: "1, 2 or 3", found: "\(number)", at: start + 1)
    }
    self.kind = kind
    self.version = version
    guard version != .one else {
      try reader.skip(4, "signature_hdr.timestamp")
      try reader.skip(1, "signature_hdr.algo")
      rawHashAlgorithm = try reader.uint8("signature_hdr.hash")
      keyIdentifier = try reader.bytes(8, "signature_hdr.keyid")
      bytes = reader.rest()
      return
    }
    rawHashAlgorithm = try reader.uint8("signature_v2_hdr.hash_algo")
    keyIdentifier = try reader.bytes(4, "signature_v2_hdr.keyid")
    let count = Int(try reader.uint16("signature_v2_hdr.sig_size"))
    bytes = try reader.bytes(count, "signature_v2_hdr.sig")
    guard count > 0 else {
      throw reader.failure("signature_v2_hdr.sig_size", expected: "a signature", found: "0", at: start + 7)
    }
    try reader.expectEnd(of: "signature_v2_hdr.sig")
  }

  /// Source: Linux, crypto/hash_info.c, `hash_algo_name`.
  static let hashNames = [
    "md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "rmd128", "rmd256", "rmd320", "wp256",
    "wp384", "wp512", "tgr128", "tgr160", "tgr192", "sm3", "streebog256", "streebog512", "sha3-256", "sha3-384",
    "sha3-512",
  ]
}

extension HashAlgorithm {
  /// The algorithm of a number of `enum hash_algo`; nil for those that no signature is verified with.
  ///
  /// Source: Linux, include/uapi/linux/hash_info.h.
  public init?(kernelNumber: UInt8) {
    switch kernelNumber {
    case 2: self = .sha1
    case 4: self = .sha256
    case 5: self = .sha384
    case 6: self = .sha512
    case 20: self = .sha3_256
    case 21: self = .sha3_384
    case 22: self = .sha3_512
    default: return nil
    }
  }
}
