import ByteReading
import Digests
import Foundation
import PublicKeys
import TestSupport

/// Vectors of the Wycheproof project for one algorithm: keys with messages and signatures, good and bad.
struct Wycheproof {
  struct Group {
    var key: PublicKey?
    var hash: HashAlgorithm
    /// The hash of the mask generation; RSAPSS only.
    var maskHash: String?
    var saltLength: Int?
    var vectors: [Vector]
  }

  struct Vector {
    var number: Int
    var flags: [String]
    var comment: String
    var message: [UInt8]
    var signature: [UInt8]
    var result: String

    /// The salt length of a vector that is good but for having another one than its group.
    var otherSaltLength: Int? {
      comment.hasPrefix("s_len changed to ") ? Int(comment.dropFirst("s_len changed to ".count)) : nil
    }
  }

  struct Malformed: Error {}

  var groups: [Group]

  init(_ name: String) throws {
    let data = Data(try Corpus.bytes("wycheproof/testvectors_v1/" + name))
    guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any],
      let listed = root["testGroups"] as? [[String: Any]]
    else { throw Malformed() }
    groups = try listed.compactMap(Self.group)
  }

  /// Nil for a hash that no TPM of the PC platform uses.
  private static func group(_ group: [String: Any]) throws -> Group? {
    guard let sha = group["sha"] as? String, let der = bytes(group["publicKeyDer"]),
      let tests = group["tests"] as? [[String: Any]]
    else { throw Malformed() }
    let hashes: [String: HashAlgorithm] = [
      "SHA-1": .sha1, "SHA-256": .sha256, "SHA-384": .sha384, "SHA-512": .sha512, "SHA3-256": .sha3_256,
      "SHA3-384": .sha3_384, "SHA3-512": .sha3_512,
    ]
    guard let hash = hashes[sha] else { return nil }
    let mask = group["mgfSha"] as? String
    if let mask, mask != sha { return nil }
    return Group(
      key: PublicKey(subjectPublicKeyInfo: der), hash: hash, maskHash: mask, saltLength: group["sLen"] as? Int,
      vectors: try tests.map(vector))
  }

  private static func vector(_ test: [String: Any]) throws -> Vector {
    guard let number = test["tcId"] as? Int, let message = bytes(test["msg"]), let signature = bytes(test["sig"]),
      let result = test["result"] as? String
    else { throw Malformed() }
    return Vector(
      number: number, flags: test["flags"] as? [String] ?? [],
      comment: test["comment"] as? String ?? "", message: message, signature: signature, result: result)
  }

  private static func bytes(_ value: Any?) -> [UInt8]? { (value as? String).flatMap { bytesOfHex($0) } }
}
