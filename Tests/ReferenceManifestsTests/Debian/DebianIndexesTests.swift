import ByteReading
import ReferenceManifests
import TestSupport
import Testing

struct DebianIndexesTests {
  private static let digest = String(repeating: "ab", count: 32)

  @Test func aReleaseNamesItsIndexesAndDates() {
    let text = """
      Origin: Debian
      Label: Debian-Security
      Suite: stable-security
      Codename: bookworm-security
      Date: Thu, 1 Feb 2024 12:00:00 +0130
      Valid-Until: Thu, 30 Feb 2024 12:00:00 UTC
      MD5Sum:
       00 5 main/Packages
      SHA256:
       \(Self.digest)   12 main/binary-amd64/Packages
       \(Self.digest) minus main/binary-amd64/Packages.xz
       abcd 12 main/Release

      """
    let parsed = DebianRelease.read(Array(text.utf8), file: "Release")
    #expect(parsed.value.distribution == "Debian bookworm-security")
    #expect(parsed.value.date == "2024-02-01T10:30:00Z")
    #expect(parsed.value.validUntil == nil)
    #expect(parsed.value.entries.map { escapedText($0.path) } == ["main/binary-amd64/Packages"])
    #expect(parsed.value.entries.first?.byteCount == 12)
    #expect(parsed.problems.map(\.field) == ["Valid-Until", "SHA256", "SHA256"])
  }

  @Test func aReleaseWithoutSHA256IsAProblem() {
    let parsed = DebianRelease.read(Array("Suite: x\nMD5Sum:\n 00 5 Packages\n".utf8), file: "Release")
    #expect(parsed.value.distribution == "x")
    #expect(parsed.problems.map(\.found) == ["no such field"])
  }

  @Test func timesOfReleasesBecomeUTC() {
    let time = { (text: String) in debianTime(Array(text.utf8)[...]) }
    #expect(time("Sat, 21 Nov 2026 02:10:46 UTC") == "2026-11-21T02:10:46Z")
    #expect(time("29 Feb 2000 23:59:59 -0001") == "2000-03-01T00:00:59Z")
    #expect(time("Thu, 1 Jan 1970 00:00:00 GMT") == "1970-01-01T00:00:00Z")
    for bad in [
      "", "Sat, 21 Nov 2026 02:10 UTC", "Sat, 31 Nov 2026 02:10:46 UTC", "Sat, 21 Nov 2026 24:10:46 UTC",
      "Sat, 21 Now 2026 02:10:46 UTC", "Sat, 21 Nov 2026 02:10:46 CET", "29 Feb 2023 00:00:00 UTC",
    ] {
      #expect(time(bad) == nil, "\(bad)")
    }
  }

  @Test func oneBadEntryOfAnIndexDoesNotHideTheRest() {
    let entry = { (name: String, size: String) in
      "Package: \(name)\nVersion: 1\nArchitecture: all\nFilename: pool/\(name).deb\nSize: \(size)\nSHA256: \(Self.digest)\n\n"
    }
    let text = entry("a", "1") + entry("b", "99999999999999999999") + "Package: c\n\n" + entry("d", "4")
    let parsed = DebianIndexEntry.read(Array(text.utf8), file: "Packages")
    #expect(parsed.value.map(\.control.name) == ["a", "d"])
    #expect(parsed.problems.map(\.field) == ["Size", "Version"])
  }

  @Test(.enabled(if: Corpus.isPresent, "needs the corpus"))
  func theIndexAndTheReleasesOfTheCorpusAreReadWhole() throws {
    let index = DebianIndexEntry.read(
      try Corpus.bytes("ref/debian-archive/bookworm-updates/Packages"), file: "Packages")
    #expect(index.value.count == 38 && index.problems == [])
    #expect(index.value.first?.byteCount == 155_260)
    #expect(index.value.first { $0.control.name == "openssh-client" }?.control.sourceName == "openssh")
    let bytes = try Corpus.bytes("ref/debian-archive/security-InRelease")
    let release = DebianRelease.read(
      bytes.split(separator: 0x0a).dropFirst(2).flatMap { $0 + [0x0a] }, file: "InRelease")
    #expect(release.value.distribution == "Debian bookworm-security")
    #expect(release.value.validUntil?.hasPrefix("2026-11-28T") == true)
  }
}
