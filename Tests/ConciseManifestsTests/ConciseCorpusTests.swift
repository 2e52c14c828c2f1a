import ByteReading
import Digests
import Foundation
import TestSupport
import Testing

@testable import ConciseManifests

private func bytes(_ path: String) throws -> [UInt8] { try Corpus.bytes("ref/" + path) }

/// Rows of the index whose file can be a manifest.
private func rows() throws -> [(path: String, expected: String)] {
  try Corpus.index("ref").compactMap { row in
    guard let path = row["file"], path.hasPrefix("veraison+corim/") || path.hasPrefix("nsacyber+RIM-Tool/"),
      [".cbor", ".cose", ".coswid"].contains(where: path.hasSuffix)
    else { return nil }
    return (path, row["expected"] ?? "")
  }
}

/// Files that their makers wrote wrong: the RIM tool numbers `supplemental` as `patch`, and once has an array of triples where a
/// map must be.
private let faults = [
  "coswid_rim_1.coswid": "the number 9 again", "coswid_rim_1.signed.coswid.cose": "the number 9 again",
  "corim_embedded_1.corim.cose": "a map of 3",
]

@Test(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
func everyManifestOfTheCorpusIsRead() throws {
  var read = 0
  for (path, _) in try rows() {
    let isManifest =
      ["/comid/", "/corim/", "/profiles/"].contains { path.dropFirst(10).contains($0) }
      && !path.contains("coev")
    let parsed = ConciseManifest.parse(try bytes(path), file: path)
    if isManifest { #expect(parsed != nil, "\(path)") }
    guard let parsed else { continue }
    read += 1
    if let known = faults.first(where: { path.hasSuffix($0.key) }) {
      #expect(parsed.problems.map(\.found) == [known.value], "\(path)")
    } else if !path.contains("invalid") {
      #expect(parsed.problems == [], "\(path)")
    }
  }
  #expect(read == 61)
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
func theSignedManifestOfVeraisonIsReadWhole() throws {
  let path = "veraison+corim/corim/testcases/signed-good-corim.cbor"
  let manifest = try #require(ConciseManifest.parse(try bytes(path), file: path)).value
  #expect(manifest.form == .corim)
  #expect(manifest.identifier == "test corim id")
  #expect(manifest.signed?.algorithm == -7)
  #expect(manifest.signed?.contentType == "application/rim+cbor")
  #expect(manifest.signed?.signerName == "ACME Ltd signing key")
  let module = try #require(manifest.modules.first)
  #expect(module.identifier == "43bbe37f-2e61-4b33-aed3-53cff1428b16")
  #expect(module.references.first?.environment.vendor == "ACME")
  #expect(module.references.first?.environment.model == "RoadRunner")
  let digests = module.references.flatMap(\.measurements).flatMap(\.digests)
  #expect(
    digests.map { hexText($0.bytes) } == [
      "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7",
      "0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f",
      "a3a5e715f0cc574a73c3f9bebb6bc24f32ffd5b67b387244c2c909da779a1478",
    ])
}

/// The text of the test case names the values.
@Test(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
func theIntegrityRegistersOfVeraisonAreRead() throws {
  let path = "veraison+corim/comid/testcases/comid-integrity-registers.cbor"
  let parsed = try #require(ConciseManifest.parse(try bytes(path), file: path))
  let registers = parsed.value.modules.flatMap(\.references).flatMap(\.measurements).flatMap(\.registers)
  #expect(registers.map(\.index) == [0, nil])
  #expect(registers.map(\.name) == ["0", "my-ir"])
  #expect(registers.first?.digests.map(\.algorithmName) == ["sha256", "my-alg-id"])
  #expect(
    registers.first?.digests.first.map { hexText($0.bytes) }
      == "44aa336af4cb14a879432e53dd6571c7fa9bccafb75f488259262d6ea3a4d91b")
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
func theManifestAndTagOfTheRIMToolAreRead() throws {
  let path = "nsacyber+RIM-Tool/data/corim/corim_1.corim.cose"
  let manifest = try #require(ConciseManifest.parse(try bytes(path), file: path)).value
  #expect(manifest.signed == nil)
  #expect((manifest.identifier, manifest.platform) == ("Test CoRIM 1", "Test Inc. Test 9000"))
  #expect(manifest.profile == "https://testprofile")
  #expect(manifest.notAfter == 1_749_227_400)
  #expect(manifest.dependentManifests == ["https://testURI1", "https://testURI2", "https://testURI1"])
  #expect(manifest.modules.flatMap(\.references).flatMap(\.measurements).map(\.key) == [.number(1), .number(2)])
  // One key twice can be read in two ways: the tag says nothing, and its signature is kept.
  for (name, isSigned) in [("coswid_rim_1.coswid", false), ("coswid_rim_1.signed.coswid.cose", true)] {
    let path = "nsacyber+RIM-Tool/data/coswid/" + name
    let tag = try #require(ConciseManifest.parse(try bytes(path), file: path))
    #expect(tag.value.softwareTags.isEmpty)
    #expect((tag.value.signed != nil) == isSigned)
    #expect(tag.problems.map(\.field) == ["CBOR map"])
  }
}

@Test(.enabled(if: Corpus.isPresent, "the corpus is not beside the project"))
func noTruncationAndNoFlippedBitStopsTheReader() throws {
  for (path, _) in try rows() {
    let whole = try bytes(path)
    guard ConciseManifest.parse(whole, file: path) != nil else { continue }
    for count in 0..<whole.count {
      guard let parsed = ConciseManifest.parse(Array(whole.prefix(count)), file: path) else { continue }
      #expect(!parsed.problems.isEmpty, "\(path) cut to \(count)")
      #expect(parsed.value.modules.isEmpty && parsed.value.softwareTags.isEmpty)
    }
    for place in whole.indices {
      var flipped = whole
      // Another bit at each place, so that all of them are met.
      flipped[place] ^= 1 << UInt8(place % 8)
      let parsed = ConciseManifest.parse(flipped, file: path)
      for problem in parsed?.problems ?? [] { #expect((0...whole.count).contains(problem.offset)) }
    }
  }
}
