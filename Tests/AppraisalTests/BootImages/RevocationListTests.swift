import Digests
import Hashing
import ReferenceManifests
import TCGEventLog
import Testing

@testable import Appraisal

/// `dbx` lists laid out by hand after UEFI 2.10, section 32.4.1.
enum MadeRevocations {
  static let sha256: [UInt8] = [
    0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28,
  ]
  static let x509: [UInt8] = [
    0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72,
  ]
  static let x509SHA256: [UInt8] = [
    0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed,
  ]

  static let x509SHA384: [UInt8] = [
    0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b,
  ]

  static func list(_ type: [UInt8], _ entries: [[UInt8]]) -> [UInt8] {
    let size = 16 + (entries.first?.count ?? 0)
    func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    return type + four(28 + size * entries.count) + four(0) + four(size)
      + entries.flatMap { [UInt8](repeating: 9, count: 16) + $0 }
  }

  static func read(_ bytes: [UInt8]) throws -> RevocationList {
    RevocationList(try EFISignatureDatabase(bytes, file: "dbx").lists, source: "dbx")
  }
}

struct RevocationListTests {
  private let image = [UInt8](repeating: 1, count: 32)
  private let authority = BootImage.Certificate(
    sha256: sha256("authority"), subject: "CN=Authority", issuer: "CN=Root", isSigner: false)
  private let signer = BootImage.Certificate(
    sha256: sha256("signer"), subject: "CN=Signer", issuer: "CN=Authority", isSigner: true)
  private let second = BootImage.Certificate(
    sha256: sha256("second"), subject: "CN=Second", issuer: "CN=Elsewhere", isSigner: true)

  private func certificates(_ names: String...) throws -> RevocationList {
    try MadeRevocations.read(
      names.flatMap { MadeRevocations.list(MadeRevocations.x509, [Array($0.utf8)]) })
  }

  @Test func aListedDigestRevokesAndNoOtherDoes() throws {
    let list = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [image, sha256("other")]))
    #expect(list.reason(against: [.init(.sha256, image)], certificates: []) == "dbx lists its sha256 digest")
    #expect(list.reason(against: [.init(.sha256, sha256("third"))], certificates: [signer]) == nil)
    // The same bytes of another algorithm are another digest.
    #expect(list.reason(against: [.init(.sha3_256, image)], certificates: []) == nil)
    #expect(list.reason(against: [], certificates: []) == nil)
  }

  @Test func aListedCertificateRevokesWhatItOrOneThatItIssuedSigned() throws {
    for name in ["signer", "authority"] {
      let reason = try certificates(name).reason(against: [], certificates: [signer, authority])
      #expect(reason?.contains("CN=Signer") == true, "\(name)")
    }
    #expect(try certificates("stranger").reason(against: [], certificates: [signer, authority]) == nil)
    // A certificate beside the chain of the signer.
    #expect(try certificates("authority").reason(against: [], certificates: [second, authority]) == nil)
  }

  @Test func oneOfTwoSignersThatIsStillGoodLetsAnImageStart() throws {
    #expect(try certificates("signer").reason(against: [], certificates: [signer, second]) == nil)
    #expect(try certificates("signer", "second").reason(against: [], certificates: [signer, second]) != nil)
  }

  @Test func anUnsignedImageIsRevokedByNoCertificate() throws {
    #expect(try certificates("authority").reason(against: [], certificates: [authority]) == nil)
  }

  @Test func certificatesThatIssueEachOtherEnd() throws {
    let one = BootImage.Certificate(sha256: sha256("one"), subject: "CN=A", issuer: "CN=B", isSigner: true)
    let other = BootImage.Certificate(sha256: sha256("two"), subject: "CN=B", issuer: "CN=A", isSigner: false)
    #expect(try certificates("stranger").reason(against: [], certificates: [one, other]) == nil)
  }

  /// No image is held against a digest of a certificate's signed part; an entry of db is.
  @Test func entriesThatAreNotLookedUpAreCounted() throws {
    let list = try MadeRevocations.read(
      MadeRevocations.list(MadeRevocations.x509SHA256, [[UInt8](repeating: 3, count: 48)])
        + MadeRevocations.list(MadeRevocations.sha256, [[1, 2, 3]]))
    #expect(!list.isEmpty && list.otherCount == 2)
    let unread = try MadeRevocations.read(MadeRevocations.list(MadeRevocations.sha256, [[1, 2, 3]]))
    #expect(unread.isEmpty && unread.otherCount == 1)
  }
}
