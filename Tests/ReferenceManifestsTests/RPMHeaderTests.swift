import ByteReading
import Digests
import Hashing
import ReferenceManifests
import TestSupport
import Testing

private func stored(_ bytes: RPMBytes) throws -> RPMHeader { try RPMHeader(stored: bytes.stored(), file: "header.bin") }

private func describe(_ bytes: RPMBytes) throws -> RPMDescription { RPMDescription(try stored(bytes)) }

@Test func aHeaderSaysNameVersionAndFiles() throws {
  let description = try describe(.small)
  #expect(description.problems.isEmpty, "\(description.problems)")
  #expect(description.name == "small" && description.version == "2:1.0~rc1-1.el9")
  #expect(description.fullName == "small-1.0~rc1-1.el9.x86_64")
  #expect(description.fileDigestAlgorithm == .sha256)
  #expect(description.files.map(\.path) == ["/usr/bin/tool", "/etc/ghost", "/etc/small.d"].map { Array($0.utf8) })
  // Zeros stand for no digest.
  #expect(description.files.map(\.digest) == [Array(repeating: 0xab, count: 32), [], []])
  #expect(description.files.map(\.flags) == [[], [.ghost, .configuration, .noReplace], []])
  #expect(description.scriptlets.map(\.name) == ["postin"])
  #expect(description.scriptlets.first?.interpreter == Array("/bin/bash".utf8))
}

@Test func aHeaderBecomesAPackageOfAManifest() throws {
  let (package, problems) = try describe(.small).referencePackage(source: "small.rpm", algorithms: [.sha1, .sha256])
  #expect(problems.isEmpty)
  #expect(package.sourceName == "origin" && package.sourceVersion == "3.0-2")
  #expect(package.distribution == "Vendor" && package.date == "2023-11-14T22:13:20Z")
  #expect(package.files.map(\.kind) == [.regular, .regular, .directory, .regular])
  #expect(package.files[1].flags == [.ghost, .configuration, .noReplace])
  let script = package.files[3]
  #expect(script.path == Array("/var/tmp/rpm-tmp.postin".utf8) && script.flags == .maintainerScript)
  #expect(script.digests.map(\.algorithm) == [.sha1, .sha256] && script.digests.allSatisfy { $0.origin == .header })
  #expect(script.digests.last?.bytes == FileDigestAlgorithm.sha256.digest(of: Array("ldconfig\n".utf8)))
}

@Test func theSignedBytesAreTheMagicAndTheRegion() throws {
  let plain = RPMBytes.small
  var grown = plain
  grown.added = [(1008, .int32([1_700_000_001])), (1029, .binary([0, 0, 0]))]
  #expect(try stored(plain).signedBytes == plain.header())
  // What a database adds changes nothing of what was signed.
  #expect(try stored(grown).signedBytes == plain.header())
}

@Test func valuesBehindTheRegionNeverStandInForSignedOnes() throws {
  var bytes = RPMBytes.small
  bytes.added = [(1000, .text("evil")), (1035, .texts([String(repeating: "cd", count: 32), "", ""]))]
  let description = try describe(bytes)
  #expect(description.name == "small" && description.files[0].digest == Array(repeating: 0xab, count: 32))
  #expect(try stored(bytes).hasAddedValues)
}

@Test func fileStatesOfADatabaseSayWhatWasNotInstalled() throws {
  var bytes = RPMBytes.small
  bytes.added = [(1029, .binary([0]))]
  let short = try describe(bytes)
  #expect(!short.problems.isEmpty, "one state for three files")
  bytes.added = [(1029, .int16([0, 2, 1]))]
  let (package, _) = try describe(bytes).referencePackage(source: "db", algorithms: [])
  #expect(package.files.prefix(3).map { $0.flags.contains(.notInstalled) } == [false, true, true])
}

@Test func headerDigestsAreRecomputed() throws {
  let main = RPMBytes.small
  let right = hexText(try #require(HashAlgorithm.sha256.digest(of: main.header())))
  for (text, holds) in [(right, true), (right.uppercased(), true), (String(right.reversed()), false)] {
    let signature = RPMBytes(region: [(273, .text(text))], regionTag: 62)
    let package = try RPMPackage(RPMBytes.package(signature: signature, main: main), file: "small.rpm")
    let (digests, problems) = RPMHeaderDigest.list(of: package.header, in: package.signatureHeader)
    #expect(problems.isEmpty && digests.map(\.holds) == [holds])
  }
}

@Test func signaturesSayWhatTheyCover() throws {
  let signature = RPMBytes(
    region: [
      (267, .binary([1])), (268, .binary([2])), (278, .texts(["AwQ=", "BQYH"])), (1002, .binary([8])),
      (1005, .binary([9])),
    ], regionTag: 62)
  let package = try RPMPackage(RPMBytes.package(signature: signature, main: .small), file: "small.rpm")
  let (signatures, problems) = RPMSignature.list(of: package.signatureHeader)
  #expect(problems.isEmpty)
  #expect(signatures.map(\.bytes) == [[1], [2], [3, 4], [5, 6, 7], [8], [9]])
  #expect(signatures.map(\.coverage) == [.header, .header, .header, .header, .headerAndPayload, .headerAndPayload])
}

@Test(arguments: ["A", "AA=", "AAA", "A===", "AA=A", "????"]) func brokenBase64IsAProblemOfItsTag(text: String) throws {
  let signature = RPMBytes(region: [(268, .binary([2])), (278, .texts([text]))], regionTag: 62)
  let package = try RPMPackage(RPMBytes.package(signature: signature, main: .small), file: "small.rpm")
  let (signatures, problems) = RPMSignature.list(of: package.signatureHeader)
  #expect(signatures.map(\.bytes) == [[2]] && problems.map(\.field) == ["tag 278"])
}

@Test func oneBadValueDoesNotHideTheOthers() throws {
  var bytes = RPMBytes.small
  bytes.region[10].1 = .int32([1, 2, 3])
  bytes.region[15].1 = .int32([0, 7, 1])
  let description = try describe(bytes)
  #expect(description.files.map(\.path) == ["/usr/bin/tool", "/etc/small.d"].map { Array($0.utf8) })
  #expect(description.files.map(\.index) == [0, 2])
  #expect(description.problems.map(\.field) == ["tag 1116", "tag 1035"])
  #expect(description.problems.last?.description.contains("expected text, found type 4") == true)
}

@Test(arguments: [
  ("bin/x", false), ("/usr/../etc/x", false), ("/..", false), ("/", false), ("/usr/..x", true), ("/usr/./x", true),
])
func pathsThatLeadElsewhereAreRefused(path: String, isTaken: Bool) throws {
  let bytes = RPMBytes(region: [
    (1000, .text("p")), (1001, .text("1")), (1002, .text("1")), (1022, .text("noarch")), (1027, .texts([path])),
    (1044, .text("p-1-1.src.rpm")),
  ])
  let (package, problems) = try describe(bytes).referencePackage(source: "p.rpm", algorithms: [])
  #expect(package.files.map(\.path) == (isTaken ? [Array(path.utf8)] : []))
  #expect(problems.map(\.kind) == (isTaken ? [] : [.refused]))
}

@Test func absentAlgorithmMeansMD5AndAnUnknownOneGivesNoDigests() throws {
  var bytes = RPMBytes.small
  bytes.region.removeLast()
  #expect(try describe(bytes).fileDigestAlgorithm == .md5)
  bytes.region.append((5011, .int32([99])))
  let description = try describe(bytes)
  #expect(description.fileDigestAlgorithm == nil && description.problems.map(\.field) == ["tag 5011"])
  let files = description.referencePackage(source: "x", algorithms: []).package.files
  #expect(files.allSatisfy { $0.digests.isEmpty })
}

@Test func headersWithoutRegionAreReadAndSignNothing() throws {
  var bytes = RPMBytes.small
  bytes.regionTag = nil
  let header = try stored(bytes)
  #expect(header.signedBytes == nil)
  #expect(RPMDescription(header).name == "small" && RPMDescription(header).formatVersion == 3)
}

@Test func countsOfAHostileHeaderAreRefusedBeforeAnythingIsAllocated() {
  for (entries, data) in [(UInt32(0), UInt32(0)), (0x1_0000, 0), (1, 0x1000_0000), (.max, .max)] {
    let bytes = RPMBytes.be32(entries) + RPMBytes.be32(data) + Array(repeating: 0, count: 64)
    #expect(throws: ParseError.self) { try RPMHeader(stored: bytes, file: "h") }
  }
}

@Test func everyTruncationOfAHeaderIsAnError() throws {
  let bytes = RPMBytes.small.stored()
  for length in 0..<bytes.count {
    #expect(throws: ParseError.self) { try RPMHeader(stored: Array(bytes.prefix(length)), file: "h") }
  }
  #expect(throws: ParseError.self) { try RPMHeader(stored: bytes + [0], file: "h") }
}

/// Reads everything that can be read of a header.
private func readAll(_ package: RPMPackage) {
  let description = RPMDescription(package.header, signatureHeader: package.signatureHeader)
  _ = description.referencePackage(source: "x", algorithms: [.sha256])
  _ = RPMSignature.list(of: package.signatureHeader)
  _ = RPMHeaderDigest.list(of: package.header, in: package.signatureHeader)
  _ = (package.recordedMD5, package.recordedByteCount, package.comparisonProblems)
}

@Test func flippedBitsOfAPackageNeverCrashTheReader() throws {
  let signature = RPMBytes(
    region: [
      (269, .text("00")), (273, .text("11")), (278, .texts(["AwQ="])), (1000, .int32([9])), (1004, .binary([1])),
    ],
    regionTag: 62)
  let bytes = RPMBytes.package(signature: signature, main: .small)
  for index in bytes.indices {
    for bit in [0, 3, 7] {
      var changed = bytes
      changed[index] ^= 1 << UInt8(bit)
      do throws(ParseError) { readAll(try RPMPackage(changed, file: "flipped.rpm")) } catch {
        #expect(error.offset >= 0)
      }
    }
  }
}

@Test(
  .enabled(if: Corpus.isPresent),
  arguments: [
    "sassoftware+go-rpmutils/testdata/nfpm/test-1.0.0.x86_64.rpm",
    "sassoftware+go-rpmutils/testdata/simple-1.0.1-1.i386.rpm",
  ])
func truncatedAndRandomlyChangedPackagesOfTheCorpusNeverCrashTheReader(path: String) throws {
  let bytes = try Corpus.bytes("ref/" + path)
  let whole = try RPMPackage(bytes, file: path)
  for length in 0..<whole.payloadOffset {
    let error = #expect(throws: ParseError.self) { try RPMPackage(Array(bytes.prefix(length)), file: path) }
    #expect((error?.missingByteCount ?? 0) > 0)
  }
  readAll(try RPMPackage(Array(bytes.prefix(whole.payloadOffset)), file: path))
  var generator = RandomBytes(state: 20_240_611)
  print("seed of the random changes: \(generator.state)")
  for _ in 0..<400 {
    var changed = Array(bytes.prefix(whole.payloadOffset))
    for _ in 0..<4 {
      changed[Int.random(in: 96..<changed.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
    }
    do throws(ParseError) { readAll(try RPMPackage(changed, file: path)) } catch { #expect(error.offset >= 0) }
  }
}

/// A small generator whose seed can be printed.
private struct RandomBytes: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 29) &* 0xbf58_476d_1ce4_e5b9
  }
}
