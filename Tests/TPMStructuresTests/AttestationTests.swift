import ByteReading
import Digests
import TPMStructures
import TestSupport
import Testing

@Suite struct AttestationTests {
  /// Everything before the part that depends on the type.
  private func head(type: UInt16, magic: UInt32 = 0xff54_4347, nonce: [UInt8] = [1, 2, 3]) -> [UInt8] {
    bigEndian(magic) + bigEndian(type) + sized([0, 0x0b, 9]) + sized(nonce)
      + [0, 0, 0, 0, 0, 0, 0x10, 0] + bigEndian(UInt32(7)) + bigEndian(UInt32(8)) + [1] + [0, 0, 0, 0, 0, 0, 0, 42]
  }

  private func quote(selection: [UInt8], digest: [UInt8] = [0xaa, 0xbb]) -> [UInt8] {
    head(type: 0x8018) + selection + sized(digest)
  }

  private let oneBank: [UInt8] = bigEndian(UInt32(1)) + [0, 0x0b, 3, 0x81, 0x04, 0x80]

  @Test func everyFieldOfAQuoteIsRead() throws {
    let bytes = quote(selection: oneBank)
    let read = try attestation(bytes)
    #expect(read.isGeneratedByTPM)
    #expect(read.qualifiedSigner == [0, 0x0b, 9])
    #expect(read.nonce == [1, 2, 3])
    #expect(read.clock.clock == 0x1000)
    #expect(read.clock.resetCount == 7)
    #expect(read.clock.restartCount == 8)
    #expect(read.clock.isSafe)
    #expect(read.firmwareVersion == 42)
    #expect(read.signedBytes == bytes)
    #expect(read.attested.kind == "quote")
    guard case .quote(let information) = read.attested else { return }
    #expect(information.selection.banks == [.init(rawAlgorithm: 0x0b, registers: [0, 7, 10, 23])])
    #expect(information.digest == [0xaa, 0xbb])
  }

  @Test func theSizeBeforeAStatementIsNoPartOfWhatWasSigned() throws {
    let bytes = quote(selection: oneBank)
    let read = try attestation(sized(bytes))
    #expect(try read == attestation(bytes))
    #expect(read.signedBytes == bytes)
  }

  @Test func aWrongSizeBeforeAStatementIsNotSteppedOver() {
    let bytes = quote(selection: oneBank)
    for size in [bytes.count - 1, bytes.count + 1, 0, 0xffff] {
      #expect(throws: ParseError.self) { try attestation(bigEndian(UInt16(size)) + bytes) }
    }
  }

  @Test func statementsOfTheOtherKindsAreReadAndNamed() throws {
    let certify = try attestation(head(type: 0x8017) + sized([1, 2]) + sized([3]))
    #expect(certify.attested == .certify(name: [1, 2], qualifiedName: [3]))
    let time = try attestation(head(type: 0x8019) + [UInt8](repeating: 0, count: 8 + 17 + 8))
    #expect(time.attested == .time)
    let nv = try attestation(head(type: 0x8014) + sized([1]) + [0, 4] + sized([9, 9]))
    #expect(nv.attested == .nv)
    for type: UInt16 in [0x8015, 0x8016, 0x801a, 0x801c, 0, 0xffff] {
      let other = try attestation(head(type: type) + [1, 2, 3])
      #expect(other.attested == .other(type))
    }
    #expect([certify, time, nv].map(\.attested.kind) == ["certify", "time", "nv"])
  }

  @Test func aForgedMagicIsReadAndKept() throws {
    let read = try attestation(head(type: 0x8018, magic: 0xff54_4348) + oneBank + sized([1]))
    #expect(!read.isGeneratedByTPM)
    #expect(read.magic == 0xff54_4348)
  }

  @Test func anEmptySelectionIsReadAndSaysSo() throws {
    let none = try attestation(quote(selection: bigEndian(UInt32(0))))
    let bankWithoutRegisters = try attestation(quote(selection: bigEndian(UInt32(1)) + [0, 0x0b, 3, 0, 0, 0]))
    let bankWithoutBitmap = try attestation(quote(selection: bigEndian(UInt32(1)) + [0, 0x0b, 0]))
    for read in [none, bankWithoutRegisters, bankWithoutBitmap] {
      guard case .quote(let information) = read.attested else { throw Unexpected() }
      #expect(information.selection.isEmpty)
    }
  }

  @Test func aSelectionOfFourBytesReachesRegister31() throws {
    let read = try attestation(quote(selection: bigEndian(UInt32(1)) + [0, 4, 4, 1, 0, 0, 0x80]))
    guard case .quote(let information) = read.attested else { throw Unexpected() }
    #expect(information.selection.order.map(\.register) == [0, 31])
  }

  @Test(arguments: hostileCounts.filter { $0 > 16 })
  func aCountOfBanksThatNoTPMHasIsAnError(count: UInt32) {
    #expect(
      errorText { () throws(ParseError) in try attestation(quote(selection: bigEndian(count))) }
        == "quote.bin at 0x29: TPML_PCR_SELECTION.count: expected at most 16, found \(count)")
  }

  @Test func aCountOfBanksLargerThanTheFileIsAnError() {
    for count in UInt32(2)...16 {
      #expect(throws: ParseError.self) {
        try attestation(head(type: 0x8018) + bigEndian(count) + oneBank.dropFirst(4))
      }
    }
  }

  @Test(arguments: [5, 8, 0x7f, 0x80, 0xff] as [UInt8])
  func aBitmapOfMoreThanFourBytesIsAnError(size: UInt8) {
    let bitmap = [UInt8](repeating: 0, count: Int(size))
    #expect(
      errorText { () throws(ParseError) in
        try attestation(quote(selection: bigEndian(UInt32(1)) + [0, 0x0b, size] + bitmap))
      } == "quote.bin at 0x2f: TPMS_PCR_SELECTION.sizeofSelect: expected at most 4, found \(size)")
  }

  @Test(arguments: [(6, "qualifiedSigner"), (11, "extraData")])
  func aSizeLargerThanTheFileIsAnError(place: Int, field: String) throws {
    var bytes = quote(selection: oneBank)
    bytes.replaceSubrange(place..<place + 2, with: [0xff, 0xff])
    let text = try #require(errorText { () throws(ParseError) in try attestation(bytes) })
    #expect(
      text.hasPrefix("quote.bin at 0x\(String(place + 2, radix: 16)): TPMS_ATTEST.\(field).buffer: expected 65535"))
  }

  @Test func bytesAfterAStatementAreAnError() {
    let bytes = quote(selection: oneBank) + [0]
    #expect(
      errorText { () throws(ParseError) in try attestation(bytes) }
        == "quote.bin at 0x37: TPMS_ATTEST: expected the end, found 1 byte more")
  }

  private static let real = [
    "lab/quotes-only/quotes/s1-rsassa-sha256-all3banks-pcr10.attest", "lab/quotes-only/other-attest/gettime.attest",
    "lab/quotes-only/other-attest/nvcertify.attest", "lab/quotes-only/other-attest/certify-ecc-by-rsa.attest",
  ]

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func everyTruncationIsAnErrorAndNeverACrash(path: String) throws {
    let bytes = try Corpus.bytes(path)
    _ = try attestation(bytes)
    for length in 0..<bytes.count {
      #expect(throws: ParseError.self, "\(length) bytes") { try attestation(Array(bytes.prefix(length))) }
    }
  }

  @Test(.enabled(if: Corpus.isPresent), arguments: real)
  func aFlippedByteNeverCrashesAndNeverGoesUnnoticed(path: String) throws {
    let bytes = try Corpus.bytes(path)
    let whole = try attestation(bytes)
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xff] {
        var changed = bytes
        changed[index] ^= mask
        do { #expect(try attestation(changed) != whole) } catch { #expect(error.offset <= changed.count) }
      }
    }
  }
}

/// A test met a value of another kind than it was made for.
struct Unexpected: Error {}
