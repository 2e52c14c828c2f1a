import ByteReading
import Digests
import TestSupport
import Testing

@testable import ConciseManifests

private func parse(_ item: HandmadeCBOR) throws -> Parsed<ConciseManifest> {
  try #require(ConciseManifest.parse(item.encoded, file: "x.corim"))
}

private let value = [UInt8](repeating: 0xab, count: 32)

@Test func aManifestSaysWhoItIsOfAndWhatItHolds() throws {
  let module: HandmadeCBOR = [
    0: "en", 1: [0: .bytes([UInt8](0..<16)), 1: 3],
    2: [[0: "ACME", 1: .tag(32, "https://acme.example"), 2: [0, 2]]],
    4: [
      0: [
        [
          [0: [0: .tag(111, .bytes([0x2b, 0x06, 0x01, 0x04, 0x01])), 1: "ACME", 2: "Road Runner", 3: 1, 4: 0]],
          [
            [
              0: "firmware",
              1: [
                0: [0: "1.2.3", 1: 16384], 1: .tag(553, 4), 2: [[1, .bytes(value)], ["sha-256", .bytes(value)]],
                4: .tag(563, [.bytes([1, 2]), .bytes([0xff, 0])]), 8: "S1", 11: "boot block", 15: 7,
              ],
            ]
          ],
        ]
      ],
      1: [[[1: .tag(550, .bytes([1, 2])), 2: .tag(37, .bytes([UInt8](0..<16)))], [[1: [1: 9]]]]],
      4: [[[:], []]],
    ],
  ]
  let parsed = try parse(
    .tag(
      501,
      [
        0: "id", 1: [.tag(506, .bytes(module.encoded)), .tag(999, 1)], 2: [[0: .tag(32, "https://more.example")]],
        3: .tag(32, "https://profile.example"), 4: [0: .tag(1, 10), 1: .tag(1, 20)], 5: [[0: "Signer", 2: [1, 2]]],
      ]))
  #expect(parsed.problems == [])
  let manifest = parsed.value
  #expect(manifest.form == .corim)
  #expect(manifest.signed == nil)
  #expect((manifest.identifier, manifest.profile) == ("id", "https://profile.example"))
  #expect((manifest.notBefore, manifest.notAfter) == (10, 20))
  #expect(
    manifest.entities == [.init(name: "Signer", registrationID: "", roles: ["manifest-creator", "manifest-signer"])])
  #expect(manifest.dependentManifests == ["https://more.example"])
  #expect(manifest.otherTags == [999])
  #expect(manifest.platform == "ACME Road Runner")
  let read = try #require(manifest.modules.first)
  #expect(read.identifier == "00010203-0405-0607-0809-0a0b0c0d0e0f")
  #expect(read.version == 3)
  #expect(read.entities.map(\.roles) == [["tag-creator", "maintainer"]])
  #expect(read.otherTriples == [.init(number: 4, count: 1)])
  let triple = try #require(read.references.first)
  #expect(triple.environment.classIdentifier == "oid:1.3.6.1.4.1")
  #expect((triple.environment.layer, triple.environment.index) == (1, 0))
  let measurement = try #require(triple.measurements.first)
  #expect(measurement.key == .text("firmware"))
  #expect((measurement.version, measurement.name, measurement.serialNumber) == ("1.2.3", "boot block", "S1"))
  #expect(measurement.securityVersion == 4)
  #expect(measurement.isMinimumSecurityVersion)
  #expect(measurement.digests.map(\.digest) == [Digest(.sha256, value), Digest(.sha256, value)])
  #expect((measurement.rawValue, measurement.rawValueMask) == ([1, 2], [0xff, 0]))
  #expect(measurement.otherClaims == [15])
  let endorsed = try #require(read.endorsements.first)
  #expect(endorsed.environment.instance == "0102")
  #expect(endorsed.environment.group == "00010203-0405-0607-0809-0a0b0c0d0e0f")
  #expect(endorsed.measurements.map(\.securityVersion) == [9])
}

@Test func integrityRegistersHaveAnIndexByNumberOrName() throws {
  let parsed = try parse(
    .manifest(measurements: [
      .registers([0: value, "PCR 7": value, "pcr11": value, "4": value, "rtmr0": value, "pcr999": value])
    ]))
  let registers = parsed.value.modules.flatMap { $0.references.flatMap(\.measurements) }.flatMap(\.registers)
  #expect(registers.map(\.index) == [0, 7, 11, 4, nil, nil])
  #expect(registers.map(\.name) == ["0", "PCR 7", "pcr11", "4", "rtmr0", "pcr999"])
  #expect(registers.allSatisfy { $0.digests.map(\.digest) == [Digest(.sha256, value)] })
}

@Test func aDigestOfTheWrongLengthIsAProblemAndHidesNoOther() throws {
  let parsed = try parse(
    .manifest(measurements: [[1: [2: [[1, .bytes([1, 2])], [8, .bytes([])], [99, .bytes([1])], [7, 7]]]]]))
  let measurement = try #require(parsed.value.modules.first?.references.first?.measurements.first)
  #expect(measurement.digests.map(\.algorithmName) == ["99"])
  #expect(parsed.problems.map(\.found) == ["2 bytes", "0 bytes", "an array of 2"])
  #expect(parsed.problems.map(\.expected).first == "32 bytes of sha256")
}

@Test func aBadModuleHidesNoOther() throws {
  let good: HandmadeCBOR = [1: [0: "good"], 4: [:]]
  let parsed = try parse(
    .tag(501, [0: "x", 1: [.tag(506, .bytes([0xff])), .tag(506, .bytes([0xa0])), .tag(506, .bytes(good.encoded)), 5]]))
  #expect(parsed.value.modules.map(\.identifier) == ["good"])
  #expect(parsed.problems.count == 3)
  // Places are those of the file.
  #expect(parsed.problems.map(\.offset) == [13, 18, 34])
}

/// As the LVFS writes them.
@Test func aSoftwareTagWithoutAVersionOfItsOwnIsOne() throws {
  let parsed = try parse([15: "en-US", 0: "tag", 1: "Test2.efi", 13: "1", 2: [31: "T", 33: [1, 2, 6]]])
  #expect(parsed.value.form == .coswid && parsed.problems == [])
  #expect(parsed.value.softwareTags.first?.softwareVersion == "1")
}

@Test func aSoftwareTagListsItsFiles() throws {
  let tag: HandmadeCBOR = [
    0: "tag", 1: "tool", 12: 1, 13: "2.0", 2: [31: "ACME", 32: "acme.example", 33: [1, 2]], 9: .bool(true),
    6: [
      16: [24: "bin", 23: "/usr", 26: [17: [[24: "a", 20: 5, 7: [1, .bytes(value)]], [24: "b"]]]],
      17: [24: "c", 25: "/", 7: [[7, .bytes([UInt8](repeating: 1, count: 48))]]],
    ],
    3: [17: [24: "found", 7: [1, .bytes(value)]]],
  ]
  for item in [tag, .tag(505, tag), .tag(0x5357_4944, tag), .tag(505, .bytes(tag.encoded))] {
    let parsed = try parse(item)
    #expect(parsed.problems == [])
    #expect(parsed.value.form == .coswid)
    let read = try #require(parsed.value.softwareTags.first)
    #expect((read.softwareName, read.softwareVersion, read.version) == ("tool", "2.0", 1))
    #expect(read.isPatch)
    #expect(
      read.entities == [
        .init(name: "ACME", registrationID: "acme.example", roles: ["tag-creator", "software-creator"])
      ])
    #expect(read.payload.map(\.path) == ["/usr/bin/a", "/usr/bin/b", "/c"])
    #expect(read.payload.first?.byteCount == 5)
    #expect(read.payload.map { $0.digests.map(\.algorithm) } == [[.sha256], [], [.sha384]])
    #expect(read.evidence.map(\.path) == ["found"])
  }
}

@Test func theSignedBytesAreThoseOfTheSpecification() throws {
  let payload = HandmadeCBOR.manifest(measurements: []).encoded
  let header: HandmadeCBOR = [
    1: -7, 3: "application/rim+cbor", 8: .bytes(([0: [0: "ACME key"]] as HandmadeCBOR).encoded),
  ]
  let message: HandmadeCBOR = .tag(
    18, [.bytes(header.encoded), [4: .bytes([0x31]), 33: .bytes([9])], .bytes(payload), .bytes([1, 2, 3])])
  let signed = try #require(try parse(message).value.signed)
  #expect(signed.algorithm == -7)
  #expect((signed.keyIdentifier, signed.certificates, signed.signerName) == ([0x31], [[9]], "ACME key"))
  #expect(signed.signature == [1, 2, 3])
  let expected: HandmadeCBOR = ["Signature1", .bytes(header.encoded), .bytes([]), .bytes(payload)]
  #expect(signed.signedBytes == expected.encoded)
}

/// What is not signed names no algorithm, and a label that is critical and unknown is said.
@Test func onlyTheProtectedHeaderNamesTheAlgorithm() throws {
  let payload = HandmadeCBOR.manifest(measurements: []).encoded
  let loose: HandmadeCBOR = .tag(18, [.bytes([0xa0]), [1: -7], .bytes(payload), .bytes([])])
  let signed = try #require(try parse(loose).value.signed)
  #expect(signed.algorithm == nil)
  #expect(signed.protectedBytes == [])
  let header: HandmadeCBOR = [1: -7, 2: [1, 77, "mine"]]
  let critical: HandmadeCBOR = .tag(18, [.bytes(header.encoded), [:], .bytes(payload), .bytes([])])
  #expect(try parse(critical).value.signed?.criticalLabels == ["77", "mine"])
}

@Test func otherCBORIsNoManifest() {
  let others: [HandmadeCBOR] = [
    [:], [1: 2], [1: []], ["a": 1], .tag(571, [0: 1]), [0: 1, 1: [[0: 1]]],
    .tag(18, [.bytes([]), [:], .bytes([1]), .bytes([])]),
    .tag(18, [.bytes([]), [:], .null, .bytes([])]), [.bytes([]), [:], 7, .bytes([])],
  ]
  for item in others { #expect(ConciseManifest.parse(item.encoded, file: "x") == nil) }
  #expect(ConciseManifest.parse([], file: "x") == nil)
}
