import ByteReading
import CBORReading
import Digests

/// A digest with the algorithm that the document names.
public struct ConciseDigest: Hashable, Sendable {
  /// Nil for an algorithm that is not known here, or of which only a part of the digest is given.
  public var algorithm: HashAlgorithm?
  /// As the document names it: a number, or a text, escaped.
  public var algorithmName: String
  /// As long as the algorithm has it, where that is known.
  public var bytes: [UInt8]

  /// For the values of a known algorithm.
  public var digest: Digest? { algorithm.map { Digest($0, bytes) } }

  /// Numbers above 0 are those of Named Information, numbers below 0 those of COSE. Of truncated digests nothing is known.
  ///
  /// Source: RFC 6920, section 9.4 and the registry "Named Information Hash Algorithm"; RFC 9054; CoRIM, `digests-type`.
  private static let numbers: [Int64: HashAlgorithm] = [
    1: .sha256, 7: .sha384, 8: .sha512, 10: .sha3_256, 11: .sha3_384, 12: .sha3_512, -16: .sha256, -43: .sha384,
    -44: .sha512, -14: .sha1,
  ]
  private static let names: [String: HashAlgorithm] = [
    "sha-256": .sha256, "sha-384": .sha384, "sha-512": .sha512, "sha3-256": .sha3_256, "sha3-384": .sha3_384,
    "sha3-512": .sha3_512, "sha256": .sha256, "sha384": .sha384, "sha512": .sha512, "sha-1": .sha1, "sha1": .sha1,
  ]

  /// Reads a pair of algorithm and bytes.
  ///
  /// - throws: when the item is no such pair, or the bytes are not as many as the algorithm has.
  init(_ value: CBORValue, field: String, file: String) throws(ParseError) {
    guard let parts = value.elements, parts.count == 2, let bytes = parts[1].bytes,
      parts[0].integer != nil || parts[0].text != nil
    else {
      throw ParseError(
        file: file, offset: value.range.lowerBound, field: field, expected: "an algorithm and bytes",
        found: value.kind)
    }
    algorithm = parts[0].integer.map { Self.numbers[$0] } ?? parts[0].text.flatMap { Self.names[$0.lowercased()] }
    algorithmName = algorithm?.name ?? parts[0].integer.map { "\($0)" } ?? escapedText((parts[0].text ?? "").utf8)
    self.bytes = bytes
    if let algorithm, bytes.count != algorithm.digestByteCount {
      throw ParseError(
        file: file, offset: parts[1].range.lowerBound, field: field,
        expected: "\(algorithm.digestByteCount) bytes of \(algorithm.name)", found: "\(bytes.count) bytes")
    }
  }

  /// A `COSE_CertHash`; nil when it is none, or of an algorithm that is not known.
  init?(coseDigest value: CBORValue) {
    do { try self.init(value, field: "x5t", file: "") } catch { return nil }
    guard algorithm != nil else { return nil }
  }
}
