import ByteReading
import Digests
import Foundation
import PublicKeys
import TestSupport
import Testing

@Suite struct PublicKeyTests {
  @Test(.enabled(if: Corpus.isPresent)) func aKeyIsTheSameWhicheverWayItIsGiven() throws {
    let block = try #require(pemBlocks(try Corpus.bytes("quotes/lab-swtpm/ak-rsassa.pem")).first)
    let key = try #require(PublicKey(subjectPublicKeyInfo: block.der))
    let area = try Corpus.bytes("quotes/lab-swtpm/ak-rsassa.pub")
    #expect(PublicKey(modulus: Array(area.suffix(256)), exponent: 65537) == key)
    #expect(PublicKey(modulus: [0, 0] + area.suffix(256), exponent: 65537) == key)
    #expect(key.algorithm == "RSA 2048")
    #expect(key.bitCount == 2048)
    #expect(key.isRSA)
    // The SubjectPublicKeyInfo ends with the PKCS#1 key, behind 24 bytes of algorithm and lengths.
    #expect(PublicKey(pkcs1: Array(block.der.dropFirst(24))) == key)
    #expect(PublicKey(pkcs1: block.der) == nil)
    #expect(PublicKey(subjectPublicKeyInfo: Array(block.der.dropFirst(24))) == nil)
    #expect(PublicKey(subjectPublicKeyInfo: block.der + [0]) == nil)
  }

  @Test func aPointMustLieOnItsCurve() {
    let x = [UInt8](repeating: 1, count: 32)
    for curve: UInt16 in [0, 1, 2, 3, 4, 5, 0x10, 0x20, 0xffff] {
      #expect(PublicKey(curve: curve, x: [], y: []) == nil)
      #expect(PublicKey(curve: curve, x: x, y: x) == nil)
    }
    #expect(PublicKey(curve: 3, x: [UInt8](repeating: 0, count: 33), y: x) == nil)
    #expect(PublicKey(curve: 5, x: [UInt8](repeating: 0xff, count: 66), y: [UInt8](repeating: 0xff, count: 66)) == nil)
  }

  @Test func aPointMayLackLeadingZeros() throws {
    // 379 times the generator of P-256 is its first multiple whose x begins with a zero byte.
    let x = try #require(bytesOfHex("005543894af3d00ed7d740abdbd75c96b06877b787db5f70eea78b90a8d7c00a"))
    let y = try #require(bytesOfHex("bb4c85a3d8ea29efaafa24406912dd84d5b14dc32bf656ef6c6bd58a5d943f92"))
    let key = try #require(PublicKey(curve: 3, x: x, y: y))
    #expect(PublicKey(curve: 3, x: Array(x.dropFirst()), y: y) == key)
    #expect(key.algorithm == "ECDSA P-256")
    #expect(PublicKey(curve: 3, x: [0] + x, y: y) == nil)
  }

  @Test(
    arguments: [
      ([], 3), ([0], 3), ([1], 3), ([0xff], 0), ([0xff], 1), ([0xff], 2), ([UInt8](repeating: 0xff, count: 2049), 3),
      ([UInt8](repeating: 0, count: 256), 65537), ([UInt8](repeating: 0xfe, count: 256), 65537),
      ([UInt8](repeating: 0xff, count: 2048), UInt32.max),
    ] as [([UInt8], UInt32)])
  func aSenselessModulusOrExponentVerifiesNothing(modulus: [UInt8], exponent: UInt32) {
    guard let key = PublicKey(modulus: modulus, exponent: exponent) else { return }
    for scheme: SignatureScheme in [.rsassa, .rsapss, .ecdsa] {
      for count in [0, 1, modulus.count] {
        let signature = [UInt8](repeating: 0, count: count)
        let result = key.verify(signature, scheme: scheme, hash: .sha256, message: [1])
        #expect(result != .verifies(saltLength: nil))
        if case .verifies = result { Issue.record("verifies") }
      }
    }
  }

  @Test func anECDSASignatureOfNumbersTooLongForAnyCurveIsNil() {
    #expect(ecdsaSignature(r: [1], s: [2]) == [0x30, 6, 2, 1, 1, 2, 1, 2])
    #expect(ecdsaSignature(r: [0, 0, 0x80], s: []) == [0x30, 7, 2, 2, 0, 0x80, 2, 1, 0])
    #expect(ecdsaSignature(r: [UInt8](repeating: 0xff, count: 128), s: [UInt8](repeating: 0xff, count: 128)) != nil)
    #expect(ecdsaSignature(r: [UInt8](repeating: 1, count: 129), s: [1]) == nil)
    #expect(ecdsaSignature(r: [1], s: [UInt8](repeating: 1, count: 65535)) == nil)
  }
}

/// Signatures that the openssl command makes here, for cases that no archived quote covers.
@Suite(.enabled(if: Tool.isInstalled("openssl"))) struct OpenSSLSignatureTests {
  private func inFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("inquest-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private func openssl(_ arguments: String, in folder: URL) throws {
    let (status, _) = try Tool.run("openssl", arguments.split(separator: " ").map(String.init), in: folder)
    #expect(status == 0, "openssl \(arguments)")
  }

  private func bytes(_ name: String, in folder: URL) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  private func key(_ folder: URL) throws -> PublicKey {
    try openssl("pkey -in key.pem -pubout -outform DER -out key.der", in: folder)
    return try #require(PublicKey(subjectPublicKeyInfo: try bytes("key.der", in: folder)))
  }

  private let message = Array("a statement".utf8)

  @Test(arguments: [(1024, "sha1", HashAlgorithm.sha1), (1024, "sha256", .sha256), (2048, "sha384", .sha384)])
  func anRSASSASignatureVerifiesWithSmallKeysToo(bits: Int, name: String, hash: HashAlgorithm) throws {
    try inFolder { folder in
      try Data(message).write(to: folder.appendingPathComponent("message"))
      try openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:\(bits) -out key.pem", in: folder)
      try openssl("dgst -\(name) -sign key.pem -out signature message", in: folder)
      let key = try key(folder)
      let signature = try bytes("signature", in: folder)
      #expect(key.verify(signature, scheme: .rsassa, hash: hash, message: message) == .verifies(saltLength: nil))
      #expect(key.verify(signature, scheme: .rsapss, hash: hash, message: message) == .doesNotVerify)
      #expect(key.verify(signature, scheme: .rsassa, hash: .sha512, message: message) == .doesNotVerify)
      #expect(key.verify(signature, scheme: .ecdsa, hash: hash, message: message) == .doesNotFit)
      #expect(key.verify(signature, scheme: .rsassa, hash: hash, message: message + [0]) == .doesNotVerify)
      #expect(key.verify([0] + signature, scheme: .rsassa, hash: hash, message: message) == .doesNotVerify)
      #expect(key.bitCount == bits)
    }
  }

  /// 222 is the most that fits a key of 2048 bits with SHA-256: 256 - 32 - 2.
  @Test(arguments: [0, 20, 32, 222]) func theSaltLengthOfAnRSAPSSSignatureIsFound(salt: Int) throws {
    try inFolder { folder in
      try Data(message).write(to: folder.appendingPathComponent("message"))
      try openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem", in: folder)
      try openssl(
        "dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:\(salt) -out signature message",
        in: folder)
      let signature = try bytes("signature", in: folder)
      let key = try key(folder)
      #expect(key.verify(signature, scheme: .rsapss, hash: .sha256, message: message) == .verifies(saltLength: salt))
      #expect(key.verify(signature, scheme: .rsassa, hash: .sha256, message: message) == .doesNotVerify)
      #expect(key.verify(signature, scheme: .rsapss, hash: .sha384, message: message) == .doesNotVerify)
    }
  }

  @Test func anECDSASignatureVerifiesWithAndWithoutTheLeadingZerosOfItsNumbers() throws {
    try inFolder { folder in
      try Data(message).write(to: folder.appendingPathComponent("message"))
      try openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem", in: folder)
      let key = try key(folder)
      var stripped = 0
      // One signature in 128 has a number that begins with a zero byte.
      for _ in 0..<2000 where stripped == 0 {
        try openssl("dgst -sha256 -sign key.pem -out signature message", in: folder)
        let der = try bytes("signature", in: folder)
        let (r, s) = numbers(der)
        guard r.count < 32 || s.count < 32 else { continue }
        stripped += 1
        let padded = [r, s].map { [UInt8](repeating: 0, count: 32 - $0.count) + $0 }
        for (r, s) in [(r, s), (padded[0], padded[1])] {
          let signature = try #require(ecdsaSignature(r: r, s: s))
          #expect(signature == der)
          #expect(key.verify(signature, scheme: .ecdsa, hash: .sha256, message: message) == .verifies(saltLength: nil))
        }
      }
      #expect(stripped == 1)
    }
  }

  /// The two numbers of a DER signature of less than 128 bytes, without leading zeros.
  private func numbers(_ der: [UInt8]) -> ([UInt8], [UInt8]) {
    let first = Int(der[3])
    let second = Int(der[5 + first])
    let r = der[4..<4 + first].drop { $0 == 0 }
    let s = der[6 + first..<6 + first + second].drop { $0 == 0 }
    return (Array(r), Array(s))
  }
}

/// Source: RFC 8032, section 7.1, test 1.
@Test func anEdDSASignatureVerifiesByItsKeyOnly() throws {
  let point = try #require(bytesOfHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
  var signature = try #require(
    bytesOfHex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    ))
  let head = try #require(bytesOfHex("302a300506032b6570032100"))
  let key = try #require(PublicKey(subjectPublicKeyInfo: head + point))
  #expect(key.verifyEdDSA(signature, message: []) == .verifies(saltLength: nil))
  #expect(key.verifyEdDSA(signature, message: [0]) == .doesNotVerify)
  #expect(key.verifyEdDSA([], message: []) == .doesNotVerify)
  signature[0] ^= 1
  #expect(key.verifyEdDSA(signature, message: []) == .doesNotVerify)
  // A key of another kind does not fit.
  let other = try #require(PublicKey(modulus: [UInt8](repeating: 0xff, count: 256), exponent: 65537))
  #expect(other.verifyEdDSA(signature, message: []) == .doesNotFit)
}
