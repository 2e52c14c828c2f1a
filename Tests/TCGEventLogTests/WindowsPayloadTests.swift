import ByteReading
import TestSupport
import Testing

@testable import TCGEventLog

private func le64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
private func utf16(_ text: String) -> [UInt8] { text.utf16.flatMap { LogBytes.le16($0) } }
private func tag(_ identifier: UInt32, _ data: [UInt8]) -> [UInt8] {
  LogBytes.le32(identifier) + LogBytes.le32(UInt32(data.count)) + data
}

/// The value of the one tag that an `EV_EVENT_TAG` holds.
private func value(_ identifier: UInt32, _ data: [UInt8]) throws -> TaggedEvent.Value {
  let record = LogBytes.record(
    register: 12, type: 6, digests: [(4, LogBytes.sha1Digest)], data: tag(0x4001_0001, tag(identifier, data)))
  let event = try #require(try parse(LogBytes.header() + record).value.events.first)
  guard case .tags(let outer) = event.content(file: "log.bin"), case .nested(let tags) = outer.first?.value else {
    throw Failure()
  }
  return try #require(tags.first).value
}

private struct Failure: Error {}

/// Bytes by hand after `wbcl.h`.
private let digest: [UInt8] = Array(0..<32)
private let policy =
  le64(0x000a_0000_65f4_0001) + LogBytes.le16(8) + LogBytes.le16(0xb) + LogBytes.le32(32)
  + utf16("Pol\0") + digest
private let revocation = le64(132_000_000_000_000_000) + LogBytes.le32(32) + LogBytes.le16(0xb) + digest
private let key = LogBytes.le32(1) + LogBytes.le32(16) + LogBytes.le32(3) + LogBytes.le32(2) + [1, 0, 1, 0xab, 0xcd]
private let signature = LogBytes.le32(0x14) + LogBytes.le32(3) + [7, 8, 9]
private let secureBoot =
  LogBytes.le32(1) + LogBytes.le32(20) + LogBytes.le16(0xb) + LogBytes.le16(32)
  + LogBytes.le32(6) + LogBytes.le32(2) + digest
private let certificate =
  LogBytes.le16(4) + LogBytes.le16(2) + LogBytes.le32(0x800c) + LogBytes.le16(2)
  + utf16("Ab") + utf16("C") + [5, 6]
private let signer =
  LogBytes.le32(9) + LogBytes.le32(UInt32(certificate.count)) + LogBytes.le16(1) + LogBytes.le16(8)
  + LogBytes.le16(3) + LogBytes.le16(1) + utf16("Pol\0") + [2, 0x2a, 0x03] + certificate

private let structures: [(UInt32, [UInt8])] = [
  (0x0005_000f, policy), (0x0004_0002, revocation), (0x0005_0013, revocation), (0x0005_0020, key), (0x0005_0023, key),
  (0x000b_0001, signature), (0x0005_0029, secureBoot), (0x0005_0031, signer),
]

@Suite struct WindowsPayloadTests {
  @Test func aPolicyHasItsVersionNameAndDigest() throws {
    guard case .windows(.policy(let read)) = try value(0x0005_000f, policy) else { throw Failure() }
    #expect(read.versionText == "10.0.26100.1")
    #expect(read.name.text == "Pol" && read.name.closingNULCount == 1)
    #expect(read.rawHashAlgorithm == 0xb && read.digest == digest)
  }

  @Test(arguments: [0x0004_0002, 0x0005_0013] as [UInt32])
  func aRevocationListHasItsTimeAndDigest(identifier: UInt32) throws {
    guard case .windows(.revocationList(let read)) = try value(identifier, revocation) else { throw Failure() }
    #expect(timeText(read.creationSeconds) == "2019-04-17T18:40:00Z")
    #expect(read.rawHashAlgorithm == 0xb && read.digest == digest)
  }

  @Test(arguments: [0x0005_0020, 0x0005_0023] as [UInt32])
  func anIdentityKeyHasItsTwoNumbers(identifier: UInt32) throws {
    guard case .windows(.identityKey(let read)) = try value(identifier, key) else { throw Failure() }
    #expect(read.bitCount == 16 && read.exponent == [1, 0, 1] && read.modulus == [0xab, 0xcd])
    // The layout of other keys is not published.
    #expect(try value(identifier, LogBytes.le32(2) + key.dropFirst(4)) == .opaque)
  }

  @Test func aSignatureAndAPolicyOfSecureBootAreTakenApart() throws {
    #expect(try value(0x000b_0001, signature) == .windows(.signature(.init(rawAlgorithm: 0x14, signature: [7, 8, 9]))))
    guard case .windows(.secureBootPolicy(let read)) = try value(0x0005_0029, secureBoot) else { throw Failure() }
    #expect(read.options == 6 && read.signerCount == 2 && read.digest == digest && read.gap.isEmpty)
    #expect(try value(0x0005_0029, LogBytes.le32(2) + secureBoot.dropFirst(4)) == .opaque)
    // A gap before the digest is kept.
    let apart = LogBytes.le32(1) + LogBytes.le32(21) + secureBoot[8..<20] + [0xee] + digest
    guard case .windows(.secureBootPolicy(let other)) = try value(0x0005_0029, apart) else { throw Failure() }
    #expect(other.gap == [0xee] && other.digest == digest)
  }

  @Test func whoSignedAPolicyIsNamedWithUsagesAndCertificates() throws {
    guard case .windows(.policySigner(let read)) = try value(0x0005_0031, signer) else { throw Failure() }
    #expect(read.rootID == 9 && read.policyName.text == "Pol" && read.keyUsages == [[0x2a, 0x03]])
    #expect(read.certificates.map(\.publisher.text) == ["Ab"] && read.certificates.map(\.issuer.text) == ["C"])
    #expect(read.certificates.first?.rawHashAlgorithm == 0x800c && read.certificates.first?.digest == [5, 6])
    var two = signer
    two[8] = 2
    guard case .undecodable(let error) = try value(0x0005_0031, two) else { throw Failure() }
    #expect(error.expected == "1 usages and 2 certificates" && error.found == "1 and 1")
  }

  /// Without a byte, with one more, and with the largest number in each place: said, never a crash.
  @Test func aStructureThatIsCutOrLongerOrLiesIsUndecodable() throws {
    for (identifier, whole) in structures {
      for length in 1..<whole.count {
        switch try value(identifier, Array(whole.prefix(length))) {
        case .undecodable, .opaque: break
        default: Issue.record("\(identifier) of \(length) bytes")
        }
      }
      guard case .undecodable(let error) = try value(identifier, whole + [0]) else { throw Failure() }
      #expect(error.file == "log.bin" && error.offset > 0)
      for place in whole.indices {
        var changed = whole
        changed[place] = 0xff
        _ = try value(identifier, changed)
      }
    }
    #expect(try value(0x0005_000f, []) == .opaque)
  }

  @Test(.enabled(if: Corpus.isPresent)) func aLogOfWindowsHasItsKeysListsAndPolicy() throws {
    let log = try parse(
      try Corpus.bytes("eventlog/galmasi__python3-uefi-eventlog/testlogs/thinkpad/p511.bin")
    ).value
    func all(_ tags: [TaggedEvent]) -> [TaggedEvent] {
      tags.flatMap { tag in if case .nested(let inner) = tag.value { [tag] + all(inner) } else { [tag] } }
    }
    let tags = log.events.flatMap { event -> [TaggedEvent] in
      if case .tags(let tags) = event.content(file: "log") { all(tags) } else { [] }
    }
    func payload(_ name: String) -> WindowsPayload? {
      tags.lazy.filter { $0.name == name }.compactMap {
        if case .windows(let payload) = $0.value { payload } else { nil }
      }.first
    }
    guard case .revocationList(let list)? = payload("BootRevocationList"),
      case .identityKey(let key)? = payload("VSMIDKInfo"), case .secureBootPolicy? = payload("SBCPInfo")
    else { throw Failure() }
    #expect(timeText(list.creationSeconds).hasPrefix("2017-12-"))
    #expect(key.bitCount == 2048 && key.exponent == [1, 0, 1] && key.modulus.count == 256)
    #expect(!tags.contains { if case .undecodable = $0.value { true } else { false } })
  }
}
