import ByteReading
import Digests
import TPMStructures
import TestSupport
import Testing

@Suite struct PublicAreaTests {
  private let rsaHead: [UInt8] = [0, 1, 0, 0x0b, 0, 5, 0, 0x72] + sized([])

  @Test func anRSAKeyIsReadWithItsScheme() throws {
    let bytes = rsaHead + [0, 0x10, 0, 0x14, 0, 0x0b, 8, 0, 0, 0, 0, 3] + sized([0xc0, 1])
    let area = try publicArea(bytes)
    #expect(area.unique == .rsa(modulus: [0xc0, 1], exponent: 3))
    #expect(area.nameAlgorithm == .sha256)
    #expect(area.scheme == 0x14)
    #expect(area.schemeHash == 0x0b)
    #expect(area.attributes.isSuperset(of: .attestationKey))
    #expect(area.attributes.names == ["fixedTPM", "fixedParent", "sensitiveDataOrigin", "restricted", "sign"])
    #expect(area.bytes == bytes)
    #expect(try publicArea(sized(bytes)) == area)
  }

  @Test func anExponentOfZeroStandsForTheDefault() throws {
    let area = try publicArea(rsaHead + [0, 0x10, 0, 0x10, 8, 0, 0, 0, 0, 0] + sized([1]))
    #expect(area.unique == .rsa(modulus: [1], exponent: 65537))
    #expect(area.schemeHash == nil)
  }

  @Test func aPointIsReadBehindEverySchemeAndDerivation() throws {
    let head: [UInt8] = [0, 0x23, 0, 0x0c, 0, 5, 0, 0x72] + sized([7, 7])
    let plain = head + [0, 0x10, 0, 0x18, 0, 0x0c, 0, 4, 0, 0x10] + sized([1]) + sized([2, 3])
    #expect(try publicArea(plain).unique == .point(curve: 4, x: [1], y: [2, 3]))
    let derived = head + [0, 6, 0, 0x80, 0, 0x43, 0, 0x10, 0, 4, 0, 0x20, 0, 0x0b] + sized([1]) + sized([2])
    #expect(try publicArea(derived).unique == .point(curve: 4, x: [1], y: [2]))
    let anonymous = head + [0, 0x10, 0, 0x1a, 0, 0x0b, 0, 9, 0, 4, 0, 0x10] + sized([1]) + sized([2])
    #expect(try publicArea(anonymous).scheme == 0x1a)
    #expect(try publicArea(anonymous).schemeHash == 0x0b)
  }

  @Test(arguments: [0, 2, 0x25, 0xffff] as [UInt16])
  func aKeyThatIsNeitherRSANorAPointIsAnError(type: UInt16) {
    #expect(
      errorText { () throws(ParseError) in try publicArea(bigEndian(type) + rsaHead.dropFirst(2)) }
        == "ak.pub at 0x0: TPMT_PUBLIC.type: expected 0x1 (RSA) or 0x23 (ECC), found 0x\(String(type, radix: 16))")
  }

  @Test(arguments: [1, 2, 0x7fff, 0x8000, 0xffff] as [UInt16])
  func aSizeLargerThanTheFileIsAnError(size: UInt16) {
    #expect(throws: ParseError.self) { try publicArea([0, 1, 0, 0x0b, 0, 5, 0, 0x72] + bigEndian(size)) }
    #expect(throws: ParseError.self) {
      try publicArea(rsaHead + [0, 0x10, 0, 0x10, 8, 0, 0, 0, 0, 0] + bigEndian(size))
    }
  }

  @Test func bytesAfterAKeyAreAnError() {
    #expect(throws: ParseError.self) {
      try publicArea(rsaHead + [0, 0x10, 0, 0x10, 8, 0, 0, 0, 0, 0] + sized([1]) + [0])
    }
  }

  private static let real = [
    "lab/quotes-only/keys/ak-rsassa-sha256.pub.tpm2b", "lab/quotes-only/keys/ak-ecdsa-p521-sha512.pub.tpm2b",
    "lab/quotes-only/keys/ek-rsa.pub.tpm2b", "lab/quotes-only/keys/ek-ecc384.pub.tpm2b",
  ]

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func everyTruncationIsAnErrorAndNeverACrash(path: String) throws {
    let bytes = try Corpus.bytes(path)
    _ = try publicArea(bytes)
    let bare = Array(bytes.dropFirst(2))
    _ = try publicArea(bare)
    for length in 0..<bytes.count {
      #expect(throws: ParseError.self, "\(length) bytes") { try publicArea(Array(bytes.prefix(length))) }
      #expect(throws: ParseError.self, "\(length) bytes") {
        try publicArea(Array(bare.prefix(min(length, bare.count - 1))))
      }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aFlippedByteNeverCrashesAndNeverGoesUnnoticed(path: String) throws {
    let bytes = try Corpus.bytes(path)
    let whole = try publicArea(bytes)
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xff] {
        var changed = bytes
        changed[index] ^= mask
        do { #expect(try publicArea(changed) != whole) } catch { #expect(error.offset <= changed.count) }
      }
    }
  }
}
