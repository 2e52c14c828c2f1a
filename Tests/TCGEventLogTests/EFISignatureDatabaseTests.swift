import ByteReading
import Testing

@testable import TCGEventLog

/// Lists laid out by hand after UEFI 2.10, section 32.4.1.
struct EFISignatureDatabaseTests {
  private static let sha256Type: [UInt8] = [
    0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
  ]
  private static let digests: [[UInt8]] = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32)]
  private static let list: [UInt8] =
    sha256Type + LogBytes.le32(28 + 96) + LogBytes.le32(0) + LogBytes.le32(48)
    + digests.flatMap { [UInt8](repeating: 9, count: 16) + $0 }

  /// `EFI_TIME`, `WIN_CERTIFICATE_UEFI_GUID` with `signature` bytes of PKCS #7, then the list.
  private static func update(signature: Int, length: UInt32? = nil, type: UInt16 = 0x0ef1) -> [UInt8] {
    [UInt8](repeating: 0, count: 16) + LogBytes.le32(length ?? UInt32(24 + signature)) + LogBytes.le16(0x0200)
      + LogBytes.le16(type) + [UInt8](repeating: 7, count: 16 + signature) + list
  }

  private func read(_ bytes: [UInt8]) throws -> EFISignatureDatabase {
    try EFISignatureDatabase(bytes, file: "dbx")
  }

  @Test func theThreeCarriersAreToldApartAndHoldTheSameLists() throws {
    let carried: [(EFISignatureDatabase.Carrier, [UInt8])] = [
      (.lists, Self.list), (.variable, [0x27, 0, 0, 0] + Self.list), (.update, Self.update(signature: 11)),
    ]
    for (carrier, bytes) in carried {
      let database = try read(bytes)
      #expect(database.carrier == carrier)
      #expect(database.lists.map { $0.type.name } == ["EFI_CERT_SHA256"])
      #expect(database.lists[0].signatures.map(\.data) == Self.digests)
    }
  }

  @Test func aRevokedCertificateHasItsTime() throws {
    let type: [UInt8] = [
      0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed,
    ]
    let hash = [UInt8](repeating: 3, count: 32)
    let times: [[UInt8]] = [
      LogBytes.le16(2020) + [7, 29, 1, 2, 3] + [UInt8](repeating: 0, count: 9), [UInt8](repeating: 0, count: 16),
      LogBytes.le16(2020) + [13] + [UInt8](repeating: 0, count: 13),
    ]
    let list = try #require(
      try read(
        type + LogBytes.le32(28 + 192) + LogBytes.le32(0) + LogBytes.le32(64)
          + times.flatMap { [UInt8](repeating: 9, count: 16) + hash + $0 }
      ).lists.first)
    let read = try list.signatures.map { try #require(list.revocation($0)) }
    #expect(read.allSatisfy { $0.hash == hash } && read.map(\.time) == times)
    #expect(read.map(\.timeText) == ["2020-07-29 01:02:03", nil, nil] && read.map(\.isAlways) == [false, true, false])
    let digests = try #require(try self.read(Self.list).lists.first)
    #expect(digests.signatures.allSatisfy { digests.revocation($0) == nil })
  }

  @Test func anEmptyVariableHasNoLists() throws {
    let variable = try read([0x27, 0, 0, 0])
    #expect(variable.carrier == .variable && variable.lists.isEmpty)
    #expect(try read([]).lists.isEmpty)
  }

  @Test func everyTruncationIsAnErrorOrHoldsNothing() throws {
    for whole in [Self.list, [0x27, 0, 0, 0] + Self.list, Self.update(signature: 11)] {
      for count in 0..<whole.count {
        let cut = Array(whole.prefix(count))
        guard let database = try? read(cut) else { continue }
        #expect(database.lists.isEmpty, "\(count) bytes")
      }
    }
  }

  @Test(arguments: [0, 1, 27, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
  func sizesThatCannotBeAreErrors(size: UInt32) {
    for offset in [16, 20, 24] where !(offset == 20 && size == 0) {
      var bytes = Self.list
      bytes.replaceSubrange(offset..<offset + 4, with: LogBytes.le32(size))
      #expect(throws: ParseError.self) { try read(bytes) }
    }
    #expect(throws: ParseError.self) { try read(Self.update(signature: 11, length: size)) }
  }

  @Test func whatIsNoneOfTheThreeIsAnError() {
    #expect(throws: ParseError.self) { try read(Array("-----BEGIN CERTIFICATE-----\nMIIB".utf8)) }
    let error = #expect(throws: ParseError.self) { try read(Self.update(signature: 11, type: 2)) }
    #expect(error?.field == "WIN_CERTIFICATE" && error?.offset == 16)
  }
}
